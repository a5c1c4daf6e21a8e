"""What the report reads: a study, as this room sees it, and a few questions put to its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

    from bridle.data import Dataset
    from bridle.statistics import Comparison, Looks
    from bridle.study.claims import Claimed

Floats = npt.NDArray[np.floating[Any]]
Arrays = Mapping[str, npt.NDArray[Any]]

BASELINE = "none"
UNREGULARIZED = "no regularization"
"""What the baseline is called where people read."""


class Plan(Protocol):
    """What a study set out to do."""

    @property
    def dataset(self) -> str:
        """The data set, as `bridle.data.load` reads it."""

    @property
    def design(self) -> str:
        """What replicates have in common: fresh, fixed_test or overlapping."""

    @property
    def methods(self) -> Sequence[str]:
        """The labels, the baseline among them."""

    @property
    def configurations(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """For each label its configurations: flat `hyperparameters` and a `learning_rate`."""

    @property
    def network(self) -> str:
        """Such as `mlp` or `cnn(filters=[16,32])`."""

    @property
    def precision(self) -> str:
        """Of the factors of the dense layers' products: `float32` or `bfloat16`."""

    @property
    def device(self) -> str:
        """The kind of device that trains, `cpu` or `gpu`."""

    @property
    def arithmetic(self) -> str:
        """Precision and kind of device, in words."""

    @property
    def widths(self) -> Sequence[int]:
        """Units of the dense hidden layers."""

    @property
    def activation(self) -> str:
        """Of the hidden layers."""

    @property
    def epochs(self) -> int:
        """At most."""

    @property
    def batch_size(self) -> int:
        """Examples of one step."""

    @property
    def optimizer(self) -> str:
        """Such as `adam`."""

    @property
    def learning_rate(self) -> float:
        """Where a configuration does not vary it."""

    @property
    def schedule(self) -> str:
        """Of the learning rate, such as `constant`."""

    @property
    def replicates(self) -> int:
        """How many are planned."""

    @property
    def seed(self) -> int:
        """Of everything random."""

    @property
    def notes(self) -> Sequence[str]:
        """What the reader should know of the plan."""

    @property
    def origin(self) -> str | None:
        """The work that the study reproduces, if it does."""

    @property
    def margin(self) -> str:
        """How large a difference must be to matter, such as `10%`."""

    @property
    def metric(self) -> str:
        """What the selected runs are judged by, such as `log-loss`."""

    @property
    def primary(self) -> str:
        """What the study was planned to be judged by; any other metric is secondary."""

    @property
    def criterion(self) -> str:
        """What settings were chosen by, `accuracy` or `log-loss`."""

    @property
    def select(self) -> str:
        """How settings are chosen: `best` or `one-se`."""

    @property
    def rounds(self) -> int:
        """How many rounds of refinement have added configurations."""

    @property
    def asked(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The configurations without those that refinement added."""

    @property
    def looks(self) -> Looks:
        """How the study is looked at as it is extended."""

    @property
    def published(self) -> Sequence[Mapping[str, Any]]:
        """What that work published: `method`, `metric`, `value` (a fraction), `text`."""


class Study(Protocol):
    """A finished or partly finished study."""

    @property
    def folder(self) -> Path:
        """Where it lies."""

    @property
    def plan(self) -> Plan:
        """What it set out to do."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Of what computed it."""

    @property
    def dataset(self) -> Dataset:
        """Where its examples come from."""

    def results(self) -> pd.DataFrame:
        """One row a run, with the columns of results.csv."""

    def leaderboard(self) -> pd.DataFrame:
        """One row a method, with the columns of leaderboard.csv, by rank."""

    def test_scores(self) -> Mapping[str, Floats]:
        """For each method [replicates], in the metric's own unit; NaN where there is none."""

    def metrics(self) -> pd.DataFrame:
        """One row for each selected run: `method`, `replicate`, and its test score in every metric."""

    def comparison(self) -> Comparison | None:
        """The methods against the baseline; None where there is nothing to compare."""

    def earlier(self) -> Sequence[Comparison]:
        """What earlier looks found, before the study was extended, the first one first."""

    def histories(self) -> pd.DataFrame:
        """One row for each epoch of each selected run."""

    def weights(self, method: str, replicate: int) -> Arrays:
        """Parameters and statistics of a selected run."""

    def predictions(self, method: str, replicate: int) -> Arrays:
        """Logits `[n, outputs]` of a selected run on `validation` and `test`."""

    def probabilities(self, method: str, replicate: int, X: Floats) -> Floats:
        """What a selected run predicts for raw inputs `[n, d]`: `[n, classes]`."""

    @property
    def rankings(self) -> Claimed | None:
        """What was published of these methods on this data set; None where nothing was."""

    def claims(self) -> pd.DataFrame:
        """The published rankings with our evidence and verdicts; empty where there is none."""

    def facts(self) -> Mapping[str, Any]:
        """Counts: runs, planned_runs, seconds, diverged, at_edge, configurations; joined methods with `idle` parts."""


@dataclass(frozen=True)
class Chosen:
    """The settings that validation chose for a method.

    Attributes:
        hyperparameters: the one chosen most often, the learning rate among them.
        times: in how many replicates.
        replicates: out of how many.
        others: all other chosen ones with their counts, most frequent first.
    """

    hyperparameters: Mapping[str, Any]
    times: int
    replicates: int
    others: tuple[tuple[Mapping[str, Any], int], ...] = ()


def selected(study: Study) -> pd.DataFrame:
    """Return the rows of `results` that were selected and gave a test score."""
    results = study.results()
    chosen = results["selected"].astype(str).str.lower().isin(["true", "1"])
    return results[chosen & results["test_score"].notna()]


def replicates(study: Study) -> dict[str, list[int]]:
    """Return for each method the replicates whose selected run is there."""
    rows = selected(study)
    return {
        label: sorted(int(r) for r in rows.loc[rows["method"] == label, "replicate"])
        for label in study.plan.methods
    }


def in_order(study: Study) -> list[str]:
    """Return the methods that have a result: the baseline first, then as in the leaderboard."""
    there = {label for label, numbers in replicates(study).items() if numbers}
    ranked = [label for label in study.leaderboard()["method"] if label in there]
    return sorted(ranked, key=lambda label: label != BASELINE)


def chosen(rows: pd.DataFrame, label: str) -> Chosen | None:
    """Count the settings chosen for `label` among the `selected` rows; None where there are none."""
    texts = rows.loc[rows["method"] == label, "hyperparameters"]
    if not len(texts):
        return None
    counts: dict[str, int] = {}
    for text in texts:
        counts[str(text)] = counts.get(str(text), 0) + 1
    # ties go to the first in plan order, in which the rows come, as in leaderboard.csv
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    read = [(json.loads(text), count) for text, count in ranked]
    return Chosen(read[0][0], read[0][1], len(texts), tuple(read[1:]))
