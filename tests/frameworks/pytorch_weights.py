"""Rules for weights, gradients and activations that PyTorch has no name for, written out from their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.engine.numpy_draws import NumpyDraws
from tests.frameworks.ours import ADAM_RATE, KEY, MOMENTUM, RATE, Weights
from tests.frameworks.pytorch_training import (
    F,
    H,
    kernels,
    layers,
    nn,
    ours_to_theirs,
    parametrize,
    theirs_to_ours,
    torch,
)

SHARE = RATE / (1 - MOMENTUM)
"""How far a constant force moves a weight in a step of SGD with momentum."""


def draws(step: int, *places: str | int) -> NumpyDraws:
    return NumpyDraws(*KEY).at("step", step, *places)


# after the optimizer's step ------------------------------------------------------------------


def on_kernels(change: Callable[[Any, H], Any]) -> Callable[[Any, list[Any], int, H], None]:
    """A change of kernels as matrices, whose rows are the weights of a unit or a filter."""

    def after(model: Any, old: list[Any], step: int, h: H) -> None:
        for w in kernels(model):
            w.copy_(change(w.flatten(1), h).reshape(w.shape))

    return after


def soft(w: Any, strength: float) -> Any:
    """The proximal step of the L1 norm."""
    return F.softshrink(w, strength * SHARE)


def fewer_features(model: Any, old: list[Any], step: int, h: H) -> None:
    """The proximal step of the norm of each feature's weights, after that of the L1 norm."""
    w, ratio = kernels(model)[0], h.get("l1_ratio", 0.0)
    w.copy_(soft(w, ratio * h["strength"]))
    pull = (1 - ratio) * h["strength"] * math.sqrt(len(w)) * SHARE
    w.mul_((1 - pull / w.norm(dim=0)).clamp(min=0))


def hierarchical(model: Any, old: list[Any], step: int, h: H) -> None:
    """LassoNet's step: each feature's weights in both models, by sorting those of the network (Algorithm 2)."""
    if not h["strength"]:
        return
    skip, w, ratio = model.get_parameter("hierarchical_lasso/skip"), kernels(model)[0], h["ratio"]
    for linear, column in zip(skip, w.T, strict=True):
        norm = linear.norm()
        sums = F.pad(column.abs().sort(descending=True).values.cumsum(0), (1, 0))
        m = torch.arange(len(sums))
        bounds = (
            ratio / (1 + m * ratio**2) * (norm + ratio * sums - RATE * h["strength"]).clamp(min=0)
        )
        ends = F.pad(sums.diff(), (1, 1), value=math.inf)
        ends[-1] = 0
        bound = bounds[(ends[1:] <= bounds) & (bounds <= ends[:-1])].max()
        linear.mul_(bound / (ratio * norm))
        column.clamp_(-bound, bound)


def cautious(model: Any, old: list[Any], step: int, h: H) -> None:
    """Decay where the step has made the weight smaller, or crossed zero."""
    for w, before in zip(model.parameters(), old, strict=True):
        if w.ndim > 1:
            towards_zero = torch.sign(before - w) * torch.sign(before) >= 0
            w.sub_(ADAM_RATE * h["strength"] * before * towards_zero)


def back_a_share(model: Any, old: list[Any], step: int, h: H) -> None:
    """Lookahead: five steps forward, a share of them back."""
    if not step:
        model.slow = old
    if step % 5 == 4:
        for w, slow in zip(model.parameters(), model.slow, strict=True):
            slow.lerp_(w, 1 - h["back"])
            w.copy_(slow)


# kernels that the forward pass sees ----------------------------------------------------------


class Bounded(nn.Module):  # type: ignore[misc]
    """Divides a kernel by its spectral norm where that exceeds a limit (Miyato et al. 2018)."""

    vector: Any

    def __init__(self, vector: np.ndarray, limit: float) -> None:
        super().__init__()
        self.limit = limit
        self.register_buffer("vector", torch.tensor(vector))

    def forward(self, w: Any) -> Any:
        """Move the vector on, and divide."""
        rows = w.flatten(1)
        with torch.no_grad():
            if self.training:
                self.vector = F.normalize(rows @ F.normalize(rows.T @ self.vector, dim=0), dim=0)
            across = F.normalize(rows.T @ self.vector, dim=0)
        sigma = torch.vdot(self.vector, rows @ across)
        return w / (sigma / self.limit).clamp(min=1)


class Standardized(nn.Module):  # type: ignore[misc]
    """Gives each unit's incoming weights mean 0, variance 1/n and a gain."""

    def __init__(self, w: Any) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(len(w)))

    def forward(self, w: Any) -> Any:
        """Standardize the rows."""
        rows = w.flatten(1)
        inputs = rows.shape[1]
        rows = F.layer_norm(rows, (inputs,), eps=1e-10 / inputs) / math.sqrt(inputs)
        return (self.gain[:, None] * rows).reshape(w.shape)


def parametrized(changed: list[Any], changes: list[Any]) -> None:
    for layer, change in zip(changed, changes, strict=True):
        layer.eval()  # PyTorch tries the change
        parametrize.register_parametrization(layer, "weight", change.double())
        layer.train()


def own_parameters(model: Any, first: Weights, h: H) -> None:
    """Give the model the parameters that a method draws."""
    for name, value in first.items():
        if not name.startswith(("conv_", "dense_", "block_")):
            model.register_parameter(name, nn.Parameter(torch.tensor(value).double()))


def bounded(model: Any, first: Weights, h: H) -> None:
    vectors = [w for name, w in first.items() if name.endswith("/vector")]
    parametrized(layers(model), [Bounded(vector, h["limit"]) for vector in vectors])


