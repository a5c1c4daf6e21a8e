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

import numpy as np

from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.experiments import trials
from bridle.experiments.effects import MEASURES
from bridle.experiments.outcome import HOLDS, bounds, decide
from bridle.methods.measured import (
    ABSENT,
    FILE,
    FOUND,
    OPPOSITE,
    VERDICTS,
    MeasuredEffect,
    content,
)
from bridle.methods.measured import rows as measured_rows
from bridle.origins import Case
from bridle.origins.known_effects import PLACES, SCALE, WORDS, EffectRow, experiment, rows
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


def measure(folder: Path) -> tuple[list[MeasuredEffect], list[EffectRow]]:
    """Return every row that is trained, measured, and the rows that are not trained yet.

    What was measured is kept in the folder, so that it goes on where it was stopped.
    """
    file, declared = folder / "measured.jsonl", rows()
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    known = {line["key"]: line["row"] for line in map(json.loads, lines)}
    places = {name: trials.place(folder, name) for name in PLACES}
    begun = [name for name, place in places.items() if (place / "study.json").is_file()]
    studies = {name: StudyReader(places[name]) for name in begun}
    found, missing = [], []
    for row in declared:
        study, key = studies.get(row.place), _key(row, len(declared))
        if key not in known and study is not None and _trained(row, study):
            known[key] = asdict(_measured(row, study, len(declared)))
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"key": key, "row": known[key]}) + "\n")
        if key in known:
            found.append(
                MeasuredEffect(**{**known[key], "reason": _reason(row, known[key]["verdict"])})
            )
        else:
            missing.append(row)
    return found, missing


def _key(row: EffectRow, amount: int) -> str:
    """Return what a measured row depends on, as text."""
    effect = row.effect
    options = sorted(effect.options.items())
    return repr((amount, row.place, row.setting, row.against, effect.text, effect.measure, options))


def _trained(row: EffectRow, study: StudyReader) -> bool:
    """Say whether a study holds all networks of a row; it may still train others."""
    labels, last = {row.setting, row.against}, study.plan.replicates
    return labels <= set(study.plan.methods) and all(
        study.stored(label, replicate) is not None for label in labels for replicate in range(last)
    )


def _reason(row: EffectRow, verdict: str) -> str:
    return "" if verdict == FOUND else row.effect.reason


def _measured(row: EffectRow, study: StudyReader, amount: int) -> MeasuredEffect:
    """Return a row, measured, with an interval that holds together with those of `amount` rows."""
    measure = MEASURES[row.effect.measure]
    case = Case(row.place, (row.place,), row.setting, row.against, options=row.effect.options)
    effect = measure.take({row.place: study}, case)
    low, high = bounds(effect.estimate, amount)
    if math.isnan(low):
        sys.exit(f"{row.setting}, {row.place}: {row.effect.measure} has no interval")
    verdict = FOUND if decide(low, high, 0.0) == HOLDS else OPPOSITE if high < 0 else ABSENT
    sign = measure.factor if measure.higher else -measure.factor
    ends = sorted((sign * low, sign * high))
    factor = 1.0 if measure.relative else measure.factor
    return MeasuredEffect(
        method=row.method,
        text=row.effect.text,
        setting=row.setting,
        against=row.against,
        where=WORDS[row.place],
        quantity=measure.quantity,
        unit=measure.unit,
        percent=factor == 100.0,
        value=_rounded(factor * float(np.nanmean(effect.method))),
        base=_rounded(factor * float(np.nanmean(effect.against))),
        change=_rounded(sign * effect.estimate.difference),
        low=_rounded(ends[0]),
        high=_rounded(ends[1]),
        replicates=effect.estimate.replicates,
        verdict=verdict,
        reason="",
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

{replicates} replicates. Intervals are t intervals of the paired differences, 95 % for all {rows} declared rows together
(Šidák), so each is about twice as wide as one alone. Scores of predictions (accuracy, log-loss, calibration) have the
standard error of the comparison's design instead, which counts the test examples too. *Found*: the interval lies on the
side that the paper says; *the opposite*: it lies on the other side. Where all replicates agree exactly, both ends are
equal.

Replicates on digits and breast_cancer split the same rows anew: there, intervals of what is not a score are about
networks trained on these rows. Data, network and training of each place stand in
`src/bridle/origins/known_effects.py`, the measures in `src/bridle/experiments`, and what a method is known for in its
own file (`known_effects`).
"""

COLUMNS = "| method | effect | where | quantity | with, and without | change [interval] | verdict |"


def page(found: Sequence[MeasuredEffect], missing: Sequence[str]) -> str:
    """Return the text of the page.

    Args:
        found: what was measured.
        missing: what is not trained yet, in words.
    """
    counts = ", ".join(f"{sum(row.verdict == v for row in found)} {v}" for v in VERDICTS)
    methods = {row.method for row in found}
    shown = {row.method for row in found if row.verdict == FOUND}
    summary = (
        f"Of {len(methods)} methods {len(shown)} show an effect that they are known for, in at least one row. "
        f"Of {len(found)} rows: {counts}. Rows that are declared and not measured yet: {len(missing)}.\n"
    )
    text = [HEAD, summary, COLUMNS, "|---" * 7 + "|", *map(_line, found)]
    absent = [row for row in found if row.verdict != FOUND]
    if absent:
        text += ["\n## Where it is not found, and why\n"]
        text += [f"- `{row.setting}`, {row.where}: {row.text} {row.reason}" for row in absent]
    if missing:
        text += ["\n## Declared, and not measured yet\n", *(f"- {words}" for words in missing)]
    replicates = sorted({row.replicates for row in found})
    foot = FOOT.format(replicates=" or ".join(map(str, replicates)), rows=content()["together"])
    return "\n".join([*text, "", foot])


def _line(row: MeasuredEffect) -> str:
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
        found, left = measure(given.folder)
        written = {
            "command": "python -m benchmarks.known_effects",
            "versions": versions(),
            "together": len(rows()),
            "missing": [f"`{r.setting}`, {WORDS[r.place]}: {r.effect.text}" for r in left],
            "rows": [asdict(row) for row in found],
        }
        FILE.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        content.cache_clear()
    PAGE.write_text(page(measured_rows(), content()["missing"]), encoding="utf-8")
    print(f"written: {FILE.name}, {PAGE.name}")


if __name__ == "__main__":
    main()
