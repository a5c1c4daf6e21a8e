"""Whether methods bit, in words: who did nothing here, and who changed no prediction."""

from __future__ import annotations

import math

from bridle.report.answer import Answer, Row
from bridle.report.numbers import capital, listed, many, percent

SAME = 1e-12
"""A difference up to this is rounding."""


def sentences(answer: Answer) -> list[str]:
    """Say which methods did nothing in any of their selected runs."""
    inert = [row for row in answer.rows if row.method in answer.inert]
    said = []
    for row in inert:
        if row.method.partition("(")[0] == "early_stopping":
            name = capital(answer.spoken(row.method))
            said.append(f"{name} never stopped any of {_runs(row)}: it did nothing here.")
    others = [row for row in inert if row.method.partition("(")[0] != "early_stopping"]
    if others:
        who = capital(listed([answer.spoken(row.method) for row in others]))
        runs = _runs(others[0]) if len({row.replicates for row in others}) == 1 else "their runs"
        what = "it changed" if len(others) == 1 else "they changed"
        said.append(
            f"{who} did nothing here: in all of {runs} {what} training by no more than rounding does."
        )
    if any(abs(row.difference) > SAME for row in inert):
        said.append(
            f"Where their scores are not those of {answer.spoken(answer.baseline)}, "
            "other learning rates were chosen."
            if len(inert) > 1
            else f"Its score is not that of {answer.spoken(answer.baseline)} because another "
            "learning rate was chosen."
        )
    return said


def unchanged(answer: Answer) -> list[tuple[str, str]]:
    """Return methods that acted and yet changed no test prediction, each with what to say of it."""
    found = []
    for row in answer.rows:
        if row.method in answer.inert or row.predictions_changed != 0:
            continue
        text = "changed none of the test predictions"
        if math.isfinite(row.share):
            text += f"; its share of the training steps: {percent(row.share, 1)}"
        found.append((row.name, text))
    return found


def _runs(row: Row) -> str:
    return many(row.replicates, "selected run")
