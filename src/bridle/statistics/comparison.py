"""A whole study compared: every method against the baseline, and the leading group."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.errors import unknown
from bridle.statistics import checks
from bridle.statistics.best import Leading, leading
from bridle.statistics.checks import ArrayLike
from bridle.statistics.designs import Design, Estimate
from bridle.statistics.looks import Looks
from bridle.statistics.margin import WHOLE, ErrorOf, Margin
from bridle.statistics.moderated import moderated
from bridle.statistics.pairs import Pairs
from bridle.statistics.simultaneous import interval, simultaneous
from bridle.statistics.ties import differences
from bridle.statistics.verdicts import Verdict, verdict_of


@dataclass(frozen=True)
class Score:
    """A method's mean score with its own interval, by the study's design; not meant for comparisons.

    Attributes:
        mean: over replicates; NaN if none finished.
        low: lower end; NaN if there is no standard error.
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
        p: adjusted p-value; below 1 − held exactly where the interval excludes 0.
        wins: replicates in which the method scored higher.
        replicates: pairs compared.
        missing: pairs left out because one of the two runs is missing or diverged.
        verdict: the verdict on the method.
        estimate: standard error, degrees of freedom, variance components.
    """

    method: str
    score: Score
    difference: float
    low: float
    high: float
    p: float
    wins: int
    replicates: int
    missing: int
    verdict: Verdict
    estimate: Estimate


@dataclass(frozen=True)
class Comparison:
    """A study's statistics.

    Attributes:
        baseline: the method that the others are compared with.
        baseline_score: its mean score.
        design: how replicates differ.
        replicates: number of replicates, including those with missing runs.
        level: joint confidence of all intervals, of all looks.
        held: the joint confidence of this look's intervals, higher if there are other looks; `level` if there is
            one look only.
        looks: the looks at the study, without the present one.
        margin: the practical difference, in score units.
        asked: the margin as given.
        methods: the comparisons, in the order of the scores.
        leading: comparisons with the best; the group is empty if there is no verdict to give.
        pair: returns the estimate of score(first) − score(second) of any two methods.
        contrast: returns the estimate of a weighted sum of methods' scores, see `Pairs.contrast`.
        conditional: whether the statistics apply to one fixed test set only: to other trainings, not to other examples.
    """

    baseline: str
    baseline_score: Score
    design: Design
    replicates: int
    level: float
    held: float
    looks: Looks
    margin: float
    asked: Margin
    methods: tuple[Compared, ...]
    leading: Leading
    pair: Callable[[str, str], Estimate] = field(repr=False, compare=False)
    contrast: Callable[[Mapping[str, float]], Estimate] = field(repr=False, compare=False)
    conditional: bool = False

    def __getitem__(self, method: str) -> Compared:
        """Return one method's comparison."""
        for compared in self.methods:
            if compared.method == method:
                return compared
        raise KeyError(method)

    def placed(self, means: Mapping[str, float]) -> dict[str, float]:
        """Return the score by which each method is ranked, which does not favour methods with missing replicates.

        It is the baseline's mean plus the method's difference, which uses the replicates that both have. If none is
        missing, that is the method's own mean. So a method ranks above the baseline exactly if its difference is
        positive. The score is NaN for a method without a replicate in common with the baseline.

        Args:
            means: each method's mean score over its own replicates, higher is better.
        """
        base, found = means[self.baseline], dict(means)
        for c in self.methods:
            alone = math.isnan(base) and c.score.replicates == self.replicates
            if c.missing and not alone:
                found[c.method] = base + c.difference
        return found

    def row(self, method: str) -> dict[str, Any]:
        """Return a method's comparison with the baseline as columns of a leaderboard."""
        compared = self[method]
        return {
            "difference": compared.difference,
            "difference_low": compared.low,
            "difference_high": compared.high,
            "wins": compared.wins,
            "verdict": compared.verdict.label,
        }


