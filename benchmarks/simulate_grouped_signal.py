"""Test tables of groups for signal that have none, and count how often it is found.

    python -m benchmarks.simulate_grouped_signal --tables 300

prints a table of docs/evidence/signal.md: simple learners on visits of patients. A patient's visits share most of the
inputs and the label, which means nothing. Parts of a split hold whole patients. *By rows* is the test that takes visits
as independent. The tests run the same with fewer tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from benchmarks.simulate_signal import predictions
from bridle.statistics.signal import signals

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int_]
Sizes = Literal["5 each", "1 to 20"]

LEARNER = "all"
"""Five methods: the nearest neighbour, and least squares with four strengths of ridge."""


def tables(
    patients: int, sizes: Sizes, alike: float, number: int, signal: float = 0.0
) -> Iterator[tuple[Floats, Integers, Integers]]:
    """Yield inputs [rows, 4], labels [rows] and groups [rows].

    Args:
        patients: how many groups.
        sizes: rows of a group.
        alike: the share of the inputs' variance that rows of a group share.
        number: of tables.
        signal: by how many standard deviations the classes differ in the first input.
    """
    rng = np.random.default_rng([patients, len(sizes), round(100 * alike), round(100 * signal)])
    for _ in range(number):
        visits = np.full(patients, 5) if sizes == "5 each" else rng.integers(1, 21, patients)
        group = np.repeat(np.arange(patients), visits)
        y = rng.permutation(np.arange(patients) % 2)[group]
        own = rng.standard_normal((patients, 4))[group]
        x = alike**0.5 * own + (1 - alike) ** 0.5 * rng.standard_normal(own.shape)
        x[:, 0] += signal * (y - 0.5)
        yield x, y, group


def found(x: Floats, y: Integers, group: Integers, splits: int, by_group: bool, seed: int) -> bool:
    """Say whether signal is found in random splits of whole groups, three fifths to train and one fifth to test."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(group.max() + 1) for _ in range(splits)]
    first, last = round(0.6 * len(orders[0])), round(0.8 * len(orders[0]))
    parts = [np.flatnonzero(np.isin(group, order[last:])) for order in orders]
    size = min(map(len, parts))  # equal in all splits
    shown, truth, rows, own = {}, {}, {}, {}
    for r, (order, part) in enumerate(zip(orders, parts, strict=True)):
        train, test = np.flatnonzero(np.isin(group, order[:first])), part[:size]
        shown[r] = predictions(LEARNER, x, y, train, test)
        truth[r], rows[r], own[r] = y[test], test, group[test]
    sizes = (round(0.6 * len(y)), size)
    each = {str(m): {r: one[m] for r, one in shown.items()} for m in range(len(shown[0]))}
    tested = signals(
        "classes", each, truth, "overlapping", rows, sizes,
        groups=own if by_group else None, permutations=199,
    )  # fmt: skip
    return any(one.found for one in tested.values())


WORLDS: tuple[tuple[int, Sizes, float], ...] = (
    (20, "5 each", 0.5), (20, "5 each", 0.9), (60, "5 each", 0.0), (60, "5 each", 0.5), (60, "5 each", 0.9),
    (60, "1 to 20", 0.5), (60, "1 to 20", 0.9),
)  # fmt: skip
SPLITS = (2, 5, 10)


def shares(
    world: tuple[int, Sizes, float], splits: int, number: int, signal: float = 0.0
) -> tuple[float, float]:
    """Return in what share of tables signal is found by groups, and by rows."""
    every = [
        [found(*table, splits, by_group, seed) for by_group in (True, False)]
        for seed, table in enumerate(tables(*world, number, signal))
    ]
    by_group, by_row = np.mean(every, axis=0)
    return float(by_group), float(by_row)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=300, help="tables for each line")
    number = parser.parse_args().tables
    print("| patients | visits | inputs alike | splits | signal found | by rows | where there is |")
    print("|---|---|---|---|---|---|---|")
    for world in WORLDS:
        for splits in SPLITS:
            by_group, by_row = shares(world, splits, number)
            there, _ = shares(world, splits, max(number // 3, 1), signal=1.0)
            cells = [*world[:2], f"{100 * world[2]:.0f} %", splits]
            cells += [f"{100 * share:.1f} %" for share in (by_group, by_row, there)]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
