"""`RegularizationSearch`: method, strength and learning rate chosen by a comparison, then trained on all rows."""

from __future__ import annotations

import json
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from bridle.estimators.choice import CONFIGURATIONS, REPLICATES, recommended
from bridle.estimators.mlp import RegularizedMLPClassifier
from bridle.study.learning_rates import LEARNING_RATE
from bridle.study.settings import written


def _can(name: str) -> Any:
    """Say whether the estimator that is tuned has a method of that name."""

    def check(search: RegularizationSearch) -> bool:
        return hasattr(search.estimator or RegularizedMLPClassifier, name)

    return check


class RegularizationSearch(MetaEstimatorMixin, BaseEstimator):
    """Chooses regularization, strength and learning rate by a fair comparison, and trains the choice on all rows.

    All methods get the same splits and as many settings. What is chosen is the method of least expected regret, which
    is `none` where no method is expected to gain; `summary_` says how sure that is.

    Args:
        estimator: a `RegularizedMLPClassifier` or `RegularizedMLPRegressor` with everything that is not chosen; by
            default a classifier.
        methods: to compare: `"none,l2,dropout"`; by default the usual ones.
        replicates: number of random splits.
        configurations: number of settings of each method: strengths at each learning rate.
        refit: whether the choice is trained on all rows.
        random_state: an int, a `RandomState`, or None for new draws at every fit.

    Attributes:
        best_params_: the parameters of the choice: `regularization`, `learning_rate`, `epochs`.
        best_estimator_: the choice, trained on all rows if `refit`.
        best_score_: its mean score on the test rows of the splits: accuracy, or minus the root mean squared error.
        cv_results_: for each setting of each method `params`, `mean_test_score`, `std_test_score`, `rank_test_score`
            and `split0_test_score` and so on: scores on the validation rows that chose it.
        recommendation_: the choice with its risk; see `Study.recommendation`.
        leaderboard_: the comparison as a frame, with intervals and verdicts.
        summary_: the comparison in words.
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        methods: str | None = None,
        replicates: int = REPLICATES,
        configurations: int = CONFIGURATIONS,
        refit: bool = True,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.methods = methods
        self.replicates = replicates
        self.configurations = configurations
        self.refit = refit
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        own = get_tags(self._template())
        tags.estimator_type, tags.classifier_tags = own.estimator_type, own.classifier_tags
        tags.regressor_tags, tags.target_tags = own.regressor_tags, own.target_tags
        tags.input_tags.sparse = own.input_tags.sparse
        tags.non_deterministic = self.random_state is None
        return tags

    def _template(self) -> Any:
        return RegularizedMLPClassifier() if self.estimator is None else self.estimator

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Compare on rows `X [n, d]` with targets `y`, and train the choice on all rows.

        Args:
            X: numbers.
            y: classes `[n]`, or numbers `[n]` or `[n, T]`.
            sample_weight: [n], how much each row counts.

        Returns:
            The search itself.
        """
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        tuned = clone(self._template()).set_params(random_state=seed)
        rows, targets, task, weights = tuned._prepared(X, y, sample_weight)
        recipe, study = recommended(
            rows,
            targets,
            task,
            weights,
            tuned._recipe(),
            self.methods,
            self.replicates,
            self.configurations,
        )
        self.best_params_ = {
            "regularization": recipe.method,
            "learning_rate": recipe.learning_rate,
            "epochs": recipe.epochs,
        }
        self.recommendation_ = choice = study.recommendation
        assert choice is not None
        self.leaderboard_ = study.leaderboard()
        self.summary_ = study.summary
        higher = is_classifier(tuned)
        self.cv_results_ = _results(study.results(), higher)
        board = self.leaderboard_.set_index("method")
        self.best_score_ = float(board["score"][choice.method]) * (1 if higher else -1)
        self.best_estimator_ = tuned.set_params(**self.best_params_)
        if self.refit:
            self.best_estimator_.fit(X, y, sample_weight)
        for name in ("n_features_in_", "feature_names_in_", "classes_"):
            if hasattr(tuned, name):
                setattr(self, name, getattr(tuned, name))
        return self

    def _fitted(self) -> Any:
        check_is_fitted(self, "best_estimator_")
        if not self.refit:
            raise AttributeError(
                "The choice was not trained: refit=False. Fit best_estimator_ yourself."
            )
        return self.best_estimator_

    def predict(self, X: Any) -> Any:
        """Return predictions for rows `X [n, d]` by the choice."""
        return self._fitted().predict(X)

    @available_if(_can("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Return class probabilities `[n, K]` for rows `X [n, d]` by the choice."""
        return self._fitted().predict_proba(X)

    @available_if(_can("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithms of class probabilities `[n, K]` for rows `X [n, d]` by the choice."""
        return self._fitted().predict_log_proba(X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy of the choice, or of a regressor R²; `X`, `y` and `sample_weight` as of `fit`."""
        return float(self._fitted().score(X, y, sample_weight))


def _results(runs: Any, higher: bool) -> dict[str, Any]:
    """Return validation scores by setting in the form of scikit-learn's searches."""
    runs = runs.assign(score=runs["val_score"] if higher else -runs["val_score"])
    table = runs.pivot(index=["method", "hyperparameters"], columns="replicate", values="score")
    params = []
    for method, text in table.index:
        values = json.loads(text)
        params.append(
            {"regularization": written(method, values), "learning_rate": values[LEARNING_RATE]}
        )
    scores = table.to_numpy()
    mean = np.nanmean(scores, axis=1)
    order = np.argsort(np.argsort(-mean, kind="stable"), kind="stable")
    found: dict[str, Any] = {
        "params": params,
        "mean_test_score": mean,
        "std_test_score": np.nanstd(scores, axis=1),
        "rank_test_score": order.astype(np.int32) + 1,
    }
    found |= {f"param_{name}": np.ma.MaskedArray([p[name] for p in params]) for name in params[0]}
    found |= {f"split{at}_test_score": scores[:, at] for at in range(scores.shape[1])}
    return found
