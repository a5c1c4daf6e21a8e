"""Simulate undecided studies that are carried on, by more replicates or by another look.

    python -m benchmarks.simulate_more_replicates --studies 10000

prints tables of docs/evidence (more-replicates, looks). All numbers follow from the seed. The tests run the same with
fewer studies.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.simulate_statistics import LEVEL, Floats, percent
from bridle.statistics import fresh, interval, verdict_of


@dataclass
class Planning:
    """Undecided studies carried on: how many the least and the most replicates decided."""

    undecided: int = 0
    least: int = 0
    most: int = 0
    further: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))


def planned(effect: float, replicates: int, methods: int, studies: int, seed: int = 0) -> Planning:
    """Carry undecided fresh studies on by the replicates they asked for. `effect` is in margins."""
    rng = np.random.default_rng([seed, replicates, methods, int(100 * effect)])
    margin, result = 0.01, Planning()
    for _ in range(studies):
        sd = margin * rng.uniform(0.5, 1.5)
        d = effect * margin + sd * rng.standard_normal(replicates)
        estimate = fresh(d)
        verdict = verdict_of(estimate, interval(estimate, LEVEL, methods), margin, methods, LEVEL)
        if verdict.label != "undecided" or verdict.replicates_needed is None:
            continue
        result.undecided += 1
        least, most = verdict.replicates_needed
        more = effect * margin + sd * rng.standard_normal(most or least)
        for place, count in enumerate((least, most or least)):
            later = fresh(np.concatenate([d, more[:count]]))
            label = verdict_of(later, interval(later, LEVEL, methods), margin, methods, LEVEL).label
            if place:
                result.most += label != "undecided"
            else:
                result.least += label != "undecided"
            result.further[place].append(count)
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
        least, most = verdict.replicates_needed
        further = min(most or least, 10_000)
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
    studies = parser.parse_args().studies
    start = time.perf_counter()
    print("### Undecided studies carried on by the replicates they asked for (8 methods)\n")
    print(
        "| true difference, in margins | first replicates | undecided | asked for (median)", end=""
    )
    print(" | decided after the least | after the most |\n|---|---|---|---|---|---|")
    for replicates in (6, 10):
        for effect in (0.0, 0.5, 1.0, 2.0):
            n = max(studies // 4, 1)
            r = planned(effect, replicates, 8, n)
            low, high = (f"{np.median(x):.0f}" if x else "–" for x in r.further)
            print(
                f"| {effect} | {replicates} | {percent(r.undecided, n)} "
                f"| {low} to {high} | {percent(r.least, r.undecided)} "
                f"| {percent(r.most, r.undecided)} |",
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
