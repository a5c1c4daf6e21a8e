"""A network behind an embedding trained by a plain loop in NumPy, in float64, with its gradients worked out by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import truncnorm

from bridle.data.dataset import Split
from tests.engine.numpy_draws import NumpyDraws
from tests.engine.oracle import Network, Oracle, Trained


@dataclass
class EmbeddedNetwork(Network):
    """The dense layers' weights, and those of the embedding by name."""

    front: dict[str, np.ndarray] = field(default_factory=dict)

    def copy(self) -> EmbeddedNetwork:
        weights, biases = ([w.copy() for w in ws] for ws in (self.weights, self.biases))
        return EmbeddedNetwork(weights, biases, front={k: w.copy() for k, w in self.front.items()})

    def named(self) -> dict[str, np.ndarray]:
        return self.front | super().named()


class EmbeddedOracle(Oracle):
    """Quantities and categories are positions in an example; categories those of columns that are embedded.

    Encodes by `bins`, or by `frequencies` first drawn with `sigma`.
    """

    def __init__(
        self,
        *,
        quantities: list[int],
        categories: list[list[int]],
        size: int,
        bins: int = 0,
        frequencies: int = 0,
        sigma: float = 0.0,
        relu: bool = False,
        **given: Any,
    ) -> None:
        super().__init__(**given)
        self.quantities, self.categories, self.size, self.relu = quantities, categories, size, relu
        self.bins, self.frequencies, self.sigma = bins, frequencies, sigma
        self.edges: list[np.ndarray] = []

    def train(self, split: Split, epochs: int) -> Trained:
        rows = (split.inputs[split.train].astype(float) - split.shift) * split.scale
        levels = np.linspace(0, 1, self.bins + 1)
        self.edges = [np.quantile(rows[:, at], levels) for at in self.quantities]
        return super().train(split, epochs)

    def initial(self, features: int) -> EmbeddedNetwork:
        count, size = len(self.quantities), self.size
        embedded = {at for places in self.categories for at in places}
        others = features - count - len(embedded)
        dense = super().initial((count + len(self.categories)) * size + others)
        front: dict[str, np.ndarray] = {}
        if self.frequencies:
            name = "embed/frequencies"
            drawn = self.draws.at("init", name).uniform((count, self.frequencies))
            front[name] = self.sigma * truncnorm(-3, 3).ppf(drawn)
        shapes = {"embed/quantities/kernel": (self.bins + 2 * self.frequencies, count)}
        for places in self.categories:
            assert len(places) == len(self.categories[0])
            shapes[f"embed/categories_{len(places)}/kernel"] = (len(places), len(self.categories))
        for name, (k, columns) in shapes.items():
            uniform = self.draws.at("init", name).uniform((k, columns * size))
            front[name] = (2 * uniform - 1) * math.sqrt(6 / (k + size))
        front["embed/quantities/bias"] = np.zeros(count * size)
        return EmbeddedNetwork(dense.weights, dense.biases, front=front)

    def encoded(self, network: EmbeddedNetwork, place: int, x: np.ndarray) -> np.ndarray:
        """Numbers `x [n]` of the quantity at a place, encoded as `[n, k]`."""
        if self.frequencies:
            angle = 2 * np.pi * x[:, None] * network.front["embed/frequencies"][place]
            return np.hstack([np.cos(angle), np.sin(angle)])
        edges = self.edges[place]
        found = np.zeros((len(x), self.bins))
        real = [t for t in range(self.bins) if edges[t] < edges[t + 1]]
        for t in real:
            part = (x - edges[t]) / (edges[t + 1] - edges[t])
            part = part if t == real[0] else np.maximum(part, 0)
            found[:, t] = part if t == real[-1] else np.minimum(part, 1)
        return found

    def embedded(self, network: EmbeddedNetwork, x: np.ndarray) -> np.ndarray:
        parts, size, front = [], self.size, network.front
        for place, at in enumerate(self.quantities):
            own = slice(place * size, (place + 1) * size)
            kernel = front["embed/quantities/kernel"][:, own]
            part = self.encoded(network, place, x[:, at]) @ kernel
            part = part + front["embed/quantities/bias"][own]
            parts.append(np.maximum(part, 0) if self.relu else part)
        for place, places in enumerate(self.categories):
            kernel = front[f"embed/categories_{len(places)}/kernel"]
            parts.append(x[:, places] @ kernel[:, place * size : (place + 1) * size])
        taken = {*self.quantities, *(at for places in self.categories for at in places)}
        return np.hstack([*parts, x[:, [at for at in range(x.shape[1]) if at not in taken]]])

    def predict(self, network: Network, x: np.ndarray) -> np.ndarray:
        assert isinstance(network, EmbeddedNetwork)
        return super().predict(network, self.embedded(network, x))

    def gradients(
        self, network: Network, x: np.ndarray, y: np.ndarray, draws: NumpyDraws
    ) -> dict[str, np.ndarray]:
        assert isinstance(network, EmbeddedNetwork)
        seen, n, size = self.embedded(network, x), len(x), self.size
        grads = super().gradients(network, seen, y, draws)
        # the first bias's gradient on one example is that of its activations, before the mean
        alone = [
            super(EmbeddedOracle, self).gradients(network, seen[i : i + 1], y[i : i + 1], draws)
            for i in range(n)
        ]
        errors = np.stack([one["dense_0/bias"] for one in alone]) / n
        back = errors @ network.weights[0].T
        own = {name: np.zeros_like(w) for name, w in network.front.items()}
        for place, at in enumerate(self.quantities):
            units = slice(place * size, (place + 1) * size)
            error = back[:, units] * ((seen[:, units] > 0) if self.relu else 1.0)
            encoded = self.encoded(network, place, x[:, at])
            own["embed/quantities/kernel"][:, units] = encoded.T @ error
            own["embed/quantities/bias"][units] = error.sum(0)
            if self.frequencies:
                pull = error @ network.front["embed/quantities/kernel"][:, units].T
                cosines, sines = np.hsplit(encoded, 2)
                of_cosines, of_sines = np.hsplit(pull, 2)
                slopes = 2 * np.pi * x[:, at, None] * (of_sines * cosines - of_cosines * sines)
                own["embed/frequencies"][place] = slopes.sum(0)
        first = len(self.quantities) * size
        for place, places in enumerate(self.categories):
            kernel = own[f"embed/categories_{len(places)}/kernel"]
            units = slice(first + place * size, first + (place + 1) * size)
            kernel[:, place * size : (place + 1) * size] = x[:, places].T @ back[:, units]
        return grads | own
