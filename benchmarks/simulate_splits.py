"""Train networks on tables drawn from real populations, and count how often intervals over their splits hold the truth.

    python -m benchmarks.populations FOLDER
    python -m benchmarks.simulate_splits FOLDER

trains the tables and prints the table of docs/evidence/overlapping-splits.md. Every table is split at random, 60 to 20
to 20, and every method is trained on each split by Bridle's own engine. The truth is the mean over all tables, measured
on rows outside them: what a table of this size gives on average in this population.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from scipy import special

from benchmarks.populations import WORLDS, Trained, World, pool
from bridle.statistics import Comparison, compare
from bridle.statistics.checks import Floats

Score = Literal["accuracy", "log-loss"]


@dataclass(frozen=True)
class Counts:
    """What intervals did.

    Attributes:
        covered: how often a simultaneous interval holds the truth.
        single: how often an interval of one comparison alone does.
        wrong: studies with a simultaneous interval that does not.
        width: the median half width of the studies, by the oracle's.
    """

    covered: float
    single: float
    wrong: float
    width: float


def differences(tables: Sequence[Trained], score: Score) -> Floats:
    """Return [tables, methods], the true differences to the first method of each table's networks, over all splits."""
    own = [t.outside if score == "accuracy" else t.outside_minus_loss for t in tables]
    means = np.array([one.mean(axis=1) for one in own], float)
    return np.asarray(means[:, 1:] - means[:, :1])


def count(tables: Sequence[Trained], score: Score, replicates: int, rows: bool) -> Counts:
    """Compare every table's methods, with or without the rows of their test parts.

    The oracle knows how far estimates spread over tables, and takes the normal quantile for all methods together.
    """
    truth = differences(tables, score).mean(axis=0)
    comparisons = [compared(one, score, slice(0, replicates), rows) for one in tables]
    estimates = np.array([[c.difference for c in one.methods] for one in comparisons])
    low = np.array([[c.low for c in one.methods] for one in comparisons])
    high = np.array([[c.high for c in one.methods] for one in comparisons])
    held = ~((low > truth) | (high < truth))  # without an interval nothing is said
    alone = np.array(
        [
            [
                not abs(c.difference - true)
                > special.stdtrit(c.estimate.df, 0.975) * c.estimate.standard_error
                for c, true in zip(one.methods, truth, strict=True)
            ]
            for one in comparisons
        ]
    )
    quantile = float(special.ndtri(0.5 + 0.5 * 0.95 ** (1 / len(truth))))
    oracle = quantile * np.sqrt(((estimates - truth) ** 2).mean(axis=0))
    return Counts(
        float(held.mean()),
        float(alone.mean()),
        float((~held.all(axis=1)).mean()),
        float(np.median(np.nanmean((high - low) / 2, axis=0) / oracle)),
    )


def compared(
    one: Trained, score: Score, splits: slice, rows: bool = True, methods: Sequence[int] = ()
) -> Comparison:
    """Compare some methods on some splits of a table, as a study does; by default all."""
    tables = one.right if score == "accuracy" else one.minus_loss.astype(float)
    test = one.rows.shape[1]
    chosen = [0, *(methods or range(1, len(tables)))]
    return compare(
        None,
        "overlapping",
        examples={"none" if m == 0 else str(m): tables[m, splits] for m in chosen},
        rows=one.rows[splits] if rows else None,
        sizes=(3 * test, test),
        error="accuracy" if score == "accuracy" else "loss",
    )


def _cells(found: Counts) -> str:
    shares = (found.single, found.covered, found.wrong)
    return " | ".join(f"{100 * share:.1f} %" for share in shares) + f" | {found.width:.2f}"


def sizes(world: World) -> list[int]:
    """Return the numbers of splits at which a world is looked at."""
    return sorted({n for n in (3, 5, 10, world.replicates) if n <= world.replicates})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of trained tables")
    given = parser.parse_args()
    print(
        "| population | rows | splits | score | by rows: covered | held | err | half width "
        "| corrected t: covered | held | err | half width |"
    )
    print("|" + "---|" * 12)
    for world in WORLDS:
        tables = pool(world, given.folder)
        for score in ("accuracy", "log-loss"):
            for replicates in sizes(world):
                old = _cells(count(tables, score, replicates, False))
                counts = score == "accuracy"  # of losses rows are not used
                new = _cells(count(tables, score, replicates, True)) if counts else "– | – | – | –"
                place = f"{world.population} | {world.rows:,} | {replicates} | {score}"
                print(f"| {place} | {new} | {old} |", flush=True)


if __name__ == "__main__":
    main()
