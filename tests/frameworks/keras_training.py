"""Fifty steps of the same network in Keras, from the same weights on the same batches."""

from __future__ import annotations

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

keras: Any = pytest.importorskip("keras", reason="Keras is part of .[bench]")
H = dict[str, Any]
STATISTICS = {
    "gamma": "scale",
    "beta": "offset",
    "scale": "scale",
    "moving_mean": "mean",
    "moving_variance": "variance",
}
"""Our names of what a normalization holds, by those of Keras."""


@dataclass
class Twin:
    """What a method is in Keras. Functions get the method's hyperparameters.

    Attributes:
        settings: strengths to compare, the neutral one first.
        optimizer: `sgd` or `adam`.
        dense: arguments of layers.
        activation: arguments of activations.
        pre: the layer before each activation.
        loss: arguments of the loss, and its name.
        arguments: of the optimizer.
        atol: how near weights must be.
    """

    settings: list[H]
    optimizer: str = "sgd"
    dense: Callable[[H], H] = lambda h: {}
    activation: Callable[[H], H] = lambda h: {}
    pre: Callable[[H], Any] | None = None
    loss: Callable[[H], Any] = lambda h: keras.losses.CategoricalCrossentropy(from_logits=True)
    arguments: Callable[[H], H] = lambda h: {}
    atol: float = 1e-5


def trained(name: str, twin: Twin, first: Weights, h: H) -> Weights:
    """The weights that Keras ends at in float64, under our names."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        return _trained(name, twin, first, h)
    finally:
        keras.config.set_floatx(before)


def _trained(name: str, twin: Twin, first: Weights, h: H) -> Weights:
    layers: list[Any] = [keras.Input((INPUTS,))]
    variables: dict[str, Any] = {}
    norms: dict[str, Any] = {}
    for number, units in enumerate((*WIDTHS, CLASSES)):
        layer = keras.layers.Dense(units, **twin.dense(h))
        variables[f"dense_{number}"] = layer
        layers.append(layer)
        if number < len(WIDTHS):
            if twin.pre:
                norms[f"{name}/dense_{number}/pre"] = norm = twin.pre(h)
                layers.append(norm)
            layers.append(keras.layers.Activation("tanh", **twin.activation(h)))
    model = keras.Sequential(layers)
    for at, layer in variables.items():
        layer.set_weights([first[f"{at}/kernel"], first[f"{at}/bias"]])
    if twin.optimizer == "adam":
        optimizer = keras.optimizers.AdamW(ADAM_RATE, epsilon=EPSILON, **twin.arguments(h))
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    else:
        optimizer = keras.optimizers.SGD(RATE, momentum=MOMENTUM, **twin.arguments(h))
    model.compile(optimizer=optimizer, loss=twin.loss(h))
    for step in range(STEPS):
        model.train_on_batch(X[step].astype("float64"), Y[step].astype("float64"))
    optimizer.finalize_variable_values(model.trainable_variables)
    found: Weights = {}
    for at, layer in variables.items():
        found[f"{at}/kernel"], found[f"{at}/bias"] = layer.get_weights()
    for at, norm in norms.items():
        for variable in norm.weights:
            found[f"{at}/{STATISTICS[variable.name]}"] = variable.numpy()
    return found
