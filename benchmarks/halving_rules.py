"""Which runs of a method go on in a replicate: pure functions of validation curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridle.study.learning_rates import RATES

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Key = tuple[str, str, int]
"""Data set, method and split."""

SMOOTHED = 0.2
"""Share of the epochs so far over which smoothed curves are averaged."""


@dataclass(frozen=True)
class Bracket:
    """The runs of a method in a replicate, in plan order.

    Attributes:
        scores: validation scores `[runs, epochs]` of the weights that would predict after every epoch.
        losses: likewise.
        lengths: epochs `[runs]` that every run trains if nothing ends it.
        rates: place of the learning rate of every run `[runs]`.
        final: validation score, validation loss and test score `[runs, 3]` after all epochs.
    """

    scores: Floats
    losses: Floats
    lengths: Whole
    rates: Whole
    final: Floats

    def best(self, among: Flags | None = None) -> int:
        """Return the run that a study chooses, of all or among some that were trained to their end."""
        everything = np.ones(len(self.lengths), bool)
        return ranked(self.final[:, 0], self.final[:, 1], everything if among is None else among)[0]


@dataclass(frozen=True)
class Rule:
    """After which shares of the epochs runs end, and how many go on.

    Attributes:
        rungs: shares of the epochs, ascending.
        kept: number of a method's configurations that go on after each of them.
        by: `score`: the higher validation score, then the lower loss; `loss`: the lower loss.
        smoothed: whether both are averaged over the last fifth of the epochs so far.
        each_rate: whether the best configuration at low, middle and high learning rates always goes on.
    """

    rungs: tuple[float, ...]
    kept: tuple[int, ...]
    by: str = "score"
    smoothed: bool = False
    each_rate: bool = False

    @property
    def words(self) -> str:
        """The rule in words."""
        at = ", ".join(
            f"{kept} after {rung:.0%}" for rung, kept in zip(self.rungs, self.kept, strict=True)
        )
        more = ", each rate" if self.each_rate else ""
        return f"{at}; by {self.by}{', smoothed' if self.smoothed else ''}{more}"

    def of(self, bracket: Bracket, method: str) -> tuple[Flags, int]:
        """Return which runs `[runs]` are trained to their end, and how many epochs all of them are trained."""
        going, before, trained = np.ones(len(bracket.lengths), bool), 0, 0
        for rung, kept in zip(self.rungs, self.kept, strict=True):
            at = max(1, round(rung * bracket.scores.shape[1]))
            trained += _between(bracket.lengths[going], before, at)
            going = self._going(bracket, going, at, kept)
            before = at
        return going, trained + _between(bracket.lengths[going], before, bracket.scores.shape[1])

    def _going(self, bracket: Bracket, going: Flags, at: int, kept: int) -> Flags:
        """Return which of the runs go on after an epoch."""
        since = at - (max(1, round(SMOOTHED * at)) if self.smoothed else 1)
        scores, losses = (own[:, since:at].mean(axis=1) for own in (bracket.scores, bracket.losses))
        order = ranked(-losses if self.by == "loss" else scores, losses, going)
        found = np.zeros(len(going), bool)
        found[order[:kept]] = True
        if self.each_rate:
            groups = bracket.rates * RATES // (bracket.rates.max() + 1)
            for group in range(RATES):
                found[[run for run in order if groups[run] == group][:1]] = True
        return found


@dataclass(frozen=True)
class Fewer:
    """Fewer configurations, all of them trained to their end.

    Attributes:
        words: what is tried.
        configurations: of a method.
        baseline: those of `none`.
    """

    words: str
    configurations: tuple[int, ...]
    baseline: tuple[int, ...]

    def of(self, bracket: Bracket, method: str) -> tuple[Flags, int]:
        """Return which runs `[runs]` are trained, and how many epochs all of them are trained."""
        going = np.zeros(len(bracket.lengths), bool)
        going[list(self.baseline if method == "none" else self.configurations)] = True
        return going, int(bracket.lengths[going].sum())


def ranked(scores: Floats, losses: Floats, among: Flags) -> list[int]:
    """Return runs from the best to the worst: higher score, then lower loss, then the first; diverged ones last."""
    score, loss = np.nan_to_num(scores, nan=-np.inf), np.nan_to_num(losses, nan=np.inf)
    order = sorted(range(len(score)), key=lambda run: (-score[run], loss[run], run))
    return [run for run in order if among[run]]


def _between(lengths: Whole, before: int, at: int) -> int:
    """Return how many epochs runs of these lengths are trained between two epochs."""
    return int((np.minimum(lengths, at) - np.minimum(lengths, before)).sum())


def brackets(pool: pd.DataFrame) -> Iterator[tuple[Key, Bracket]]:
    """Yield the brackets of a pool by data set, method and split."""
    columns = ["dataset", "method", "split"]
    for (dataset, method, split), own in pool.groupby(columns, sort=False):
        own = own.sort_values("configuration")
        places = [
            predicting(np.asarray(losses, float), epochs, method == "early_stopping")
            for losses, epochs in zip(own["val_losses"], own["epochs"], strict=True)
        ]
        scores, losses = (
            np.array([np.asarray(c, float)[at] for c, at in zip(own[name], places, strict=True)])
            for name in ("val_scores", "val_losses")
        )
        lengths, rates = (own[name].to_numpy(np.int64) for name in ("epochs_run", "rate"))
        final = own[["val_score", "val_loss", "test_score"]].to_numpy(float)
        key = str(dataset), str(method), int(str(split))
        yield key, Bracket(scores, losses, lengths, rates, final)


def predicting(losses: Sequence[float] | Floats, epochs: int, stops: bool) -> Whole:
    """Return for every epoch `[epochs]` the place of the weights that would predict after it.

    They are the last ones; of a run that stops early those of the lowest validation loss so far.
    """
    ended = np.minimum(np.arange(epochs), len(losses) - 1)
    if not stops:
        return ended
    finite = np.nan_to_num(np.asarray(losses, float), nan=np.inf)
    low = np.minimum.accumulate(finite)
    new = np.concatenate([[True], low[1:] < low[:-1]])
    return np.maximum.accumulate(np.where(new, np.arange(len(finite)), 0))[ended]
