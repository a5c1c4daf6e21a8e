"""PyTorch, networks packed into one: `torch.baddbmm` over [networks, batch, units], fused Adam.

Networks with and without dropout are packed apart, as Bridle's programs are, so that neither pays for the other.
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.peers import jobs
from benchmarks.peers.jobs import Setting
from benchmarks.peers.serve import Measure, serve, timed


class Packed:
    """Networks side by side, each with its own strengths and its own order of the examples."""

    def __init__(self, settings: list[Setting], sizes: list[int], learning_rate: float) -> None:
        count = len(settings)
        self.kernels, self.biases = [], []
        for n_in, n_out in itertools.pairwise(sizes):
            limit = math.sqrt(6 / (n_in + n_out))
            kernel = torch.empty(count, n_in, n_out).uniform_(-limit, limit)
            self.kernels.append(kernel.requires_grad_())
            self.biases.append(torch.zeros(count, 1, n_out, requires_grad=True))
        self.scales, self.shifts = [], []
        if settings[0].batch_norm:
            self.scales = [torch.ones(count, 1, n, requires_grad=True) for n in sizes[1:-1]]
            self.shifts = [torch.zeros(count, 1, n, requires_grad=True) for n in sizes[1:-1]]
            self.means = [torch.zeros(count, 1, n) for n in sizes[1:-1]]
            self.variances = [torch.ones(count, 1, n) for n in sizes[1:-1]]
        column = {key: torch.tensor([getattr(s, key) for s in settings]) for key in Setting._fields}
        self.l1 = column["l1"] if column["l1"].any() else None
        self.l2 = column["l2"] if column["l2"].any() else None
        self.rate = column["dropout"][:, None, None] if column["dropout"].any() else None
        parameters = [*self.kernels, *self.biases, *self.scales, *self.shifts]
        self.adam = torch.optim.Adam(parameters, lr=learning_rate, fused=True)

    def logits(self, x: Tensor, train: bool) -> Tensor:
        """Return logits [networks, batch, outputs] of `x [networks, batch, features]`."""
        last = len(self.kernels) - 1
        for i, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, kernel)
            if i == last:
                return x
            if self.scales:
                x = self.normalize(i, x, train)
            x = torch.relu(x)
            if train and self.rate is not None:
                x = x * (torch.rand_like(x) >= self.rate) / (1 - self.rate)
        raise AssertionError

    def normalize(self, i: int, x: Tensor, train: bool) -> Tensor:
        """Normalize by the moments of the batch, or by the moving ones."""
        if train:
            variance, mean = torch.var_mean(x, 1, keepdim=True, correction=0)
            self.means[i].lerp_(mean.detach(), 0.01)
            self.variances[i].lerp_(variance.detach(), 0.01)
        else:
            mean, variance = self.means[i], self.variances[i]
        scale = self.scales[i] * torch.rsqrt(variance + 1e-3)
        return (x - mean) * scale + self.shifts[i]

    def penalty(self) -> Tensor | float:
        """Return the penalties of all networks, which do not share weights, added up."""
        total: Tensor | float = 0.0
        for kernel in self.kernels:
            if self.l1 is not None:
                total = total + (self.l1 * kernel.abs().sum((1, 2))).sum()
            if self.l2 is not None:
                total = total + (self.l2 * kernel.square().sum((1, 2))).sum()
        return total


def prepare(
    data: str,
    job: str,
    batch: int,
    epochs: int,
    learning_rate: float,
    packs: list[int],
) -> Measure:
    """Return what trains packs of networks, one after another, validating after each epoch.

    Args:
        data: a data set, as `bridle.data.load` reads it.
        job: `moons` or `mnist`.
        batch: examples of a step of each network.
        epochs: of every network.
        learning_rate: of Adam.
        packs: how many networks are packed, for each kind: penalties and dropout; on MNIST batch norm too.
    """
    (x, y), (xv, yv) = ((torch.from_numpy(a), torch.from_numpy(b)) for a, b in jobs.examples(data))
    if job == "moons":
        sizes, kinds = [2, 128, 128, 1], [jobs.PENALTIES, jobs.DROPOUTS]
    else:
        sizes, kinds = [784, 512, 256, 10], [jobs.FIVE[:3], jobs.FIVE[3:4], jobs.FIVE[4:]]

    def losses(logits: Tensor, labels: Tensor) -> Tensor:
        if job == "moons":
            return functional.binary_cross_entropy_with_logits(
                logits[..., 0], labels.float(), reduction="none"
            )
        flat = functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten().expand(logits[..., 0].numel()), reduction="none"
        )
        return flat.view(logits.shape[:2])

    def run(settings: list[Setting]) -> None:
        count = len(settings)
        packed = Packed(settings, sizes, learning_rate)
        validation = xv.expand(count, *xv.shape)
        labels = yv.expand(count, -1)
        for _ in range(epochs):
            orders = torch.rand(count, len(x)).argsort(1)
            for rows in orders.split(batch, 1):
                loss = losses(packed.logits(x[rows], True), y[rows]).mean(1).sum()
                loss = loss + packed.penalty()
                packed.adam.zero_grad()
                loss.backward()
                packed.adam.step()
            with torch.inference_mode():
                for xs, ys in zip(validation.split(1000, 1), labels.split(1000, 1), strict=True):
                    logits = packed.logits(xs, False)
                    losses(logits, ys.contiguous()).mean(1).tolist()
                    guess = logits[..., 0] > 0 if job == "moons" else logits.argmax(2)
                    (guess == ys).float().mean(1).tolist()

    groups = [
        list(itertools.islice(itertools.cycle(kind), size))
        for size, kind in zip(packs, kinds, strict=True)
    ]

    def train() -> int:
        for settings in groups:
            run(settings)
        return sum(map(len, groups)) * epochs * -(-len(x) // batch)

    return lambda: timed(train)


if __name__ == "__main__":
    serve(prepare)
