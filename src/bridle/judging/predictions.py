"""Predictions of each run for each test example: they show the chance in test examples that replicates share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bridle.errors import UserError, shown
from bridle.judging.reading import LocatedTable, in_order
from bridle.judging.runs import Runs
from bridle.judging.scores import Scores
from bridle.statistics.checks import Floats
from bridle.statistics.designs import Design
from bridle.statistics.splits import Rows, means
from bridle.verdict.evidence import Flags
from bridle.wording import argument

EXAMPLE = "the columns method, replicate, example and correct (1 or 0), or score"

ROUNDED = 6e-4
"""Maximum difference between the mean of a run's examples and its score, which a table may have rounded to three
decimals (one in percent)."""


@dataclass(frozen=True)
class ExampleParts:
    """Each run's part of the score for every test example.

    Attributes:
        parts: for each method [replicates, examples], higher is better; NaN if a run has no score, and in the last
            places of splits that test fewer rows than others.
        rows: on overlapping splits [replicates, examples] the row of the table of each example, from 0, or -1 in such
            last places; None if all replicates have the same examples.
    """

    parts: Mapping[str, Floats]
    rows: Rows | None = None

    def means(self) -> dict[str, Floats]:
        """Return each run's score."""
        if self.rows is None:
            return {method: own.mean(axis=1) for method, own in self.parts.items()}
        return {method: means(own, self.rows) for method, own in self.parts.items()}


def read_predictions(
    table: LocatedTable,
    runs: Mapping[str, Runs],
    scores: Scores,
    design: Design,
    parts: Floats | None = None,
) -> dict[str, ExampleParts]:
    """Read each selected run's part of the score for every test example.

    Args:
        table: one row for each run and example, with the columns method, replicate, example and
            correct or score; dataset and hyperparameters as the runs have them.
        runs: of each data set.
        scores: the meaning of their scores.
        design: what replicates have in common; on overlapping splits an example is a row of the table.
        parts: each row's part of its run's score, if it is not in the table.

    Returns:
        The examples of each data set.

    Raises:
        UserError: a column, a run's predictions or an example is missing, or they do not belong to
            the scores.
    """
    keys = [key for key in ("dataset", "hyperparameters") if table.has(key)]
    columns = ("method", "replicate", "example")
    table.need(columns if parts is not None else (*columns, "correct|score"), EXAMPLE)
    frame = pd.DataFrame(
        {
            "method": table.texts("method"),
            "replicate": table.texts("replicate", plain=True),
            "example": table.texts("example", plain=True),
            "value": _values(table, scores) if parts is None else parts,
        },
        index=table.frame.index,
    )
    for key in keys:
        frame[key] = table.optional_texts(key)
    if len(runs) > 1 and "dataset" not in keys:
        raise UserError(
            f"{table.name} has no column 'dataset', and the runs are of {len(runs)} data sets. "
            "Add it, so that predictions can be told apart."
        )
    return {
        name: _of_one(
            table,
            frame[frame["dataset"] == name] if "dataset" in keys else frame,
            own,
            scores,
            design == "overlapping" and len(own.replicates) > 1,
        )
        for name, own in runs.items()
    }


def _values(table: LocatedTable, scores: Scores) -> Floats:
    """Return each row's part of the score, oriented so that higher is better."""
    if not table.has("correct"):
        return table.numbers("score") * (-1.0 if scores.lower else 1.0)
    if scores.scale not in ("accuracy", "percent"):
        raise UserError(
            f"{table.name}: the column 'correct' gives an accuracy, but the runs' scores are no accuracies. "
            "Give each example's part of the score in a column 'score', such as its loss."
        )
    return table.zeros_and_ones("correct") * (100.0 if scores.scale == "percent" else 1.0)


