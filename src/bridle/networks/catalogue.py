"""Networks as people write them: `mlp`, `cnn`, `cnn(filters=[8,16])`."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

import bridle.networks
from bridle.domains import Choice
from bridle.errors import Unquoted, UserError
from bridle.grammar import Call
from bridle.methods.hook_types import Shape
from bridle.networks.base import ACTIVATION_ALIASES, ACTIVATIONS, Network
from bridle.registry import Registry, accept_class, classes_of
from bridle.signature import Argument
from bridle.tasks import Task


def _built_in() -> list[type[Network]]:
    return classes_of(bridle.networks, Network)


def _accept(found: Any, name: str, origin: str) -> type[Network]:
    declares = {"adjective": str, "arguments": [Argument], "aliases": [str]}
    kind: type[Network] = accept_class(found, name, origin, Network, declares)
    fields = signature(kind).parameters
    for argument in kind.arguments:
        if argument.name not in fields:
            raise UserError(
                argument=origin,
                verb="have",
                expected="a field for each of its arguments",
                received=Unquoted(f"none for {argument.name}"),
            )
    return kind


NETWORKS: Registry[type[Network]] = Registry("bridle.networks", "network", _built_in, _accept)
"""Networks by name."""


def read(text: str) -> Call:
    """Read a network's name and arguments, and write out every default.

    Raises:
        UserError: an unknown name, an unknown argument, or a value outside its domain.
    """
    return _read(text)[1]


def _read(text: str) -> tuple[type[Network], Call]:
    if not isinstance(text, str):
        raise UserError(
            argument="network", expected="text such as 'cnn(filters=[8,16])'", received=text
        )
    return NETWORKS.read(text)


def canonical(text: str) -> str:
    """Return the text that stands for a network in files: every argument written out."""
    return str(read(text))


def network(
    text: str,
    shape: Shape,
    task: Task,
    widths: tuple[int, ...],
    activation: str,
    precision: str = "float32",
) -> Network:
    """Return the network that a text means, for examples of `shape` and what is learned of them.

    Raises:
        UserError: there is none, or it does not fit the examples.
    """
    kind, call = _read(text)
    activation = Choice(tuple(ACTIVATIONS), ACTIVATION_ALIASES).check("activation", activation)
    if reason := kind.unfit(call, shape):
        raise UserError(reason)
    return kind(shape, widths, task.outputs, activation, precision, task.values, **call.arguments)


def default_widths(text: str) -> tuple[int, ...] | None:
    """Return the default dense hidden layers of a network; `None` if the data set decides."""
    return _read(text)[0].default_widths


def in_words(text: str, widths: Sequence[int], activation: str) -> str:
    """Describe a network: `fully connected, 128–128 units, relu`."""
    kind, call = _read(text)
    parts = [kind.adjective, kind.described(call), f"{'–'.join(map(str, widths))} units"]
    return ", ".join([*filter(None, parts), activation])
