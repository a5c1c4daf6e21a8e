"""What is reduced where time is short: a pure function, tested for all amounts."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.cli.options import read_duration
from bridle.data import load
from bridle.methods.catalogue import METHODS
from bridle.numbers import short_form
from bridle.study.plan import BASELINE, Plan
from bridle.study.reductions import (
    LEAST_CONFIGURATIONS,
    LEAST_METHODS,
    LEAST_REPLICATES,
    PREFERRED_REPLICATES,
    Amounts,
    amounts,
    least,
    reduced,
    sketch,
    steps,
    with_amounts,
)
from bridle.study.request import Request, first_methods, make_plan, usual_methods
from bridle.study.shorten import rounded

NAMES = ("configurations", "replicates", "epochs", "methods")
MNIST = load("mnist")
MOONS = load("moons")
PLAN = make_plan(MNIST, Request())
ASKED, STEPS = amounts(PLAN), steps(PLAN, Request(), MNIST)


def work(found: Amounts) -> int:
    return found.configurations * found.replicates * found.epochs * (found.methods + 1)


def path(now: Amounts, wanted: list[tuple[str, int]]) -> list[Amounts]:
    """Return every reduction in the declared order, one at a time, the largest first."""
    every = [now]
    for name, lowest in wanted:
        for value in range(getattr(now, name) - 1, lowest - 1, -1):
            now = replace(now, **{name: value})
            every.append(now)
    return every


@given(st.integers(0, 2 * work(ASKED)))
def test_the_first_reduction_of_the_declared_order_that_fits(limit: int) -> None:
    every = path(ASKED, STEPS)
    expected = next((found for found in every if work(found) <= limit), every[-1])
    assert reduced(ASKED, STEPS, lambda found: work(found) <= limit) == expected


def test_the_declared_order() -> None:
    names = [name for name, _ in STEPS]
    assert names == ["configurations", "replicates", "epochs", "replicates", "methods"]
    assert least(PLAN, MNIST, Request()) == Amounts(
        LEAST_CONFIGURATIONS, LEAST_REPLICATES["fixed_test"], 4, LEAST_METHODS
    )
    assert max(LEAST_REPLICATES.values()) < PREFERRED_REPLICATES


EXPLICIT: dict[str, Any] = {
    "configurations": 6,
    "replicates": 9,
    "epochs": 50,
    "methods": "l1,l2,dropout,batch_norm,augmentation",
}


@pytest.mark.parametrize(
    "names",
    [names for count in range(5) for names in itertools.combinations(EXPLICIT, count)],
    ids="+".join,
)
def test_what_was_asked_for_explicitly_is_kept(names: tuple[str, ...]) -> None:
    request = Request(**{name: EXPLICIT[name] for name in names})
    plan = make_plan(MOONS, request)
    before, after = amounts(plan), least(plan, MOONS, request)
    for name in NAMES:
        kept = getattr(after, name) == getattr(before, name)
        assert kept == (name in names), name


def test_a_grid_given_is_tried_as_a_whole() -> None:
    request = Request(methods="l1", grid={"l1": {"strength": [1e-5, 1e-4, 1e-3, 1e-2]}})
    plan = make_plan(MOONS, request)
    assert least(plan, MOONS, request).configurations == amounts(plan).configurations


def test_a_shortened_plan_is_that_of_the_request_anybody_could_type() -> None:
    request = Request(seed=3, margin="1pt")
    plan = make_plan(MNIST, request)
    short = with_amounts(plan, request, MNIST, Amounts(3, 4, 5, 4))
    typed = Request(
        methods="none,l1,weight_decay,dropout,early_stopping",
        configurations=3,
        replicates=4,
        epochs=5,
        seed=3,
        margin="1pt",
    )
    assert short == make_plan(MNIST, typed)
    assert short.hash != plan.hash


def test_a_quick_comparison_stays_one() -> None:
    request = Request(quick=True)
    plan = make_plan(MOONS, request)
    assert [name for name, _ in steps(plan, request, MOONS)] == ["methods"]
    smallest = least(plan, MOONS, request)
    assert smallest == replace(amounts(plan), methods=LEAST_METHODS)
    assert amounts(with_amounts(plan, request, MOONS, smallest)) == smallest


@given(
    st.builds(
        Amounts,
        st.integers(4, 9),
        st.integers(1, 6),
        st.integers(1, 8),
        st.integers(LEAST_METHODS, 8),
    )
)
@settings(max_examples=10, deadline=None)
def test_a_sketch_has_as_many_runs_of_the_same_programs(wanted: Amounts) -> None:
    rough, whole = sketch(PLAN, wanted), with_amounts(PLAN, Request(), MNIST, wanted)

    def runs(plan: Plan) -> Counter[Any]:
        return Counter((run.method, run.program, run.spec.epochs) for run in plan.runs)

    assert runs(rough) == runs(whole)
    assert amounts(rough) == amounts(whole) == wanted


def test_every_usual_method_has_a_place_among_the_first() -> None:
    assert usual_methods() == (
        "none,l1,l2,weight_decay,elastic_net,dropout,batch_norm,early_stopping,augmentation"
    )
    assert first_methods()[:3] == ("weight_decay", "dropout", "early_stopping")
    assert sorted((BASELINE, *first_methods())) == sorted(usual_methods().split(","))
    places = [m.usual for m in METHODS.built_in.values() if m.usual is not None]
    assert len({usual.place for usual in places}) == len({u.rank for u in places}) == len(places)


@given(st.integers(1, 10**6))
def test_durations_that_are_advised_can_be_typed(seconds: int) -> None:
    assert read_duration(short_form(seconds)) == seconds
    assert seconds <= rounded(seconds) < max(2 * seconds, seconds + 10.5)
