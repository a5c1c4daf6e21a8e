"""Simulate studies whose truth is known, and count how often their statistics err.

    python benchmarks/simulate_statistics.py --studies 10000

prints the tables of docs/evidence (intervals, simultaneous). Every world makes studies in which all methods are
truly equal, unless it is told an effect; all numbers follow from the seed. The tests run the same worlds
with fewer studies.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from bridle.statistics import (
    Estimate,
    fresh,
    interval,
    leading,
    overlapping,
    sign_flip,
)
from bridle.statistics.crossed import Crossed

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
SIZES = (120, 40)


@dataclass
class Study:
    """One simulated study: an estimate for any two methods (0 is the baseline), and its scores.

    `first` gives the same study as it was when it had fewer replicates.
    """

    pair: Callable[[int, int], Estimate]
    scores: Floats  # [methods + 1, replicates]
    first: Callable[[int], Study]


def named_pair(study: Study, first: str, second: str) -> Estimate:
    """Compare two methods of a study that are called by their numbers."""
    return study.pair(int(first), int(second))


def fresh_study(scores: Floats) -> Study:
    """A study whose replicates share nothing."""
    return Study(
        lambda i, j: fresh(scores[i] - scores[j]), scores, lambda n: fresh_study(scores[:, :n])
    )


def crossed_study(right: Floats) -> Study:
    """A study on a fixed test set: `right [methods + 1, replicates, examples]`."""
    tables = Crossed({str(i): table for i, table in enumerate(right)})
    return Study(
        lambda i, j: tables.estimate(str(i), str(j)),
        right.mean(axis=2),
        lambda n: crossed_study(right[:, :n]),
    )


def split_study(scores: Floats) -> Study:
    """A study on splits of one table."""
    return Study(
        lambda i, j: overlapping(scores[i] - scores[j], *SIZES),
        scores,
        lambda n: split_study(scores[:, :n]),
    )


def fresh_normal(rng: np.random.Generator, replicates: int, methods: int) -> Study:
    """Fresh samples; methods whose spreads differ up to tenfold, sharing the replicate's luck."""
    spread = np.geomspace(0.002, 0.02, methods + 1)
    own = rng.standard_normal((methods + 1, replicates)) * spread[:, None]
    scores = 0.9 + 0.01 * rng.standard_normal(replicates) + own
    return fresh_study(scores)


def fresh_near_one(rng: np.random.Generator, replicates: int, methods: int) -> Study:
    """Fresh samples; accuracies near 98.5 % on 1,000 examples, with a tail of bad runs."""
    scale = np.geomspace(0.001, 0.008, methods + 1)
    tail = rng.gamma(2.0, size=(methods + 1, replicates)) / 2 - 1  # mean 0, skewed
    truth = np.clip(0.985 - scale[:, None] * tail, 0, 1)
    scores = rng.binomial(1000, truth) / 1000
    return fresh_study(scores)


def shared_test(
    rng: np.random.Generator,
    replicates: int,
    methods: int,
    examples: int = 400,
    example_effect: float = 1.0,
    replicate_effect: float = 0.15,
) -> Study:
    """A fixed test set; hard and easy examples, examples that suit one method, lucky trainings."""
    unequal = np.linspace(0.5, 1.5, methods + 1)[:, None, None]
    suits = example_effect * unequal * rng.standard_normal((methods + 1, 1, examples))
    luck = replicate_effect * unequal * rng.standard_normal((methods + 1, replicates, 1))
    hard = 1.5 * rng.standard_normal((1, 1, examples))
    noise = rng.standard_normal((methods + 1, replicates, examples))
    total = 1 + 1.5**2 + (example_effect**2 + replicate_effect**2) * unequal**2
    level = special.ndtri(0.9) * np.sqrt(total)  # so that every method is right 9 times in 10
    right = (level + hard + suits + luck + noise > 0).astype(float)
    return crossed_study(right)


def overlapping_splits(rng: np.random.Generator, replicates: int, methods: int) -> Study:
    """Random splits of a table of 200 rows; real learners: least squares on four columns each."""
    train, test = SIZES
    y = rng.choice([-1.0, 1.0], 200)
    x = 0.35 * y[:, None] + rng.standard_normal((methods + 1, 200, 4))
    scores = np.empty((methods + 1, replicates))
    for r in range(replicates):
        rows = rng.permutation(200)
        a, b = rows[:train], rows[-test:]
        xa = x[:, a]
        weights = np.linalg.solve(
            xa.transpose(0, 2, 1) @ xa, (xa.transpose(0, 2, 1) @ y[a])[..., None]
        )
        scores[:, r] = ((x[:, b] @ weights)[..., 0] * y[b] > 0).mean(axis=1)
    return split_study(scores)


def overlapping_normal(rng: np.random.Generator, replicates: int, methods: int) -> Study:
    """Splits as the correction models them: correlation n_test / (n_train + n_test)."""
    train, test = SIZES
    rho = test / (train + test)
    size = np.linspace(0.5, 1.5, methods + 1)[:, None]
    common = rng.standard_normal((methods + 1, 1))
    each = rng.standard_normal((methods + 1, replicates))
    scores = size * (np.sqrt(rho) * common + np.sqrt(1 - rho) * each)
    return split_study(scores)


WORLDS: dict[str, Callable[[np.random.Generator, int, int], Study]] = {
    "fresh, unequal variances": fresh_normal,
    "fresh, skewed, near 1": fresh_near_one,
    "fixed test, both sources": shared_test,
    "fixed test, examples dominate": lambda g, r, m: shared_test(g, r, m, 400, 1.5, 0.0),
    "fixed test, replicates dominate": lambda g, r, m: shared_test(g, r, m, 400, 0.1, 0.2),
    "fixed test, wild trainings": lambda g, r, m: shared_test(g, r, m, 400, 0.1, 0.4),
    "overlapping, real learners": overlapping_splits,
    "overlapping, as modelled": overlapping_normal,
}


