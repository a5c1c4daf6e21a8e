"""`RegularizedMLPClassifier` and `RegularizedMLPRegressor`: one network with one method, or an ensemble of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from bridle.data.targets import example_weights
from bridle.models import Recipe, fit
from bridle.tasks import Classification, Regression, Task
from bridle.tasks import task as read_task

AUTO = "auto"
"""The regularization that a comparison chooses."""

SPARSE = ("csr", "csc")
"""The kinds of sparse matrices that are read; others are turned into the first."""

Prepared = tuple[Any, Any, Task, Any]
"""Rows `[n, d]` in double precision, targets, what is learned, weights `[n]` or None."""


def _dense(X: Any) -> Any:
    return X.toarray() if hasattr(X, "toarray") else X


def _weights(sample_weight: Any, class_weight: Any, X: Any, targets: Any, task: Task) -> Any:
    """Return how much each row counts, `[n]`; None if all count alike."""
    if sample_weight is not None:
        sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
    return example_weights(sample_weight, class_weight, targets, task)


class _RegularizedMLP(BaseEstimator, ABC):
    """What classifier and regressor share."""

    def __init__(
        self,
        regularization: str = "none",
        *,
        widths: Sequence[int] = (64, 64),
        activation: str = "relu",
        network: str = "mlp",
        optimizer: str = "adam",
        schedule: str = "linear",
        learning_rate: float = 0.003,
        batch_size: int = 32,
        epochs: int | None = None,
        ensemble: int = 1,
        validation: float = 0.1,
        random_state: Any = None,
    ) -> None:
        self.regularization = regularization
        self.widths = widths
        self.activation = activation
        self.network = network
        self.optimizer = optimizer
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.ensemble = ensemble
        self.validation = validation
        self.random_state = random_state

    @property
    def partial_fit(self) -> Any:
        """Not there: schedules, averages and stopping need a training's beginning and end; use `fit`.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(
            f"{type(self).__name__} has no partial_fit: learning-rate schedules, averages of weights and "
            "early stopping need a whole training. Call fit on all rows."
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.non_deterministic = self.random_state is None
        return tags

    @abstractmethod
    def _prepared(self, X: Any, y: Any, sample_weight: Any) -> Prepared:
        """Read rows, targets and weights."""

    def _recipe(self) -> Recipe:
        """Return everything that was asked for, with a seed drawn from `random_state`."""
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        return Recipe(
            method=self.regularization,
            network=self.network,
            widths=tuple(np.atleast_1d(self.widths).tolist()),
            activation=self.activation,
            optimizer=self.optimizer,
            schedule=self.schedule,
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            epochs=self.epochs,
            seed=int(seed),
            members=self.ensemble,
            validation=self.validation,
        )

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows.

        Args:
            X: numbers `[n, d]`.
            y: classes `[n]`, or numbers `[n]` or `[n, T]`.
            sample_weight: [n], how much each row counts.

        Returns:
            The estimator itself.
        """
        from bridle.estimators.choice import recommended

        X, targets, task, weights = self._prepared(X, y, sample_weight)
        recipe = self._recipe()
        if recipe.method == AUTO:
            recipe, _ = recommended(X, targets, task, weights, recipe)
        # in double precision first, so that a table far from zero keeps its differences
        self.offset_ = X.mean(axis=0)
        self.regularization_ = recipe.method
        self.learning_rate_ = recipe.learning_rate
        found = fit((X - self.offset_).astype(np.float32), targets, task, recipe, weights)
        self.network_ = found.network
        self.n_iter_ = found.epochs[0]
        self.loss_curve_ = found.curve("train_loss")
        self.n_layers_ = len(recipe.widths) + 2
        return self

    def _predicted(self, X: Any) -> Any:
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, accept_sparse=SPARSE, dtype=np.float64)
        return self.network_.predict((_dense(X) - self.offset_).astype(np.float32))


class RegularizedMLPClassifier(ClassifierMixin, _RegularizedMLP):
    """A multilayer perceptron with any of Bridle's regularization methods, as an estimator of scikit-learn.

    Numbers are standardized on the training rows. It trains in this process; fits on tables of similar size share what
    is compiled.

    Args:
        regularization: a method with its hyperparameters, or several joined: `"dropout(rate=0.3)+l2"`, `"none"`; or
            `"auto"`: a comparison on splits of the training rows recommends one, with strength and learning rate.
        widths: units of each hidden layer.
        activation: of the hidden layers.
        network: `mlp`, `resnet_mlp(blocks=2)`, `mlp(embed=ple)` and so on.
        optimizer: such as `adam`, `adamw`, `sgd(momentum=0.9)`.
        schedule: of the learning rate, such as `linear` (falls to 0) or `constant`.
        learning_rate: the optimizer's.
        batch_size: rows of a step.
        epochs: passes over the rows; by default as many as give 2,000 steps, from 20 to 400.
        ensemble: number of networks whose probabilities are averaged.
        class_weight: `"balanced"`, or the weight of each class.
        validation: share of the rows held out for methods that stop by validation, such as `early_stopping`; others
            train on all rows.
        random_state: an int, a `RandomState`, or None for a new draw at every fit.

    Attributes:
        classes_: [K], the classes.
        n_features_in_: d.
        feature_names_in_: names of the columns, where `X` had any.
        n_iter_: epochs trained.
        loss_curve_: training loss after every epoch.
        regularization_: the method, of `"auto"` the one chosen.
        network_: the trained network, a `bridle.models.Network`.
    """

    def __init__(
        self,
        regularization: str = "none",
        *,
        widths: Sequence[int] = (64, 64),
        activation: str = "relu",
        network: str = "mlp",
        optimizer: str = "adam",
        schedule: str = "linear",
        learning_rate: float = 0.003,
        batch_size: int = 32,
        epochs: int | None = None,
        ensemble: int = 1,
        class_weight: Any = None,
        validation: float = 0.1,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            regularization, widths=widths, activation=activation, network=network, optimizer=optimizer,
            schedule=schedule, learning_rate=learning_rate, batch_size=batch_size, epochs=epochs, ensemble=ensemble,
            validation=validation, random_state=random_state,
        )  # fmt: skip
        self.class_weight = class_weight

    def _prepared(self, X: Any, y: Any, sample_weight: Any) -> Prepared:
        X, y = validate_data(self, X, y, accept_sparse=SPARSE, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y holds one class only, {self.classes_[0]!r}; a classifier needs two or more classes."
            )
        task = Classification(tuple(map(str, self.classes_)))
        by_class = self.class_weight
        if isinstance(by_class, dict):
            by_class = {str(name): weight for name, weight in by_class.items()}
        targets = places.astype(np.int32)
        weights = _weights(sample_weight, by_class, X, targets, task)
        return _dense(X), targets, task.nameless, weights

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, `[n, K]`, in the order of `classes_`, for rows `X [n, d]`."""
        return self._predicted(X).astype(np.float64)

    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithms of the probabilities, `[n, K]`, for rows `X [n, d]`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of each row of `X [n, d]`, `[n]`."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]


