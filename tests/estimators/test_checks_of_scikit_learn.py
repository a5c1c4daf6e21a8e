"""Estimators pass the checks that scikit-learn has for all estimators."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from bridle import RegularizedMLPClassifier, RegularizedMLPRegressor

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


test_scikit_learns_checks = pytest.mark.long(
    parametrize_with_checks(CHECKED, expected_failed_checks=lambda estimator: UNLIKE)(_checked)
)
