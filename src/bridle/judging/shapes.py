"""Tables with a column for each method, fold or data set: how to reshape them to one row for each run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bridle.errors import shown
from bridle.judging.columns import METHODS, key
from bridle.metrics.names import meaning

_DEVIATION = re.compile(r"\d\s*(?:±|\+/-|\+-|\\pm|\$\\pm\$)\s*\.?\d|\d\s*\(\s*\d*\.?\d+\s*\)")
"""A mean with its deviation in one cell, as in 85.0 ± 0.3 or 85.0 (0.3)."""

_CV = re.compile(r"split\d+_test_(\w+)")
"""Columns of scikit-learn's `cv_results_`."""

_PER_FOLD = re.compile(
    r"(?:cv|test|score|acc)?[\s_\-/.]*(fold|split|seed|run|rep|repeat|replicate|trial|iter)s?[\s_\-#.]*\d+(?!\d)",
    re.IGNORECASE,
)

_CHART = " - "
"""Separator of run and metric in the columns of a chart exported by Weights & Biases."""


def hint(name: str, is_file: bool, frame: pd.DataFrame, named: Sequence[str]) -> str:
    """Say what form a table without the columns of runs has, and how to reshape it.

    Args:
        name: of the table.
        is_file: whether it is the name of a file.
        frame: its rows.
        named: its columns with names of methods, replicates or data sets.

    Returns:
        A message, or an empty text if the table has none of the usual forms.
    """
    labels = [str(label) for label in frame.columns]
    texts = frame.select_dtypes(exclude="number").astype(str)
    if any(texts.iloc[:, i].str.contains(_DEVIATION).any() for i in range(texts.shape[1])):
        return (
            f"{name} holds means with their deviations, such as 85.0 ± 0.3. Differences within replicates cannot "
            "be computed from them: judge needs the score of every run, one row a run, with the columns method, "
            "replicate and score."
        )
    wide = f"pandas.read_csv({name!r})" if is_file else name
    numbers = [label for label in labels if _numeric(frame[label])]
    splits = [label for label in numbers if _CV.fullmatch(label)]
    if len(splits) > 1:
        metric = (_CV.fullmatch(splits[0]) or [""])[1]
        setting = next((label for label in labels if label.startswith("param_")), "params")
        pattern = rf"split\d+_test_{metric}$"
        return _melted(
            f"{name} is scikit-learn's cv_results_: a row for each setting, a column for each split.",
            f"wide = {wide}; runs = wide.melt({setting!r}, list(wide.filter(regex={pattern!r})), "
            f"'replicate', 'score').rename(columns={{{setting!r}: 'method'}})",
            "runs, 'overlapping', baseline=SETTING, sizes=(TRAIN, TEST)",
        )
    chart = [label for label in numbers if _CHART in label]
    metrics = {label.rpartition(_CHART)[2] for label in chart} - {""}
    metrics = {m for m in metrics if not m.endswith(("__MIN", "__MAX"))}
    if len(chart) > 1 and len(metrics) == 1:
        ending = f"{_CHART}{metrics.pop()}"
        return _melted(
            f"{name} is a chart as Weights & Biases exports it: a column for each run, a row for each step.",
            f"wide = {wide}; last = wide[[c for c in wide if c.endswith({ending!r})]].ffill().iloc[-1]; "
            f"runs = last.rename(lambda run: run.removesuffix({ending!r})).rename_axis('run')"
            ".reset_index(name='score'); then make of the column 'run' the columns 'method' and 'replicate', "
            "such as by runs[['method', 'replicate']] = runs['run'].str.rsplit('-', n=1, expand=True)",
            "runs, …",
        )
    folds = [label for label in numbers if _PER_FOLD.search(label)]
    if len(folds) > 1 and len({_PER_FOLD.sub("", label) for label in folds}) == 1:
        method = next((label for label in labels if label not in numbers), None)
        if method is None:
            return ""
        renamed = "" if method == "method" else f".rename(columns={{{method!r}: 'method'}})"
        return _melted(
            f"{name} has a column for each replicate ({shown(folds[0])}, {shown(folds[1])}, …), and judge reads one "
            "row a run.",
            f"wide = {wide}; runs = wide.melt({method!r}, {_list(folds)}, 'replicate', 'score'){renamed}",
            "runs, …",
        )
    kept = [label for label in labels if label in named]
    scores = [label for label in numbers if label not in kept]
    every = len(scores) + len(kept) == len(labels) and len(kept) < 2
    if len(scores) < 2 or not every or any(meaning(label) for label in scores):
        return ""
    some = f"({shown(scores[0])}, {shown(scores[1])}{', …' if len(scores) > 2 else ''})"
    if kept and key(kept[0]) in METHODS:
        melted, what = (
            f"wide.melt({kept[0]!r}, None, 'replicate', 'score')",
            "replicate or data set",
        )
        arguments, new = "runs, …", "method"
    else:
        wide += "" if kept else ".rename_axis('replicate').reset_index()"
        first = kept[0] if kept else "replicate"
        melted, what = f"wide.melt({first!r}, None, 'method', 'score')", "method"
        arguments, new = "runs, …, baseline=METHOD", "replicate"
    if kept and kept[0] != new:
        melted += f".rename(columns={{{kept[0]!r}: {new!r}}})"
    return _melted(
        f"{name} seems to have a column for each {what} {some}, and judge reads one row a run.",
        f"wide = {wide}; runs = {melted}",
        arguments,
    )


def _melted(what: str, code: str, arguments: str) -> str:
    return (
        f"{what} Reshape it, in Python: {code}; then bridle.judge({arguments}), or write it by "
        "runs.to_csv('runs.csv', index=False) for `bridle judge runs.csv`."
    )


def _list(labels: Sequence[str]) -> str:
    """Write columns as Python: all of them, or those between the first and the last."""
    if len(labels) <= 4:
        return repr(list(labels))
    return f"list(wide.loc[:, {labels[0]!r}:{labels[-1]!r}])"


def _numeric(column: pd.Series[Any]) -> bool:
    """Say whether a column holds numbers, and nothing else."""
    if column.dtype.kind in "iuf":
        return bool(column.notna().any())
    if column.dtype.kind == "b":
        return False
    texts = column.astype(str).str.strip()
    given = texts[~texts.str.lower().isin(("", "nan", "none", "<na>"))]
    parsed = pd.to_numeric(given.str.removesuffix("%").str.strip(), errors="coerce")
    return len(given) > 0 and bool(np.isfinite(parsed).all())
