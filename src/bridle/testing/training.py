"""Checks of a method in training: its neutral strength, bits, padding, evaluation, and other methods beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bridle.domains import Choice, Flag
from bridle.grammar import Value
from bridle.methods.base import Method
from bridle.methods.hook_types import Batch
from bridle.testing.declarations import demand
from bridle.testing.trainer import BATCH, Problem, RunOutcome, baseline_of, problems_of, trainer_of


def check_training(method: Method, problem: Problem, beside: Sequence[Method] = ()) -> None:
    """Check that neutral is nothing, the default is something, bits repeat and strengths are traced.

    Args:
        method: an instance.
        problem: the task that it is trained on.
        beside: methods at rest in the same program, so that one program serves the checks of all of them.
    """
    name = method.name
    bare = baseline_of(problem)
    trained = trainer_of(problem, method, *beside)
    default = _setting(method)
    first, again = trained.train(default, default)
    (other_replicate,) = trained.train(default, replicate=1)
    demand(_finite(first), f"{name}: training at the default settings gives NaN or infinity")
    demand(_same(first, again), f"{name}: two equal runs side by side gave different bits")
    demand(
        _same(first, trained.train(default)[0]),
        f"{name}: the same run gave other bits a second time",
    )
    demand(not _same(first, other_replicate), f"{name}: another replicate gave the same network")
    if name == "none":
        demand(_nothing(first, bare), "none: does something to the network")
        return
    demand(
        not np.array_equal(first.logits, bare.logits),
        f"{name}: at its default {default[name]} it changes nothing; is a hook misspelt?",
    )
    strength = method.strength()
    if strength is not None:
        ends = [
            _setting(method, {strength.name: value})
            for value in (strength.grid[0], strength.grid[-1])
        ]
        low, high = trained.train(*ends)
        demand(
            not np.array_equal(low.logits, high.logits) or low.epochs != high.epochs,
            f"{name}: {strength.name}={strength.grid[0]} and {strength.grid[-1]} train the same network",
        )
        demand(_finite(low) and _finite(high), f"{name}: an end of the grid gives NaN or infinity")
        neutral = _setting(
            method, {h.name: h.neutral for h in method.hyperparameters if h.neutral is not None}
        )
        at_rest = _setting(method, {strength.name: strength.neutral})
        for setting, outcome in zip(
            (neutral, at_rest), trained.train(neutral, at_rest), strict=True
        ):
            demand(
                _nothing(outcome, bare),
                f"{name}: at neutral {setting[name]} the network differs from that of none",
            )
    for declared in method.hyperparameters:
        if isinstance(declared.domain, Choice | Flag):
            options = (
                declared.domain.options if isinstance(declared.domain, Choice) else (False, True)
            )
            for option in options:
                chosen = trained
                if declared.static and option != declared.default:
                    chosen = trainer_of(problem, type(method)(**{declared.name: option}))
                (outcome,) = chosen.train(_setting(method, {declared.name: option}))
                demand(_finite(outcome), f"{name}: {declared.name}={option} gives NaN or infinity")
    demand(
        trained.compiled == 1,
        f"{name}: other hyperparameter values compiled the program anew; they must be traced, so use them only in "
        "array operations, never in Python's if",
    )


def check_padding(method: Method, problem: Problem, beside: Sequence[Method] = ()) -> None:
    """Check that rows of weight 0 have no influence on a step, whatever they hold.

    Args:
        method: an instance.
        problem: the task that it is trained on.
        beside: methods at rest in the same program, so that one program serves the checks of all of them.
    """
    trained = trainer_of(problem, method, *beside)
    run = trained.run(_setting(method))
    inputs, targets = problem.examples()

    def stepped(fill: float, label: int) -> Any:
        x = np.full((BATCH, *problem.shape), fill, np.float32)
        y = np.full(BATCH, label)
        x[: BATCH // 2] = inputs[: BATCH // 2].reshape(-1, *problem.shape)
        y[: BATCH // 2] = targets[: BATCH // 2]
        weight = (np.arange(BATCH) < BATCH // 2).astype(np.float32)
        batch = Batch(jnp.asarray(x), jax.nn.one_hot(y, problem.classes), jnp.asarray(weight))
        return trained.take_step(trained.start(run), run, batch, 1)

    demand(
        _equal(stepped(0.0, 0), stepped(17.0, problem.classes - 1)),
        f"{method.name}: rows of example weight 0 (padding) change the step; use ctx.weight or batch.weight",
    )


def check_evaluation(method: Method, problem: Problem, beside: Sequence[Method] = ()) -> None:
    """Check that predictions draw nothing and treat every example by itself.

    Args:
        method: an instance.
        problem: the task that it is trained on.
        beside: methods at rest in the same program, so that one program serves the checks of all of them.
    """
    trained = trainer_of(problem, method, *beside)
    run = trained.run(_setting(method))
    model, predict = trained.start(run).model, trained.predict
    inputs = problem.examples()[0][:BATCH].reshape(-1, *problem.shape)
    logits = predict(model, inputs, run)
    demand(
        _equal(logits, predict(model, inputs, run._replace(key=run.key + 1))),
        f"{method.name}: predictions depend on the replicate's random key; do nothing random in evaluation",
    )
    company = inputs.copy()
    company[1:] = 3.0
    demand(
        np.array_equal(logits[0], predict(model, company, run)[0]),
        f"{method.name}: the prediction of an example depends on the others beside it",
    )
    demand(
        logits.shape == (BATCH, problem.classes),
        f"{method.name}: logits have the shape {logits.shape}, expected {(BATCH, problem.classes)}",
    )


def check_company(method: Method, other: Method, beside: Sequence[Method] = ()) -> None:
    """Check that a method trains together with another, both at their defaults, and predicts.

    Args:
        method: an instance.
        other: another.
        beside: methods at rest in the same program, so that one program serves the checks of all of them.
    """
    problem = problems_of(method, other, *beside)[0]
    trained = trainer_of(problem, method, other, *beside, quick=True)
    (outcome,) = trained.train({**_setting(method), **_setting(other)})
    demand(_finite(outcome), f"{method.name}+{other.name}: training gives NaN or infinity")


def _setting(method: Method, chosen: dict[str, Value] | None = None) -> dict[str, dict[str, Value]]:
    defaults = {declared.name: declared.default for declared in method.hyperparameters}
    return {method.name: {**defaults, **(chosen or {})}}


def _equal(a: Any, b: Any) -> bool:
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return all(np.array_equal(x, y, equal_nan=True) for x, y in pairs)


def _same(a: RunOutcome, b: RunOutcome) -> bool:
    return a.weights.keys() == b.weights.keys() and _equal(tuple(a), tuple(b))


def _nothing(outcome: RunOutcome, bare: RunOutcome) -> bool:
    """Say whether the network is that of none; methods may have statistics beside it."""
    weights = {name: outcome.weights[name] for name in bare.weights}
    return _same(outcome._replace(weights=weights), bare)


def _finite(outcome: RunOutcome) -> bool:
    arrays: Sequence[np.ndarray] = [*outcome.weights.values(), outcome.logits]
    return all(bool(np.isfinite(array).all()) for array in arrays)
