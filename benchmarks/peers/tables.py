"""What other libraries do with a table as it is: frames in, predictions out, at their defaults or tuned.

Each contender is a generator over the training rows, their targets, the test rows and whether these are classes: it
yields a label and predictions, of one model or of several from the same work. Packages are imported where they are
needed, so that a contender whose package is missing stops no other.
"""

from __future__ import annotations

import importlib
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

Found = Iterator[tuple[str, Any]]
"""Labels with predictions, in the order in which they are computed."""

Contender = Callable[[pd.DataFrame, pd.Series, pd.DataFrame, bool], Found]

TRIED, FOLDS, THREADS = 9, 3, 1
"""Settings that a tuned contender tries, as many as a method of Bridle's; folds that choose among them; threads."""

REPLICATES, MEMBERS = 3, 8
"""Splits of the training rows on which Bridle compares; networks of its ensemble."""


def _bridle(label: str, **options: Any) -> Contender:
    """Compare on splits of the training rows, and train what is recommended on all of them."""

    def contender(train: pd.DataFrame, y: pd.Series, test: pd.DataFrame, classes: bool) -> Found:
        from bridle import compare

        task = "classification" if classes else "regression"
        with tempfile.TemporaryDirectory() as folder:
            study = compare(
                train, y, task=task, replicates=REPLICATES, executor="inline", out=Path(folder) / "study", **options
            )  # fmt: skip
            yield label, study.refit().predict(test)
            yield f"{label}, {MEMBERS} networks", study.refit(ensemble=MEMBERS).predict(test)

    return contender


