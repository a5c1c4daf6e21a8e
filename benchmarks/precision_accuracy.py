"""MNIST's accuracy with products in bfloat16, beside float32 on the same draws, judged by Bridle's own statistics.

    python -m benchmarks.precision_accuracy --replicates 10

prints the time of both and the difference with its interval: docs/performance.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import bridle
from bridle.api.study import Study


def trained(precision: str, folder: Path, replicates: int, epochs: int) -> tuple[Study, float]:
    """Return networks without regularization in this precision, and the seconds they took."""
    started = time.perf_counter()
    study = bridle.compare(
        "mnist",
        methods="none",
        configurations=1,
        replicates=replicates,
        epochs=epochs,
        precision=precision,
        out=folder / precision,
    )
    return study, time.perf_counter() - started


def rows(study: Study, precision: str) -> pd.DataFrame:
    """Return each replicate's test predictions, right or wrong, as a method of this name."""
    parts = []
    for replicate in range(study.plan.replicates):
        logits = study.predictions("none", replicate)["test"]
        split = study.dataset.replicate(replicate, study.plan.seed)
        right = (logits.argmax(1) == split.targets[split.test]).astype(int)
        columns = {"replicate": replicate, "example": np.arange(len(right)), "correct": right}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts).assign(method=precision)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=8)
    given = parser.parse_args()
    predicted = []
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("float32", "bfloat16"):
            study, seconds = trained(precision, Path(folder), given.replicates, given.epochs)
            print(f"{precision}: {seconds:.0f} s")
            predicted.append(rows(study, precision))
    predictions = pd.concat(predicted)
    runs = predictions.groupby(["method", "replicate"], as_index=False)[["correct"]].mean()
    runs = runs.rename(columns={"correct": "score"})
    judged = bridle.judge(
        runs, design="fixed_test", baseline="float32", predictions=predictions, margin="0.1pt"
    )
    print(judged.summary)
    print(judged.leaderboard().to_string())


if __name__ == "__main__":
    main()
