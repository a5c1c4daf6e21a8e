"""Regression and weighted examples in training, against loops of their own and against copies of examples."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from bridle.data.dataset import Dataset, Defaults, Sizes, Split
from bridle.data.preprocessing import relative
from bridle.draws import replicate_key
from bridle.engine.compiled import Shapes, build_step, encode_setting, methods_of
from bridle.engine.program import Program
from bridle.engine.spec import HISTORY, ProgramSpec, RunResult, RunSpec
from bridle.engine.step import Run
from bridle.tasks import Classification, Regression, Task

RNG = np.random.default_rng(5)
X = RNG.normal(size=(40, 3)).astype(np.float32)
NUMBERS = np.c_[100 + 20 * X[:, 0] * X[:, 1], X.sum(axis=1) - 3].astype(np.float32)
CLASSES = (X[:, 0] + 0.5 * RNG.normal(size=40) > 0).astype(np.int32)
WEIGHTS = RNG.integers(1, 4, 40).astype(np.float32)
TRAIN, VALIDATION, TEST = np.split(np.arange(40, dtype=np.int32), [20, 30])
EPOCHS = 6


def made(task: Task, targets: np.ndarray, copies: np.ndarray | None = None) -> Dataset:
    """Return a data set of one split, of which each example is there so many times."""
    times = np.ones(40, int) if copies is None else copies.astype(int)
    rows = np.repeat(np.arange(40), times)
    train, validation, test = (
        np.flatnonzero(np.isin(rows, part)).astype(np.int32) for part in (TRAIN, VALIDATION, TEST)
    )
    zeros, ones = np.zeros(3, np.float32), np.ones(3, np.float32)
    scaling = task.scaling(targets[TRAIN])
    split = Split(X[rows], targets[rows], train, validation, test, zeros, ones, scaling)
    return Dataset(
        spec=f"made{len(rows)}",
        name="made",
        task=task,
        features=("a", "b", "c"),
        shape=(3,),
        design="fresh",
        defaults=Defaults((4,), "tanh", batch_size=64, epochs=EPOCHS, learning_rate=0.1),
        sizes=Sizes(len(train), len(validation), len(test)),
        shared=False,
        draw=lambda number, seed: split,
    )


def weighted(data: Dataset, weights: np.ndarray) -> Dataset:
    split = dataclasses.replace(data.replicate(0, 0), weights=relative(weights, TRAIN))
    return dataclasses.replace(data, draw=lambda number, seed: split)


RUN = RunSpec({}, 0.1, EPOCHS, 0, 0)


def trained(data: Dataset) -> RunResult:
    """Train by full batches."""
    return Program(spec_of(data), 1, data).train([RUN])[0]


def spec_of(data: Dataset) -> ProgramSpec:
    return ProgramSpec((4,), "tanh", (), "sgd(momentum=0.9)", data.sizes.train)


@pytest.mark.parametrize(
    "task", [Regression(("u", "v")), Regression(("u", "v"), "huber", 0.5)], ids=str
)
def test_regression_is_what_optax_trains(task: Regression) -> None:
    data = made(task, NUMBERS)
    result = trained(data)
    step = build_step(spec_of(data), Shapes.of(data), methods_of(spec_of(data)))
    mean, spread = NUMBERS[TRAIN].mean(axis=0), NUMBERS[TRAIN].std(axis=0)
    wanted = jnp.asarray((NUMBERS - mean) / spread)
    run = Run(
        jnp.asarray(replicate_key(0, 0)),
        encode_setting(step.methods, RUN, 1),
        jnp.float32(0.1),
        jnp.int32(EPOCHS),
    )
    params = step.init(run).model.params

    def outputs(params: dict[str, jax.Array], x: np.ndarray) -> jax.Array:
        hidden = jnp.tanh(x @ params["dense_0/kernel"] + params["dense_0/bias"])
        return hidden @ params["dense_1/kernel"] + params["dense_1/bias"]

    def loss(params: dict[str, jax.Array]) -> jax.Array:
        found = outputs(params, X[TRAIN])
        losses: jax.Array
        if task.loss_name == "huber":
            losses = optax.huber_loss(found, wanted[TRAIN], delta=0.5)
        else:
            losses = optax.squared_error(found, wanted[TRAIN])
        return losses.mean()

    optimizer = optax.sgd(0.1, momentum=0.9)
    state = optimizer.init(params)
    for _ in range(EPOCHS):
        updates, state = optimizer.update(jax.grad(loss)(params), state)
        params = optax.apply_updates(params, updates)
    for name, values in params.items():
        np.testing.assert_allclose(result.weights[name], values, rtol=1e-4, atol=1e-5)
    predicted = np.asarray(outputs(params, X)) * spread + mean
    assert result.predictions["test"].shape == (10, 2)
    np.testing.assert_allclose(result.predictions["test"], predicted[TEST], rtol=1e-4)
    errors = np.sqrt(np.square(predicted - NUMBERS)[VALIDATION].mean(axis=0)).mean()
    assert result.scores["val_score"] == pytest.approx(errors, rel=1e-4)
    last = dict(zip(HISTORY, result.history[-1], strict=True))
    for name in ("val_loss", "val_score"):
        assert last[name] == pytest.approx(result.scores[name], rel=1e-4)
    assert result.scores["train_loss"] == pytest.approx(float(loss(params)), rel=1e-4)


@pytest.mark.parametrize(
    ("task", "targets"),
    [
        (Classification.of(2), CLASSES),
        pytest.param(Regression(("u", "v")), NUMBERS, marks=pytest.mark.slow),
    ],
    ids=["classification", "regression"],
)
def test_a_whole_weight_is_so_many_copies(task: Task, targets: np.ndarray) -> None:
    plain = made(task, targets)
    by_weight, by_copies = (
        trained(data) for data in (weighted(plain, WEIGHTS), made(task, targets, WEIGHTS))
    )
    for name, values in by_copies.weights.items():
        np.testing.assert_allclose(by_weight.weights[name], values, rtol=1e-4, atol=1e-5)
    for name, score in by_copies.scores.items():
        assert by_weight.scores[name] == pytest.approx(score, rel=1e-4, abs=1e-6), name
    # of the history what is measured on the same rows: all validation rows
    columns = [HISTORY.index(name) for name in ("val_loss", "val_score", "weight_norm")]
    np.testing.assert_allclose(
        by_weight.history[:, columns], by_copies.history[:, columns], rtol=1e-4
    )
    other = trained(plain)
    assert other.scores["val_loss"] != pytest.approx(by_weight.scores["val_loss"], rel=1e-3)
