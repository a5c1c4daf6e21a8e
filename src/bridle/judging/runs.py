"""Runs for the statistics: one score for each method and replicate of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import UserError, did_you_mean, listed_names, shown
from bridle.judging.reading import LocatedTable, in_order
from bridle.judging.scores import Scores, read_scores
from bridle.metrics.names import meaning
from bridle.statistics.checks import Floats
from bridle.statistics.margin import Margin
from bridle.wording import Blank, argument

EXAMPLE = "the columns method, replicate and score"


@dataclass(frozen=True)
class Runs:
    """The selected runs of one data set, higher is better.

    Attributes:
        dataset: its name; empty if the table has none.
        methods: in the order of the table.
        replicates: all replicates that any method has, in order.
        scores: for each method [replicates]; NaN where there is none.
        settings: for each method, the hyperparameters of each replicate; empty if unknown.
        tried: for each method, all its different hyperparameters; empty if unknown.
        train_scores: for each method [replicates] its training scores; empty if unknown.
        exact_zeros: likewise, the share of weights that are exactly 0.
        rows: number of rows of the table, including those that were not selected.
        present: for each method the replicates for which it has a row, with or without a score.
        inert: methods that did nothing in any of their runs, by the column `inert`.
    """

    dataset: str
    methods: Sequence[str]
    replicates: Sequence[str]
    scores: Mapping[str, Floats]
    settings: Mapping[str, Mapping[str, str]]
    tried: Mapping[str, Sequence[str]]
    train_scores: Mapping[str, Floats]
    exact_zeros: Mapping[str, Floats]
    rows: int
    present: Mapping[str, frozenset[str]]
    inert: frozenset[str]


def read_runs(
    table: LocatedTable, lower: bool | None, margin: Margin, scored: bool = True
) -> tuple[dict[str, Runs], Scores]:
    """Read a table of runs.

    Args:
        table: with the columns method, replicate and score (or test_score); optionally dataset,
            hyperparameters, val_score, val_loss, selected, metric, train_score, exact_zeros and inert.
        lower: whether lower scores are better, if the caller says so.
        margin: the margin as given.
        scored: whether the scores of the table are judged; otherwise predictions are.

    Returns:
        The runs of each data set, in the order of the table, and the meaning of their scores.

    Raises:
        UserError: a column is missing, a cell holds something unexpected, a run occurs twice, or the meaning of the
            scores is not clear.
    """
    table.need(("method", "replicate", "score"), EXAMPLE)
    frame = pd.DataFrame(
        {
            "dataset": table.texts("dataset") if table.has("dataset") else "",
            "method": table.texts("method"),
            "replicate": table.texts("replicate", plain=True),
            "score": table.numbers("score"),
            "hyperparameters": table.optional_texts("hyperparameters")
            if table.has("hyperparameters")
            else "",
        },
        index=table.frame.index,
    )
    for name in ("method", "dataset"):
        _see_spelling(table, name, frame[name])
    for name in ("val_score", "val_loss", "train_score", "exact_zeros"):
        if table.has(name):
            frame[name] = table.numbers(name)
    if table.has("inert"):
        said = table.optional_texts("inert").str.lower()
        frame["inert"] = said.isin(("true", "yes", "1"))
    scores = Scores("score", "plain", bool(lower), 0.0)
    if scored:
        scores = read_scores(table, frame["score"], lower, margin)
    lower = scores.lower
    rows = frame.groupby("dataset", sort=False).size()
    tried = frame.groupby(["dataset", "method"], sort=False)["hyperparameters"].unique()
    chosen = _selected(table, frame, lower)
    found = {}
    for key, part in chosen.groupby("dataset", sort=False):
        own = tried[key] if table.has("hyperparameters") else {}
        found[str(key)] = _runs(str(key), part, own, int(rows[key]), lower)
    # a method without a selected row cannot be judged, which must be reported
    for key, method in tried.index:
        if str(key) not in found or method not in found[str(key)].methods:
            of = f" of the data set {shown(str(key))}" if key else ""
            raise UserError(
                f"{table.name}: no row of the method {shown(method)}{of} is selected. Mark one for each of its "
                "replicates in the column 'selected', or remove its rows."
            )
    return found, scores


def need_baseline(name: str, runs: Runs, baseline: str) -> None:
    """Check that a data set has runs of the baseline.

    Raises:
        UserError: it has none.
    """
    if baseline in runs.methods:
        return
    where = f"{name}, data set {runs.dataset!r}" if runs.dataset else name
    raise UserError(
        f"{where} has no runs of the baseline {shown(baseline)}.{did_you_mean(baseline, runs.methods)} "
        f"Its methods: {listed_names(runs.methods)}. Name the one that the others are to be compared "
        f"with: {argument('baseline', Blank('METHOD'))}."
    )


def need_pairs(table: LocatedTable, found: Mapping[str, Runs], baseline: str) -> None:
    """Check that some method shares a replicate with the baseline in some data set, if there are other methods.

    Raises:
        UserError: none does.
    """
    others = [
        (runs, method) for runs in found.values() for method in runs.methods if method != baseline
    ]
    if not others or any(_shared(runs, method, baseline) for runs, method in others):
        return
    runs, method = others[0]
    there = {
        name: [r for r in runs.replicates if r in runs.present[name]] for name in (method, baseline)
    }
    column, by = table.columns.label("replicate"), table.columns.label("method")
    raise UserError(
        f"{table.name}: {shown(method)} has the replicates {_few(there[method])}, and the baseline "
        f"{shown(baseline)} has {_few(there[baseline])}: they share none, so there are no pairs to compare. Runs of "
        f"one replicate have split, seed and batches in common, and stand under one name in {shown(column)}. If the "
        "first runs of all methods belong together, and so on, number them so (in pandas): "
        f"runs[{column!r}] = runs.groupby({by!r}).cumcount(). If every run has its own draw of everything, any "
        "pairing made without looking at the scores is valid, this one too."
    )


def _shared(runs: Runs, method: str, baseline: str) -> bool:
    return bool(runs.present[method] & runs.present[baseline])


def _few(names: Sequence[str]) -> str:
    return ", ".join(map(shown, names[:3])) + (", …" if len(names) > 3 else "")


def _see_spelling(table: LocatedTable, kind: str, names: pd.Series[str]) -> None:
    """Check that no names of methods or data sets differ only in capitals.

    Raises:
        UserError: some do; they would count as two.
    """
    first: dict[str, str] = {}
    for name in names.unique():
        other = first.setdefault(name.lower(), name)
        if other != name:
            row = names[names == name].index[0]
            raise UserError(
                f"{table.place(row)}: the {kind}s {shown(other)} and {shown(name)} differ only in capitals. "
                "Write them alike, or give them other names."
            )


def _selected(table: LocatedTable, frame: pd.DataFrame, lower: bool) -> pd.DataFrame:
    """Return one row for each data set, method and replicate.

    These are the rows marked `selected`, if there is such a column; otherwise each replicate's best by validation
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
            "Scores of settings that were chosen by test scores would be too good: add a column 'val_score', or "
            "keep one setting of each.",
        )
    # a run with a test score but no validation score is not known to be worse than the others
    blind = again & frame["val_score"].isna() & frame["score"].notna()
    if blind.any():
        row = blind[blind].index[0]
        raise UserError(
            f"{table.place(row)}: the run has a score and no {table.called('val_score')}, by which the settings of "
            f"method {shown(frame.loc[row, 'method'])} in replicate {shown(frame.loc[row, 'replicate'])} would be "
            "chosen. Fill it in, keep one setting of each, or mark the chosen ones in a column 'selected'."
        )
    sign = -1.0 if _lower_on_validation(table, lower) else 1.0
    loss = frame.get("val_loss", pd.Series(0.0, frame.index))
    order = pd.DataFrame(
        {"score": (-sign * frame["val_score"]).fillna(np.inf), "loss": loss.fillna(np.inf)}
    )
    best = order.sort_values(["score", "loss"], kind="stable").index
    return frame.loc[best].drop_duplicates(run).sort_index()


