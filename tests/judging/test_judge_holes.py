"""Tables in which methods lack replicates: order, ranks and words rest on what methods share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bridle
from bridle.errors import UserError
from bridle.report.rank_words import sentences
from bridle.report.terminal import lines
from bridle.statistics import rank

METHODS = ("none", "a", "b", "c")


def table(seed: int, datasets: int, holes: float) -> pd.DataFrame:
    """Replicates of very different difficulty, small differences between methods, runs missing here and there."""
    random = np.random.default_rng(seed)
    rows = []
    for d in range(datasets):
        ease = random.uniform(0.4, 0.9, 5)
        for m in METHODS:
            better = 0.0 if m == "none" else random.normal(0, 0.02)
            there = random.random(5) >= holes
            there[random.integers(5)] = True
            scores = ease + better + random.normal(0, 0.002, 5)
            rows += [(f"set{d}", m, r, scores[r]) for r in range(5) if there[r]]
    return pd.DataFrame(rows, columns=["dataset", "method", "replicate", "score"])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.sampled_from([0.0, 0.3, 0.6]))
def test_nobody_is_placed_by_replicates_that_others_lack(
    seed: int, datasets: int, holes: float
) -> None:
    runs = table(seed, datasets, holes)
    judged: Any = bridle.judge(runs, "fresh")
    for name, one in judged.datasets.items():
        wide = runs[runs["dataset"] == name].pivot(
            index="replicate", columns="method", values="score"
        )
        board = one.leaderboard().set_index("method")
        assert board.index[0] == board["rank"].idxmin()
        rows = board.to_dict("index")
        for m in METHODS[1:]:
            shared = (wide[m] - wide["none"]).dropna()
            if shared.empty:
                assert pd.isna(rows[m]["rank"])
                continue
            above = rows[m]["rank"] < rows["none"]["rank"]
            assert above == (shared.mean() > 0)
            if rows[m]["verdict"] in ("helps", "hurts"):
                assert above == (rows[m]["verdict"] == "helps")
        if not wide.isna().any().any():
            assert list(board["score"]) == sorted(board["score"], reverse=True)
    ranks = judged.ranks().set_index("method")
    for label, row in ranks.to_dict("index").items():
        if label != "none" and row["hurts"] == datasets:
            assert row["standing"] != "better"
        if label != "none" and row["helps"] == datasets:
            assert row["standing"] != "worse"
    if judged.several.ranking is not None and not judged.several.ranking.datasets:
        assert ranks["rank"].isna().all()


def test_a_method_that_ran_on_the_easy_replicates_alone_ranks_by_them() -> None:
    random = np.random.default_rng(0)
    rows = []
    for d in range(8):
        for r in range(6):
            base = (0.55 if r < 3 else 0.90) + random.normal(0, 0.01)
            rows.append((f"set{d}", "none", r, base))
            if r >= 3:
                rows.append((f"set{d}", "partial", r, base - 0.02 + random.normal(0, 0.001)))
    frame = pd.DataFrame(rows, columns=["dataset", "method", "replicate", "score"])
    judged: Any = bridle.judge(frame, "fresh")
    assert judged.summary.startswith(
        "Over 8 data sets partial (2.00) ranks worse than no regularization (average rank 1.00; "
    )
    one = judged.datasets["set0"]
    assert list(one.leaderboard()["method"]) == ["none", "partial"]
    shown = "\n".join(lines(one.answer))
    assert "(3 of 6)" in shown
    assert "n of 6: the mean over n replicates, which others may lack" in shown.replace("\n", " ")


def test_no_data_set_with_all_methods_gives_no_rank() -> None:
    rows = []
    for d in range(8):
        for m, base in (("worst", 0.5), ("none", 0.7), ("good", 0.8), ("best", 0.9)):
            if m != ("good" if d % 2 else "best"):
                rows += [(f"set{d}", m, r, base + 0.001 * ((r * 7 + len(m)) % 5)) for r in range(4)]
    frame = pd.DataFrame(rows, columns=["dataset", "method", "replicate", "score"])
    judged: Any = bridle.judge(frame, "fresh")
    assert judged.summary.startswith(
        "No ranks: on none of the data sets does every method share a replicate with no regularization "
        "(missing: best on four and good on four); to rank the others, leave out the rows of these methods.\n"
    )
    assert judged.ranks()["rank"].isna().all()
    assert sentences(rank({"none": [1.0], "a": [np.nan]})) == [
        "No ranks: on none of the data sets does every method share a replicate with no regularization "
        "(missing: a on one)."
    ]


def test_a_single_replicate_is_not_among_those_that_the_best_is_ahead_of() -> None:
    rows = [("lucky", 0, 0.99)]
    for r in range(8):
        base = 0.8 + 0.01 * (r % 3)
        rows += [("none", r, base), ("weak", r, base + 0.01 + 0.004 * (r % 2))]
        rows += [("strong", r, base + 0.05 + 0.008 * (r % 2))]
    frame = pd.DataFrame(rows, columns=["method", "replicate", "score"])
    assert (
        "Strong is ahead of all others that have two replicates or more; lucky has fewer."
        in bridle.judge(frame, "fresh").summary
    )
    rest = frame[frame["method"] != "lucky"]
    assert "Strong is ahead of all others." in bridle.judge(rest, "fresh").summary


def test_what_did_nothing_gets_no_verdict_from_a_table_that_says_so() -> None:
    rows = [
        {"method": m, "replicate": r, "score": 0.8 + gain + gain * (r % 3) / 4, "inert": inert}
        for m, gain, inert in (("none", 0.0, ""), ("l2", 0.05, True), ("l1", 0.05, False))
        for r in range(6)
    ]
    found = bridle.judge(pd.DataFrame(rows), "fresh").leaderboard().set_index("method")["verdict"]
    assert found["l2"] == "no verdict"
    assert found["l1"] == "helps"


def test_a_method_of_which_nothing_is_selected_is_named() -> None:
    rows = [
        {"method": m, "replicate": r, "score": 0.8, "selected": m != "l2"}
        for m in ("none", "l1", "l2")
        for r in range(3)
    ]
    with pytest.raises(UserError, match="no row of the method 'l2' is selected"):
        bridle.judge(pd.DataFrame(rows), "fresh")
