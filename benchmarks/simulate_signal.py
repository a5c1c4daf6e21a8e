"""Test tables for signal that have none, or little, and count how often it is found.

    python -m benchmarks.simulate_signal --tables 300

prints the tables of docs/evidence/signal.md: simple learners on random labels, and networks trained by Bridle on tables
of real populations whose labels are shuffled, all of them or most. *Earlier* is the rule that was used before: every
method by itself with a share of the error, on splits by a corrected t. The tests run the same with fewer tables.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import special

from benchmarks.populations import PLAIN, Integers, World, pool
from bridle.statistics import overlapping
from bridle.statistics.signal import Signal, signals

LEARNERS = ("nearest neighbour", "least squares", "all")
"""One method, another, or five: both, and least squares of three strengths of ridge."""

NETWORKS = (
    World("adult", 60, 10, 15, 300, 1.0, PLAIN),
    World("bank-marketing", 150, 10, 15, 300, 1.0, PLAIN),
    World("segment", 210, 10, 15, 300, 1.0, PLAIN),
    World("mnist", 200, 10, 10, 300, 1.0, PLAIN),
)
"""Tables whose labels are shuffled; of bank-marketing 12 % belong to the smaller class."""

LITTLE = {"adult": 0.5, "bank-marketing": 0.4, "segment": 0.93, "mnist": 0.9}
"""Shares of shuffled labels that leave a signal which is hard to find."""


@dataclass(frozen=True)
class Table:
    """Predictions for the test rows of a table's splits.

    Attributes:
        predicted: [methods, replicates, test rows].
        labels: [rows] of the table.
        rows: [replicates, test rows].
        train: training rows of a split.
    """

    predicted: npt.NDArray[np.integer]
    labels: Integers
    rows: Integers
    train: int

    def first(self, replicates: int) -> Table:
        """Return the table with its first splits only."""
        return replace(self, predicted=self.predicted[:, :replicates], rows=self.rows[:replicates])


def learned(learner: str, replicates: int, tables: int, signal: float = 0.0) -> Iterator[Table]:
    """Split tables of 200 rows, of whose labels the first column tells `signal` standard deviations."""
    rng = np.random.default_rng([replicates, LEARNERS.index(learner), round(100 * signal)])
    for _ in range(tables):
        y = rng.permutation(np.arange(200) % 2)
        x = rng.standard_normal((200, 4))
        x[:, 0] += signal * (y - 0.5)
        parts = [_stratified(y, rng) for _ in range(replicates)]
        shown = np.stack([predictions(learner, x, y, *part) for part in parts], axis=1)
        yield Table(
            shown, y.astype(np.int32), np.stack([b for _, b in parts]).astype(np.int32), 120
        )


def _stratified(
    y: npt.NDArray[np.int_], rng: np.random.Generator
) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
    """Draw 120 rows to train and 40 to test, as many of each class."""
    rows = [rng.permutation(np.flatnonzero(y == k)) for k in (0, 1)]
    return np.concatenate([r[:60] for r in rows]), np.concatenate([r[-20:] for r in rows])


def predictions(
    learner: str,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.int_],
    train: npt.NDArray[np.int_],
    test: npt.NDArray[np.int_],
) -> npt.NDArray[np.int_]:
    """Return [methods, test rows], the classes that each method predicts."""
    found = []
    if learner != "least squares":
        apart = ((x[test, None] - x[None, train]) ** 2).sum(axis=2)
        found.append(y[train][apart.argmin(axis=1)])
    ridges = {"nearest neighbour": (), "least squares": (0,), "all": (0, 30, 100, 300)}[learner]
    for ridge in ridges:
        square = x[train].T @ x[train] + ridge * np.eye(4)
        weights = np.linalg.solve(square, x[train].T @ (y[train] - 0.5))
        found.append((x[test] @ weights > 0).astype(int))
    return np.stack(found)


def networks(world: World, folder: Path | None = None) -> Iterator[Table]:
    """Train the networks of a world's tables, or take them from `folder`; see `populations.pool`."""
    for one in pool(world, folder):
        yield Table(one.predicted, one.labels, one.rows, world.sizes[0])


