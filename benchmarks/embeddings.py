"""What embeddings of columns gain on tables: each network, tuned over learning rates by validation score.

    python -m benchmarks.embeddings
    python -m benchmarks.embeddings --method early_stopping

Prints the tables of docs/evidence/embeddings.md. Needs the folder that `BRIDLE_DATA` names, and some minutes of a core.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bridle.engine.devices import Device

if TYPE_CHECKING:
    import pandas as pd

    from bridle.data.dataset import Dataset

NETWORKS = ("mlp", "mlp(embed=ple)", "mlp(embed=ple(bins=16))", "mlp(embed=periodic)")
"""The first is what the others are compared with."""

TABLES = {
    "adult": ("tabular", 5000),
    "bank-marketing": ("tabular", 5000),
    "segment": ("tabular", None),
    "concrete": ("regression", None),
}
"""Folder of each table, and how many of its rows are for training and validation if not all; the others test."""

RATES = (0.001, 0.003, 0.01)
REPLICATES = 5
TEST_ROWS = 10_000


def dataset(name: str) -> Dataset:
    """Return a table as a data set: split anew by every replicate, or some rows for training and others to test."""
    import pandas as pd

    from bridle.data.intake import from_memory

    folder, rows = TABLES[name]
    path = Path(os.environ["BRIDLE_DATA"]) / folder / f"{name}.csv.gz"
    table: pd.DataFrame = pd.read_csv(path).sample(frac=1, random_state=0)
    if rows is None:
        return from_memory(table, target="target")
    return from_memory(table[:rows], target="target", test=table[rows : rows + TEST_ROWS])


def scores(data: Dataset, network: str, method: str = "none") -> tuple[np.ndarray, float]:
    """Return test scores `[replicates]` at the learning rate with the best validation score, and the seconds.

    Args:
        data: the table.
        network: as `--network` reads it.
        method: one that every program holds.

    Returns:
        The scores, and the seconds of a core that training took, without compiling.
    """
    from bridle.engine.program import Program
    from bridle.engine.spec import ProgramSpec, RunSpec
    from bridle.methods.composition import Composition
    from bridle.metrics import metric
    from bridle.networks.catalogue import canonical

    own, setting = data.defaults, Composition.parse(method).setting()
    spec = ProgramSpec(
        own.widths,
        own.activation,
        (),
        own.optimizer,
        own.batch_size,
        network=canonical(network),
        schedule="linear",
    )
    runs = [RunSpec(setting, rate, own.epochs, r, 0) for r in range(REPLICATES) for rate in RATES]
    program = Program(spec, len(runs), data)
    program.train([replace(run, epochs=1) for run in runs])  # compiles
    compiled = time.process_time()
    results = program.train(runs)
    seconds = time.process_time() - compiled
    sign, found = metric(data.task.metric, data.task.kind).sign, []
    for replicate in range(REPLICATES):
        part = results[replicate * len(RATES) : (replicate + 1) * len(RATES)]
        able = [result.scores for result in part if not result.diverged]
        # of equal validation scores the one with the lower loss
        best = max(able, key=lambda one: (sign * one["val_score"], -one["val_loss"]))
        found.append(best["test_score"])
    return np.array(found), seconds


def lines(names: Sequence[str], networks: Sequence[str], method: str) -> Iterator[str]:
    """Yield the lines of the table as they are measured."""
    yield "| table | metric | network | test score | difference | seconds |"
    yield "|---|---|---|---|---|---|"
    for name in names:
        data, reference = dataset(name), None
        for network in networks:
            found, seconds = scores(data, network, method)
            reference = found if reference is None else reference
            apart = found - reference
            error = apart.std(ddof=1) / len(apart) ** 0.5
            said = "" if found is reference else f"{apart.mean():+.2g} ± {error:.1g}"
            yield (
                f"| {name} | {data.task.metric} | `{network}` | {found.mean():.4g} | {said} | {seconds:.0f} |"
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embeddings", description=__doc__)
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=TABLES)
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--method", default="none", help="none, early_stopping, l2 and so on")
    given = parser.parse_args()
    # before JAX starts
    os.environ.update(Device("cpu", 0).environment())
    for line in lines(given.tables, given.networks, given.method):
        print(line, flush=True)


if __name__ == "__main__":
    main()
