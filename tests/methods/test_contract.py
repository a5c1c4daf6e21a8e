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


@each_method
def test_says_what_it_is(method: Method) -> None:
    check_card(method)
    check_hyperparameters(method)


@pytest.mark.parametrize(("method", "problem"), WHERE)
def test_trains_as_promised(method: Method, problem: Problem) -> None:
    check_training(method, problem)
    check_padding(method, problem)
    check_evaluation(method, problem)


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
    restful = [
        method
        for method in EVERY
        if all(
            declared.neutral is not None or not declared.grid for declared in method.hyperparameters
        )
        and (method.strength() is not None or method.name == "none")
    ]
    assert len(restful) == len(EVERY) - 2  # batch_norm and snapshot_ensemble are on or off
    shared = [method for method in restful if method.shared]
    bare = Trainer(problem, shared).train({})[0]
    settings = {
        method.name: {
            declared.name: declared.default if declared.neutral is None else declared.neutral
            for declared in method.hyperparameters
        }
        for method in restful
    }
    full = Trainer(problem, restful).train(settings)[0]
    for name, leaf in bare.weights.items():
        np.testing.assert_array_equal(full.weights[name], leaf, err_msg=name)
    np.testing.assert_array_equal(full.logits, bare.logits)
