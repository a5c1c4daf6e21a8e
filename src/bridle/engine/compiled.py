"""Compiled functions: what a program's specification and the shapes of its data become at a width.

Equal specifications and shapes share one set of functions in a process, whatever the rows: a second data set of the
same shapes compiles nothing.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from bridle.data.dataset import Dataset
from bridle.engine.buckets import bucket, counts_in
from bridle.engine.compiler import Calls, compile_lowered
from bridle.engine.lanes import FINISHED, Lane, LaneRows, Population
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.engine.step import Run, Step
from bridle.methods.base import Method
from bridle.methods.catalogue import compiled as method
from bridle.methods.catalogue import shared_methods
from bridle.networks.catalogue import network
from bridle.optimizers.catalogue import optimizer, schedule
from bridle.tables.layout import Layout
from bridle.tasks import Task

PROGRAMS = 8
"""Number of programs whose compiled functions a process holds at a time."""

SMALL = 2**15
"""Number of parameters in all lanes up to which compiling a method's influence takes longer than all its calls."""


@dataclass(frozen=True)
class Shapes:
    """The shapes of the data that a program is compiled for; numbers of validation and test rows are not part of them.

    A bucketed program knows row counts by their buckets only (`engine/buckets.py`).

    Attributes:
        example: the shape of one example.
        task: what is learned, without the names of classes or targets.
        train: number of training rows; of a bucketed program that of its bucket.
        shared: whether all replicates read the same inputs.
        bucketed: whether rows are padded to the sizes of their buckets.
        layout: what the numbers of an example are; `None` if all are quantities.
    """

    example: tuple[int, ...]
    task: Task
    train: int
    shared: bool
    bucketed: bool = False
    layout: Layout | None = None

    @classmethod
    def of(cls, dataset: Dataset, bucketed: bool = False) -> Shapes:
        """Return the shapes of a data set."""
        train = bucket(dataset.sizes.train) if bucketed else dataset.sizes.train
        task, layout = dataset.task.nameless, dataset.layout
        return cls(dataset.shape, task, train, dataset.shared, bucketed, layout)

    def lone(self, spec: ProgramSpec) -> bool:
        """Say whether the last batch of an epoch may hold a single example."""
        train = spec.examples or self.train
        counts = counts_in(bucket(train)) if self.bucketed else [train]
        return any(count % spec.batch_size == 1 for count in counts)


class Compiled:
    """A program's functions at one width, each compiled when it is first called with arguments of new shapes.

    Args:
        step: the training step.
        spec: what is compiled.
        shapes: of the data.
        width: number of lanes.

    Attributes:
        compile_seconds: spent on tracing and compiling so far.
        compilations: number of functions compiled so far.
    """

    def __init__(self, step: Step, spec: ProgramSpec, shapes: Shapes, width: int) -> None:
        self.step, self.width = step, width
        self.compile_seconds = 0.0
        population = Population(step, shapes.example, spec.batch_size, shapes.shared)
        self._functions = {
            "start": jax.jit(population.start, donate_argnums=0),
            "advance": jax.jit(population.advance, donate_argnums=0),
            "harvest": jax.jit(population.harvest),
            "influence": jax.jit(population.influence),
            "predict": jax.jit(population.predict),
        }
        size = width * sum(map(math.prod, step.network.shapes().values()))
        # functions that are called once for a run, unlike those that train
        self._calls: dict[str, Calls] = {
            "harvest": "once",
            "influence": "once" if size <= SMALL else "seldom",
        }
        self._compiled: dict[Any, Any] = {}
        self._state: Any = None

    @property
    def compilations(self) -> int:
        """Number of functions compiled so far."""
        return len(self._compiled)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call one of the population's functions, compiled for the arguments' shapes and types."""
        arguments = jax.tree.map(_canonical, arguments)
        kinds = tuple((leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(arguments))
        if (name, kinds) not in self._compiled:
            started = time.perf_counter()
            lowered = self._functions[name].lower(*arguments)
            self._compiled[name, kinds] = compile_lowered(lowered, self._calls.get(name, "often"))
            self.compile_seconds += time.perf_counter() - started
        return jax.block_until_ready(self._compiled[name, kinds](*arguments))

    def encode(self, run: RunSpec) -> dict[str, Any]:
        """Return every method's hyperparameters as arrays: the run's own, or else neutral ones."""
        return encode_setting(self.step.methods, run, self.step.network.layers)

    def empty(self, run: Run, rows: LaneRows) -> Lane:
        """Return lanes that hold nothing and are not running, for runs and rows of these shapes."""
        if self._state is None:
            self._state = jax.eval_shape(jax.vmap(self.step.init), run, rows.constants)
        none: Any = np.zeros(self.width, np.int32)
        lanes = Lane(self._state, run, rows, epoch=none, status=none)
        empty: Lane = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), lanes)
        return empty._replace(status=none + FINISHED)


def compiled(spec: ProgramSpec, shapes: Shapes, width: int) -> Compiled:
    """Return a program's functions; later calls return the same ones."""
    return _compiled(spec, shapes, width, methods_of(spec))


@functools.lru_cache(maxsize=PROGRAMS)
def _compiled(
    spec: ProgramSpec, shapes: Shapes, width: int, methods: tuple[Method, ...]
) -> Compiled:
    # the methods themselves, not their names: a method that was defined anew is another program
    return Compiled(build_step(spec, shapes, methods), spec, shapes, width)


def forget_compiled() -> None:
    """Let go of all compiled functions and the memory that they hold."""
    _compiled.cache_clear()


def methods_of(spec: ProgramSpec) -> tuple[Method, ...]:
    """Return a program's methods, its own and those that every program holds, in alphabetical order."""
    own = {method(text).name: text for text in spec.methods}
    shared = {name: name for name in shared_methods()}
    return tuple(method(text) for text in sorted({**shared, **own}.values()))


def build_step(spec: ProgramSpec, shapes: Shapes, methods: tuple[Method, ...]) -> Step:
    """Return the training step that a specification describes, with the methods that it names."""
    built = network(
        spec.network,
        shapes.example,
        shapes.task,
        spec.widths,
        spec.activation,
        spec.precision,
        shapes.layout,
    )
    return Step(
        built,
        methods,
        optimizer(spec.optimizer),
        lone=shapes.lone(spec),
        task=shapes.task,
        schedule=schedule(spec.schedule),
    )


def encode_setting(methods: Sequence[Method], run: RunSpec, layers: int) -> dict[str, Any]:
    """Return every method's hyperparameters as arrays: the run's own, or else neutral ones."""
    encoded: dict[str, Any] = {}
    for found in methods:
        given = run.setting.get(found.name)
        encoded[found.name] = {}
        for declared in found.traced():
            value = declared.neutral if given is None else given[declared.name]
            numbers = np.array(declared.encode(value, layers), np.float32)
            scalar = declared.per_layer is False
            encoded[found.name][declared.name] = numbers[0] if scalar else numbers
    return encoded


def _canonical(leaf: Any) -> Any:
    """Return an array of the type that a program reads (int32 for int64); what is on a device stays there."""
    if isinstance(leaf, jax.Array):
        return leaf
    return np.asarray(leaf, jax.dtypes.canonicalize_dtype(np.result_type(leaf)))
