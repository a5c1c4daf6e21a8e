"""What a trained network is like, in a number: pure functions of weights, activations, histories and predictions."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from bridle.networks.base import ACTIVATIONS
from bridle.statistics.checks import Floats

Arrays = Mapping[str, npt.NDArray[np.float32]]

FIRST = "dense_0/kernel"

EPSILON = 1e-3
"""What batch norm adds to a variance."""


def used(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Return `[in]` which inputs a layer uses: any of their weights is not exactly 0.

    Args:
        kernel: `[in, out]`.
    """
    found: npt.NDArray[np.bool_] = (kernel != 0).any(axis=1)
    return found


def selection(kept: npt.NDArray[np.bool_], relevant: int) -> float:
    """Return Youden's index of a selection: the share of relevant features kept minus the share of the others kept.

    Youden, "Index for rating diagnostic tests", Cancer 3, 1950. 1 is perfect; keeping all, or none, or any at random
    gives 0.

    Args:
        kept: `[features]`.
        relevant: how many matter, the first ones.
    """
    return float(kept[:relevant].mean() - kept[relevant:].mean())


def precision_recall(kept: npt.NDArray[np.bool_], relevant: int) -> tuple[float, float]:
    """Return which share of the kept features is relevant (NaN if none is kept), and which share of those is kept."""
    right = float(kept[:relevant].sum())
    return (right / kept.sum() if kept.any() else np.nan), right / relevant


def input_norms(kernel: npt.NDArray[np.float32]) -> Floats:
    """Return `[in]` the norm of each input's weights."""
    norms: Floats = np.linalg.norm(kernel.astype(np.float64), axis=1)
    return norms


def noise_to_signal(kernel: npt.NDArray[np.float32], relevant: int) -> float:
    """Return the root mean square norm of irrelevant inputs' weights over that of the relevant ones, the first."""
    squares = input_norms(kernel) ** 2
    return float(np.sqrt(squares[relevant:].mean() / max(squares[:relevant].mean(), 1e-300)))


def hidden(weights: Arrays, x: npt.NDArray[np.float32], activation: str) -> Floats:
    """Return the first hidden layer's activations `[n, units]` as the network predicts: without noise.

    A normalization before the activation uses the moments that it kept.

    Args:
        weights: of a fully connected network, as a study keeps them.
        x: inputs `[n, in]` as the network sees them.
        activation: its name.
    """
    z = x.astype(np.float64) @ weights[FIRST] + weights["dense_0/bias"]
    moved = next((name for name in weights if name.endswith("dense_0/pre/mean")), None)
    if moved is not None:
        at = moved.removesuffix("mean")
        z = (z - weights[moved]) / np.sqrt(weights[f"{at}variance"] + EPSILON)
        z = z * weights[f"{at}scale"] + weights[f"{at}offset"]
    found: Floats = np.asarray(ACTIVATIONS[activation](jnp.asarray(z, jnp.float32)), np.float64)
    return found


def correlation(units: Floats) -> float:
    """Return the mean absolute correlation of two different units; units that never vary are left out.

    After Cogswell et al., "Reducing overfitting in deep networks by decorrelating representations", ICLR 2016.

    Args:
        units: activations `[n, units]`.
    """
    varying = units[:, units.std(axis=0) > 1e-9]
    if varying.shape[1] < 2:
        return float("nan")
    table = np.abs(np.corrcoef(varying.T))
    count = len(table)
    return float((table.sum() - count) / (count * (count - 1)))


def jitter(losses: Floats) -> float:
    """Return how much a loss changes from epoch to epoch over its mean: root mean square, in the last half.

    Args:
        losses: `[epochs]`.
    """
    last = losses[len(losses) // 2 :]
    return float(np.sqrt(np.mean(np.diff(last) ** 2)) / last.mean()) if len(last) > 1 else 0.0


def epochs_below(losses: Floats, level: float) -> int:
    """Return the first epoch, from 1, whose loss is below a level; one more than there are if none is."""
    below = np.flatnonzero(losses < level)
    return int(below[0]) + 1 if len(below) else len(losses) + 1


def usable(scores: Floats, best: float, within: float) -> int:
    """Return how many of `scores` are at most `within` below `best`; NaN is a diverged run, which is not."""
    return int(np.sum(np.nan_to_num(scores, nan=-np.inf) >= best - within))


def drift(before: Floats, after: Floats) -> float:
    """Return how far units' mean activations moved, in standard deviations: the mean over units that vary.

    Args:
        before: activations `[n, units]`.
        after: the same units on the same examples, later.
    """
    spread = before.std(axis=0)
    varying = spread > 1e-9
    moved = np.abs(after.mean(axis=0) - before.mean(axis=0))[varying] / spread[varying]
    return float(moved.mean()) if len(moved) else float("nan")


def boundary_length(margins: Floats, step: tuple[float, float]) -> float:
    """Return the length of the line on which a function on a grid changes its sign.

    Within every cell of the grid the line is straight between its crossings of the cell's edges, which are found by
    linear interpolation (marching squares; the middle decides between the two ways of a saddle).

    Args:
        margins: `[rows, columns]`, the function's values.
        step: width of a column and height of a row.
    """
    a, b = margins[:-1, :-1], margins[:-1, 1:]
    d, c = margins[1:, :-1], margins[1:, 1:]
    corners = ((a, b), (b, c), (d, c), (a, d))  # bottom, right, top, left
    crossed = [(p >= 0) != (q >= 0) for p, q in corners]
    at = [
        np.where(m, p / np.where(m, p - q, 1.0), 0.0)
        for m, (p, q) in zip(crossed, corners, strict=True)
    ]
    one, zero = np.ones_like(a), np.zeros_like(a)
    xs, ys = (at[0], one, at[2], zero), (zero, at[1], one, at[3])

    def between(i: int, j: int, where: npt.NDArray[np.bool_]) -> float:
        length = np.hypot((xs[i] - xs[j]) * step[0], (ys[i] - ys[j]) * step[1])
        return float(length[where].sum())

    count = np.sum(crossed, axis=0)
    total = sum(
        between(i, j, (count == 2) & crossed[i] & crossed[j])
        for i in range(4)
        for j in range(i + 1, 4)
    )
    saddle = count == 4
    joined = (a + b + c + d >= 0) == (a >= 0)  # the corners a and c are joined through the middle
    total += between(0, 1, saddle & joined) + between(2, 3, saddle & joined)
    return total + between(0, 3, saddle & ~joined) + between(1, 2, saddle & ~joined)
