"""A network behind an embedding."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jax import Array

from bridle.draws import Draws
from bridle.methods.hook_types import Params, Shape, Slot
from bridle.networks.base import At, Network
from bridle.networks.embedding import Embedding


@dataclass(frozen=True)
class Embedded(Network):
    """A network of vectors whose examples pass through an embedding first; its slots are the network's.

    So the input slot holds what the first dense layer sees, `[B, units]` of the embedding.

    Attributes:
        front: the embedding.
        network: the network, for examples of `front.units` numbers.
    """

    front: Embedding = field(kw_only=True)
    network: Network = field(kw_only=True)

    @classmethod
    def of(cls, front: Embedding, network: Network) -> Embedded:
        """Return a network behind an embedding."""
        return cls(
            (front.features,),
            network.widths,
            network.outputs,
            network.activation,
            network.precision,
            network.values,
            front=front,
            network=network,
        )

    def slots(self) -> list[Slot]:
        """Return the slots of the network."""
        return self.network.slots()

    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters of both."""
        return self.front.shapes() | self.network.shapes()

    def constants(self) -> dict[str, Shape]:
        """Return the shapes of what the embedding fits on training rows."""
        return self.front.constants()

    def fit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Return what the embedding fits on the training rows `x [n, d]`."""
        return self.front.fit(x)

    def init(self, draws: Draws) -> Params:
        """Draw the parameters of both."""
        return self.front.init(draws) | self.network.init(draws)

    def apply(self, params: Params, x: Array, at: At) -> Array:
        """Return the outputs of the network for embedded examples `x [B, d]`."""
        return self.network.apply(params, self.front.apply(params, x), at)

    def picture(self) -> str:
        """Return the layers in a line: `14 → ple 160 → 64 → 2`."""
        return f"{self.front.features} → {self.front.name} {self.network.picture()}"

    @property
    def kept(self) -> int:
        """Number of values that a training step keeps for the backward pass of one example."""
        return self.front.kept + self.network.kept