def compare(
    scores: Mapping[str, ArrayLike] | None = None,
    design: Design = "fresh",
    baseline: str = "none",
    *,
    examples: Mapping[str, ArrayLike] | None = None,
    rows: npt.ArrayLike | None = None,
    sizes: tuple[int, int] | None = None,
    test_size: int | None = None,
    margin: Margin | str | float | None = None,
    error: ErrorOf = "accuracy",
    level: float = 0.95,
    looks: Looks | None = None,
    inert: Collection[str] = (),
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
            its row. Used for `"fixed_test"`, where without them the answer applies to that test set only, for the
            uncertainty of a single replicate in any design, and for `"overlapping"` where `rows` are given.
        rows: [replicates, examples], which row of the table each test example of overlapping splits is. With them and
            `examples` intervals of accuracies are about half as wide as without.
        sizes: (training rows, test rows), needed for `"overlapping"`.
        test_size: test examples of every replicate. Their number bounds the variance of accuracies. On a fixed
            test set it also extends the answer to other examples, by another bound. By default it is taken from
            `examples`, `sizes`, or, if that is certain, the grid of the scores.
        margin: the practical difference: `"10%"` of the baseline's error (the default), `"0.5pt"`
            (percentage points), or a number in score units.
        error: the kind of scores, which defines the baseline's error that a margin is a
            share: `"accuracy"` (1 − score), `"percent"` (100 − score), `"loss"` (−score, for scores
            that are minus a loss or RMSE), `"plain"` (no error: only a margin in score units), or a
            function.
        level: joint confidence of the intervals of all methods (and all looks), and confidence in
            the leading group.
        looks: the looks at a study that is looked at more than once; see `looks`.
        inert: methods that did nothing in any of their runs; they get no verdict.

    Returns:
        The comparison. The order of the scores only changes the order in which methods are listed.

    Raises:
        UserError: an argument does not fit the others; the message says which and what to do.
    """
    checks.between("level", level)
    whole = None if callable(error) else WHOLE.get(error)
    study = Pairs(scores, design, examples, sizes, test_size, whole, rows)
    if baseline not in study.names:
        raise unknown(
            "baseline", baseline, study.names, "The baseline needs scores like any method."
        )
    own = {name: _score(study.own(name), level) for name in study.names}
    asked = Margin.parse(margin)
    absolute = asked.absolute(error, own[baseline].mean)
    others = [name for name in study.names if name != baseline]
    looks, replicates = looks or Looks(), len(study.scores[baseline])
    held = looks.level(replicates, max(len(others), 1), level)
    then = following(looks, replicates, len(others), level)
    judged = [name for name in others if name not in inert]
    estimates = {name: study.estimate(name, baseline) for name in others}
    estimates |= moderated({name: estimates[name] for name in judged})
    together = simultaneous([estimates[name] for name in judged], held)
    intervals = dict(zip(judged, together, strict=True))
    compared = []
    for name in others:
        estimate = estimates[name]
        between = intervals.get(name) or interval(estimate, held, len(others))
        apart = differences(study.scores[name], study.scores[baseline])
        compared.append(
            Compared(
                method=name,
                score=own[name],
                difference=estimate.difference,
                low=between.low,
                high=between.high,
                p=between.p,
                wins=int(np.count_nonzero(apart > 0)),
                replicates=estimate.replicates,
                missing=estimate.missing,
                verdict=verdict_of(
                    estimate, between, absolute, len(judged), held, then, name in inert
                ),
                estimate=estimate,
            )
        )

    def pair(first: str, second: str) -> Estimate:
        if second == baseline:
            return estimates[first]
        return estimates[second].flipped() if first == baseline else study.estimate(first, second)

    able = [name for name in study.names if own[name].replicates > 1]
    ahead = {c.method: -c.difference for c in compared}
    ahead = {name: ahead.get(name, 0.0) for name in able}
    ranked = sorted(able, key=lambda name: (math.isnan(ahead[name]), ahead[name], name))
    return Comparison(
        baseline=baseline,
        baseline_score=own[baseline],
        design=design,
        replicates=replicates,
        level=level,
        held=held,
        looks=looks,
        margin=absolute,
        asked=asked,
        methods=tuple(compared),
        leading=_agreeing(leading(ranked, pair, held, study.scores, baseline), compared, baseline),
        pair=pair,
        contrast=study.contrast,
        conditional=study.conditional,
    )


def _agreeing(found: Leading, compared: Sequence[Compared], baseline: str) -> Leading:
    """Return the leading group without methods that hurt, and without the baseline where one helps.

    Verdicts are stepwise and the group is not, so a verdict may find what the group does not.
    """
    worse = {c.method for c in compared if c.verdict.label == "hurts"}
    if any(c.verdict.label == "helps" for c in compared):
        worse.add(baseline)
    return Leading(tuple(name for name in found.group if name not in worse))


def following(
    looks: Looks, replicates: int, comparisons: int, level: float
) -> Callable[[int], float] | None:
    """Return the function from further replicates to the level of the next look; None if there is no next look."""
    if not looks.again or replicates < 2 or not comparisons:
        return None
    after = looks.after(replicates, comparisons, level)
    return lambda further: after.level(replicates + further, comparisons, level)


def _score(estimate: Estimate, level: float) -> Score:
    """Put a mean score and its ordinary interval together."""
    found = interval(estimate, level)
    return Score(estimate.difference, found.low, found.high, estimate.replicates)