def of_table(table: Table, permutations: int = 199) -> dict[str, Signal]:
    """Test all methods of a table."""
    truth = dict(enumerate(table.labels[table.rows]))
    shown = {str(m): dict(enumerate(own)) for m, own in enumerate(table.predicted)}
    rows, sizes = dict(enumerate(table.rows)), (table.train, table.rows.shape[1])
    return signals("classes", shown, truth, "overlapping", rows, sizes, permutations=permutations)


def earlier(table: Table) -> bool:
    """Say whether the earlier rule finds signal: of any method, which share the error, by the corrected t."""
    truth, (methods, replicates, size) = table.labels[table.rows], table.predicted.shape
    classes = np.arange(table.labels.max() + 1)[:, None, None]
    for shown in table.predicted:
        chance = ((shown == classes).mean(axis=2) * (truth == classes).mean(axis=2)).sum(axis=0)
        above = overlapping((shown == truth).mean(axis=1) - chance, table.train, size)
        if above.known:
            t = above.difference / above.standard_error
            if special.stdtr(replicates - 1, -t) <= 0.05 / methods:
                return True
    return False


@dataclass
class Counts:
    """Tables: how many, in how many signal was found, and in how many every bound held `truth`."""

    tables: int = 0
    found: int = 0
    before: int = 0
    held: int = 0

    def add(self, table: Table) -> None:
        """Count a table."""
        each = of_table(table)
        self.tables += 1
        self.found += any(one.found for one in each.values())
        self.before += earlier(table)
        self.held += all(not one.excluded_above < one.chance for one in each.values())

    def cells(self) -> str:
        """Return the shares as cells of a table."""
        counts = (self.found, self.before, self.held)
        return " | ".join(f"{100 * count / self.tables:.1f} %" for count in counts)


def count(tables: Iterator[Table], splits: tuple[int, ...]) -> dict[int, Counts]:
    """Count what is found in tables, by the number of their splits."""
    found = {replicates: Counts() for replicates in splits}
    for table in tables:
        for replicates in splits:
            found[replicates].add(table.first(replicates))
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=300, help="tables for each line")
    parser.add_argument("--folder", type=Path, help="where trained tables are kept")
    given = parser.parse_args()
    number, start = given.tables, time.perf_counter()
    head = "| splits | signal found | earlier | bound held |"
    print(f"### No signal\n\n| predictions | rows | methods {head}\n|---|---|---|---|---|---|---|")
    for learner in LEARNERS:
        methods = 5 if learner == "all" else 1
        for replicates, counts in count(learned(learner, 30, number), (2, 5, 10, 30)).items():
            print(f"| {learner} | 200 | {methods} | {replicates} | {counts.cells()} |", flush=True)
    for world in NETWORKS:
        own = replace(world, tables=number)
        for replicates, counts in count(networks(own, given.folder), (2, 5, 10)).items():
            place = f"networks, {world.population} | {world.rows} | {len(world.methods)}"
            print(f"| {place} | {replicates} | {counts.cells()} |", flush=True)
    print(
        f"\n### Little signal\n\n| predictions | rows | methods {head}\n|---|---|---|---|---|---|---|"
    )
    for learner in LEARNERS:
        methods = 5 if learner == "all" else 1
        for replicates, counts in count(learned(learner, 10, number, 0.5), (2, 5, 10)).items():
            print(f"| {learner} | 200 | {methods} | {replicates} | {counts.cells()} |", flush=True)
    for world in NETWORKS:
        share = LITTLE[world.population]
        own = replace(world, tables=max(number // 5, 1), shuffled=share)
        for replicates, counts in count(networks(own, given.folder), (2, 5, 10)).items():
            place = f"networks, {world.population} | {world.rows} | {len(world.methods)}"
            print(f"| {place} | {replicates} | {counts.cells()} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
