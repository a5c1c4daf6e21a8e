"""Numbers with intervals that fit a design, and those computed from histories and predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Integers, Sizes, Split
from bridle.diagnosis.examples import Decided
from bridle.diagnosis.trainings import Trained
from bridle.engine.spec import HISTORY
from bridle.statistics import Design, Estimate, fixed_test, fresh, interval, overlapping
from bridle.statistics.checks import Floats
from bridle.statistics.groups import by_group
from bridle.tasks import Task

LEVEL = 0.95
FINDINGS = 8
"""Number of kinds of findings that rest on lower ends of intervals, which hold together at `LEVEL`."""

SUREST = 0.25
"""Share of test rows that count as those on which a network is surest."""

LAST = 0.2
"""The share of the epochs that counts as the end of the training."""

STILL = 0.1
"""Fall in the last fifth of the epochs, as a share of the final value, from which a validation loss still falls."""


@dataclass(frozen=True)
class Quantity:
    """A number and its interval; NaN if unknown."""

    value: float
    low: float
    high: float

    @property
    def positive(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0


UNKNOWN = Quantity(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Estimates:
    """Estimates the mean of a measurement over replicates, with an interval that fits the design.

    Attributes:
        design: what replicates share.
        sizes: of the parts.
        groups: the group of each test row, where all replicates have these and rows of a group are alike.
    """

    design: Design
    sizes: Sizes
    groups: Integers | None = None

    def test(self, values: npt.ArrayLike, alone: bool = False) -> Quantity:
        """Estimate the mean of `values` [replicates, test rows]; if `alone`, with an ordinary 95 % interval."""
        numbers = np.asarray(values, float)
        if self.design == "fixed_test":
            estimate = fixed_test(self.independent(numbers))
        elif self.design == "overlapping":
            estimate = overlapping(numbers.mean(axis=1), self.sizes.train, self.sizes.test)
        else:
            estimate = fresh(numbers.mean(axis=1))
        return _ordinary(estimate) if alone else _lower(estimate)

    def independent(self, values: Floats) -> Floats:
        """Return `values` [replicates, test rows] with groups in place of rows that are not independent."""
        if self.groups is None:
            return values
        every = np.broadcast_to(self.groups, values.shape)
        return by_group({"": values}, every)[0][""]

    def others(self, values: npt.ArrayLike) -> Quantity:
        """Estimate the mean of `values` [replicates], which were measured on training or validation rows."""
        if self.design == "fresh":
            estimate = fresh(np.asarray(values, float))
        else:  # replicates split the same rows
            parts = self.sizes.train, self.sizes.validation
            estimate = overlapping(np.asarray(values, float), *parts)
        return _lower(estimate)


def _ordinary(estimate: Estimate) -> Quantity:
    found = interval(estimate, LEVEL, 1)
    return Quantity(estimate.difference, found.low, found.high)


def _lower(estimate: Estimate) -> Quantity:
    """Return an interval whose lower end holds at `LEVEL` together with those of all other findings."""
    found = interval(estimate, 2 * LEVEL - 1, FINDINGS)
    return Quantity(estimate.difference, found.low, found.high)


def column(full: list[Trained], name: str) -> Floats:
    """Return a column of the histories, [replicates, epochs]."""
    place = HISTORY.index(name)
    return np.stack([one.history[:, place] for one in full]).astype(float)


def rises(losses: Floats) -> Floats:
    """Return each replicate's last loss minus its loss at the epoch where the mean of the others is lowest.

    With its own lowest epoch every noisy curve would seem to rise.
    """
    if len(losses) < 2:
        return np.full(len(losses), np.nan)
    others = (losses.sum(axis=0) - losses) / (len(losses) - 1)
    best = others.argmin(axis=1)
    rises: Floats = losses[:, -1] - losses[np.arange(len(losses)), best]
    return rises


def share(task: Task, one: Trained, part: str, split: Split) -> float:
    """Return the share that a run reaches on a part of its split: `train`, `val` or `test`."""
    found = one.scores[f"{part}_score"], one.scores[f"{part}_loss"]
    return float(task.diagnostics.share_of(*found, guessing_loss(task, part, split)))


def shares_by_epoch(task: Task, full: list[Trained], part: str, splits: list[Split]) -> Floats:
    """Return the shares on `train` or `val` after every epoch, [replicates, epochs]."""
    guesses = np.array([guessing_loss(task, part, split) for split in splits])[:, None]
    score, loss = column(full, f"{part}_score"), column(full, f"{part}_loss")
    return np.asarray(task.diagnostics.share_of(score, loss, guesses), np.float64)


def guessing_loss(task: Task, part: str, split: Split) -> float:
    """Return the loss of guessing on a part of a split; permuting the targets within the part does not change it."""
    rows = {"train": split.train, "val": split.validation, "test": split.test}[part]
    return task.diagnostics.guessing_loss(split.targets[rows], split.target_scaling)


def learned(task: Task, full: list[Trained], splits: list[Split]) -> Floats:
    """Return how far each training loss lies below that of guessing."""
    guesses = np.array([guessing_loss(task, "train", split) for split in splits])
    return guesses - column(full, "train_loss")[:, -1]


def unfinished(task: Task, full: list[Trained], splits: list[Split]) -> Floats:
    """Return the fall of each training loss in the last fifth of the epochs, minus half of a fair share of all."""
    losses = column(full, "train_loss")
    fall = learned(task, full, splits)
    return losses[:, _before(losses)] - losses[:, -1] - LAST / 2 * fall


def improving(full: list[Trained]) -> Floats:
    """Return the fall of each validation loss in the last fifth of the epochs, minus a tenth of its final value."""
    losses = column(full, "val_loss")
    fall: Floats = losses[:, _before(losses)] - losses[:, -1]
    return fall - STILL * losses[:, -1]


def improved(task: Task, full: list[Trained], splits: list[Split]) -> Floats:
    """Return how far each share on validation examples rose in the last fifth of the epochs."""
    scores = shares_by_epoch(task, full, "val", splits)
    rise: Floats = scores[:, -1] - scores[:, _before(scores)]
    return rise


def _before(history: Floats) -> int:
    """Return the position of the epoch before the last fifth, or of the first epoch if there is none."""
    epochs: int = history.shape[1]
    return max(0, epochs - 1 - last_epochs(epochs))


def last_epochs(epochs: int) -> int:
    """Return the number of epochs in the last fifth, at least 1."""
    return max(1, round(LAST * epochs))


def contradicted(
    task: Task,
    full: list[Trained],
    truth: Decided,
    references: Decided,
    at: Estimates,
) -> Quantity:
    """Estimate the share of contradicted labels, where network and reference agree and the network is surest.

    These rows do not lie between two classes, and the reference excludes most rows that only an overfitted network is
    sure of. Unknown if predictions do not say how sure they are.
    """
    predictions = [one.predictions for one in full if one.predictions is not None]
    leads = [task.diagnostics.lead(own) for own in predictions]
    sure_of = [own for own in leads if own is not None]
    if not sure_of:
        return UNKNOWN
    agree = np.stack([task.decided(own) for own in predictions]) == references
    lead = np.where(agree, np.stack(sure_of), -np.inf)
    count = max(1, round(SUREST * lead.shape[1]))
    least = np.sort(lead, axis=1)[:, -count][:, None]
    sure = agree & (lead >= least)
    wrong = sure & (references != truth)
    counts = sure.sum(axis=1, keepdims=True)
    return at.test(wrong * lead.shape[1] / np.where(counts > 0, counts, np.nan))


def inflation(shares: Floats, seen: npt.NDArray[np.bool_], at: Estimates) -> Quantity:
    """Estimate the share on all test rows minus the share on those that are no copies of training rows."""
    if not seen.any():
        return Quantity(0.0, 0.0, 0.0)
    fresh_rows = ~seen
    counts = fresh_rows.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = fresh_rows * shares.shape[1] / counts
    return at.test(np.where(counts > 0, shares - shares * weights, np.nan))
