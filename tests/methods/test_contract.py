"""Every method that Bridle finds keeps the promises of `bridle.testing`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from bridle.methods.base import Method
from bridle.methods.catalogue import methods
from bridle.testing import (
    PROBLEMS,
    RESIDUAL,
    Trainer,
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
from bridle.testing.trainer import Problem

EVERY = list(methods().values())

each_method = pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
PLACES = {
    "vectors": PROBLEMS[0],
    "convolved": PROBLEMS[1],
    "residual": RESIDUAL,
}
WHERE = [
    pytest.param(method, problem, id=f"{method.name}-{place}")
    for method in EVERY
    for place, problem in PLACES.items()
    if problem in problems_of(method)
]
PAIRS = every_pair(EVERY)
RESTFUL = [
    method
    for method in EVERY
    if all(declared.neutral is not None or not declared.grid for declared in method.hyperparameters)
    and (method.strength() is not None or method.name == "none")
]
"""Methods that can be in a program and do nothing."""


@each_method
def test_says_what_it_is(method: Method) -> None:
    check_card(method)
    check_hyperparameters(method)


@pytest.mark.parametrize(("method", "problem"), WHERE)
def test_trains_as_promised(method: Method, problem: Problem) -> None:
    # one program for all that can rest: that they are then nothing is shown below
    beside = [other for other in RESTFUL if problem in problems_of(other)]
    for check in (check_training, check_padding, check_evaluation):
        check(method, problem, beside if method in beside else ())


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


@pytest.mark.parametrize(("method", "other"), sample(PAIRS), ids=lambda method: method.name)
def test_composes(method: Method, other: Method) -> None:
    check_company(method, other)


def test_all_methods_at_rest_in_one_program_are_nothing() -> None:
    problem = PROBLEMS[0]
    assert len(RESTFUL) == len(EVERY) - 2  # batch_norm and snapshot_ensemble are on or off
    shared = [method for method in RESTFUL if method.shared]
    bare = Trainer(problem, shared).train({})[0]
    full = Trainer(problem, RESTFUL).train({})[0]
    for name, leaf in bare.weights.items():
        np.testing.assert_array_equal(full.weights[name], leaf, err_msg=name)
    np.testing.assert_array_equal(full.logits, bare.logits)
