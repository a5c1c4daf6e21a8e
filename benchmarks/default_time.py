"""What the default comparison costs beside a simpler one: processor time of whole processes, by turns.

`python -m benchmarks.default_time` prints the table of `docs/evidence/halving.md`. The simpler comparison tries seven
strengths of every method at one constant learning rate, for the data set's own number of epochs. Processor time of a
process and its workers is counted, so that other work on the machine matters little.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bridle.engine.datasets import BY_NAME, DataStore
from bridle.engine.executor import ChunkOutcome, LocalExecutor, Pull
from bridle.engine.spec import Chunk, ChunkResult

SETS = ("moons", "digits", "made(846,18)")
KINDS = ("simple", "default")


class Counting(LocalExecutor):
    """Trains in workers and adds up the lane epochs, seconds and seconds of compiling of the pilot and of all else."""

    def __init__(self, cache: str) -> None:
        super().__init__(cache=cache)
        self.found = {
            part: dict.fromkeys(("epochs", "training", "compiling"), 0.0)
            for part in ("pilot", "study")
        }

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        """Train chunks as the executor does."""
        part = "study" if scratch else "pilot"  # a pilot saves no runs under way
        for chunk, outcome in super().run(pull, data, scratch, until):
            if isinstance(outcome, ChunkResult):
                self.found[part]["epochs"] += outcome.lane_epochs
                self.found[part]["training"] += outcome.seconds
                self.found[part]["compiling"] += outcome.compile_seconds
            yield chunk, outcome


def one(name: str, kind: str, replicates: int | None, epochs: int | None, out: Path) -> None:
    """Compare the usual methods, print the answer, and at last what pilot and training took, as JSON.

    Args:
        name: of the data set; anything but a bundled one is given as arrays.
        kind: one of `KINDS`.
        replicates: by default those of the data set.
        epochs: of the default comparison; by default the data set's own, or what a pilot finds.
        out: the study's folder.
    """
    import bridle
    from benchmarks.pilot import dataset

    data = dataset(name)
    asked: dict[str, Any] = {"replicates": replicates, "epochs": epochs}
    if kind == "simple":
        own = data.defaults
        asked |= {"epochs": own.epochs, "learning_rate": own.learning_rate}
        asked |= {"schedule": "constant", "configurations": 7}
    split = data.replicate(0, 0)
    given = (split.inputs, split.targets) if data.defaults.pilot else (name,)
    with Counting(f"{os.environ['BRIDLE_CACHE']}/programs") as executor:
        study = bridle.compare(*given, out=out, executor=executor, **asked)
        study.report()
        print(study.summary)
    print(json.dumps({**executor.found, "planned": study.plan.epochs, "runs": study.plan.count}))


def measured(name: str, kind: str, options: list[str], place: str) -> tuple[float, dict[str, Any]]:
    """Return the processor seconds of a comparison in a process of its own, and what it told."""
    command = [sys.executable, "-m", "benchmarks.default_time", name, "--one", kind, *options]
    with tempfile.TemporaryDirectory(dir=place) as out:
        before = spent()
        done = subprocess.run(
            [*command, "--out", f"{out}/study"],
            env={**os.environ, "BRIDLE_CACHE": f"{place}/cache"},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = spent() - before
    last = done.stdout.splitlines()[-1]
    print(f"{name}, {kind}: {seconds:.1f} s, {last}", file=sys.stderr, flush=True)
    return seconds, json.loads(last)


def spent() -> float:
    """Return the processor seconds of all children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def row(name: str, turns: int, options: list[str]) -> str:
    """Return a line of the table for one data set."""
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    told: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as place:
        for kind in KINDS:  # fill the cache of programs
            measured(name, kind, ["--replicates", "1"], place)
        for _ in range(turns):
            for kind in KINDS:
                own, told[kind] = measured(name, kind, options, place)
                seconds[kind].append(own)
    simple, default = (median(seconds[kind]) for kind in KINDS)
    ratio = median([new / old for old, new in zip(*seconds.values(), strict=True)])
    trained = [told[kind]["study"]["epochs"] for kind in KINDS]
    pilot = told["default"]["pilot"]["epochs"]
    epochs = " / ".join(f"{told[kind]['planned']}" for kind in KINDS)
    runs = " / ".join(f"{told[kind]['runs']:,}" for kind in KINDS)
    return (
        f"| {name} | {runs} | {epochs} | {trained[1] / trained[0]:.2f} | {pilot / (pilot + trained[1]):.1%} | "
        f"{simple:.0f} / {default:.0f} | {ratio:.2f} |"
    )


def main() -> None:
    """Print the table, or compare once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.default_time", description=__doc__)
    parser.add_argument("names", nargs="*", default=SETS, help="data sets")
    parser.add_argument("--replicates", type=int, help="by default those of the data set")
    parser.add_argument("--epochs", type=int, help="of the default comparison, without a pilot")
    parser.add_argument("--turns", type=int, default=1, help="comparisons of each kind")
    parser.add_argument("--one", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.names[0], given.one, given.replicates, given.epochs, given.out)
        return
    options = []
    for option in ("replicates", "epochs"):
        value = getattr(given, option)
        options += [] if value is None else [f"--{option}", str(value)]
    print("| data | runs | epochs | epochs trained | pilot | processor seconds | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name in given.names or SETS:
        print(row(name, given.turns, options), flush=True)


if __name__ == "__main__":
    main()
