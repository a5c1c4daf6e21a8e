"""The networks that recipes describe, as parts in the order of a forward pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bridle.errors import UserError, listed_names
from bridle.networks.base import Network
from bridle.networks.cnn import CNN
from bridle.networks.embedded import Embedded
from bridle.networks.mlp import MLP
from bridle.networks.resnet_mlp import ResNetMLP


@dataclass(frozen=True)
class Part:
    """A part of a network.

    Attributes:
        kind: `dense` or `conv`, a layer with weights; `activation`; `flatten`; `branch` and `merge`, the ends of the
            branch of a residual block.
        name: of the layer or block, as the network calls it: `dense_0`, `block_0/dense_1`.
        inputs: of a layer, channels or units before it; 0 for the number of features.
        units: of a layer or an activation, its filters or units.
        number: of an activation, its place among all; of a block its number.
        pools: of an activation, whether 2×2 max pooling follows.
        depth: 1 inside of a branch, otherwise 0.
    """

    kind: str
    name: str = ""
    inputs: int = 0
    units: int = 0
    number: int = 0
    pools: bool = False
    depth: int = 0


def parts(network: Network) -> tuple[Part, ...]:
    """Return the parts of a network, without its embedding.

    Args:
        network: one that recipes can describe.

    Raises:
        UserError: it is another.
    """
    behind = network.network if isinstance(network, Embedded) else network
    if type(behind) not in _PARTS:
        raise UserError(
            f"The network {network.name} has no recipe: recipes are of "
            f"{listed_names(kind.name for kind in _PARTS)}."
        )
    slots = {slot.name: slot for slot in behind.slots()}
    shapes = behind.shapes()
    found = []
    for part in _PARTS[type(behind)](behind):
        if part.kind in ("dense", "conv"):
            *_, inputs, units = shapes[f"{part.name}/kernel"]
            part = dataclasses.replace(part, inputs=inputs, units=units)
        elif part.kind == "activation":
            slot = slots[f"{part.name}/pre"]
            part = dataclasses.replace(part, units=slot.features, number=slot.layer)
        elif part.kind == "merge":
            part = dataclasses.replace(part, number=slots[f"{part.name}/merge"].layer)
        found.append(part)
    if found[0].kind == "flatten":
        found[1] = dataclasses.replace(found[1], inputs=0)
    return tuple(found)


def _of_mlp(network: Network) -> Iterator[Part]:
    yield Part("flatten")
    for at in range(len(network.widths)):
        yield Part("dense", f"dense_{at}")
        yield Part("activation", f"dense_{at}")
    yield Part("dense", f"dense_{len(network.widths)}")


def _of_resnet_mlp(network: Network) -> Iterator[Part]:
    blocks = network.blocks if isinstance(network, ResNetMLP) else 0
    yield Part("flatten")
    for at in range(len(network.widths)):
        yield Part("dense", f"dense_{at}")
        for number in range(at * blocks, (at + 1) * blocks):
            block = f"block_{number}"
            yield Part("branch", block)
            for end in (0, 1):
                before = f"{block}/dense_0" if end else block
                yield Part("activation", before, depth=1)
                yield Part("dense", f"{block}/dense_{end}", depth=1)
            yield Part("merge", block, depth=1)
        yield Part("activation", f"dense_{at}")
    yield Part("dense", f"dense_{len(network.widths)}")


def _of_cnn(network: Network) -> Iterator[Part]:
    for at in range(len(network.filters if isinstance(network, CNN) else ())):
        yield Part("conv", f"conv_{at}")
        yield Part("activation", f"conv_{at}", pools=True)
    yield from _of_mlp(network)


_PARTS: Mapping[type[Network], Callable[[Network], Iterator[Part]]] = {
    MLP: _of_mlp,
    CNN: _of_cnn,
    ResNetMLP: _of_resnet_mlp,
}
