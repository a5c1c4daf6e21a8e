"""From evidence to answer, against the statistics and counts made by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.origins import Claim, PublishedRankings
from bridle.statistics import compare, looked
from bridle.tasks import Classification
from bridle.verdict.answer import conclude
from bridle.verdict.evidence import Evidence, Predictions, Setting
from bridle.verdict.frames import LEADERBOARD, leaderboard, ranks
from bridle.verdict.measure import measure_of
from bridle.verdict.several import over

METHODS = ("none", "l2", "dropout")


def evidence(seed: int = 0, replicates: int = 8, **changes: Any) -> Evidence:
    """Scores of three methods; dropout is ahead by 2 points."""
    random = np.random.default_rng(seed)
    base = 0.9 + random.normal(0, 0.01, replicates)
    ahead = {"none": 0.0, "l2": 0.001, "dropout": 0.02}
    scores = {m: base + by + random.normal(0, 0.002, replicates) for m, by in ahead.items()}
    return Evidence(
        **{
            "name": "things",
            "metric": "accuracy",
            "measure": measure_of("accuracy"),
            "error": "accuracy",
            "methods": METHODS,
            "baseline": "none",
            "design": "fresh",
            "replicates": replicates,
            "scores": scores,
            "runs": 3 * replicates,
            "planned_runs": 3 * replicates,
            **changes,
        }
    )


def test_rows_are_those_of_the_statistics() -> None:
    given_ = evidence()
    answer, expected = conclude(given_), compare(given_.scores)
    assert answer.comparison == expected
    assert answer.evidence is given_
    assert answer.rows[0].method == "dropout"
    assert answer.rows[0].verdict == "helps"
    for row in answer.rows:
        assert row.score == pytest.approx(given_.scores[row.method].mean())
        if row.method != "none":
            own = expected[row.method]
            assert (row.difference, row.low, row.high) == (own.difference, own.low, own.high)
            assert (row.verdict, row.wins) == (own.verdict.label, own.wins)
    with pytest.raises(FrozenInstanceError):
        given_.replicates = 3  # type: ignore[misc]


def test_verdicts_count_groups_of_test_examples() -> None:
    random = np.random.default_rng(3)
    groups = np.tile(np.repeat(np.arange(10), 4), (6, 1))
    right = {m: random.random(10) < 0.6 for m in METHODS}
    flipped = {m: own ^ (random.random((6, 10)) < 0.1) for m, own in right.items()}
    examples = {m: own.repeat(4, axis=1).astype(float) for m, own in flipped.items()}
    scores = {m: table.mean(axis=1) for m, table in examples.items()}
    options: dict[str, Any] = {"design": "fixed_test", "replicates": 6, "scores": scores}
    own = evidence(examples=examples, groups=groups, test_size=40, **options)
    answer = conclude(own)
    assert answer.comparison is not None
    # examples that are all alike count as one
    alone = {m: table[:, ::4] for m, table in examples.items()}
    expected = compare(scores, "fixed_test", examples=alone, error="accuracy")
    rows = conclude(evidence(examples=examples, **options)).comparison
    assert rows is not None
    for method in ("l2", "dropout"):
        error = answer.comparison[method].high - answer.comparison[method].low
        assert error == pytest.approx(expected[method].high - expected[method].low)
        assert error > 1.1 * (rows[method].high - rows[method].low)


def test_where_lower_is_better_rows_have_the_metrics_own_unit() -> None:
    losses = {m: -0.3 - 0.1 * i + 0.001 * np.arange(8) ** 2 for i, m in enumerate(METHODS)}
    train = {m: np.full(8, 0.2) for m in METHODS}
    found = conclude(
        evidence(
            metric="log-loss",
            measure=measure_of("log-loss"),
            error="loss",
            scores=losses,
            train_scores=train,
        )
    )
    first = found.rows[0]
    assert first.method == "none"
    assert first.score == pytest.approx(-losses["none"].mean())
    assert first.gap == pytest.approx(first.score - 0.2)
    board: Any = leaderboard(found).set_index("method")
    assert board.loc["l2", "score"] == pytest.approx(-losses["l2"].mean())
    assert board.loc["l2", "difference"] < 0


@given(st.integers(0, 1000), st.integers(3, 6), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_an_earlier_look_is_the_evidence_of_its_replicates(
    seed: int, first: int, further: int
) -> None:
    both = evidence(seed, first + further, looks=looked((first, first + further), 2))
    answer = conclude(both)
    (then,) = answer.earlier
    alone = {m: own[:first] for m, own in both.scores.items()}
    assert then == compare(alone, looks=looked((first,), 2))
    assert conclude(both.at_look(0)).comparison == then


@given(st.lists(st.one_of(st.none(), st.integers(0, 2)), min_size=8, max_size=8))
@settings(max_examples=50, deadline=None)
def test_settings_are_counted_and_ties_go_to_the_first_tried(places: list[int | None]) -> None:
    tried = [Setting(text, text) for text in "abc"]
    answer = conclude(evidence(tried={"l2": tried}, chosen={"l2": places}))
    counts = Counter(place for place in places if place is not None)
    found = answer.chosen("l2")
    if not counts:
        assert found is None
        return
    assert found is not None
    most = max(counts.values())
    assert found.setting.text == "abc"[min(p for p, n in counts.items() if n == most)]
    assert found.times == most
    assert found.times + sum(n for _, n in found.others) == found.replicates == counts.total()


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    assert "train_score" not in leaderboard(conclude(evidence()))
    every = {m: np.full(8, 0.5) for m in METHODS}
    known = evidence(
        tried={m: [Setting("{}", "–")] for m in METHODS},
        train_scores=every,
        exact_zeros=every,
        shares=every,
        predictions_changed=every,
        inert={"l2": np.ones(8, bool)},
        score_gains=every,
        loss_gains=every,
        loss_speedups=every,
    )
    board = leaderboard(conclude(known))
    assert tuple(board.columns) == LEADERBOARD
    assert board.set_index("method")["inert"].to_dict()["l2"] == 8
    assert board.set_index("method")["inert"].isna().sum() == 2


def test_what_did_nothing_has_no_verdict_and_is_no_ranking() -> None:
    claims = (Claim("dropout", "none", "first"), Claim("l2", "none", "second"))
    own = evidence(
        inert={"l2": np.ones(8, bool), "dropout": np.arange(8) > 0},
        rankings=PublishedRankings("a work", claims),
    )
    answer = conclude(own)
    assert answer.inert == {"l2"}
    assert answer.comparison is not None
    assert answer.comparison["l2"].verdict.reason == "inert"
    assert [c.verdict for c in answer.claims] == ["holds", "not comparable"]
    assert conclude(replace(own, runs=0)).claims == ()


@pytest.mark.parametrize("right", [0.9, 0.5])
def test_signal_is_told_from_predictions_alone(right: float) -> None:
    random = np.random.default_rng(1)
    truth = [random.integers(0, 2, 200) for _ in range(8)]

    def classes(method: str, replicate: int) -> np.ndarray:
        own = np.random.default_rng([replicate, len(method), 2])
        return np.where(own.random(200) < right, truth[replicate], 1 - truth[replicate])

    scores = {m: np.array([(classes(m, r) == truth[r]).mean() for r in range(8)]) for m in METHODS}

    def logits(method: str, replicate: int) -> np.ndarray:
        return np.asarray(np.eye(2)[classes(method, replicate)])

    predictions = Predictions(Classification.of(2), logits, truth.__getitem__, (100, 200))
    answer = conclude(evidence(scores=scores, predictions=predictions, dataset="things(n=100)"))
    if right > 0.5:
        assert answer.chance is None
        assert answer.learned is not None
        assert answer.learned.accuracy == pytest.approx(scores[answer.learned.method].mean())
    else:
        assert answer.learned is None
        assert answer.chance is not None
        assert answer.chance.excluded_above < 0.6
    assert conclude(replace(answer.evidence, predictions=None)).learned is None


def test_several_data_sets_are_ranked_by_their_answers() -> None:
    answers = {f"set {seed}": conclude(evidence(seed)) for seed in range(7)}
    found = over(answers)
    assert found.ranking is not None
    table = ranks(found).set_index("method")
    assert table.loc["dropout", "average_rank"] == 1
    assert table.loc["dropout", "helps"] == 7 == found.counts["dropout"]["helps"]
    assert table.loc["none", "standing"] == "baseline"
