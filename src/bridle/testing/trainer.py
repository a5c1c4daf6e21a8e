"""Small problems and networks for the contract, trained side by side as in a study."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bridle.draws import replicate_key
from bridle.engine.compiled import encode_setting
from bridle.engine.compiler import Calls, compile_lowered
from bridle.engine.lanes import RUNNING, Lane, LaneRows, Population
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, Step
from bridle.grammar import Value
from bridle.methods.base import Method
from bridle.methods.catalogue import methods, shared_methods
from bridle.methods.composition import Setting
from bridle.networks.base import Network
from bridle.networks.catalogue import network
from bridle.optimizers.adam import Adam
from bridle.tasks import Classification

WIDTHS, BATCH, EPOCHS, LEARNING_RATE = (6, 5), 10, 40, 0.02
TRAIN, VALIDATION, TEST = 24, 12, 12


class Problem(NamedTuple):
    """Random examples with random labels, which any network overfits.

    Attributes:
        shape: of one example.
        classes: number of classes.
        network: the network, as `--network` reads it.
        widths: units of its dense layers.
        activation: of its hidden layers.
    """

    shape: tuple[int, ...]
    classes: int
    network: str = "mlp"
    widths: tuple[int, ...] = WIDTHS
    activation: str = "relu"

    def examples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs `[n, d]` and targets `[n]`."""
        random = np.random.default_rng(0)
        n = TRAIN + VALIDATION + TEST
        inputs = random.normal(size=(n, math.prod(self.shape))).astype(np.float32)
        return inputs, random.integers(self.classes, size=n).astype(np.int32)

    @property
    def task(self) -> Classification:
        """What is learned."""
        return Classification.of(self.classes)

    def built(self) -> Network:
        """Return a small network, with one logit for two classes."""
        return network(self.network, self.shape, self.task, self.widths, self.activation)


PROBLEMS = (Problem((5,), 2), Problem((7, 6), 3, "cnn(filters=[3])", (5,)))
"""Vectors with two classes (one logit), and images with three, seen by a convolution and a dense layer."""

RESIDUAL = Problem((3, 2), 3, "resnet_mlp(blocks=1,branches=2)")
"""Images seen by residual blocks of two branches, for methods that refuse all other networks."""

BOUNDED = Problem((5,), 2, activation="sigmoid")
"""Vectors seen through activations between 0 and 1, for methods that refuse all others."""


def fits(problem: Problem, *used: Method) -> bool:
    """Say whether methods can be used on a problem."""
    network = problem.built()
    return all(method.refuses(network, problem.task) is None for method in used)


def problems_of(*used: Method) -> tuple[Problem, ...]:
    """Return the problems on which methods are checked, together.

    Args:
        used: instances.
    """
    usual = tuple(problem for problem in PROBLEMS if fits(problem, *used))
    return usual or ((BOUNDED,) if fits(BOUNDED, *used) else (RESIDUAL,))


def meet(*used: Method) -> bool:
    """Say whether there is a problem that methods can be checked on together.

    Args:
        used: instances.
    """
    return any(fits(problem, *used) for problem in (*PROBLEMS, BOUNDED, RESIDUAL))


def at_rest(method: Method) -> dict[str, Value]:
    """Return neutral values of a method's hyperparameters; defaults where none is declared.

    Args:
        method: an instance.
    """
    return {
        declared.name: declared.default if declared.neutral is None else declared.neutral
        for declared in method.hyperparameters
    }


class RunOutcome(NamedTuple):
    """The result of a run: the `weights` that predict, the test examples' `logits` `[n, K]`, `epochs` trained."""

    weights: dict[str, np.ndarray]
    logits: np.ndarray
    epochs: int


