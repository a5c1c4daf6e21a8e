"""One training step of a small network with some methods, and the plain loss without any."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from bridle.draws import Draws
from bridle.engine.compiled import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, State, Step
from bridle.grammar import Value
from bridle.methods.catalogue import method
from bridle.methods.hook_types import Batch, Params
from bridle.networks.mlp import MLP
from bridle.optimizers.sgd import SGD
from bridle.tasks import Classification, Regression

RANDOM = np.random.default_rng(0)
NETWORK = MLP((4,), (5,), 3, "tanh")
TASK = Classification.of(3)
X = RANDOM.normal(size=(8, 4)).astype(np.float32)
Y = np.eye(3, dtype=np.float32)[RANDOM.integers(3, size=8)]
WEIGHT = np.array([1, 1, 1, 1, 1, 1, 0, 0], np.float32)
BATCH = Batch(jnp.asarray(X), jnp.asarray(Y), jnp.asarray(WEIGHT))
DRAWS = Draws(jnp.asarray([1, 2], jnp.uint32))
CLASSES, NUMBERS = TASK, Regression()

Setting = dict[str, dict[str, Value]]


def taken(setting: Setting) -> tuple[Step, Run, State]:
    """Return a step with some methods, a run, and its first state."""
    step = Step(NETWORK, tuple(method(name) for name in setting), SGD(), task=TASK)
    full = {
        name: {h.name: given.get(h.name, h.default) for h in method(name).hyperparameters}
        for name, given in setting.items()
    }
    encoded = encode_setting(step.methods, RunSpec(full, 0.1, 1, 0, 0), NETWORK.layers)
    h = jax.tree.map(jnp.asarray, encoded)
    run = Run(jnp.asarray([3, 4], jnp.uint32), h, jnp.float32(0.1), jnp.int32(1))
    return step, run, step.init(run)


def grads(**setting: dict[str, Value]) -> tuple[Params, Params]:
    step, run, state = taken(setting)
    found: tuple[Params, Params] = jax.jit(lambda state: step.grads(state, run, BATCH))(state)
    return found


def plain_loss(params: Params, x: Any, y: Any) -> Any:
    """The weighted mean of optax's cross-entropy."""
    logits = NETWORK.apply(params, jnp.asarray(x), lambda slot, x: x)
    losses = optax.softmax_cross_entropy(logits, jnp.asarray(y))
    return (losses * WEIGHT).sum() / WEIGHT.sum()


@functools.cache
def first_params() -> Params:
    return taken({})[2].model.params


def assert_close(found: Params, expected: Params) -> None:
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-6, err_msg=name)
