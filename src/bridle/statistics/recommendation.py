"""What to use now: the method of least expected regret.

A verdict says what is certain. Whoever must choose earlier takes the method with the smallest expected loss against the
best choice, and wants to know its risk. Both follow from a posterior of the true scores of all methods, the baseline
among them. The estimated differences are normal around the true ones, with the covariance of all pairs (methods share
the baseline, so their errors are correlated) times an unknown factor with the estimates' degrees of freedom. The true
scores lie around a common score like Student's t with 3 degrees of freedom, with an unknown scale τ: most methods
change little, a few change much. τ has a half-Cauchy prior whose median is the practical difference (Gelman, "Prior
distributions for variance parameters in hierarchical models", Bayesian Analysis 1, 2006). So an uncertain difference is
drawn towards those of the other methods.

A method that is expected to gain less than a tenth of the practical difference, and may lose, is not worth its
settings: then the baseline is taken.

docs/evidence/recommendation.md counts how often the chances given here come true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bridle.statistics.checks import Floats
from bridle.statistics.designs import Estimate

TAILS = 3.0
"""Degrees of freedom of the distribution of true differences."""

CHAINS, WARMUP, KEPT = 256, 30, 40
"""Number of Gibbs samplers, and the numbers of steps of each that are discarded first and then kept."""

WORTH = 0.1
"""Expected gain, as a share of the margin, from which a method is worth its settings."""

GRID = np.geomspace(1e-3, 1e3, 61)
"""Values of τ that are considered, as multiples of its prior's median."""


@dataclass(frozen=True)
class LeastRegret:
    """The method of least expected regret. Differences are oriented so that positive is better.

    Attributes:
        method: its name; the baseline if no method is worth its settings.
        expected_gain: its expected difference to the baseline, in score units; 0 for the baseline.
        low: lower end of the interval that holds its true difference with a chance of 95 %; not corrected for many.
        high: upper end.
        chance_no_worse: the chance that it is no worse than the baseline.
        chance_best: the chance that it lies within the margin of the best.
        regret: the expected loss against the best choice, in score units.
        baseline_as_good: the chance that the baseline lies within the margin of the best.
    """

    method: str
    expected_gain: float
    low: float
    high: float
    chance_no_worse: float
    chance_best: float
    regret: float
    baseline_as_good: float


def recommend(
    estimates: Mapping[str, Estimate],
    pair: Callable[[str, str], Estimate],
    baseline: str,
    margin: float,
    level: float = 0.95,
) -> LeastRegret | None:
    """Return the method of least expected regret.

    Args:
        estimates: of each method's difference to the baseline; those without a standard error are left out.
        pair: the estimate of score(first) − score(second).
        baseline: the name of the baseline.
        margin: the practical difference, in score units.
        level: of the interval.

    Returns:
        None if no difference has a standard error, so that chances are unknown.
    """
    names = sorted(name for name, e in estimates.items() if e.known)
    if not names:
        return None
    found = np.array([estimates[name].difference for name in names])
    covariance = _covariance(names, estimates, pair)
    df = float(np.median([estimates[name].df for name in names]))
    scale = margin if margin > 0 else float(np.sqrt(np.diag(covariance)).min())
    truth = _posterior(found, covariance, df, scale)
    truth -= truth[:, :1]
    best = truth.max(axis=1)
    expected = truth.mean(axis=0)
    chosen, ends = int(expected.argmax()), [(1 - level) / 2, (1 + level) / 2]
    if expected[chosen] < WORTH * margin and np.quantile(truth[:, chosen], ends[0]) <= 0:
        chosen = 0
    own = truth[:, chosen]
    low, high = np.quantile(own, ends)
    return LeastRegret(
        method=[baseline, *names][chosen],
        expected_gain=float(expected[chosen]),
        low=float(low),
        high=float(high),
        chance_no_worse=float(np.mean(own >= 0)),
        chance_best=float(np.mean(own >= best - margin)),
        regret=float(np.mean(best - own)),
        baseline_as_good=float(np.mean(best <= margin)),
    )


def _covariance(
    names: list[str], estimates: Mapping[str, Estimate], pair: Callable[[str, str], Estimate]
) -> Floats:
    """Return the covariance of the estimates: their variances, and correlations from the differences of all pairs.

    Few replicates determine both only roughly, so each is drawn towards the mean of all.
    """
    errors = np.array([estimates[name].standard_error for name in names])
    replicates = float(np.median([estimates[name].replicates for name in names]))
    own = replicates / (replicates + len(names) + 1)
    found = np.eye(len(names))
    for i, first in enumerate(names):
        for j, second in enumerate(names[:i]):
            between = pair(first, second)
            apart = between.standard_error**2 if between.known else 0.0
            shared = (errors[i] ** 2 + errors[j] ** 2 - apart) / (2 * errors[i] * errors[j])
            found[i, j] = found[j, i] = np.clip(shared, 0, 0.99)
    others = ~np.eye(len(names), dtype=bool)
    if others.any():
        found[others] = own * found[others] + (1 - own) * found[others].mean()
    values, vectors = np.linalg.eigh(found)
    found = vectors * np.maximum(values, 0.01) @ vectors.T
    errors = np.sqrt(own * errors**2 + (1 - own) * float((errors**2).mean()))
    return np.asarray(found * np.outer(errors, errors))


def _posterior(found: Floats, covariance: Floats, df: float, scale: float) -> Floats:
    """Draw what the baseline and the methods truly score, [draws, 1 + methods], by Gibbs sampling.

    The draws are the same for the same numbers.
    """
    rng, M = np.random.default_rng(0), len(found)
    against = np.concatenate([np.full((M, 1), -1.0), np.eye(M)], axis=1)
    precision = np.linalg.inv(covariance)
    data, pull = against.T @ precision @ against, against.T @ precision @ found
    tau, noise, local = np.full(CHAINS, scale), np.ones(CHAINS), np.ones((CHAINS, M + 1))
    prior = np.log(GRID) - np.log1p(GRID**2)  # half-Cauchy, on a grid of equal steps of log τ
    kept = []
    for step in range(WARMUP + KEPT):
        each = 1 / (tau[:, None] ** 2 * local)
        whole = data / noise[:, None, None] + np.eye(M + 1) * each[:, None]
        mean = np.linalg.solve(whole, (pull / noise[:, None])[..., None])
        lower = np.linalg.cholesky(whole).transpose(0, 2, 1)
        free = np.linalg.solve(lower, rng.standard_normal((CHAINS, M + 1, 1)))
        truth = (mean + free)[..., 0]
        local = (TAILS + truth**2 / tau[:, None] ** 2) / 2
        local /= rng.gamma((TAILS + 1) / 2, size=local.shape)
        squares = (truth**2 / local).sum(axis=1) / scale**2
        chances = prior - (M + 1) * np.log(GRID) - squares[:, None] / (2 * GRID**2)
        tau = scale * GRID[(chances + rng.gumbel(size=chances.shape)).argmax(axis=1)]
        apart = found - truth @ against.T
        misfit = np.einsum("ci,ij,cj->c", apart, precision, apart)
        noise = (df + misfit) / 2 / rng.gamma((df + M) / 2, size=CHAINS)
        if step >= WARMUP:
            kept.append(truth)
    return np.concatenate(kept)
