"""Simulate methods over several data sets, and count how often the test of their ranks errs, and what it finds.

    python -m benchmarks.simulate_ranks --tables 10000

prints the tables of docs/evidence/ranks.md. All numbers follow from the seed. The tests run the same with fewer tables.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.statistics import rank

Floats = npt.NDArray[np.float64]
Scores = Callable[[np.random.Generator, int, int], Floats]
"""Draws the scores [methods, datasets] of equal methods."""

TELL = ("better", "worse")


def alike(rng: np.random.Generator, datasets: int, methods: int) -> Floats:
    """Data sets of other difficulty, on which all methods vary alike."""
    return rng.uniform(0.5, 1.0, datasets) + 0.01 * rng.standard_normal((methods, datasets))


def unequal_sets(rng: np.random.Generator, datasets: int, methods: int) -> Floats:
    """Data sets on which methods vary by 0.1 to 10 points."""
    noise = 10 ** rng.uniform(-3, -1, datasets)
    return rng.uniform(0.5, 1.0, datasets) + noise * rng.standard_normal((methods, datasets))


def unequal_methods(rng: np.random.Generator, datasets: int, methods: int) -> Floats:
    """Methods that vary up to tenfold as much as the baseline."""
    spread = np.geomspace(0.002, 0.02, methods)[:, None]
    return rng.uniform(0.5, 1.0, datasets) + spread * rng.standard_normal((methods, datasets))


def wild_baseline(rng: np.random.Generator, datasets: int, methods: int) -> Floats:
    """A baseline that varies tenfold as much as the methods."""
    scores = unequal_sets(rng, datasets, methods)
    scores[0] += 0.5 * rng.standard_normal(datasets)
    return scores


def tied(rng: np.random.Generator, datasets: int, methods: int) -> Floats:
    """Accuracies on 20 test rows, most of them shared: many methods are right equally often."""
    return rng.binomial(20, rng.uniform(0.7, 0.99, datasets), (methods, datasets)) / 20


def half_alike(rng: np.random.Generator, datasets: int, methods: int) -> Floats:
    """On half of the data sets no method changes anything, so that all share a rank."""
    scores = alike(rng, datasets, methods)
    scores[:, ::2] = scores[0, ::2]
    return scores


WORLDS: dict[str, Scores] = {
    "all vary alike": alike,
    "unequal noise of data sets": unequal_sets,
    "unequal noise of methods": unequal_methods,
    "a wild baseline": wild_baseline,
    "many ties": tied,
    "half of the data sets tie": half_alike,
}


@dataclass
class Counts:
    """Of `tables`, how many told a truly equal method from the baseline, and how many the one that is better."""

    tables: int
    wrong: int = 0
    found: int = 0


def null_tables(world: str, datasets: int, methods: int, tables: int, seed: int = 0) -> Counts:
    """Count tables of truly equal methods in which one is said to be better or worse than the baseline.

    Args:
        world: of `WORLDS`.
        datasets: in a table.
        methods: in a table, the baseline among them.
        tables: how many.
        seed: of everything random.
    """
    rng = np.random.default_rng([seed, datasets, methods, list(WORLDS).index(world)])
    return _count(rng, WORLDS[world], datasets, methods, tables, 0.0)


def better(effect: float, datasets: int, methods: int, tables: int, seed: int = 0) -> Counts:
    """Count tables in which the only method that is better is found, and those in which another is.

    Args:
        effect: how much better on every data set, in standard deviations of one method's score there.
        datasets: in a table.
        methods: in a table, the baseline among them.
        tables: how many.
        seed: of everything random.
    """
    rng = np.random.default_rng([seed, datasets, methods, 100, int(100 * effect)])
    return _count(rng, alike, datasets, methods, tables, effect)


def _count(
    rng: np.random.Generator,
    world: Scores,
    datasets: int,
    methods: int,
    tables: int,
    effect: float,
) -> Counts:
    names = ["none", *map(str, range(1, methods))]
    counts = Counts(tables)
    for _ in range(tables):
        scores = world(rng, datasets, methods)
        scores[1] += 0.01 * effect
        found = rank(dict(zip(names, scores, strict=True)))
        standing = {one.method: one.standing for one in found.methods}
        others = [standing[name] for name in names[(2 if effect else 1) :]]
        counts.wrong += any(one in TELL for one in others)
        counts.found += standing["1"] == "better"
    return counts


SETS, METHODS, EFFECTS = (6, 10, 20), (2, 3, 6, 9), (1.0, 2.0)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=10_000, help="tables for each cell")
    tables = parser.parse_args().tables
    start = time.perf_counter()
    heads = " | ".join(f"{n} data sets" for n in SETS)
    print(f"### Equal methods: tables in which one is said to differ ({tables:,} a cell)\n")
    print(f"| world | methods | {heads} |\n{'|---' * (2 + len(SETS))}|")
    for world in WORLDS:
        for methods in METHODS:
            wrong = [null_tables(world, n, methods, tables).wrong for n in SETS]
            cells = " | ".join(f"{100 * one / tables:.1f} %" for one in wrong)
            print(f"| {world} | {methods} | {cells} |", flush=True)
    print("\n### One method is better: tables in which it is found; in which another one is\n")
    print(f"| effect | methods | {heads} |\n{'|---' * (2 + len(SETS))}|")
    for effect in EFFECTS:
        for methods in METHODS:
            counts = [better(effect, n, methods, tables) for n in SETS]
            cells = " | ".join(
                f"{100 * c.found / tables:.0f} %"
                + (f"; {100 * c.wrong / tables:.1f} %" if methods > 2 else "")
                for c in counts
            )
            print(f"| {effect:g} | {methods} | {cells} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
