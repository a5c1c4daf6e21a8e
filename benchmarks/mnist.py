"""Six methods on MNIST for 20 epochs at chosen strengths: Bridle beside Keras, the same trainings."""

from __future__ import annotations

import json
import sys
import tempfile
from typing import Any

from benchmarks.record import as_figures, measure

METHODS = (
    "none,l1(strength=1e-5),l2(strength=1e-4),elastic_net(strength=2e-5),"
    "dropout(rate=0.3),batch_norm"
)


def run(repeats: int = 1, epochs: int = 20) -> dict[str, Any]:
    """Return seconds and memory of both, and Keras's over Bridle's time; both as whole processes."""
    ours, theirs, accuracies = [], [], {}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            command = ["bridle", "compare", "mnist", "--methods", METHODS, "--replicates", "1"]
            command += ["--epochs", str(epochs), "--widths", "512,256", "--batch-size", "128"]
            environment = {"BRIDLE_CACHE": f"{folder}/cache"}
            ours.append(measure([*command, "--out", f"{folder}/study"], environment))
            script = [sys.executable, "-m", "benchmarks.peers.keras_mnist", str(epochs)]
            theirs.append(measure([*script, f"{folder}/keras.json"]))
            with open(f"{folder}/keras.json", encoding="utf-8") as file:
                accuracies["keras"] = json.load(file)
            accuracies["bridle"] = _accuracies(f"{folder}/study")
    figures = {
        "command": " ".join(command[:-2] if command[-2] == "--out" else command),
        "bridle": as_figures(ours),
        "keras": as_figures(theirs),
        "test_accuracy": accuracies,
        "goal": "less than half of Keras's time; peak memory under 3 GB",
    }
    figures["keras_over_bridle"] = round(
        figures["keras"]["seconds"] / figures["bridle"]["seconds"], 2
    )
    return figures


def _accuracies(folder: str) -> dict[str, float]:
    from bridle import Study

    board = Study(folder).leaderboard()
    return {
        label.partition("(")[0]: round(float(score), 4)
        for label, score in zip(board["method"], board["score"], strict=True)
    }
