"""Train studies in which no method has an effect, and count how often their statistics find one.

    python -m benchmarks.null_studies --studies 1000

prints the tables of docs/evidence/trained-networks.md: small networks, trained by Bridle's engine and judged by
`statistics.compare` as those of a comparison are. Two kinds of methods are truly equal. *None against none*: every
method is no regularization, with draws of its own. *Meaningless labels*: methods differ in earnest, but labels are
shuffled, so that all are right as often as chance; there the signal test is counted too. All numbers follow from the
seeds, which are the studies' numbers. The tests train fewer studies.
"""

from __future__ import annotations

import argparse
import functools
import time
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.null_worlds import MOONS, World
from benchmarks.workers import in_blocks, workers
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.engine.width import lanes
from bridle.methods.composition import Composition
from bridle.statistics import compare, interval, signals

LEVEL = 0.95

DIFFERENT = (
    "none",
    "l1(strength=0.03)",
    "l1(strength=0.3)",
    "l2(strength=0.1)",
    "l2(strength=1)",
    "weight_decay(strength=10)",
    "weight_decay(strength=60)",
    "elastic_net(strength=0.1)",
    "early_stopping(patience=1)",
)
"""From networks that learn labels by heart to such as hardly learn anything; all are one program."""

PERMUTATIONS = 199
"""Of the signal test, whose error is 9 of 200 where it is exact."""

BLOCK = 20
"""Studies that a worker trains and judges at a time."""

