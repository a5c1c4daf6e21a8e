"""Simulate studies that are hard to judge: ties, few replicates, long tails, rounded scores, unstable learners.

    python -m benchmarks.simulate_small --studies 2000

prints the tables of docs/evidence (equal-scores, few-replicates, long-tails, overlapping-splits). The truth is known in
every world; a study errs if any of its simultaneous intervals misses it. Beside it stands how often the textbook's
interval would: the paired t, Satterthwaite's approximation on a fixed test set, Nadeau and Bengio's correction on
splits.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from bridle.statistics import Design, interval
from bridle.statistics.pairs import Pairs

Floats = npt.NDArray[np.float64]
LEVEL = 0.95


@dataclass
class Study:
    """One simulated study.

    Attributes:
        scores: [methods + 1, replicates]; method 0 is the baseline.
        truth: the true difference of each method to the baseline; one number where it is the same for all.
        design: what replicates share.
        sizes: (training rows, test rows) of overlapping splits.
        test_size: test examples of a replicate, where the statistics are told.
        right: [methods + 1, replicates, examples], where predictions are known.
        rows: [replicates, examples], which row of the table each is, on overlapping splits whose predictions are known.
    """

    scores: Floats
    truth: float | Floats = 0.0
    design: Design = "fresh"
    sizes: tuple[int, int] | None = None
    test_size: int | None = None
    right: Floats | None = None
    rows: npt.NDArray[np.intp] | None = None


Generator = np.random.Generator
World = Callable[[Generator, int, int], Study]


def counts(
    rng: Generator,
    replicates: int,
    methods: int,
    examples: int,
    base: float,
    up: float,
    down: float,
    told: bool,
) -> Study:
    """Accuracies on few fresh examples: methods mend a share `up` of them, and spoil a share `down`."""
    baseline = rng.random((replicates, examples)) < base
    luck = rng.random((methods, replicates, examples))
    right = np.where(baseline, luck >= down / base, luck < up / (1 - base))
    scores = np.concatenate([baseline[None], right]).mean(axis=2)
    return Study(scores, up - down, test_size=examples if told else None)


def ceiling(rng: Generator, replicates: int, methods: int) -> Study:
    """Splits of a table of 160 rows; all but 2 % are easy; methods mend half of those, and spoil 1 in 500 others."""
    hard = rng.random(160) < 0.02
    luck = rng.random((methods, 160))
    right = np.where(hard, luck < 0.5, luck >= 0.002)
    right = np.concatenate([~hard[None], right])
    scores = np.empty((methods + 1, replicates))
    for r in range(replicates):
        scores[:, r] = right[:, rng.permutation(160)[:40]].mean(axis=1)
    return Study(scores, 0.02 * 0.5 - 0.98 * 0.002, "overlapping", (120, 40))


def rounded(rng: Generator, replicates: int, methods: int) -> Study:
    """Accuracies on 30 fresh examples, written with four decimals."""
    study = counts(rng, replicates, methods, 30, 0.85, 0.05, 0.05, False)
    return Study(np.round(study.scores, 4), study.truth)


def crossed(
    rng: Generator,
    replicates: int,
    methods: int,
    of_examples: float,
    of_trainings: float,
    examples: int = 400,
    scores_only: bool = False,
) -> Study:
    """A fixed test set: hard and easy examples, examples that suit a method, lucky trainings."""
    unequal = np.linspace(0.5, 1.5, methods + 1)[:, None, None]
    suits = of_examples * unequal * rng.standard_normal((methods + 1, 1, examples))
    luck = of_trainings * unequal * rng.standard_normal((methods + 1, replicates, 1))
    hard = 1.5 * rng.standard_normal((1, 1, examples))
    noise = rng.standard_normal((methods + 1, replicates, examples))
    total = 1 + 1.5**2 + (of_examples**2 + of_trainings**2) * unequal**2
    right = (special.ndtri(0.9) * np.sqrt(total) + hard + suits + luck + noise > 0).astype(float)
    if scores_only:
        return Study(right.mean(axis=2), 0.0, "fixed_test", test_size=examples)
    return Study(right.mean(axis=2), 0.0, "fixed_test", right=right)


def tail(rng: Generator, replicates: int, methods: int, shape: str) -> Study:
    """Fresh samples; methods whose trainings have a long tail below, against a baseline that has none."""
    size = (methods, replicates)
    if shape == "exponential":
        own = 1 - rng.exponential(size=size)
    elif shape == "lognormal":
        own = np.exp(0.275) - np.exp(np.sqrt(0.55) * rng.standard_normal(size))
    elif shape == "normal":
        own = rng.standard_normal(size)
    else:  # "1 in 10 fails" by eight standard deviations of the others
        often = 1 / int(shape.split()[2])
        own = rng.standard_normal(size) - 8 * (rng.random(size) < often) + 8 * often
    baseline = 0.3 * rng.standard_normal((1, replicates))
    return Study(0.01 * np.concatenate([baseline, own]))


def stumps(
    rng: Generator, replicates: int, methods: int, sizes: tuple[int, int] = (160, 40)
) -> Study:
    """Splits of a table; unstable learners: the best threshold of the best of six weak columns each."""
    train, test = sizes
    rows = train + test
    sign = rng.choice([-1.0, 1.0], rows)
    x = 0.125 * sign[:, None] + rng.standard_normal((methods + 1, rows, 6))
    right = np.empty((methods + 1, replicates, test))
    tested = np.empty((replicates, test), np.intp)
    for r in range(replicates):
        order = rng.permutation(rows)
        a, b = order[:train], order[train:]
        tested[r] = b
        places = x[:, a].argsort(axis=1)
        ordered = np.take_along_axis(x[:, a], places, axis=1)
        below = 2 * np.cumsum(sign[a][places], axis=1) - sign[a].sum()
        at, column = np.divmod(np.abs(below).reshape(methods + 1, -1).argmax(axis=1), 6)
        for m, (i, j) in enumerate(zip(at, column, strict=True)):
            side = np.where(x[m, b, j] <= ordered[m, i, j], 1.0, -1.0) * (below[m, i, j] or 1.0)
            right[m, r] = side * sign[b] > 0
    return Study(right.mean(axis=2), 0.0, "overlapping", sizes, right=right, rows=tested)


def neighbours(
    rng: Generator, replicates: int, methods: int, sizes: tuple[int, int] = (160, 40)
) -> Study:
    """Splits of a table; one nearest neighbour in two weak columns each."""
    train, test = sizes
    y = rng.integers(0, 2, train + test)
    x = rng.standard_normal((methods + 1, train + test, 2)) + 0.35 * y[None, :, None]
    right = np.empty((methods + 1, replicates, test))
    tested = np.empty((replicates, test), np.intp)
    for r in range(replicates):
        order = rng.permutation(train + test)
        a, b = order[:train], order[train:]
        tested[r] = b
        distance = ((x[:, b][:, :, None] - x[:, a][:, None]) ** 2).sum(axis=3)
        right[:, r] = y[a][distance.argmin(axis=2)] == y[b]
    return Study(right.mean(axis=2), 0.0, "overlapping", sizes, right=right, rows=tested)


@functools.cache
def _cancer() -> tuple[Floats, Floats]:
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return np.column_stack([x, np.ones(len(x))]), 2.0 * y - 1


def _ridge(order: npt.NDArray[np.intp], methods: int, train: int) -> Floats:
    """Return the accuracies of ridge classifiers of growing strength."""
    x, y = _cancer()
    a, b = order[:train], order[train:]
    gram, sums = x[a].T @ x[a], x[a].T @ y[a]
    strengths = np.geomspace(0.1, 1000, methods + 1)
    weights = np.stack([np.linalg.solve(gram + s * np.eye(len(gram)), sums) for s in strengths])
    return np.asarray(((x[b] @ weights.T) * y[b, None] > 0).mean(axis=0))


@functools.cache
def _true_ridge(methods: int, train: int, test: int) -> tuple[float, ...]:
    """Return the true differences: means over trainings on rows of the whole table."""
    rng = np.random.default_rng(0)
    draws = [_ridge(rng.permutation(569)[: train + test], methods, train) for _ in range(1500)]
    mean = np.mean(draws, axis=0)
    return tuple(mean[1:] - mean[0])


def cancer(rng: Generator, replicates: int, methods: int) -> Study:
    """Splits of 120 rows of a real table (breast cancer, 569 rows), 90 to 30; ridge classifiers."""
    rows = rng.permutation(569)[:120]
    scores = np.stack(
        [_ridge(rows[rng.permutation(120)], methods, 90) for _ in range(replicates)], axis=1
    )
    return Study(scores, np.array(_true_ridge(methods, 90, 30)), "overlapping", (90, 30))


def _of(world: Callable[..., Study], *given: object, **named: object) -> World:
    return lambda rng, replicates, methods: world(rng, replicates, methods, *given, **named)


WORLDS: dict[str, Mapping[str, tuple[World, tuple[int, ...]]]] = {
    "ties": {
        "24 examples, test size told": (_of(counts, 24, 0.85, 0.03, 0.01, True), (2, 3, 5, 10, 30)),
        "24 examples, read off the scores": (
            _of(counts, 24, 0.85, 0.03, 0.01, False),
            (2, 3, 5, 10, 30),
        ),
        "50 examples, not told": (_of(counts, 50, 0.85, 0.03, 0.01, False), (2, 3, 5, 10, 30)),
        "100 examples near 1, told": (
            _of(counts, 100, 0.98, 0.005, 0.005, True),
            (2, 3, 5, 10, 30),
        ),
        "100 examples near 1, not told": (
            _of(counts, 100, 0.98, 0.005, 0.005, False),
            (2, 3, 5, 10, 30),
        ),
        "splits near 1": (ceiling, (3, 5, 10, 30)),
        "30 examples, rounded": (rounded, (2, 3, 5, 10)),
    },
    "few": {
        "both sources": (_of(crossed, 1.0, 0.15), (2, 3, 5, 10)),
        "both large": (_of(crossed, 1.0, 0.4), (2, 3, 5, 10)),
        "examples dominate": (_of(crossed, 1.5, 0.0), (2, 3, 5, 10)),
        "trainings dominate": (_of(crossed, 0.1, 0.2), (2, 3, 5, 10)),
        "wild trainings": (_of(crossed, 0.1, 0.4), (2, 3, 5, 10)),
        "neither": (_of(crossed, 0.0, 0.0), (2, 3, 5, 10)),
        "both sources, scores and test size": (_of(crossed, 1.0, 0.15, 400, True), (2, 3, 5, 10)),
        "both large, scores and test size": (_of(crossed, 1.0, 0.4, 400, True), (2, 3, 5, 10)),
        "examples dominate, scores and test size": (
            _of(crossed, 1.5, 0.0, 400, True),
            (2, 3, 5, 10),
        ),
    },
    "skew": {
        shape: (_of(tail, shape), (3, 5, 10, 20, 50))
        for shape in (
            "normal",
            "exponential",
            "lognormal",
            "1 in 5 fails",
            "1 in 10 fails",
            "1 in 20 fails",
        )
    },
    "unstable": {
        f"{name} {train}/{test}": (_of(world, sizes=(train, test)), (10, 30))
        for name, world in (("stumps", stumps), ("nearest neighbour", neighbours))
        for train, test in ((100, 100), (160, 40), (180, 20), (190, 10))
    }
    | {"breast cancer, ridge 90/30": (cancer, (5, 10, 30))},
}


@dataclass
class Errors:
    """Studies that err by the textbook's intervals and by these, and what these cost.

    `unjudged` counts comparisons without an interval, `width` is the mean ratio of widths to the textbook's where there
    are both. `by_rows` counts studies on splits that err where the rows of predictions are known.
    """

    studies: int
    textbook: int = 0
    wrong: int = 0
    unjudged: int = 0
    width: float = 0.0
    by_rows: int = 0


def simulate(
    kind: str, world: str, replicates: int, methods: int, studies: int, seed: int = 0
) -> Errors:
    """Count the errors of `studies` studies."""
    make = WORLDS[kind][world][0]
    rng = np.random.default_rng([seed, replicates, methods, list(WORLDS[kind]).index(world)])
    found, ratios = Errors(studies), []
    for _ in range(studies):
        study = make(rng, replicates, methods)
        names = [str(i) for i in range(methods + 1)]
        known = None if study.right is None else dict(zip(names, study.right, strict=True))
        examples = known if study.rows is None else None
        given = dict(zip(names, study.scores, strict=True))
        pairs = Pairs(given, study.design, examples, study.sizes, study.test_size)
        truth = np.broadcast_to(study.truth, methods)
        old = _textbook(study, methods) - truth[:, None]
        found.textbook += bool((~(old[:, 0] <= 1e-12) | ~(old[:, 1] >= -1e-12)).any())
        ends = _ends(pairs, names) - truth[:, None]
        if study.rows is not None:
            rows = Pairs(given, study.design, known, study.sizes, study.test_size, 1.0, study.rows)
            found.by_rows += _errs(_ends(rows, names) - truth[:, None])
        found.wrong += _errs(ends)
        found.unjudged += int(np.isnan(ends[:, 0]).sum())
        widths = np.ptp(old, axis=1), np.ptp(ends, axis=1)
        both = (widths[0] > 1e-9) & np.isfinite(widths[1])
        ratios += list(widths[1][both] / widths[0][both])
    found.width = float(np.mean(ratios)) if ratios else np.nan
    return found


def _ends(pairs: Pairs, names: list[str]) -> Floats:
    """Return the ends of all methods' intervals, [methods, 2]."""
    found = [interval(pairs.estimate(name, "0"), LEVEL, len(names) - 1) for name in names[1:]]
    return np.array([(i.low, i.high) for i in found])