class Trainer:
    """Trains runs of one problem with some methods, side by side in one program.

    Args:
        problem: the task.
        used: the methods.
        quick: whether `train` is compiled quickly, not as a study's programs are.

    Attributes:
        problem: the task.
        methods: in alphabetical order.
        step: the training step.
        start: makes the state of a run.
        take_step: takes one step of a run.
        predict: returns the logits of examples.
        compiled: number of times that `train` was compiled.
    """

    def __init__(self, problem: Problem, used: Iterable[Method], quick: bool = False) -> None:
        self.problem = problem
        self.step = Step(problem.built(), tuple(used), Adam(), task=problem.task)
        self.methods = self.step.methods
        self._population = Population(self.step, problem.shape, BATCH, shared=True)
        self._quick = quick
        self._trained: Any = None
        self.start = jax.jit(self.step.init)
        self.take_step = jax.jit(self.step.train)
        self.predict = jax.jit(self.step.predict)
        self.compiled = 0  # how often `train` has been traced

    def train(self, *settings: Setting, replicate: int = 0) -> list[RunOutcome]:
        """Train each in two lanes, always in the same program: lanes advance until one of them ends.

        Args:
            *settings: hyperparameters of each method by its name; methods that are left out are at rest.
            replicate: the replicate with the draws that they use.

        Returns:
            One outcome for each setting.
        """
        outcomes: list[RunOutcome] = []
        for setting in settings:
            twice = [self.run(setting, replicate)] * 2
            run: Run = jax.tree.map(lambda *leaves: jnp.stack(leaves), *twice)
            arguments = (run, *self.problem.examples())
            if self._trained is None:
                calls: Calls = "once" if self._quick else "often"
                self._trained = compile_lowered(jax.jit(self._train).lower(*arguments), calls)
            model, logits, epochs = jax.device_get(self._trained(*arguments))
            weights = {name: leaf[0] for name, leaf in (model.params | model.statistics).items()}
            outcomes.append(RunOutcome(weights, logits[0], int(epochs[0])))
        return outcomes

    def run(self, setting: Setting, replicate: int = 0) -> Run:
        """Return a run of a `replicate` as traced values; methods that `setting` leaves out are at rest."""
        full = {method.name: at_rest(method) for method in self.methods} | dict(setting)
        spec = RunSpec(full, LEARNING_RATE, EPOCHS, replicate, seed=0)
        return Run(
            key=jnp.asarray(replicate_key(0, replicate)),
            h=jax.tree.map(
                jnp.asarray, encode_setting(self.methods, spec, self.step.network.layers)
            ),
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
        lane, _, _ = self._population.advance(lane, inputs, targets, jnp.int32(EPOCHS))
        model, _, _ = self._population.harvest(lane, inputs, targets)
        test = jnp.broadcast_to(jnp.arange(TRAIN + VALIDATION, len(inputs)), (lanes, TEST))
        return model, self._population.predict(model, run, inputs, test, rows), lane.epoch


def _rows(lanes: int, features: int) -> LaneRows:
    def each(start: int, stop: int) -> jax.Array:
        return jnp.broadcast_to(jnp.arange(start, stop), (lanes, stop - start))

    zeros = jnp.zeros((lanes, features))
    return LaneRows(
        train=each(0, TRAIN),
        probe=each(0, VALIDATION),
        validation=each(TRAIN, TRAIN + VALIDATION),
        shift=zeros,
        scale=zeros + 1.0,
    )


@functools.lru_cache(maxsize=16)
def shared_trainer(problem: Problem, beyond: tuple[Method, ...], quick: bool = False) -> Trainer:
    """Return a program of all shared methods and those beyond them; later calls return the same one.

    Args:
        problem: what is trained on.
        beyond: the further methods.
        quick: whether it is compiled quickly, for what compares no bits with those of another program; otherwise it
            is compiled as a study's.
    """
    return Trainer(problem, (*(methods()[name] for name in shared_methods()), *beyond), quick)


def trainer_of(problem: Problem, *used: Method, quick: bool = False) -> Trainer:
    """Return the program that a study would use for methods: all shared ones, and these.

    Args:
        problem: what is trained on.
        *used: the methods.
        quick: as of `shared_trainer`.
    """
    known = ("none", *shared_methods())
    beyond = {
        method.name: method
        for method in used
        if methods().get(method.name) is not method or method.name not in known
    }
    return shared_trainer(problem, tuple(beyond[name] for name in sorted(beyond)), quick)


def baseline_of(problem: Problem) -> RunOutcome:
    """Return the outcome of a run without any method."""
    return shared_trainer(problem, ()).train({})[0]
