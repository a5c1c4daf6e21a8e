"""Whether a pilot finds enough epochs, and what it costs: test scores at half of its number, at it and at twice it.

`python -m benchmarks.pilot` prints the table of `docs/evidence/epochs.md`. It reads tables in the folder `BRIDLE_DATA`.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.protocol_sets import made
from bridle.api.study import Study
from bridle.api.training import finish
from bridle.data import from_arrays, load
from bridle.data.dataset import Dataset
from bridle.engine.datasets import BY_NAME, DataStore
from bridle.engine.executor import ChunkOutcome, InProcessExecutor, Pull
from bridle.engine.spec import Chunk, ChunkResult
from bridle.methods.schedules.base import CONSTANT
from bridle.study.begin import prepare
from bridle.study.pilot import find_epochs
from bridle.study.plan import read_plan
from bridle.study.request import Request, make_plan

SETS = (
    "made(846,18)",
    "australian",
    "balance-scale",
    "blood-transfusion",
    "segment",
    "mfeat-factors",
    "wine",
    "digits",
    "moons",
    "mnist(train=1000)",
    "noise(train=300,validation=300,test=2000)",
)
METHODS = "none,l2,dropout,early_stopping"


class Timed(InProcessExecutor):
    """Trains in this process and adds up the seconds of chunks."""

    def __init__(self) -> None:
        self.compiling = self.training = 0.0
        self.epochs = 0

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        """Train chunks as the executor does."""
        for chunk, outcome in super().run(pull, data, scratch, until):
            if isinstance(outcome, ChunkResult):
                self.compiling += outcome.compile_seconds
                self.training += outcome.seconds
                self.epochs += outcome.lane_epochs
            yield chunk, outcome


def dataset(name: str) -> Dataset:
    """Return a bundled set, a table of `BRIDLE_DATA` with its numeric columns, or the made table of 846 rows."""
    if name.startswith("made"):
        return made()
    path = Path(os.environ.get("BRIDLE_DATA", "")) / "tabular" / f"{name}.csv.gz"
    if not path.is_file():
        return load(name)
    frame = pd.read_csv(path)
    y = frame.pop("target").to_numpy()
    X = frame.select_dtypes("number")
    return from_arrays(X.fillna(X.mean()).to_numpy(np.float32), y)


def scores(data: Dataset, folder: Path, epochs: int, replicates: int) -> Any:
    """Return the mean test score of each method after a number of epochs."""
    request = Request(
        methods=METHODS, configurations=3, replicates=replicates, epochs=epochs, schedule=CONSTANT
    )
    plan = make_plan(data, request)
    narrow = min(3 * replicates, *plan.lanes.values())  # so that no lane is idle
    plan = replace(plan, lanes=dict.fromkeys(plan.lanes, narrow))
    study = finish(prepare(data, plan, folder / str(epochs)), InProcessExecutor())
    assert isinstance(study, Study)
    return study.leaderboard().set_index("method")["score"]


def row(name: str, replicates: int) -> str:
    """Return a line of the table for one data set."""
    data = dataset(name)
    with tempfile.TemporaryDirectory() as place:
        folder, executor = Path(place), Timed()
        study = prepare(
            data, make_plan(data, Request(epochs="auto", schedule=CONSTANT)), folder / "pilot"
        )
        find_epochs(study, executor)
        plan, _, _ = read_plan(study / "study.json")
        assert plan.pilot is not None
        numbers = (max(1, plan.epochs // 2), plan.epochs, 2 * plan.epochs)
        found = [scores(data, folder, epochs, replicates) for epochs in numbers]
    cells = [
        " / ".join(f"{100 * frame[label]:.1f}" for frame in found) for label in METHODS.split(",")
    ]
    share = executor.epochs / (plan.count * plan.epochs)
    return (
        f"| {name} | {plan.epochs} | {plan.pilot.slowest}, {plan.pilot.stopped or 'never'} | "
        f"{executor.training:.1f} + {executor.compiling:.0f} | {100 * share:.1f} % | {' | '.join(cells)} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pilot", description=__doc__)
    parser.add_argument(
        "names", nargs="*", default=SETS, help="data sets; by default those of the table"
    )
    parser.add_argument("--replicates", type=int, default=3)
    given = parser.parse_args()
    print(
        "| data | epochs | slowest, stopped after | pilot: training + compiling (s) | share of the epochs | "
        + " | ".join(METHODS.split(","))
        + " |"
    )
    print("|" + "---|" * 9)
    for name in given.names or SETS:
        print(row(name, given.replicates), flush=True)


if __name__ == "__main__":
    main()
