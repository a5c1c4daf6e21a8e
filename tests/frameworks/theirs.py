"""Fifty steps of the same network in PyTorch, from the same weights on the same batches."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridle.grammar import Value
from tests.frameworks.ours import (
    ADAM_RATE,
    CLASSES,
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
H = dict[str, Any]


class Masked(nn.Module):  # type: ignore[misc, name-defined]
    """Multiplies by factors that are set before each step."""

    factor: Any = 1.0

    def forward(self, x: Any) -> Any:
        """Multiply in training."""
        return x * self.factor if self.training else x


@dataclass
class Twin:
    """What a method is in PyTorch.

    Attributes:
        settings: strengths to compare, the neutral one first.
        static: of the method.
        optimizer: `sgd` or `adam`.
        pre: the module before each activation, by its units.
        before: changes the model once, before training.
        batch: changes a step's inputs and targets.
        masks: the factors on activations in a step, by layer.
        losses: each example's loss.
        penalty: what is added to the loss, of kernels.
        backward: computes gradients by an objective.
        decay: weight decay of the optimizer, of kernels.
        after: changes the model after a step.
        average: what averages the model.
        averages: whether a step counts.
        atol: how near weights must be.
    """

    settings: list[H]
    static: dict[str, Value] = field(default_factory=dict)
    optimizer: str = "sgd"
    pre: Callable[[int, H], Any] | None = None
    before: Callable[[Any, H], None] = lambda model, h: None
    batch: Callable[[Any, Any, int, H], Any] = lambda x, y, step, h: (x, y)
    masks: Callable[[int, int, int, H], Any] | None = None
    losses: Callable[[Any, Any, H], Any] = lambda outputs, y, h: F.cross_entropy(
        outputs, y, reduction="none"
    )
    penalty: Callable[[list[Any], H], Any] = lambda kernels, h: 0.0
    backward: Callable[[Any, Callable[[], Any], H], None] = lambda model, objective, h: (
        objective().backward()
    )
    decay: Callable[[H], float] = lambda h: 0.0
    after: Callable[[Any, H], None] = lambda model, h: None
    average: Callable[[Any, H], Any] | None = None
    averages: Callable[[int, H], bool] = lambda step, h: True
    atol: float = 1e-5


def kernels(model: Any) -> list[Any]:
    return [layer.weight for layer in model if isinstance(layer, nn.Linear)]


def built(twin: Twin, first: Weights, h: H) -> Any:
    """A model with the first weights, in float64."""
    layers: list[Any] = []
    sizes = [INPUTS, *WIDTHS, CLASSES]
    for number, (inputs, units) in enumerate(itertools.pairwise(sizes)):
        dense = nn.Linear(inputs, units)
        with torch.no_grad():
            dense.weight.copy_(torch.tensor(first[f"dense_{number}/kernel"].T))
            dense.bias.copy_(torch.tensor(first[f"dense_{number}/bias"]))
        layers.append(dense)
        if number < len(WIDTHS):
            layers += [twin.pre(units, h)] if twin.pre else []
            layers += [nn.Tanh(), Masked()]
    return nn.Sequential(*layers).double()


def trained(name: str, twin: Twin, first: Weights, h: H) -> Weights:
    """The weights that PyTorch ends at, under our names."""
    model = built(twin, first, h)
    twin.before(model, h)
    rest = [w for w in model.parameters() if w.ndim < 2]
    groups = [
        {"params": [w for w in model.parameters() if w.ndim > 1], "weight_decay": twin.decay(h)},
        {"params": rest, "weight_decay": 0.0},
    ]
    optimizer: Any = (
        torch.optim.AdamW(groups, lr=ADAM_RATE, eps=1e-7)
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
            for layer, module in enumerate(m for m in model if isinstance(m, Masked)):
                module.factor = torch.tensor(twin.masks(step, layer, WIDTHS[layer], h))

        def objective(x: Any = x, y: Any = y) -> Any:
            data = twin.losses(model(x), y, h).mean()
            return data + twin.penalty(kernels(model), h)

        optimizer.zero_grad()
        twin.backward(model, objective, h)
        optimizer.step()
        with torch.no_grad():
            twin.after(model, h)
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
            own = (
                layer.parametrizations.weight.original
                if hasattr(layer, "parametrizations")
                else layer.weight
            )
            found |= {f"dense_{number}/kernel": own.T, f"dense_{number}/bias": layer.bias}
        elif getattr(layer, "weight", None) is not None:
            at = f"{name}/dense_{number}/pre"
            found[f"{at}/scale"] = layer.weight
            if getattr(layer, "bias", None) is not None:
                found[f"{at}/offset"] = layer.bias
            if isinstance(layer, nn.BatchNorm1d):
                found[f"{at}/mean"] = layer.running_mean
    return {key: value.detach().numpy() for key, value in found.items()}
