"""Muon: orthogonal steps for the kernels of dense hidden layers, Adam for all else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from bridle.domains import Choice, Flag, Integer, Real
from bridle.methods.arguments import declare
from bridle.methods.card import Card
from bridle.methods.hook_types import EMBEDDINGS, Fixed, Params, Rate, is_kernel
from bridle.methods.papers import Paper
from bridle.optimizers.adam import Adam
from bridle.optimizers.base import SHARE, Optimizer, decay, decayed, fixed_rate

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the polynomial that Jordan iterates: singular values end near 1, between 0.7 and 1.2."""

RMS = 0.2
"""The root mean square of Adam's steps in units of its learning rate, as Liu et al. found it."""


class MuonState(NamedTuple):
    """The momentum of hidden kernels by name, and Adam's state for the other parameters."""

    momentum: Params
    adam: Any


@dataclass(frozen=True)
class Muon(Optimizer):
    """Muon (Jordan et al. 2024): momentum whose singular values are all made 1 by Newton and Schulz's iteration.

    It moves the kernels `[in, out]` of dense hidden layers. The output layer's kernel, embeddings, kernels of
    convolutions, biases and parameters of normalization are Adam's, as Jordan advises. A force λ beside the averaged
    gradient M acts as under Lion: on a weight where λ > |M|, by a step of the kernel's root mean square.
    """

    name = "muon"
    card = Card(
        title="Muon",
        summary="Moves each dense hidden layer's kernel by its orthogonalized momentum, and all else by Adam.",
        formula="W ← W − lr·(s·O + weight_decay·W), with O ≈ UVᵀ where momentum = UΣVᵀ, by Newton–Schulz iterations; "
        "s = 0.2·√max(in, out), or √max(1, out/in)",
        papers=(
            Paper(
                "Jordan, Keller and others",
                2024,
                "Muon: An Optimizer for Hidden Layers in Neural Networks",
                url="https://kellerjordan.github.io/posts/muon",
                kind="misc",
            ),
            Paper(
                "Liu, Jingyuan and others",
                2025,
                "Muon is Scalable for LLM Training",
                arxiv="2502.16982",
                kind="misc",
                about="s",
            ),
        ),
        when="Wide dense hidden layers, where directions with small gradients matter.",
        beware="A step costs several products of each hidden kernel with itself: many times Adam's on small "
        "batches. The output layer, convolutions, biases and normalization are left to Adam. A proximal step (l1) "
        "takes a weight towards zero where the penalty is stronger than the averaged gradient, by a usual step.",
        elsewhere={
            "Keras": "keras.optimizers.Muon, with weight decay of 0.004 by default",
            "PyTorch": "torch.optim.Muon, of matrices only, with weight decay of 0.1 by default",
            "timm": "timm.optim.Muon",
            "Optax": "optax.contrib.muon",
        },
    )

    momentum: float = declare(0.95, SHARE, "the share kept of the mean gradient", ("beta", "mu"))
    nesterov: bool = declare(True, Flag(), "look ahead by one step of the momentum")
    ns_steps: int = declare(5, Integer(1, 20), "iterations of Newton and Schulz")
    scale: str = declare(
        "rms",
        Choice(("rms", "width")),
        "rms: steps as large as Adam's, so that its learning rates serve; width: Jordan's √max(1, out/in)",
    )
    weight_decay: float = decay()
    b1: float = declare(0.9, SHARE, "Adam's β₁, for the other parameters", ("beta1", "beta_1"))
    b2: float = declare(0.999, SHARE, "Adam's β₂", ("beta2", "beta_2"))
    eps: float = declare(1e-7, Real(0.0, open_low=True), "Adam's ε", ("epsilon",))

    def init(self, params: Params) -> MuonState:
        """Return zero moments; all kernels of two axes but embeddings and the last are hidden."""
        dense = [name for name, leaf in params.items() if is_kernel(name) and leaf.ndim == 2]
        hidden = [name for name in dense if not name.startswith(EMBEDDINGS)][:-1]
        rest = {name: leaf for name, leaf in params.items() if name not in hidden}
        return MuonState(
            {name: jnp.zeros_like(params[name]) for name in hidden}, self._adam.init(rest)
        )

    def step(
        self, params: Params, grads: Params, state: MuonState, learning_rate: Array, count: Array
    ) -> tuple[Params, MuonState, Rate]:
        """Take one step: Muon's where the state holds a momentum, Adam's elsewhere."""
        hidden = state.momentum.keys()
        rest = [{k: v for k, v in tree.items() if k not in hidden} for tree in (params, grads)]
        new, adam, rate = self._adam.step(rest[0], rest[1], state.adam, learning_rate, count)
        n, beta = count.astype(jnp.float32), self.momentum
        momentum, averaged, fixed = {}, {}, {}
        for name in hidden:
            grad = grads[name]
            momentum[name] = beta * state.momentum[name] + (1 - beta) * grad
            mean = momentum[name] / (1 - beta**n)
            if self.nesterov:
                ahead = momentum[name] / (1 - beta ** (n + 1))
                mean = beta * ahead + (1 - beta) * grad / (1 - beta**n)
            averaged[name] = mean
            orthogonal = orthogonalized(mean, self.ns_steps, self.eps)
            step = -learning_rate * self._scale(*grad.shape) * orthogonal
            fixed[name] = Fixed(step, jnp.sqrt(jnp.square(step).mean()))
            new[name] = params[name] + step
        if self.weight_decay:
            new = decayed(new, params, learning_rate * self.weight_decay)
        state = MuonState(momentum, adam)
        return new, state, fixed_rate(learning_rate, fixed, averaged, rate.per_weight)

    @property
    def _adam(self) -> Adam:
        return Adam(self.b1, self.b2, self.eps)

    def _scale(self, n_in: int, n_out: int) -> float:
        if self.scale == "rms":
            return RMS * math.sqrt(max(n_in, n_out))
        return math.sqrt(max(1.0, n_out / n_in))


def orthogonalized(x: Array, steps: int = 5, eps: float = 1e-7) -> Array:
    """Return a matrix with the singular vectors of `x [m, n]` and singular values near 1 (Newton and Schulz).

    Args:
        x: any matrix.
        steps: how many iterations.
        eps: added to the norm by which `x` is divided first.
    """
    a, b, c = COEFFICIENTS
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (jnp.linalg.norm(x) + eps)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x
