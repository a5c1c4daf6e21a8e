"""Simulate studies that are looked at as they grow, and count how often any look errs.

    python -m benchmarks.simulate_looks --studies 10000

prints the tables of docs/evidence/looks.md. The worlds are those of `simulate_statistics`, in which all methods are
truly equal; all numbers follow from the seed. The tests run the same with fewer studies.
"""

from __future__ import annotations

import argparse
import functools
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.simulate_statistics import LEVEL, WORLDS, named_pair
from bridle.statistics import Look, Looks, interval, leading, looked
from bridle.statistics.simultaneous import critical

LOOKS: dict[str, tuple[int, ...]] = {
    "10, 20": (10, 20),
    "10, 50": (10, 50),
    "3, 30": (3, 30),
    "10, 20, 30, 50": (10, 20, 30, 50),
    "10, 15, …, 50": tuple(range(10, 51, 5)),
}


@dataclass
class Looked:
    """Studies of equal methods, looked at as they grow: at how many did any look err?

    Of `studies`, `first` erred at the first look and `any` at one look or another, held to the planned levels; `naive`
    did at one or another held to 95 % each. `best` lost the truly best method from the leading group at some look.
    """

    studies: int
    first: int = 0
    any: int = 0
    best: int = 0
    naive: int = 0


def look_often(
    world: str, looks: tuple[int, ...], methods: int, studies: int, seed: int = 0, best: bool = True
) -> Looked:
    """Count studies with any error at any of their `looks`, which are numbers of replicates."""
    rng = np.random.default_rng([seed, *looks, methods, list(WORLDS).index(world)])
    planned = over(looks, methods)
    names = [str(i) for i in range(methods + 1)]
    result = Looked(studies)
    for _ in range(studies):
        study = WORLDS[world](rng, looks[-1], methods)
        wrong, naive, lost = [], [], []
        for look in planned:
            now = study.first(look.replicates)
            estimates = [now.pair(i, 0) for i in range(1, methods + 1)]
            wrong.append(any(interval(e, look.level, methods).excludes_zero for e in estimates))
            naive.append(any(interval(e, LEVEL, methods).excludes_zero for e in estimates))
            if best:
                group = leading(names, functools.partial(named_pair, now), look.level).group
                lost.append("1" not in group)
        result.first += wrong[0]
        result.any += any(wrong)
        result.naive += any(naive)
        result.best += any(lost)
    return result


def over(looks: tuple[int, ...], methods: int, first: float | None = None) -> tuple[Look, ...]:
    """Return the levels of looks, with another share than usual for the `first` where it is given."""
    if first is None:
        return looked((*looks, looks[-1] + 1), methods, LEVEL).earlier
    found = Looks(first)
    for replicates in looks:
        found = found.after(replicates, methods, LEVEL)
    return found.earlier


def wider(look: Look, methods: int) -> str:
    """Say how much wider intervals are than in a study of this size that is looked at once."""
    df = look.replicates - 1
    return f"{100 * (critical(look.level, methods, df) / critical(LEVEL, methods, df) - 1):.0f} %"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=10_000, help="studies for each line")
    studies = parser.parse_args().studies
    start = time.perf_counter()
    print("### How much wider intervals are than with a single look (8 methods, fresh samples)\n")
    print("| spent at the first look | looks at replicates | wider, look by look |\n|---|---|---|")
    for first in (0.5, 0.7, 0.8, 0.9):
        for title, looks in LOOKS.items():
            widths = ", ".join(wider(look, 8) for look in over(looks, 8, first))
            print(f"| {100 * first:.0f} % of the error | {title} | {widths} |")
    print(
        "\n### Equal methods: how often any look errs, each at 95 % / as planned; and in how many"
    )
    print("studies some look leaves the truly best method out of the leading group\n")
    print(f"| world | methods | {' | '.join(LOOKS)} |\n{'|---' * (2 + len(LOOKS))}|")
    for world in WORLDS:
        for methods in (1, 8):
            n = max(studies // (5 if "fixed" in world or methods > 1 else 1), 1)
            cells = []
            for looks in LOOKS.values():
                k = look_often(world, looks, methods, n)
                of = [f"{100 * count / n:.1f}" for count in (k.naive, k.any, k.best)]
                cells.append(f"{of[0]} / {of[1]}; {of[2]} %")
            print(f"| {world} | {methods} | {' | '.join(cells)} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
