"""Estimators: scikit-learn's tools, and what they promise beyond."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
from functools import partial
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import bridle
from bridle import RegularizationSearch, RegularizedMLPClassifier, RegularizedMLPRegressor
from bridle.errors import UserError
from bridle.estimators import choice
from tests.engine.compilations import compilations, compiling_nothing

SMALL: dict[str, Any] = {"widths": (8,), "random_state": 0}
X, Y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def fitted() -> RegularizedMLPClassifier:
    with compilations() as compiled:
        found: RegularizedMLPClassifier = RegularizedMLPClassifier(
            "dropout(rate=0.2)", **SMALL
        ).fit(X, Y)
    assert compiled  # another method is another program
    return found


def test_it_learns(fitted: RegularizedMLPClassifier) -> None:
    assert fitted.score(X, Y) > 0.95
    assert len(fitted.loss_curve_) == fitted.n_iter_
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0] / 2
    assert fitted.predict_proba(X).sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("through", ["pickle", "joblib", "clone"])
def test_copies_predict_the_same(
    fitted: RegularizedMLPClassifier, through: str, tmp_path: Any
) -> None:
    if through == "pickle":
        other = pickle.loads(pickle.dumps(fitted))
    elif through == "joblib":
        joblib.dump(fitted, tmp_path / "m.joblib")
        other = joblib.load(tmp_path / "m.joblib")
    else:
        other = clone(fitted).fit(X, Y)
    np.testing.assert_array_equal(other.predict_proba(X), fitted.predict_proba(X))


def test_folds_of_a_table_compile_once(fitted: RegularizedMLPClassifier) -> None:
    estimator = RegularizedMLPClassifier(**SMALL, epochs=5)
    estimator.fit(X[:120], Y[:120]).predict(X[120:])
    with compiling_nothing():
        scores = cross_val_score(estimator, X, Y, cv=5)
    assert len(scores) == 5
    with compiling_nothing():  # strength, learning rate and epochs compile nothing either
        clone(estimator).set_params(regularization="l2(strength=1e-3)", learning_rate=0.01).fit(
            X[:117], Y[:117]
        )


def test_methods_act(fitted: RegularizedMLPClassifier) -> None:
    plain = RegularizedMLPClassifier(**SMALL).fit(X, Y)
    sparse = RegularizedMLPClassifier("l1(strength=0.01)", **SMALL).fit(X, Y)
    zeros = [np.mean(w.network_.members[0][1]["dense_0/kernel"] == 0) for w in (plain, sparse)]
    assert zeros[0] == 0 < zeros[1]


@pytest.mark.long
def test_grid_search_in_two_processes() -> None:
    grid = {"regularization": ["none", "l2(strength=0.001)"]}
    found = GridSearchCV(RegularizedMLPClassifier(**SMALL, epochs=5), grid, n_jobs=2, cv=2).fit(
        X, Y
    )
    assert found.best_params_["regularization"] in grid["regularization"]


def test_columns_of_a_frame_are_named_and_found() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"]).assign(e=np.where(X[:, 0] > 5, "x", "y"))
    encode = ColumnTransformer([("words", OneHotEncoder(), ["e"])], remainder=StandardScaler())
    whole = make_pipeline(encode, RegularizedMLPClassifier(**SMALL, epochs=30)).fit(frame, Y)
    assert whole.score(frame, Y) > 0.8
    alone = RegularizedMLPClassifier(**SMALL, epochs=2).fit(frame[list("abcd")], Y)
    assert list(alone.feature_names_in_) == list("abcd")
    with pytest.raises(ValueError, match="feature names"):
        alone.predict(frame[list("dcba")])


def test_weights_and_classes_count() -> None:
    rare = np.flatnonzero(Y == 2)[:5]
    rows = np.r_[np.flatnonzero(Y == 1), rare]
    by_class, by_row, plain = (
        RegularizedMLPClassifier(**SMALL, class_weight=w, epochs=20).fit(X[rows], Y[rows], s)
        for w, s in (
            ("balanced", None),
            (None, np.where(Y[rows] == 2, 55 / 10, 55 / 100)),
            (None, None),
        )
    )
    there = [one.predict_proba(X[rare])[:, 1].mean() for one in (by_class, by_row, plain)]
    assert there[0] == pytest.approx(there[1], abs=1e-6)
    assert there[0] > there[2]


def test_an_ensemble_predicts_the_mean_of_its_members() -> None:
    found = RegularizedMLPClassifier(**SMALL, epochs=5, ensemble=3).fit(X, Y)
    network = found.network_
    assert len(network.members) == 3
    inputs = (X - found.offset_).astype(np.float32)
    alone = [
        dataclasses.replace(network, members=(one,)).predict(inputs) for one in network.members
    ]
    assert not np.array_equal(alone[0], alone[1])
    np.testing.assert_allclose(found.predict_proba(X), np.mean(alone, axis=0), rtol=1e-6)


def test_numbers_in_their_own_unit_one_target_or_several() -> None:
    inputs, y = load_diabetes(return_X_y=True)
    one = RegularizedMLPRegressor("weight_decay", **SMALL, epochs=30).fit(inputs, 1000 + y)
    assert one.score(inputs, 1000 + y) > 0.4
    several = RegularizedMLPRegressor(**SMALL, epochs=5, loss="huber").fit(
        inputs, np.column_stack([y, -y])
    )
    assert several.predict(inputs).shape == (len(y), 2)


def test_early_stopping_holds_rows_out_and_stops() -> None:
    noisy = np.random.default_rng(0).permutation(Y)
    found = RegularizedMLPClassifier("early_stopping(patience=3)", **SMALL).fit(X, noisy)
    assert found.n_iter_ < 400
    again = RegularizedMLPClassifier(**SMALL).fit(X, noisy)
    assert again.n_iter_ == 400


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"regularization": "dropuot"}, "Did you mean 'dropout'"),
        ({"regularization": "dropout(rate=2)"}, "rate"),
        ({"learning_rate": 0}, "learning_rate must be a number greater than 0"),
        ({"widths": (0,)}, "widths must be"),
        ({"epochs": 0}, "epochs must be"),
        ({"ensemble": 0}, "ensemble must be"),
    ],
)
def test_a_mistake_is_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        RegularizedMLPClassifier(**{**SMALL, **wrong}).fit(X, Y)


def test_a_training_that_diverges_is_an_error() -> None:
    with pytest.raises(UserError, match=r"diverged.*Lower the learning rate"):
        RegularizedMLPRegressor(**SMALL, optimizer="sgd", learning_rate=1e6).fit(X, Y)


def test_partial_fit_is_refused_with_a_reason() -> None:
    with pytest.raises(AttributeError, match="need a whole training"):
        _ = RegularizedMLPClassifier().partial_fit
    assert not hasattr(RegularizedMLPClassifier(), "partial_fit")


def test_bridle_imports_no_estimator_before_it_is_asked_for() -> None:
    code = "import sys, bridle; assert 'sklearn' not in sys.modules and 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert bridle.RegularizedMLPClassifier is RegularizedMLPClassifier


INPUTS = np.random.default_rng(0).normal(size=(120, 5))
ANSWERS = np.where(INPUTS[:, 0] + INPUTS[:, 1] * INPUTS[:, 2] > 0, "yes", "no")


@pytest.fixture(scope="module")
def searched() -> RegularizationSearch:
    search = RegularizationSearch(
        RegularizedMLPClassifier(widths=(8,), epochs=60, ensemble=2),
        methods="none,l2,dropout",
        replicates=3,
        configurations=4,
        random_state=0,
    )
    return search.fit(INPUTS, ANSWERS)


@pytest.mark.long
def test_a_search_chooses_by_a_comparison(searched: Any) -> None:
    assert is_classifier(searched)
    params = searched.best_params_
    assert params["regularization"].split("(")[0] == searched.recommendation_.method
    results = searched.cv_results_
    assert len(results["params"]) == 3 * 4
    assert (
        results["mean_test_score"][results["rank_test_score"].argmin()]
        == results["mean_test_score"].max()
    )
    assert {"split0_test_score", "split2_test_score", "std_test_score"} <= set(results)
    assert set(searched.leaderboard_["method"]) == {"none", "l2", "dropout"}
    assert searched.summary_
    best = searched.best_estimator_
    assert (best.regularization, best.ensemble) == (params["regularization"], 2)
    np.testing.assert_array_equal(searched.predict(INPUTS), best.predict(INPUTS))
    assert searched.score(INPUTS, ANSWERS) > 0.6
    again = pickle.loads(pickle.dumps(searched))
    np.testing.assert_array_equal(again.predict(INPUTS), best.predict(INPUTS))


@pytest.mark.long
def test_auto_is_that_search_within_an_estimator(monkeypatch: pytest.MonkeyPatch) -> None:
    few = partial(choice.recommended, methods="none,l2", replicates=2, configurations=2)
    monkeypatch.setattr(choice, "recommended", few)
    found = RegularizedMLPRegressor("auto", widths=(8,), epochs=3, random_state=1)
    found.fit(INPUTS[:80], INPUTS[:80, 0])
    assert found.regularization == "auto"
    assert found.regularization_ != "auto"
