"""Meaning of a table's scores: which way is better, and the scale. Nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bridle.errors import UserError, listed_names, shown
from bridle.judging.reading import LocatedTable
from bridle.metrics.names import Meaning, meaning, part, said
from bridle.statistics.margin import Margin, Scale
from bridle.wording import argument

HALF_CLEAR = 10.0
"""Scores without a metric are percentages if half of them are at least this, and all are above 1."""


@dataclass(frozen=True)
class Scores:
    """The meaning of a table's scores.

    Attributes:
        metric: the name of the score.
        scale: the kind of scores for margins, after the sign of lower-is-better scores is changed.
        lower: whether lower is better in the table.
        largest: the largest absolute score.
        known: the name of the metric if Bridle computed the scores; otherwise empty.
        notes: how the numbers were read, where the table does not say it.
    """

    metric: str
    scale: Scale
    lower: bool
    largest: float
    known: str = ""
    notes: tuple[str, ...] = ()


def direction(table: LocatedTable, lower: bool | None) -> Meaning:
    """Return the name of the scores, and which way is better.

    The caller decides; a known name that says the opposite is an error. Otherwise the table's metric or the name of the
    score column decides, if it is in the list of known names.

    Args:
        table: a table whose score column is known.
        lower: whether lower is better, where the caller says so.

    Raises:
        UserError: it is unknown which way is better, or there is a contradiction.
    """
    column = table.columns.label("score")
    own = meaning(column)
    metric = _metric(table)
    strong = own is not None and not own.generic
    if metric and not (strong and "score" in table.columns.asked):
        named, source = meaning(metric), f"the metric {shown(metric)}"
        if (
            own is not None
            and strong
            and named is not None
            and not named.generic
            and own.lower != named.lower
        ):
            raise UserError(
                f"{table.name}: of {source} {_way(named)} is better, and of its score column {shown(column)} "
                f"{_way(own)}. Say which column holds the scores, such as "
                f"{argument('columns', {'score': column})}, or correct the "
                "column 'metric'."
            )
        if named is None and strong:
            named = own
        words = said(metric)
    else:
        named, source = own, f"the score column {shown(column)}"
        words = own.words if own is not None and strong else ""
    if named is not None and not named.generic:
        if lower is not None and lower != named.lower:
            raise _opposite(table, source, named)
        return Meaning(words or named.words, named.lower, named.range)
    if lower is None and named is None:
        raise UserError(
            f"{table.name}: which way is better? That of {source} is not known. Say "
            f"{argument('lower_is_better', True)} (losses, errors) or {argument('lower_is_better', False)}."
        )
    better = bool(lower)
    return Meaning(words or ("loss" if better else "score"), better, "unknown", lower is None)


def read_scores(
    table: LocatedTable, values: pd.Series[float], lower: bool | None, margin: Margin
) -> Scores:
    """Return the meaning of the scores, by their name, the caller's arguments, and their range.

    Args:
        table: with the columns that `read_runs` needs.
        values: its scores; the index names their rows.
        lower: whether lower is better, where the caller says so.
        margin: the margin as given; if it is in points, scores are shares.

    Raises:
        UserError: the meaning is not clear, or contradicts the name; the message says what to write.
    """
    named = direction(table, lower)
    known = values[values.notna()]
    largest = float(known.abs().max()) if len(known) else 0.0
    _see_range(table, known, named)
    notes = []
    if named.range == "at most 0":
        scale: Scale = "loss"  # such scores are losses with a minus sign, and higher is better
    elif named.lower:
        scale = "loss"
        if len(known) and (known < 0).all():
            if margin.kind == "share":
                raise _all_negative(table, known)
            notes.append("all scores are below 0, and lower is taken for better, as asked")
    else:
        scale = _scale(table, known, named, margin)
        if scale == "percent" and named.range == "unknown":
            ends = f"{known.min():g} to {known.max():g}"
            notes.append(f"scores from {ends} are read as percent")
        if scale == "plain" and margin.kind != "score":
            raise _no_share(table, known, named, margin)
        if named.generic and len(known) and not (known < 0).all():
            notes.append(
                "higher scores are taken for better; if they are losses or errors, add --lower-is-better"
            )
    return Scores(named.words, scale, named.lower, largest, notes=(*_read(table, named), *notes))


def _metric(table: LocatedTable) -> str:
    """Return the metric in the table's column `metric`; empty if there is none."""
    if not table.has("metric"):
        return ""
    names = sorted(set(table.optional_texts("metric")) - {""})
    if len(names) > 1:
        raise UserError(
            f"{table.name}: the column 'metric' names several: {listed_names(names)}. "
            "Scores of one metric can be compared; judge one at a time."
        )
    return names[0] if names else ""


