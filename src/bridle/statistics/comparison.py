"""A whole study compared: every method against the baseline, and the leading group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bridle.errors import UserError, unknown
from bridle.statistics import checks
from bridle.statistics.best import Leading, leading
from bridle.statistics.checks import ArrayLike
from bridle.statistics.designs import Design, Estimate
from bridle.statistics.pairs import Pairs
from bridle.statistics.simultaneous import interval
from bridle.statistics.verdicts import FEW, Verdict, judge

ErrorOf = Literal["accuracy", "loss"] | Callable[[float], float]


@dataclass(frozen=True)
class Score:
    """A method's mean score with its own interval, by the study's design; not for comparing.

    Attributes:
        mean: over replicates; NaN if none finished.
        low: lower end; NaN where there is no standard error.
        high: upper end.
        replicates: finished runs.
    """

    mean: float
    low: float
    high: float
    replicates: int


@dataclass(frozen=True)
class Compared:
    """One method against the baseline. Differences are oriented so that positive is better.

    Attributes:
        method: its name.
        score: its mean score.
        difference: mean paired difference to the baseline.
        low: lower end of the simultaneous interval.
        high: upper end.
        p: adjusted p-value; below 1 − level exactly where the interval excludes 0.
        wins: replicates in which the method scored higher.
        ties: replicates in which both scored the same.
        replicates: pairs compared.
        missing: pairs left out because one run of the two is missing or diverged.
        verdict: what may be said.
        estimate: standard error, degrees of freedom, variance components.
    """

    method: str
    score: Score
    difference: float
    low: float
    high: float
    p: float
    wins: int
    ties: int
    replicates: int
    missing: int
    verdict: Verdict
    estimate: Estimate


@dataclass(frozen=True)
class Comparison:
    """A study's statistics.

    Attributes:
        baseline: the name of what the methods are compared with.
        baseline_score: its mean score.
        design: how replicates differ.
        level: joint confidence of all intervals.
        margin: the practical difference, in score units.
        methods: the comparisons, in the order in which the scores came.
        leading: comparisons with the best; the group is empty where there is no verdict to give.
        few: whether a comparison rests on fewer than 6 replicates.
    """

    baseline: str
    baseline_score: Score
    design: Design
    level: float
    margin: float
    methods: tuple[Compared, ...]
    leading: Leading
    few: bool

    def __getitem__(self, method: str) -> Compared:
        """Return one method's comparison."""
        for compared in self.methods:
            if compared.method == method:
                return compared
        raise KeyError(method)


def compare(
    scores: Mapping[str, ArrayLike] | None = None,
    design: Design = "fresh",
    baseline: str = "none",
    *,
    examples: Mapping[str, ArrayLike] | None = None,
    sizes: tuple[int, int] | None = None,
    margin: float = 0.1,
    relative: bool = True,
    error: ErrorOf = "accuracy",
    level: float = 0.95,
) -> Comparison:
    """Compare every method of a study with the baseline, and all with the best.

    Args:
        scores: for each method [replicates], higher is better, the same replicate at the same
            place for all; NaN for a run that is missing or diverged. May be left out where
            `examples` are given.
        design: `"fresh"`, `"fixed_test"` or `"overlapping"`; see `designs`.
        baseline: the method that the others are compared with.
        examples: for each method [replicates, examples], each test example's part of the score (1
            or 0 for correct or not, or minus its loss), so that a replicate's score is the mean of
            its row. Needed for `"fixed_test"`, and for a single replicate's own uncertainty in any
            design.
        sizes: (training rows, test rows), needed for `"overlapping"`.
        margin: the practical difference: a share of the baseline's error, or score units if not
            `relative`.
        relative: which of the two `margin` is.
        error: how a mean score becomes the error that a relative margin is a share of:
            `"accuracy"` (1 − score), `"loss"` (−score, for scores that are minus a loss or RMSE),
            or a function.
        level: joint confidence of the intervals of all methods, and confidence in the leading
            group.

    Returns:
        A comparison that does not depend on the order of methods, but for the order in which it
        lists them.

    Raises:
        UserError: an argument does not fit the others; the message says which and what to do.
    """
    checks.between("level", level)
    study = Pairs(scores, design, examples, sizes)
    if baseline not in study.names:
        raise unknown(
            "baseline", baseline, study.names, "The baseline needs scores like any method."
        )
    own = {name: _score(study.own(name), level) for name in study.names}
    absolute = _margin(margin, relative, error, own[baseline].mean)
    others = [name for name in study.names if name != baseline]
    compared = []
    for name in others:
        estimate = study.estimate(name, baseline)
        between = interval(estimate, level, len(others))
        differences = study.scores[name] - study.scores[baseline]
        compared.append(
            Compared(
                method=name,
                score=own[name],
                difference=estimate.difference,
                low=between.low,
                high=between.high,
                p=between.p,
                wins=int(np.count_nonzero(differences > 0)),
                ties=int(np.count_nonzero(differences == 0)),
                replicates=estimate.replicates,
                missing=estimate.missing,
                verdict=judge(estimate, between, absolute, len(others), level),
                estimate=estimate,
            )
        )
    able = [name for name in study.names if own[name].replicates > 1]
    ranked = sorted(able, key=lambda name: (-own[name].mean, name))
    return Comparison(
        baseline=baseline,
        baseline_score=own[baseline],
        design=design,
        level=level,
        margin=absolute,
        methods=tuple(compared),
        leading=leading(ranked, study.estimate, level),
        few=any(c.replicates < FEW for c in compared),
    )


def _score(estimate: Estimate, level: float) -> Score:
    """Put a mean score and its ordinary interval together."""
    found = interval(estimate, level)
    return Score(estimate.difference, found.low, found.high, estimate.replicates)


def _margin(margin: float, relative: bool, error: ErrorOf, baseline: float) -> float:
    """Return the margin in score units."""
    if not 0 <= margin < np.inf:
        raise UserError(f"margin: expected 0 or more, received {margin}.")
    if not relative:
        return float(margin)
    if not np.isfinite(baseline):
        return 0.0  # no baseline, hence no verdict to apply it to
    if callable(error):
        base = float(error(baseline))
    elif error in ("accuracy", "loss"):
        base = 1 - baseline if error == "accuracy" else -baseline
    else:
        raise unknown("error", str(error), ("accuracy", "loss"))
    if base < -1e-9:
        raise UserError(
            "margin: expected a baseline error of 0 or more to take a share of, received "
            f"{base:.4g} from a mean score of {baseline:.4g} with error={error!r}. "
            "Give an absolute margin (relative=False) instead."
        )
    return float(margin * max(base, 0.0))
