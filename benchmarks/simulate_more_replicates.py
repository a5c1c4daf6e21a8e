"""Simulate undecided studies that are carried on, by more replicates or by another look.

    python -m benchmarks.simulate_more_replicates --studies 10000

prints tables of docs/evidence (more-replicates, looks). All numbers follow from the seed. The tests run the same with
fewer studies.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.populations import WORLDS, Trained, pool
from benchmarks.simulate_statistics import LEVEL, Floats, percent
from bridle.statistics import (
    Comparison,
    Forecast,
    Verdict,
    compare,
    fresh,
    interval,
    verdict_of,
)

SHARES = ("least", "half", "most")
"""What a forecast speaks of: the replicates that decide one in five, half, and four in five of such studies."""


@dataclass
class Planning:
    """Undecided comparisons carried on by what they asked for.

    Of `undecided`, `asked` could be carried on that far; of these, `decided` were decided then. `further` holds the
    numbers asked for.
    """

    undecided: int = 0
    asked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHARES, 0))
    decided: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHARES, 0))
    further: dict[str, list[int]] = field(default_factory=lambda: {share: [] for share in SHARES})

    def add(self, wanted: Forecast, most: int, decided: Callable[[int], bool]) -> None:
        """Count a comparison that can be carried on by at most `most` replicates."""
        self.undecided += 1
        for share in SHARES:
            number = getattr(wanted, share)
            if number is not None and number <= most:
                self.asked[share] += 1
                self.further[share].append(number)
                self.decided[share] += decided(number)

    def cells(self) -> str:
        """Return the median number asked for and the share decided then, for each share, as cells of a table."""
        return " | ".join(
            f"{np.median(self.further[share] or [0]):.0f} "
            f"| {percent(self.decided[share], self.asked[share])}"
            for share in SHARES
        )


def planned(effect: float, replicates: int, methods: int, studies: int, seed: int = 0) -> Planning:
    """Carry undecided fresh studies on by the replicates they asked for.

    Args:
        effect: standard deviation of the true differences, in margins.
        replicates: first.
        methods: how many are compared together.
        studies: how many are simulated.
        seed: of everything random.
    """
    rng = np.random.default_rng([seed, replicates, methods, int(100 * effect)])
    margin, result = 0.01, Planning()
    for _ in range(studies):
        sd, true = margin * rng.uniform(0.5, 1.5), effect * margin * rng.standard_normal()
        d = true + sd * rng.standard_normal(replicates)
        verdict = _verdict(d, margin, methods)
        if verdict.label == "undecided" and verdict.replicates_needed is not None:
            more = true + sd * rng.standard_normal(FAR)

            def decided(further: int, d: Floats = d, more: Floats = more) -> bool:
                now = np.concatenate([d, more[:further]])
                return _verdict(now, margin, methods).label != "undecided"

            result.add(verdict.replicates_needed, FAR, decided)
    return result


def _verdict(differences: Floats, margin: float, methods: int) -> Verdict:
    estimate = fresh(differences)
    return verdict_of(estimate, interval(estimate, LEVEL, methods), margin, methods, LEVEL)


FAR = 2000
"""Further replicates up to which simulated studies are carried on."""

REAL = (WORLDS[1], WORLDS[3], WORLDS[5])
"""Worlds with many splits of each table."""


def carried_on(tables: Sequence[Trained], replicates: int, margin: float = 0.01) -> Planning:
    """Carry on comparisons of trained networks: of the first splits of a table, and then of further ones."""
    result = Planning()
    for table in tables:
        every, size = table.rows.shape

        def compared(
            start: int, number: int, table: Trained = table, size: int = size
        ) -> Comparison:
            names = ("none", *map(str, range(1, len(table.right))))
            part = slice(start, start + number)
            return compare(
                None,
                "overlapping",
                examples=dict(zip(names, table.right[:, part], strict=True)),
                rows=table.rows[part],
                sizes=(3 * size, size),
                margin=margin,
            )

        for start in range(0, every // 2, replicates):
            now = compared(start, replicates)
            for method in now.methods:
                wanted = method.verdict.replicates_needed
                if method.verdict.label == "undecided" and method.verdict.replicates_can_decide:
                    assert wanted is not None

                    def decided(
                        further: int, start: int = start, name: str = method.method
                    ) -> bool:
                        later = compared(start, replicates + further)
                        return later[name].verdict.label != "undecided"

                    result.add(wanted, every - start - replicates, decided)
    return result


@dataclass
class Again:
    """Equal methods found undecided and looked at again: how many looks at each erred.

    Of `studies`, `first` erred at once and `undecided` asked for more; of these, carried on to the
    most replicates they asked for, `same` erred with the first replicates kept, `new` with new ones.
    `nearly` of the undecided had p < 0.2; of these, carried on to the least they asked for,
    `nearly_same` and `nearly_new` erred.
    """

    studies: int
    first: int = 0
    undecided: int = 0
    same: int = 0
    new: int = 0
    nearly: int = 0
    nearly_same: int = 0
    nearly_new: int = 0


def looked_again(replicates: int, studies: int, seed: int = 0) -> Again:
    """Look at undecided fresh studies of one method a second time, with and without the first data."""
    rng = np.random.default_rng([seed, replicates])
    margin, result = 0.01, Again(studies)

    def wrong(differences: Floats) -> bool:
        estimate = fresh(differences)
        label = verdict_of(estimate, interval(estimate, LEVEL), margin, 1, LEVEL).label
        return label in ("helps", "hurts")

    for _ in range(studies):
        sd = margin * rng.uniform(0.5, 1.5)
        d = sd * rng.standard_normal(replicates)
        estimate = fresh(d)
        between = interval(estimate, LEVEL)
        verdict = verdict_of(estimate, between, margin, 1, LEVEL)
        result.first += verdict.label in ("helps", "hurts")
        if verdict.label != "undecided" or verdict.replicates_needed is None:
            continue
        result.undecided += 1
        wanted = verdict.replicates_needed
        least, further = wanted.least, min(wanted.most or wanted.half, 10_000)
        more = sd * rng.standard_normal(replicates + further)
        result.same += wrong(np.concatenate([d, more[:further]]))
        result.new += wrong(more)
        if between.p < 0.2:
            result.nearly += 1
            result.nearly_same += wrong(np.concatenate([d, more[:least]]))
            result.nearly_new += wrong(more[: replicates + least])
    return result


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=10_000, help="studies for each line")
    parser.add_argument("--folder", type=Path, help="of trained tables; see benchmarks.populations")
    given = parser.parse_args()
    studies = given.studies
    start = time.perf_counter()
    print("### Undecided comparisons carried on by the replicates they asked for\n")
    head = "| one in five: asked for | decided | half: asked for | decided | four in five: asked for | decided |"
    print(f"| true differences, in margins | first replicates | undecided {head}\n|{9 * '---|'}")
    for replicates in (3, 6, 10, 30):
        for effect in (0.0, 0.5, 1.0, 2.0):
            n = max(studies // 10, 1)
            r = planned(effect, replicates, 8, n)
            print(
                f"| {effect} | {replicates} | {percent(r.undecided, n)} | {r.cells()} |", flush=True
            )
    if given.folder:
        print(f"\n| population | first replicates | undecided {head}\n|{9 * '---|'}")
        for world in REAL:
            tables = pool(world, given.folder)
            for replicates in (4, 8):
                r = carried_on(tables, replicates)
                print(
                    f"| {world.population} {world.rows} | {replicates} | {r.undecided} | {r.cells()} |",
                    flush=True,
                )
    print("\n### Undecided comparisons of equal methods, looked at a second time\n")
    print(
        "| first replicates | errors at once | undecided | same seed | new seed | p < 0.2", end=""
    )
    print(" | same seed | new seed |\n|---|---|---|---|---|---|---|---|")
    for replicates in (6, 10):
        g = looked_again(replicates, studies)
        print(
            f"| {replicates} | {percent(g.first, g.studies)} | {percent(g.undecided, g.studies)} "
            f"| {percent(g.same, g.undecided)} | {percent(g.new, g.undecided)} "
            f"| {percent(g.nearly, g.studies)} | {percent(g.nearly_same, g.nearly)} "
            f"| {percent(g.nearly_new, g.nearly)} |",
            flush=True,
        )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
