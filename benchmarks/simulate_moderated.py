"""Simulate studies in which trainings vary alike or not, and count how often borrowed variances err.

    python -m benchmarks.simulate_moderated --studies 10000

prints the table of docs/evidence/moderated.md: studies in which no method does anything, whose differences share the
baseline. The tests run the same worlds with fewer studies.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from bridle.statistics import Estimate, fresh, simultaneous
from bridle.statistics.moderated import moderated

WORLDS: dict[str, tuple[float, float]] = {
    "all alike": (1, 1),
    "one four times as large": (1, 4),
    "one ten times": (1, 10),
    "one thirty times": (1, 30),
    "one a hundred times": (1, 100),
    "half of them ten times": (-1, 10),
    "from 1 to 10": (0, 10),
    "from 1 to 100": (0, 100),
}
"""How the variances of methods differ: (1, x): all 1 but one; (-1, x): half of them; (0, x): evenly up to x."""


def variances(world: str, methods: int) -> np.ndarray:
    """Return each method's variance."""
    kind, most = WORLDS[world]
    if kind == 0:
        return np.geomspace(1, most, methods)
    large = 1 if kind == 1 else methods // 2
    return np.where(np.arange(methods) < large, most, 1.0)


@dataclass
class Counts:
    """Studies that err with each method's own variance and with borrowed ones; half widths of the median method.

    Half widths are multiples of what a known variance gives to one method alone.
    """

    own: float
    borrowed: float
    own_width: float
    borrowed_width: float


def simulate(world: str, methods: int, replicates: int, studies: int, seed: int = 0) -> Counts:
    """Count the errors of `studies` studies."""
    rng = np.random.default_rng([seed, methods, replicates, list(WORLDS).index(world)])
    size = np.sqrt(variances(world, methods) / 2)
    wrong = np.zeros(2)
    widths = np.zeros((2, methods))
    for _ in range(studies):
        values = rng.standard_normal((methods, replicates)) + rng.standard_normal(replicates)
        before = {str(i): fresh(size[i] * values[i]) for i in range(methods)}
        for place, estimates in enumerate((before, moderated(before))):
            together = simultaneous(list(estimates.values()))
            wrong[place] += any(i.excludes_zero for i in together) / studies
            widths[place] += [_half(e, methods) / studies for e in estimates.values()]
    known = 1.96 * np.sqrt(2) * size / np.sqrt(replicates)
    own, borrowed = np.median(widths / known, axis=1)
    return Counts(float(wrong[0]), float(wrong[1]), float(own), float(borrowed))


def _half(estimate: Estimate, methods: int) -> float:
    (found, *_) = simultaneous([estimate] * methods)
    return max(estimate.difference - found.low, found.high - estimate.difference)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=10_000, help="studies for each line")
    given = parser.parse_args()
    print(
        "| variances | methods | replicates | own: err | borrowed: err | own: half width | borrowed |"
    )
    print("|---|---|---|---|---|---|---|")
    for world in WORLDS:
        for methods in (3, 4, 8):
            for replicates in (3, 5, 10):
                e = simulate(world, methods, replicates, given.studies)
                print(
                    f"| {world} | {methods} | {replicates} | {100 * e.own:.1f} % | {100 * e.borrowed:.1f} % "
                    f"| {e.own_width:.2f} | {e.borrowed_width:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
