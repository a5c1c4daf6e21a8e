"""Rules for examples, targets and losses that PyTorch has no name for, written out from their formulas."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bridle.draws import Draws
from tests.engine.numpy_draws import NumpyDraws
from tests.frameworks.ours import KEY, SIZE, STEPS
from tests.frameworks.pytorch_training import (
    F,
    H,
    Masked,
    act,
    cross_entropy,
    ours_to_theirs,
    theirs_to_ours,
    torch,
)
from tests.frameworks.pytorch_weights import draws, dropped

# of the outputs ------------------------------------------------------------------------------


def smoothed(outputs: Any, y: Any, h: H) -> Any:
    return F.cross_entropy(outputs, y, reduction="none", label_smoothing=h["strength"])


def entropy(outputs: Any) -> Any:
    return torch.distributions.Categorical(logits=outputs).entropy()


def confident(outputs: Any, y: Any, h: H) -> Any:
    return cross_entropy(outputs, y, h) - h["strength"] * entropy(outputs)


def focused(outputs: Any, y: Any, h: H) -> Any:
    missed = 1 - (torch.softmax(outputs, 1) * y).sum(1)
    return missed ** h["gamma"] * cross_entropy(outputs, y, h)


def bootstrapped(outputs: Any, y: Any, h: H) -> Any:
    own = {
        "hard": lambda: F.cross_entropy(outputs, outputs.argmax(1), reduction="none"),
        "soft": lambda: entropy(outputs),
    }[h["kind"]]()
    return (1 - h["strength"]) * cross_entropy(outputs, y, h) + h["strength"] * own


def trimmed(outputs: Any, y: Any, h: H) -> Any:
    kept = SIZE - int(h["share"] * SIZE)
    return cross_entropy(outputs, y, h).topk(kept, largest=False).values


# of activations ------------------------------------------------------------------------------


def hidden(model: Any, x: Any) -> tuple[Any, list[Any]]:
    """The outputs, and the activations of the hidden layers."""
    found = []
    for module in model:
        x = module(x)
        if isinstance(module, Masked):
            found.append(x)
    return x, found


def active(size: Callable[[Any], Any]) -> Callable[[Any, Any, Any, int, H], Any]:
    """The losses with a penalty on the size of each activation."""

    def losses(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
        outputs, activations = hidden(model, x)
        total = sum(size(one).sum(1) for one in activations)
        return cross_entropy(outputs, y, h) + h["strength"] * total

    return losses


def often_active(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """The losses with a penalty on how far each unit's mean activation is from the target."""
    outputs, activations = hidden(model, x)
    target = torch.distributions.Bernoulli(torch.tensor(h["target"], dtype=torch.float64))
    units = [torch.distributions.Bernoulli(one.mean(0)) for one in activations]
    apart = sum(torch.distributions.kl_divergence(target, unit).sum() for unit in units)
    return cross_entropy(outputs, y, h) + h["strength"] * apart


