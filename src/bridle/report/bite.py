"""Whether methods bit, in words: who did nothing here, and who changed no prediction."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import TYPE_CHECKING

from bridle.grammar import parse_sum
from bridle.report.numbers import capital, listed, many, percent, spoken

if TYPE_CHECKING:
    import pandas as pd

    from bridle.report.answer import Answer, Row

SAME = 1e-12
"""A difference up to this is rounding."""


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
    for label, (idle, acting) in answer.idle.items():
        who, beside = (listed([spoken(name) for name in names]) for names in (idle, acting))
        said.append(
            f"In {answer.spoken(label)}, {who} did nothing beside {beside}: in no selected run did it change training "
            "by more than rounding does."
        )
    return said


def causes(selected: pd.DataFrame, inert: Collection[str], baseline: str) -> frozenset[str]:
    """Return why scores of methods that did nothing are not those of the baseline.

    Args:
        selected: the selected runs, with the columns of results.csv.
        inert: methods that did nothing in any of them.
        baseline: what they are compared with.

    Returns:
        `rates` where a replicate has another learning rate than the baseline's; `rounding` where a run's score is not
        that of the baseline's run at the same rate, or where there is none to tell.
    """
    if "score_change" not in selected:
        return frozenset()
    found = set()
    rows = selected.to_dict("records")
    rates = {
        (row["method"], row["replicate"]): json.loads(row["hyperparameters"])["learning_rate"]
        for row in rows
    }
    for row in rows:
        if row["method"] not in inert:
            continue
        base = rates.get((baseline, row["replicate"]))
        if base is not None and rates[row["method"], row["replicate"]] != base:
            found.add("rates")
        if row["score_change"] != 0:
            found.add("rounding")
    return frozenset(found) or frozenset({"rounding"})


def _apart(answer: Answer, amount: int) -> list[str]:
    """Say why scores of methods that did nothing are not the baseline's, as far as that is known."""
    rates = "other learning rates were chosen" if amount > 1 else "another learning rate was chosen"
    rounding = "training magnified differences of rounding"
    known = [
        text for cause, text in (("rates", rates), ("rounding", rounding)) if cause in answer.apart
    ]
    if not known:
        return []
    why, base = listed(known, "or"), answer.spoken(answer.baseline)
    if amount > 1:
        return [f"Where their scores are not those of {base}, {why}."]
    return [f"Its score is not that of {base} because {why}."]


def _own_words(label: str) -> str:
    """Return what a method's class says where it did nothing; empty for joined methods and where it says nothing."""
    from bridle.methods.catalogue import known

    names = [call.name for call in parse_sum(label)]
    found = known(names[0]) if len(names) == 1 else None
    return "" if found is None else found.inert


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
