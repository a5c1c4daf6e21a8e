"""Fifty steps of the same network in PyTorch, from the same weights on the same batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.frameworks.ours import (
    ADAM_RATE,
    EPSILON,
    MOMENTUM,
    RATE,
    STEPS,
    WIDTHS,
    Weights,
    Y,
)

torch: Any = pytest.importorskip("torch", reason="PyTorch is part of .[bench]")
nn, F = torch.nn, torch.nn.functional
parametrize = torch.nn.utils.parametrize
H = dict[str, Any]


class Changing(nn.Module):  # type: ignore[misc, name-defined]
    """A place of the network where a method's rule acts in training; `act` says which, before each pass."""

    rule: Any = None

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place


class Masked(Changing):
    """Multiplies activations by factors and adds shifts, both in our order of axes."""

    def forward(self, x: Any) -> Any:
        """Change activations in training."""
        if self.rule is None or not self.training:
            return x
        x = x.movedim(1, -1)
        factor, shift = map(torch.as_tensor, self.rule(self.place, tuple(x.shape)))
        return (x * factor + shift).movedim(-1, 1)


class Block(Changing):
    """Adds to its input branches of its activation."""

    def __init__(self, place: str, activation: Any, branches: list[Any]) -> None:
        super().__init__(place)
        self.activation, self.branches = activation, nn.ModuleList(branches)

    def forward(self, x: Any) -> Any:
        """Add the branches, each changed in training."""
        seen = self.activation(x)
        for number, branch in enumerate(self.branches):
            added = branch(seen)
            x = x + (self.rule(self.place, number, added) if self.rule else added)
        return x


class Flat(nn.Flatten):  # type: ignore[misc, name-defined]
    """Flattens images in our order, channels last."""

    def forward(self, x: Any) -> Any:
        """Move the channels, and flatten."""
        return super().forward(x.movedim(1, -1))


Losses = Callable[[Any, Any, Any, int, H], Any]


def of_outputs(rule: Callable[[Any, Any, H], Any]) -> Losses:
    """Return the losses of a rule that sees outputs, targets and hyperparameters."""
    return lambda model, x, y, step, h: rule(model(x), y, h)


def cross_entropy(outputs: Any, y: Any, h: H) -> Any:
    return F.cross_entropy(outputs, y, reduction="none")


PLAIN: Losses = of_outputs(cross_entropy)


def named(name: str, model: Any) -> Weights:
    """The weights of a model, under our names; parameters of its own have them."""
    found: dict[str, Any] = dict(model.named_parameters(recurse=False))
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            place = layer.place
            kernel = f"{place}/kernel"
            found[f"{place}/bias"] = layer.bias
            if parametrize.is_parametrized(layer, "weight"):
                change = layer.parametrizations.weight
                found[kernel] = theirs_to_ours(change.original)
                for own, value in change[0].state_dict().items():
                    found[f"{name}/{kernel}/{own}"] = value
            else:
                found[kernel] = theirs_to_ours(layer.weight)
        elif isinstance(getattr(layer, "weight", None), nn.Parameter):
            at = f"{name}/{place}/pre"
            found[f"{at}/scale"] = layer.weight
            if getattr(layer, "bias", None) is not None:
                found[f"{at}/offset"] = layer.bias
            if isinstance(layer, nn.BatchNorm1d):
                found[f"{at}/mean"] = layer.running_mean
    return {key: value.detach().numpy() for key, value in found.items()}


@dataclass
class Twin:
    """What a method is in PyTorch.

    Functions get the method's hyperparameters last, and the number of the step before them, from 0.

    Attributes:
        settings: strengths to compare, the neutral one first.
        optimizer: `sgd` or `adam`.
        activation: of the network.
        pre: the module before each activation, by its units.
        before: changes the model once, before training, by our first weights and statistics.
        batch: changes a step's inputs and targets.
        masks: factors and shifts of activations in a step, by place and shape.
        branch: what a residual block adds in a step, of its place, the branch's number and output.
        losses: each example's loss, of a model, inputs and targets.
        penalty: what is added to the loss, of the model.
        backward: computes gradients of a model by an objective.
        decay: weight decay of the optimizer, of kernels.
        after: changes the model after a step, by the weights before it.
        schedule: of the optimizer's learning rate.
        average: what averages the model.
        averages: whether a step counts.
        found: the weights of the trained model, under our names.
        atol: how near weights must be.
    """

    settings: list[H]
    optimizer: str = "sgd"
    activation: str = "tanh"
    pre: Callable[[int, H], Any] | None = None
    before: Callable[[Any, Weights, H], None] = lambda model, first, h: None
    batch: Callable[[Any, Any, int, H], Any] = lambda x, y, step, h: (x, y)
    masks: Callable[[int, str, tuple[int, ...], H], Any] | None = None
    branch: Callable[[int, str, int, Any, H], Any] | None = None
    losses: Losses = PLAIN
    penalty: Callable[[Any, H], Any] = lambda model, h: 0.0
    backward: Callable[[Any, Callable[[], Any], int, H], None] = lambda model, objective, step, h: (
        objective().backward()
    )
    decay: Callable[[H], float] = lambda h: 0.0
    after: Callable[[Any, list[Any], int, H], None] = lambda model, old, step, h: None
    schedule: Callable[[Any, H], Any] = lambda optimizer, h: torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: 1.0
    )
    average: Callable[[Any, H], Any] | None = None
    averages: Callable[[int, H], bool] = lambda step, h: True
    found: Callable[[str, Any], Weights] = named
    atol: float = 1e-5


