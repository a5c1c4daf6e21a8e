"""Paths from all features to none: group lasso and hierarchical lasso beside the package `lassonet`, one core each.

    python -m benchmarks.lassonet_path run FOLDER [SET …]
    python -m benchmarks.lassonet_path tables FOLDER

`run` adds a line to `FOLDER/results.jsonl` for every set, split and method, all on the same rows; `tables` prints the
tables of docs/evidence/feature-paths.md. Needs `lassonet` of the extra `bench`, and reads the folder `BRIDLE_DATA`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

import bridle
from benchmarks.record import machine
from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.engine.executor import InProcessExecutor
from bridle.experiments.measures import FIRST, used
from bridle.numbers import signed
from bridle.study.begin import open_dataset

SETS = {"mfeat-factors": (5, 10, 20, 40, 80), "mnist_1000": (10, 20, 40, 80, 160)}
"""Data sets, and the numbers of features at which accuracies are compared."""

SGD, ADAM = ("sgd(momentum=0.9)", 0.01), ("adam", 0.003)
"""Optimizers with their learning rates; `lassonet` follows its path by the first."""

LATE = "hierarchical_lasso(strength=late(since=0.3))"
OURS = {
    "group_lasso, SGD": ("group_lasso", SGD, np.geomspace(1e-3, 0.1, 40)),
    "hierarchical_lasso, late, SGD": (LATE, SGD, np.geomspace(1.0, 300.0, 40)),
    "hierarchical_lasso, late, Adam": (LATE, ADAM, np.geomspace(30.0, 3e3, 40)),
}
"""By name: the method, how it is trained, and strengths from no feature dropped to none kept."""

WIDTHS = (100,)
SPLITS = range(1, 6)
"""On split 0 ranges of strengths and learning rates were chosen, and that one method begins late."""
PEER = "lassonet"


def dataset(name: str) -> Dataset:
    """Return a data set by its name here."""
    if name == "mnist_1000":
        return load("mnist(train=1000,validation=500)")
    file = Path(os.environ["BRIDLE_DATA"]) / "tabular" / f"{name}.csv.gz"
    return open_dataset(file, target="target")


def ours(data: Dataset, name: str, seed: int, folder: Path) -> tuple[float, list[dict[str, Any]]]:
    """Return the seconds of a comparison of all strengths, and each network's features and accuracies."""
    method, (optimizer, rate), strengths = OURS[name]
    out = folder / "study"
    shutil.rmtree(out, ignore_errors=True)
    started = time.perf_counter()
    study = bridle.compare(
        data,
        methods=[method],
        baseline=False,
        grid={method: {"strength": tuple(map(float, strengths))}},
        optimizer=optimizer,
        learning_rate=rate,
        configurations=len(strengths),
        widths=WIDTHS,
        batch_size=64,
        epochs=100,
        replicates=1,
        seed=seed,
        keep="paths",
        out=out,
        executor=InProcessExecutor(),
    )
    seconds = time.perf_counter() - started
    split, models = data.replicate(0, seed), []
    parts = [(split.seen(rows), split.targets[rows]) for rows in (split.validation, split.test)]
    for number in range(len(study.plan.configurations[method])):
        kept = int(used(study.weights(method, 0, number)[FIRST]).sum())
        answers = [study.asked(method, 0, number, x) for x, _ in parts]
        accuracy = [
            float((p.argmax(axis=1) == y).mean()) for p, (_, y) in zip(answers, parts, strict=True)
        ]
        models.append({"kept": kept, "validation": accuracy[0], "test": accuracy[1]})
    return seconds, models


def theirs(data: Dataset, seed: int) -> tuple[float, list[dict[str, Any]]]:
    """Return the same of the package's path."""
    from benchmarks.peers.lassonet_path import path

    split = data.replicate(0, seed)
    parts = [
        (split.seen(rows), split.targets[rows].astype(np.int64))
        for rows in (split.train, split.validation, split.test)
    ]
    return path(parts[0], parts[1], parts[2], WIDTHS, seed)


def run(folder: Path, names: Sequence[str]) -> None:
    """Train what is missing, the methods of a split one after another."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "results.jsonl"
    done = {(line["set"], line["split"], line["method"]) for line in _read(file)}
    for name in names or SETS:
        data = dataset(name)
        for split in SPLITS:
            for method in (PEER, *OURS):
                if (name, split, method) in done:
                    continue
                if method == PEER:
                    seconds, models = theirs(data, split)
                else:
                    seconds, models = ours(data, method, split, folder)
                line = {"set": name, "split": split, "method": method, "seconds": seconds}
                with file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps({**line, "models": models, "machine": _facts()}) + "\n")
                print(f"{name} {split} {method}: {seconds:.1f} s, {len(models)} models", flush=True)


def _facts() -> dict[str, str]:
    return {"cpu": machine()["cpu"], "lassonet": version("lassonet"), "bridle": version("bridle")}


def _read(file: Path) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        if file.is_file()
        else []
    )


def at_most(models: Sequence[dict[str, Any]], features: int) -> float:
    """Return the test accuracy of the model with at most so many features that is best on validation data.

    Among equals the one with the fewest features counts; NaN if there is none with any feature.
    """
    few = [one for one in models if 0 < one["kept"] <= features]
    best = max(few, key=lambda one: (one["validation"], -one["kept"]), default=None)
    return float("nan") if best is None else float(best["test"])


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of a sample and the ends of its 95 % t interval."""
    mean, half = float(values.mean()), stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return mean, mean - half, mean + half


def tables(lines: Sequence[dict[str, Any]]) -> str:
    """Return a table of each data set, and what was measured with."""
    text = []
    for name, features in SETS.items():
        own = {(line["method"], line["split"]): line for line in lines if line["set"] == name}
        numbers = sorted({split for _, split in own})
        if not numbers:
            continue
        text.append(f"## {name}\n\n|  | `{PEER}` | " + " | ".join(f"`{m}`" for m in OURS) + " |")
        text.append("|---" * (2 + len(OURS)) + "|")
        for k in features:
            scores = {
                method: np.array([at_most(own[method, n]["models"], k) for n in numbers])
                for method in (PEER, *OURS)
            }
            cells = [f"accuracy with at most {k} features", f"{100 * scores[PEER].mean():.1f} %"]
            for method in OURS:
                if not np.isfinite(scores[method]).all():
                    cells.append("–")
                    continue
                mean, low, high = (100 * v for v in interval(scores[method] - scores[PEER]))
                shown = f"{signed(mean)} [{signed(low)}, {signed(high)}]"
                cells.append(f"{100 * scores[method].mean():.1f} %, {shown}")
            text.append(f"| {' | '.join(cells)} |")
        for title, of in (
            ("seconds for the whole path", lambda line: line["seconds"]),
            ("models on it", lambda line: float(len(line["models"]))),
        ):
            cells = [title]
            for method in (PEER, *OURS):
                values = np.array([of(own[method, n]) for n in numbers])
                mean, low, high = interval(values)
                cells.append(f"{mean:.0f}" + (f" [{low:.0f}, {high:.0f}]" if high > low else ""))
            text.append(f"| {' | '.join(cells)} |")
        text.append("")
    text.append(", ".join(lines[-1]["machine"].values()))
    return "\n".join(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lassonet_path", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    own = commands.add_parser("run")
    own.add_argument("folder", type=Path)
    own.add_argument("sets", nargs="*", help="by default all")
    own = commands.add_parser("tables")
    own.add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.command == "run":
        run(given.folder, given.sets)
    else:
        print(tables(_read(given.folder / "results.jsonl")))
