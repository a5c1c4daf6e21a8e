"""Several data sets: each judged by itself, and ranks over all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api.judge import JudgedDatasets
from bridle.errors import UserError
from bridle.report.rank_words import p_words, sentences
from bridle.statistics import rank

from .test_judge import some, table

SETS = ["digits", "wine", "moons", "spirals", "letter", "adult", "iris", "glass"]


def runs(sets: int = 8) -> pd.DataFrame:
    return pd.concat([table(some(i), name) for i, name in enumerate(SETS[:sets])])


def judged(frame: pd.DataFrame, **more: Any) -> JudgedDatasets:
    found = bridle.judge(frame, "fresh", **more)
    assert isinstance(found, JudgedDatasets)
    return found


def test_each_data_set_by_itself_and_ranks_over_all() -> None:
    found = judged(runs().sample(frac=1, random_state=0))
    alone = bridle.judge(table(some(2)), "fresh")
    board = found.leaderboard()
    own = board[board["dataset"] == "moons"].drop(columns="dataset").reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone.leaderboard())
    means = {m: [np.mean(some(i)[m]) for i in range(8)] for m in some()}
    assert found.several.ranking is not None
    expected = {m.method: m for m in rank(means).methods}
    for m in found.several.ranking.methods:
        assert (m.rank, m.standing) == (expected[m.method].rank, expected[m.method].standing)
    ranks = found.ranks().set_index("method")
    assert ranks["average_rank"]["dropout"] == 1
    assert ranks["helps"]["dropout"] + ranks["undecided"]["dropout"] == 8
    assert ranks["standing"]["none"] == "baseline"
    first, *others = found.summary.split("\n")
    assert first == (
        "Over 8 data sets the methods differ (Friedman's test, p < 0.001), but none can be told "
        "apart from no regularization."
    )
    (last,) = (line for line in others if line.startswith("glass: "))
    assert last.startswith("glass: Dropout helps")


def test_few_data_sets_are_ranked_and_not_tested() -> None:
    found = judged(runs(3))
    assert found.summary.split("\n")[0] == (
        "Over 3 data sets dropout has the best average rank (1.00); fewer than 6 allow no test, "
        "and no verdict over data sets."
    )
    assert set(found.ranks()["standing"]) == {"no test", "baseline"}


def test_a_data_set_that_a_method_lacks_is_left_out_of_the_ranks() -> None:
    frame = runs()
    frame = frame[~((frame["dataset"] == "wine") & (frame["method"] == "l2"))]
    found = judged(frame)
    assert found.several.ranking is not None
    assert (found.several.ranking.datasets, found.several.ranking.left_out) == (7, 1)
    assert found.summary.startswith("Over 7 data sets (one more is left out, where a method has no")
    assert len(found.leaderboard()) == 31


def test_a_baseline_that_one_data_set_lacks() -> None:
    frame = runs()
    with pytest.raises(UserError, match="data set 'wine' has no runs of the baseline 'none'"):
        judged(frame[~((frame["dataset"] == "wine") & (frame["method"] == "none"))])


def test_two_methods() -> None:
    frame = runs()
    found = judged(frame[frame["method"].isin(["none", "l1"])])
    assert found.summary.split("\n")[0] == (
        "Over 8 data sets l1 (2.00) ranks worse than no regularization (average rank 1.00; "
        "Wilcoxon's signed-rank test, p = 0.008)."
    )


def test_words_for_nothing_found() -> None:
    random = np.random.default_rng(3)
    three = rank(dict(zip(("none", "a", "b"), random.normal(size=(3, 9)), strict=True)))
    assert sentences(three) == [
        f"Over 9 data sets no method can be told apart from no regularization (Friedman's test, "
        f"{p_words(three.p)})."
    ]
    apart = {"none": np.zeros(12), "a": np.ones(12), "b": -np.ones(12), "c": np.full(12, 0.01)}
    apart["c"][:6] *= -1
    assert sentences(rank(apart)) == [
        "Over 12 data sets a (1.00, p = 0.013) ranks better than no regularization (average rank "
        "2.50; Friedman's test, p < 0.001).",
        "B (4.00, p = 0.013) ranks worse.",
        "C cannot be told apart from it.",
    ]
    two = rank({"none": random.normal(size=9), "a": random.normal(size=9)})
    assert sentences(two)[0].startswith("Over 9 data sets a cannot be told apart from no reg")
    none = rank({"none": [np.nan] * 7, "a": [1.0] * 7})
    assert sentences(none) == [
        "No ranks: no regularization has no score on any of seven data sets."
    ]
    nowhere = {"none": [0.0] * 2, "a": [1.0, np.nan], "b": [np.nan, 1.0], "c": [1.0, 1.0]}
    assert sentences(rank(nowhere)) == [
        "No ranks: on none of the data sets does every method share a replicate with no regularization (missing: "
        "a on one and b on one); to rank the others, leave out the rows of these methods."
    ]


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.0004, "p < 0.001"), (0.04996, "p = 0.0499"), (0.0496, "p = 0.0496"), (0.05, "p = 0.050"),
     (0.012, "p = 0.012"), (0.338, "p = 0.34"), (1.0, "p = 1.00"), (np.nan, "–")],
)  # fmt: skip
def test_p_values_never_look_smaller_or_cross_the_line(p: float, words: str) -> None:
    assert p_words(p) == words


def test_the_diagram_is_drawn(tmp_path: Path) -> None:
    from bridle.report.encode import encode
    from bridle.report.figures.ranks import alt, caption, record

    found = judged(runs())
    assert found.several.ranking is not None
    shown = record(found.several.ranking)
    assert shown.ranks[0][0] == "dropout"
    assert "cannot be told apart from no regularization" in caption(shown)
    assert "dropout 1.00" in alt(found.several.ranking)
    assert encode(found.figure(), "png") == encode(judged(runs()).figure(), "png")
    means = dict(zip(("none", "a", "b"), np.arange(36).reshape(3, 12) % 17, strict=True))
    assert caption(record(rank(means, pairs="all"))).endswith("methods that cannot be told apart.")
    apart = rank({"none": np.zeros(20), "a": np.ones(20), "b": -np.ones(20)})
    assert caption(record(apart)).endswith("Every method can be told apart from no regularization.")
    assert "Too few data sets for a test" in caption(record(judged(runs(2)).several.ranking))  # type: ignore[arg-type]
    with pytest.raises(UserError, match="no figure"):
        judged(runs().query("method == 'none'")).figure()
