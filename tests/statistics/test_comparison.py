"""`compare` on whole studies."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.statistics import compare, fixed_test, fresh, overlapping, simultaneous
from bridle.statistics.moderated import moderated

rng = np.random.default_rng(4)
SCORES = {
    "none": 0.9 + 0.01 * rng.standard_normal(10),
    "dropout": 0.95 + 0.01 * rng.standard_normal(10),
    "l1": 0.85 + 0.01 * rng.standard_normal(10),
    "l2": 0.9 + 0.03 * rng.standard_normal(10),
}
TABLES = {
    n: (rng.random((8, 300)) < p).astype(np.int8)
    for n, p in {"none": 0.8, "dropout": 0.9, "l1": 0.8}.items()
}


def test_verdicts_of_a_study() -> None:
    found = compare(SCORES)
    assert [c.method for c in found.methods] == ["dropout", "l1", "l2"]
    assert [c.verdict.label for c in found.methods] == ["helps", "hurts", "undecided"]
    assert found.leading.group == ("dropout",)
    assert found["dropout"].wins == 10
    assert found.margin == pytest.approx(0.1 * (1 - SCORES["none"].mean()))
    with pytest.raises(KeyError):
        found["l3"]


def test_each_design_uses_its_standard_error() -> None:
    d = {name: scores - SCORES["none"] for name, scores in SCORES.items() if name != "none"}
    for found, alone in [
        (compare(SCORES), {name: fresh(own) for name, own in d.items()}),
        (
            compare(SCORES, "overlapping", sizes=(90, 30)),
            {name: overlapping(own, 90, 30) for name, own in d.items()},
        ),
    ]:
        expected = moderated(alone)
        for name, between in zip(d, simultaneous(list(expected.values())), strict=True):
            one = found[name]
            assert one.estimate == expected[name]
            assert (one.low, one.high, one.p) == (between.low, between.high, between.p)
    found = compare(design="fixed_test", examples=TABLES)
    own = {
        n: fixed_test(t.astype(float) - TABLES["none"]) for n, t in TABLES.items() if n != "none"
    }
    error = moderated(own)["l1"].standard_error
    assert found["l1"].estimate.standard_error == pytest.approx(error)
    assert found["l1"].score.mean == pytest.approx(TABLES["l1"].mean())


@settings(deadline=None)
@given(st.permutations(list(SCORES)), st.permutations(range(10)))
def test_order_does_not_matter(names: list[str], replicates: list[int]) -> None:
    order = list(replicates)
    found, reference = compare({n: SCORES[n][order] for n in names}), compare(SCORES)
    assert found.leading.group == reference.leading.group
    for one in found.methods:
        expected = reference[one.method]
        assert one.verdict.label == expected.verdict.label
        assert one.verdict.replicates_needed == expected.verdict.replicates_needed
        assert (one.low, one.high, one.p) == pytest.approx(
            (expected.low, expected.high, expected.p), rel=1e-9
        )


@settings(deadline=None)
@given(st.permutations(list(TABLES)))
def test_order_of_methods_does_not_change_a_bit(names: list[str]) -> None:
    found = compare(design="fixed_test", examples={n: TABLES[n] for n in names})
    reference = compare(design="fixed_test", examples=TABLES)
    for one in found.methods:
        assert asdict(one) == asdict(reference[one.method])
    assert found.leading == reference.leading


def test_mirrored_scores_turn_helping_into_hurting() -> None:
    found = compare({n: -s for n, s in SCORES.items()}, margin=0.01)
    assert [c.verdict.label for c in found.methods] == ["hurts", "helps", "undecided"]


def test_losses_give_the_same_verdicts_in_any_unit() -> None:
    for unit in (1.0, 1e3):
        losses = {n: -(1 - s) * unit for n, s in SCORES.items()}
        found, reference = compare(losses, error="loss"), compare(SCORES)
        assert found.margin == pytest.approx(reference.margin * unit)
        for one in found.methods:
            assert one.verdict.label == reference[one.method].verdict.label
            assert one.low == pytest.approx(reference[one.method].low * unit)


def test_diverged_runs_are_left_out_and_counted() -> None:
    scores = {n: s.copy() for n, s in SCORES.items()}
    scores["l2"][3] = np.nan
    scores["l1"][:] = np.nan
    found = compare(scores)
    assert (found["l2"].replicates, found["l2"].missing) == (9, 1)
    assert (found["l1"].replicates, found["l1"].verdict.reason) == (0, "no replicates")
    assert found["dropout"].verdict.label == "helps"
    assert "l1" not in found.leading.group


def test_diverged_runs_on_a_fixed_test_set() -> None:
    scores = {n: t.mean(axis=1) for n, t in TABLES.items()}
    scores["l1"][2] = np.nan
    found = compare(scores, "fixed_test", examples=TABLES)
    assert (found["l1"].replicates, found["l1"].missing) == (7, 1)
    assert found["dropout"].replicates == 8


def test_a_diverged_baseline_leaves_no_verdict() -> None:
    found = compare(SCORES | {"none": np.full(10, np.nan)})
    assert {c.verdict.label for c in found.methods} == {"no verdict"}


def test_one_replicate() -> None:
    found = compare({n: s[:1] for n, s in SCORES.items()})
    assert {c.verdict.label for c in found.methods} == {"no verdict"}
    assert found.leading.group == ()
    one = compare(examples={n: t[:1] for n, t in TABLES.items()})  # any design: the test set's own
    assert one["dropout"].verdict.reason == "one replicate"
    assert one["dropout"].low < one["dropout"].difference < one["dropout"].high


def test_a_method_that_changes_nothing_and_a_perfect_baseline() -> None:
    same = compare({"none": SCORES["none"], "l1": SCORES["none"]})["l1"]
    assert (same.verdict.label, same.verdict.reason) == ("no verdict", "equal")
    assert (same.wins, same.difference) == (0, 0)
    perfect = compare({"none": np.ones(8), "l1": np.ones(8) - 0.01 * rng.random(8)})
    assert perfect.margin == 0
    assert perfect["l1"].verdict.label == "hurts"


def test_only_a_baseline() -> None:
    found = compare({"none": SCORES["none"]})
    assert found.methods == ()
    assert found.leading.group == ("none",)


def test_margins() -> None:
    assert compare(SCORES, margin=0.02).margin == 0.02
    assert compare(SCORES, error=lambda score: 2 - score).margin == pytest.approx(
        0.1 * (2 - SCORES["none"].mean())
    )


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: compare(SCORES, baseline="non"), "Did you mean 'none'"),
        (lambda: compare(SCORES, design="fixed"), "design"),  # type: ignore[arg-type]
        (lambda: compare(SCORES, design="fixed_test", test_size=100), "multiples of 1/100"),
        (lambda: compare(SCORES, test_size=0), "test_size"),
        (lambda: compare(SCORES, "overlapping", sizes=(60, 20), test_size=21), "test_size"),
        (lambda: compare(SCORES, design="overlapping"), "sizes"),
        (lambda: compare({}), "scores"),
        (lambda: compare(SCORES | {"l1": [0.1]}), "same replicates"),
        (lambda: compare(SCORES, margin=-1), "margin"),
        (lambda: compare(SCORES, error="rmse"), "error"),  # type: ignore[arg-type]
        (lambda: compare(SCORES, error="loss"), "absolute"),
        (lambda: compare(SCORES, level=95), "level"),
        (lambda: compare(SCORES, "fixed_test", examples=TABLES), "methods"),
        (
            lambda: compare(
                {n: t.mean(axis=1)[::-1] for n, t in TABLES.items()}, "fixed_test", examples=TABLES
            ),
            "same order",
        ),
        (
            lambda: compare(
                design="fixed_test", examples=TABLES | {"l1": np.ones((8, 299), np.int8)}
            ),
            "shapes",
        ),
    ],
)
def test_errors_name_the_argument(call: Callable[[], object], word: str) -> None:
    with pytest.raises(UserError, match=word):
        call()
