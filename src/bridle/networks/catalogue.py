"""Networks as people write them: `mlp`, `cnn`, `cnn(filters=[8,16])`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bridle.domains import Domain, Integer, Several
from bridle.errors import UserError, shown, unknown
from bridle.grammar import Call, Value, parse_call
from bridle.methods.base import Shape
from bridle.names import find
from bridle.networks import MLP_NAME
from bridle.networks.base import Network
from bridle.networks.cnn import CNN
from bridle.networks.mlp import MLP
from bridle.networks.resnet_mlp import ResNetMLP


@dataclass(frozen=True)
class Argument:
    """One argument of a kind of network: `filters` in `cnn(filters=[8,16])`."""

    name: str
    domain: Domain
    default: Value


@dataclass(frozen=True)
class Kind:
    """A kind of network.

    Attributes:
        name: as written in a specification.
        adjective: as in "a … network".
        build: makes it of shape, widths, outputs, activation and arguments.
        fits: raises a UserError where it cannot be built for examples of a shape.
        arguments: in the order in which a canonical specification writes them.
        widths: of the dense hidden layers by default; `None` leaves them to the data set.
        details: what its arguments mean, in words.
    """

    name: str
    adjective: str
    build: Callable[..., Network]
    fits: Callable[[Call, Shape], None] = lambda call, shape: None
    arguments: tuple[Argument, ...] = ()
    widths: tuple[int, ...] | None = None
    details: Callable[[Call], tuple[str, ...]] = lambda call: ()


def _images_fit(call: Call, shape: Shape) -> None:
    if len(shape) not in (2, 3):
        raise UserError(
            f"The network {call.name} expects images, examples of shape (height, width) or (height, width, channels); "
            f"received examples of shape {shape}. Give images, such as digits, mnist or X [n, height, width], or "
            f"choose the network {MLP_NAME}."
        )
    halvings = len(_filters(call))
    if min(shape[:2]) < 2**halvings:
        advice = "fewer filters or " if halvings > 1 else ""
        raise UserError(
            f"The network {call} halves its images {halvings} times, so they must be at least "
            f"{2**halvings}×{2**halvings}; received {shape[0]}×{shape[1]}. Choose {advice}the network {MLP_NAME}."
        )


def _filters(call: Call) -> tuple[int, ...]:
    filters: Any = call.arguments["filters"]
    return tuple(filters)


KINDS = {
    kind.name: kind
    for kind in (
        Kind(MLP_NAME, "fully connected", MLP),
        Kind(
            "cnn",
            "convolutional",
            CNN,
            _images_fit,
            (Argument("filters", Several(Integer(1, 4096)), (16, 32)),),
            widths=(64,),
            details=lambda call: (
                f"{'–'.join(map(str, _filters(call)))} filters of 3×3, each with 2×2 max pooling",
            ),
        ),
        Kind(
            "resnet_mlp",
            "residual",
            ResNetMLP,
            arguments=(Argument("blocks", Integer(0, 1000), 2),),
            widths=(64,),
            details=lambda call: (f"blocks after each layer: {call.arguments['blocks']}",),
        ),
    )
}
"""Every kind of network by name."""

ALIASES = {
    "dense": MLP_NAME,
    "fc": MLP_NAME,
    "fully_connected": MLP_NAME,
    "convnet": "cnn",
    "conv": "cnn",
    "resnet": "resnet_mlp",
    "residual_mlp": "resnet_mlp",
}
"""What others call them."""


def read(text: str) -> Call:
    """Read a network's name and arguments, and write out every default.

    Raises:
        UserError: an unknown name, an unknown argument, or a value outside its domain.
    """
    if not isinstance(text, str):
        raise UserError(
            f"network must be text such as 'cnn(filters=[8,16])'; received {shown(text)}."
        )
    call = parse_call(text)
    name = find(call.name, KINDS, ALIASES)
    if name is None:
        raise unknown("network", call.name, KINDS)
    known = {argument.name: argument for argument in KINDS[name].arguments}
    for key in call.arguments:
        if not known:
            raise UserError(f"{name} takes no arguments; received {key!r}. Its layers are widths.")
        if key not in known:
            raise unknown(f"argument of {name}", key, known)
    return Call(
        name,
        {
            key: argument.domain.check(f"{name}.{key}", call.arguments.get(key, argument.default))
            for key, argument in known.items()
        },
    )


def canonical(text: str) -> str:
    """Return the text that stands for a network in files: every argument written out."""
    return str(read(text))


def network(
    text: str,
    shape: Shape,
    classes: int,
    widths: tuple[int, ...],
    activation: str,
    precision: str = "float32",
) -> Network:
    """Return the network that a text means, for examples of `shape` in so many `classes`.

    Raises:
        UserError: there is none, or it does not fit the examples.
    """
    call = read(text)
    kind = KINDS[call.name]
    kind.fits(call, shape)
    # two classes share one logit
    outputs = 1 if classes == 2 else classes
    return kind.build(shape, widths, outputs, activation, precision, **call.arguments)


def default_widths(text: str) -> tuple[int, ...] | None:
    """Return the dense hidden layers that suit a network; `None` where the data set decides."""
    return KINDS[read(text).name].widths


def in_words(text: str, widths: Sequence[int], activation: str) -> str:
    """Say what a network is: `fully connected, 128–128 units, relu`."""
    call = read(text)
    kind = KINDS[call.name]
    return ", ".join(
        [kind.adjective, *kind.details(call), f"{'–'.join(map(str, widths))} units", activation]
    )
