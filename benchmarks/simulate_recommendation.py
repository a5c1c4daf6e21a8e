"""Simulate studies whose true effects are known, and count how often what a recommendation says comes true.

    python -m benchmarks.simulate_recommendation --studies 1000

prints the tables of docs/evidence/recommendation.md. In every world effects are drawn anew for each study, so no prior
is the right one but by chance. The tests run the same worlds with fewer studies.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bridle.statistics import Estimate, fresh, simultaneous
from bridle.statistics.moderated import moderated
from bridle.statistics.recommendation import recommend

Floats = npt.NDArray[np.float64]
Generator = np.random.Generator

MARGIN = 0.01
SIZES = ((3, 3), (8, 3), (3, 10), (8, 10))
"""Numbers of methods and of replicates."""

WORLDS: dict[str, Callable[[Generator, int], Floats]] = {
    "none does anything": lambda rng, m: np.zeros(m),
    "weak: normal, half a margin": lambda rng, m: 0.005 * rng.standard_normal(m),
    "normal, one margin": lambda rng, m: 0.01 * rng.standard_normal(m),
    "strong: normal, three margins": lambda rng, m: 0.03 * rng.standard_normal(m),
    "one helps by two margins": lambda rng, m: 0.02 * (np.arange(m) == 0) + _near(rng, m),
    "most hurt": lambda rng, m: -np.abs(0.02 * rng.standard_normal(m)) + 4 * _near(rng, m),
    "long tails": lambda rng, m: 0.005 * rng.standard_t(2, m),
}
"""True differences to the baseline."""


def _near(rng: Generator, methods: int) -> Floats:
    return 0.001 * rng.standard_normal(methods)


@dataclass
class Counts:
    """What became of a world's recommendations.

    Attributes:
        studies: how many.
        regret: the mean loss against the best choice: of the recommendation, of the highest mean (the baseline among
            them), and of the clearest method that surely helps, or else the baseline.
        said: of each recommended method the chance that it is no worse than the baseline.
        true: whether it is no worse.
        near: of each recommendation the chance that it is within the margin of the best, and whether it is.
        covered: how many of the intervals hold the truth.
    """

    studies: int
    regret: Floats = field(default_factory=lambda: np.zeros(3))
    said: list[float] = field(default_factory=list)
    true: list[bool] = field(default_factory=list)
    near: list[tuple[float, bool]] = field(default_factory=list)
    covered: int = 0

    def came_true(self, low: float, high: float) -> tuple[float, float, int]:
        """Return the mean of what was said between `low` and `high`, how often it came true, and of how many."""
        said, true = np.array(self.said), np.array(self.true, float)
        there = (said >= low) & (said < high)
        if not there.any():
            return np.nan, np.nan, 0
        return float(said[there].mean()), float(true[there].mean()), int(there.sum())


def simulate(world: str, methods: int, replicates: int, studies: int, seed: int = 0) -> Counts:
    """Count what becomes of `studies` recommendations."""
    rng = np.random.default_rng([seed, methods, replicates, list(WORLDS).index(world)])
    found = Counts(studies)
    for _ in range(studies):
        truth = np.concatenate([[0.0], WORLDS[world](rng, methods)])
        spread = rng.uniform(0.005, 0.02, methods + 1)[:, None]
        luck = 0.02 * rng.standard_normal(replicates)
        scores = truth[:, None] + luck + spread * rng.standard_normal((methods + 1, replicates))
        estimates = moderated({str(i): fresh(scores[i] - scores[0]) for i in range(1, methods + 1)})

        def pair(first: str, second: str, scores: Floats = scores) -> Estimate:
            return fresh(scores[int(first)] - scores[int(second)])

        said = recommend(estimates, pair, "0", MARGIN)
        assert said is not None
        own, best = int(said.method), float(truth.max())
        means = np.array([0.0, *(e.difference for e in estimates.values())])
        together = simultaneous(list(estimates.values()))
        clear = [i for i, t in enumerate(together, 1) if t.excludes_zero and means[i] > 0]
        sure = max(clear, key=lambda i: means[i], default=0)
        found.regret += (best - truth[[own, int(means.argmax()), sure]]) / studies
        found.near.append((said.chance_best, bool(truth[own] >= best - MARGIN)))
        if own:
            found.said.append(said.chance_no_worse)
            found.true.append(bool(truth[own] >= 0))
            found.covered += said.low <= truth[own] <= said.high
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, help="studies for each line")
    given = parser.parse_args()
    start = time.perf_counter()
    print(
        "| world | methods | replicates | regret | highest mean | sure or none | recommends | covered |"
    )
    print("|---|---|---|---|---|---|---|---|")
    everything: list[Counts] = []
    for world in WORLDS:
        for methods, replicates in SIZES:
            found = simulate(world, methods, replicates, given.studies)
            everything.append(found)
            own, mean, sure = 100 * found.regret
            methods_said = len(found.said)
            print(
                f"| {world} | {methods} | {replicates} | {own:.2f} | {mean:.2f} | {sure:.2f} "
                f"| {100 * methods_said / found.studies:.0f} % | {100 * found.covered / max(methods_said, 1):.0f} % |",
                flush=True,
            )
    regret = 100 * np.mean([found.regret for found in everything], axis=0)
    print("| all | | | {:.2f} | {:.2f} | {:.2f} | | |".format(*regret))
    print("\n| says | comes true | recommendations |\n|---|---|---|")
    whole = Counts(0)
    for found in everything[len(SIZES) :]:  # where nothing does anything, nothing is worse
        whole.said += found.said
        whole.true += found.true
    for low in np.arange(0.5, 1.0, 0.1):
        said, true, number = whole.came_true(low, low + 0.1 + (low > 0.85))
        print(f"| {100 * said:.0f} % | {100 * true:.0f} % | {number:,} |")
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
