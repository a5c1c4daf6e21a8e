"""Measure what every method is known for, and write docs/evidence/known-effects.md and what `bridle explain` shows.

    python -m benchmarks.known_effects train FOLDER [PLACE …]
    python -m benchmarks.known_effects write FOLDER
    python -m benchmarks.known_effects page

`train` trains what is missing, a study for each place, in one process; it goes on where it was stopped. `write`
measures, and writes `src/bridle/methods/measured.json` and the page; `page` writes the page from that file again.
Reads the folder `BRIDLE_DATA`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.experiments import trials
from bridle.experiments.effects import MEASURES
from bridle.experiments.outcome import StatementResult, conclude_experiment
from bridle.methods.measured import ABSENT, FILE, FOUND, OPPOSITE, VERDICTS, Measured
from bridle.origins.known_effects import SCALE, WORDS, Row, experiment, rows
from bridle.study.begin import prepare
from bridle.study.driver import versions
from bridle.study.reader import StudyReader

PAGE = Path(__file__).parents[1] / "docs" / "evidence" / "known-effects.md"


def train(folder: Path, names: Sequence[str]) -> None:
    """Train what is missing at some places, or at all."""
    planned = trials.plans(experiment(), SCALE)
    for name in names or planned:
        started, plan = time.perf_counter(), replace(planned[name], origin=None)
        prepare(load(plan.dataset), plan, trials.place(folder, name))
        trials.train(folder, {name: plan}, InProcessExecutor())
        print(f"{name}: {plan.count} runs, {time.perf_counter() - started:.0f} s", flush=True)


def measure(folder: Path) -> list[Measured]:
    """Return every row, measured from the trained studies."""
    own = experiment()
    trained = {name: StudyReader(trials.place(folder, name)) for name in own.scales[SCALE].trials}
    outcome = conclude_experiment(own, SCALE, trained)
    return [_measured(row, result) for row, result in zip(rows(), outcome.statements, strict=True)]


def _measured(row: Row, result: StatementResult) -> Measured:
    (case,), measure = result.cases, MEASURES[row.effect.measure]
    sign = measure.factor if measure.higher else -measure.factor
    ends = sorted((sign * case.low, sign * case.high))
    verdict = FOUND if case.verdict == "holds" else OPPOSITE if case.high < 0 else ABSENT
    if math.isnan(case.low):
        sys.exit(f"{row.setting}, {row.place}: {row.effect.measure} has no interval")
    factor = 1.0 if measure.relative else measure.factor
    return Measured(
        method=row.method,
        text=row.effect.text,
        setting=row.setting,
        against=row.against,
        where=WORDS[row.place],
        quantity=measure.quantity,
        unit=measure.unit,
        percent=factor == 100.0,
        value=_rounded(factor * float(case.effect.method.mean())),
        base=_rounded(factor * float(case.effect.against.mean())),
        change=_rounded(sign * case.effect.estimate.difference),
        low=_rounded(ends[0]),
        high=_rounded(ends[1]),
        replicates=case.effect.estimate.replicates,
        verdict=verdict,
        reason="" if verdict == FOUND else row.effect.reason,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


HEAD = """# Does every method show the effect that it is known for?

<!-- written by `python -m benchmarks.known_effects`; do not edit -->

Each row is what a method's paper says that it does, measured: in every replicate a network with the method and one
without share data, first weights, batches and noise, and the difference is taken within the replicate. Strengths are
the defaults that `bridle explain METHOD` names, and stronger ones where the default is mild; nothing is tuned.
"""

FOOT = """## How it was measured

    python -m benchmarks.known_effects train FOLDER
    python -m benchmarks.known_effects write FOLDER

{replicates} replicates. Intervals are t intervals of the paired differences, 95 % for all {rows} rows together (Šidák),
so each is about twice as wide as one alone. Scores of predictions (accuracy, log-loss, calibration) have the standard
error of the comparison's design instead, which counts the test examples too. *Found*: the interval lies on the side
that the paper says; *the opposite*: it lies on the other side. Where all replicates agree exactly, both ends are equal.

Replicates on digits and breast_cancer split the same rows anew: there, intervals of what is not a score are about
networks trained on these rows. Data, network and training of each place stand in
`src/bridle/origins/known_effects.py`, the measures in `src/bridle/experiments`, and what a method is known for in its
own file (`known_effects`).
"""

COLUMNS = "| method | effect | where | quantity | with, and without | change [interval] | verdict |"


def page(found: Sequence[Measured]) -> str:
    """Return the text of the page."""
    counts = ", ".join(f"{sum(row.verdict == v for row in found)} {v}" for v in VERDICTS)
    methods = {row.method for row in found}
    shown = {row.method for row in found if row.verdict == FOUND}
    summary = (
        f"Of {len(methods)} methods {len(shown)} show an effect that they are known for, in at least one row. "
        f"Of {len(found)} rows: {counts}.\n"
    )
    table = [COLUMNS, "|---" * 7 + "|", *map(_line, found)]
    missing = [
        f"- `{row.setting}`, {row.where}: {row.text} {row.reason}"
        for row in found
        if row.verdict != FOUND
    ]
    title = "\n## Where it is not found, and why\n"
    replicates = sorted({row.replicates for row in found})
    foot = FOOT.format(replicates=" or ".join(map(str, replicates)), rows=len(found))
    return "\n".join([HEAD, summary, *table, title, *missing, "", foot])


def _line(row: Measured) -> str:
    against = "" if row.against == "none" else f", against `{row.against}`"
    cells = (
        f"`{row.setting}`",
        row.text,
        row.where + against,
        row.quantity,
        row.values,
        row.difference,
        row.verdict,
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.known_effects", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    own = commands.add_parser("train", help="train what is missing")
    own.add_argument("folder", type=Path)
    own.add_argument("places", nargs="*", help="by default all")
    own = commands.add_parser("write", help="measure, and write the file and the page")
    own.add_argument("folder", type=Path)
    commands.add_parser("page", help="write the page again")
    given = parser.parse_args()
    if given.command == "train":
        train(given.folder, given.places)
        return
    if given.command == "write":
        found = measure(given.folder)
        content = {
            "command": "python -m benchmarks.known_effects write",
            "versions": versions(),
            "rows": [asdict(row) for row in found],
        }
        FILE.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        found = [Measured(**row) for row in json.loads(FILE.read_text("utf-8"))["rows"]]
    PAGE.write_text(page(found), encoding="utf-8")
    print(f"written: {FILE.name}, {PAGE.name}")


if __name__ == "__main__":
    main()
