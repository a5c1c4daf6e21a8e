"""In words: which methods did nothing here, and which changed no prediction."""

from __future__ import annotations

import math

from bridle.grammar import parse_sum
from bridle.numbers import capital, listed, many, percent, spoken
from bridle.verdict.answer import Answer, Row

SAME = 1e-12
"""A difference up to this is rounding."""


def sentences(answer: Answer) -> list[str]:
    """Say which methods did nothing in any of their selected runs."""
    inert = [row for row in answer.rows if row.method in answer.inert]
    said = []
    for row in inert:
        if _stops_alone(row.method):
            name = capital(answer.spoken(row.method))
            said.append(f"{name} never stopped any of {_runs(row)}: it did nothing here.")
    others = [row for row in inert if not _stops_alone(row.method)]
    if others:
        who = capital(listed([answer.spoken(row.method) for row in others]))
        runs = _runs(others[0]) if len({row.replicates for row in others}) == 1 else "their runs"
        what = "it changed" if len(others) == 1 else "they changed"
        said.append(
            f"{who} did nothing here: in all of {runs} {what} training by no more than rounding does."
        )
    if any(abs(row.difference) > SAME for row in inert):
        said += _apart(answer, len(inert))
    for label, (idle, acting) in answer.evidence.idle.items():
        who, beside = (listed([spoken(name) for name in names]) for names in (idle, acting))
        said.append(
            f"In {answer.spoken(label)}, {who} did nothing beside {beside}: in no selected run did it change training "
            "by more than rounding does."
        )
    return said


def _apart(answer: Answer, amount: int) -> list[str]:
    """Say why scores of methods that did nothing are not the baseline's, as far as that is known."""
    rates = "other learning rates were chosen" if amount > 1 else "another learning rate was chosen"
    rounding = "training magnified differences of rounding"
    known = [
        text
        for cause, text in (("rates", rates), ("rounding", rounding))
        if cause in answer.evidence.apart
    ]
    if not known:
        return []
    why, base = listed(known, "or"), answer.spoken(answer.baseline)
    if amount > 1:
        return [f"Where their scores are not those of {base}, {why}."]
    return [f"Its score is not that of {base} because {why}."]


def _stops_alone(label: str) -> bool:
    """Say whether a method is early stopping and nothing else."""
    return [call.name for call in parse_sum(label)] == ["early_stopping"]


def unchanged(answer: Answer) -> list[tuple[str, str]]:
    """Return methods that acted and yet changed no test prediction, each with what to say of it."""
    found = []
    for row in answer.rows:
        if row.method in answer.inert or row.predictions_changed != 0:
            continue
        text = "changed none of the test predictions"
        if math.isfinite(row.share):
            text += f"; its share of the training: {percent(row.share, 1)}"
        found.append((row.name, text))
    return found


def _runs(row: Row) -> str:
    return many(row.replicates, "selected run")