def _lower_on_validation(table: LocatedTable, lower: bool) -> bool:
    """Say whether lower validation scores are better: by the column's name, otherwise as for the scores."""
    for name in (table.columns.label("val_score"), *_metrics(table)):
        named = meaning(name)
        if named is not None and not named.generic:
            return named.lower
    return lower


def _metrics(table: LocatedTable) -> set[str]:
    return set(table.optional_texts("metric")) if table.has("metric") else set()


_NO_SETTINGS = (
    "If they are different settings, tell them apart in a column 'hyperparameters', and add "
    "'val_score' to choose by."
)


def _refuse(table: LocatedTable, rows: pd.DataFrame, keys: list[str], advice: str) -> None:
    """Raise the error for two rows of the same run."""
    first = rows.index[0]
    same = (rows[keys] == rows.loc[first, keys]).all(axis=1)
    second = rows.index[same][1]
    what = ", ".join(
        f"{key} {shown(rows.loc[first, key])}" for key in keys if rows.loc[first, key] != ""
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

    def column(name: str) -> dict[str, Floats]:
        if name not in part:
            return {}
        return {m: by_method[m][name].reindex(replicates).to_numpy(np.float64) for m in methods}

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
        train_scores=column("train_score"),
        exact_zeros=column("exact_zeros"),
        rows=rows,
        present={m: frozenset(map(str, by_method[m].index)) for m in methods},
        inert=frozenset(m for m in methods if "inert" in part and by_method[m]["inert"].all()),
    )
