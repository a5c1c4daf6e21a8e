"""Runs as the statistics take them: one score for each method and replicate of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import UserError, did_you_mean
from bridle.judging.reading import Table, in_order
from bridle.statistics.checks import Floats
from bridle.statistics.margin import Scale

EXAMPLE = "the columns method, replicate and score"

BAD = frozenset(
    ("loss", "error", "rmse", "mse", "mae", "nll", "cross_entropy", "perplexity", "err")
)
"""Scores of these names are better the lower they are."""


@dataclass(frozen=True)
class Scores:
    """What the numbers of a table are.

    Attributes:
        metric: what the score is called.
        scale: how a margin is meant, once lower-is-better scores have changed their sign.
        lower: whether lower is better in the table.
        largest: the largest absolute score.
        known: the name of the metric where Bridle computed the scores; else empty.
    """

    metric: str
    scale: Scale
    lower: bool
    largest: float
    known: str = ""


@dataclass(frozen=True)
class Runs:
    """The selected runs of one data set, higher is better.

    Attributes:
        dataset: its name; empty where the table names none.
        methods: in the order in which the table names them.
        replicates: of any method, in order.
        scores: for each method [replicates]; NaN where there is none.
        settings: for each method, the hyperparameters of each replicate; empty where unknown.
        tried: for each method, all its hyperparameters; likewise.
        train_scores: for each method its mean training score; empty where unknown.
        exact_zeros: likewise, the share of weights that are exactly 0.
        rows: how many the table has, with those that were not selected.
    """

    dataset: str
    methods: Sequence[str]
    replicates: Sequence[str]
    scores: Mapping[str, Floats]
    settings: Mapping[str, Mapping[str, str]]
    tried: Mapping[str, Sequence[str]]
    train_scores: Mapping[str, float]
    exact_zeros: Mapping[str, float]
    rows: int


def read_runs(table: Table, lower: bool = False) -> tuple[dict[str, Runs], Scores]:
    """Read a table of runs.

    Args:
        table: with the columns method, replicate and score (or test_score); optionally dataset,
            hyperparameters, val_score, val_loss, selected, metric, train_score, exact_zeros.
        lower: whether lower scores are better.

    Returns:
        The selected runs of each data set, in the order of the table, and what their scores are.

    Raises:
        UserError: a column is missing, a cell holds something else, or rows stand there twice.
    """
    table.need(("method", "replicate", "score|test_score"), EXAMPLE)
    column = "score" if table.has("score") else "test_score"
    frame = pd.DataFrame(
        {
            "dataset": table.texts("dataset") if table.has("dataset") else "",
            "method": table.texts("method"),
            "replicate": table.texts("replicate", plain=True),
            "score": table.numbers(column),
            "hyperparameters": _optional_texts(table, "hyperparameters"),
        },
        index=table.frame.index,
    )
    _see_spelling(table, frame["method"])
    for name in ("val_score", "val_loss", "train_score", "exact_zeros"):
        if table.has(name):
            frame[name] = table.numbers(name)
    scores = _scores(table, frame["score"], lower)
    rows = frame.groupby("dataset", sort=False).size()
    tried = frame.groupby(["dataset", "method"], sort=False)["hyperparameters"].unique()
    chosen = _selected(table, frame, lower)
    found = {}
    for key, part in chosen.groupby("dataset", sort=False):
        own = tried[key] if table.has("hyperparameters") else {}
        found[str(key)] = _runs(str(key), part, own, int(rows[key]), lower)
    # a data set of which nothing was selected cannot be judged, and is not passed over in silence
    empty = [str(one) for one in rows.index if str(one) not in found]
    if empty:
        raise UserError(f"{table.name}: no row of the data set {empty[0]!r} is selected.")
    return found, scores


def need_baseline(name: str, runs: Runs, baseline: str) -> None:
    """See that a data set has runs of the baseline.

    Raises:
        UserError: it has none.
    """
    if baseline in runs.methods:
        return
    where = f"{name}, data set {runs.dataset!r}" if runs.dataset else name
    raise UserError(
        f"{where} has no runs of the baseline {baseline!r}.{did_you_mean(baseline, runs.methods)} "
        f"Its methods: {', '.join(runs.methods)}. Name the one that the others are to be compared "
        "with: --baseline METHOD (baseline=… from Python)."
    )


def _see_spelling(table: Table, methods: pd.Series[str]) -> None:
    """See that no method is written now with capitals, now without.

    Raises:
        UserError: one is; its replicates would be taken for those of two methods.
    """
    first: dict[str, str] = {}
    for method in methods.unique():
        other = first.setdefault(method.lower(), method)
        if other != method:
            row = methods[methods == method].index[0]
            raise UserError(
                f"{table.place(row)}: the methods {other!r} and {method!r} differ only in capitals. "
                "Write them alike, or give them other names."
            )


def _optional_texts(table: Table, name: str) -> pd.Series[str] | str:
    """Return a column of texts that may be empty."""
    if not table.has(name):
        return ""
    return table.column(name).fillna("").astype(str).str.strip()


def _scores(table: Table, values: pd.Series[float], lower: bool) -> Scores:
    """Say what the numbers are: their range tells, and a metric column if there is one."""
    known = values.dropna()
    largest, least = float(known.abs().max()), float(known.min())
    if known.empty:
        largest, least = 0.0, 0.0  # of no score any scale will do
    metric = "loss" if lower else "score"
    if table.has("metric"):
        named = sorted(set(table.texts("metric")))
        if len(named) > 1:
            raise UserError(
                f"{table.name}: the column 'metric' names several: {', '.join(named)}. "
                "Scores of one metric can be compared; judge one at a time."
            )
        metric = named[0]
        if metric.lower() in BAD and not lower:
            raise UserError(
                f"{table.name}: its metric is {metric!r}, and higher scores are taken for better. "
                "Say --lower-is-better (lower_is_better=True from Python)."
            )
    scale: Scale = "plain"
    if lower:
        scale = "loss"
    elif least >= 0:
        scale = "accuracy" if largest <= 1 else "percent" if largest <= 100 else "plain"
    return Scores(metric, scale, lower, largest)


def _selected(table: Table, frame: pd.DataFrame, lower: bool) -> pd.DataFrame:
    """Return one row for each data set, method and replicate.

    The rows marked `selected` where there is such a column; else each replicate's best by validation
    score, then by validation loss, then the first, as `bridle compare` chooses.
    """
    if table.has("selected"):
        frame = frame[table.truths("selected")]
    run = ["dataset", "method", "replicate"]
    setting = [*run, "hyperparameters"]
    twice = frame.duplicated(setting, keep=False)
    if twice.any() and not table.has("selected"):
        _refuse(
            table, frame[twice], setting, _NO_SETTINGS if not table.has("hyperparameters") else ""
        )
    again = frame.duplicated(run, keep=False)
    if not again.any():
        return frame
    if table.has("selected"):
        _refuse(table, frame[again], run, "Mark one of them in the column 'selected'.")
    if "val_score" not in frame:
        _refuse(
            table,
            frame[again],
            run,
            "To choose between settings by test scores would flatter: add a column 'val_score', or "
            "keep one setting of each.",
        )
    sign = -1.0 if lower else 1.0
    score, loss = sign * frame["val_score"], frame.get("val_loss", pd.Series(0.0, frame.index))
    unknown = score.isna() | loss.isna()
    order = pd.DataFrame(
        {"score": (-score).mask(unknown, np.inf), "loss": loss.mask(unknown, np.inf)}
    )
    best = order.sort_values(["score", "loss"], kind="stable").index
    return frame.loc[best].drop_duplicates(run).sort_index()


_NO_SETTINGS = (
    "If they are different settings, tell them apart in a column 'hyperparameters', and add "
    "'val_score' to choose by."
)


def _refuse(table: Table, rows: pd.DataFrame, keys: list[str], advice: str) -> None:
    """Raise the error for two rows of the same run."""
    first = rows.index[0]
    same = (rows[keys] == rows.loc[first, keys]).all(axis=1)
    second = rows.index[same][1]
    what = ", ".join(
        f"{key} {rows.loc[first, key]!r}" for key in keys if rows.loc[first, key] != ""
    )
    advice = advice or "Keep one of them."
    raise UserError(f"{table.place(second)} repeats {what} of {table.place(first)}. {advice}")


def _runs(
    name: str,
    part: pd.DataFrame,
    tried: Mapping[str, npt.NDArray[np.object_]],
    rows: int,
    lower: bool,
) -> Runs:
    methods = list(dict.fromkeys(part["method"]))
    replicates = in_order(list(set(part["replicate"])))
    sign = -1.0 if lower else 1.0
    by_method = {method: own.set_index("replicate") for method, own in part.groupby("method")}
    finished = part[part["score"].notna()]

    def means(column: str) -> dict[str, float]:
        if column not in part:
            return {}
        found = finished.groupby("method")[column].mean()
        return {method: float(found.get(method, np.nan)) for method in methods}

    return Runs(
        dataset=name,
        methods=methods,
        replicates=replicates,
        scores={
            m: sign * by_method[m]["score"].reindex(replicates).to_numpy(np.float64)
            for m in methods
        },
        settings={m: dict(by_method[m]["hyperparameters"]) for m in methods} if len(tried) else {},
        tried={m: list(tried[m]) for m in methods} if len(tried) else {},
        train_scores=means("train_score"),
        exact_zeros=means("exact_zeros"),
        rows=rows,
    )