def _columns(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    numbers = list(map(str, frame.select_dtypes("number")))
    return numbers, [str(name) for name in frame if name not in numbers]


def _encoded(frame: pd.DataFrame) -> Any:
    """Return a preparation as its documentation advises for networks of scikit-learn."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers, words = _columns(frame)
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=5), words),
    )  # fmt: skip


def _categories(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both with words as pandas' categories, those of the training rows, without empty columns."""
    kept = [name for name in train if train[name].notna().any()]
    train, test = train[kept].copy(), test[kept].copy()
    for name in _columns(train)[1]:
        kind = pd.CategoricalDtype(sorted(train[name].dropna().astype(str).unique()))
        for frame in (train, test):
            frame[name] = frame[name].astype("string").astype(object).astype(kind)
    return train, test


def _without_gaps(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both with the training rows' medians for missing numbers, and columns that say where they are missing."""
    train, test = train.copy(), test.copy()
    for name in _columns(train)[0]:
        middle, gaps = train[name].median(), train[name].isna().any()
        for frame in (train, test):
            if gaps:
                frame[f"{name} is missing"] = frame[name].isna().astype(float)
            frame[name] = frame[name].fillna(middle)
    return train, test


def _searched(model: Any, space: dict[str, Any], classes: bool) -> Any:
    from sklearn.model_selection import RandomizedSearchCV

    score = "balanced_accuracy" if classes else "neg_root_mean_squared_error"
    return RandomizedSearchCV(model, space, n_iter=TRIED, cv=FOLDS, scoring=score, random_state=0)


def _sklearn_mlp(tuned: bool) -> Contender:
    def contender(train: pd.DataFrame, y: pd.Series, test: pd.DataFrame, classes: bool) -> Found:
        from sklearn.compose import TransformedTargetRegressor
        from sklearn.neural_network import MLPClassifier, MLPRegressor
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        kind = MLPClassifier if classes else MLPRegressor
        model = make_pipeline(_encoded(train), kind(random_state=0))
        space = {
            f"{kind.__name__.lower()}__{name}": values
            for name, values in {
                "alpha": stats.loguniform(1e-6, 1e-1),
                "learning_rate_init": stats.loguniform(1e-4, 3e-2),
                "early_stopping": [False, True],
            }.items()
        }
        if not classes:
            model = TransformedTargetRegressor(model, transformer=StandardScaler())
            space = {f"regressor__{name}": values for name, values in space.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 200 iterations are its default, and often too few
            fitted = (_searched(model, space, classes) if tuned else model).fit(train, y)
        yield f"scikit-learn MLP{', tuned' if tuned else ''}", fitted.predict(test)

    return contender


def _boosted(tuned: bool) -> Contender:
    def contender(train: pd.DataFrame, y: pd.Series, test: pd.DataFrame, classes: bool) -> Found:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
        train, test = _categories(train, test)
        model = kind(categorical_features="from_dtype", random_state=0)
        space = {
            "learning_rate": stats.loguniform(0.01, 0.5),
            "max_leaf_nodes": [7, 15, 31, 63],
            "l2_regularization": stats.loguniform(1e-6, 10),
        }
        fitted = (_searched(model, space, classes) if tuned else model).fit(train, y)
        yield f"HistGradientBoosting{', tuned' if tuned else ''}", fitted.predict(test)

    return contender


def _trees(
    label: str, module: str, prefix: str, sizes: dict[str, list[int]], tuned: bool, **fixed: Any
) -> Contender:
    """Return boosted trees of a library with scikit-learn's interface.

    Args:
        label: of the library.
        module: that is imported.
        prefix: of its classes' names.
        sizes: the values of what bounds a tree that are tried.
        tuned: whether settings are searched.
        fixed: further arguments.
    """

    def contender(train: pd.DataFrame, y: pd.Series, test: pd.DataFrame, classes: bool) -> Found:
        train, test = _categories(train, test)
        names = {
            name: f"column{at}" for at, name in enumerate(train)
        }  # LightGBM refuses some signs
        train, test = train.rename(columns=names), test.rename(columns=names)
        kind = getattr(
            importlib.import_module(module), f"{prefix}{'Classifier' if classes else 'Regressor'}"
        )
        model = kind(n_jobs=THREADS, random_state=0, **fixed)
        space = {
            "learning_rate": stats.loguniform(0.01, 0.5),
            "reg_lambda": stats.loguniform(1e-6, 10),
            **sizes,
        }
        fitted = (_searched(model, space, classes) if tuned else model).fit(train, y)
        yield f"{label}{', tuned' if tuned else ''}", fitted.predict(test)

    return contender


def _xgboost(tuned: bool) -> Contender:
    sizes = {"max_depth": [3, 4, 6, 8]}
    return _trees("XGBoost", "xgboost", "XGB", sizes, tuned, enable_categorical=True)


def _lightgbm(tuned: bool) -> Contender:
    sizes = {"num_leaves": [7, 15, 31, 63]}
    return _trees("LightGBM", "lightgbm", "LGBM", sizes, tuned, verbose=-1)


def _pytabkit(name: str, tuned: bool = False) -> Contender:
    def contender(train: pd.DataFrame, y: pd.Series, test: pd.DataFrame, classes: bool) -> Found:
        from pytabkit.models.sklearn import sklearn_interfaces as models

        kind = getattr(
            models, f"{name.replace('RealMLP', 'RealMLP_TD')}_{'Classifier' if classes else 'Regressor'}"
        )  # fmt: skip
        model = kind(device="cpu", random_state=0, n_threads=THREADS)
        train, test = _without_gaps(*_categories(train, test))
        words = _columns(train)[1]
        space = {  # of RealMLP, as its authors tune it
            "lr": stats.loguniform(0.02, 0.3),
            "p_drop": [0.0, 0.15, 0.3],
            "wd": [0.0, 0.02],
            "plr_sigma": stats.loguniform(0.05, 0.5),
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            searched = _searched(model, space, classes) if tuned else model
            fitted = searched.fit(train, y.to_numpy(), cat_col_names=words)
            yield (
                f"{name.removesuffix('_D')}{', tuned' if tuned else ''}",
                np.asarray(fitted.predict(test)),
            )

    return contender


CONTENDERS: dict[str, Contender] = {
    "bridle": _bridle("Bridle"),
    "sklearn_mlp": _sklearn_mlp(False),
    "sklearn_mlp_tuned": _sklearn_mlp(True),
    "hgb": _boosted(False),
    "hgb_tuned": _boosted(True),
    "xgboost": _xgboost(False),
    "xgboost_tuned": _xgboost(True),
    "lightgbm": _lightgbm(False),
    "lightgbm_tuned": _lightgbm(True),
    "realmlp": _pytabkit("RealMLP"),
    "realmlp_tuned": _pytabkit("RealMLP", tuned=True),
    "tabm": _pytabkit("TabM_D"),
}
"""All by name."""

VARIANTS: dict[str, Contender] = {
    "bridle_ple": _bridle("Bridle, ple", network="mlp(embed=ple)"),
    "bridle_realmlp": _bridle("Bridle, realmlp", methods="none,realmlp"),
    "bridle_wide": _bridle("Bridle, 256 units", widths=[256, 256]),
}
"""What may close a gap, by name."""

MODULES = {
    "bridle": ("bridle", "bridle.api.training", "bridle.engine.program"),
    "sklearn": ("sklearn.neural_network", "sklearn.compose"),
    "hgb": ("sklearn.ensemble",),
    "xgboost": ("xgboost",),
    "lightgbm": ("lightgbm",),
    "realmlp": ("pytabkit.models.sklearn.sklearn_interfaces", "pytabkit.models.alg_interfaces.nn_interfaces"),
    "tabm": ("pytabkit.models.sklearn.sklearn_interfaces", "pytabkit.models.alg_interfaces.tabm_interface"),
}  # fmt: skip
"""What a contender imports, by the first word of its name."""


def load(contender: str) -> None:
    """Import what a contender needs, so that it is not timed."""
    for module in MODULES[contender.partition("_")[0]]:
        importlib.import_module(module)
