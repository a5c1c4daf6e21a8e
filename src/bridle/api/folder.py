"""Opening a folder: one study, or the studies of several data sets, with the same interface."""

from __future__ import annotations

from pathlib import Path

from bridle.api.studies import Studies
from bridle.api.study import Study
from bridle.files import named_folder
from bridle.metrics import Metric
from bridle.statistics.margin import Margin
from bridle.study.members import is_several
from bridle.study.reading import set_reading


def open_folder(folder: str | Path) -> Study | Studies:
    """Return the study in a folder, or the studies of several data sets.

    Args:
        folder: what `bridle compare` or `bridle train` wrote.

    Raises:
        UserError: the folder holds neither, or is damaged.
    """
    path = named_folder(folder, "folder")
    return Studies(path) if is_several(path) else Study(path)


def report(
    folder: str | Path,
    *,
    margin: Margin | str | float | None = None,
    metric: Metric | str | None = None,
) -> Path:
    """Write the tables and the page of a study again, and return the page's path. Trains nothing.

    Args:
        folder: the study's, or that of the studies of several data sets.
        margin: how large a difference must be to matter, from now on; by default the study's margin.
        metric: the metric from now on; by default the study's metric. The chosen settings stay the same.

    Raises:
        UserError: the folder holds no study, one that is damaged or has no finished run, or cannot be written to.
    """
    path = named_folder(folder, "folder")
    set_reading(path, margin, metric)
    return open_folder(path).report()
