"""The recommendation in words, tables and documents."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.report import terminal
from bridle.report.documents import of_runs
from bridle.report.recommendation import recommendation
from bridle.verdict.answer import Answer, conclude
from tests.verdict.test_answer import evidence


def answer(**changes: Any) -> Answer:
    return conclude(evidence(**changes))


def test_a_method_that_helps_is_to_be_used() -> None:
    found = recommendation(answer())
    assert found is not None
    assert found.method == "dropout"
    assert found.words.startswith("Use dropout")
    assert "expected gain +2" in found.words
    assert "99 in 100 that it is no worse than no regularization." in found.words
    assert found.low < found.expected_gain < found.high
    assert found.chance_no_worse > 0.99


def test_what_is_undecided_is_said_to_be() -> None:
    random = np.random.default_rng(1)
    scores = {m: 0.9 + random.normal(0, 0.02, 5) for m in ("none", "l2", "dropout")}
    scores["l2"] += 0.01
    found = recommendation(answer(replicates=5, scores=scores))
    assert found is not None
    assert found.words.startswith("If you must choose now: ")


def test_where_no_method_gains_none_is_recommended() -> None:
    base = 0.9 + np.random.default_rng(2).normal(0, 0.01, 8)
    worse = {
        m: base - 0.03 + np.random.default_rng(3).normal(0, 0.01, 8) for m in ("l2", "dropout")
    }
    found = recommendation(answer(scores={"none": base, **worse}))
    assert found is not None
    assert found.method == "none"
    assert found.words == (
        "If you must choose now: no regularization; no method is expected to gain a tenth of the margin."
    )
    assert (found.expected_gain, found.chance_no_worse) == (0, 1)


def test_none_is_recommended_where_methods_gain_next_to_nothing() -> None:
    random = np.random.default_rng(4)
    base = 0.8 + random.normal(0, 0.01, 10)  # a margin of two points
    close = {m: base + 0.0005 + random.normal(0, 0.002, 10) for m in ("l2", "dropout")}
    found = recommendation(answer(replicates=10, scores={"none": base, **close}))
    assert found is not None
    assert found.method == "none"
    assert "no method is expected to gain a tenth of the margin" in found.words
    # what surely helps is recommended, little as it is
    helped = {"l2": base + 0.0015 + random.normal(0, 0.0003, 10), "dropout": close["dropout"]}
    found = recommendation(answer(replicates=10, scores={"none": base, **helped}))
    assert found is not None
    assert found.method == "l2"


def test_of_one_replicate_only_the_highest_score_is_told() -> None:
    scores = {"none": np.array([0.9]), "l2": np.array([0.92]), "dropout": np.array([0.91])}
    found = recommendation(answer(replicates=1, scores=scores))
    assert found is not None
    assert found.method == "l2"
    assert found.words.startswith("L2 scored best, but one replicate says nothing of chance")
    assert found.expected_gain == pytest.approx(0.02)
    assert math.isnan(found.chance_no_worse)


def test_methods_that_did_nothing_are_not_recommended() -> None:
    flags = {"dropout": np.ones(8, bool)}
    found = recommendation(answer(inert=flags))
    assert found is not None
    assert found.method != "dropout"


def test_alone_there_is_nothing_to_choose() -> None:
    alone = evidence()
    alone = replace(alone, methods=("none",), scores={"none": alone.scores["none"]})
    assert recommendation(conclude(alone)) is None


def test_every_face_says_the_same() -> None:
    there = answer()
    found = recommendation(there)
    assert found is not None
    assert found.words in " ".join(terminal.lines(there, 300))
    assert of_runs(there)["recommendation"] == asdict(found)
    assert list(asdict(found)) == [
        "method",
        "hyperparameters",
        "expected_gain",
        "low",
        "high",
        "chance_no_worse",
        "chance_best",
        "regret",
        "words",
    ]


def test_judge_recommends_too() -> None:
    scores = {m: 0.8 + 0.01 * np.random.default_rng(i).normal(size=6) for i, m in enumerate("ab")}
    rows = [
        {"method": m, "replicate": r, "score": s + 0.05 * (m == "b")}
        for m, own in scores.items()
        for r, s in enumerate(own)
    ]
    judged = bridle.judge(pd.DataFrame(rows), "fresh", baseline="a")
    assert isinstance(judged, bridle.api.judge.Judged)
    found = judged.recommendation
    assert found is not None
    assert found.method == "b"
    json.dumps(asdict(found), allow_nan=False)