def _of_one(
    table: LocatedTable, frame: pd.DataFrame, runs: Runs, scores: Scores, splits: bool
) -> ExampleParts:
    """Return the tables of one data set's methods."""
    if "hyperparameters" in frame and runs.settings:
        wanted = pd.Series(
            {(m, r): text for m, own in runs.settings.items() for r, text in own.items()}
        )
        places = pd.MultiIndex.from_frame(frame[["method", "replicate"]])
        frame = frame[wanted.reindex(places).to_numpy() == frame["hyperparameters"].to_numpy()]
    of = f" of data set {shown(runs.dataset)}" if runs.dataset else ""
    twice = frame.duplicated(["method", "replicate", "example"])
    if twice.any():
        row = twice[twice].index[0]
        which = f"method {shown(frame.loc[row, 'method'])}, replicate {shown(frame.loc[row, 'replicate'])}, "
        which += f"example {shown(frame.loc[row, 'example'])}"
        raise UserError(
            f"{table.place(row)} repeats {which}{of}. Keep one row for each run and example; where a "
            "method has several settings, a column 'hyperparameters' tells them apart."
        )
    grid = frame.set_index(["method", "replicate", "example"])["value"].unstack("example")
    grid = grid[in_order(list(grid.columns))]
    tested = _tested(table, grid, runs) if splits else None
    found = {}
    for method in runs.methods:
        own = grid.reindex([(method, replicate) for replicate in runs.replicates])
        values = np.array(own, np.float64)
        values[np.isnan(runs.scores[method])] = np.nan
        _check(table, values, own, runs, method, scores, tested)
        found[method] = values
    if tested is None:
        return ExampleParts(found)
    return _side_by_side(found, tested)


def _tested(table: LocatedTable, grid: pd.DataFrame, runs: Runs) -> Flags:
    """Return [replicates, examples] whether each split tests an example: whether some method's run predicts it.

    Raises:
        UserError: all splits test the same examples, so these cannot be rows of one table.
    """
    there = ~grid.isna()
    known = there.groupby(level="replicate").any().reindex(list(runs.replicates), fill_value=False)
    found: Flags = known.to_numpy(bool)
    if found.any() and (found == found[0]).all():
        raise UserError(
            f"{table.name} has the same {int(found[0].sum()):,} examples in every replicate. On overlapping splits the "
            "column 'example' names the row of the table, which differs between splits; if all replicates share one "
            f"test set: {argument('design', 'fixed_test')}."
        )
    return found


def _side_by_side(values: Mapping[str, Floats], tested: Flags) -> ExampleParts:
    """Return only the parts of the rows that each split tests."""
    order = np.argsort(~tested, axis=1, kind="stable")[:, : int(tested.sum(axis=1).max())]
    there = np.take_along_axis(tested, order, axis=1)
    rows = np.where(there, order, -1)
    parts = {m: np.take_along_axis(own, order, axis=1) for m, own in values.items()}
    return ExampleParts(parts, rows)


def _check(
    table: LocatedTable,
    values: Floats,
    rows: pd.DataFrame,
    runs: Runs,
    method: str,
    scores: Scores,
    tested: Flags | None,
) -> None:
    """Check that every run with a score has all examples, and that their mean is its score."""
    unit = 100.0 if scores.scale == "percent" else 1.0
    for place, replicate in enumerate(runs.replicates):
        score = runs.scores[method][place]
        if np.isnan(score):
            continue
        which = f"method {shown(method)}, replicate {shown(replicate)}"
        which += f", data set {shown(runs.dataset)}" if runs.dataset else ""
        expected = np.ones(values.shape[1], bool) if tested is None else tested[place]
        missing = np.isnan(values[place]) & expected
        if np.isnan(values[place]).all():
            raise UserError(f"{table.name} has no predictions of {which}, which has a score.")
        if missing.any():
            example = rows.columns[int(np.flatnonzero(missing)[0])]
            where = "On a fixed test set all runs predict the same examples; if each replicate has its own: "
            where += f"{argument('design', 'fresh')}."
            if tested is not None:
                where = "All methods predict the rows that a split tests."
            raise UserError(f"{table.name} lacks example {shown(example)} of {which}. {where}")
        mean = float(values[place][expected].mean())
        if abs(mean - score) > ROUNDED * max(unit, abs(score)):
            sign = -1.0 if scores.lower else 1.0
            raise UserError(
                f"{table.name}: the examples of {which} have the mean {sign * mean:.6g}, and its score "
                f"is {sign * score:.6g}. The score must be the mean over the test examples; perhaps "
                "they are of another run."
            )
