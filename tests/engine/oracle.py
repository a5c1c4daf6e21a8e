"""One network trained by a plain loop in NumPy, in float64, with its gradients worked out by hand.

It shares no code with Bridle. What it takes over is what defines a run: the names under which random numbers are
drawn, and the meaning of every method. The last batch of an epoch is smaller, not padded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridle.data.dataset import Split
from tests.engine.numpy_draws import NumpyDraws

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def gelu_inner(x: np.ndarray) -> np.ndarray:
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def elu_slope(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))


Function = Callable[[np.ndarray], np.ndarray]
ACTIVATIONS: dict[str, tuple[Function, Function]] = {  # function, derivative
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
    "elu": (elu, elu_slope),
    "selu": (
        lambda x: SELU_SCALE * elu(x, SELU_ALPHA),
        lambda x: SELU_SCALE * elu_slope(x, SELU_ALPHA),
    ),
    "gelu": (
        lambda x: 0.5 * x * (1 + np.tanh(gelu_inner(x))),
        lambda x: (
            0.5 * (1 + np.tanh(gelu_inner(x)))
            + 0.5
            * x
            * (1 - np.tanh(gelu_inner(x)) ** 2)
            * math.sqrt(2 / math.pi)
            * (1 + 3 * 0.044715 * x**2)
        ),
    ),
}


@dataclass
class Network:
    """Weights by layer; with batch normalization also scale, offset and moving moments by hidden layer."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    scales: list[np.ndarray] = field(default_factory=list)
    offsets: list[np.ndarray] = field(default_factory=list)
    means: list[np.ndarray] = field(default_factory=list)
    variances: list[np.ndarray] = field(default_factory=list)

    def copy(self) -> Network:
        return Network(*([leaf.copy() for leaf in leaves] for leaves in vars(self).values()))

    def named(self) -> dict[str, np.ndarray]:
        """The trained parameters, by Bridle's names; the arrays themselves."""
        found = {}
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            found[f"dense_{i}/kernel"], found[f"dense_{i}/bias"] = weight, bias
        for i, (scale, offset) in enumerate(zip(self.scales, self.offsets, strict=True)):
            found[f"batch_norm/dense_{i}/pre/scale"] = scale
            found[f"batch_norm/dense_{i}/pre/offset"] = offset
        return found

    def moments(self) -> dict[str, np.ndarray]:
        found = {}
        for i, (mean, variance) in enumerate(zip(self.means, self.variances, strict=True)):
            found[f"batch_norm/dense_{i}/pre/mean"] = mean
            found[f"batch_norm/dense_{i}/pre/variance"] = variance
        return found


@dataclass
class Trained:
    weights: dict[str, np.ndarray]
    history: dict[str, list[float]]
    epochs_run: int
    best_epoch: int
    network: Network
    first_step: dict[str, np.ndarray]  # the parameters after one step


def full_logits(z: np.ndarray) -> np.ndarray:
    return z if z.shape[1] > 1 else np.column_stack([np.zeros(len(z)), z[:, 0]])


def log_softmax(z: np.ndarray) -> np.ndarray:
    shifted = z - z.max(1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))


