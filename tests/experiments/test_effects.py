"""Every measure of trained networks equals what is computed from their predictions, weights and histories by hand."""

from __future__ import annotations

import numpy as np
import pytest

import bridle
from bridle.engine.executor import InProcessExecutor
from bridle.experiments import measures
from bridle.experiments.effects import LEVEL, MEASURES
from bridle.experiments.paired import EXAMPLES, CaseEffect
from bridle.origins import Case
from bridle.study.reader import StudyReader

RATES = (0.003, 0.03)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyReader:
    return bridle.compare(
        "moons(n=60,test=300)",
        methods=["none", "dropout", "batch_norm"],
        grid={"learning_rate": RATES},
        configurations=2,
        widths=(6, 5),
        epochs=4,
        replicates=3,
        out=tmp_path_factory.mktemp("effects") / "study",
        executor=InProcessExecutor(),
    )


def taken(
    study: StudyReader, measure: str, method: str, against: str = "none", **options: float
) -> CaseEffect:
    case = Case("a case", ("here",), method, against, options=options)
    return MEASURES[measure].take({"here": study}, case)


def scores(study: StudyReader, label: str, name: str) -> np.ndarray:
    found = study.results()
    found = found[found["selected"] & (found["method"] == label)].sort_values("replicate")
    return found[name].to_numpy(dtype=float)


@pytest.mark.long
def test_accuracy_is_the_difference_of_test_scores(study: StudyReader) -> None:
    found = taken(study, "accuracy", "dropout")
    own, none = (scores(study, label, "test_score") for label in ("dropout", "none"))
    np.testing.assert_allclose(found.method, own)
    np.testing.assert_allclose(found.against, none)
    assert found.estimate.difference == pytest.approx((own - none).mean())


@pytest.mark.parametrize(
    ("measure", "column", "sign"),
    [("zeros", "exact_zeros", 1), ("train_loss", "train_loss", -1), ("training", "train_score", 1)],
)
def test_recorded_quantities(study: StudyReader, measure: str, column: str, sign: int) -> None:
    found = taken(study, measure, "batch_norm")
    by_hand = scores(study, "batch_norm", column) - scores(study, "none", column)
    np.testing.assert_allclose(found.estimate.difference, sign * by_hand.mean(), atol=1e-9)


def test_shrinkage_is_a_share_of_the_baselines_norm(study: StudyReader) -> None:
    own, none = (scores(study, label, "weight_norm") for label in ("dropout", "none"))
    found = taken(study, "shrinkage", "dropout").estimate.difference
    assert found == pytest.approx(np.mean(1 - own / none))


def test_log_loss_is_that_of_the_predictions(study: StudyReader) -> None:
    by_hand = []
    for replicate in range(3):
        split = study.dataset.replicate(replicate, study.plan.seed)
        truth = split.targets[split.test]
        for label in ("none", "dropout"):
            logits = study.predictions(label, replicate)["test"].astype(np.float64)
            logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
            by_hand.append(-logits[np.arange(len(truth)), truth].mean())
    found = taken(study, "log_loss", "dropout")
    np.testing.assert_allclose(found.against, by_hand[::2], rtol=1e-5)
    np.testing.assert_allclose(found.method, by_hand[1::2], rtol=1e-5)
    assert found.estimate.difference == pytest.approx(np.mean(found.against - found.method))


def test_hidden_units_lead_to_the_networks_own_predictions(study: StudyReader) -> None:
    """What follows the first layer, by hand, gives the stored logits: with batch norm too."""
    for label in ("none", "dropout", "batch_norm"):
        weights, split = study.weights(label, 1), study.dataset.replicate(1, study.plan.seed)
        x = split.seen(split.test[:EXAMPLES])
        units = measures.hidden(weights, x, study.plan.activation)
        second = {
            "dense_0/kernel": weights["dense_1/kernel"],
            "dense_0/bias": weights["dense_1/bias"],
        }
        second |= {
            name.replace("dense_1", "dense_0"): values
            for name, values in weights.items()
            if "dense_1/pre" in name
        }
        units = measures.hidden(second, units.astype(np.float32), study.plan.activation)
        logits = units @ weights["dense_2/kernel"] + weights["dense_2/bias"]
        np.testing.assert_allclose(
            logits[:, 0], study.predictions(label, 1)["test"][:, 1], atol=2e-4
        )


def test_correlation_is_that_of_the_units(study: StudyReader) -> None:
    split = study.dataset.replicate(0, study.plan.seed)
    units = measures.hidden(study.weights("none", 0), split.seen(split.test), "relu")
    units = units[:, units.std(axis=0) > 0]
    above = np.triu_indices(units.shape[1], 1)
    by_hand = np.abs(np.atleast_2d(np.corrcoef(units, rowvar=False))[above]).mean()
    assert taken(study, "correlation", "dropout").against[0] == pytest.approx(by_hand)


def test_epochs_are_counted_at_the_rate_that_is_asked_for(study: StudyReader) -> None:
    found = taken(study, "epochs", "batch_norm", rate=0.03)
    table = study.histories(selected=False)
    own = table[(table["method"] == "none") & (table["replicate"] == 2)]
    which = [c["learning_rate"] for c in study.plan.configurations["none"]].index(0.03)
    losses = own[own["configuration"] == which]["train_loss"].to_numpy()
    below = np.flatnonzero(losses < LEVEL)
    assert found.against[2] == (below[0] + 1 if len(below) else 5)


def test_removing_no_unit_of_a_dead_layer_changes_nothing(study: StudyReader) -> None:
    found = taken(study, "removal", "dropout")
    assert (np.abs(found.method) <= 1).all()
    assert len(found.method) == 3


def test_the_boundary_of_a_network_is_where_its_prediction_changes(study: StudyReader) -> None:
    found = taken(study, "boundary", "dropout")
    assert (found.method > 1).all()  # the frame is several standard deviations wide
    assert (found.method < 60).all()


def test_a_drift_to_itself_is_nothing(study: StudyReader) -> None:
    case = Case("a case", ("here", "here"), "batch_norm")
    found = MEASURES["drift"].take({"here": study}, case)
    np.testing.assert_array_equal(found.method, 0)


def test_a_contrast_is_the_difference_of_two_gains(study: StudyReader) -> None:
    case = Case("a case", ("here", "there"), "dropout")
    found = MEASURES["contrast"].take({"here": study, "there": study}, case)
    own = scores(study, "dropout", "test_score") - scores(study, "none", "test_score")
    np.testing.assert_allclose(found.method, own)
    np.testing.assert_allclose(found.estimate.difference, 0, atol=1e-12)


def test_a_technique_is_beaten_by_the_clearest_of_the_others(study: StudyReader) -> None:
    case = Case("a case", ("here", "absent"), "dropout", "", options={"among": 2})
    found = MEASURES["beaten"].take({"here": study}, case)
    assert found.where == "batch_norm on here"
    assert found.chosen == 1


def test_a_margin_and_chance_shift_the_estimate(study: StudyReader) -> None:
    plain = taken(study, "accuracy", "dropout").estimate
    within = taken(study, "within", "dropout", margin=0.02).estimate
    assert within.difference == pytest.approx(0.02 - abs(plain.difference))
    assert within.standard_error == plain.standard_error
    below = taken(study, "below_chance", "none", "", chance=0.5).estimate
    assert below.difference == pytest.approx(0.5 - scores(study, "none", "test_score").mean())
