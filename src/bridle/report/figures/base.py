"""What figures have in common: a study read once, and the word for a figure that a study cannot have."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bridle.study.plan import Plan
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer

if TYPE_CHECKING:
    import pandas as pd

    from bridle.data import Dataset, Split

Floats = npt.NDArray[np.float64]


class NotShownError(Exception):
    """This study cannot have this figure; the text says why, after `because `."""


class Reading:
    """A study and its answer; data that several figures need are read only once."""

    def __init__(self, study: StudyReader, answer: Answer) -> None:
        """Read nothing yet."""
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
    def methods(self) -> list[str]:
        """Methods with a result, the baseline first, then best first."""
        there = [row.method for row in self.answer.rows if row.replicates]
        return sorted(there, key=lambda label: label != self.answer.baseline)

    @functools.cached_property
    def replicates(self) -> Mapping[str, list[int]]:
        """The replicates of each method that have a result."""
        return {label: self.answer.evidence.done(label) for label in self.plan.methods}

    @functools.cached_property
    def targets(self) -> Mapping[int, npt.NDArray[np.int32]]:
        """The test targets [n] of each replicate that has a result."""
        numbers = {number for found in self.replicates.values() for number in found}
        splits = ((number, self.dataset.replicate(number, self.plan.seed)) for number in numbers)
        return {number: split.targets[split.test] for number, split in splits}

    @functools.cached_property
    def first(self) -> Split:
        """The split of the first replicate."""
        return self.dataset.replicate(0, self.plan.seed)

    def name(self, label: str) -> str:
        """Return a method's displayed name."""
        return self.answer.name(label)

    def need_methods(self) -> list[str]:
        """Return `methods`, or say that there is no result yet."""
        if not self.methods:
            raise NotShownError("no run has finished")
        return self.methods


def floats(values: Any) -> Floats:
    """Return numbers of a table's column as float64, NaN where one is missing."""
    return np.asarray(values, dtype=np.float64)
