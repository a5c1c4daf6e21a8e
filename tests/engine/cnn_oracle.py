"""A convolutional network trained by a plain loop in NumPy, in float64, with its gradients worked out by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.engine.numpy_draws import NumpyDraws
from tests.engine.oracle import Network, Oracle, full_logits, log_softmax


@dataclass
class ConvolutionalNetwork(Network):
    """Kernels of convolutions `[3, 3, in, out]` first, then those of dense layers."""

    convolutions: int = 0

    def copy(self) -> ConvolutionalNetwork:
        def copies(leaves: list[np.ndarray]) -> list[np.ndarray]:
            return [leaf.copy() for leaf in leaves]

        return ConvolutionalNetwork(
            copies(self.weights),
            copies(self.biases),
            copies(self.scales),
            copies(self.offsets),
            copies(self.means),
            copies(self.variances),
            self.convolutions,
        )

    def layer(self, i: int) -> str:
        return f"conv_{i}" if i < self.convolutions else f"dense_{i - self.convolutions}"

    def named(self) -> dict[str, np.ndarray]:
        found = {}
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            found[f"{self.layer(i)}/kernel"], found[f"{self.layer(i)}/bias"] = weight, bias
        for i, (scale, offset) in enumerate(zip(self.scales, self.offsets, strict=True)):
            found[f"batch_norm/{self.layer(i)}/pre/scale"] = scale
            found[f"batch_norm/{self.layer(i)}/pre/offset"] = offset
        return found

    def moments(self) -> dict[str, np.ndarray]:
        found = {}
        for i, (mean, variance) in enumerate(zip(self.means, self.variances, strict=True)):
            found[f"batch_norm/{self.layer(i)}/pre/mean"] = mean
            found[f"batch_norm/{self.layer(i)}/pre/variance"] = variance
        return found


def windows(x: np.ndarray) -> np.ndarray:
    """All 3×3 windows of images with zeros around: `[B, H, W, 3, 3, C]`."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    found = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return found.transpose(0, 1, 2, 4, 5, 3)


