"""Train networks for longer and longer, and count how often those that gain by it are called undertrained.

    python -m benchmarks.simulate_undertrained --tables 8

prints the tables of docs/evidence/undertrained.md. Tables are drawn from real populations and split ten times each;
every method is trained on each split by Bridle's own engine, at three learning rates, for 10, 20, 40, … epochs. Whether
a training was long enough is judged from its validation data alone; the truth is the mean test score of trainings twice
and four times as long. Needs the folder that `BRIDLE_DATA` names, with adult, bank-marketing, MNIST and Fashion-MNIST.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.populations import WIDTH, enough_of_each, population
from bridle.data import from_arrays
from bridle.engine.program import Program
from bridle.engine.spec import RunResult
from bridle.optimizers.catalogue import schedule
from bridle.statistics.checks import Floats
from bridle.statistics.undertrained import gains, speedups, undertrained
from bridle.study.plan import PlannedRun
from bridle.study.request import Request, make_plan

METHODS = ("none", "dropout(rate=0.3)", "early_stopping")
RATES = (3e-4, 1e-3, 3e-3)
REPLICATES = 10
MARGIN = 0.1
"""As a share of the baseline's error."""

BINS = (-np.inf, 0.0, 0.25, 1.0, np.inf)
"""By which true gains are told apart, in margins."""

RULES = ("as built", "without speedups", "loss alone", "score alone", "last epochs")


@dataclass(frozen=True)
class World:
    """Tables of so many rows of a population, and how they are trained on; each number of epochs is twice the last."""

    population: str
    rows: int
    schedule: str = "constant"
    epochs: tuple[int, ...] = (10, 20, 40, 80, 160, 320)
    shuffled: bool = False
    methods: tuple[str, ...] = METHODS
    rates: tuple[float, ...] = RATES

    def __str__(self) -> str:
        """As tables name it."""
        name = self.population.replace("_", "-")
        return f"{name}, {self.rows:,} rows" + (", labels shuffled" if self.shuffled else "")


WORLDS = (
    World("adult", 200),
    World("adult", 200, "cosine"),
    World("adult", 200, "flat_cosine"),
    World("adult", 200, shuffled=True),
    World("bank-marketing", 400, epochs=(10, 20, 40, 80, 160)),
    World("mnist", 300, epochs=(10, 20, 40, 80, 160)),
)


@dataclass(frozen=True)
class Trained:
    """What became of the runs of one method and number of epochs.

    Attributes:
        curves: [2, rates, tables, replicates, epochs], validation accuracy and minus the loss of what would predict.
        test: [rates, tables, replicates], test accuracy.
    """

    curves: Floats
    test: Floats

    def chosen(self, rates: slice) -> Floats:
        """Return [tables, replicates], the test accuracy of the rate that is best on validation data."""
        accuracy, loss = self.curves[:, rates, ..., -1]
        best = np.expand_dims((accuracy + 1e-6 * loss).argmax(axis=0), 0)
        found: Floats = np.take_along_axis(self.test[rates], best, 0)[0]
        return found


Population = dict[tuple[str, int], Trained]
"""By method and number of epochs."""


def train(world: World, tables: int, replicates: int = REPLICATES, seed: int = 0) -> Population:
    """Train every method on every split of `tables` tables."""
    inputs, targets = population(world.population)
    rng = np.random.default_rng([seed, world.rows, len(inputs)])
    found = {
        (method, epochs): Trained(
            np.empty((2, len(world.rates), tables, replicates, epochs)),
            np.empty((len(world.rates), tables, replicates)),
        )
        for method in world.methods
        for epochs in world.epochs
    }
    for table in range(tables):
        rows = enough_of_each(targets, world.rows, rng)
        labels = rng.permutation(targets[rows]) if world.shuffled else targets[rows]
        dataset = from_arrays(inputs[rows], labels)
        runs: dict[object, list[tuple[int, PlannedRun]]] = defaultdict(list)
        for epochs in world.epochs:
            for place, rate in enumerate(world.rates):
                asked = Request(
                    methods=world.methods, replicates=replicates, epochs=epochs, configurations=1,
                    widths=WIDTH, learning_rate=rate, schedule=world.schedule,
                )  # fmt: skip
                for run in make_plan(dataset, asked).runs:
                    runs[run.program].append((place, run))
        for own in runs.values():
            results = Program(own[0][1].program, WIDTH, dataset).train([r.spec for _, r in own])
            for (place, run), result in zip(own, results, strict=True):
                into = found[run.method, run.spec.epochs]
                into.curves[:, place, table, run.replicate] = _curves(result, run.spec.epochs)
                into.test[place, table, run.replicate] = result.scores["test_score"]
    return found


