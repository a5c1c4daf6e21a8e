"""Networks as people write them: `mlp`, `cnn`, `cnn(filters=[8,16])`."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.errors import UserError, shown, unknown
from bridle.grammar import Call, parse_call
from bridle.names import find
from bridle.networks.base import Network, Shape
from bridle.networks.cnn import CNN
from bridle.networks.mlp import MLP

NETWORKS: dict[str, type[Network]] = {kind.name: kind for kind in (MLP, CNN)}
"""Every network by name."""


def read(text: str) -> Call:
    """Read a network's name and arguments, and write out every default.

    Raises:
        UserError: an unknown name, an unknown argument, or a value outside its domain.
    """
    if not isinstance(text, str):
        raise UserError(
            f"network must be text such as 'cnn(filters=[8,16])'; received {shown(text)}."
        )
    call = parse_call(text, unnamed=True)
    aliases = {alias: kind.name for kind in NETWORKS.values() for alias in kind.aliases}
    name = find(call.name, NETWORKS, aliases)
    if name is None:
        raise unknown("network", call.name, NETWORKS)
    return NETWORKS[name].signature().resolve(call)


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
    kind = NETWORKS[call.name]
    if reason := kind.unfit(call, shape):
        raise UserError(reason)
    # two classes share one logit
    outputs = 1 if classes == 2 else classes
    return kind(shape, widths, outputs, activation, precision, **call.arguments)


def default_widths(text: str) -> tuple[int, ...] | None:
    """Return the dense hidden layers that suit a network; `None` where the data set decides."""
    return NETWORKS[read(text).name].default_widths


def in_words(text: str, widths: Sequence[int], activation: str) -> str:
    """Say what a network is: `fully connected, 128–128 units, relu`."""
    call = read(text)
    kind = NETWORKS[call.name]
    parts = [kind.adjective, kind.described(call), f"{'–'.join(map(str, widths))} units"]
    return ", ".join([*filter(None, parts), activation])