def pool(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest of each 2×2 window, and where it is."""
    b, h, w, c = x.shape
    cells = x[:, : h // 2 * 2, : w // 2 * 2].reshape(b, h // 2, 2, w // 2, 2, c)
    cells = cells.transpose(0, 1, 3, 2, 4, 5).reshape(b, h // 2, w // 2, 4, c)
    return cells.max(3), cells.argmax(3)


def unpool(error: np.ndarray, place: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    b, h, w, c = error.shape
    cells = np.zeros((b, h, w, 4, c))
    np.put_along_axis(cells, place[:, :, :, None], error[:, :, :, None], 3)
    out = np.zeros(shape)
    cells = cells.reshape(b, h, w, 2, 2, c).transpose(0, 1, 3, 2, 4, 5)
    out[:, : 2 * h, : 2 * w] = cells.reshape(b, 2 * h, 2 * w, c)
    return out


class ConvolutionalOracle(Oracle):
    def __init__(self, *, side: int, filters: tuple[int, ...], **given: Any) -> None:
        super().__init__(**given)
        self.side, self.filters = side, filters

    def initial(self, features: int) -> ConvolutionalNetwork:
        assert features == self.side**2
        channels = [1, *self.filters]
        last = self.side // 2 ** len(self.filters)
        dense = [last**2 * channels[-1], *self.widths, self.classes]
        shapes = [(3, 3, *channels[i : i + 2]) for i in range(len(self.filters))]
        shapes += [tuple(dense[i : i + 2]) for i in range(len(dense) - 1)]
        network = ConvolutionalNetwork([], [], convolutions=len(self.filters))
        for i, shape in enumerate(shapes):
            limit = math.sqrt(6 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1])))
            uniform = self.draws.at("init", f"{network.layer(i)}/kernel").uniform(shape)
            network.weights.append((2 * uniform - 1) * limit)
            network.biases.append(np.zeros(shape[-1]))
        if self.norm:
            sizes = [shape[-1] for shape in shapes[:-1]]
            network.scales, network.variances = ([np.ones(n) for n in sizes] for _ in "ab")
            network.offsets, network.means = ([np.zeros(n) for n in sizes] for _ in "ab")
        return network

    def predict(self, network: Network, x: np.ndarray) -> np.ndarray:
        assert isinstance(network, ConvolutionalNetwork)
        x = x.reshape(-1, self.side, self.side, 1)
        for i in range(len(network.weights) - 1):
            x = self.affine(network, i, x)
            if self.norm:
                deviation = np.sqrt(network.variances[i] + self.norm["epsilon"])
                x = (x - network.means[i]) / deviation * network.scales[i] + network.offsets[i]
            x = self.function(x)
            if i < network.convolutions:
                x, _ = pool(x)
        return full_logits(self.affine(network, len(network.weights) - 1, x))

    def affine(self, network: ConvolutionalNetwork, i: int, x: np.ndarray) -> np.ndarray:
        if i < network.convolutions:
            x = np.einsum("bhwijc,ijco->bhwo", windows(x), network.weights[i])
        else:
            x = x.reshape(len(x), -1) @ network.weights[i]
        return np.asarray(x + network.biases[i])

    def gradients(
        self, network: Network, x: np.ndarray, y: np.ndarray, draws: NumpyDraws
    ) -> dict[str, np.ndarray]:
        n, layers = len(x), len(network.weights) - 1
        assert isinstance(network, ConvolutionalNetwork)
        x = x.reshape(-1, self.side, self.side, 1)
        dropout = self.setting.get("dropout")
        if dropout:
            x = x * self.mask(draws, "input", x.shape, dropout["input_rate"])
        inputs, befores, normals, deviations, places, masks = [], [], [], [], [], []
        for i in range(layers):
            inputs.append(x)
            x = self.affine(network, i, x)
            if self.norm:
                axes = tuple(range(x.ndim - 1))
                mean, variance = x.mean(axes), x.var(axes)
                keep = self.norm["momentum"]
                network.means[i] = keep * network.means[i] + (1 - keep) * mean
                network.variances[i] = keep * network.variances[i] + (1 - keep) * variance
                deviations.append(np.sqrt(variance + self.norm["epsilon"]))
                normals.append((x - mean) / deviations[i])
                x = normals[i] * network.scales[i] + network.offsets[i]
            befores.append(x)
            x = self.function(x)
            if i < network.convolutions:
                x, place = pool(x)
                places.append(place)
            if dropout:
                rate = dropout["rate"]
                rate = rate[i] if isinstance(rate, tuple) else rate
                masks.append(self.mask(draws, f"{network.layer(i)}/post", x.shape, rate))
                x = x * masks[i]
        inputs.append(x)
        logits = self.affine(network, layers, x)
        error = (np.exp(log_softmax(logits)) - np.eye(self.classes)[y]) / n
        grads = {}
        for i in reversed(range(layers + 1)):
            name, kernel = network.layer(i), network.weights[i]
            grads[f"{name}/bias"] = error.sum(tuple(range(error.ndim - 1)))
            if i < network.convolutions:
                grads[f"{name}/kernel"] = np.einsum("bhwijc,bhwo->ijco", windows(inputs[i]), error)
                turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
                error = np.einsum("bhwijo,ijoc->bhwc", windows(error), turned)
            else:
                grads[f"{name}/kernel"] = inputs[i].reshape(n, -1).T @ error
                error = (error @ kernel.T).reshape(inputs[i].shape)
            if i == 0:
                break
            below = i - 1
            if dropout:
                error = error * masks[below]
            if below < network.convolutions:
                error = unpool(error, places[below], befores[below].shape)
            error = error * self.slope(befores[below])
            if self.norm:
                at, normal = f"batch_norm/{network.layer(below)}/pre", normals[below]
                axes = tuple(range(error.ndim - 1))
                grads[f"{at}/scale"] = (error * normal).sum(axes)
                grads[f"{at}/offset"] = error.sum(axes)
                error = error * network.scales[below]
                error = error - error.mean(axes) - normal * (error * normal).mean(axes)
                error = error / deviations[below]
        return grads
