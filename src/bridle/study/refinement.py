"""Extends grids with a best strength at an edge, and gives every other method as many further configurations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bridle.methods.composition import Composition
from bridle.study.bounds import ROUNDS
from bridle.study.configurations import Configuration, flatten, unflatten
from bridle.study.grids import around, beyond
from bridle.study.learning_rates import LEARNING_RATE
from bridle.study.plan import Plan
from bridle.study.selection import Selected, at_edge, flat, most_chosen, numbers

MORE = 2
"""Number of configurations that every method gets in each round."""


def at_edges(plan: Plan, selected: Selected) -> list[str]:
    """Return the methods with their most frequent setting at an edge of what they tried."""
    return [label for label in plan.methods if at_edge(plan, selected, label) is not None]


def refined(plan: Plan, selected: Selected) -> Plan | None:
    """Return the plan with one more round of configurations; `None` if none is due.

    A round is due while a method's most frequent setting lies at an edge, at most `ROUNDS` times. In a round
    every method, and the baseline, gets `MORE` configurations: beyond the edge where its best lies at one, otherwise
    between its best and the neighbours.

    Args:
        plan: a plan with all its runs finished.
        selected: the choice by validation; test scores are not used.
    """
    if plan.rounds >= ROUNDS or not at_edges(plan, selected):
        return None
    configurations = {
        label: [*tried, *_further(plan, selected, label)]
        for label, tried in plan.configurations.items()
    }
    return replace(plan, configurations=configurations)


def _further(plan: Plan, selected: Selected, label: str) -> list[Configuration]:
    """Return a method's configurations of the next round: its best with another value of one hyperparameter."""
    names, best = Composition.parse(label).names, most_chosen(plan, selected, label)
    assert best is not None
    start = flat(plan.configurations[label][best])
    known = [flat(configuration) for configuration in plan.configurations[label]]
    found: list[Configuration] = []
    for key, value in _values(plan, selected, label, start):
        point = {**start, key: value}
        if point not in known:
            known.append(point)
            rate = point.pop(LEARNING_RATE)
            assert isinstance(rate, int | float)
            setting = flatten(unflatten(names, point))
            found.append(
                Configuration(
                    hyperparameters=setting, learning_rate=float(rate), round=plan.rounds + 1
                )
            )
        if len(found) == MORE:
            break
    return found


def _line(plan: Plan, label: str, key: str) -> Sequence[float]:
    """Return the values whose steps are continued beyond the edge; of the learning rates only the shared ones.

    The finer ones between them would lead a method without strengths less far than the others.
    """
    tried, shared = numbers(plan, label, key), plan.learning_rates
    ends = (tried[0], tried[-1])
    return shared if key == LEARNING_RATE and ends == (shared[0], shared[-1]) else tried


def _values(
    plan: Plan, selected: Selected, label: str, best: Mapping[str, object]
) -> Iterator[tuple[str, float]]:
    """Yield hyperparameters with values to try, the best first."""
    edge = at_edge(plan, selected, label)
    if edge is not None:
        key, side = edge
        yield from ((key, value) for value in beyond(label, key, _line(plan, label, key), side))
    # if several are tuned, one hyperparameter after another; if none is a number, the learning rate
    keys = [key for key in best if len(numbers(plan, label, key)) > 1] or [LEARNING_RATE]
    turn = plan.rounds % len(keys)
    for key in [*keys[turn:], *keys[:turn]]:
        value = best[key]
        assert isinstance(value, int | float)
        yield from ((key, near) for near in around(label, key, numbers(plan, label, key), value))
