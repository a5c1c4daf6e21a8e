"""Diagnoses of regressions, of one target and of several: signal, noise, leaks, and their words."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import d2_pinball_score, r2_score

import bridle
from bridle.api.diagnose import Diagnosis
from bridle.data import from_arrays
from bridle.diagnosis import columns, quantities
from bridle.diagnosis.examples import duplicates, reference
from bridle.tasks import Regression
from tests.report.test_report_notebook import checked

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(240, 4))
FEW = 60
LINES = X @ RANDOM.normal(size=(4, 2)) * [1.0, 1000.0] + [5.0, -20.0]
FAST: dict[str, Any] = {
    "replicates": 2,
    "configurations": 1,
    "widths": (16,),
    "epochs": 30,
    "learning_rate": 0.02,
    "executor": "inline",
}


@pytest.fixture(scope="module")
def two_targets(tmp_path_factory: pytest.TempPathFactory) -> Diagnosis:
    y = LINES + np.random.default_rng(2).normal(size=LINES.shape) * [0.2, 200.0]
    return bridle.diagnose(X[:FEW], y[:FEW], out=tmp_path_factory.mktemp("two"), **FAST)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Diagnosis:
    y = np.random.default_rng(3).normal(size=(FEW, 2))
    return bridle.diagnose(X[:FEW], y, out=tmp_path_factory.mktemp("noise"), **FAST)


@pytest.mark.long
def test_notebooks_show_words_and_numbers(two_targets: Diagnosis) -> None:
    assert {two_targets.summary, *two_targets.kinds, "ridge regression, test"} <= set(
        checked(two_targets).texts
    )


def test_signal_of_two_targets(two_targets: Diagnosis) -> None:
    m = two_targets.measured
    assert m.signal is not None
    assert m.signal.found
    assert m.signal.p == pytest.approx(0.05)
    assert m.signal.accuracy == pytest.approx(m.test.value)
    assert 0.6 < m.test.value < m.train.value < 1
    assert m.chance == 0
    assert max(m.permuted) < 0.2
    assert m.reference == "ridge regression"
    # the score is in the targets' unit, and far below that of guessing
    assert m.score < 0.8 * m.guessed
    assert m.guessed > 100
    assert list(two_targets.curve()["examples"]) == [18, 36]


def test_words_speak_of_targets(two_targets: Diagnosis, noise: Diagnosis) -> None:
    assert two_targets.summary.startswith("There is signal: test R² 0.")
    assert "where permuted targets give −" in two_targets.summary
    assert "it reaches R² " in two_targets.summary
    assert "on true targets" in two_targets.summary
    assert noise.kinds[0] == "no signal found"
    assert noise.summary.startswith("No signal found: test R² −")
    assert "features and targets were joined" in noise.found[0].advice
    for found in (two_targets, noise):
        text = (found.folder / "report.html").read_text().split("<body>")[1].lower()
        text = text.partition('<section id="how"')[0]
        assert "label" not in text.replace("aria-label", "")
        assert "accura" not in text
        assert "test rmse" in text
        document = json.loads((found.folder / "diagnosis.json").read_text())
        assert (document["task"], document["share"]) == ("regression", "R²")
        for name in ("permuted", "learning_curve", "memorization"):
            assert found.figure(name).axes


def test_comparisons_are_those_of_the_answer(two_targets: Diagnosis) -> None:
    answer, m = two_targets.answer, two_targets.measured
    assert answer is not None
    assert set(answer.evidence.methods) == {"network", "half of the examples", "ridge regression"}
    compared = {c.method: c for c in answer.compared}
    assert m.reference_gain.value == compared["ridge regression"].difference
    assert m.reference_gain.low == compared["ridge regression"].low
    assert m.last_step.value == -compared["half of the examples"].difference
    assert m.last_step.low == -compared["half of the examples"].high


def test_task_that_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(bridle.UserError, match="Unknown task"):
        bridle.diagnose(X, LINES, task="ranking", out=tmp_path / "new")


@pytest.mark.parametrize("targets", [1, 3])
def test_shares_are_r2(targets: int) -> None:
    truth = RANDOM.normal(size=(50, targets)) * 10.0 ** np.arange(targets)
    shown = truth + RANDOM.normal(size=truth.shape) * 5.0 ** np.arange(targets)
    task = Regression(tuple("abc"[:targets]))
    scaling = task.scaling(truth)
    parts = task.diagnostics.shares(shown, truth, scaling)
    # targets are scaled to variance 1, so that their mean and their sum agree
    assert parts.mean() == pytest.approx(r2_score(truth, shown), abs=1e-5)
    loss, score = task.measure(shown, truth, scaling)
    guessing = task.diagnostics.guessing_loss(truth, scaling)
    assert task.diagnostics.share_of(score, loss, guessing) == pytest.approx(parts.mean())
    # a little more weight on an example moves the share as its part says
    weights = np.ones(50)
    weights[7] += 1e-6
    moved = r2_score(truth, shown, sample_weight=weights, multioutput="raw_values")
    if targets == 1:
        plain = r2_score(truth, shown)
        assert 50 * (moved[0] - plain) / 1e-6 == pytest.approx(parts[7] - plain, rel=1e-3)


def test_shares_of_hubers_loss_with_a_small_delta_are_those_of_absolute_errors() -> None:
    truth = RANDOM.normal(size=(400, 1))
    shown = truth + 0.3 * RANDOM.normal(size=truth.shape)
    task = Regression(("y",), "huber", 1e-6)
    own = task.diagnostics
    assert own.share == "D²"
    share = own.shares(shown, truth, task.scaling(truth)).mean()
    # scikit-learn's guess is the median, of which the mean is close
    assert share == pytest.approx(d2_pinball_score(truth, shown), abs=0.02)


def told(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[list[int], bool, tuple[int, ...]]:
    """Return the telling columns, whether they are targets in another form, and of which targets."""
    data = from_arrays(x, y, task="regression")
    # in replicate 1 the largest target is among the training rows, so that a tree can predict it
    found = columns.telling(data.task, data.replicate(1, 0))
    return list(found.columns), found.encoded, found.targets


def test_columns_that_tell_a_target() -> None:
    noisy = LINES + RANDOM.normal(size=LINES.shape)
    one = noisy[:, 0]
    assert told(X, one) == ([], False, ())
    assert told(np.column_stack([X, 32 + 1.8 * one]), one) == ([4], True, ())
    assert told(np.column_stack([X, np.exp(one)]), one) == ([4], False, ())
    assert told(np.column_stack([X, one + 0.01 * X[:, 0]]), one) == ([4], False, ())
    assert told(X, noisy) == ([], False, ())
    assert told(np.column_stack([noisy[:, 1], X]), noisy) == ([0], True, (1,))


def test_copies_and_their_targets() -> None:
    y = LINES[:120, 0]
    for other, same in ((y, True), (y + 1.0, False)):
        data = from_arrays(np.tile(X[:120], (2, 1)), np.concatenate([y, other]), task="regression")
        split = data.replicate(0, 0)
        found = duplicates(data.task, split)
        there = np.isin(split.test % 120, split.train % 120)
        np.testing.assert_array_equal(found.same | found.other, there)
        assert (found.same if same else found.other)[there].all()


def test_reference_is_the_better_of_two() -> None:
    for y, name in ((LINES[:, 0], "ridge regression"), (X[:, 0] ** 2, "5 nearest neighbours")):
        data = from_arrays(X[:, :2], y, task="regression")
        split = data.replicate(0, 0)
        found = reference(data.task, split)
        assert found.name == name
        assert found.predicted.shape == split.targets[split.test].shape
    nothing = reference(data.task, split, without=(0, 1))
    assert nothing.name == "the mean of the training targets"
    np.testing.assert_allclose(nothing.predicted, split.targets[split.train].mean(), rtol=1e-6)


def test_improvement_is_in_r2() -> None:
    data = from_arrays(X, LINES, task="regression")
    split = data.replicate(0, 0)
    guess = quantities.guessing_loss(data.task, "val", split)
    history = np.zeros((60, 7))
    history[:, 2] = guess * np.exp(-np.arange(60) / 30)
    one: Any = SimpleNamespace(history=history)
    rise = quantities.improved(data.task, [one], [split])
    np.testing.assert_allclose(rise, np.exp(-47 / 30) - np.exp(-59 / 30))
