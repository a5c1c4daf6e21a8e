"""Fifty steps with a method end at the weights of PyTorch, at neutral, middle and extreme strengths.

Both sides begin with the same weights and see the same batches; what is random on our side is handed to PyTorch. Where
PyTorch has a name for the method, that is used; otherwise the rule is written out and PyTorch takes the derivatives.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.engine.numpy_draws import NumpyDraws
from tests.frameworks.ours import KEY, MOMENTUM, RATE, SIZE, STEPS, Ours
from tests.frameworks.theirs import F, H, Twin, kernels, nn, torch, trained

utils = torch.nn.utils


def draws(step: int, *places: str) -> NumpyDraws:
    return NumpyDraws(*KEY).at("step", step, *places)


# the rules that PyTorch has no name for ------------------------------------------------------


def on_kernels(change: Callable[[Any, H], Any]) -> Callable[[Any, H], None]:
    def after(model: Any, h: H) -> None:
        for w in kernels(model):
            w.copy_(change(w, h))

    return after


def shrunk(w: Any, strength: float) -> Any:
    """The proximal step of L1: a constant force moves a weight by lr/(1 − momentum)."""
    return F.softshrink(w, strength * RATE / (1 - MOMENTUM))


def uphill(model: Any, objective: Callable[[], Any], h: H) -> None:
    """The two passes of SAM."""
    objective().backward()
    grads = [w.grad.clone() for w in model.parameters()]
    norm = torch.stack([grad.norm() for grad in grads]).norm()
    move = [h["radius"] * grad / norm for grad in grads]
    _at_another_place(model, objective, move)


def uphill_by_size(model: Any, objective: Callable[[], Any], h: H) -> None:
    """The two passes of ASAM."""
    objective().backward()
    pairs = [(w.detach().clone(), w.grad.clone()) for w in model.parameters()]
    norm = torch.stack([(w * grad).norm() for w, grad in pairs]).norm()
    _at_another_place(model, objective, [h["radius"] * w * w * g / norm for w, g in pairs])


def _at_another_place(model: Any, objective: Callable[[], Any], move: list[Any]) -> None:
    parameters = list(model.parameters())
    with torch.no_grad():
        for w, by in zip(parameters, move, strict=True):
            w.add_(by)
    model.zero_grad()
    objective().backward()
    with torch.no_grad():
        for w, by in zip(parameters, move, strict=True):
            w.sub_(by)


def clipped(model: Any, objective: Callable[[], Any], h: H) -> None:
    objective().backward()
    utils.clip_grad_norm_(model.parameters(), h["limit"])


def centred(model: Any, objective: Callable[[], Any], h: H) -> None:
    objective().backward()
    for w in kernels(model):
        w.grad -= w.grad.mean(dim=1, keepdim=True)


def noisy(model: Any, objective: Callable[[], Any], h: H) -> None:
    """The gradient with our noise, of a variance of η/(1 + t)^γ."""
    step = model.taken = getattr(model, "taken", -1) + 1
    objective().backward()
    spread = math.sqrt(h["strength"] / (1 + step) ** 0.55)
    for number, layer in enumerate(m for m in model if isinstance(m, nn.Linear)):
        source = draws(step, "gradient_noise")
        kernel = source.at(f"dense_{number}/kernel").normal(layer.weight.T.shape)
        layer.weight.grad += spread * torch.tensor(kernel.T)
        layer.bias.grad += spread * torch.tensor(
            source.at(f"dense_{number}/bias").normal(layer.bias.shape)
        )


def confident(outputs: Any, y: Any, h: H) -> Any:
    entropy = torch.distributions.Categorical(logits=outputs).entropy()
    return F.cross_entropy(outputs, y, reduction="none") - h["strength"] * entropy


def focused(outputs: Any, y: Any, h: H) -> Any:
    missed = 1 - (torch.softmax(outputs, 1) * y).sum(1)
    return missed ** h["gamma"] * F.cross_entropy(outputs, y, reduction="none")


def moving(model: Any, h: H) -> Any:
    """The moving average; decay is less in the first steps, which PyTorch's own is not."""

    def step(old: Any, new: Any, count: Any) -> Any:
        decay = min(h["decay"], (1 + int(count)) / (10 + int(count)))
        return decay * old + (1 - decay) * new

    found = torch.optim.swa_utils.AveragedModel(model, avg_fn=step)
    found.update_parameters(model)  # begins with the first weights
    return found


def dropped(step: int, layer: int, units: int, h: H) -> np.ndarray:
    uniform = draws(step, "dropout", f"dense_{layer}/post").uniform((SIZE, units))
    return np.asarray((uniform >= h["rate"]) / (1 - h["rate"]))


