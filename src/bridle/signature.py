"""Signatures: the arguments in the parentheses of `name(argument=value)`, declared once for everything with a name.

Methods, data sets, networks, optimizers and metrics each declare a `Signature`. It puts the arguments of a call in
their proper names and order, checks their values, and writes out defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridle.domains import Domain
from bridle.errors import UserError, shown, unknown
from bridle.grammar import Call, Value, format_value
from bridle.names import SYNONYMS, find


@dataclass(frozen=True)
class Argument:
    """One argument of `name(argument=value)`: `n` in `moons(n=500)`.

    Attributes:
        name: as written.
        domain: what it may be.
        default: its value where none is given.
        help: what it does, in a few words, with its unit.
        aliases: other names that are also understood.
        silent: whether its default is left out of the text that stands for a call.
    """

    name: str
    domain: Domain
    default: Value
    help: str = ""
    aliases: tuple[str, ...] = field(default=(), kw_only=True)
    silent: bool = field(default=False, kw_only=True)

    def document(self) -> dict[str, Any]:
        """Return its facts for programs."""
        return {
            "name": self.name,
            "domain": self.domain.describe(),
            "default": self.default,
            "help": self.help,
        }


@dataclass(frozen=True)
class Signature:
    """The arguments of one method, data set, network, optimizer or metric.

    Attributes:
        name: what stands before the parentheses.
        arguments: in the order in which a call is written.
        noun: what messages call an argument.
        principal: the argument that a value without a name means, as in `dropout(0.5)`; `None` where every value needs
            a name.
        advice: where to read more; ends the message about an argument that does not exist.
        beside: settings that are given beside the call and never in it, such as an optimizer's `learning_rate`.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    noun: str = "argument"
    principal: str | None = None
    advice: str = ""
    beside: tuple[str, ...] = ()

    def resolve(self, call: Call) -> Call:
        """Return a call in full: proper names, checked values, defaults written out, in the declared order.

        Raises:
            UserError: an argument is unknown, given twice or outside its domain.
        """
        given = self.given(call)
        return Call(
            self.name,
            {
                a.name: given[a.name] if a.name in given else self.check(a, a.default)
                for a in self.arguments
            },
        )

    def write(self, call: Call) -> str:
        """Return the text for a call: what `resolve` returns, without silent defaults."""
        full = self.resolve(call).arguments
        silent = {a.name for a in self.arguments if a.silent and full[a.name] == a.default}
        return str(Call(self.name, {k: v for k, v in full.items() if k not in silent}))

    def given(self, call: Call) -> dict[str, Value]:
        """Return the arguments that a call gives, in proper names, checked and in the declared order.

        Raises:
            UserError: an argument is unknown, given twice or outside its domain.
        """
        found: dict[str, Value] = {}
        for key, value in self._named(call).items():
            argument = self.argument(key, value, call)
            if argument.name in found:
                raise self._twice(argument.name, call)
            found[argument.name] = self.check(argument, value)
        return {a.name: found[a.name] for a in self.arguments if a.name in found}

    def check(self, argument: Argument, value: Value) -> Value:
        """Return a value of an argument in its proper type, or raise a UserError that names both."""
        checked: Value = argument.domain.check(f"{self.name}.{argument.name}", value)
        return checked

    def argument(self, key: str, value: Value = None, call: Call | None = None) -> Argument:
        """Return the argument that a name means.

        Args:
            key: its name, in any usual spelling, or an alias.
            value: the value given, for the message; None if it is not known.
            call: the call that it is part of, for the message.

        Raises:
            UserError: there is none of that name.
        """
        known = {argument.name: argument for argument in self.arguments}
        aliases = {alias: a.name for a in self.arguments for alias in a.aliases}
        name = find(key, known, aliases)
        if name is not None:
            return known[name]
        option = find(key, self.beside, SYNONYMS)
        if option in self.beside and call is not None:
            rest = {k: v for k, v in call.arguments.items() if k != key}
            raise UserError(
                f"The {option.replace('_', ' ')} is no {self.noun} of {self.name} but one of its own: "
                f"{option}={format_value(value)}.",
                instead=(call.text, str(Call(self.name, rest))),
                further={option: value},
            )
        advice = f" {self.advice}" if self.advice else ""
        if not known:
            raise UserError(
                f"{self.name} takes no {self.noun}s; received {shown(key)}. Write it alone: {self.name}.{advice}"
            )
        hint = self.advice or f"They are written as in {self._example()}."
        error = unknown(f"{self.noun} of {self.name}", key, known, hint)
        if error.instead is None and self.principal is not None:
            # other tools have other names for it: p, lambda, alpha
            main = known[self.principal]
            example = Call(self.name, {main.name: main.default if value is None else value})
            raise UserError(
                f"Unknown {self.noun} of {self.name} {shown(key)}. The principal one is {main.name} "
                f"({main.help}), as in {example}. Known: {', '.join(known)}.{advice}"
            )
        raise error

    def _named(self, call: Call) -> Mapping[str, Value]:
        """Return a call's arguments, a value without a name as the principal one."""
        if not call.unnamed:
            return call.arguments
        value = call.unnamed[0]
        if self.principal is None:
            raise self._unnamed(value, call)
        if len(call.unnamed) > 1:
            raise UserError(
                f"{self.name} takes one value without a name, for {self.principal}; "
                f"received {len(call.unnamed)} in {shown(call.text)}."
            )
        if any(self.argument(key).name == self.principal for key in call.arguments):
            raise self._twice(self.principal, call)
        return {self.principal: value, **call.arguments}

    def _unnamed(self, value: Value, call: Call) -> UserError:
        """Return the error for a value without a name where every value needs one."""
        if not self.arguments:
            return UserError(
                f"{self.name} takes no {self.noun}s; received {format_value(value)}. "
                f"Write it without a value: {self.name}.",
                instead=(call.text, self.name),
            )
        said = f"Cannot read {shown(format_value(value))} in {shown(call.text)}: expected key=value"
        first = self.arguments[0]
        try:
            self.check(first, value)
        except UserError:
            known = ", ".join(argument.name for argument in self.arguments)
            return UserError(
                f"{said}, where key is one of {known}. Write it without a value: {self.name}."
            )
        meant = Call(self.name, {first.name: value, **call.arguments})
        return UserError(f"{said}, as in {meant}.", instead=(call.text, str(meant)))

    def _twice(self, name: str, call: Call) -> UserError:
        return UserError(f"{name} of {self.name} is given twice in {shown(call.text)}.")

    def _example(self) -> Call:
        """Return a call with every default."""
        return Call(self.name, {a.name: a.default for a in self.arguments})
