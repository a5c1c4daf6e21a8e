"""What a proper score decides where accuracy does not: the sentence, and the document for programs."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from bridle.report import brief, documents, proper_score, words
from bridle.report.recommendation import recommendation
from bridle.verdict.answer import Answer, conclude
from bridle.verdict.measure import measure_of
from tests.report.conftest import Make
from tests.report.invented import around
from tests.report.test_report_undertrained import SCORES


def answered(
    make: Make, losses: dict[str, float], scores: dict[str, list[float]] = SCORES
) -> Answer:
    """The answer of a study with these accuracies and mean log-losses."""
    own = make(scores).answer.evidence
    size = own.replicates
    base = np.array(around(0.3, 0.02)[:size])
    minus = {
        label: -base - losses.get(label, 0.0) + 1e-3 * np.array(around(0.0, 1.0)[:size])
        for label in scores
    }
    minus["none"] = -base
    proper = replace(
        own, metric="log-loss", measure=measure_of("log-loss"), error="loss", scores=minus
    )
    return conclude(replace(own, proper=proper))


def test_what_log_loss_decides_is_said_once_and_beside_the_verdict(make: Make) -> None:
    answer = answered(
        make, {"dropout": -0.1, "l2": -0.05, "early_stopping": -0.06, "batch_norm": 0.08}
    )
    (said,) = proper_score.sentences(answer)
    assert said == (
        "Log-loss, which also counts how sure predictions are, decides more: early stopping helps (lower by 0.060: "
        "0.059 to 0.061), and so does l2; batch norm hurts (higher by 0.080: 0.079 to 0.081)."
    )
    assert brief.verdict(answer) == [brief.headline(answer), said]
    assert said in words.sentences(answer)


def test_a_decided_accuracy_needs_no_other_score(make: Make) -> None:
    assert not proper_score.sentences(answered(make, {"dropout": -0.1, "l1": 0.1}))


def test_a_recommended_method_whose_probabilities_are_worse_is_said_to_be_so(make: Make) -> None:
    best = recommendation(answered(make, {"dropout": -0.1}))
    assert best is not None
    assert best.method == "dropout"
    assert "probabilities" not in best.words
    worse = recommendation(answered(make, {"dropout": 0.1}))
    assert worse is not None
    assert (worse.method, worse.expected_gain) == ("dropout", best.expected_gain)
    assert worse.words == (
        f"{best.words} Its log-loss is worse: take another where probabilities matter."
    )


def test_a_small_difference_is_said_to_be_small(make: Make) -> None:
    (said,) = proper_score.sentences(answered(make, {"l2": -0.01}))
    assert "l2 helps, by less than the margin (lower by 0.010:" in said


def test_where_nothing_can_be_told_from_chance_nothing_more_is_said(make: Make) -> None:
    answer = answered(make, {"l2": -0.1}, {label: [0.5, 0.49, 0.51] for label in SCORES})
    assert answer.chance is not None
    assert not proper_score.sentences(answer)


def test_programs_get_every_comparison(make: Make) -> None:
    answer = answered(make, {"l2": -0.05})
    found = documents.of_proper(answer.proper)
    assert found is not None
    assert json.loads(json.dumps(found))["metric"] == "log-loss"
    by_method = {row["method"]: row for row in found["methods"]}
    assert set(by_method) == set(SCORES)
    assert by_method["l2"]["verdict"] == "helps"
    assert by_method["l2"]["difference"] > 0.04
    assert documents.of_proper(None) is None
