"""What a trained network is like, in a number: pure functions of weights, activations, histories and predictions."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from bridle.methods.hook_types import is_kernel
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


def perturbed(weights: Arrays, share: float, random: np.random.Generator) -> Arrays:
    """Return weights with Gaussian noise on every kernel, whose norm is a share of the kernel's own.

    Args:
        weights: by name.
        share: of the norm.
        random: where the noise is drawn from.
    """

    def moved(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        noise = random.normal(size=kernel.shape)
        noise *= share * np.linalg.norm(kernel) / np.linalg.norm(noise)
        return (kernel + noise).astype(np.float32)

    return {name: moved(value) if is_kernel(name) else value for name, value in weights.items()}


def lengths(weights: Arrays) -> Floats:
    """Return the norms of all units' incoming weights, of every kernel."""
    norms = [
        np.linalg.norm(value.astype(np.float64).reshape(-1, value.shape[-1]), axis=0)
        for name, value in weights.items()
        if is_kernel(name)
    ]
    return np.concatenate(norms)


def negative(weights: Arrays) -> float:
    """Return the share of the kernels' weights that is below 0."""
    values = np.concatenate([value.ravel() for name, value in weights.items() if is_kernel(name)])
    return float((values < 0).mean())


def overlap(kernel: npt.NDArray[np.float32]) -> float:
    """Return the mean absolute cosine between the incoming weights of two units; of its inputs if there are fewer.

    Args:
        kernel: `[in, out]`.
    """
    wide = kernel.shape[1] > kernel.shape[0]
    rows = (kernel if wide else kernel.T).astype(np.float64)
    rows = rows[np.linalg.norm(rows, axis=1) > 0]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    count = len(rows)
    if count < 2:
        return float("nan")
    return float((np.abs(rows @ rows.T).sum() - count) / (count * (count - 1)))


def distance(weights: Arrays, first: Arrays) -> float:
    """Return the norm of what the kernels moved from the first weights, over all kernels together."""
    squares = [((weights[name] - first[name]) ** 2).sum() for name in first if is_kernel(name)]
    return float(np.sqrt(np.sum(squares)))


def entropy(probabilities: Floats) -> float:
    """Return the mean entropy of predictions `[n, K]`, in nats."""
    p = probabilities.astype(np.float64)
    return float(-(p * np.log(np.maximum(p, 1e-300))).sum(axis=1).mean())


def erased(
    x: npt.NDArray[np.float32], share: float, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return images with a square at a random place set to 0, the same in every channel.

    Args:
        x: `[n, height, width, ...]`, as the network sees them.
        share: of each side.
        random: where the places are drawn from.
    """
    count, height, width = x.shape[:3]
    tall, wide = max(1, round(share * height)), max(1, round(share * width))
    top = random.integers(0, height - tall + 1, count)[:, None]
    left = random.integers(0, width - wide + 1, count)[:, None]
    rows, columns = np.arange(height)[None], np.arange(width)[None]
    inside = ((rows >= top) & (rows < top + tall))[:, :, None]
    inside = inside & ((columns >= left) & (columns < left + wide))[:, None, :]
    return np.where(inside.reshape(*inside.shape, *(1,) * (x.ndim - 3)), np.float32(0), x)


def swapped(
    x: npt.NDArray[np.float32], share: float, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return rows `[n, d]` of which a random share of the numbers is that of a random other row.

    Args:
        x: the rows.
        share: of the numbers.
        random: where both are drawn from.
    """
    others = random.integers(0, len(x), x.shape)
    return np.where(random.random(x.shape) < share, x[others, np.arange(x.shape[1])], x)
