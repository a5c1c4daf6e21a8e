"""Fifty training steps of a small network with one method, and the comparison with an independent computation."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bridle.engine.compiled import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, State, Step
from bridle.methods.catalogue import compiled
from bridle.methods.hook_types import Params
from bridle.networks.base import Network
from bridle.optimizers.base import Optimizer
from tests.methods.one_step import BATCH, TASK

STEPS, RATE = 50, 0.05


def started(
    name: str, network: Network, optimizer: Optimizer, **values: Any
) -> tuple[Step, Run, State]:
    """Return a step with one method, as a program names it, a run, and its first state."""
    found = compiled(name)
    step = Step(network, (found,), optimizer, task=TASK)
    full = {h.name: values.get(h.name, h.default) for h in found.hyperparameters}
    spec = RunSpec({found.name: full}, RATE, 1, 0, 0)
    encoded = encode_setting(step.methods, spec, network.layers)
    h = jax.tree.map(jnp.asarray, encoded)
    run = Run(jnp.asarray([3, 4], jnp.uint32), h, jnp.float32(RATE), jnp.int32(1))
    return step, run, step.init(run)


def trained(name: str, network: Network, optimizer: Optimizer, **values: Any) -> list[Params]:
    """Return the parameters before training and after every step."""
    step, run, state = started(name, network, optimizer, **values)
    train = jax.jit(step.train, static_argnums=3)
    path = [state.model.params]
    for _ in range(STEPS):
        state = train(state, run, BATCH, STEPS)
        path.append(state.model.params)
    return path


def close(found: Params, expected: dict[str, np.ndarray]) -> None:
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-3, atol=2e-5, err_msg=name)


def copied(params: Params) -> dict[str, np.ndarray]:
    return {name: np.asarray(value, np.float64) for name, value in params.items()}
