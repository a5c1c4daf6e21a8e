"""Words for methods that did nothing, and for methods that changed no prediction."""

from __future__ import annotations

import math

from bridle.grammar import parse_sum
from bridle.numbers import capital, listed, many, percent, spoken
from bridle.verdict.answer import Answer, Row

SAME = 1e-12
"""Largest difference that counts as rounding."""


def sentences(answer: Answer) -> list[str]:
    """Say which methods did nothing in any of their selected runs."""
    inert = [row for row in answer.rows if row.method in answer.inert]
    said, others = [], []
    for row in inert:
        if own := _own_words(row.method):
            said.append(own.format(name=capital(answer.spoken(row.method)), runs=_runs(row)))
        else:
            others.append(row)
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
    """Say why scores of methods that did nothing differ from the baseline's, if the reason is known."""
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


def _own_words(label: str) -> str:
    """Return the sentence that a method's class declares for having done nothing; empty for joined methods."""
    from bridle.methods.catalogue import known

    names = [call.name for call in parse_sum(label)]
    found = known(names[0]) if len(names) == 1 else None
    return "" if found is None else found.inert


def unchanged(answer: Answer) -> list[tuple[str, str]]:
    """Return methods that acted but changed no test prediction, each with words for it."""
    found = []
    for row in answer.rows:
        if row.method in answer.inert or row.predictions_changed != 0:
            continue
        text = "changed none of the test predictions that the same training gives without it"
        if math.isfinite(row.share):
            text += f"; its share of the training: {percent(row.share, 1)}"
        found.append((row.name, text))
    return found


def _runs(row: Row) -> str:
    return many(row.replicates, "selected run")
