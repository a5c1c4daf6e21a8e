"""Checks for people who write a method of their own, and for those that Bridle ships.

    from bridle.testing import check_method

    def test_my_method():
        check_method(MyMethod())

`check_method` trains small networks with the method, as a study would, and raises an `AssertionError` that says which
promise is broken: what a method declares, that its neutral strength is exactly nothing, that its default does
something, that equal specifications give equal bits, that strengths are traced, that padding has no influence, that
evaluation draws nothing, and that it trains beside every other method.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bridle.domains import Choice, Flag
from bridle.draws import replicate_key
from bridle.engine.lanes import RUNNING, Lane, Population, Rows
from bridle.engine.optimizers import Adam
from bridle.engine.program import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, Step
from bridle.grammar import Call, Value, parse_call
from bridle.methods.base import Batch, Hyperparameter, Method
from bridle.methods.catalogue import methods, shared_methods
from bridle.methods.composition import Setting
from bridle.networks.mlp import MLP

GRID_SIZE = 7
"""So many strengths every grid holds, so that every method gets as many configurations."""

WIDTHS, BATCH, EPOCHS, LEARNING_RATE = (6, 5), 10, 40, 0.02
TRAIN, VALIDATION, TEST = 24, 12, 12


class Problem(NamedTuple):
    """Random examples with random labels, which any network overfits.

    Attributes:
        shape: of one example.
        classes: how many.
    """

    shape: tuple[int, ...]
    classes: int

    def examples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs `[n, d]` and targets `[n]`."""
        random = np.random.default_rng(0)
        n = TRAIN + VALIDATION + TEST
        inputs = random.normal(size=(n, math.prod(self.shape))).astype(np.float32)
        return inputs, random.integers(self.classes, size=n).astype(np.int32)

    def network(self) -> MLP:
        """Return a small network, with one logit for two classes."""
        return MLP(math.prod(self.shape), WIDTHS, 1 if self.classes == 2 else self.classes)


PROBLEMS = (Problem((5,), 2), Problem((6, 6), 3))
"""Vectors with two classes (one logit) and images with three."""


class Outcome(NamedTuple):
    """What became of a run: the weights that predict, the test examples' logits `[n, K]`, epochs trained."""

    weights: dict[str, np.ndarray]
    logits: np.ndarray
    epochs: int


class Trainer:
    """Trains runs of one problem with some methods, side by side in one program."""

    def __init__(self, problem: Problem, used: Iterable[Method]) -> None:
        self.problem = problem
        self.methods = tuple(sorted(used, key=lambda method: method.name))
        self.step = Step(problem.network(), self.methods, Adam())
        self._population = Population(self.step, problem.shape, BATCH, shared=True)
        self._trained = jax.jit(self._train)
        self.start = jax.jit(self.step.init)
        self.take_step = jax.jit(self.step.train)
        self.predict = jax.jit(self.step.predict)
        self.compiled = 0  # how often `train` has been traced

    def train(self, *settings: Setting, replicate: int = 0) -> list[Outcome]:
        """Train two runs at a time, always in the same program."""
        outcomes: list[Outcome] = []
        for start in range(0, len(settings), 2):
            pair = settings[start : start + 2]
            runs = [self.run(setting, replicate) for setting in (*pair, pair[0])[:2]]
            run: Run = jax.tree.map(lambda *leaves: jnp.stack(leaves), *runs)
            model, logits, epochs = jax.device_get(self._trained(run, *self.problem.examples()))
            weights = {**model.params, **model.statistics}
            for i in range(len(pair)):
                mine = {name: leaf[i] for name, leaf in weights.items()}
                outcomes.append(Outcome(mine, logits[i], int(epochs[i])))
        return outcomes

    def run(self, setting: Setting, replicate: int = 0) -> Run:
        """Return a run as traced values; methods that `setting` leaves out are neutral."""
        spec = RunSpec(setting, LEARNING_RATE, EPOCHS, replicate, seed=0)
        return Run(
            key=jnp.asarray(replicate_key(0, replicate)),
            h=jax.tree.map(jnp.asarray, encode_setting(self.methods, spec, len(WIDTHS))),
            learning_rate=jnp.float32(LEARNING_RATE),
            epochs=jnp.int32(EPOCHS),
        )

    def _train(self, run: Run, inputs: jax.Array, targets: jax.Array) -> Any:
        self.compiled += 1  # while tracing, not while running
        lanes = run.epochs.shape[0]
        rows = _rows(lanes, inputs.shape[1])
        none = jnp.zeros(lanes, jnp.int32)
        state = jax.vmap(self.step.init)(run)
        lane = Lane(state, run, rows, epoch=none, status=none + RUNNING)
        limit, never = jnp.int32(EPOCHS), jnp.int32(lanes + 1)
        lane, _, _ = self._population.advance(lane, inputs, targets, limit, never)
        model, _, _ = self._population.harvest(lane)
        test = jnp.broadcast_to(jnp.arange(TRAIN + VALIDATION, len(inputs)), (lanes, TEST))
        return model, self._population.predict(model, run, inputs, test, rows), lane.epoch


