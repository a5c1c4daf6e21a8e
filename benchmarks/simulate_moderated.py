"""Simulate studies in which trainings vary alike or not, and count how often borrowed variances err.

    python -m benchmarks.simulate_moderated --studies 10000

prints the table of docs/evidence/moderated.md: studies in which no method does anything, whose differences share the
baseline. The tests run the same worlds with fewer studies.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np

from bridle.statistics import Estimate, fresh, simultaneous
from bridle.statistics.checks import Floats
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


def powers(
    world: str, methods: int, replicates: int, effect: float, studies: int, seed: int = 0
) -> tuple[Floats, Floats]:
    """Count how often one method that helps is found, and how often any other is: own, borrowed, pooled variances.

    Args:
        world: of the methods' variances; the smallest is that of the method that helps.
        methods: how many are compared.
        replicates: of each.
        effect: by which the last one helps, in standard deviations of its difference.
        studies: how many are simulated.
        seed: of everything random.
    """
    rng = np.random.default_rng([seed, methods, replicates, list(WORLDS).index(world), 1])
    size = np.sqrt(np.sort(variances(world, methods))[::-1] / 2)
    found, wrong = np.zeros(3), np.zeros(3)
    for _ in range(studies):
        values = rng.standard_normal((methods, replicates)) + rng.standard_normal(replicates)
        values = size[:, None] * values
        values[-1] += effect * size[-1] * np.sqrt(2)
        before = {str(i): fresh(own) for i, own in enumerate(values)}
        shared = np.sqrt(np.mean([e.standard_error**2 for e in before.values()]))
        pooled = {
            name: replace(e, standard_error=float(shared), df=methods * (replicates - 1))
            for name, e in before.items()
        }
        for place, estimates in enumerate((before, moderated(before), pooled)):
            clear = [i.excludes_zero for i in simultaneous(list(estimates.values()))]
            found[place] += clear[-1] / studies
            wrong[place] += any(clear[:-1]) / studies
    return found, wrong


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
    head = "own | borrowed | pooled"
    print(
        f"\n| variances | methods | replicates | helps by | found: {head} | another found: {head} |"
    )
    print("|" + "---|" * 10)
    for world in ("all alike", "one four times as large", "one thirty times"):
        for replicates in (3, 5):
            for effect in (2.0, 4.0, 6.0):
                found, wrong = powers(world, 4, replicates, effect, given.studies)
                cells = " | ".join(f"{100 * share:.1f} %" for share in (*found, *wrong))
                print(f"| {world} | 4 | {replicates} | {effect:g} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