def _curves(result: RunResult, epochs: int) -> Floats:
    """Return [2, epochs]: validation accuracy and minus the loss of what would predict."""
    held = np.minimum(np.arange(epochs), result.best_epoch - 1)
    return np.stack([result.history[held, 3], -result.history[held, 2]])


@dataclass(frozen=True)
class Case:
    """One number of epochs and choice of rates: for each method the truth and what was measured.

    Attributes:
        truth: by method, the gain of the better of twice and four times as many epochs, in margins.
        scores: by method [tables, replicates], gains of the validation accuracy.
        losses: likewise, of the loss.
        faster: likewise, its speedups.
        margin: in accuracy.
    """

    truth: dict[str, float]
    scores: dict[str, Floats]
    losses: dict[str, Floats]
    faster: dict[str, Floats]
    margin: float


def cases(world: World, trained: Population, whole: bool = False) -> Iterator[Case]:
    """Yield every number of epochs but the largest, with all rates to choose from and with each alone.

    Args:
        world: what was trained.
        trained: what became of it.
        whole: measure gains at the very end, where a schedule has let the rate fall.
    """
    every = [slice(None), *(slice(i, i + 1) for i in range(len(world.rates)))]
    for rates in every:
        for epochs in world.epochs[:-1]:
            longer = [n for n in (2 * epochs, 4 * epochs) if n in world.epochs]
            progress = (np.arange(epochs) + 0.5) / epochs
            falling = None
            if not (whole or world.schedule == "constant"):
                falling = np.asarray(schedule(world.schedule).factor(progress))  # type: ignore[arg-type]
            truth, scores, losses, faster, margin = {}, {}, {}, {}, 0.0
            for method in world.methods:
                now = trained[method, epochs]
                score = float(now.chosen(rates).mean())
                margin = margin or MARGIN * (1 - score)
                best = max(float(trained[method, n].chosen(rates).mean()) for n in longer)
                truth[method] = (best - score) / margin
                accuracy, loss = now.curves[:, rates]
                accuracy, loss = accuracy.max(axis=0), loss.max(axis=0)  # of the rates
                scores[method], losses[method] = gains(accuracy, falling), gains(loss, falling)
                faster[method] = speedups(loss, falling)
            yield Case(truth, scores, losses, faster, margin)


def count(found: list[Case], replicates: int, rule: str = RULES[0]) -> Floats:
    """Return [2, bins]: how many methods of studies there were, and how many were called undertrained."""
    totals = np.zeros((2, len(BINS) - 1))
    for case in found:
        tables, most = next(iter(case.scores.values())).shape
        for table in range(tables):
            for first in range(0, most - replicates + 1, replicates):
                own = table, slice(first, first + replicates)
                scores = {m: v[own] for m, v in case.scores.items()}
                losses = {m: v[own] for m, v in case.losses.items()}
                faster = {m: v[own] for m, v in case.faster.items()}
                steady = dict.fromkeys(scores, np.zeros(replicates))
                if rule == "loss alone":
                    said = undertrained(losses, losses, steady, 0.0)
                elif rule == "score alone":
                    said = undertrained(scores, scores, steady, case.margin)
                elif rule == "without speedups":
                    said = undertrained(scores, losses, steady, case.margin)
                else:
                    said = undertrained(scores, losses, faster, case.margin)
                for method, truth in case.truth.items():
                    place = int(np.searchsorted(BINS, truth)) - 1
                    totals[:, place] += 1, bool(said[method])
    return totals


def _row(name: str, totals: Floats) -> str:
    shares = [f"{100 * b / a:.0f} % of {a:.0f}" if a else "–" for a, b in totals.T]
    return f"| {name} | {' | '.join(shares)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=8, help="tables of each world")
    given = parser.parse_args()
    start = time.perf_counter()
    heads = "no gain | up to a quarter | up to the margin | more"
    print(f"| world | schedule | replicates | {heads} |\n|---|---|---|---|---|---|---|")
    constant: list[Case] = []
    annealed: list[Case] = []
    for world in WORLDS:
        trained = train(world, given.tables)
        found = list(cases(world, trained))
        constant += found if world.schedule == "constant" else []
        annealed += [] if world.schedule == "constant" else cases(world, trained, whole=True)
        for replicates in (3, 5, 10):
            name = f"{world} | {world.schedule} | {replicates}"
            print(_row(name, count(found, replicates)), flush=True)
    print(f"\n| rule | {heads} |\n|---|---|---|---|---|")
    for rule in RULES[:-1]:
        print(_row(f"{rule}, constant rate", count(constant, REPLICATES, rule)))
    print(_row(f"{RULES[-1]}, falling rate", count(annealed, REPLICATES)))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
