"""Predicting with trained weights, outside any population."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from bridle.draws import replicate_key
from bridle.engine.buckets import table_to_bucket
from bridle.engine.compiled import Shapes, build_step, encode_setting, methods_of
from bridle.engine.settings import own_settings
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.engine.step import Run
from bridle.methods.base import Method
from bridle.methods.hook_types import Variables


def answers(
    program: ProgramSpec,
    shapes: Shapes,
    run: RunSpec,
    weights: Mapping[str, np.ndarray],
    x: np.ndarray,
) -> np.ndarray:
    """Return the task's answers `[n, K]` for examples `x [n, d]` as a network sees them: probabilities, or values.

    Args:
        program: what the network was trained by.
        shapes: of the data that it was trained on.
        run: its own specification.
        weights: as `RunResult.weights` holds them.
        x: scaled examples.
    """
    predictor = _predictor(program, shapes, methods_of(program))
    return predictor(run, weights, x.reshape(-1, *shapes.example))


def function(
    program: ProgramSpec, shapes: Shapes, run: RunSpec, weights: Mapping[str, np.ndarray]
) -> Callable[[jax.Array], jax.Array]:
    """Return what `answers` computes as a function of rows `[n, *example]`, for JAX to trace; arguments as there."""
    return _predictor(program, shapes, methods_of(program)).function(run, weights)


def beginning(program: ProgramSpec, shapes: Shapes, run: RunSpec) -> dict[str, np.ndarray]:
    """Return the weights that a run's training begins with, by name; arguments as of `answers`."""
    return _predictor(program, shapes, methods_of(program)).beginning(run)


class _Predictor:
    """A program's forward pass, compiled once for all runs of the program and all row counts of a bucket."""

    def __init__(self, program: ProgramSpec, shapes: Shapes, methods: tuple[Method, ...]) -> None:
        self._step = build_step(program, shapes, methods)
        self._layers = self._step.network.layers
        self._shapes: Variables | None = None

        def answers(model: Variables, x: jax.Array, run: Run) -> jax.Array:
            return shapes.task.answer(self._step.predict(model, x, run))

        self._answers = jax.jit(answers)

    def __call__(self, run: RunSpec, weights: Mapping[str, Any], x: np.ndarray) -> np.ndarray:
        """Return the task's answers `[n, K]` for scaled examples `x [n, *shape]`."""
        model, traced = self._given(run, weights)
        with own_settings():
            some = x if len(x) else np.zeros((1, *x.shape[1:]), x.dtype)
            return np.asarray(self._answers(model, table_to_bucket(some), traced))[: len(x)]

    def function(
        self, run: RunSpec, weights: Mapping[str, Any]
    ) -> Callable[[jax.Array], jax.Array]:
        """Return the answers `[n, K]` as a function of scaled examples `[n, *shape]`."""
        model, traced = self._given(run, weights)
        return lambda x: self._answers(model, x, traced)

    def beginning(self, run: RunSpec) -> dict[str, np.ndarray]:
        """Return the first parameters of a run, by name."""
        with own_settings():
            params = self._step.init(self._run(run)).model.params
        return {name: np.asarray(value) for name, value in params.items()}

    def _run(self, run: RunSpec) -> Run:
        """Return what identifies a run to the step."""
        # NumPy arrays throughout: converting them to JAX outside a program takes as long as predicting
        key: Any = replicate_key(run.seed, run.replicate)
        learning_rate: Any = np.float32(run.learning_rate)
        epochs: Any = np.int32(run.epochs)
        return Run(
            key, encode_setting(self._step.methods, run, self._layers), learning_rate, epochs
        )

    def _given(self, run: RunSpec, weights: Mapping[str, Any]) -> tuple[Variables, Run]:
        """Return the arguments of the forward pass beside the examples."""
        traced = self._run(run)
        with own_settings():
            if self._shapes is None:
                self._shapes = jax.eval_shape(self._step.init, traced).model
            constants = self._step.network.constants()
            model = Variables(
                {name: weights[name] for name in self._shapes.params},
                {name: weights[name] for name in (*constants, *self._shapes.statistics)},
            )
        return model, traced


# keyed by the methods themselves, not their names: a method that was redefined predicts with its own code
_predictor = functools.lru_cache(maxsize=32)(_Predictor)
