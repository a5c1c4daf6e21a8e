"""Every method that Bridle finds keeps the promises of `bridle.testing`."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bridle.methods.catalogue import methods
from bridle.testing import (
    PROBLEMS,
    Trainer,
    check_card,
    check_company,
    check_evaluation,
    check_hyperparameters,
    check_padding,
    check_training,
)

EVERY = list(methods().values())
JOINED = [method for method in EVERY if method.name != "none"]

each_method = pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=["vectors", "images", "convolved"])


@each_method
def test_says_what_it_is(method):
    check_card(method)
    check_hyperparameters(method)


@each_problem
@each_method
def test_trains_as_promised(method, problem):
    check_training(method, problem)


@each_problem
@each_method
def test_ignores_padding(method, problem):
    check_padding(method, problem)


@each_problem
@each_method
def test_evaluation_draws_nothing(method, problem):
    check_evaluation(method, problem)


@pytest.mark.parametrize(
    ("method", "other"),
    list(itertools.combinations(JOINED, 2)),
    ids=lambda method: method.name,
)
def test_composes(method, other):
    check_company(method, other)


def test_all_methods_at_rest_in_one_program_are_nothing():
    problem = PROBLEMS[0]
    restful = [
        method
        for method in EVERY
        if all(
            declared.neutral is not None or not declared.grid for declared in method.hyperparameters
        )
        and (method.strength() is not None or method.name == "none")
    ]
    assert len(restful) == len(EVERY) - 1  # batch_norm is on or off
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
