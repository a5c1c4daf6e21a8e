"""What is measured of trained networks equals what their own predictions give, taken by hand."""

from __future__ import annotations

import numpy as np
import pytest

import bridle
from bridle.engine.executor import InProcessExecutor
from bridle.experiments.effects import MEASURES
from bridle.experiments.paired import CaseEffect
from bridle.origins import Case
from bridle.study.reader import StudyReader


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyReader:
    return bridle.compare(
        "moons(n=60,test=100)",
        methods=["none", "l2(strength=0.01)"],
        configurations=1,
        learning_rate=0.01,
        widths=(6, 5),
        epochs=5,
        replicates=2,
        out=tmp_path_factory.mktemp("probes") / "study",
        executor=InProcessExecutor(),
    )


LABEL = "l2(strength=0.01)"


def taken(study: StudyReader, measure: str, **options: float) -> CaseEffect:
    case = Case("a case", ("here",), LABEL, options=options)
    return MEASURES[measure].take({"here": study}, case)


def probabilities(
    study: StudyReader, replicate: int, x: np.ndarray, weights: dict[str, np.ndarray] | None = None
) -> np.ndarray:
    """The network's predictions, computed from its weights in double precision."""
    w = study.weights(LABEL, replicate) if weights is None else weights
    h = x.astype(np.float64)
    for layer in (0, 1):
        h = np.maximum(h @ w[f"dense_{layer}/kernel"] + w[f"dense_{layer}/bias"], 0)
    logit = (h @ w["dense_2/kernel"] + w["dense_2/bias"])[:, 0]
    p = 1 / (1 + np.exp(-logit))
    return np.stack([1 - p, p], axis=1)


def examples(study: StudyReader, replicate: int) -> tuple[np.ndarray, np.ndarray]:
    split = study.dataset.replicate(replicate, study.plan.seed)
    return split.seen(split.test), split.targets[split.test]


def test_sensitivity_is_the_norm_of_the_slopes(study: StudyReader) -> None:
    x, _ = examples(study, 1)
    step, squares = 1e-6, 0.0
    for axis in np.eye(2):
        ends = [
            probabilities(study, 1, x.astype(np.float64) + sign * step * axis) for sign in (1, -1)
        ]
        squares += (((ends[0] - ends[1]) / (2 * step)) ** 2).sum(axis=1).mean()
    assert taken(study, "sensitivity").method[1] == pytest.approx(np.sqrt(squares), rel=1e-3)


def test_an_attack_follows_the_sign_of_the_slope(study: StudyReader) -> None:
    x, classes = examples(study, 0)
    slopes = []
    for axis in np.eye(2):
        ends = [
            probabilities(study, 0, x.astype(np.float64) + sign * 1e-6 * axis) for sign in (1, -1)
        ]
        slopes.append((ends[0] - ends[1])[np.arange(len(x)), classes])
    moved = x - 0.2 * np.sign(np.stack(slopes, axis=1))
    by_hand = (probabilities(study, 0, moved).argmax(axis=1) == classes).mean()
    assert taken(study, "attacked", epsilon=0.2).method[0] == pytest.approx(by_hand, abs=0.021)
    clean = (probabilities(study, 0, x).argmax(axis=1) == classes).mean()
    assert taken(study, "attacked", epsilon=0.0).method[0] == pytest.approx(clean)


def test_without_noise_on_the_weights_the_loss_stays(study: StudyReader) -> None:
    np.testing.assert_allclose(taken(study, "sharpness", share=0.0).method, 0, atol=1e-6)
    assert (taken(study, "sharpness", share=3.0).method > 0).all()


def test_entropy_is_that_of_the_predictions(study: StudyReader) -> None:
    p = probabilities(study, 0, examples(study, 0)[0])
    by_hand = -(p * np.log(p)).sum(axis=1).mean()
    assert taken(study, "entropy").method[0] == pytest.approx(by_hand, rel=1e-4)


def test_unswapped_rows_have_the_test_accuracy(study: StudyReader) -> None:
    scores = [study.test_scores()[LABEL][r] for r in range(2)]
    np.testing.assert_allclose(taken(study, "swapped", share=0.0).method, scores, atol=1e-6)
    assert (taken(study, "swapped", share=1.0).method < scores).all()


def test_networks_of_a_replicate_begin_at_the_same_weights(
    study: StudyReader, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The distance is from there: at a tiny learning rate it is tiny."""
    found = taken(study, "distance")
    assert (found.method > 0.05).all()
    still = bridle.compare(
        "moons(n=60,test=100)",
        methods=["none", LABEL],
        configurations=1,
        learning_rate=1e-6,
        widths=(6, 5),
        epochs=1,
        replicates=2,
        out=tmp_path_factory.mktemp("still") / "study",
        executor=InProcessExecutor(),
    )
    moved = taken(still, "distance").method
    assert (moved > 0).all()
    assert (moved < 1e-4).all()


def test_silent_units_are_those_at_zero(study: StudyReader) -> None:
    x, _ = examples(study, 0)
    w = study.weights(LABEL, 0)
    z = x.astype(np.float64) @ w["dense_0/kernel"] + w["dense_0/bias"]
    assert taken(study, "silent").method[0] == pytest.approx((z <= 0).mean())
    assert taken(study, "activity").method[0] == pytest.approx((np.maximum(z, 0) ** 2).mean(), 1e-4)
