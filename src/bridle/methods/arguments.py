"""What is written `name(argument=value)` and declared as a dataclass: optimizers, and schedules."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from bridle.domains import Domain
from bridle.errors import Unquoted, UserError
from bridle.grammar import Call, Value, parse_call
from bridle.methods.card import Card
from bridle.methods.papers import Paper
from bridle.registry import Registry, accept_class, check_declared
from bridle.signature import Argument, Signature


def declare(default: Value, domain: Domain, words: str, aliases: tuple[str, ...] = ()) -> Any:
    """Declare an argument, as the field of a dataclass: its default, what it may be, and what it does.

    Args:
        default: its value where none is given.
        domain: what it may be.
        words: what it does, for the help.
        aliases: what others call it; understood in its place.

    Returns:
        A dataclass field that carries the declaration.
    """
    declared = {"domain": domain, "help": words, "aliases": aliases}
    return dataclasses.field(default=default, metadata=declared)


class Declared:
    """Base of everything written `name(argument=value)`. Subclasses are frozen dataclasses of their arguments.

    Attributes:
        name: as written in commands and files.
        aliases: other names that are also understood.
        card: what to know about it.
        principal: the argument that a value without a name means, as in `sgd(0.9)`; `None` where every value needs one.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    card: ClassVar[Card]
    principal: ClassVar[str | None] = None

    @classmethod
    def signature(cls) -> Signature:
        """Return the signature of the arguments in parentheses."""
        own: Any = cls
        fields: Sequence[Any] = dataclasses.fields(own)
        arguments = tuple(
            Argument(
                field.name,
                field.metadata["domain"],
                field.default,
                field.metadata["help"],
                aliases=field.metadata["aliases"],
            )
            for field in fields
        )
        return Signature(
            cls.name,
            arguments,
            principal=cls.principal,
            advice=f"See `bridle explain {cls.name}`.",
            beside=("learning_rate", "epochs", "batch_size"),
        )


D = TypeVar("D", bound=Declared)


def accept(base: Any, found: Any, name: str, origin: str) -> Any:
    """Return a class that a package or a reference gave, after checking what it declares.

    Args:
        base: what it must be a subclass of.
        found: what was given.
        name: under which it is known here.
        origin: where it comes from, for messages.

    Raises:
        UserError: it is no such class, or declares something wrong.
    """
    kind = accept_class(found, name, origin, base, {"card": Card, "aliases": [str]})
    check_declared(kind.card, f"{origin}.card", {"papers": [Paper]})
    for field in dataclasses.fields(kind):
        if "domain" not in field.metadata:
            raise UserError(
                argument=f"{origin}.{field.name}",
                expected="declared by bridle.methods.arguments.declare",
                received=Unquoted("another field"),
            )
        field.metadata["domain"].check(f"{origin}: the default of {field.name}", field.default)
    return kind


def built(registry: Registry[type[D]], text: str) -> D:
    """Return what a text names, with the arguments that it gives: `cosine(warmup=0.05)`.

    Args:
        registry: where the name is looked up.
        text: as written.

    Raises:
        UserError: an unknown name or argument, or a value outside its domain.
    """
    kind, call = given(registry, text)
    arguments: Any = call.arguments
    return kind(**arguments)


def given(registry: Registry[type[D]], text: str) -> tuple[type[D], Call]:
    """Return what a text names, and the call with the arguments that it gives; the others keep their defaults.

    Args:
        registry: where the name is looked up.
        text: as written.

    Raises:
        UserError: as from `built`.
    """
    if not isinstance(text, str):
        raise UserError(
            argument=registry.noun,
            expected=f"text such as {next(iter(registry.built_in))!r}",
            received=text,
        )
    call = parse_call(text, unnamed=True)
    kind = registry.get(call.name)
    return kind, Call(kind.name, kind.signature().given(call))