class RegularizedMLPRegressor(RegressorMixin, _RegularizedMLP):
    """A multilayer perceptron for numbers with any of Bridle's regularization methods, as an estimator of scikit-learn.

    Columns and targets are standardized on the training rows. Arguments and attributes are those of
    `RegularizedMLPClassifier`, without `class_weight` and `classes_`.

    Args:
        regularization: a method with its hyperparameters, or several joined; or `"auto"`.
        widths: units of each hidden layer.
        activation: of the hidden layers.
        network: `mlp`, `resnet_mlp(blocks=2)`, `mlp(embed=ple)` and so on.
        optimizer: such as `adam`.
        schedule: of the learning rate.
        learning_rate: the optimizer's.
        batch_size: rows of a step.
        epochs: passes over the rows; by default as many as give 2,000 steps, from 20 to 400.
        ensemble: number of networks whose predictions are averaged.
        loss: `squared`, or `huber`.
        validation: share of the rows held out for methods that stop by validation.
        random_state: an int, a `RandomState`, or None.
    """

    def __init__(
        self,
        regularization: str = "none",
        *,
        widths: Sequence[int] = (64, 64),
        activation: str = "relu",
        network: str = "mlp",
        optimizer: str = "adam",
        schedule: str = "linear",
        learning_rate: float = 0.003,
        batch_size: int = 32,
        epochs: int | None = None,
        ensemble: int = 1,
        loss: str = "squared",
        validation: float = 0.1,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            regularization, widths=widths, activation=activation, network=network, optimizer=optimizer,
            schedule=schedule, learning_rate=learning_rate, batch_size=batch_size, epochs=epochs, ensemble=ensemble,
            validation=validation, random_state=random_state,
        )  # fmt: skip
        self.loss = loss

    def _prepared(self, X: Any, y: Any, sample_weight: Any) -> Prepared:
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=SPARSE,
            dtype=np.float64,
            multi_output=True,
            y_numeric=True,
        )
        self._one = y.ndim == 1
        values = np.asarray(y, np.float64).reshape(len(y), -1)
        task = Regression(tuple(f"y{at}" for at in range(values.shape[1])))
        task = task.learned(**read_task(f"regression(loss={self.loss})").arguments)
        self.middle_ = values.mean(axis=0)
        targets = (values - self.middle_).astype(np.float32)
        return _dense(X), targets, task, _weights(sample_weight, None, X, targets, task)

    def predict(self, X: Any) -> Any:
        """Return the predicted numbers, `[n]` or `[n, T]`, for rows `X [n, d]`."""
        found = self._predicted(X).astype(np.float64) + self.middle_
        return found[:, 0] if self._one else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
