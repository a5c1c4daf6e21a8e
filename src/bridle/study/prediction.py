"""Predicting with a trained network, outside any population."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from bridle.data.dataset import Dataset, Split
from bridle.data.examples import further
from bridle.draws import replicate_key
from bridle.engine.buckets import table_to_bucket
from bridle.engine.compiled import Shapes, build_step, encode_setting, methods_of
from bridle.engine.settings import own_settings
from bridle.engine.spec import ProgramSpec
from bridle.engine.step import Run
from bridle.methods.base import Method
from bridle.methods.hook_types import Model
from bridle.study.plan import PlannedRun


def predict(
    run: PlannedRun, weights: dict[str, np.ndarray], dataset: Dataset, X: Any
) -> np.ndarray:
    """Return a run's predictions for raw examples `X [n, ...]`, read and scaled as in training.

    Returns:
        Class probabilities `[n, K]`, or values `[n, T]` in the targets' unit.

    Raises:
        UserError: `X` does not hold examples like those of the data set.
    """
    inputs = further(X, dataset)
    split = dataset.replicate(run.replicate, run.spec.seed)
    return predict_seen(run, weights, dataset, split, split.prepared(inputs))


def predict_seen(
    run: PlannedRun,
    weights: dict[str, np.ndarray],
    dataset: Dataset,
    split: Split,
    x: np.ndarray,
) -> np.ndarray:
    """Return predictions for examples `x [n, d]` as `Split.inputs` holds them; the network was trained on the split."""
    predictor = _predictor(run.program, Shapes.of(dataset), methods_of(run.program))
    answers = predictor(run, weights, x.reshape(-1, *dataset.shape))
    return dataset.task.decode(answers, split.target_scaling)


class _Predictor:
    """A program's forward pass, compiled once for all runs of the program and all row counts of a bucket."""

    def __init__(self, program: ProgramSpec, shapes: Shapes, methods: tuple[Method, ...]) -> None:
        self._step = build_step(program, shapes, methods)
        self._layers = self._step.network.layers
        self._shapes: Model | None = None

        def answers(model: Model, x: jax.Array, run: Run) -> jax.Array:
            return shapes.task.answer(self._step.predict(model, x, run))

        self._answers = jax.jit(answers)

    def __call__(self, run: PlannedRun, weights: Mapping[str, Any], x: np.ndarray) -> np.ndarray:
        """Return the task's predictions `[n, K]` for scaled examples `x [n, *shape]`."""
        # NumPy arrays throughout: converting them to JAX outside a program takes as long as predicting
        key: Any = replicate_key(run.spec.seed, run.replicate)
        learning_rate: Any = np.float32(run.spec.learning_rate)
        epochs: Any = np.int32(run.spec.epochs)
        h = encode_setting(self._step.methods, run.spec, self._layers)
        traced = Run(key, h, learning_rate, epochs)
        with own_settings():
            if self._shapes is None:
                self._shapes = jax.eval_shape(self._step.init, traced).model
            model = Model(
                {name: weights[name] for name in self._shapes.params},
                {name: weights[name] for name in self._shapes.statistics},
            )
            some = x if len(x) else np.zeros((1, *x.shape[1:]), x.dtype)
            return np.asarray(self._answers(model, table_to_bucket(some), traced))[: len(x)]


# keyed by the methods themselves, not their names: a method that was redefined predicts with its own code
_predictor = functools.lru_cache(maxsize=32)(_Predictor)