def _see_range(table: LocatedTable, values: pd.Series[float], named: Meaning) -> None:
    """Check that scores are in the range of their name.

    Raises:
        UserError: one is not.
    """
    bad = {
        "share": (values < 0) | (values > 100),
        "at most 1": values > 100,
        "at least 0": values < 0,
        "at most 0": values > 0,
        "any": values != values,
        "unknown": values != values,
    }[named.range]
    if not bad.any():
        return
    row = bad[bad].index[0]
    words = {
        "share": "expected a share from 0 to 1, or from 0 to 100 %",
        "at most 1": "it is never above 1",
        "at least 0": "it is never below 0. If scores are losses turned round, as scikit-learn's neg_… are, write "
        f"neg_{named.words} in a column 'metric'",
        "at most 0": "it is never above 0. If scores are the losses themselves, write "
        f"{named.words.removeprefix('neg_')} in a column 'metric'",
    }[named.range]
    raise UserError(
        f"{table.place(row)}: the score is called {shown(named.words)} and is {values[row]:g}; {words}."
    )


def _scale(table: LocatedTable, values: pd.Series[float], named: Meaning, margin: Margin) -> Scale:
    """Return the scale of scores for which higher is better."""
    some = values[values != 0]
    if named.range == "any" or (values < 0).any() or (values > 100).any():
        return "plain"
    if not (some > 1).any():
        return "accuracy"
    clear = named.range == "share" or margin.kind == "points" or some.median() >= HALF_CLEAR
    if (some > 1).all() and clear:
        return "percent"
    if named.range == "unknown" and (margin.kind == "score" or (some > 1).all()):
        return "plain"
    raise _mixed(table, some)


def _mixed(table: LocatedTable, values: pd.Series[float]) -> UserError:
    """Build the error for fractions and larger numbers in one column."""
    above, below = values[values > 1], values[values <= 1]
    if not len(below):
        row = above.index[0]
        return UserError(
            f"{table.place(row)}: a score of this metric is at most 1, and this is {above.iloc[0]:g}. If scores are "
            "percentages, give every one a percent sign."
        )
    odd, other = (above, below) if len(above) <= len(below) else (below, above)
    where = f"{'line' if table.is_file else 'row'} {table.number(other.index[0])}"
    return UserError(
        f"{table.place(odd.index[0])}: the score is {odd.iloc[0]:g}, and in {where} it is {other.iloc[0]:g}: fractions "
        "of 1 and larger numbers in one column. Correct the wrong one; if all are percentages, give every one a "
        "percent sign; if they are neither fractions nor percentages, give a margin in their own unit, such as "
        f"{argument('margin', _such(values))}."
    )


def _no_share(
    table: LocatedTable, values: pd.Series[float], named: Meaning, margin: Margin
) -> UserError:
    """Build the error for scores that are not shares, where the margin is a share or in points."""
    least, most = float(values.min()), float(values.max())
    what = f"scores from {least:g} to {most:g}"
    ask = f"Give a margin in the score's unit, such as {argument('margin', _such(values))}"
    more = ""
    if named.generic and most < 0:
        more = (
            "; or, if they are losses turned round, as scikit-learn's neg_log_loss, write that name in a "
            "column 'metric'"
        )
    elif named.generic:
        more = ". Higher is taken for better; if they are losses or errors, say "
        more += argument("lower_is_better", True)
        if least > 1 and most <= 100:
            more += "; if they are percentages, give every one a percent sign"
    share = "percentage points" if margin.kind == "points" else "of whose error"
    does = (
        f"have no {share}"
        if margin.kind == "points"
        else f"are no shares of a whole, {share} {margin} could be taken"
    )
    return UserError(f"{table.name}: {what} {does}. {ask}{more}.")


def _all_negative(table: LocatedTable, values: pd.Series[float]) -> UserError:
    """Build the error for scores below 0 for which lower is said to be better."""
    return UserError(
        f"{table.name}: all scores are below 0. If they are losses turned round, as scikit-learn's neg_log_loss, "
        f"higher is better: leave {argument('lower_is_better', True)} out. If lower is truly better, give a margin in "
        f"the score's unit, such as {argument('margin', _such(values))}."
    )


def _such(values: pd.Series[float]) -> float:
    """Return an example of a margin for scores of this size."""
    size = float(values.abs().median()) if len(values) else 1.0
    return float(f"{size / 20:.1g}") if size > 0 and np.isfinite(size) else 0.1


def _read(table: LocatedTable, named: Meaning) -> list[str]:
    """Say which columns were read under undocumented names, and which way is better."""
    names = [f"{role} from {shown(label)}" for role, label in table.columns.said.items()]
    label = table.columns.label("score")
    if not names and (own := meaning(label)) is not None and own.generic:
        return []
    of = ", of validation examples" if part(label) == "validation" else ""
    way = f"{_way(named)} is better{of}"
    if "score" in table.columns.said:
        return [f"read: {', '.join(names)} ({way})"]
    return [f"read: {', '.join([*names, f'score from {shown(label)}'])} ({way})"]


def _way(named: Meaning) -> str:
    return "lower" if named.lower else "higher"


def _opposite(table: LocatedTable, source: str, named: Meaning) -> UserError:
    """Build the error for an option that contradicts a known name."""
    said = argument("lower_is_better", not named.lower)
    if named.lower:
        other = f"If scores are turned round, as scikit-learn's neg_… are, write neg_{named.words}"
    else:
        other = "If scores are errors or losses, write what they are, such as error or loss,"
    return UserError(
        f"{table.name}: of {source} {_way(named)} is better, and {said} says the opposite. Leave it out. "
        f"{other} in a column 'metric'."
    )
