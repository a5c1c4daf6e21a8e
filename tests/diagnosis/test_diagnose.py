"""Data sets made to have one fault each, and real networks trained on them: the fault is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import make_moons

import bridle
from bridle.data import save
from bridle.diagnosis.diagnosis import make_baseline
from bridle.diagnosis.findings import findings, signal_sentence
from bridle.diagnosis.measured import Measured, measure
from bridle.diagnosis.trainings import sizes, train
from bridle.diagnosis.wording import Wording
from bridle.engine.devices import devices
from bridle.engine.executor import Executor, LocalExecutor
from bridle.study.begin import open_dataset
from bridle.tasks import Classification
from tests.data.conftest import REAL

CLASSES = Classification.of(2)

Examine: TypeAlias = Callable[..., Measured]


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    # arrays of one shape are one program, compiled once and kept
    cache = tmp_path_factory.mktemp("programs")
    with (
        pytest.MonkeyPatch.context() as patch,
        LocalExecutor(devices("cpu", 2), cache=str(cache)) as found,
    ):
        patch.setenv("BRIDLE_DATA", str(REAL))  # before workers start
        yield found


@pytest.fixture
def examine(executor: Executor, tmp_path: Path) -> Examine:
    """Train on the true labels and all examples alone, which most findings rest on."""

    def found(data: Any, y: Any = None, **request: Any) -> Measured:
        dataset = open_dataset(data, y)
        defaults: dict[str, Any] = {
            "replicates": 5,
            "configurations": 1,
            "widths": (32,),
            "epochs": 40,
        }
        plan, _ = make_baseline(dataset, **{**defaults, **request})
        save(dataset, tmp_path)
        trained = train(plan, plan.runs, executor, tmp_path, lambda progress: None)
        return measure(trained, dataset, 0, 0)[0]

    return found


def kinds(measured: Measured) -> list[str]:
    return [finding.kind for finding in findings(measured, CLASSES, "")]


def flipped(y: npt.NDArray[Any], share: float) -> npt.NDArray[Any]:
    random = np.random.default_rng(0)
    return np.where(random.random(len(y)) < share, 1 - y, y)


MOONS = make_moons(600, noise=0.15, random_state=0)


def test_nothing_wrong(examine: Examine) -> None:
    found = examine(*MOONS, learning_rate=0.01)
    assert found.signal is not None
    assert found.signal.found
    assert kinds(found) == []
    assert found.contradicted.value < 0.01


def test_label_noise(examine: Examine) -> None:
    X, y = MOONS
    found = examine(X, flipped(y, 0.3), learning_rate=0.005, replicates=10)
    assert "label noise" in kinds(found)
    assert found.contradicted.low < 0.3 < found.contradicted.high


def test_duplicate_rows(examine: Examine) -> None:
    X, y = MOONS
    noisy = flipped(y[:300], 0.3)  # copies carry the same wrong label into the test set
    found = examine(np.tile(X[:300], (2, 1)), np.tile(noisy, 2), learning_rate=0.01)
    assert "leakage by duplicate rows" in kinds(found)
    assert 0.5 < found.duplicates < 0.7  # the copy is among the training rows: 60 %
    assert found.conflicting == 0


def test_copies_with_a_jitter(examine: Examine) -> None:
    X, y = MOONS
    noisy, jitter = flipped(y[:300], 0.3), 1e-5 * np.random.default_rng(0).normal(size=(300, 2))
    found = examine(np.vstack([X[:300], X[:300] + jitter]), np.tile(noisy, 2), learning_rate=0.01)
    assert "leakage by duplicate rows" in kinds(found)
    assert 0.5 < found.duplicates < 0.7
    assert found.near == pytest.approx(found.duplicates)
    assert found.conflicting == 0


def test_target_among_the_columns(examine: Examine) -> None:
    X, y = MOONS
    noisy = flipped(y, 0.2)
    found = examine(np.column_stack([X, 2.0 - noisy]), noisy, learning_rate=0.01)
    assert kinds(found)[0] == "label among the columns"
    assert found.telling == ("feature_2",)
    assert 0.1 < found.telling_lead.value < 0.35


def test_training_cut_off(examine: Examine) -> None:
    found = examine("digits", epochs=2, learning_rate=0.001, replicates=4)
    assert "training cut short" in kinds(found)
    assert "after 2 epochs" in findings(found, CLASSES, "digits")[0].evidence


def test_simple_classifier_ahead_and_a_wide_gap(examine: Examine) -> None:
    # a straight line tells most, and the network learns the wrong labels by heart
    X = np.random.default_rng(0).normal(size=(1000, 20))
    y = flipped((X.sum(axis=1) > 0).astype(int), 0.25)
    found = examine(X, y, widths=(64, 64), learning_rate=0.005, epochs=30, replicates=20)
    assert found.reference == "logistic regression"
    assert {"simple classifier ahead", "overfitting"} <= set(kinds(found)), found.reference_gain


def test_learning_rate_too_small(examine: Examine) -> None:
    # first weights are on the right side of these labels by chance as often as not; here they are not
    found = examine(*MOONS, learning_rate=1e-6, seed=1)
    assert kinds(found) == ["no signal found", "optimization failing"]
    assert "the training of the network is at fault" in findings(found, CLASSES, "")[0].advice


def test_divergence(examine: Examine) -> None:
    found = examine(*MOONS, learning_rate=1e30)
    assert found.signal is None
    assert kinds(found) == ["optimization failing"]
    assert "every run diverged" in signal_sentence(found, Wording(CLASSES))


def test_network_too_small(examine: Examine) -> None:
    # one unit draws a straight line between the moons
    found = examine(*MOONS, widths=(1,), activation="tanh", learning_rate=0.05, epochs=100)
    assert kinds(found)[-1] == "underfitting"
    assert found.reference_score > 0.95


def test_overfitting(examine: Examine) -> None:
    found = examine(
        "moons(n=200,noise=0.6)", widths=(128, 128), learning_rate=0.01, epochs=200, replicates=8
    )
    assert "overfitting" in kinds(found)


@pytest.mark.parametrize(
    "name", ["digits", pytest.param("mnist(train=500,validation=100)", marks=pytest.mark.long)]
)
def test_signal_where_there_is(examine: Examine, name: str) -> None:
    if name.startswith("mnist") and not (REAL / "mnist").is_dir():
        pytest.skip(f"{REAL} does not hold the MNIST files")
    found = examine(name, epochs=5, replicates=2, learning_rate=0.005)
    assert found.signal is not None
    assert found.signal.found
    assert found.signal.accuracy > 0.6
    assert found.signal.permutations == 999
    assert not found.retrained


@pytest.mark.long
def test_whole_diagnosis_with_signal(executor: Executor, tmp_path: Path) -> None:
    found = bridle.diagnose(
        "spirals(n=120)",
        out=tmp_path,
        executor=executor,
        replicates=5,
        configurations=1,
        epochs=40,
        schedule="constant",
    )
    assert sizes(found.dataset) == (15, 30, 60)
    assert "There is signal" in found.summary
    assert "too little data" in found.kinds
    assert found.measured.signal is not None
    assert found.measured.signal.p == pytest.approx(0.05)
    assert found.measured.memorized > found.measured.chance
    assert list(found.curve()["examples"]) == [15, 30, 60]
    runs = found.runs()
    assert len(runs) == 5 * (1 + 19 + 2)
    assert runs["permutation"].isna().sum() == 15
    # fewer examples are trained on for as many steps
    steps = runs.groupby("examples")["epochs"].first() * np.ceil(np.array([15, 30, 60]) / 32)
    assert steps.max() <= 1.05 * steps.min()
    for name in ("permuted", "learning_curve", "memorization"):
        assert found.figure(name).axes
    with pytest.raises(bridle.UserError, match="Unknown figure"):
        found.figure("curves")
    document = json.loads((tmp_path / "diagnosis.json").read_text())
    assert [f["kind"] for f in document["findings"]] == found.kinds
    page = (tmp_path / "report.html").read_text()
    assert page.count("<figure") == 3
    assert "too little data" in page
    assert "Where no signal is found, nothing else counts" not in page
    assert '<span class="whole">--permutations 99</span>' in page


@pytest.mark.slow
def test_whole_diagnosis_without_signal(executor: Executor, tmp_path: Path) -> None:
    found = bridle.diagnose(
        "noise(train=60,validation=40,features=5,classes=3)",
        out=tmp_path,
        executor=executor,
        replicates=3,
        configurations=1,
        epochs=20,
        schedule="constant",
    )
    assert found.kinds == ["no signal found"]
    assert found.summary.startswith("No signal found: ")
    assert found.measured.signal is not None
    bound = found.measured.signal.excluded_above
    assert 1 / 3 < bound < 0.36
    assert f"an accuracy above {100 * bound:.1f} % is excluded (95 %)" in found.summary
    assert found.measured.memorized > 0.5
    assert "Where no signal is found, nothing else counts" in (tmp_path / "report.html").read_text()
