"""Diagnose many samples of the same kind, and count how often what is said of them is wrong.

    python -m benchmarks.simulate_diagnosis --diagnoses 1000

prints the table of docs/evidence/diagnosis.md. The networks are trained for real, the numbers are those of
`diagnosis.measured`. What a number truly is, is its mean over all diagnoses: each has a sample, a test set or a table
of its own. All numbers follow from the seeds, which are the diagnoses' numbers. The tests train fewer.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.null_worlds import MOONS, World
from benchmarks.workers import in_blocks, workers
from bridle.diagnosis.diagnosis import make_baseline
from bridle.diagnosis.findings import PURE, WIDE, findings
from bridle.diagnosis.measured import Measured, measure
from bridle.diagnosis.quantities import Quantity
from bridle.diagnosis.trainings import Trained, kept, planned
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec
from bridle.engine.width import lanes
from bridle.study.plan import PlannedRun
from bridle.tasks import CRITERIA, Classification

LOWER_ENDS = (
    "gap",
    "rise",
    "learned",
    "unfinished",
    "improving",
    "last_step",
    "reference_lead",
    "reference_gain",
    "contradicted",
    "inflation",
)
"""The numbers of a diagnosis whose lower ends findings rest on."""

BLOCK = 10
"""Diagnoses that a worker makes at a time."""


@dataclass(frozen=True)
class Said:
    """What one diagnosis says: the numbers of `LOWER_ENDS`, and the kinds of its findings."""

    numbers: dict[str, Quantity]
    kinds: tuple[str, ...]


@functools.cache
def _program(world: World, spec: ProgramSpec) -> Program:
    dataset = world.dataset()
    return Program(spec, lanes(spec, dataset), dataset)


def diagnose(world: World, replicates: int, epochs: int, studies: range) -> list[Said]:
    """Train what diagnoses train, without permuted labels, and say what they say."""
    dataset = world.dataset()
    plan, _ = make_baseline(dataset, replicates=replicates, epochs=epochs)
    waiting: dict[ProgramSpec, list[tuple[int, PlannedRun]]] = defaultdict(list)
    for study in studies:
        for run in planned(replace(plan, seed=study), dataset, 0):
            waiting[run.program].append((study, run))
    trained: dict[int, list[Trained]] = defaultdict(list)
    for spec, runs in waiting.items():
        results = _program(world, spec).train([run.spec for _, run in runs])
        for (study, run), result in zip(runs, results, strict=True):
            trained[study].append(kept(run, result, CRITERIA[plan.criterion]))
    return [said(measure(trained[study], dataset, study, 0)[0]) for study in studies]


def said(measured: Measured) -> Said:
    """Return what of a diagnosis is counted."""
    numbers = {name: getattr(measured, name) for name in LOWER_ENDS}
    return Said(
        numbers, tuple(finding.kind for finding in findings(measured, Classification.of(2), ""))
    )


@dataclass(frozen=True)
class Errors:
    """Counts over diagnoses.

    Of `diagnoses`, `any` had a lower end above the truth, `shown` one that also lies above 0, so that a finding may
    show it; `each` says how many had which above the truth; `false` reported something that is not so; `kinds` says
    how many reported what, and whether it is so; `truth` holds the true numbers.
    """

    diagnoses: int
    any: int
    shown: int
    each: dict[str, int]
    false: int
    kinds: dict[str, tuple[int, bool]]
    truth: dict[str, float]


def errors(found: Sequence[Said], copies: int = 0) -> Errors:
    """Count how often lower ends lie above the means over all diagnoses, and how often findings are wrong by these.

    Args:
        found: what the diagnoses said.
        copies: test rows that are copies.
    """
    values = {n: [one.numbers[n].value for one in found] for n in LOWER_ENDS}
    truth = {name: float(np.nanmean(value)) for name, value in values.items()}
    above = [[_above(one.numbers[n], truth[n]) for n in LOWER_ENDS] for one in found]
    right = {
        "leakage by duplicate rows": copies > 0,
        "label noise": truth["contradicted"] > PURE,
        "underfitting": truth["reference_lead"] > 0,
        "overfitting": (truth["gap"] > 0 and truth["rise"] > 0) or truth["gap"] > WIDE,
        "too little data": truth["last_step"] > 0,
        "training cut short": truth["improving"] > 0
        or (truth["unfinished"] > 0 and truth["reference_lead"] > 0),
        "simple classifier ahead": truth["reference_gain"] > 0,
        "optimization failing": truth["learned"] <= 0,
        "label among the columns": False,
        "no signal found": False,
    }
    kinds = Counter(kind for one in found for kind in one.kinds)
    return Errors(
        diagnoses=len(found),
        any=sum(map(any, above)),
        shown=sum(
            any(_above(one.numbers[n], max(truth[n], 0.0)) for n in LOWER_ENDS) for one in found
        ),
        each=dict(zip(LOWER_ENDS, np.sum(above, axis=0).tolist(), strict=True)),
        false=sum(any(not right[kind] for kind in one.kinds) for one in found),
        kinds={kind: (count, right[kind]) for kind, count in sorted(kinds.items())},
        truth=truth,
    )


def _above(number: Quantity, truth: float) -> bool:
    """Say whether a lower end is wrong; one of exactly 0 is that of numbers that were all 0, and claims nothing."""
    return number.low != 0 and number.low > truth


ROWS = (
    (World(MOONS, "fresh"), 5),
    (World(MOONS, "fresh"), 10),
    (World(MOONS, "fixed_test"), 5),
    (World(MOONS, "fixed_test"), 10),
    (World(MOONS, "fixed_test", pool=100), 10),
    (World(MOONS, "overlapping"), 5),
    (World(MOONS, "overlapping"), 10),
    (World(MOONS, "overlapping", copies=40), 5),
)
"""What is diagnosed, and with how many replicates."""

EPOCHS = 60


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--diagnoses", type=int, default=1000, help="diagnoses for each line")
    wanted = parser.parse_args().diagnoses
    start = time.perf_counter()
    print(
        "| design | pool | copies | replicates | lower end wrong | and above 0 | false findings | found |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    details = []
    with workers() as pool:
        for world, replicates in ROWS:
            work = functools.partial(diagnose, world, replicates, EPOCHS)
            found = [one for block in in_blocks(pool, work, wanted, BLOCK) for one in block]
            e = errors(found, world.copies)
            rates = " | ".join(f"{100 * n / wanted:.1f} %" for n in (e.any, e.shown, e.false))
            kinds = ", ".join(
                f"{kind} {100 * n / wanted:.1f} %{'' if right else ' (wrong)'}"
                for kind, (n, right) in e.kinds.items()
            )
            rows = world.pool if world.design == "fixed_test" else "–"
            head = f"| {world.design} | {rows} | {world.copies} | {replicates} |"
            print(f"{head} {rates} | {kinds} |", flush=True)
            each = (f"{100 * e.each[n] / wanted:.1f} % of {e.truth[n]:.2g}" for n in LOWER_ENDS)
            details.append(f"{head} {' | '.join(each)} |")
    print("\nLower ends above the truth, and the truth:\n")
    print(f"| design | pool | copies | replicates | {' | '.join(LOWER_ENDS)} |")
    print("\n".join(["|---" * (4 + len(LOWER_ENDS)) + "|", *details]))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    # workers look functions up in a module of their own name, not in a script
    from benchmarks import simulate_diagnosis

    simulate_diagnosis.main()