@dataclass
class Errors:
    """Counts over studies in which all methods are equal.

    `covered` of `intervals` single intervals held 0; `wrong` studies had a simultaneous one that
    did not; `best` studies kept method 1 in the leading group; `naive` single intervals from
    replicates alone held 0; `flips` sign-flip tests said p < 0.05.
    """

    studies: int
    intervals: int
    covered: int = 0
    wrong: int = 0
    best: int = 0
    naive: int = 0
    flips: int = 0
    widest: float = 0.0


def null_study(
    world: str, replicates: int, methods: int, studies: int, seed: int = 0, more: bool = True
) -> Errors:
    """Count the errors of `studies` studies in `world`, all of whose methods are equal."""
    rng = np.random.default_rng([seed, replicates, methods, list(WORLDS).index(world)])
    errors = Errors(studies, studies * methods)
    names = [str(i) for i in range(methods + 1)]
    for _ in range(studies):
        study = WORLDS[world](rng, replicates, methods)
        estimates = [study.pair(i, 0) for i in range(1, methods + 1)]
        errors.covered += sum(not interval(e, LEVEL).excludes_zero for e in estimates)
        errors.wrong += any(interval(e, LEVEL, methods).excludes_zero for e in estimates)
        if more:
            group = leading(names, functools.partial(named_pair, study), LEVEL).group
            errors.best += "1" in group
            differences = study.scores[1:] - study.scores[0]
            errors.naive += sum(not interval(fresh(d), LEVEL).excludes_zero for d in differences)
            if replicates <= 10:
                errors.flips += sum(sign_flip(d) < 0.05 for d in differences)
    return errors


def largest_t(
    replicates: int, methods: int, rho: float, studies: int, seed: int = 0
) -> list[float]:
    """Compare Šidák's rule with the largest-t rule at an estimated correlation.

    Returns: critical values (Šidák, ideal, mean estimated), then family-wise errors (Šidák,
        estimated).
    """
    rng = np.random.default_rng([seed, replicates, methods, int(100 * rho)])
    df = replicates - 1
    truth = np.full((methods, methods), rho) + np.eye(methods) * (1 - rho)

    def quantile(correlation: Floats, draws: int) -> float:
        w, v = np.linalg.eigh(correlation)
        root = (v * np.sqrt(np.clip(w, 0, None))).T
        z = rng.standard_normal((draws, methods)) @ root
        s = np.sqrt(((rng.standard_normal((draws, df, methods)) @ root) ** 2).mean(axis=1))
        return float(np.quantile(np.abs(z / s).max(axis=1), LEVEL))

    sidak = -float(special.stdtrit(df, -np.expm1(np.log(LEVEL) / methods) / 2))
    ideal, root = quantile(truth, 40_000), np.linalg.cholesky(truth).T
    found, wrong = [], [0, 0]
    for _ in range(studies):
        x = rng.standard_normal((replicates, methods)) @ root
        t = np.abs(x.mean(axis=0) / (x.std(axis=0, ddof=1) / np.sqrt(replicates))).max()
        found.append(quantile(np.corrcoef(x.T), 1_000))
        wrong[0] += t > sidak
        wrong[1] += t > found[-1]
    return [sidak, ideal, float(np.mean(found)), wrong[0] / studies, wrong[1] / studies]


def percent(count: float, of: float) -> str:
    return f"{100 * count / of:.1f} %" if of else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=10_000, help="studies for each line")
    studies = parser.parse_args().studies
    start = time.perf_counter()
    print(f"### Equal methods: how often the statistics err ({studies:,} studies a line)\n")
    print(
        "| world | replicates | methods | coverage | family-wise error | best in the leading group",
        end="",
    )
    print(" | coverage of replicates alone | sign-flip errors |\n|---|---|---|---|---|---|---|---|")
    for world in WORLDS:
        for replicates in (5, 10, 30):
            n = studies if replicates < 30 and "fixed" not in world else max(studies // 4, 1)
            e = null_study(world, replicates, 8, n)
            flips = percent(e.flips, e.intervals) if replicates <= 10 else "–"
            print(
                f"| {world} | {replicates} | 8 | {percent(e.covered, e.intervals)} "
                f"| {percent(e.wrong, n)} | {percent(e.best, n)} "
                f"| {percent(e.naive, e.intervals)} | {flips} |",
                flush=True,
            )
    for world in ("fresh, unequal variances", "fixed test, both sources"):
        for replicates, methods in ((2, 8), (10, 1), (10, 12)):
            n = max(studies // 2, 1)
            e = null_study(world, replicates, methods, n, more=False)
            print(
                f"| {world} | {replicates} | {methods} | {percent(e.covered, e.intervals)} "
                f"| {percent(e.wrong, n)} | – | – | – |",
                flush=True,
            )
    print("\n### Šidák's rule against the largest t at an estimated correlation\n")
    print(
        "| replicates | methods | correlation | Šidák: reach | largest t, ideal | estimated", end=""
    )
    print(" | Šidák: error | estimated: error |\n|---|---|---|---|---|---|---|---|")
    for replicates in (5, 10, 30):
        for rho in (0.0, 0.5, 0.9):
            a, b, c, p, q = largest_t(replicates, 8, rho, max(studies // 5, 1))
            print(
                f"| {replicates} | 8 | {rho} | {a:.2f} | {b:.2f} | {c:.2f} "
                f"| {100 * p:.1f} % | {100 * q:.1f} % |",
                flush=True,
            )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
