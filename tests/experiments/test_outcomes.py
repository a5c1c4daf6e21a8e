"""Verdicts on statements follow from the intervals of their cases, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridle.experiments.effects import MEASURES
from bridle.experiments.outcome import (
    ABSENT,
    DEPENDS,
    FAILS,
    HOLDS,
    UNDECIDED,
    CaseResult,
    Outcome,
    StatementResult,
    bounds,
    decide,
    together,
)
from bridle.experiments.paired import CaseEffect
from bridle.methods.composition import Composition
from bridle.origins import Case, Experiment, Extent, Statement, experiments
from bridle.report import experiment_words as words
from bridle.report.experiment_page import effect_in_words, telling
from bridle.statistics import fresh, interval


@pytest.mark.parametrize(
    ("low", "high", "least", "verdict"),
    [
        (0.1, 0.3, 0.0, HOLDS),
        (0.1, 0.3, 0.1, UNDECIDED),
        (-0.1, 0.3, 0.0, UNDECIDED),
        (-0.3, -0.1, 0.0, FAILS),
        (0.1, 0.3, 0.5, FAILS),
        (-0.3, -0.1, -0.5, HOLDS),
        (0.0, 0.0, 0.0, FAILS),
        (np.nan, np.nan, 0.0, UNDECIDED),
    ],
)
def test_an_effect_must_exceed_what_is_stated(
    low: float, high: float, least: float, verdict: str
) -> None:
    assert decide(low, high, least) == verdict


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        ([HOLDS, HOLDS], HOLDS),
        ([FAILS, FAILS], FAILS),
        ([HOLDS, FAILS, UNDECIDED], DEPENDS),
        ([HOLDS, UNDECIDED], UNDECIDED),
        ([FAILS, UNDECIDED], UNDECIDED),
        ([ABSENT], ABSENT),
        ([], ABSENT),
    ],
)
def test_a_statement_holds_if_it_holds_in_every_case(cases: list[str], verdict: str) -> None:
    assert together(cases) == verdict


def test_intervals_hold_together_over_statements() -> None:
    estimate = fresh(np.array([0.2, 0.3, 0.25, 0.4]))
    found = interval(estimate, 0.95, 7)
    assert bounds(estimate, 7) == (found.low, found.high)


def test_where_all_replicates_agree_both_ends_are_equal() -> None:
    assert bounds(fresh(np.full(5, 0.25)), 3) == (0.25, 0.25)
    assert np.isnan(bounds(fresh(np.array([0.25])), 3)).all()


def test_a_true_statement_is_seldom_said_not_to_hold() -> None:
    """One case of each of ten statements whose effects are exactly `least`: some verdict is wrong in 5 % of studies."""
    random = np.random.default_rng(0)
    wrong = [
        any(decide(*bounds(fresh(random.normal(size=6)), 10), 0.0) != UNDECIDED for _ in range(10))
        for _ in range(600)
    ]
    assert np.mean(wrong) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 600)


def case(name: str, value: float, half: float, verdict: str, least: float = 0.0) -> CaseResult:
    estimate = fresh(np.array([value - half, value + half]))
    effect = CaseEffect(estimate, np.array([0.9, 0.8]), np.array([0.7, 0.6]))
    own = Case(name, ("a",), "l1", least=least)
    return CaseResult(own, effect, value - half, value + half, verdict)


def outcome(*cases: CaseResult, measure: str = "accuracy") -> Outcome:
    statement = Statement("one", "One thing.", measure, (), source="a source")
    result = StatementResult(statement, cases, (), together([c.verdict for c in cases]))
    work = Experiment("w", "A work", "Why?", (), (), (statement,), (), {"laptop": Extent({})})
    return Outcome(work, "laptop", (result,), (), 1)


def test_words_of_a_case_have_units_and_signs() -> None:
    line = words.case_line(case("a", 0.0123, 0.002, HOLDS), "accuracy")
    assert (line.effect, line.interval, line.remark) == ("+1.2 points", "[+1.0, +1.4]", "")
    line = words.case_line(case("a", -0.5, 0.02, FAILS, 0.25), "zeros")
    assert (line.effect, line.remark) == ("−50.0 %", "must exceed 25.0 %")
    line = words.case_line(case("a", 0.0123, 0.002, HOLDS), "correlation")
    assert line.effect == "+0.012"
    idle = case("a", 0.0, 0.0, UNDECIDED, 0.25)
    same = replace(idle.effect, against=idle.effect.method)
    line = words.case_line(replace(idle, effect=same), "accuracy")
    assert line.remark == "must exceed 25.0 points; equal in every replicate"


def test_words_count_verdicts_and_name_conditions() -> None:
    found = outcome(case("here", 1, 0.5, HOLDS), case("there", -1, 0.5, FAILS))
    result = found.statements[0]
    assert words.summary(found) == "It depends on conditions."
    assert words.depends_on(result) == "Holds: here; does not hold: there."
    assert effect_in_words(result).endswith("here")
    several = replace(found, statements=(result, result))
    assert words.summary(several) == "All two statements depend on conditions."
    assert words.agreement(found) == ""
    absent = replace(found, statements=(replace(result, verdict=ABSENT),) * 3)
    assert words.summary(absent) == "None of the three statements can be tested at this scale."


def test_a_telling_case_speaks_for_the_verdict() -> None:
    clear, unclear = case("clear", -2, 0.1, FAILS), case("unclear", -1, 0.9, FAILS)
    found = telling(outcome(unclear, clear).statements[0])
    assert found is not None
    assert found.case.name == "clear"


@pytest.mark.parametrize("work", experiments().values(), ids=lambda work: work.name)
def test_every_experiment_is_whole(work: Experiment) -> None:
    assert {"smoke", "laptop", "paper"} == set(work.scales)
    assert work.question.endswith("?")
    names = [statement.name for statement in work.statements]
    assert len(set(names)) == len(names)
    every = work.scales["paper"].trials
    for statement in work.statements:
        assert statement.measure in MEASURES
        assert statement.source
        assert statement.cases
        for own in statement.cases:
            assert set(own.trials) <= set(every)
            for name in own.trials:
                methods = every[name].options["methods"]
                assert all(Composition.parse(label).label == label for label in methods)
                assert own.method in methods
                assert not own.against or own.against in methods
    for figure in work.printed:
        assert not figure.method or figure.method in every[figure.trial].options["methods"]
    assert not work.scales["smoke"].judged
