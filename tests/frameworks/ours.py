"""Fifty steps of a small network with a method, from given weights on given batches."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bridle.engine.compiled import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, Step
from bridle.grammar import Value
from bridle.methods.catalogue import compiled
from bridle.methods.hook_types import Batch
from bridle.networks.base import Network
from bridle.networks.cnn import CNN
from bridle.networks.mlp import MLP
from bridle.networks.resnet_mlp import ResNetMLP
from bridle.optimizers.adam import Adam
from bridle.optimizers.base import Optimizer
from bridle.optimizers.sgd import SGD
from bridle.tasks import Classification

STEPS, SIZE, INPUTS, SIDES, WIDTHS, CLASSES = 50, 16, 6, (8, 6), (8, 6), 3
RATE, MOMENTUM, ADAM_RATE = 0.05, 0.9, 0.01
EPSILON = 1e-12
"""Adam's, so small that it does not matter where a framework adds it."""
KEY = (3, 4)
OPTIMIZERS: dict[str, Optimizer] = {"sgd": SGD(MOMENTUM), "adam": Adam(eps=EPSILON)}
_RANDOM = np.random.default_rng(0)
X = _RANDOM.normal(size=(STEPS, SIZE, INPUTS)).astype(np.float32)
Y = np.eye(CLASSES, dtype=np.float32)[_RANDOM.integers(CLASSES, size=(STEPS, SIZE))]
IMAGES = _RANDOM.normal(size=(STEPS, SIZE, *SIDES)).astype(np.float32)

Weights = dict[str, np.ndarray]


def network(kind: str, activation: str) -> Network:
    """Return the network that a twin is trained in; its hidden layers are the same in all."""
    if kind == "cnn":
        return CNN(SIDES, WIDTHS, CLASSES, activation, filters=(4, 5))
    if kind == "resnet_mlp":
        return ResNetMLP((INPUTS,), WIDTHS, CLASSES, activation, blocks=1, branches=2)
    return MLP((INPUTS,), WIDTHS, CLASSES, activation)


class Ours:
    """The program of a method; its strengths are traced.

    Args:
        text: the method, with its static hyperparameters, and the network if it is no MLP: `bootstrap(kind=soft)`,
            `drop_block on cnn`.
        optimizer: a name of `OPTIMIZERS`.
        activation: of the network.
    """

    def __init__(self, text: str, optimizer: str, activation: str = "tanh") -> None:
        name, _, kind = text.partition(" on ")
        self.method = compiled(name)
        self.network = network(kind, activation)
        self.x = IMAGES if kind == "cnn" else X
        self.step = Step(
            self.network, (self.method,), OPTIMIZERS[optimizer], task=Classification.of(CLASSES)
        )
        self.rate = ADAM_RATE if optimizer == "adam" else RATE
        self._train = jax.jit(self._steps)

    def first(self) -> tuple[Weights, Weights]:
        """Return the first weights, and the first statistics."""
        params, statistics = self.step.init(self._run(self.setting({}))).model
        return jax.tree.map(np.asarray, params), jax.tree.map(np.asarray, statistics)

    def setting(self, given: Mapping[str, Value]) -> dict[str, Any]:
        """Return all hyperparameters: given, static or as declared."""
        declared = {h.name: h.default for h in self.method.hyperparameters}
        return declared | dict(self.method.static) | dict(given)

    def train(self, setting: Mapping[str, Value]) -> Weights:
        """Return what predicts after all steps, with statistics."""
        return {name: np.asarray(w) for name, w in self._train(self._run(setting)).items()}

    def _run(self, setting: Mapping[str, Value]) -> Run:
        spec = RunSpec({self.method.name: setting}, self.rate, 1, 0, 0)
        h = jax.tree.map(jnp.asarray, encode_setting((self.method,), spec, self.network.layers))
        return Run(jnp.asarray(KEY, jnp.uint32), h, jnp.float32(self.rate), jnp.int32(1))

    def _steps(self, run: Run) -> Any:
        def one(state: Any, batch: Any) -> Any:
            x, y = batch
            return self.step.train(state, run, Batch(x, y, jnp.ones(SIZE)), STEPS), None

        state, _ = jax.lax.scan(one, self.step.init(run), (self.x, Y))
        found, name = self.step.predicting(state, run, lambda params: {}), self.method.name
        found, _ = self.method.final(found, state.methods[name], jnp.asarray(1), run.h[name])
        return found.params | found.statistics


ours = functools.cache(Ours)
"""The same program for every framework."""


def same_ends(
    own: Ours,
    settings: Sequence[Mapping[str, Any]],
    theirs: Callable[[dict[str, Any]], Weights],
    atol: float,
) -> None:
    """Check that training at each setting ends at another framework's weights, and that settings differ in them."""
    first, _ = own.first()
    ends = []
    for given in settings:
        h = own.setting(given)
        found, expected = own.train(h), theirs(h)
        assert set(first) <= set(expected)
        for key, weight in expected.items():
            np.testing.assert_allclose(
                found[key], weight, rtol=1e-4, atol=atol, err_msg=f"{key} at {given}"
            )
        ends.append(expected["dense_0/kernel"])
        assert np.abs(expected["dense_0/kernel"] - first["dense_0/kernel"]).max() > 1e-3
    for one, other in itertools.pairwise(ends):  # strengths bite
        assert np.abs(one - other).max() > 1e-4 or own.method.name == "batch_norm"