def _errs(ends: Floats) -> bool:
    """Say whether any interval around the truth misses it."""
    return bool(((ends[:, 0] > 1e-12) | (ends[:, 1] < -1e-12)).any())


def _textbook(study: Study, methods: int) -> Floats:
    """Return the intervals of the paired t (or its classical relatives), [0, 0] where all differences are 0."""
    error = -np.expm1(np.log(LEVEL) / methods)
    d = study.scores[1:] - study.scores[0]
    R, mean = d.shape[1], d.mean(axis=1)
    df: float | Floats = R - 1.0
    variance = d.var(axis=1, ddof=1) / R
    if study.sizes:
        variance = variance * (1 + R * study.sizes[1] / study.sizes[0])
    if study.right is not None and study.rows is None:
        e = study.right[1:] - study.right[0]
        E = e.shape[2]
        a = E * e.mean(axis=2).var(axis=1, ddof=1)
        b = R * e.mean(axis=1).var(axis=1, ddof=1)
        rest = (
            e - e.mean(axis=2, keepdims=True) - e.mean(axis=1, keepdims=True) + mean[:, None, None]
        ) ** 2
        c = rest.sum(axis=(1, 2)) / ((R - 1) * (E - 1))
        total = np.maximum(a - c, 0) + np.maximum(b - c, 0) + c
        dfs = (R - 1, E - 1, (R - 1) * (E - 1))
        shares = sum((s / total) ** 2 / n for s, n in zip((a, b, c), dfs, strict=True))
        variance, df = total / (R * E), np.clip(1 / shares, R - 1, sum(dfs))
    reach = -special.stdtrit(df, error / 2) * np.sqrt(variance)
    return np.stack([mean - reach, mean + reach], axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000, help="studies for each line")
    parser.add_argument("--only", choices=list(WORLDS), help="one table")
    given = parser.parse_args()
    start = time.perf_counter()
    for kind, worlds in WORLDS.items():
        if given.only not in (None, kind):
            continue
        methods = 4 if kind == "ties" else 8
        print(f"### {kind}: {methods} methods, {given.studies:,} studies a line\n")
        print(
            "| world | replicates | textbook errs | errs | no verdict | width | by rows errs |\n"
            "|---|---|---|---|---|---|---|"
        )
        for world, (_, amounts) in worlds.items():
            for replicates in amounts:
                e = simulate(kind, world, replicates, methods, given.studies)
                n = e.studies
                print(
                    f"| {world} | {replicates} | {100 * e.textbook / n:.1f} % | {100 * e.wrong / n:.1f} % "
                    f"| {100 * e.unjudged / n / methods:.0f} % | {e.width:.2f} "
                    f"| {f'{100 * e.by_rows / n:.1f} %' if kind == 'unstable' else '–'} |",
                    flush=True,
                )
        print()
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
