"""Fifty steps of the same network in PyTorch, from the same weights on the same batches."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.frameworks.ours import (
    ADAM_RATE,
    CLASSES,
    EPSILON,
    INPUTS,
    MOMENTUM,
    RATE,
    STEPS,
    WIDTHS,
    Weights,
    X,
    Y,
)

torch: Any = pytest.importorskip("torch", reason="PyTorch is part of .[bench]")
nn, F = torch.nn, torch.nn.functional
parametrize = torch.nn.utils.parametrize
H = dict[str, Any]


class Masked(nn.Module):  # type: ignore[misc, name-defined]
    """Multiplies in training by factors, and adds shifts, which are set before each pass."""

    factor: Any = 1.0
    shift: Any = 0.0

    def forward(self, x: Any) -> Any:
        """Change activations in training."""
        return x * self.factor + self.shift if self.training else x


Losses = Callable[[Any, Any, Any, int, H], Any]


def of_outputs(rule: Callable[[Any, Any, H], Any]) -> Losses:
    """Return the losses of a rule that sees outputs, targets and hyperparameters."""
    return lambda model, x, y, step, h: rule(model(x), y, h)


def cross_entropy(outputs: Any, y: Any, h: H) -> Any:
    return F.cross_entropy(outputs, y, reduction="none")


PLAIN: Losses = of_outputs(cross_entropy)


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
        masks: factors and shifts of activations in a step, by layer and units.
        losses: each example's loss, of a model, inputs and targets.
        penalty: what is added to the loss, of the model.
        backward: computes gradients of a model by an objective.
        decay: weight decay of the optimizer, of kernels.
        after: changes the model after a step, by the weights before it.
        average: what averages the model.
        averages: whether a step counts.
        atol: how near weights must be.
    """

    settings: list[H]
    optimizer: str = "sgd"
    activation: str = "tanh"
    pre: Callable[[int, H], Any] | None = None
    before: Callable[[Any, Weights, H], None] = lambda model, first, h: None
    batch: Callable[[Any, Any, int, H], Any] = lambda x, y, step, h: (x, y)
    masks: Callable[[int, int, int, H], Any] | None = None
    losses: Losses = PLAIN
    penalty: Callable[[Any, H], Any] = lambda model, h: 0.0
    backward: Callable[[Any, Callable[[], Any], int, H], None] = lambda model, objective, step, h: (
        objective().backward()
    )
    decay: Callable[[H], float] = lambda h: 0.0
    after: Callable[[Any, list[Any], int, H], None] = lambda model, old, step, h: None
    average: Callable[[Any, H], Any] | None = None
    averages: Callable[[int, H], bool] = lambda step, h: True
    atol: float = 1e-5


def dense(model: Any) -> list[Any]:
    return [layer for layer in model if isinstance(layer, nn.Linear)]


def kernels(model: Any) -> list[Any]:
    return [layer.weight for layer in dense(model)]


def built(twin: Twin, first: Weights, h: H) -> Any:
    """A model with the first weights, in float64."""
    layers: list[Any] = []
    sizes = [INPUTS, *WIDTHS, CLASSES]
    for number, (inputs, units) in enumerate(itertools.pairwise(sizes)):
        layer = nn.Linear(inputs, units)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(first[f"dense_{number}/kernel"].T))
            layer.bias.copy_(torch.tensor(first[f"dense_{number}/bias"]))
        layers.append(layer)
        if number < len(WIDTHS):
            layers += [twin.pre(units, h)] if twin.pre else []
            layers += [{"tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[twin.activation](), Masked()]
    return nn.Sequential(*layers).double()


def mask(model: Any, masks: Callable[[int, int, int, H], Any], step: int, h: H) -> None:
    """Set the factors and shifts of the next pass."""
    for layer, module in enumerate(one for one in model if isinstance(one, Masked)):
        module.factor, module.shift = map(torch.as_tensor, masks(step, layer, WIDTHS[layer], h))


def trained(name: str, twin: Twin, first: Weights, h: H) -> Weights:
    """The weights that PyTorch ends at, under our names."""
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
    for step in range(STEPS):
        x, y = twin.batch(
            torch.tensor(X[step], dtype=torch.float64),
            torch.tensor(Y[step], dtype=torch.float64),
            step,
            h,
        )
        if twin.masks:
            mask(model, twin.masks, step, h)

        def objective(x: Any = x, y: Any = y, step: int = step) -> Any:
            return twin.losses(model, x, y, step, h).mean() + twin.penalty(model, h)

        optimizer.zero_grad()
        twin.backward(model, objective, step, h)
        old = [w.detach().clone() for w in model.parameters()]
        optimizer.step()
        with torch.no_grad():
            twin.after(model, old, step, h)
        if average is not None and twin.averages(step, h):
            average.update_parameters(model)
    if average is not None and average.n_averaged:
        model = average.module
    return named(name, model)


def named(name: str, model: Any) -> Weights:
    found: dict[str, Any] = {}
    number = -1
    for layer in model:
        if isinstance(layer, nn.Linear):
            number += 1
            kernel = f"dense_{number}/kernel"
            found[f"dense_{number}/bias"] = layer.bias
            if parametrize.is_parametrized(layer, "weight"):
                change = layer.parametrizations.weight
                found[kernel] = change.original.T
                for own, value in change[0].state_dict().items():
                    found[f"{name}/{kernel}/{own}"] = value
            else:
                found[kernel] = layer.weight.T
        elif getattr(layer, "weight", None) is not None:
            at = f"{name}/dense_{number}/pre"
            found[f"{at}/scale"] = layer.weight
            if getattr(layer, "bias", None) is not None:
                found[f"{at}/offset"] = layer.bias
            if isinstance(layer, nn.BatchNorm1d):
                found[f"{at}/mean"] = layer.running_mean
    return {key: value.detach().numpy() for key, value in found.items()}
