"""Embeddings as people write them: `ple`, `periodic(sigma=0.1)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridle.errors import UserError, did_you_mean
from bridle.grammar import Call, parse_call
from bridle.methods.hook_types import Shape
from bridle.names import find
from bridle.networks.embedding import Embedding
from bridle.networks.periodic import Periodic
from bridle.networks.piecewise_linear import PiecewiseLinear
from bridle.signature import Argument
from bridle.tables.layout import Layout

KINDS: Mapping[str, type[Embedding]] = {kind.name: kind for kind in (PiecewiseLinear, Periodic)}
"""Embeddings by name."""


_WRITTEN = " or ".join(kind.signature().write(Call(name)) for name, kind in KINDS.items())


@dataclass(frozen=True)
class EmbeddingCall:
    """The domain of `embed`: `none`, or an embedding with its arguments."""

    def describe(self) -> str:
        """Say what is expected."""
        return f"none or {_WRITTEN}"

    def check(self, name: str, value: Any) -> str | None:
        """Return the text of an embedding with every argument written out, or None; or raise a UserError."""
        if value is None:
            return None
        if isinstance(value, str):
            call = parse_call(value)
            aliases = {alias: kind.name for kind in KINDS.values() for alias in kind.aliases}
            found = find(call.name, KINDS, aliases)
            if found is not None:
                return KINDS[found].signature().write(call)
        hint = did_you_mean(str(value), KINDS).strip()
        raise UserError(argument=name, expected=self.describe(), received=value, advice=hint)


EMBED = Argument(
    "embed",
    EmbeddingCall(),
    None,
    f"what a table's columns become first: {_WRITTEN}",
    silent=True,
)
"""The argument of networks that may begin with an embedding."""


def in_words_of(text: str) -> str:
    """Describe an embedding: `piecewise-linear embeddings of size 8`."""
    call = parse_call(text)
    return f"{KINDS[call.name].words} of size {call.arguments['size']}"


def embedding(text: str, network: str, shape: Shape, layout: Layout | None) -> Embedding:
    """Return the embedding that a text means, for examples of `shape`.

    Args:
        text: as `EmbeddingCall` returns it.
        network: the name of the network behind it, for messages.
        shape: of one example.
        layout: what the numbers of an example are; `None` if all are quantities.

    Raises:
        UserError: the examples are images, or hold no quantities.
    """
    call = parse_call(text)
    if len(shape) != 1:
        raise UserError(
            f"{network}(embed={call.name}) embeds the columns of a table; received images, examples of shape {shape}. "
            f"Choose the network {network}."
        )
    layout = layout or Layout.plain(shape[0])
    if not layout.quantities:
        raise UserError(
            f"{network}(embed={call.name}) embeds numbers, dates and ordinals; the data have none. "
            f"Choose the network {network}."
        )
    arguments: dict[str, Any] = dict(call.arguments)
    return KINDS[call.name](shape[0], layout, **arguments)