def layers(model: Any) -> list[Any]:
    """The convolutions and dense layers."""
    return [layer for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]


def kernels(model: Any) -> list[Any]:
    return [layer.weight for layer in layers(model)]


def ours_to_theirs(kernel: Any) -> Any:
    """A kernel `[..., in, out]` as `[out, in, ...]`."""
    return kernel.movedim((-1, -2), (0, 1))


def theirs_to_ours(kernel: Any) -> Any:
    """The reverse."""
    return kernel.movedim((0, 1), (-1, -2))


def layer(first: Weights, place: str) -> Any:
    """A dense layer, or a convolution, with the first weights."""
    kernel = ours_to_theirs(torch.tensor(first[f"{place}/kernel"]))
    units, inputs, *window = kernel.shape
    made = nn.Conv2d(inputs, units, window, padding="same") if window else nn.Linear(inputs, units)
    with torch.no_grad():
        made.weight.copy_(kernel)
        made.bias.copy_(torch.tensor(first[f"{place}/bias"]))
    made.place = place
    return made


def built(twin: Twin, first: Weights, h: H) -> Any:
    """A model with the first weights, in float64; their names say which network it is."""
    activation = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[twin.activation]()

    def block(place: str) -> Block:
        names = [(f"{place}/dense_{i}", f"{place}/dense_{i + 1}") for i in (0, 2)]
        branches = [
            nn.Sequential(layer(first, one), activation, layer(first, other))
            for one, other in names
        ]
        return Block(f"{place}/merge", activation, branches)

    def pre(units: int) -> list[Any]:
        return [twin.pre(units, h)] if twin.pre else []

    found: list[Any] = []
    if convolutions := [place for place in ("conv_0", "conv_1") if f"{place}/kernel" in first]:
        found.append(nn.Unflatten(1, (1, -1)))
        for place in convolutions:
            made = layer(first, place)
            found += [made, *pre(made.out_channels), activation]
            found += [nn.MaxPool2d(2), Masked(f"{place}/post")]
        found.append(Flat())
    for number, units in enumerate(WIDTHS):
        place = f"dense_{number}"
        found.append(layer(first, place))
        found += [block(f"block_{number}")] if f"block_{number}/dense_0/kernel" in first else []
        found += [*pre(units), activation, Masked(f"{place}/post")]
    return nn.Sequential(*found, layer(first, f"dense_{len(WIDTHS)}")).double()


def act(model: Any, kind: type[Changing], rule: Callable[..., Any] | None, step: int, h: H) -> None:
    """Set what a rule does in the next pass at all places of a kind."""
    for module in model:
        if rule and isinstance(module, kind):
            module.rule = lambda *seen: rule(step, *seen, h)


def trained(name: str, twin: Twin, first: Weights, x: np.ndarray, h: H) -> Weights:
    """The weights that PyTorch ends at on inputs `x [STEPS, SIZE, ...]`, under our names."""
    model = built(twin, first, h)
    twin.before(model, first, h)
    rest = [w for w in model.parameters() if w.ndim < 2]
    groups = [
        {"params": [w for w in model.parameters() if w.ndim > 1], "weight_decay": twin.decay(h)},
        {"params": rest, "weight_decay": 0.0},
    ]
    optimizer: Any = (
        torch.optim.AdamW(groups, lr=ADAM_RATE, eps=EPSILON)
        if twin.optimizer == "adam"
        else torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM)
    )
    average = twin.average(model, h) if twin.average else None
    schedule = twin.schedule(optimizer, h)
    for step in range(STEPS):
        inputs, y = twin.batch(
            torch.tensor(x[step], dtype=torch.float64),
            torch.tensor(Y[step], dtype=torch.float64),
            step,
            h,
        )
        act(model, Masked, twin.masks, step, h)
        act(model, Block, twin.branch, step, h)

        def objective(x: Any = inputs, y: Any = y, step: int = step) -> Any:
            return twin.losses(model, x, y, step, h).mean() + twin.penalty(model, h)

        optimizer.zero_grad()
        twin.backward(model, objective, step, h)
        old = [w.detach().clone() for w in model.parameters()]
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            twin.after(model, old, step, h)
        if average is not None and twin.averages(step, h):
            average.update_parameters(model)
    if average is not None and average.n_averaged:
        model = average.module
    return twin.found(name, model)