Classes = npt.NDArray[np.int8]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Errors:
    """Counts over studies all of whose methods are equal.

    Of `studies`, `wrong` said of some method that it helps or hurts, `best` kept the first method beside the baseline
    in the leading group, and `found` said that it found signal; `covered` of `intervals` single
    intervals at 95 % held 0.
    """

    studies: int = 0
    wrong: int = 0
    best: int = 0
    found: int = 0
    intervals: int = 0
    covered: int = 0

    def __add__(self, other: Errors) -> Errors:
        """Return the counts of both."""
        return Errors(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@functools.cache
def program(world: World) -> Program:
    """Return what trains the runs of a world in this process."""
    dataset = world.dataset()
    own = dataset.defaults
    spec = ProgramSpec(own.widths, own.activation, (), own.optimizer, own.batch_size)
    return Program(spec, lanes(spec, dataset), dataset)


def train(
    world: World, replicates: int, studies: range, epochs: int | None = None
) -> tuple[Classes, Classes, Rows]:
    """Train studies from nothing.

    Returns:
        Predicted and true classes of the test rows, both [studies, methods, replicates, test rows], and which rows of
        the table these are.
    """
    trains, shape = program(world), (len(studies), world.methods, replicates)
    dataset, runs = trains.dataset, []
    for place, method, replicate in np.ndindex(shape):
        label = DIFFERENT[method] if world.draws == "shared" else "none"
        runs.append(
            RunSpec(
                Composition.parse(label).setting(),
                dataset.defaults.learning_rate,
                epochs or dataset.defaults.epochs,
                world.number(method, replicate),
                studies[place],
            )
        )
    splits = [dataset.replicate(run.replicate, run.seed) for run in runs]
    truth = np.stack([split.targets[split.test] for split in splits])
    logits = np.stack([result.predictions["test"] for result in trains.train(runs)])
    predicted = logits.argmax(axis=2)
    return (
        predicted.reshape(*shape, -1).astype(np.int8),
        truth.reshape(*shape, -1).astype(np.int8),
        np.stack([split.test for split in splits]).reshape(*shape, -1),
    )


def judge(world: World, predicted: Classes, truth: Classes, tested: Rows, seed: int) -> Errors:
    """Judge one study, arrays of [methods, replicates, test rows], as a comparison is judged.

    Splits are compared by their rows, except where each method has splits of its own.
    """
    right = (predicted == truth).astype(float)
    names = ["none", *map(str, range(1, len(right)))]
    design, sizes = world.design, (world.sizes.train, world.sizes.test)
    by_rows = design == "overlapping" and world.draws != "own"
    found = compare(
        dict(zip(names, right.mean(axis=2), strict=True)),
        design,
        examples=dict(zip(names, right, strict=True))
        if by_rows or design == "fixed_test"
        else None,
        rows=tested[0] if by_rows else None,
        sizes=sizes if design == "overlapping" else None,
        margin=0.0,
        level=LEVEL,
    )
    heard = False
    if world.meaningless:
        labels = dict(enumerate(truth[0]))
        shown = {name: dict(enumerate(own)) for name, own in zip(names, predicted, strict=True)}
        rows = dict(enumerate(tested[0]))
        each = signals(
            "classes", shown, labels, design, rows, sizes, permutations=PERMUTATIONS, seed=seed
        )
        heard = any(one.found for one in each.values())
    single = [interval(one.estimate, LEVEL) for one in found.methods]
    return Errors(
        studies=1,
        wrong=any(one.verdict.label in ("helps", "hurts") for one in found.methods),
        best="1" in found.leading.group,
        found=heard,
        intervals=len(single),
        covered=sum(not one.excludes_zero for one in single),
    )


def count(world: World, replicates: int, studies: range, epochs: int | None = None) -> Errors:
    """Train and judge studies."""
    found = train(world, replicates, studies, epochs)
    judged = [judge(world, *one) for one in zip(*found, studies, strict=True)]
    return sum(judged, Errors())


def most(studies: int, rate: float = 1 - LEVEL) -> int:
    """Return how many studies may err where one in 20 does, and a true 5 % exceeds that once in a thousand times."""
    return int(stats.binom.ppf(0.999, studies, rate))


EQUAL: dict[World, tuple[int, ...]] = {
    World(MOONS, "fresh", "own", 9): (5, 10, 30),
    World(MOONS, "fresh", "paired", 9): (5,),
    World("digits", "fixed_test", "own", 9): (5,),
    World("digits", "fixed_test", "paired", 9): (10,),
    World("wine", "overlapping", "own", 9): (5,),
    World("wine", "overlapping", "paired", 9): (10,),
}
"""None against none, and with how many replicates."""

SHUFFLED: dict[World, tuple[int, ...]] = {
    World(MOONS, "fresh", methods=9, meaningless=True): (5,),
    World("digits", "fixed_test", methods=9, meaningless=True): (5, 10),
    World("wine", "overlapping", methods=9, meaningless=True): (5, 10),
    World(MOONS, "overlapping", methods=9, meaningless=True): (5,),
}
"""Methods that differ on meaningless labels."""

MANY = 30
"""Studies of so many replicates are a quarter as many."""


def percent(part: int, of: int) -> str:
    return f"{100 * part / of:.1f} %"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, help="studies for each line")
    parser.add_argument("--data", help="only lines of this data set, as `wine`")
    given = parser.parse_args()
    wanted = given.studies
    start = time.perf_counter()
    with workers() as pool:
        for title, worlds in (("None against none", EQUAL), ("Meaningless labels", SHUFFLED)):
            print(f"### {title} (9 methods)\n", flush=True)
            print(
                "| data | design | draws | replicates | studies | coverage | studies that err | at most",
                end="",
            )
            print(
                " | best in the leading group | signal found |\n|---|---|---|---|---|---|---|---|---|---|"
            )
            for world, sizes in worlds.items():
                for replicates in sizes if given.data in (None, world.source) else ():
                    n = wanted if replicates < MANY else max(wanted // 4, 1)
                    work = functools.partial(count, world, replicates)
                    e = sum(in_blocks(pool, work, n, BLOCK), Errors())
                    heard = percent(e.found, e.studies) if world.meaningless else "–"
                    print(
                        f"| {world.source} | {world.design} | {world.draws} | {replicates} | {e.studies:,} "
                        f"| {percent(e.covered, e.intervals)} | {percent(e.wrong, e.studies)} "
                        f"| {percent(most(e.studies), e.studies)} | {percent(e.best, e.studies)} | {heard} |",
                        flush=True,
                    )
            print()
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    # workers look functions up in a module of their own name, not in a script
    from benchmarks import null_studies

    null_studies.main()
