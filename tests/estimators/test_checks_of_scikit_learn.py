"""Estimators pass the checks that scikit-learn has for all estimators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from bridle import RegularizedMLPClassifier, RegularizedMLPRegressor
from bridle.engine.compiled import COMPILER_OPTIONS, QUICK_OPTIONS, forget_compiled

CHECKED = [
    RegularizedMLPClassifier(widths=(16,), epochs=60, learning_rate=0.02, random_state=0),
    RegularizedMLPRegressor(widths=(16,), epochs=60, learning_rate=0.02, random_state=0),
]
UNLIKE = {
    "check_sample_weight_equivalence_on_dense_data": "a row that is repeated falls into several batches",
    "check_sample_weight_equivalence_on_sparse_data": "a row that is repeated falls into several batches",
}
"""Checks that do not suit what trains in batches, and why."""


def _checked(estimator: Any, check: Any) -> None:
    check(estimator)


test_scikit_learns_checks = parametrize_with_checks(
    CHECKED, expected_failed_checks=lambda estimator: UNLIKE
)(_checked)


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly() -> Iterator[None]:
    """Compile in a quarter of the time: the checks train tables of fifteen shapes, each in a moment."""
    forget_compiled()
    with pytest.MonkeyPatch.context() as patch:
        for kind, options in QUICK_OPTIONS.items():
            patch.setitem(COMPILER_OPTIONS, kind, COMPILER_OPTIONS[kind] | options)
        yield
    forget_compiled()
