"""Interval, p-value, verdict and words of random tables never contradict each other."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import bridle
from bridle.api.judge import Judged


@st.composite
def judged(draw: st.DrawFn) -> Judged:
    """Runs of any design, scale and margin, with gaps, ties and near-ties."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    replicates = draw(st.integers(1, 9))
    methods = ["none", "a", "b", "c"][: draw(st.integers(2, 4))]
    design = draw(st.sampled_from(["fresh", "overlapping", "fixed_test"]))
    lower = draw(st.booleans())
    margin = draw(st.sampled_from([None, "0%", "50%", "0.01", 0.2]))
    size = 10.0 ** draw(st.integers(-4, -1))
    rows, examples = [], []
    for m in methods:
        for r in range(replicates):
            if random.random() < 0.1:
                continue
            parts = 0.5 + size * random.normal(shift(random, m), 1, 12)
            parts = np.clip(np.round(parts, 3), 0, 1)
            rows.append({"method": m, "replicate": r, "score": parts.mean()})
            examples += [
                {"method": m, "replicate": r, "example": e, "score": s} for e, s in enumerate(parts)
            ]
    if not any(row["method"] == "none" for row in rows):
        rows.append({"method": "none", "replicate": 99, "score": np.nan})
    own = {row["replicate"] for row in rows if row["method"] == "none"}
    assume(
        all(m == "none" for m in methods if any(row["method"] == m for row in rows))
        or any(row["method"] != "none" and row["replicate"] in own for row in rows)
    )
    predicted = design == "fixed_test" and bool(examples)
    found = bridle.judge(
        pd.DataFrame(rows),
        design if predicted or design != "fixed_test" else "fresh",
        sizes=(30, 10),
        margin=margin,
        lower_is_better=lower,
        predictions=pd.DataFrame(examples) if predicted else None,
    )
    assert isinstance(found, Judged)
    return found


def shift(random: np.random.Generator, method: str) -> float:
    return 0.0 if method == "none" else float(random.normal(0, 2))


@settings(deadline=None, max_examples=150)
@given(judged())
def test_nothing_contradicts_and_words_claim_no_more(found: Judged) -> None:
    said = found.summary
    assert said
    if found.comparison is None:
        return
    board = found.leaderboard().set_index("method").to_dict("index")
    labels = set()
    for c in found.comparison.methods:
        row, margin = board[c.method], found.comparison.margin
        assert c.verdict.margin == margin
        assert row["verdict"] == c.verdict.label
        labels.add(c.verdict.label)
        if c.verdict.label == "no verdict":
            assert not c.p < 0.05
            continue
        low, high = row["difference_low"], row["difference_high"]
        assert low <= row["difference"] <= high
        excludes, within = (low >= 0) != (high <= 0), low >= -margin and high <= margin
        assert (c.p < 0.05) == excludes
        expected = {
            (True, True): "helps" if low >= 0 else "hurts",
            (True, False): "helps" if low >= 0 else "hurts",
            (False, True): "no practical difference",
            (False, False): "undecided",
        }[bool(excludes), bool(within)]
        assert c.verdict.label == expected
        assert c.verdict.small == (excludes and within)
    # what the words assert must be among the verdicts
    claims = {
        r"\bhelps?\b(?! or)(?!;)": "helps",
        r"\bhurts\b": "hurts",
        r"no practical difference|practical difference: each": "no practical difference",
        r"undecided": "undecided",
    }
    plain = said.replace("Nothing clearly helps or hurts", "").replace("Nothing clearly helps", "")
    plain = plain.replace("Nothing clearly hurts", "")
    for pattern, label in claims.items():
        if re.search(pattern, plain):
            assert label in labels, said
    if "helps" not in labels:
        assert "ahead" not in said
    if "ahead of all others" in said:
        assert len(found.comparison.leading.group) == 1
    helping = [c for c in found.comparison.methods if c.verdict.label == "helps"]
    if helping:
        assert found.baseline not in found.comparison.leading.group
        leader = max(helping, key=lambda c: c.difference)
        name = leader.method.upper()
        assert f"{name} helps" in said
        assert ("by less than the margin" in said) or not leader.verdict.small
