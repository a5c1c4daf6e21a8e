"""What a comparison would have chosen from a pool: pure functions of its rows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from benchmarks.protocol_pool import ALL, REDRAWN


@dataclass(frozen=True)
class Rule:
    """How many learning rates and strengths a comparison tries.

    Attributes:
        rates: steps of the learning rates that all methods share.
        strengths: places in a method's own grid.
        baseline: steps of the learning rates of `none`.
    """

    rates: tuple[int, ...]
    strengths: tuple[int, ...]
    baseline: tuple[int, ...]

    @classmethod
    def product(cls, rates: Sequence[int], strengths: int) -> Rule:
        """Return the rule where `none` tries as many learning rates as a method tries configurations."""
        places = spread(strengths)
        return cls(tuple(rates), places, finer(rates, len(rates) * strengths))

    @property
    def runs(self) -> int:
        """Number of runs of a method in a replicate."""
        return len(self.rates) * len(self.strengths)

    def of(self, pool: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a pool that a comparison by this rule trains."""
        none = pool["method"] == "none"
        tried = pool["step"].isin(self.rates) & pool["strength"].isin(self.strengths)
        return pool[(none & pool["step"].isin(self.baseline)) | (~none & tried)]


def spread(amount: int) -> tuple[int, ...]:
    """Return places of a grid of seven strengths spread evenly, as a study takes them."""
    last = len(ALL) - 1
    return tuple(round(place * last / (amount - 1)) for place in range(amount))


def finer(steps: Sequence[int], amount: int) -> tuple[int, ...]:
    """Return about `amount` whole steps that contain `steps` and divide the gaps between them evenly.

    A gap holds no more steps than there are whole numbers inside.
    """
    gaps = len(steps) - 1
    more = amount - len(steps)
    found = set(steps)
    for place, (low, high) in enumerate(itertools.pairwise(steps)):
        inside = min(more // gaps + (place < more % gaps), high - low - 1)
        found |= {low + round(k * (high - low) / (inside + 1)) for k in range(1, inside + 1)}
    return tuple(sorted(found))


def choose(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the best run of each group on validation data: highest score, then lowest loss, then the first.

    Args:
        rows: of a pool, in plan order; runs that diverged have no scores and come last.
        by: the columns that name a group.
    """
    ranked = rows.sort_values(["val_score", "val_loss"], ascending=[False, True], kind="stable")
    return ranked.drop_duplicates(list(by)).set_index(list(by)).sort_index()


def chosen(pool: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return the selected runs' test scores in percent: a row for each data set and split, a column a method."""
    best = choose(rule.of(pool), ("dataset", "split", "method"))
    return 100 * best["test_score"].astype(float).unstack("method").astype(float)


def overall(pool: pd.DataFrame, rule: Rule) -> pd.Series:
    """Return the test score, in percent, of the best run of all methods on validation data, by data set and split."""
    real = pool[pool["method"] != REDRAWN]
    best = choose(rule.of(real), ("dataset", "split"))
    return 100 * best["test_score"].astype(float)


def by_set(scores: pd.Series) -> pd.Series:
    """Return the mean over the splits of each data set."""
    return scores.groupby("dataset", observed=True).mean()


def error(values: pd.Series) -> float:
    """Return the standard error of the mean of values that are independent, such as those of data sets."""
    return float(values.std(ddof=1) / len(values) ** 0.5)
