"""A method's share of a training step. It is measured beside the training and does not change it.

Every hook is measured in the same way, by how far it moves the weights. What changes the gradient
(penalties, noise, other data) counts by that change. What changes the weights after the optimizer (decay, proximal
steps) counts as the gradient that would have moved them as far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import jax
import jax.numpy as jnp
from jax import Array

from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, State, Step
from bridle.grammar import Value
from bridle.methods.catalogue import method
from bridle.methods.hook_types import Batch, Params, Values, Variables
from bridle.methods.schedules.rates import Constant


def share(
    step: Step, state: State, run: Run, neutral: Mapping[str, Values], batch: Batch, steps: int
) -> Array:
    """Return the methods' share of the step that a run would take next, from 0 (nothing) to 1 (all of it).

    ‖own‖ / (‖own‖ + ‖rest‖): `rest` is the gradient with all hyperparameters at their neutral values, `own` what the
    methods add to it. A method that moves the weights as much as the data do has a share of one half. A strength that
    follows a schedule counts with the value that the schedule scales: at the end of training it is often off.

    Args:
        step: the step with its methods.
        state: where the run stands.
        run: the traced values of the run.
        neutral: its hyperparameters, at their neutral values where they have one.
        batch: the step's examples.
        steps: number of steps in an epoch.
    """

    def gradients(h: Mapping[str, Values]) -> Params:
        return step.grads(state, run._replace(h=h), batch)[0]

    # the plan's schedule changes the length of a step, but no share of it
    step = replace(step, schedule=Constant())
    # both are computed by the same program, so the difference is exactly 0 where a method does nothing
    both = jax.lax.map(gradients, jax.tree.map(lambda *h: jnp.stack(h), run.h, neutral))
    grads = jax.tree.map(lambda leaf: leaf[0], both)
    learning_rate = step.learning_rate(state, run, steps)
    new, _, rate = step.optimizer.step(
        state.model.params, grads, state.optimizer, learning_rate, state.taken + 1
    )
    finished, _ = step.finish(Variables(new, state.model.statistics), rate, state, run, steps)
    own = rest = jnp.zeros(())
    for name, (full, plain) in both.items():
        pull = (new[name] - finished.params[name]) / rate.per_weight[name]
        scheduled = full * (learning_rate / run.learning_rate)
        own += jnp.square(scheduled - plain + pull).sum()
        rest += jnp.square(plain).sum()
    own, rest = jnp.sqrt(own), jnp.sqrt(rest)
    # without any gradient there is no share
    return own / jnp.maximum(own + rest, 1e-30)


def neutral(run: RunSpec) -> RunSpec | None:
    """Return a run with every hyperparameter that has a neutral value at it; `None` if no method's strength has one.

    On/off methods cannot be removed from weights that were trained with them, and averages of weights act after
    the step, so their own shares are unknown.
    """
    setting: dict[str, dict[str, Value]] = {}
    known = False
    for name, values in run.setting.items():
        found = method(name)
        rests = {key: declared.neutral for key, declared in found.by_name().items()}
        setting[name] = {
            key: value if rests[key] is None else rests[key] for key, value in values.items()
        }
        known |= found.in_step()
    return replace(run, setting=setting) if known else None