def multiplied(step: int, layer: int, units: int, h: H) -> np.ndarray:
    noise = draws(step, "gaussian_dropout", f"dense_{layer}/post").normal((SIZE, units))
    return np.asarray(1 + math.sqrt(h["rate"] / (1 - h["rate"])) * noise)


def disturbed(x: Any, y: Any, step: int, h: H) -> Any:
    return x + h["strength"] * torch.tensor(draws(step, "input_noise").normal(tuple(x.shape))), y


def strengths(name: str, *values: float) -> list[H]:
    return [{name: value} for value in values]


LIMITS = (math.inf, 1.0, 0.3)
TWINS: dict[str, Twin] = {
    "l1": Twin(
        strengths("strength", 0.0, 1e-3, 1e-2),
        after=on_kernels(lambda w, h: shrunk(w, h["strength"])),
    ),
    "l2": Twin(strengths("strength", 0.0, 1e-3, 1e-1), decay=lambda h: 2 * h["strength"]),
    "elastic_net": Twin(
        strengths("strength", 0.0, 1e-3, 1e-2),
        decay=lambda h: h["strength"],
        after=on_kernels(lambda w, h: shrunk(w, h["strength"] / 2)),
    ),
    "weight_decay": Twin(
        strengths("strength", 0.0, 0.1, 3.0), optimizer="adam", decay=lambda h: h["strength"]
    ),
    "max_norm": Twin(
        strengths("limit", *LIMITS),
        after=on_kernels(lambda w, h: torch.renorm(w, p=2, dim=0, maxnorm=h["limit"])),
    ),
    "unit_norm": Twin([{}], after=on_kernels(lambda w, h: w / w.norm(dim=1, keepdim=True))),
    "non_negative": Twin([{}], after=on_kernels(lambda w, h: w.clamp(min=0))),
    "confidence_penalty": Twin(strengths("strength", 0.0, 0.1, 2.0), losses=confident),
    "focal": Twin(strengths("gamma", 0.0, 2.0, 5.0), losses=focused),
    "gradient_clipping": Twin(strengths("limit", math.inf, 0.3, 0.05), backward=clipped),
    "gradient_centralization": Twin([{}], backward=centred),
    "gradient_noise": Twin(strengths("strength", 0.0, 1e-3, 0.1), backward=noisy, atol=3e-5),
    "sam": Twin(strengths("radius", 0.0, 0.05, 1.0), backward=uphill),
    "asam": Twin(strengths("radius", 0.0, 0.5, 2.0), backward=uphill_by_size),
    "ema": Twin(strengths("decay", 0.0, 0.4, 0.999), average=moving),
    "swa": Twin(
        strengths("share", 0.0, 0.25, 1.0),
        average=lambda m, h: torch.optim.swa_utils.AveragedModel(m),
        averages=lambda step, h: h["share"] > 0 and step / STEPS >= 1 - h["share"],
    ),
    "batch_norm": Twin(
        [{"momentum": 0.99}, {"momentum": 0.5, "epsilon": 0.1}, {"momentum": 0.0}],
        pre=lambda units, h: nn.BatchNorm1d(
            units, eps=h.get("epsilon", 1e-3), momentum=1 - h["momentum"]
        ),
        atol=3e-5,
    ),
    "layer_norm": Twin(
        [{}, {"epsilon": 0.1}], pre=lambda units, h: nn.LayerNorm(units, h.get("epsilon", 1e-5))
    ),
    "rms_norm": Twin(
        [{}, {"epsilon": 0.1}], pre=lambda units, h: nn.RMSNorm(units, h.get("epsilon", 1e-5))
    ),
    "dropout": Twin(strengths("rate", 0.0, 0.3, 0.9), masks=dropped),
    "gaussian_dropout": Twin(strengths("rate", 0.0, 0.3, 0.6), masks=multiplied, atol=3e-5),
    "input_noise": Twin(strengths("strength", 0.0, 0.1, 1.0), batch=disturbed, atol=3e-5),
}


@pytest.mark.parametrize("name", TWINS)
def test_fifty_steps_end_at_the_same_weights(name: str) -> None:
    twin = TWINS[name]
    ours = Ours(name, twin.optimizer, **twin.static)
    first, ends = ours.first(), []
    for h in twin.settings:
        found, expected = ours.train(**h), trained(name, twin, first, h)
        assert {key for key in first if key in found} <= set(expected)
        for key, weight in expected.items():
            np.testing.assert_allclose(
                found[key], weight, rtol=1e-4, atol=twin.atol, err_msg=f"{key} at {h}"
            )
        ends.append(expected["dense_0/kernel"])
        assert np.abs(expected["dense_0/kernel"] - first["dense_0/kernel"]).max() > 1e-3
    for one, other in itertools.pairwise(ends):  # strengths bite
        assert np.abs(one - other).max() > 1e-4 or name == "batch_norm"