def beside_linear(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """The losses of the network and a linear model together; at strength 0 of the network alone."""
    linear = x @ model.get_parameter("hierarchical_lasso/skip")
    return cross_entropy(model(x) + (linear if h["strength"] else 0), y, h)


# of several passes ---------------------------------------------------------------------------


def divergence(log_p: Any, log_q: Any) -> Any:
    return F.kl_div(log_q, log_p, reduction="none", log_target=True).sum(1)


def twice_dropped(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """R-Drop: two passes with masks of their own; at strength 0 nothing is dropped."""
    rate = h["rate"] if h["strength"] else 0.0
    passes = []
    for further in ((), ("r_drop", "second")):
        act(model, Masked, dropped("r_drop", *further), step, {"rate": rate})
        passes.append(model(x))
    log_p, log_q = (F.log_softmax(outputs, 1) for outputs in passes)
    apart = divergence(log_p, log_q) + divergence(log_q, log_p)
    data = sum(cross_entropy(outputs, y, h) for outputs in passes)
    return data / 2 + h["strength"] / 4 * apart


def attacked(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """The losses of examples and of the same moved by the sign of their gradient, half each."""
    near = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(cross_entropy(model(near), y, h).sum(), near)
    moved = x + h["epsilon"] * slope.sign()
    return (cross_entropy(model(x), y, h) + cross_entropy(model(moved), y, h)) / 2


def attacked_without_labels(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """VAT: how much predictions change in the direction in which they change most."""
    log_p = F.log_softmax(model(x), 1)
    noise = torch.tensor(draws(step, "virtual_adversarial").normal(tuple(x.shape)))
    near = (0.01 * F.normalize(noise, dim=1)).requires_grad_()

    def change(r: Any) -> Any:
        return divergence(log_p.detach(), F.log_softmax(model(x + r), 1))

    (slope,) = torch.autograd.grad(change(near).sum(), near)
    moved = change(h["epsilon"] * F.normalize(slope, dim=1))
    return cross_entropy(model(x), y, h) + h["strength"] * moved


def steep(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """The losses with a penalty on v·J, J the whole Jacobian of an example and v our direction."""
    outputs = model(x)
    jacobian = torch.func.vmap(torch.func.jacrev(model))(x)
    drawn = torch.tensor(draws(step, "jacobian").normal(tuple(outputs.shape)))
    slope = torch.einsum("bk,bki->bi", F.normalize(drawn, dim=1), jacobian)
    size = outputs.shape[1] * slope.square().sum(1)
    return cross_entropy(outputs, y, h) + h["strength"] / 2 * size


# with other weights --------------------------------------------------------------------------


def through(
    name: str, change: Callable[[Any, NumpyDraws, H], Any]
) -> Callable[[Any, Any, Any, int, H], Any]:
    """The losses of a network whose kernels a method has changed by its draws."""

    def losses(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
        changed = {}
        for at, layer in model.named_modules():
            if hasattr(layer, "weight"):
                source = draws(step, name, f"{layer.place}/kernel")
                kernel = change(theirs_to_ours(layer.weight), source, h)
                changed[f"{at}.weight"] = ours_to_theirs(kernel)
        return cross_entropy(torch.func.functional_call(model, changed, (x,)), y, h)

    return losses


def disconnected(w: Any, source: NumpyDraws, h: H) -> Any:
    return w * torch.tensor(source.uniform(tuple(w.shape)) >= h["rate"]) / (1 - h["rate"])


def trembling(w: Any, source: NumpyDraws, h: H) -> Any:
    return w + h["strength"] * torch.tensor(source.normal(tuple(w.shape)))


# of changed examples -------------------------------------------------------------------------


def disturbed(name: str) -> Callable[[Any, Any, int, H], Any]:
    """Noise on the inputs, drawn by a method."""

    def batch(x: Any, y: Any, step: int, h: H) -> Any:
        noise = draws(step, name).normal(tuple(x.shape))
        return x + h["strength"] * torch.tensor(noise), y

    return batch


def swapped(x: Any, y: Any, step: int, h: H) -> Any:
    rows = (SIZE * draws(step, "swap_noise", "row").uniform(tuple(x.shape))).astype(int)
    swaps = draws(step, "swap_noise", "swap").uniform(tuple(x.shape)) < h["rate"]
    return torch.where(torch.tensor(swaps), x.gather(0, torch.tensor(rows)), x), y


@functools.cache
def shares(name: str, alpha: float) -> np.ndarray:
    """The shares of the own examples, our draws from Beta(α, α), in all steps."""
    if not alpha:
        return np.ones(STEPS)
    source = Draws(jnp.asarray(KEY, jnp.uint32))

    def one(step: Any) -> Any:
        return source.at("step", step, name, "share").beta(alpha, alpha)

    return np.asarray(jax.jit(jax.vmap(one))(jnp.arange(STEPS)), float)


def mixed(x: Any, name: str, step: int, h: H) -> Any:
    """Means of examples and their partners, by our draws."""
    share = shares(name, h["strength"])[step]
    return share * x + (1 - share) * x[draws(step, name, "order").permutation(SIZE)]


def mixed_examples(x: Any, y: Any, step: int, h: H) -> Any:
    return mixed(x, "mixup", step, h), mixed(y, "mixup", step, h)


def mixed_inside(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """Manifold mixup: the losses where one layer's activations, or the inputs, are mixed."""
    places = [0, *(at + 1 for at, one in enumerate(model) if isinstance(one, Masked))]
    among = min(h["layers"] + 1, len(places))
    cut = places[int(among * draws(step, "manifold_mixup", "layer").uniform(()))]
    outputs = model[cut:](mixed(model[:cut](x), "manifold_mixup", step, h))
    return cross_entropy(outputs, mixed(y, "manifold_mixup", step, h), h)
