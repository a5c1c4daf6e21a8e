"""Networks as people write them: `mlp`, `cnn`, `cnn(filters=[8,16])`."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

import bridle.networks
from bridle.data.dataset import Dataset
from bridle.domains import Choice
from bridle.errors import Unquoted, UserError
from bridle.grammar import Call
from bridle.methods.hook_types import Shape
from bridle.networks.base import ACTIVATION_ALIASES, ACTIVATIONS, Network
from bridle.networks.embedded import Embedded
from bridle.networks.embeddings import EMBED, embedding, in_words_of
from bridle.registry import Registry, accept_class, classes_of
from bridle.signature import Argument
from bridle.tables.layout import Layout
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
    """Return the text that stands for a network in files: every argument written out, but for `embed=none`."""
    kind, call = _read(text)
    return kind.signature().write(call)


def network(
    text: str,
    shape: Shape,
    task: Task,
    widths: tuple[int, ...],
    activation: str,
    precision: str = "float32",
    layout: Layout | None = None,
) -> Network:
    """Return the network that a text means, for examples of `shape` and what is learned of them.

    Args:
        text: its name and arguments.
        shape: of one example.
        task: what is learned.
        widths: units of each dense hidden layer.
        activation: of the hidden layers.
        precision: of the factors of the dense layers' products.
        layout: what the numbers of an example are; `None` if all are quantities.

    Raises:
        UserError: there is none, or it does not fit the examples.
    """
    kind, call = _read(text)
    activation = Choice(tuple(ACTIVATIONS), ACTIVATION_ALIASES).check("activation", activation)
    if reason := kind.unfit(call, shape):
        raise UserError(reason)
    own, embed = _apart(kind, call)
    front = None if embed is None else embedding(embed, kind.name, shape, layout)
    seen = shape if front is None else (front.units,)
    built = kind(seen, widths, task.outputs, activation, precision, task.values, **own.arguments)
    return built if front is None else Embedded.of(front, built)


def network_for(dataset: Dataset, text: str, widths: tuple[int, ...], activation: str) -> Network:
    """Return the network that a text means, for the examples of a data set and what is learned of them.

    Args:
        dataset: the data set.
        text: its name and arguments.
        widths: units of each dense hidden layer.
        activation: of the hidden layers.

    Raises:
        UserError: there is none, or it does not fit the examples.
    """
    return network(text, dataset.shape, dataset.task, widths, activation, layout=dataset.layout)


def _apart(kind: type[Network], call: Call) -> tuple[Call, str | None]:
    """Return a call without its embedding, and the embedding's text."""
    if not kind.embeds:
        return call, None
    own: dict[str, Any] = dict(call.arguments)
    embed = own.pop(EMBED.name)
    return Call(call.name, own), embed


def default_widths(text: str) -> tuple[int, ...] | None:
    """Return the default dense hidden layers of a network; `None` if the data set decides."""
    return _read(text)[0].default_widths


def in_words(text: str, widths: Sequence[int], activation: str) -> str:
    """Describe a network: `fully connected, 128–128 units, relu`."""
    kind, call = _read(text)
    own, embed = _apart(kind, call)
    front = "" if embed is None else in_words_of(embed)
    parts = [kind.adjective, front, kind.described(own), f"{'–'.join(map(str, widths))} units"]
    return ", ".join([*filter(None, parts), activation])
