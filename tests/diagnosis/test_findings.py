"""Findings from given numbers, and these numbers against independent computations."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_moons

import bridle
from bridle.data import from_arrays, load
from bridle.diagnosis import columns, quantities
from bridle.diagnosis.examples import duplicates, reference
from bridle.diagnosis.findings import findings, memory_sentence, signal_sentence
from bridle.diagnosis.measured import CurvePoint, Measured
from bridle.diagnosis.quantities import UNKNOWN, Quantity
from bridle.diagnosis.wording import Wording
from bridle.statistics import Signal
from bridle.tasks import Classification

CLASSES = Classification.of(3)
WORDS = Wording(CLASSES, "moons")

ZERO = Quantity(0.0, -0.01, 0.01)
MORE = Quantity(0.05, 0.02, 0.08)
LESS = Quantity(-0.05, -0.08, -0.02)
FOUND = Signal(True, 0.9, 0.5, 0.01, 0.92, 99, True)
NOTHING = Signal(False, 0.1, 0.11, 0.6, 0.112, 19, False)

TOLD: dict[str, Any] = {
    "telling": ("outcome",),
    "telling_score": 1.0,
    "telling_lead": Quantity(0.25, 0.2, 0.3),
}

HEALTHY = Measured(
    signal=FOUND,
    retrained=True,
    permuted=(0.48, 0.5, 0.52),
    chance=0.5,
    diverged=0,
    runs=30,
    lost=0,
    train=Quantity(0.92, 0.9, 0.94),
    test=Quantity(0.9, 0.88, 0.92),
    score=0.9,
    guessed=0.5,
    gap=ZERO,
    memorized=0.65,
    rise=ZERO,
    learned=MORE,
    unfinished=LESS,
    epochs=60,
    improving=LESS,
    improved=ZERO,
    curve=tuple(
        CurvePoint(n, (s,), Quantity(s, s, s)) for n, s in ((25, 0.7), (50, 0.8), (100, 0.85))
    ),
    last_step=ZERO,
    reference="logistic regression",
    reference_score=0.88,
    reference_signal=True,
    reference_lead=LESS,
    reference_gain=LESS,
    contradicted=ZERO,
    duplicates=0.0,
    near=0.0,
    conflicting=0.0,
    inflation=Quantity(0.0, 0.0, 0.0),
    telling=(),
    encoded=False,
    telling_score=float("nan"),
    telling_lead=UNKNOWN,
)


def kinds(**changes: Any) -> list[str]:
    return [f.kind for f in findings(dataclasses.replace(HEALTHY, **changes), CLASSES, "moons")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"signal": NOTHING}, ["no signal found"]),
        # with nothing to learn, all else is only how it was missed
        ({"signal": NOTHING, "gap": MORE, "rise": MORE, "last_step": MORE}, ["no signal found"]),
        ({"signal": None, "lost": 10, "diverged": 30}, ["optimization failing"]),
        ({"learned": ZERO}, ["optimization failing"]),
        ({"learned": ZERO, "reference_signal": False}, []),
        # few replicates cannot exclude guessing, which is no sign of it
        ({"learned": Quantity(0.35, -0.1, 0.8)}, []),
        ({"unfinished": MORE}, []),
        ({"unfinished": MORE, "reference_lead": MORE}, ["training cut short"]),
        ({"improving": MORE}, []),  # a loss that falls where accuracy has long been reached
        ({"improved": MORE}, []),
        ({"improving": MORE, "improved": MORE}, ["training cut short"]),
        ({"improving": MORE, "improved": MORE, "learned": ZERO}, ["optimization failing"]),
        ({"reference_gain": MORE}, ["simple classifier ahead"]),
        ({"reference_gain": Quantity(0.005, 0.002, 0.008)}, []),  # a twentieth of the error
        ({"reference_gain": MORE, "reference_lead": MORE}, ["underfitting"]),
        ({"reference_gain": MORE, "signal": NOTHING}, ["no signal found"]),
        ({"reference_lead": MORE}, ["underfitting"]),
        ({"gap": MORE}, []),
        ({"gap": MORE, "rise": MORE}, ["overfitting"]),
        ({"gap": Quantity(0.18, 0.12, 0.24)}, ["overfitting"]),
        ({"last_step": MORE}, ["too little data"]),
        ({"last_step": Quantity(0.005, 0.002, 0.008)}, []),  # a twentieth of the error
        ({"contradicted": Quantity(0.08, 0.045, 0.12)}, []),
        ({"contradicted": Quantity(0.3, 0.2, 0.4)}, ["label noise"]),
        ({"duplicates": 0.01}, []),
        ({"duplicates": 0.03}, ["leakage by duplicate rows"]),
        ({"duplicates": 0.01, "inflation": MORE}, ["leakage by duplicate rows"]),
        ({"duplicates": 0.03, "near": 0.03}, ["leakage by duplicate rows"]),
        (TOLD, ["label among the columns"]),
        ({**TOLD, "telling_lead": MORE}, []),  # the others are not far behind
        ({**TOLD, "telling_lead": ZERO, "encoded": True}, ["label among the columns"]),
        ({**TOLD, "telling_score": 0.9, "encoded": True}, []),
        # what changes accuracy most comes first
        (
            {"last_step": MORE, "gap": Quantity(0.06, 0.01, 0.1), "rise": MORE, "duplicates": 0.5},
            ["overfitting", "too little data", "leakage by duplicate rows"],
        ),
        (
            {"last_step": Quantity(0.07, 0.04, 0.1), "inflation": Quantity(0.003, 0.001, 0.005)},
            ["too little data", "leakage by duplicate rows"],
        ),
        (
            {"last_step": Quantity(0.07, 0.04, 0.1), "inflation": Quantity(0.3, 0.1, 0.5)},
            ["leakage by duplicate rows", "too little data"],
        ),
        # nobody knows what new rows would give where all are copies
        (
            {"duplicates": 1.0, "inflation": UNKNOWN, "last_step": MORE},
            ["leakage by duplicate rows", "too little data"],
        ),
    ],
)
def test_each_rule(changes: dict[str, Any], expected: list[str]) -> None:
    assert kinds(**changes) == expected


QUANTITIES = [f.name for f in dataclasses.fields(Measured) if f.type == "Quantity"]


@given(
    st.dictionaries(
        st.sampled_from(QUANTITIES),
        st.tuples(st.floats(-1, 1), st.floats(0, 1)).map(
            lambda pair: Quantity(pair[0], pair[0] - pair[1], pair[0] + pair[1])
        ),
    ),
    st.sampled_from([FOUND, NOTHING]),
)
def test_nothing_is_found_in_intervals_that_hold_zero(
    changes: dict[str, Any], signal: Signal
) -> None:
    changed = dataclasses.replace(HEALTHY, **changes, signal=signal)
    found = findings(changed, CLASSES, "moons(n=60)")
    for finding in found:
        if finding.kind == "overfitting":
            assert changed.gap.low > 0
            assert changed.rise.low > 0 or changed.gap.low > 0.05
            assert ("rises again" in finding.evidence) == (changed.rise.low > 0)
        if finding.kind == "training cut short":
            assert changed.improving.low > 0 or changed.unfinished.low > 0
        if finding.kind == "simple classifier ahead":
            assert changed.reference_gain.low > 0
        if finding.kind == "too little data":
            assert changed.last_step.low > 0
        if finding.kind == "underfitting":
            assert changed.reference_lead.low > 0
        assert finding.evidence.endswith(".")
        assert finding.advice.endswith(".")
        assert "(" not in finding.command or "'moons(n=60)'" in finding.command
    costs = [f.cost for f in found if f.kind not in ("no signal found", "optimization failing")]
    known = [cost for cost in costs if cost is not None]
    assert known == sorted(known, reverse=True)
    assert ("no signal found" in [f.kind for f in found]) is not signal.found


def test_words() -> None:
    changed = dataclasses.replace(HEALTHY, last_step=MORE)
    (finding,) = findings(changed, CLASSES, "moons")
    # errors 0.3, 0.2, 0.15: each step brings half of the last one
    assert "twice as many bring about 2.5 points" in finding.advice
    assert finding.command == "bridle compare moons"
    assert "there is signal: 90.0 %" in signal_sentence(HEALTHY, WORDS).lower()
    assert "99" not in signal_sentence(HEALTHY, WORDS).replace("99 trainings", "")
    without = signal_sentence(dataclasses.replace(HEALTHY, signal=NOTHING), WORDS)
    assert without.startswith("No signal found: 10.0 % test accuracy")
    assert "an accuracy above 11.2 % is excluded (95 %)" in without
    assert "--permutations 99" in without
    unbounded = dataclasses.replace(
        HEALTHY, signal=dataclasses.replace(NOTHING, excluded_above=1.0)
    )
    assert "excluded" not in signal_sentence(unbounded, WORDS)
    assert "excluded" not in findings(unbounded, CLASSES, "moons")[0].evidence
    assert "65.0 % of its training examples" in memory_sentence(HEALTHY, WORDS)


def test_words_of_what_flatters_and_what_is_cut_short() -> None:
    (told,) = findings(dataclasses.replace(HEALTHY, **TOLD), CLASSES, "moons")
    assert (
        "Column 'outcome' alone gives 100.0 % on test examples, all others together 75.0 %"
        in told.evidence
    )
    assert "Is it the target under another name" in told.advice
    assert told.short(WORDS) == "label among the columns (25.0 points)"
    several = dataclasses.replace(HEALTHY, **TOLD | {"telling": tuple("abcde")})
    assert "'a', 'b', 'c' and 2 more alone give" in findings(several, CLASSES, "")[0].evidence
    short = dataclasses.replace(HEALTHY, improving=MORE, improved=MORE, epochs=2)
    (finding,) = findings(short, CLASSES, "moons")
    assert "still improving after 2 epochs: in the last epoch" in finding.evidence
    assert finding.command == "bridle diagnose moons --epochs 20"
    near = dataclasses.replace(HEALTHY, duplicates=0.3, near=0.1)
    assert "10.0 % not number for number" in findings(near, CLASSES, "")[0].evidence
    exact = dataclasses.replace(HEALTHY, duplicates=0.3)
    assert "training rows too, number for number." in findings(exact, CLASSES, "")[0].evidence


def test_reference_finds_signal_where_the_network_does_not() -> None:
    (finding,) = findings(dataclasses.replace(HEALTHY, signal=NOTHING), CLASSES, "moons")
    assert "the training of the network is at fault" in finding.advice
    changed = dataclasses.replace(HEALTHY, signal=NOTHING, reference_signal=False)
    assert "how features and labels were joined" in findings(changed, CLASSES, "moons")[0].advice


def test_duplicates() -> None:
    X = np.array([[0, 1], [0, 1], [2, 3], [2, 3], [4, 5], [6, 7]] * 5, np.float32)
    y = np.array([0, 0, 0, 1, 1, 1] * 5)
    split = from_arrays(X, y).replicate(0, 0)
    found = duplicates(CLASSES, split)
    there = {(tuple(split.inputs[row]), split.targets[row]) for row in split.train}
    rows = {row for row, _ in there}
    for place, row in enumerate(split.test):
        values = tuple(split.inputs[row])
        assert found.same[place] == ((values, split.targets[row]) in there)
        assert found.other[place] == (values in rows and not found.same[place])


RANDOM = np.random.default_rng(2)


@pytest.mark.parametrize("features", [1, 2, 30])
def test_copies_with_a_jitter_are_found(features: int) -> None:
    X = RANDOM.normal(size=(300, features))
    copies = X + 1e-5 * RANDOM.normal(size=X.shape)
    y = RANDOM.permutation(300) % 2
    split = from_arrays(np.vstack([X, copies]), np.tile(y, 2)).replicate(0, 0)
    found = duplicates(CLASSES, split)
    there = np.isin(split.test % 300, split.train % 300)
    # along one line others are hardly further away, and some as close by chance
    assert (found.near != there).mean() < (0.15 if features == 1 else 0.001)
    labels = split.targets[split.test]
    assert not (found.other & there & (labels == y[split.test % 300])).any()
    alone = duplicates(CLASSES, from_arrays(X, y).replicate(0, 0))
    assert alone.near.mean() < 0.03
    flipped = np.concatenate([y, 1 - y])
    contradicted = duplicates(CLASSES, from_arrays(np.vstack([X, copies]), flipped).replicate(0, 0))
    assert contradicted.other.mean() > 0.4


@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-6])
def test_rows_that_are_no_copies(scale: float) -> None:
    grid = np.stack(np.meshgrid(*[np.arange(6.0)] * 3), -1).reshape(-1, 3) * scale
    skewed = np.exp(3 * RANDOM.normal(size=(500, 3))) * scale
    counts = RANDOM.poisson(1, (500, 12)) * scale
    for X in (grid, skewed, counts):
        split = from_arrays(X, np.arange(len(X)) % 2).replicate(0, 0)
        assert not duplicates(CLASSES, split).near.any()


def test_large_sets_are_looked_at_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    from bridle.diagnosis import examples

    X = RANDOM.normal(size=(300, 4))
    data = from_arrays(np.vstack([X, X + 1e-6]), np.arange(600) % 2)
    monkeypatch.setattr(examples, "PRODUCTS", 360 * 4 * 30)
    found = duplicates(CLASSES, data.replicate(0, 0))
    assert 10 < found.near.sum() <= 30


def told(X: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[list[int], bool]:
    """Return the telling columns, and whether they encode the label."""
    found = columns.telling(CLASSES, from_arrays(X, y).replicate(0, 0))
    return list(found.columns), found.encoded


def test_columns_that_tell_the_label() -> None:
    X, y = RANDOM.normal(size=(400, 4)), RANDOM.integers(0, 3, 400)
    assert told(X, y) == ([], False)
    assert told(np.column_stack([X, y]), y) == ([4], True)
    codes = np.array([7.0, -2.0, 30.0])[y]
    assert told(np.column_stack([codes, X]), y) == ([0], True)
    assert told(np.column_stack([X, np.eye(3)[y]]), y) == ([4, 5, 6], True)
    assert told(np.column_stack([X, y + 0.01 * X[:, 0]]), y) == ([4], False)
    rows = np.argsort(np.argsort(y, kind="stable"))  # a table that was sorted by the label
    assert told(np.column_stack([X, rows]), y) == ([4], False)
    wards = 3 * RANDOM.integers(0, 10, 400) + y  # thirty wards, each for one illness
    assert told(np.column_stack([X, wards]), y) == ([4], False)
    # half of the label is not the label
    assert told(np.column_stack([X, y == 2]), y) == ([4], True)


@pytest.mark.parametrize("name", ["moons", "digits", "wine", "breast_cancer", "circles", "spirals"])
def test_healthy_sets_have_no_such_columns(name: str) -> None:
    assert columns.telling(CLASSES, load(name).replicate(0, 0)).columns == ()
    assert not duplicates(CLASSES, load(name).replicate(0, 0)).near.any()


def test_trainings_that_still_improve() -> None:
    split = load("moons").replicate(0, 0)
    falling = np.exp(-np.arange(1, 61) / 30)
    flat = np.maximum(falling, falling[20])

    def trained(losses: npt.NDArray[Any], scores: npt.NDArray[Any]) -> Any:
        history = np.zeros((len(losses), 7))
        history[:, 2], history[:, 3] = losses, scores
        return SimpleNamespace(history=history)

    assert quantities.improving([trained(falling, 1 - falling)])[0] > 0
    assert quantities.improving([trained(flat, 1 - flat)])[0] == pytest.approx(-0.1 * falling[20])
    rise = quantities.improved(CLASSES, [trained(falling, 1 - falling)], [split])[0]
    assert rise == pytest.approx(falling[47] - falling[59])
    two = [trained(np.array([0.5, 0.3]), np.array([0.8, 0.9]))]
    assert quantities.improving(two)[0] == pytest.approx(0.17)
    assert quantities.improved(CLASSES, two, [split])[0] == pytest.approx(0.1)
    once = [trained(np.array([0.5]), np.array([0.8]))]
    assert quantities.improved(CLASSES, once, [split])[0] == 0


def test_reference_is_the_better_of_two() -> None:
    X, y = make_moons(400, noise=0.1, random_state=0)
    split = from_arrays(X, y).replicate(0, 0)
    found = reference(CLASSES, split)
    assert found.name == "5 nearest neighbours"  # the moons are not linear
    assert (found.predicted == split.targets[split.test]).mean() > 0.95
    line = from_arrays(X, (X @ [1.0, 2.0] > 0).astype(int)).replicate(0, 0)
    assert reference(CLASSES, line).name == "logistic regression"


def test_rise_is_not_made_by_choosing_the_lowest_epoch() -> None:
    random = np.random.default_rng(0)
    flat = [quantities.rises(random.normal(size=(10, 60))).mean() for _ in range(300)]
    assert abs(np.mean(flat)) < 4 * np.std(flat) / np.sqrt(300)
    naive = random.normal(size=(300, 60))
    assert (naive[:, -1] - naive.min(axis=1)).mean() > 2
    valley = np.abs(np.arange(60) - 20) + random.normal(scale=0.1, size=(10, 60))
    np.testing.assert_allclose(quantities.rises(valley), 39, atol=1)


def test_estimates_follow_the_design() -> None:
    sizes = load("wine").sizes
    random = np.random.default_rng(1)
    right = random.random((6, 50)) < 0.8
    for design in ("fresh", "overlapping", "fixed_test"):
        at = quantities.Estimates(design, sizes)
        mean = at.test(right, alone=True)
        assert mean.value == pytest.approx(right.mean())
        together = at.test(right)
        assert together.low < mean.low < mean.value < mean.high < together.high
    means = right.mean(axis=1)
    plain = quantities.Estimates("fresh", sizes).test(right, alone=True)
    reach = 2.570581835636314 * means.std(ddof=1) / np.sqrt(6)  # t with 5 degrees of freedom
    assert plain.high - plain.value == pytest.approx(reach)


def test_contradicted_labels_are_counted_where_both_are_sure() -> None:
    # 8 rows, of which a quarter, two, are surest: rows 0 and 1, but the reference differs on row 1
    logits = np.array([[9, 0], [8, 0], [7, 0], [0, 6], [1, 0], [0, 1], [0, 1], [1, 0]], float)
    predicted = logits.argmax(axis=1)
    others = predicted.copy()
    others[1] = 1 - others[1]
    truth = predicted.copy()
    truth[[0, 1, 4]] = 1 - truth[[0, 1, 4]]
    one: Any = SimpleNamespace(predictions=logits)
    at = quantities.Estimates("fixed_test", load("wine").sizes)
    found = quantities.contradicted(CLASSES, [one], truth[None], others[None], at)
    assert found.value == pytest.approx(0.5)  # of rows 0 and 2, the first


def test_asked_for_wrongly(tmp_path: Path) -> None:
    for wrong, message in (
        ({"permutations": 5}, "permutations must be .*19"),
        ({"replicates": 1}, "replicates must be"),
        ({"method": "l2"}, "Unknown argument 'method'"),
    ):
        with pytest.raises(bridle.UserError, match=message):
            bridle.diagnose("moons", out=tmp_path / "new", **wrong)
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(bridle.UserError, match="is not a diagnosis"):
        bridle.diagnose("moons", out=tmp_path)
    assert not (tmp_path / "new").exists()