def _rows(lanes: int, features: int) -> Rows:
    def each(start: int, stop: int) -> jax.Array:
        return jnp.broadcast_to(jnp.arange(start, stop), (lanes, stop - start))

    zeros = jnp.zeros((lanes, features))
    return Rows(
        train=each(0, TRAIN),
        probe=each(0, VALIDATION),
        validation=each(TRAIN, TRAIN + VALIDATION),
        shift=zeros,
        scale=zeros + 1.0,
    )


def check_method(method: Method, others: Iterable[Method] | None = None) -> None:
    """Check everything that a method promises.

    Args:
        method: an instance.
        others: methods that it is joined with; by default all that Bridle knows.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    check_card(method)
    check_hyperparameters(method)
    for problem in PROBLEMS:
        check_training(method, problem)
        check_padding(method, problem)
        check_evaluation(method, problem)
    if others is None:
        others = [other for name, other in methods().items() if name != "none"]
    for other in others:
        if other.name != method.name:
            check_company(method, other)


def check_card(method: Method) -> None:
    """Check that the method says what it is."""
    name = method.name
    _demand(parse_call(name) == Call(name), f"{name!r} cannot be read as a method's name")
    _demand(name == name.lower(), f"the name {name!r} has capitals; names are lower case")
    for field in fields(method.card):
        text = getattr(method.card, field.name)
        _demand(
            isinstance(text, str) and bool(text.strip()), f"{name}: the card has no {field.name}"
        )
    _demand(bool((type(method).__doc__ or "").strip()), f"{name}: the class has no docstring")


def check_hyperparameters(method: Method) -> None:
    """Check what the method declares: domains, defaults, neutral values and grids."""
    names = [declared.name for declared in method.hyperparameters]
    _demand(len(set(names)) == len(names), f"{method.name}: a hyperparameter is declared twice")
    for declared in method.hyperparameters:
        _check_hyperparameter(f"{method.name}.{declared.name}", declared)
    tuned = [declared.name for declared in method.hyperparameters if declared.grid]
    _demand(
        len(tuned) <= 1,
        f"{method.name}: several hyperparameters have a grid ({tuned}); one is the strength",
    )
    strength = method.strength()
    if strength is not None:
        first = method.hyperparameters[0].name
        _demand(
            strength.name == first,
            f"{method.name}: the strength {strength.name} is not declared first",
        )
        _demand(
            strength.neutral is not None,
            f"{method.name}: the strength {strength.name} has no neutral value",
        )
    neutral = [declared.neutral is not None for declared in method.hyperparameters]
    _demand(
        not method.shared or all(neutral),
        f"{method.name} is part of every program (shared), so all its hyperparameters need a neutral value",
    )


def _check_hyperparameter(place: str, declared: Hyperparameter) -> None:
    _demand(bool(declared.help.strip()), f"{place} has no help text")
    _demand(
        bool(declared.domain.describe().strip()), f"the domain of {place} does not describe itself"
    )

    def inside(what: str, value: Value) -> None:
        # raises a UserError, which names the value, where the domain refuses it
        checked = declared.domain.check(f"{what} of {place}", value)
        same = type(checked) is type(value) and checked == value
        _demand(same, f"the {what} of {place} is declared as {value!r}, but read as {checked!r}")

    inside("default", declared.default)
    if declared.neutral is not None:
        inside("neutral value", declared.neutral)
    for value in declared.grid:
        inside("grid", value)
    if declared.grid:
        grid = list(declared.grid)
        _demand(
            len(grid) == GRID_SIZE,
            f"the grid of {place} has {len(grid)} values, expected {GRID_SIZE}",
        )
        ascending = all(a < b for a, b in itertools.pairwise(grid))  # type: ignore[operator]
        _demand(ascending, f"the grid of {place} does not ascend: {grid}")
        _demand(
            declared.neutral not in grid,
            f"the grid of {place} holds its neutral value {declared.neutral!r}",
        )


def check_training(method: Method, problem: Problem) -> None:
    """Check that neutral is nothing, the default is something, bits repeat and strengths are traced."""
    name = method.name
    baseline = _baseline(problem)
    trainer = _trainer(problem, method)
    default = _setting(method)
    first, again = trainer.train(default, default)
    (other_replicate,) = trainer.train(default, replicate=1)
    _demand(_finite(first), f"{name}: training at the default settings gives NaN or infinity")
    _demand(_same(first, again), f"{name}: two equal runs side by side gave different bits")
    _demand(
        _same(first, trainer.train(default)[0]),
        f"{name}: the same run gave other bits a second time",
    )
    _demand(not _same(first, other_replicate), f"{name}: another replicate gave the same network")
    if name == "none":
        _demand(_same(first, baseline), "none: does something to the network")
        return
    _demand(
        not np.array_equal(first.logits, baseline.logits),
        f"{name}: at its default {default[name]} it changes nothing; is a hook misspelt?",
    )
    strength = method.strength()
    if strength is not None:
        ends = [
            _setting(method, {strength.name: value})
            for value in (strength.grid[0], strength.grid[-1])
        ]
        low, high = trainer.train(*ends)
        _demand(
            not np.array_equal(low.logits, high.logits) or low.epochs != high.epochs,
            f"{name}: {strength.name}={strength.grid[0]} and {strength.grid[-1]} train the same network",
        )
        _demand(_finite(low) and _finite(high), f"{name}: an end of the grid gives NaN or infinity")
        neutral = _setting(
            method, {h.name: h.neutral for h in method.hyperparameters if h.neutral is not None}
        )
        at_rest = _setting(method, {strength.name: strength.neutral})
        for setting, outcome in zip(
            (neutral, at_rest), trainer.train(neutral, at_rest), strict=True
        ):
            _demand(
                all(
                    np.array_equal(outcome.weights[key], leaf)
                    for key, leaf in baseline.weights.items()
                )
                and np.array_equal(outcome.logits, baseline.logits),
                f"{name}: at neutral {setting[name]} the network differs from that of none",
            )
    for declared in method.hyperparameters:
        if isinstance(declared.domain, Choice | Flag):
            options = (
                declared.domain.options if isinstance(declared.domain, Choice) else (False, True)
            )
            for option in options:
                (outcome,) = trainer.train(_setting(method, {declared.name: option}))
                _demand(_finite(outcome), f"{name}: {declared.name}={option} gives NaN or infinity")
    _demand(
        trainer.compiled == 1,
        f"{name}: other hyperparameter values compiled the program anew; they must be traced, so use them only in "
        "array operations, never in Python's if",
    )


def check_padding(method: Method, problem: Problem) -> None:
    """Check that rows of weight 0 have no influence on a step, whatever they hold."""
    trainer = _trainer(problem, method)
    run = trainer.run(_setting(method))
    inputs, targets = problem.examples()

    def stepped(fill: float, label: int) -> Any:
        x = np.full((BATCH, *problem.shape), fill, np.float32)
        y = np.full(BATCH, label)
        x[: BATCH // 2] = inputs[: BATCH // 2].reshape(-1, *problem.shape)
        y[: BATCH // 2] = targets[: BATCH // 2]
        weight = (np.arange(BATCH) < BATCH // 2).astype(np.float32)
        batch = Batch(jnp.asarray(x), jax.nn.one_hot(y, problem.classes), jnp.asarray(weight))
        return trainer.take_step(trainer.start(run), run, batch, 1)

    _demand(
        _equal(stepped(0.0, 0), stepped(17.0, problem.classes - 1)),
        f"{method.name}: rows of example weight 0 (padding) change the step; use ctx.weight or batch.weight",
    )


def check_evaluation(method: Method, problem: Problem) -> None:
    """Check that predictions draw nothing and treat every example by itself."""
    trainer = _trainer(problem, method)
    run = trainer.run(_setting(method))
    model, predict = trainer.start(run).model, trainer.predict
    inputs = problem.examples()[0][:BATCH].reshape(-1, *problem.shape)
    logits = predict(model, inputs, run)
    _demand(
        _equal(logits, predict(model, inputs, run._replace(key=run.key + 1))),
        f"{method.name}: predictions depend on the replicate's random key; do nothing random in evaluation",
    )
    company = inputs.copy()
    company[1:] = 3.0
    _demand(
        np.array_equal(logits[0], predict(model, company, run)[0]),
        f"{method.name}: the prediction of an example depends on the others beside it",
    )
    _demand(
        logits.shape == (BATCH, problem.classes),
        f"{method.name}: logits have the shape {logits.shape}, expected {(BATCH, problem.classes)}",
    )


def check_company(method: Method, other: Method, problem: Problem = PROBLEMS[0]) -> None:
    """Check that a method trains together with another, both at their defaults."""
    trainer = _trainer(problem, method, other)
    run = trainer.run({**_setting(method), **_setting(other)})
    inputs, targets = problem.examples()
    x = jnp.asarray(inputs[:BATCH].reshape(-1, *problem.shape))
    batch = Batch(x, jax.nn.one_hot(targets[:BATCH], problem.classes), jnp.ones(BATCH))
    state = trainer.start(run)
    for _ in range(3):
        state = trainer.take_step(state, run, batch, 1)
    _demand(
        bool(jnp.isfinite(trainer.predict(state.model, x, run)).all()),
        f"{method.name}+{other.name}: training gives NaN or infinity",
    )


@functools.lru_cache(maxsize=32)
def _shared_trainer(problem: Problem, beyond: tuple[Method, ...]) -> Trainer:
    return Trainer(problem, (*(methods()[name] for name in shared_methods()), *beyond))


def _trainer(problem: Problem, *used: Method) -> Trainer:
    """Return the program that a study would use for methods: all shared ones, and these."""
    known = ("none", *shared_methods())
    beyond = [
        method
        for method in used
        if methods().get(method.name) is not method or method.name not in known
    ]
    return _shared_trainer(problem, tuple(sorted(beyond, key=lambda method: method.name)))


def _baseline(problem: Problem) -> Outcome:
    return _shared_trainer(problem, ()).train({})[0]


def _setting(method: Method, chosen: dict[str, Value] | None = None) -> dict[str, dict[str, Value]]:
    defaults = {declared.name: declared.default for declared in method.hyperparameters}
    return {method.name: {**defaults, **(chosen or {})}}


def _equal(a: Any, b: Any) -> bool:
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return all(np.array_equal(x, y, equal_nan=True) for x, y in pairs)


def _same(a: Outcome, b: Outcome) -> bool:
    return a.weights.keys() == b.weights.keys() and _equal(tuple(a), tuple(b))


def _finite(outcome: Outcome) -> bool:
    arrays: Sequence[np.ndarray] = [*outcome.weights.values(), outcome.logits]
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _demand(kept: bool, message: str) -> None:
    if not kept:
        raise AssertionError(message)
