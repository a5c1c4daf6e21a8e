"""The evidence of one data set's runs, trained with anything."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridle.judging.predictions import ExampleParts
from bridle.judging.runs import Runs
from bridle.judging.scores import Scores
from bridle.numbers import DASH, number
from bridle.statistics.checks import Floats
from bridle.statistics.designs import Design
from bridle.statistics.looks import Looks
from bridle.statistics.margin import Margin
from bridle.study import settings
from bridle.study.learning_rates import LEARNING_RATE
from bridle.verdict.evidence import Evidence, Setting
from bridle.verdict.measure import Measure, measure_of


def evidence_of(
    source: str,
    runs: Runs,
    scores: Scores,
    *,
    baseline: str,
    design: Design,
    margin: Margin,
    examples: ExampleParts | None = None,
    sizes: tuple[int, int] | None = None,
    test_size: int | None = None,
    notes: Sequence[str] = (),
    looks: Looks | None = None,
) -> Evidence:
    """Return the evidence of a table's runs.

    Args:
        source: the table's name.
        runs: of one data set, the baseline among them.
        scores: the meaning of their scores.
        baseline: the method that the others are compared with.
        design: what replicates have in common.
        margin: how large a difference must be to matter.
        examples: each test example's part of the score; without them the answer on a fixed test set is limited to it.
        sizes: (training rows, test rows); needed for overlapping splits.
        test_size: number of test examples in every replicate; None if unknown.
        notes: further sentences for readers.
        looks: the looks at the runs, if there is more than one.
    """
    written = _measure(scores)
    used = examples if design != "fresh" or len(runs.replicates) == 1 else None
    # the mean of the examples is the score, without the rounding of a table
    own = used.means() if used else dict(runs.scores)
    there = {m: ~np.isnan(values) for m, values in own.items()}
    missing = {
        m: tuple(r for r, known in zip(runs.replicates, there[m], strict=True) if not known)
        for m in runs.methods
    }

    def finished(values: Mapping[str, Floats]) -> dict[str, Floats]:
        return {m: np.where(there[m], numbers, math.nan) for m, numbers in values.items()}

    return Evidence(
        name=runs.dataset.partition("(")[0] or _title(source),
        metric=written.metric,
        measure=written,
        error=scores.scale,
        methods=runs.methods,
        baseline=baseline,
        design=design,
        replicates=len(runs.replicates),
        scores=own,
        examples=used.parts if used else {},
        rows=used.rows if used else None,
        sizes=sizes,
        test_size=test_size,
        margin=margin,
        looks=looks or Looks(),
        tried={m: [Setting(t, words(t, tried)) for t in tried] for m, tried in runs.tried.items()},
        chosen={
            m: [
                list(tried).index(t) if (t := runs.settings[m].get(r)) is not None else None
                for r in runs.replicates
            ]
            for m, tried in runs.tried.items()
        },
        train_scores=finished(runs.train_scores),
        exact_zeros=finished(runs.exact_zeros),
        inert={m: np.ones(len(runs.replicates), bool) for m in runs.inert},
        notes=tuple(notes),
        runs=runs.rows,
        planned_runs=runs.rows,
        missing={m: which for m, which in missing.items() if which},
    )


def words(text: str, tried: Sequence[str]) -> str:
    """Write a setting in a few words: if it is JSON, only values that differ between settings; else unchanged."""
    if not text:
        return DASH
    flats = [_object(one) for one in tried]
    chosen = _object(text)
    if chosen is None or any(flat is None for flat in flats):
        return text
    values = [flat for flat in flats if flat is not None]
    keys = [key for key in chosen if any(flat.get(key) != chosen[key] for flat in values)]
    if len(tried) < 2:
        keys = list(chosen)
    keys.sort(key=lambda key: key == LEARNING_RATE)  # last, as in a study
    return ", ".join(f"{settings.name(k, keys)} {number(chosen[k])}" for k in keys) or DASH


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _title(source: str) -> str:
    """Return the title of a table's answer: the file's name without its endings."""
    path = Path(source)
    pipe = path.parts[:2] in (("/", "dev"), ("/", "proc"))
    return "runs" if pipe else path.stem.removesuffix(".csv")


def _measure(scores: Scores) -> Measure:
    """Return how scores are written: fractions and percent in percent, others in their own unit."""
    if scores.known:
        return measure_of(scores.known, scores.largest)
    if scores.scale == "accuracy":
        return Measure(scores.metric, 100.0, " %", "points", span=1.0)
    if scores.scale == "percent":
        return Measure(scores.metric, 1.0, " %", "points", span=100.0)
    # as many decimals as leave three digits of the largest score
    digits = 0 if scores.largest == 0 else math.floor(math.log10(scores.largest))
    decimals = min(max(2 - digits, 1), 3)
    negated = scores.scale == "loss" and not scores.lower
    return Measure(scores.metric, 1.0, "", "", decimals, scores.lower, negated=negated)
