"""Numbers as people read them, colours, settings, commands."""

from __future__ import annotations

import pytest

from bridle import numbers
from bridle.report import palette
from bridle.report.published import ClaimLine, summary
from bridle.study.command import command_of
from bridle.verdict.measure import measure_of
from tests.report.conftest import Make


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.94, "+1.9"), (-0.4, "−0.4"), (0.04, "0.0"), (-0.04, "0.0"), (float("nan"), "–")],
)
def test_signed(value: float, text: str) -> None:
    assert numbers.signed(value) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0, "0 %"),
        (0.004, "<1 %"),
        (0.5, "50 %"),
        (0.999, ">99 %"),
        (1, "100 %"),
        (float("nan"), "–"),
    ],
)
def test_percent_never_hides_a_remainder(fraction: float, text: str) -> None:
    assert numbers.percent(fraction) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-5, "1e-5"),
        (0.0003, "3e-4"),
        (0.001, "0.001"),
        (0.3, "0.3"),
        (13, "13"),
        ([0.2, 0.5], "[0.2,0.5]"),
        (True, "true"),
        (123456.0, "1.23e5"),
        ("proximal", "proximal"),
    ],
)
def test_hyperparameters_as_typed(value: object, text: str) -> None:
    assert numbers.number(value) == text


def test_interval_near_zero_gets_the_decimals_it_needs() -> None:
    written = measure_of("accuracy")
    assert written.interval(0.019, 0.007, 0.031) == ("+1.9", "+0.7", "+3.1")
    assert written.interval(0.003, 0.0002, 0.006) == ("+0.30", "+0.02", "+0.60")
    assert written.interval(0.0, -0.0002, 0.0002) == ("0.0", "0.0", "0.0")
    assert written.bound(0.00801) == "0.9 points"
    assert written.bound(0.000123) == "0.02 points"
    assert written.change(0.0004) == "+0.04"
    assert written.change(float("nan")) == "–"
    assert written.score(0.914) == "91.4 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.2, "4.2 s"), (41.2, "41 s"), (200, "3 min 20 s"), (120, "2 min"), (7500, "2 h 05 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_an_estimated_duration_has_no_tenths() -> None:
    assert numbers.duration(4.2, tenths=False) == "4 s"
    assert numbers.duration(200, tenths=False) == "3 min 20 s"


def test_none_is_grey_and_colours_belong_to_names() -> None:
    assert palette.color("none") == palette.GREY
    known = [
        palette.color(m) for m in ("none", "l1", "l2", "dropout", "batch_norm", "weight_decay")
    ]
    assert len(set(known)) == len(known)
    assert palette.look("dropout+l2") == palette.look("dropout+l2")
    assert palette.color("l1(update=subgradient)") != palette.color("l1")


def test_command_gives_the_study_again(make: Make) -> None:
    text = command_of(make({"none": [0.9], "l1": [0.9], "dropout": [0.9]}).plan)
    assert text.startswith(
        "bridle compare 'moons(n=100,noise=0.3,validation=0.2)' --methods none,l1,dropout "
    )
    assert "--grid l1.strength=1e-5,1e-4,0.001" in text
    assert "--grid none.learning_rate=0.001,0.01,0.1" in text
    assert text.endswith("--learning-rate 0.01 --schedule constant --seed 0")


def test_claims_are_counted() -> None:
    holds, open_ = ClaimLine("a", "", "holds"), ClaimLine("b", "", "undecided")
    assert (
        summary([holds, open_, open_])
        == "Of three published rankings one holds and two are undecided."
    )
    assert summary([open_, open_]) == "All two published rankings are undecided."
    assert summary([open_]) == "The one published ranking is undecided."
    assert summary([]) == ""


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("accuracy", "−100.0", "+100.0"),
        ("robustness", "−100.0", "+100.0"),
        ("auroc", "−1.000", "+1.000"),
        ("brier", "−1.250", "+2.000"),
        ("log-loss", "−1.250", "+3.500"),
    ],
)
def test_intervals_end_where_scores_do(name: str, low: str, high: str) -> None:
    assert measure_of(name).interval(0.0, -1.25, 3.5)[1:] == (low, high)


def test_intervals_of_accuracies_stay_between_none_and_all() -> None:
    assert numbers.percents(0.881, 0.91) == "88.1 to 91.0 %"
    assert numbers.percents(-0.02, 1.012) == "0.0 to 100.0 %"
    assert numbers.percents(0.98765, 0.99991, 2) == "98.77 to 99.99 %"
