"""Do recipes score as Bridle does? Prints the tables of docs/recipes.md.

    python -m benchmarks.recipes                             # moons, in every framework that is installed
    python -m benchmarks.recipes digits --frameworks keras   # or wine, australian (a file in the folder BRIDLE_DATA)

One study trains every method at one setting; every recipe is run ten times in its own framework. A mean of ten lies
inside if it is in the 95 % prediction interval that the study's replicates give for the mean of ten further ones, or
nearer to it than the study's margin, 10 % of the baseline's error.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from bridle.api.folder import open_folder
from bridle.api.study import Study
from bridle.api.training import compare
from bridle.errors import UserError
from bridle.recipes import FRAMEWORKS

METHODS = (
    "none", "l2(strength=0.003)", "l1(strength=0.001)", "elastic_net(strength=0.003)", "weight_decay(strength=0.3)",
    "max_norm(limit=2)", "dropout(rate=0.2)", "batch_norm(momentum=0.9)", "early_stopping(patience=10)",
    "ema(decay=0.95)", "label_smoothing(strength=0.1)", "mixup(strength=0.4)", "augmentation(strength=0.2)",
    "r_drop(rate=0.2)", "sam(radius=0.1)", "snapshot_ensemble(cycles=3)",
)  # fmt: skip
FEWER = (
    "none", "l2(strength=0.003)", "weight_decay(strength=0.3)", "max_norm(limit=2)", "dropout(rate=0.2)",
    "batch_norm(momentum=0.9)", "early_stopping(patience=10)", "label_smoothing(strength=0.1)",
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """A data set, and what is trained on it."""

    data: str
    methods: tuple[str, ...] = FEWER
    options: dict[str, Any] = field(default_factory=dict)


DATA = {
    "moons": Compared("moons(n=200,test=2000)", METHODS, {"widths": [32, 32]}),
    "wine": Compared("wine"),
    "digits": Compared("digits"),
    "australian": Compared("tabular/australian.csv.gz", FEWER, {"target": "target"}),
}
EPOCHS, LEARNING_RATE = 40, 0.01
REPEATS = 10
NEEDED = {"keras": "keras", "pytorch": "torch", "sklearn": "sklearn", "optax": "optax"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("data", nargs="?", default="moons", choices=DATA)
    parser.add_argument("--frameworks", nargs="+", help="by default all that are installed")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help="of the study; by default a temporary one")
    given = parser.parse_args()
    if given.only:
        run_all(Path(given.folder), given.only)
        return
    compared = DATA[given.data]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.folder or temporary) / given.data
        if not folder.exists():
            file = Path(os.environ.get("BRIDLE_DATA", "")) / compared.data
            compare(
                str(file) if file.suffix == ".gz" else compared.data,
                methods=list(compared.methods),
                epochs=EPOCHS,
                learning_rate=LEARNING_RATE,
                replicates=REPEATS,
                out=folder,
                **compared.options,
            )
        there = given.frameworks or [
            one.name for one in FRAMEWORKS if importlib.util.find_spec(NEEDED[one.name])
        ]
        found = {name: scores(folder, name) for name in there}
        for line in table(folder, found):
            print(line)


def scores(folder: Path, framework: str) -> dict[str, str]:
    """Run all recipes of a framework in a process of its own; return the means, or reasons, by method."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.recipes",
        "--only",
        framework,
        "--folder",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [line.strip().partition("\t") for line in process.stdout if "\t" in line]
    return {method: value for method, _, value in lines}


def run_all(folder: Path, framework: str) -> None:
    """Print the mean of each recipe, or `–` where there is none."""
    study = open_folder(folder)
    assert isinstance(study, Study)
    for method in study.plan.methods:
        try:
            print(f"{method}\t{run(study.recipe(framework, method))}", flush=True)
        except UserError:
            print(f"{method}\t–", flush=True)


def run(text: str) -> float:
    """Run a program ten times and return the mean score that it prints."""
    space: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(text, "recipe.py", "exec"), space)
    sys.argv, out = ["recipe.py", "--repeats", str(REPEATS)], io.StringIO()
    with contextlib.redirect_stdout(out):
        space["main"]()
    return float(out.getvalue().rpartition(": ")[2])


def table(folder: Path, found: dict[str, dict[str, str]]) -> list[str]:
    """Return the table: Bridle's mean with its interval, and every framework's."""
    study = open_folder(folder)
    assert isinstance(study, Study)
    measured = study.test_scores()
    margin = 0.1 * (1 - measured["none"].mean())
    lines = [
        f"| method | Bridle [interval ± margin] | {' | '.join(found)} |",
        f"|---|---|{'---|' * len(found)}",
    ]
    for method in study.plan.methods:
        ours = measured[method]
        half = stats.t.ppf(0.975, len(ours) - 1) * ours.std(ddof=1)
        half = half * np.sqrt(1 / len(ours) + 1 / REPEATS) + margin
        cells = []
        for values in found.values():
            value = values.get(method, "–")
            if value != "–":
                inside = abs(float(value) - ours.mean()) <= half
                value = f"{100 * float(value):.1f}{'' if inside else ' **outside**'}"
            cells.append(value)
        low, high = 100 * (ours.mean() - half), 100 * (ours.mean() + half)
        mean = f"{100 * ours.mean():.1f} [{low:.1f}, {high:.1f}]"
        lines.append(f"| {method} | {mean} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
