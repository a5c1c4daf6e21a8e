"""What a person does with scikit-learn: `RandomizedSearchCV` over `MLPClassifier`, repeated on further splits.

Each split searches learning rate, `alpha` and early stopping on its training and validation rows, and compares the test
accuracy of what was found with that of the default classifier, tuned in nothing.
"""

from __future__ import annotations

import argparse
import json
import warnings
from typing import Any

import numpy as np
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.fair_default import examples
from bridle.data.dataset import Dataset
from bridle.study.begin import open_dataset

SPACE = {
    "mlpclassifier__learning_rate_init": stats.loguniform(1e-4, 3e-2),
    "mlpclassifier__alpha": stats.loguniform(1e-6, 1e-1),
    "mlpclassifier__early_stopping": [False, True],
}


def search(dataset: Dataset, splits: int, configurations: int, epochs: int) -> list[float]:
    """Return for each split how much better the classifier found is than the default one, in test accuracy."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    own, found = dataset.defaults, []
    for number in range(splits):
        split = dataset.replicate(number, 0)
        inputs = split.inputs.astype(np.float64) * (
            1 if split.inputs.dtype.kind == "f" else 1 / 255
        )
        rows = np.concatenate([split.train, split.validation])
        fold = np.r_[np.full(len(split.train), -1), np.zeros(len(split.validation), int)]
        classifier = MLPClassifier(
            own.widths,
            batch_size=own.batch_size,
            max_iter=epochs,
            n_iter_no_change=10,
            random_state=number,
        )
        whole = make_pipeline(StandardScaler(), classifier)
        tuned = RandomizedSearchCV(
            whole,
            SPACE,
            n_iter=configurations,
            cv=PredefinedSplit(fold),
            n_jobs=2,
            random_state=number,
        ).fit(inputs[rows], split.targets[rows])
        plain = whole.fit(inputs[split.train], split.targets[split.train])
        test = inputs[split.test], split.targets[split.test]
        found.append(float(tuned.score(*test) - plain.score(*test)))
    return found


def half_width(differences: list[float], train: int, test: int, overlapping: bool) -> float:
    """Return that of a 95 % t interval, corrected where splits share rows (Nadeau, Bengio 2003)."""
    amount = len(differences)
    if amount < 2:
        return float("nan")
    variance = np.var(differences, ddof=1) * (1 / amount + (test / train if overlapping else 0.0))
    return float(stats.t.ppf(0.975, amount - 1) * np.sqrt(variance))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    for option in ("splits", "configurations", "epochs"):
        parser.add_argument(f"--{option}", type=int, required=True)
    given = parser.parse_args()
    dataset = open_dataset(*examples(given.name))
    differences = search(dataset, given.splits, given.configurations, given.epochs)
    sizes = dataset.sizes
    width = half_width(differences, sizes.train, sizes.test, dataset.design == "overlapping")
    answer: dict[str, Any] = {"difference": float(np.mean(differences)), "half_width": width}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
