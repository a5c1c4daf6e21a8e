"""Tasks against independent oracles: losses against optax, scores and weights against scikit-learn."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn import metrics as sk

from bridle.errors import UserError
from bridle.tasks import CRITERIA, Classification, Regression, Scaling, Task, task

RNG = np.random.default_rng(0)
OUTPUTS: Any = RNG.normal(size=(40, 3)).astype(np.float32)
NUMBERS: Any = (2 * RNG.normal(size=(40, 3))).astype(np.float32)
CLASSES: Any = RNG.integers(3, size=40).astype(np.int32)
WEIGHTS = RNG.integers(0, 4, 40).astype(np.float32)
SCALING = Scaling(np.array([5.0, -3.0, 0.0], np.float32), np.array([0.1, 2.0, 1.0], np.float32))


def test_tasks_are_read_as_they_are_written() -> None:
    assert task("regression(loss=huber,delta=2)").arguments == {"loss": "huber", "delta": 2.0}
    for text in ("regression", "regression(loss=huber)", "regression(loss=huber,delta=2)"):
        assert str(Regression(("y",)).learned(**task(text).arguments)) == text
    assert str(Classification.of(3)) == task("Classifier").kind


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regresion", "Unknown task 'regresion'. Did you mean 'regression'"),
        ("regression(loss=hubre)", "must be one of squared, huber; received 'hubre'"),
        ("regression(loss=huber,delta=0)", "regression.delta must be"),
        ("regression(delta=2)", "Unknown argument of regression 'delta'"),
        ("classification(loss=huber)", "takes no arguments"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message.replace("(", r"\(")):
        task(text)


@pytest.mark.parametrize("delta", [0.3, 1.0, 4.0])
def test_losses_are_those_of_optax(delta: float) -> None:
    names = ("a", "b", "c")
    squared, huber = Regression(names), Regression(names, "huber", delta)
    wanted = optax.squared_error(OUTPUTS, NUMBERS).mean(-1)
    np.testing.assert_allclose(squared.loss(OUTPUTS, NUMBERS), wanted, rtol=1e-6)
    wanted = optax.huber_loss(OUTPUTS, NUMBERS, delta=delta).mean(-1)
    np.testing.assert_allclose(huber.loss(OUTPUTS, NUMBERS), wanted, rtol=1e-5)
    classes = Classification.of(3)
    encoded = classes.encode(CLASSES, ())
    wanted = optax.softmax_cross_entropy_with_integer_labels(OUTPUTS, CLASSES)
    np.testing.assert_allclose(classes.loss(OUTPUTS, encoded), wanted, rtol=1e-5)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_final_scores_are_those_of_scikit_learn(weights: np.ndarray | None) -> None:
    loss, score = Classification.of(3).measure(OUTPUTS, CLASSES, None, weights)
    p = np.exp(OUTPUTS) / np.exp(OUTPUTS).sum(axis=1, keepdims=True)
    assert loss == pytest.approx(sk.log_loss(CLASSES, p, sample_weight=weights), rel=1e-5)
    right = sk.accuracy_score(CLASSES, OUTPUTS.argmax(1), sample_weight=weights)
    assert score == pytest.approx(right)
    for one in (Regression(("a", "b", "c")), Regression(("a", "b", "c"), "huber", 0.5)):
        loss, score = one.measure(OUTPUTS, NUMBERS, SCALING, weights)
        wanted = sk.root_mean_squared_error(NUMBERS, OUTPUTS, sample_weight=weights)
        assert score == pytest.approx(wanted)
        scaled = one.loss(OUTPUTS * SCALING.scale, NUMBERS * SCALING.scale)
        assert loss == pytest.approx(np.average(scaled, weights=weights), rel=1e-5)


@pytest.mark.parametrize("one", [Classification.of(3), Regression(("a", "b", "c"))])
def test_scores_while_training_are_the_final_ones(one: Task) -> None:
    targets = NUMBERS if one.target_shape else CLASSES
    scaling = one.scaling(targets)
    parts = np.asarray(one.score_parts(OUTPUTS, targets, scaling))
    final = one.measure(one.decode(OUTPUTS, scaling), targets, scaling)[1]
    assert one.score(parts.mean(axis=0)) == pytest.approx(final, rel=1e-5)


@pytest.mark.parametrize("one", [Classification.of(3), Regression(("a", "b", "c"))])
def test_several_models_answer_with_the_mean_of_their_answers(one: Task) -> None:
    several = jnp.stack([jnp.asarray(OUTPUTS), jnp.asarray(NUMBERS), 3 * jnp.asarray(OUTPUTS)])
    wanted = np.mean([np.asarray(one.answer(each)) for each in several], axis=0)
    np.testing.assert_allclose(one.answer(one.combine(several)), wanted, rtol=1e-5, atol=1e-6)


def test_guessing_is_the_best_constant() -> None:
    one = Regression(("a", "b", "c"))
    np.testing.assert_allclose(
        one.guess(NUMBERS, WEIGHTS), np.average(NUMBERS, axis=0, weights=WEIGHTS), rtol=1e-6
    )
    shares = np.exp(Classification.of(3).guess(CLASSES))
    np.testing.assert_allclose(shares, np.bincount(CLASSES) / 40)


def test_targets_are_scaled_and_scaled_back() -> None:
    one = Regression(("a", "b", "c"))
    numbers = np.c_[NUMBERS[:, 0] * 1e6 + 1e7, NUMBERS[:, 1] * 1e-6, np.full(40, 7.0)]
    scaling = one.scaling(numbers)
    assert scaling is not None
    seen = np.asarray(one.encode(numbers, scaling))
    np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(seen.std(axis=0), [1, 1, 0], rtol=1e-5)
    np.testing.assert_allclose(one.decode(seen, scaling), numbers, rtol=1e-6, atol=1e-11)


def test_changes_of_predictions() -> None:
    other = OUTPUTS.copy()
    other[:10] = np.roll(other[:10], 1, axis=1)
    assert Classification.of(3).changed(other, OUTPUTS) == 0.25
    one = Regression(("a", "b", "c"))
    assert one.changed(OUTPUTS, OUTPUTS) == 0
    assert one.changed(OUTPUTS + OUTPUTS.std(axis=0), OUTPUTS) == pytest.approx(1)
    assert one.changed(OUTPUTS, np.zeros_like(OUTPUTS)) == np.inf


def test_criteria_prefer_what_is_better() -> None:
    good, bad = {"val_score": 1.0, "val_loss": 2.0}, {"val_score": 3.0, "val_loss": 1.0}
    for name, prefers_first in (("accuracy", False), ("log-loss", False), ("rmse", True)):
        merit = CRITERIA[name].merit
        assert (merit(good) > merit(bad)) == prefers_first
        assert merit({"val_score": np.nan, "val_loss": 0.0}) < min(merit(good), merit(bad))
    assert CRITERIA["loss"].merit(bad) > CRITERIA["loss"].merit(good)
