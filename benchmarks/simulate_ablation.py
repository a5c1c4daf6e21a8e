"""Simulate ablations whose truth is known, and count how often the intervals of effects miss it.

    python -m benchmarks.simulate_ablation --studies 1000
    python -m benchmarks.simulate_ablation --tables adult:200 bank-marketing:500

print the tables of docs/evidence/ablation.md. The second trains networks on tables drawn from real populations, and
needs the folder that `BRIDLE_DATA` names. No world was made to suit the statistics: spreads of combinations differ
tenfold, scores are skewed or counts, learners are least squares on shared rows, and effects interact. The tests run the
same worlds with fewer studies.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from benchmarks.populations import World, trained
from benchmarks.simulate_statistics import fresh_near_one, fresh_normal
from bridle.statistics import Comparison, compare
from bridle.statistics.checks import Floats
from bridle.statistics.contrasts import Contrast
from bridle.statistics.factorial import full
from bridle.study.ablation import combinations
from bridle.verdict.ablation import Ablation, ablation

NAMES = "abcdefgh"


def labels(ingredients: int) -> list[str]:
    """Return all combinations of so many ingredients."""
    rows = full(ingredients).tolist()
    return ["+".join(itertools.compress(NAMES, row)) or "none" for row in rows]


def gains(ingredients: int, size: float) -> Floats:
    """Return the true gain of each combination: the first two ingredients help and overlap, the last hurts."""
    levels = full(ingredients).astype(float)
    own = size * np.array([2.0, 1.0, *np.zeros(max(ingredients - 3, 0)), -1.0][:ingredients])
    return np.asarray(levels @ own - size * levels[:, 0] * levels[:, 1])


@dataclass(frozen=True)
class Truth:
    """A simulated study and the true score of each combination, as far as differences between them go."""

    comparison: Comparison
    scores: Floats


def fresh(kind: str, size: float) -> Callable[[np.random.Generator, int, int], Truth]:
    """Replicates that share nothing; the scores of `simulate_statistics` with true gains."""
    draw = fresh_near_one if kind == "skewed" else fresh_normal

    def study(rng: np.random.Generator, replicates: int, ingredients: int) -> Truth:
        names, true = labels(ingredients), gains(ingredients, size)
        scores = draw(rng, replicates, len(names) - 1).scores + true[:, None]
        plain = dict(zip(names, scores, strict=True))
        return Truth(compare(plain, "fresh", error="plain", margin=0.01), true)

    return study


def fixed(luck: float, size: float) -> Callable[[np.random.Generator, int, int], Truth]:
    """A fixed test set of 400 examples: hard ones, some that suit a combination, lucky trainings of unequal spread."""

    def study(rng: np.random.Generator, replicates: int, ingredients: int) -> Truth:
        names = labels(ingredients)
        unequal = np.linspace(0.5, 1.5, len(names))[:, None, None]
        suits = unequal * rng.standard_normal((len(names), 1, 400))
        lucky = luck * unequal * rng.standard_normal((len(names), replicates, 1))
        hard = 1.5 * rng.standard_normal((1, 1, 400))
        noise = rng.standard_normal((len(names), replicates, 400))
        spread = np.sqrt(1 + 1.5**2 + (1 + luck**2) * unequal**2)
        true = special.ndtr(special.ndtri(0.9) + gains(ingredients, size))
        level = special.ndtri(true)[:, None, None] * spread
        right = (level + hard + suits + lucky + noise > 0).astype(float)
        plain = dict(zip(names, right, strict=True))
        return Truth(compare(None, "fixed_test", examples=plain), true)

    return study


def splits(size: float) -> Callable[[np.random.Generator, int, int], Truth]:
    """Random splits of a table of 200 rows: least squares, to which every ingredient gives two more columns.

    `size` is what a column tells of the class. With 0 ingredients only add noise, so they hurt. The truth is measured
    on 20,000 other rows, for the average over the splits of many tables.
    """
    true: dict[int, Floats] = {}

    def drawn(rng: np.random.Generator, rows: int, ingredients: int) -> tuple[Floats, Floats]:
        y = rng.choice([-1.0, 1.0], rows)
        informative = np.repeat([0.4, *[size] * ingredients], 2)
        x = informative * y[:, None] + rng.standard_normal((rows, len(informative)))
        return np.column_stack([x, np.ones(rows)]), y

    def columns(row: Sequence[bool]) -> list[int]:
        return [0, 1, *(c for i, on in enumerate(row) if on for c in (2 + 2 * i, 3 + 2 * i)), -1]

    def learned(x: Floats, y: Floats, used: list[int]) -> Floats:
        own = x[:, used]
        return np.asarray(np.linalg.solve(own.T @ own + 1e-6 * np.eye(len(used)), own.T @ y))

    def truth(ingredients: int) -> Floats:
        rng, levels = np.random.default_rng(99), full(ingredients).tolist()
        outside, classes = drawn(rng, 20_000, ingredients)
        found = np.zeros(len(levels))
        for _ in range(300):
            x, y = drawn(rng, 120, ingredients)
            for i, row in enumerate(levels):
                guess = outside[:, columns(row)] @ learned(x, y, columns(row))
                found[i] += (guess * classes > 0).mean() / 300
        return found

    def study(rng: np.random.Generator, replicates: int, ingredients: int) -> Truth:
        if ingredients not in true:
            true[ingredients] = truth(ingredients)
        x, y = drawn(rng, 200, ingredients)
        names, levels = labels(ingredients), full(ingredients).tolist()
        tables = {name: np.empty((replicates, 40)) for name in names}
        rows = np.empty((replicates, 40), int)
        for r in range(replicates):
            order = rng.permutation(200)
            train, rows[r] = order[:120], order[-40:]
            for name, row in zip(names, levels, strict=True):
                weights = learned(x[train], y[train], columns(row))
                tables[name][r] = x[rows[r]][:, columns(row)] @ weights * y[rows[r]] > 0
        found = compare(None, "overlapping", examples=tables, rows=rows, sizes=(120, 40))
        return Truth(found, true[ingredients])

    return study


WORLDS: dict[str, Callable[[np.random.Generator, int, int], Truth]] = {
    "fresh, unequal variances, no effect": fresh("normal", 0.0),
    "fresh, unequal variances, effects": fresh("normal", 0.01),
    "fresh, skewed, near 1, no effect": fresh("skewed", 0.0),
    "fixed test, both sources, no effect": fixed(0.15, 0.0),
    "fixed test, both sources, effects": fixed(0.15, 0.2),
    "fixed test, replicates dominate, effects": fixed(0.3, 0.2),
    "splits, least squares, useless ingredients": splits(0.0),
    "splits, least squares, useful ingredients": splits(0.4),
}


@dataclass(frozen=True)
class Counts:
    """What the intervals of effects did.

    Attributes:
        held: share of simultaneous intervals that hold the truth.
        alone: share of intervals for one effect alone that do.
        wrong: share of studies with a simultaneous interval that does not.
        width: the mean half width, by that of an oracle who knows how far each estimate spreads.
    """

    held: float
    alone: float
    wrong: float
    width: float


def count(found: Sequence[tuple[Ablation, Mapping[str, float]]]) -> Counts:
    """Compare the effects of ablations with those of the true scores of their combinations."""
    held, alone, errors, half = [], [], [], []
    for own, scores in found:
        exact = truths(scores)
        held.append([not (c.low > t or c.high < t) for c, t in zip(_all(own), exact, strict=True)])
        alone.append(
            [
                not abs(c.difference - t)
                > special.stdtrit(c.estimate.df, 0.975) * c.estimate.standard_error
                for c, t in zip(_all(own), exact, strict=True)
            ]
        )
        errors.append([c.difference - t for c, t in zip(_all(own), exact, strict=True)])
        half.append([(c.high - c.low) / 2 for c in _all(own)])
    spread = np.sqrt(np.mean(np.square(errors), axis=0))
    quantile = float(special.ndtri(0.5 + 0.5 * 0.95 ** (1 / len(spread))))
    able = spread > 0
    widths = np.nanmedian(np.array(half), axis=0)[able] / (quantile * spread[able])
    return Counts(
        float(np.mean(held)),
        float(np.mean(alone)),
        float(np.mean([not all(row) for row in held])),
        float(np.mean(widths)),
    )


def _all(own: Ablation) -> list[Contrast]:
    return [effect.contrast for effect in own.effects]


def truths(scores: Mapping[str, float]) -> list[float]:
    """Return the effects that scores without any chance have."""
    exact = ablation(compare({n: [s, s] for n, s in scores.items()}, error="plain", margin=0.01))
    assert exact is not None
    return [contrast.difference for contrast in _all(exact)]


def simulate(world: str, replicates: int, ingredients: int, studies: int, seed: int = 0) -> Counts:
    """Count the errors of `studies` ablations of a world."""
    rng = np.random.default_rng([seed, replicates, ingredients, list(WORLDS).index(world)])
    found = []
    for _ in range(studies):
        study = WORLDS[world](rng, replicates, ingredients)
        own = ablation(study.comparison)
        assert own is not None
        found.append((own, dict(zip(labels(ingredients), study.scores.tolist(), strict=True))))
    return count(found)


COCKTAIL = "dropout(rate=0.3)+l2(strength=0.01)+mixup(strength=0.4)"


def tables(population: str, rows: int, amount: int, replicates: int, epochs: int) -> Counts:
    """Ablate a cocktail of networks on tables drawn from a population; the truth is measured on rows outside them."""
    methods = combinations(COCKTAIL)
    world = World(population, rows, replicates, epochs, amount, methods=methods)
    own, outside = [], []
    for one in trained(world):
        test = one.rows.shape[1]
        comparison = compare(
            None,
            "overlapping",
            examples=dict(zip(methods, one.right, strict=True)),
            rows=one.rows,
            sizes=(3 * test, test),
        )
        found = ablation(comparison)
        assert found is not None
        own.append(found)
        outside.append(one.outside.mean(axis=1))
    scores = dict(zip(methods, np.mean(outside, axis=0).tolist(), strict=True))
    return count([(found, scores) for found in own])


def cells(found: Counts) -> str:
    """Write counts as cells of a table."""
    shares = (found.alone, found.held, found.wrong)
    return " | ".join(f"{100 * share:.1f} %" for share in shares) + f" | {found.width:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, help="studies for each line")
    parser.add_argument("--tables", nargs="*", metavar="POPULATION:ROWS", help="train networks")
    parser.add_argument("--amount", type=int, default=40, help="tables of each population")
    given = parser.parse_args()
    head = "alone held | together held | studies with a false interval | half width"
    if given.tables:
        print(f"| population | rows | splits | {head} |\n|{'---|' * 7}")
        for text in given.tables:
            name, _, rows = text.partition(":")
            found = tables(name, int(rows), given.amount, 10, 30)
            print(f"| {name} | {rows} | 10 | {cells(found)} |", flush=True)
        return
    print(f"| world | ingredients | replicates | {head} |\n|{'---|' * 7}")
    for world in WORLDS:
        for ingredients, replicates in ((3, 3), (3, 5), (3, 10), (3, 20), (4, 10)):
            slow = ingredients > 3 or "fixed" in world
            found = simulate(world, replicates, ingredients, given.studies // (4 if slow else 1))
            print(f"| {world} | {ingredients} | {replicates} | {cells(found)} |", flush=True)


if __name__ == "__main__":
    main()
