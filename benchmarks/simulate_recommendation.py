"""Simulate studies whose true effects are known, and count how often what a recommendation says comes true.

    python -m benchmarks.simulate_recommendation --studies 1000

prints the tables of docs/evidence/recommendation.md. In every world effects are drawn anew for each study, so no prior
is the right one but by chance. With the folder that `python -m benchmarks.populations FOLDER` has filled (`--folder`)
it prints those of real populations too. The tests run the same worlds with fewer studies.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.populations import WORLDS as POPULATIONS
from benchmarks.populations import Trained, pool
from benchmarks.simulate_splits import compared, differences
from bridle.statistics import Estimate, fresh, simultaneous
from bridle.statistics.moderated import moderated
from bridle.statistics.recommendation import LeastRegret, recommend

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

    def add(
        self,
        said: LeastRegret,
        own: int,
        truth: Floats,
        others: tuple[int, int],
        margin: float,
    ) -> None:
        """Count a study: what was said of the method `own`, and what the other two rules would choose."""
        best = float(truth.max())
        self.regret = self.regret + (best - truth[[own, *others]]) / self.studies
        self.near.append((said.chance_best, bool(truth[own] >= best - margin)))
        if own:
            self.said.append(said.chance_no_worse)
            self.true.append(bool(truth[own] >= 0))
            self.covered += bool(said.low <= truth[own] <= said.high)

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
        own = int(said.method)
        means = np.array([0.0, *(e.difference for e in estimates.values())])
        together = simultaneous(list(estimates.values()))
        clear = [i for i, t in enumerate(together, 1) if t.excludes_zero and means[i] > 0]
        sure = max(clear, key=lambda i: means[i], default=0)
        found.add(said, own, truth, (int(means.argmax()), sure), MARGIN)
    return found


def of_population(
    tables: Sequence[Trained], replicates: int, methods: int, subsets: int, seed: int = 0
) -> Counts:
    """Count what becomes of recommendations between some of the methods that were trained on tables of a population.

    Args:
        tables: of the population.
        replicates: the first splits of each table.
        methods: how many are compared, drawn anew for each study.
        subsets: studies of each table.
        seed: of the draws.
    """
    rng = np.random.default_rng([seed, replicates, methods])
    true = np.concatenate([[0.0], differences(tables, "accuracy").mean(axis=0)])
    found = Counts(len(tables) * subsets)
    for table in tables:
        for _ in range(subsets):
            chosen = 1 + rng.permutation(len(true) - 1)[:methods]
            study = compared(table, "accuracy", slice(0, replicates), methods=chosen.tolist())
            estimates = {c.method: c.estimate for c in study.methods}
            said = recommend(estimates, study.pair, "none", study.margin)
            if said is None:
                continue
            truth = true[[0, *chosen]]
            names = ["none", *(str(m) for m in chosen)]
            means = np.array([0.0, *(estimates[name].difference for name in names[1:])])
            helps = [
                i for i, name in enumerate(names) if i and study[name].verdict.label == "helps"
            ]
            sure = max(helps, key=lambda i: means[i], default=0)
            own = names.index(said.method)
            found.add(said, own, truth, (int(means.argmax()), sure), study.margin)
    return found


def _line(place: str, methods: int, replicates: int, found: Counts) -> None:
    """Print the line of a world."""
    own, mean, sure = 100 * found.regret
    said = len(found.said)
    print(
        f"| {place} | {methods} | {replicates} | {own:.2f} | {mean:.2f} | {sure:.2f} "
        f"| {100 * said / found.studies:.0f} % | {100 * found.covered / max(said, 1):.0f} % |",
        flush=True,
    )


def _calibration(worlds: Sequence[Counts]) -> None:
    """Print how often what is said comes true: that a method is no worse, and that a choice is near the best."""
    whole = Counts(0)
    for found in worlds:
        whole.said += found.said
        whole.true += found.true
    near = Counts(
        0, said=[s for f in worlds for s, _ in f.near], true=[t for f in worlds for _, t in f.near]
    )
    print("\n| says | no worse: comes true | choices | near the best: comes true | choices |")
    print("|---|---|---|---|---|")
    for low in np.arange(0.5, 1.0, 0.1):
        cells = []
        for one in (whole, near):
            said, true, number = one.came_true(low, low + 0.1 + (low > 0.85))
            cells += [f"{100 * true:.0f} % ({100 * said:.0f} %)", f"{number:,}"]
        print(f"| {100 * low:.0f} to {100 * low + 10:.0f} % | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, help="studies for each line")
    parser.add_argument("--folder", type=Path, help="of trained tables; see benchmarks.populations")
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
            _line(world, methods, replicates, found)
    regret = 100 * np.mean([found.regret for found in everything], axis=0)
    print("| all | | | {:.2f} | {:.2f} | {:.2f} | | |".format(*regret))
    _calibration(everything[len(SIZES) :])  # where nothing does anything, nothing is worse
    if given.folder:
        print(
            "\n| population | methods | replicates | regret | highest mean | sure or none | recommends | covered |"
        )
        print("|---|---|---|---|---|---|---|---|")
        everything = []
        for place in POPULATIONS:
            tables = pool(place, given.folder)[:30]
            for methods, replicates in ((3, 3), (8, min(10, place.replicates))):
                found = of_population(tables, replicates, methods, 2 if methods == 3 else 1)
                everything.append(found)
                _line(f"{place.population} {place.rows:,}", methods, replicates, found)
        regret = 100 * np.mean([found.regret for found in everything], axis=0)
        print("| all | | | {:.2f} | {:.2f} | {:.2f} | | |".format(*regret))
        _calibration(everything)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
