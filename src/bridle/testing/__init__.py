"""Checks for methods of your own, and for those that Bridle ships.

    from bridle.testing import check_method

    def test_my_method():
        check_method(MyMethod())

`check_method` trains small networks with the method, dense and convolutional, as a study would, and raises an
`AssertionError` that says which promise is broken: what a method declares, that its neutral strength is exactly
nothing, that its default does something, that equal specifications give equal bits, that strengths are traced, that
padding has no influence, that evaluation draws nothing, and that it trains beside other methods.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridle.methods.base import Method
from bridle.methods.catalogue import methods
from bridle.testing.company import every_pair, hooks, partners, sample
from bridle.testing.declarations import GRID_SIZE, check_card, check_hyperparameters
from bridle.testing.trainer import (
    BATCH,
    BOUNDED,
    EPOCHS,
    LEARNING_RATE,
    PROBLEMS,
    RESIDUAL,
    TEST,
    TRAIN,
    VALIDATION,
    WIDTHS,
    Problem,
    RunOutcome,
    Trainer,
    problems_of,
)
from bridle.testing.training import (
    check_company,
    check_evaluation,
    check_padding,
    check_training,
)

__all__ = [
    "BATCH",
    "BOUNDED",
    "EPOCHS",
    "GRID_SIZE",
    "LEARNING_RATE",
    "PROBLEMS",
    "RESIDUAL",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "WIDTHS",
    "Problem",
    "RunOutcome",
    "Trainer",
    "check_card",
    "check_company",
    "check_evaluation",
    "check_hyperparameters",
    "check_method",
    "check_padding",
    "check_training",
    "every_pair",
    "hooks",
    "partners",
    "problems_of",
    "sample",
]


def check_method(method: Method, others: Iterable[Method] | None = None) -> None:
    """Check everything that a method promises.

    Args:
        method: an instance.
        others: methods that it is joined with; by default a few with which its hooks meet every hook.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    check_card(method)
    check_hyperparameters(method)
    for problem in problems_of(method):
        check_training(method, problem)
        check_padding(method, problem)
        check_evaluation(method, problem)
    for other in partners(method, methods().values()) if others is None else others:
        if other.name != method.name:
            check_company(method, other)
