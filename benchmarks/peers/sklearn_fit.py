"""scikit-learn's `MLPClassifier`, one after another, with its own validation after every epoch."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.peers import jobs
from benchmarks.peers.serve import Measure, serve, timed


def prepare(data: str, batch: int, epochs: int, learning_rate: float, models: int) -> Measure:
    """Return what fits `models` classifiers; it knows only L2 penalties, so it does without the rest."""
    train_set, validation = jobs.examples(data)
    x = np.concatenate([train_set[0], validation[0]])
    y = np.concatenate([train_set[1], validation[1]])
    warnings.simplefilter("ignore", ConvergenceWarning)

    def train() -> int:
        for strength in itertools.islice(itertools.cycle(jobs.STRENGTHS), models):
            model = MLPClassifier(
                (128, 128),
                batch_size=batch,
                learning_rate_init=learning_rate,
                alpha=strength,
                max_iter=epochs,
                early_stopping=True,  # it validates only so; it must not stop for it
                validation_fraction=len(validation[0]) / len(x),
                n_iter_no_change=epochs + 1,
            )
            model.fit(x, y)
            assert model.n_iter_ == epochs
        return models * epochs * -(-len(train_set[0]) // batch)

    return lambda: timed(train)


if __name__ == "__main__":
    serve(prepare)
