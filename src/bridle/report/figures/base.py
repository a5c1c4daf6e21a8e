"""What figures have in common: a study that is read once, and the error for a figure that a study cannot have.

A figure is a view of the answer (`record(answer)`) if the answer and its evidence hold everything that it shows. Others
show histories, weights, runs that were not selected, or predictions on a grid, and collect these from a `StudyReading`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.statistics.checks import Floats
from bridle.study.plan import Plan
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer
from bridle.verdict.evidence import Predictions

if TYPE_CHECKING:
    import pandas as pd

    from bridle.data import Dataset, Split


class NotShownError(Exception):
    """This study cannot have this figure. The text says why, as it follows after `because `."""


class StudyReading:
    """A study and its answer, with tables that several figures need, which are read only once.

    Attributes:
        study: the study.
        answer: its answer.
    """

    def __init__(self, study: StudyReader, answer: Answer) -> None:
        """Hold a study; nothing is read yet."""
        self.study, self.answer = study, answer

    @property
    def plan(self) -> Plan:
        """The plan of the study."""
        return self.study.plan

    @property
    def dataset(self) -> Dataset:
        """The data set of the study."""
        return self.study.dataset

    @functools.cached_property
    def results(self) -> pd.DataFrame:
        """All runs."""
        return self.study.results()

    @functools.cached_property
    def selected(self) -> pd.DataFrame:
        """Selected runs with a test score."""
        return self.results[self.results["selected"] & self.results["test_score"].notna()]

    @functools.cached_property
    def histories(self) -> pd.DataFrame:
        """Selected runs epoch by epoch."""
        return self.study.histories()

    @functools.cached_property
    def first(self) -> Split:
        """The split of the first replicate."""
        return self.dataset.replicate(0, self.plan.seed)

    def name(self, label: str) -> str:
        """Return a method's displayed name."""
        return self.answer.name(label)


def need_methods(answer: Answer) -> tuple[str, ...]:
    """Return the methods with a finished run.

    Raises:
        NotShownError: there is none.
    """
    if not answer.with_results:
        raise NotShownError("no run has finished")
    return answer.with_results


def need_predictions(answer: Answer) -> Predictions:
    """Return the predictions of the selected runs.

    Raises:
        NotShownError: there are none.
    """
    if answer.evidence.predictions is None:
        raise NotShownError("no predictions are available")
    return answer.evidence.predictions


def floats(values: Any) -> Floats:
    """Return numbers of a table's column as float64, NaN where one is missing."""
    return np.asarray(values, dtype=np.float64)