def standardized(model: Any, first: Weights, h: H) -> None:
    hidden = layers(model)[:-1]
    parametrized(hidden, [Standardized(layer.weight) for layer in hidden])


# penalties -----------------------------------------------------------------------------------


def not_orthogonal(model: Any, h: H) -> Any:
    def distance(w: Any) -> Any:
        w = w.flatten(1)
        rows = w if w.shape[0] <= w.shape[1] else w.T
        return (rows @ rows.T - torch.eye(len(rows))).square().sum()

    return h["strength"] * sum(map(distance, kernels(model)))


def remembered(model: Any, first: Weights, h: H) -> None:
    model.first = [w.detach().clone() for w in kernels(model)]


def from_first(model: Any, h: H) -> Any:
    pairs = zip(kernels(model), model.first, strict=True)
    return h["strength"] * sum(F.mse_loss(w, old, reduction="sum") for w, old in pairs)


# gradients -----------------------------------------------------------------------------------


def uphill(model: Any, objective: Callable[[], Any], step: int, h: H) -> None:
    """The two passes of SAM."""
    objective().backward()
    grads = [w.grad.clone() for w in model.parameters()]
    norm = torch.stack([grad.norm() for grad in grads]).norm()
    move = [h["radius"] * grad / norm for grad in grads]
    _at_another_place(model, objective, move)


def uphill_by_size(model: Any, objective: Callable[[], Any], step: int, h: H) -> None:
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


def clipped(model: Any, objective: Callable[[], Any], step: int, h: H) -> None:
    objective().backward()
    nn.utils.clip_grad_norm_(model.parameters(), h["limit"])


def clipped_by_weights(model: Any, objective: Callable[[], Any], step: int, h: H) -> None:
    """Bound the gradient of each unit's kernel by a share of the kernel (Brock et al. 2021)."""
    objective().backward()
    for w in kernels(model):
        for row, grad in zip(w.detach(), w.grad, strict=True):
            largest = h["limit"] * max(float(row.norm()), 1e-3)
            if float(grad.norm()) > largest:
                grad.mul_(largest / grad.norm())


def centred(model: Any, objective: Callable[[], Any], step: int, h: H) -> None:
    objective().backward()
    for w in kernels(model):
        w.grad -= w.grad.mean(dim=tuple(range(1, w.ndim)), keepdim=True)


def noisy(model: Any, objective: Callable[[], Any], step: int, h: H) -> None:
    """The gradient with our noise, of a variance of η/(1 + t)^γ."""
    objective().backward()
    spread = math.sqrt(h["strength"] / (1 + step) ** 0.55)
    source = draws(step, "gradient_noise")
    for layer in layers(model):
        shape = tuple(theirs_to_ours(layer.weight).shape)
        kernel = torch.tensor(source.at(f"{layer.place}/kernel").normal(shape))
        layer.weight.grad += spread * ours_to_theirs(kernel)
        bias = source.at(f"{layer.place}/bias").normal(layer.bias.shape)
        layer.bias.grad += spread * torch.tensor(bias)


# averages ------------------------------------------------------------------------------------


def moving(model: Any, h: H) -> Any:
    """The moving average; decay is less in the first steps, which PyTorch's own is not."""

    def step(old: Any, new: Any, count: Any) -> Any:
        decay = min(h["decay"], (1 + int(count)) / (10 + int(count)))
        return decay * old + (1 - decay) * new

    found = torch.optim.swa_utils.AveragedModel(model, avg_fn=step)
    found.update_parameters(model)  # begins with the first weights
    return found


# activations ---------------------------------------------------------------------------------


class OfBatches(nn.BatchNorm1d):  # type: ignore[misc]
    """Batch norm of units, or of channels."""

    def __init__(self, units: int, epsilon: float, momentum: float) -> None:
        super().__init__(units, eps=epsilon, momentum=1 - momentum)

    def _check_input_dim(self, x: Any) -> None:
        """Take images, too."""


class InParts(OfBatches):
    """Batch norm of one part of the batch after another (ghost batch norm)."""

    def __init__(self, units: int, size: int, epsilon: float, momentum: float) -> None:
        super().__init__(units, epsilon, momentum)
        self.size = size

    def forward(self, x: Any) -> Any:
        """Normalize each part."""
        return torch.cat([super(InParts, self).forward(part) for part in x.split(self.size)])


Shape = tuple[int, ...]
Masks = Callable[[int, str, Shape, H], tuple[Any, Any]]


def dropped(name: str, *further: str) -> Masks:
    """Dropout with the masks that a method draws."""

    def masks(step: int, place: str, shape: Shape, h: H) -> tuple[Any, Any]:
        uniform = draws(step, *further, name, place).uniform(shape)
        return (uniform >= h["rate"]) / (1 - h["rate"]), 0.0

    return masks


def multiplied(step: int, place: str, shape: Shape, h: H) -> tuple[Any, Any]:
    noise = draws(step, "gaussian_dropout", place).normal(shape)
    return 1 + math.sqrt(h["rate"] / (1 - h["rate"])) * noise, 0.0


def alpha_dropped(step: int, place: str, shape: Shape, h: H) -> tuple[Any, Any]:
    """Alpha dropout: a·(x·m + α′·(1 − m)) + b (Klambauer et al. 2017)."""
    kept = draws(step, "alpha_dropout", place).uniform(shape) >= h["rate"]
    q = 1 - h["rate"]
    low = float(F.selu(torch.tensor(-100.0, dtype=torch.float64)))
    a = (q + low**2 * q * (1 - q)) ** -0.5
    b = -a * (1 - q) * low
    return a * kept, a * low * ~kept + b
