"""Every method that Bridle finds keeps the promises of `bridle.testing`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from bridle.methods.base import Method, Order
from bridle.methods.catalogue import methods
from bridle.testing import (
    BOUNDED,
    PROBLEMS,
    RESIDUAL,
    check_card,
    check_company,
    check_evaluation,
    check_hyperparameters,
    check_padding,
    check_training,
    every_pair,
    hooks,
    problems_of,
    sample,
)
from bridle.testing.company import Pair
from bridle.testing.trainer import Problem, fits, meet

EVERY = list(methods().values())

each_method = pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
PLACES = {
    "vectors": PROBLEMS[0],
    "convolved": PROBLEMS[1],
    "residual": RESIDUAL,
    "bounded": BOUNDED,
}
WHERE = [
    pytest.param(
        method,
        problem,
        id=f"{method.name}-{place}",
        marks=() if problem is problems_of(method)[0] else pytest.mark.slow,
    )
    for method in EVERY
    for place, problem in PLACES.items()
    if problem in problems_of(method)
]
PAIRS = every_pair(EVERY)
GROUP = 8
"""So many methods share a program in which each is checked while the others rest; larger ones compile too long."""
COMPANY = 5
"""So many methods share a program in which pairs of them are checked while the others rest."""


def beside(method: Method, problem: Problem) -> list[Method]:
    """The methods at rest in the program in which one is checked.

    They are those that are checked there as a rule, or those that are checked there beside their usual problem.
    """
    first = problem is problems_of(method)[0]
    single = [
        other
        for other in EVERY
        if other.strength() is not None
        and fits(problem, other)
        and (problem is problems_of(other)[0]) == first
        and not Order.ASCENT <= other.order < Order.TARGETS  # whose passes multiply
        and not other.shared
    ]
    if method not in single:
        return []
    start = single.index(method) // GROUP * GROUP
    return single[start : start + GROUP]


@each_method
def test_says_what_it_is(method: Method) -> None:
    check_card(method)
    check_hyperparameters(method)


@pytest.mark.parametrize(("method", "problem"), WHERE)
def test_trains_as_promised(method: Method, problem: Problem) -> None:
    for check in (check_training, check_padding, check_evaluation):
        check(method, problem, beside(method, problem))


def test_the_sample_of_pairs_misses_nothing() -> None:
    def meetings(pairs: Iterable[Pair]) -> tuple[set[str], set[frozenset[str]]]:
        names = {method.name for pair in pairs for method in pair}
        return names, {
            frozenset(two)
            for one, other in pairs
            for two in itertools.product(hooks(one), hooks(other))
        }

    chosen = sample(PAIRS)
    assert meetings(chosen) == meetings(PAIRS)
    assert chosen == sample(PAIRS)  # always the same
    assert len(chosen) < len(PAIRS) / 2


def passes(used: Iterable[Method]) -> int:
    """The number of methods whose passes through the network multiply."""
    return sum(Order.ASCENT <= method.order < Order.TARGETS for method in used)


def gathered(pairs: Iterable[Pair]) -> list[tuple[Method, Method, list[Method]]]:
    """Pairs, each with the methods of the program that it shares with pairs before and after it."""
    programs: list[tuple[list[Method], list[Pair]]] = []
    for pair in pairs:
        for used, inside in programs:
            together = [*used, *(method for method in pair if method not in used)]
            few = len(together) <= COMPANY and passes(together) <= max(1, passes(used))
            if few and meet(*together):
                used[:] = together
                inside.append(pair)
                break
        else:
            programs.append((list(pair), [pair]))
    return [(*pair, used) for used, inside in programs for pair in inside]


@pytest.mark.long
@pytest.mark.parametrize(
    ("method", "other", "others"),
    [
        pytest.param(*found, id=f"{found[0].name}-{found[1].name}")
        for found in gathered(sample(PAIRS))
    ],
)
def test_composes(method: Method, other: Method, others: list[Method]) -> None:
    check_company(method, other, others)
