"""Networks as scikit-learn's estimators: trained in this process, without a folder or a worker."""

from bridle.estimators.mlp import RegularizedMLPClassifier, RegularizedMLPRegressor
from bridle.estimators.search import RegularizationSearch

__all__ = ["RegularizationSearch", "RegularizedMLPClassifier", "RegularizedMLPRegressor"]