class Oracle:
    def __init__(
        self,
        *,
        widths: tuple[int, ...],
        classes: int,
        setting: dict[str, dict[str, Any]],
        activation: str = "relu",
        optimizer: str = "adam",
        momentum: float = 0.9,
        learning_rate: float = 0.01,
        batch_size: int = 32,
        seed: int = 0,
        replicate: int = 0,
    ) -> None:
        self.widths, self.classes, self.setting = widths, classes, setting
        self.function, self.slope = ACTIVATIONS[activation]
        self.optimizer, self.momentum, self.learning_rate = optimizer, momentum, learning_rate
        self.batch_size = batch_size
        self.draws = NumpyDraws.of(seed, replicate)
        self.norm = setting.get("batch_norm")

    def initial(self, features: int) -> Network:
        sizes = [features, *self.widths, 1 if self.classes == 2 else self.classes]
        weights = []
        for i in range(len(sizes) - 1):
            limit = math.sqrt(6 / (sizes[i] + sizes[i + 1]))
            uniform = self.draws.at("init", f"dense_{i}/kernel").uniform((sizes[i], sizes[i + 1]))
            weights.append((2 * uniform - 1) * limit)
        network = Network(weights, [np.zeros(n) for n in sizes[1:]])
        if self.norm:
            network.scales, network.variances = ([np.ones(n) for n in self.widths] for _ in "ab")
            network.offsets, network.means = ([np.zeros(n) for n in self.widths] for _ in "ab")
        return network

    # forward and backward ------------------------------------------------------------------------

    def predict(self, network: Network, x: np.ndarray) -> np.ndarray:
        for i in range(len(self.widths)):
            x = x @ network.weights[i] + network.biases[i]
            if self.norm:
                deviation = np.sqrt(network.variances[i] + self.norm["epsilon"])
                x = (x - network.means[i]) / deviation * network.scales[i] + network.offsets[i]
            x = self.function(x)
        return full_logits(x @ network.weights[-1] + network.biases[-1])

    def mask(self, draws: NumpyDraws, slot: str, shape: tuple[int, ...], rate: float) -> np.ndarray:
        # rates are compared in float32, as the program holds them
        kept = draws.at("dropout", slot).uniform(shape) >= np.float64(np.float32(rate))
        return np.asarray(kept / (1 - rate))

    def gradients(
        self, network: Network, x: np.ndarray, y: np.ndarray, draws: NumpyDraws
    ) -> dict[str, np.ndarray]:
        """Gradients of the mean cross-entropy; moves the moving moments."""
        setting, n = self.setting, len(x)
        if "augmentation" in setting:
            h = setting["augmentation"]
            x = x + h["strength"] * h["jitter"] * draws.at("augmentation").normal(x.shape)
        dropout = setting.get("dropout")
        if dropout:
            x = x * self.mask(draws, "input", x.shape, dropout["input_rate"])
        inputs, befores, normals, deviations, masks = [], [], [], [], []
        for i in range(len(self.widths)):
            inputs.append(x)
            x = x @ network.weights[i] + network.biases[i]
            if self.norm:
                mean, variance = x.mean(0), x.var(0)
                keep = self.norm["momentum"]
                network.means[i] = keep * network.means[i] + (1 - keep) * mean
                network.variances[i] = keep * network.variances[i] + (1 - keep) * variance
                deviations.append(np.sqrt(variance + self.norm["epsilon"]))
                normals.append((x - mean) / deviations[i])
                x = normals[i] * network.scales[i] + network.offsets[i]
            befores.append(x)
            x = self.function(x)
            if dropout:
                rate = dropout["rate"]
                rate = rate[i] if isinstance(rate, tuple) else rate
                masks.append(self.mask(draws, f"dense_{i}/post", x.shape, rate))
                x = x * masks[i]
        inputs.append(x)
        logits = full_logits(x @ network.weights[-1] + network.biases[-1])
        error = (np.exp(log_softmax(logits)) - np.eye(self.classes)[y]) / n
        if self.classes == 2:
            error = error[:, 1:]  # the first logit is always 0
        grads = {}
        for i in reversed(range(len(network.weights))):
            grads[f"dense_{i}/kernel"] = inputs[i].T @ error
            grads[f"dense_{i}/bias"] = error.sum(0)
            if i == 0:
                break
            error = error @ network.weights[i].T
            if dropout:
                error = error * masks[i - 1]
            error = error * self.slope(befores[i - 1])
            if self.norm:
                at = f"batch_norm/dense_{i - 1}/pre"
                normal = normals[i - 1]
                grads[f"{at}/scale"] = (error * normal).sum(0)
                grads[f"{at}/offset"] = error.sum(0)
                error = error * network.scales[i - 1]
                error = error - error.mean(0) - normal * (error * normal).mean(0)
                error = error / deviations[i - 1]
        return grads

    # penalties -----------------------------------------------------------------------------------

    def l1_l2(self) -> list[tuple[float, float, bool, bool]]:
        """λ₁, λ₂, whether L1 is in the loss, whether biases are penalized, for every method that penalizes."""
        found = []
        for name, h in self.setting.items():
            if name == "l1":
                found.append((h["strength"], 0.0, h["update"] == "subgradient", h["biases"]))
            elif name == "l2":
                found.append((0.0, h["strength"], False, h["biases"]))
            elif name == "elastic_net":
                share = h["l1_ratio"]
                in_loss = h["update"] == "subgradient"
                found.append(
                    (h["strength"] * share, h["strength"] * (1 - share), in_loss, h["biases"])
                )
        return found

    def penalty(self, network: Network) -> float:
        total = 0.0
        for l1, l2, _, biases in self.l1_l2():
            for name, w in network.named().items():
                if biases or name.endswith("/kernel"):
                    total += l1 * np.abs(w).sum() + l2 * (w**2).sum()
        return total

    # training ------------------------------------------------------------------------------------

    def step(
        self, network: Network, grads: dict[str, np.ndarray], memory: dict[str, Any], count: int
    ) -> None:
        for name, w in network.named().items():
            kernel = name.endswith("/kernel")
            g = grads[name].copy()
            for l1, l2, in_loss, biases in self.l1_l2():
                if kernel or biases:
                    g += 2 * l2 * w + (l1 * np.sign(w) if in_loss else 0.0)
            old = w.copy()
            if self.optimizer == "adam":
                m, v = memory.get(name, (np.zeros_like(w), np.zeros_like(w)))
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
                memory[name] = m, v
                rate = self.learning_rate / (np.sqrt(v / (1 - 0.999**count)) + 1e-7)
                w -= rate * m / (1 - 0.9**count)
            else:
                memory[name] = self.momentum * memory.get(name, 0.0) + g
                rate = self.learning_rate / (1 - self.momentum)
                w -= self.learning_rate * memory[name]
            decay = self.setting.get("weight_decay")
            if decay and (kernel or decay["biases"]):
                w -= self.learning_rate * decay["strength"] * old
            for l1, _, in_loss, biases in self.l1_l2():
                if not in_loss and (kernel or biases):
                    w[...] = np.sign(w) * np.maximum(np.abs(w) - rate * l1, 0)

    def measure(self, network: Network, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        logits = self.predict(network, x)
        loss = -log_softmax(logits)[np.arange(len(y)), y].mean()
        return loss, (logits.argmax(1) == y).mean()

    def train(self, split: Split, epochs: int) -> Trained:
        """Train on a `Split`; only its arrays are read."""

        def part(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            x = (split.inputs[rows].astype(float) - split.shift) * split.scale
            return x, split.targets[rows]

        x, y = part(split.train)
        validation = part(split.validation)
        probe = part(split.train[: len(split.validation)])
        network = self.initial(x.shape[1])
        memory: dict[str, Any] = {}
        history: dict[str, list[float]] = {}
        stopping = self.setting.get("early_stopping")
        best, best_loss, best_epoch = network.copy(), math.inf, 0
        count, first_step = 0, {}
        for epoch in range(1, epochs + 1):
            order = self.draws.at("order", epoch - 1).permutation(len(x))
            for start in range(0, len(x), self.batch_size):
                rows = order[start : start + self.batch_size]
                draws = self.draws.at("step", count)
                count += 1
                grads = self.gradients(network, x[rows], y[rows], draws)
                self.step(network, grads, memory, count)
                if count == 1:
                    first_step = {name: w.copy() for name, w in network.named().items()}
            kernels = [w.ravel() for w in network.weights]
            flat = np.concatenate(kernels)
            train_loss, train_score = self.measure(network, *probe)
            val_loss, val_score = self.measure(network, *validation)
            row = {
                "train_loss": train_loss,
                "train_score": train_score,
                "val_loss": val_loss,
                "val_score": val_score,
                "penalty": self.penalty(network),
                "weight_norm": np.sqrt((flat**2).sum()),
                "exact_zeros": (flat == 0).mean(),
            }
            for name, value in row.items():
                history.setdefault(name, []).append(float(value))
            if stopping:
                if val_loss < best_loss - stopping["min_delta"]:
                    best, best_loss, best_epoch = network.copy(), val_loss, epoch
                elif epoch - best_epoch >= stopping["patience"]:
                    break
        if stopping and math.isfinite(stopping["patience"]):
            network, last = best, best_epoch
        else:
            last = epoch
        weights = {**network.named(), **network.moments()}
        return Trained(weights, history, epoch, last, network, first_step)
