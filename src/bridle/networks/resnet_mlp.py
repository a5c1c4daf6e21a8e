"""A residual multilayer perceptron."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

from jax import Array

from bridle.domains import Integer
from bridle.grammar import Call
from bridle.methods.hook_types import Params, Shape, Slot
from bridle.networks.base import ACTIVATIONS, At, Network
from bridle.networks.dense import dense
from bridle.signature import Argument


@dataclass(frozen=True)
class ResNetMLP(Network):
    """An MLP whose every hidden layer is followed by residual blocks of its width, before its activation.

    A block adds to its input a branch of two layers, each an activation and then a dense layer (the "pre-activation" of
    He, Zhang, Ren and Sun 2016, Identity Mappings in Deep Residual Networks, ECCV; arXiv:1603.05027), or several such
    branches, which share the activation of the input. Without blocks it is an MLP.

    Parameters: `dense_0/kernel [in, out]`, `dense_0/bias [out]` and so on as in an MLP, and for each block
    `block_0/dense_0/kernel`, …, `block_0/dense_1/bias`; a second branch has `block_0/dense_2` and `block_0/dense_3`. A
    block has the slots `block_0/pre`, `block_0/post` (of its input), `block_0/dense_0/pre`, `block_0/dense_0/post`
    (the same of `block_0/dense_2` in a second branch), and `block_0/merge`.

    Attributes:
        blocks: residual blocks after each hidden layer.
        branches: of each block.
    """

    name: ClassVar[str] = "resnet_mlp"
    aliases: ClassVar[tuple[str, ...]] = ("resnet", "residual_mlp")
    adjective: ClassVar[str] = "residual"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("blocks", Integer(0, 1000), 2, "residual blocks after each hidden layer"),
        Argument("branches", Integer(1, 100), 1, "of each block, added up", silent=True),
    )
    default_widths: ClassVar[tuple[int, ...] | None] = (64,)
    embeds: ClassVar[bool] = True
    variants: ClassVar[tuple[str, ...]] = ("resnet_mlp(branches=2)",)

    blocks: int = field(default=2, kw_only=True)
    branches: int = field(default=1, kw_only=True)

    @classmethod
    def described(cls, call: Call) -> str:
        """Return the blocks in words."""
        branches = call.arguments["branches"]
        more = "" if branches == 1 else f" of {branches} branches"
        return f"blocks after each layer: {call.arguments['blocks']}{more}"

    def slots(self) -> list[Slot]:
        """Return the slots, in the order in which a forward pass meets them."""
        found = [Slot("input", 0, math.prod(self.shape), "input")]
        layer = block = 0

        def add(place: str, width: int) -> None:
            nonlocal layer
            found.extend(Slot(kind, layer, width, f"{place}/{kind}") for kind in ("pre", "post"))
            layer += 1

        for i, width in enumerate(self.widths):
            for name in self._blocks(i):
                add(name, width)
                for first, _ in self._branches(name):
                    add(first, width)
                found.append(Slot("merge", block, width, f"{name}/merge", self.branches))
                block += 1
            add(f"dense_{i}", width)
        return [*found, Slot("logits", layer, self.columns, "logits")]

    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters by name."""
        found: dict[str, Shape] = {}

        def add(name: str, n_in: int, n_out: int) -> None:
            found[f"{name}/kernel"], found[f"{name}/bias"] = (n_in, n_out), (n_out,)

        size = math.prod(self.shape)
        for i, width in enumerate(self.widths):
            add(f"dense_{i}", size, width)
            for block in self._blocks(i):
                for first, second in self._branches(block):
                    add(first, width, width)
                    add(second, width, width)
            size = width
        add(f"dense_{len(self.widths)}", size, self.outputs)
        return found

    def apply(self, params: Params, x: Array, at: At) -> Array:
        """Return the logits `[B, K]` of examples `x [B, *shape]`."""
        slots = {slot.name: slot for slot in self.slots()}
        activation = ACTIVATIONS[self.activation]

        def affine(name: str, x: Array) -> Array:
            return dense(x, params[f"{name}/kernel"], params[f"{name}/bias"], self.precision)

        def activated(name: str, x: Array) -> Array:
            return at(slots[f"{name}/post"], activation(at(slots[f"{name}/pre"], x)))

        x = at(slots["input"], x.reshape(x.shape[0], -1))
        for i in range(len(self.widths)):
            x = affine(f"dense_{i}", x)
            for block in self._blocks(i):
                seen = activated(block, x)
                branches = [
                    affine(second, activated(first, affine(first, seen)))
                    for first, second in self._branches(block)
                ]
                x = at(slots[f"{block}/merge"], x, *branches)
            x = activated(f"dense_{i}", x)
        return at(slots["logits"], self.returned(affine(f"dense_{len(self.widths)}", x)))

    def picture(self) -> str:
        """Return the layers in a line: `64 → 128 + 2 blocks → 10`."""
        blocks = f"{self.blocks} block{'s' * (self.blocks != 1)}"
        if self.branches > 1:
            blocks += f" of {self.branches} branches"
        hidden = [f"{width} + {blocks}" for width in self.widths]
        return " → ".join([str(math.prod(self.shape)), *hidden, str(self.outputs)])

    def _blocks(self, layer: int) -> list[str]:
        """Return the names of the blocks after a hidden layer."""
        return [f"block_{layer * self.blocks + i}" for i in range(self.blocks)]

    def _branches(self, block: str) -> list[tuple[str, str]]:
        """Return the names of the two layers of each branch of a block."""
        return [
            (f"{block}/dense_{2 * i}", f"{block}/dense_{2 * i + 1}") for i in range(self.branches)
        ]
