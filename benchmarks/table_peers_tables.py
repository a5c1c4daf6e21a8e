"""The tables of docs/evidence/tables-and-peers.md, from the results that `benchmarks.table_peers run` has collected.

Differences have intervals of the corrected resampled t (Nadeau and Bengio 2003), since splits of a table overlap.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

TEST = 0.2
"""Share of the rows that test."""

REGRESSION = ("concrete", "yacht")
SETS = (
    "australian", "balance-scale", "blood-transfusion", "segment", "anneal", "kr-vs-kp", "mfeat-factors", "cnae-9",
    "arrhythmia", *REGRESSION, "bank-marketing", "adult",
)  # fmt: skip

OURS = "Bridle, 8 networks"
"""What others are compared with."""

MARGIN = 0.1
"""Differences that make no practical difference, as a share of our error: that of a comparison."""

Scores = dict[str, dict[str, dict[int, float]]]
"""By data set, label and split."""


def read(path: Path) -> list[dict[str, Any]]:
    """Return all results."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def tables(folder: Path, splits: int, contenders: Collection[str]) -> str:
    """Return the tables of scores, of differences, of accuracy, of seconds, and what they come to.

    Args:
        folder: of the results.
        splits: how many splits count, from the first.
        contenders: which of them are shown.
    """
    rows = [
        row
        for row in read(folder / "results.jsonl")
        if row["split"] < splits and row["contender"] in contenders
    ]
    labels = list(dict.fromkeys(row["label"] for row in rows if "score" in row))
    failed = sorted(
        {f"{row['label']} on {row['name']}: {row['failed']}" for row in rows if "failed" in row}
    )
    scores = by_set(rows, "score")
    parts = [
        _table(labels, scores, _means(scores, labels)),
        _table(labels, scores, _differences(scores, labels)),
        _table(labels, scores, _means(by_set(rows, "accuracy"), labels)),
        _table(labels, scores, _means(by_set(rows, "seconds"), labels, digits=1)),
        _table(labels, scores, _means(by_set(rows, "wall"), labels, digits=1)),
        "\n".join(summary(rows, labels)),
        *failed,
    ]
    return "\n\n".join(parts)


def by_set(rows: list[dict[str, Any]], key: str) -> Scores:
    """Return one of the measured numbers, scores of classifications in percent."""
    found: Scores = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row.get(key) is not None:
            share = row["name"] not in REGRESSION and key in ("score", "accuracy")
            found[row["name"]][row["label"]][row["split"]] = row[key] * (100 if share else 1)
    return found


def _table(labels: list[str], scores: Scores, lines: Iterator[str]) -> str:
    return "\n".join(
        [f"| data set | {' | '.join(labels)} |", f"|---|{'---|' * len(labels)}", *lines]
    )


def _means(scores: Scores, labels: list[str], digits: int = 2) -> Iterator[str]:
    for name in (name for name in SETS if name in scores):
        cells = [
            f"{abs(np.mean(list(scores[name][label].values()))):.{digits}f}"
            if scores[name].get(label)
            else "–"
            for label in labels
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def _differences(scores: Scores, labels: list[str]) -> Iterator[str]:
    """Yield a line for each set: by how much each is better than ours, with half the interval's width."""
    for name in (name for name in SETS if OURS in scores.get(name, {})):
        cells = []
        for label in labels:
            gap, half = difference(scores[name], label)
            said = f"{gap:+.2f}" if math.isnan(half) else f"{gap:+.2f} ± {half:.2f}"
            cells.append("–" if label == OURS or math.isnan(gap) else said.replace("-", "−"))
        yield f"| {name} | {' | '.join(cells)} |"


def difference(found: dict[str, dict[int, float]], label: str) -> tuple[float, float]:
    """Return by how much a label is better than ours on the splits of both, and half the 95 % interval's width."""
    ours, theirs = found[OURS], found.get(label, {})
    gaps = np.asarray([theirs[k] - ours[k] for k in sorted(ours.keys() & theirs.keys())])
    if len(gaps) < 2:
        return (float(gaps.mean()) if len(gaps) else math.nan), math.nan
    variance = gaps.var(ddof=1) * (1 / len(gaps) + TEST / (1 - TEST))
    return float(gaps.mean()), float(stats.t.ppf(0.975, len(gaps) - 1) * math.sqrt(variance))


def summary(rows: list[dict[str, Any]], labels: list[str]) -> Iterator[str]:
    """Yield a line for each label: on how many sets it is better than ours, level and worse, and its time."""
    scores, seconds = by_set(rows, "score"), by_set(rows, "seconds")
    head = (
        "contender",
        "sets",
        "better",
        "within the margin",
        "worse",
        "clearly better",
        "clearly worse",
        "time",
    )
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for label in (label for label in labels if label != OURS):
        counts, ratios = np.zeros(5, int), []
        for name, found in scores.items():
            if not (OURS in found and found.get(label)):
                continue
            gap, half = difference(found, label)
            mean = float(np.mean(list(found[OURS].values())))
            margin = MARGIN * (abs(mean) if name in REGRESSION else 100 - mean)
            counts += [gap > margin, abs(gap) <= margin, gap < -margin, gap > half, gap < -half]
            theirs, ours = (list(seconds[name][one].values()) for one in (label, OURS))
            ratios.append(np.mean(theirs) / np.mean(ours))
        cells = " | ".join(map(str, (counts[:3].sum(), *counts)))
        yield f"| {label} | {cells} | {np.median(ratios) if ratios else math.nan:.2g}× |"
