"""A small convolutional network for images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from jax import Array

from bridle.domains import Integer, IntegerList
from bridle.grammar import Call
from bridle.methods.hook_types import Params, Shape, Slot
from bridle.networks import MLP_NAME
from bridle.networks.base import ACTIVATIONS, RISING, At, Network
from bridle.networks.convolution import convolve, max_pool
from bridle.networks.mlp import MLP
from bridle.signature import Argument


@dataclass(frozen=True)
class CNN(Network):
    """3×3 convolutions, each with activation and 2×2 max pooling, then dense layers and logits.

    Parameters: `conv_0/kernel [3, 3, in, out]`, `conv_0/bias [out]` and so on, then those of an MLP on the flattened
    last images. Activations of convolutions are `[B, H, W, filters]`: at `conv_0/pre` before the activation, at
    `conv_0/post` after activation and pooling, as the next layer sees them. Pooling halves a side and leaves the last
    row or column of an odd one out: 28 → 14 → 7 → 3.

    Attributes:
        shape: of one example, `[H, W]` or `[H, W, channels]`.
        filters: of each convolution.
    """

    name: ClassVar[str] = "cnn"
    aliases: ClassVar[tuple[str, ...]] = ("convnet", "conv")
    adjective: ClassVar[str] = "convolutional"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("filters", IntegerList(Integer(1, 4096)), (16, 32), "of each convolution"),
    )
    default_widths: ClassVar[tuple[int, ...] | None] = (64,)

    filters: tuple[int, ...] = field(default=(16, 32), kw_only=True)

    @classmethod
    def unfit(cls, call: Call, shape: Shape) -> str:
        """Return what is wrong with examples that are no images, or too small for the number of poolings."""
        if len(shape) not in (2, 3):
            return (
                f"The network {call.name} expects images, examples of shape (height, width) or "
                f"(height, width, channels); received examples of shape {shape}. Give images, such as digits, mnist or "
                f"X [n, height, width], or choose the network {MLP_NAME}."
            )
        halvings = len(_filters(call))
        if min(shape[:2]) < 2**halvings:
            advice = "fewer filters or " if halvings > 1 else ""
            return (
                f"The network {call} halves its images {halvings} times, so they must be at least "
                f"{2**halvings}×{2**halvings}; received {shape[0]}×{shape[1]}. "
                f"Choose {advice}the network {MLP_NAME}."
            )
        return ""

    @classmethod
    def described(cls, call: Call) -> str:
        """Return the convolutions in words."""
        filters = "–".join(map(str, _filters(call)))
        return f"{filters} filters of 3×3, each with 2×2 max pooling"

    def slots(self) -> list[Slot]:
        """Return the slots: the input, each layer before and after its activation, the logits."""
        convolutions = [
            Slot(kind, i, filters, f"conv_{i}/{kind}")
            for i, filters in enumerate(self.filters)
            for kind in ("pre", "post")
        ]
        rest = [self._later(slot) for slot in self._rest.slots()[1:]]
        return [Slot("input", 0, self._images[0][-1], "input"), *convolutions, *rest]

    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters by name."""
        found: dict[str, Shape] = {}
        for i, (image, filters) in enumerate(zip(self._images, self.filters, strict=False)):
            found[f"conv_{i}/kernel"] = (3, 3, image[-1], filters)
            found[f"conv_{i}/bias"] = (filters,)
        return found | self._rest.shapes()

    def apply(self, params: Params, x: Array, at: At) -> Array:
        """Return the logits `[B, K]` of examples `x [B, *shape]`."""
        slots = iter(self.slots())
        activation, rising = ACTIVATIONS[self.activation], self.activation in RISING
        x = at(next(slots), x.reshape(-1, *self._images[0]))
        for i in range(len(self.filters)):
            x = convolve(x, params[f"conv_{i}/kernel"]) + params[f"conv_{i}/bias"]
            x = at(next(slots), x)
            # an activation that never decreases gives the same result after pooling, at a quarter of the cost
            first, then = (max_pool, activation) if rising else (activation, max_pool)
            x = at(next(slots), then(first(x)))

        def later(slot: Slot, x: Array) -> Array:
            return x if slot.kind == "input" else at(self._later(slot), x)

        return self._rest.apply(params, x, later)

    def picture(self) -> str:
        """Return the layers, from the images to the logits: `8×8 → conv 16 → conv 32 → 64 → 10`."""
        sides = "×".join(map(str, self.shape))
        layers = [f"conv {filters}" for filters in self.filters]
        units = map(str, (*self.widths, self.outputs))
        return " → ".join([sides, *layers, *units])

    @property
    def kept(self) -> int:
        """Number of values that a training step keeps for the backward pass of one example."""
        return sum(
            height * width * filters
            for (height, width, _), filters in zip(self._images, self.filters, strict=False)
        )

    @property
    def _images(self) -> list[tuple[int, int, int]]:
        """Height, width and channels of what each convolution sees, and of what the dense layers see."""
        height, width, channels = self.shape if len(self.shape) == 3 else (*self.shape, 1)
        found = [(height, width, channels)]
        for filters in self.filters:
            height, width = height // 2, width // 2
            found.append((height, width, filters))
        return found

    @property
    def _rest(self) -> MLP:
        """The dense layers."""
        return MLP(
            self._images[-1],
            self.widths,
            self.outputs,
            self.activation,
            self.precision,
            self.values,
        )

    def _later(self, slot: Slot) -> Slot:
        """Return a slot of the dense layers with its place in the whole network."""
        return slot._replace(layer=slot.layer + len(self.filters))


def _filters(call: Call) -> tuple[int, ...]:
    filters: Any = call.arguments["filters"]
    return tuple(filters)
