"""What the comparisons of a study say together about how much trainings vary.

Three replicates tell little of a variance: an interval from 2 degrees of freedom reaches 4.3 standard errors to
either side. The methods of a study tend to vary alike, so each variance is drawn towards what all of them show, and
rests on more degrees of freedom. With variances s² of d degrees of freedom that vary between methods like s₀² d₀ /
χ²(d₀),

    s̃² = (d₀ s₀² + d s²) / (d₀ + d)    has d₀ + d degrees of freedom.

Source: Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray
experiments", Statistical Applications in Genetics and Molecular Biology 3, 2004. There thousands of variances tell
s₀² and d₀; here four or eight must, which share the baseline. So both are taken with caution: how much variances
differ between methods is taken at the upper end of its 90 % interval, s₀² is at least their mean, and d₀ at most the
degrees of freedom of all others. Then studies err in at most 5 % where variances are alike and where they differ a
hundredfold (docs/evidence/moderated.md). With ten replicates and more little is gained, and much lost where variances
differ: there each keeps its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import optimize, special

from bridle.statistics.checks import Floats
from bridle.statistics.designs import Estimate, Spread

UPPER = 0.9
"""Confidence of the upper limit of how much the logarithms of variances differ between methods."""

FEW = 9
"""Most replicates with which variances borrow from one another."""


def moderated(estimates: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Return a study's comparisons with its baseline, each with its variance drawn towards what all show.

    Of crossed examples only the trainings' part is drawn, in units of what its own cells let one expect: methods that
    change more examples vary more, and that is known already.

    Args:
        estimates: by method. Those without a standard error, of a single replicate, or of ten and more neither give
            nor take.
    """
    able = {  # sorted, so that not even the last bit depends on the order of methods
        name: e
        for name, e in sorted(estimates.items())
        if e.known and 1 < e.replicates <= FEW and e.spread
    }
    own = np.array([max(_trainings(e.spread), 0.0) for e in able.values() if e.spread])
    cells = np.array([_cells(e.spread) for e in able.values() if e.spread])
    if np.count_nonzero(own) < 2:
        return dict(estimates)
    unit = cells if (cells > 0).all() else np.ones_like(cells)
    df = np.array([e.replicates - 1.0 for e in able.values()])
    scale, borrowed = _prior(own / unit, df)
    drawn = (borrowed * scale * unit + df * own) / (borrowed + df)
    found = dict(estimates)
    for (name, estimate), variance, before, more in zip(
        able.items(), drawn, own, borrowed, strict=True
    ):
        found[name] = _with(estimate, float(variance), float(before), float(more))
    return found


def _prior(variances: Floats, df: Floats) -> tuple[float, Floats]:
    """Return s₀², and d₀ for each of [methods] variances; a variance of 0 has no logarithm and says nothing."""
    there, lent = variances > 0, np.where(variances > 0, df, 0.0)
    logs, half = np.log(variances[there]), df[there] / 2
    logs = logs - special.digamma(half) + np.log(half)
    lent = lent.sum() - lent
    others, mean = len(logs) - 1, float(variances[there].mean())
    apart = float(logs.var(ddof=1)) * others / float(special.chdtri(others, UPPER))
    beyond = apart - float(special.polygamma(1, half).mean())
    if beyond <= 0:
        return mean, lent
    d = float(np.exp(optimize.brentq(lambda x: _trigamma(x) - np.log(beyond), -20, 20)))
    scale = float(np.exp(logs.mean() + special.digamma(d) - np.log(d)))
    return max(scale, mean), np.minimum(2 * d, lent)


def _trigamma(log: float) -> float:
    """Return the logarithm of the trigamma function of exp(`log`)."""
    return float(np.log(special.polygamma(1, np.exp(log))))


def _cells(spread: Spread) -> float:
    """Return the part of a replicate's variance that its single examples make up."""
    return spread.cells / spread.rows if spread.rows else 0.0


def _trainings(spread: Spread) -> float:
    """Return the variance of a replicate's mean, without what all replicates share."""
    return spread.replicates + _cells(spread)


def _with(estimate: Estimate, variance: float, before: float, borrowed: float) -> Estimate:
    """Return an estimate with another variance of trainings, which rests on further degrees of freedom."""
    assert estimate.spread is not None
    spread, R = estimate.spread, estimate.replicates
    spread = replace(
        spread,
        replicates=variance - _cells(spread),
        shared=spread.shared * variance / before if before > 0 else spread.shared,
        borrowed=borrowed,
    )
    error = np.sqrt(max(spread.variance(R, spread.rows), estimate.least))
    return replace(
        estimate, standard_error=float(error), df=spread.df(R, spread.rows), spread=spread
    )
