"""`weights`: how the weights of every method's networks are distributed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.report.figures.base import StudyReading, need_methods
from bridle.statistics.checks import Floats

MOST = 3_000_000
"""Maximum number of weights of a method that are read, except that one replicate always is."""

BINS = 161
SMALL = 1e-3
"""Absolute value below which a weight counts as small."""
QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)


@dataclass(frozen=True)
class Distribution:
    """The kernels of one method's selected networks, pooled.

    Attributes:
        method: its name, as tables write it.
        quantiles: [5] at 1, 25, 50, 75 and 99 %.
        low: the smallest.
        high: the largest.
        density: [BINS] share of the nonzero weights in each bin of the axis, divided by the bin's width.
        zeros: share that is exactly 0.
        small: share with an absolute value below `SMALL`, zeros included.
        count: number of weights of one network.
        networks: number of networks pooled.
    """

    method: str
    quantiles: Floats
    low: float
    high: float
    density: Floats
    zeros: float
    small: float
    count: int
    networks: int


@dataclass(frozen=True)
class WeightsFigure:
    """Weight distributions over a common axis.

    The axis is arsinh(w / scale): linear around 0, logarithmic far from it, so that small and large weights both show.

    Attributes:
        distributions: one for each method.
        scale: where the axis turns from linear to logarithmic.
        centers: [BINS] of the density's bins, in units of the axis.
    """

    distributions: tuple[Distribution, ...]
    scale: float
    centers: Floats

    def place(self, weights: npt.ArrayLike) -> Floats:
        """Return where weights lie on the axis."""
        return np.arcsinh(np.asarray(weights, np.float64) / self.scale)


def collect(reading: StudyReading) -> WeightsFigure:
    """Pool the kernels of every method's selected networks."""
    pools = {label: _pool(reading, label) for label in need_methods(reading.answer)}
    sizes = np.concatenate([np.abs(values[values != 0]) for values, _ in pools.values()])
    typical = float(np.median(sizes)) if len(sizes) else 1.0
    scale = float(10 ** np.floor(np.log10(typical))) / 2
    end = float(np.arcsinh(np.quantile(sizes, 0.9995) / scale)) * 1.03 if len(sizes) else 1.0
    edges = np.linspace(-end, end, BINS + 1)
    distributions = tuple(
        _distribution(reading.name(label), values, networks, scale, edges)
        for label, (values, networks) in pools.items()
    )
    return WeightsFigure(distributions, scale, (edges[:-1] + edges[1:]) / 2)


def _pool(reading: StudyReading, label: str) -> tuple[Floats, int]:
    found: list[Floats] = []
    for replicate in reading.answer.evidence.done(label):
        arrays = reading.study.weights(label, replicate)
        kernels = [np.ravel(v) for name, v in sorted(arrays.items()) if name.endswith("/kernel")]
        found.append(np.concatenate(kernels).astype(np.float64))
        if sum(map(len, found)) + len(found[0]) > MOST:
            break
    return np.concatenate(found), len(found)


def _distribution(
    label: str, values: Floats, networks: int, scale: float, edges: Floats
) -> Distribution:
    nonzero = values[values != 0]
    counts, _ = np.histogram(np.arcsinh(nonzero / scale), bins=edges)
    # light smoothing; the bins are much narrower than any visible feature
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)
    smooth = np.convolve(np.pad(counts, 6), kernel / kernel.sum(), mode="valid")
    total = max(len(nonzero), 1) * (edges[1] - edges[0])
    return Distribution(
        label,
        np.quantile(values, QUANTILES),
        float(values.min()),
        float(values.max()),
        smooth / total,
        float(np.mean(values == 0)),
        float(np.mean(np.abs(values) < SMALL)),
        len(values) // networks,
        networks,
    )


def caption(record: WeightsFigure) -> str:
    """Say how to read the figure."""
    return (
        "Left: half of the weights lie in the box, 98 % within the whiskers. Right: the density of those that are not "
        "exactly zero. The axis is linear around zero and logarithmic outside, so that small and large weights "
        "both show; biases are left out."
    )


def alt(record: WeightsFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = [
        f"{d.method} from {d.quantiles[0]:.2g} to {d.quantiles[-1]:.2g}, {100 * d.zeros:.1f} % zeros"
        for d in record.distributions
    ]
    return f"Weight distributions (1 % and 99 % quantiles, exact zeros): {'; '.join(parts)}."
