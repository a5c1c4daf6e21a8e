"""Methods as users write them, alone or joined: `dropout(rate=0.2)+weight_decay`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bridle.errors import UserError, closest, shown, unknown
from bridle.grammar import Call, Value, parse_call, parse_sum, split_outside
from bridle.methods.base import Hyperparameter, Method
from bridle.methods.bundles import BUNDLES, bundle
from bridle.methods.catalogue import compiled, known, method, methods
from bridle.methods.hook_types import Architecture
from bridle.methods.schedules.catalogue import scheduled
from bridle.methods.within import WHERE, patterns, words
from bridle.names import fold
from bridle.tasks import Task
from bridle.wording import argument

Setting = Mapping[str, Mapping[str, Value]]
"""Values of every hyperparameter of every method, by method name, then by hyperparameter name."""


@dataclass(frozen=True)
class Composition:
    """One method, or several joined, with pinned hyperparameters.

    Attributes:
        pinned: for each method, in alphabetical order, the values that were given in parentheses; of a strength that
            follows a schedule the one that the schedule scales.
        schedules: for each method with such strengths, the texts of their schedules, by hyperparameter.
        where: for each method that acts on some layers only, patterns of their names.
    """

    pinned: Setting
    schedules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Composition:
        """Read `a(x=1)+b`; check names and values; order the parts.

        Raises:
            UserError: an unknown name, a value outside its domain, a method joined with itself.
        """
        words = re.split(r"[\s|;&/]+", text.strip())
        if len(words) > 1 and all(known(word) for word in words):
            raise UserError(
                f"Cannot read {shown(text)}: lists are written with commas and without spaces.",
                instead=(text, ",".join(words)),
            )
        pinned: dict[str, dict[str, Value]] = {}
        schedules: dict[str, dict[str, str]] = {}
        where: dict[str, tuple[str, ...]] = {}
        for call in _unbundled(parse_sum(text)):
            found = method(call.name)
            if found.name in pinned:
                raise UserError(
                    f"{found.name} stands twice in {shown(text)}; a method joins others once."
                )
            _one_value(call)
            if WHERE in call.arguments and WHERE not in found.by_name():
                where[found.name] = patterns(type(found), call.arguments[WHERE])
                rest = {key: value for key, value in call.arguments.items() if key != WHERE}
                call = replace(call, arguments=rest)
            call, followed = _scheduled(found, call)
            pinned[found.name] = found.signature().given(call)
            if followed:
                schedules[found.name] = followed
        if "none" in pinned and len(pinned) > 1:
            raise UserError(f"{shown(text)} joins none with a method; write the method alone.")
        return cls(
            MappingProxyType({key: pinned[key] for key in sorted(pinned)}),
            MappingProxyType(schedules),
            MappingProxyType(where),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the methods, in alphabetical order."""
        return tuple(self.pinned)

    @property
    def label(self) -> str:
        """The text for this method in tables and files; parsing it gives the same method."""
        return "+".join(self._written(name, given) for name, given in self.pinned.items())

    @property
    def bundle(self) -> str:
        """The name of the bundle that holds the same; empty if none does."""
        found = (one.name for one in BUNDLES.values() if self == Composition.parse(one.methods))
        return next(found, "")

    @property
    def short(self) -> str:
        """The text to type for this method: a bundle's name, or the label."""
        return self.bundle or self.label

    @property
    def bare(self) -> str:
        """The label without the values that it pins; a bundle's name for what the bundle holds."""
        return self.bundle or "+".join(self._written(name, {}) for name in self.pinned)

    def _written(self, name: str, given: Mapping[str, Value]) -> str:
        """Return a method with values and schedules, in the declared order."""
        followed = self.schedules.get(name, {})
        inside: dict[str, Value] = {}
        for key in method(name).by_name():
            if key in followed:
                schedule = parse_call(followed[key])
                peak = (given[key],) if key in given else ()
                inside[key] = str(Call(schedule.name, schedule.arguments, peak))
            elif key in given:
                inside[key] = given[key]
        return str(Call(name, {**inside, **self._places(name)}))

    def _places(self, name: str) -> dict[str, Value]:
        return {WHERE: words(self.where[name])} if name in self.where else {}

    def pinning(self, values: Setting) -> Composition:
        """Return the same methods with further values pinned."""
        both = {name: {**given, **values.get(name, {})} for name, given in self.pinned.items()}
        return replace(self, pinned=MappingProxyType(both))

    def setting(self, chosen: Mapping[tuple[str, str], Value] | None = None) -> Setting:
        """Return every hyperparameter's value: chosen, pinned, or the default, in this order."""
        chosen = chosen or {}
        return {
            name: {
                h.name: chosen.get((name, h.name), given.get(h.name, h.default))
                for h in method(name).hyperparameters
            }
            for name, given in self.pinned.items()
        }

    @property
    def forms(self) -> Mapping[str, str]:
        """What each method is in a program: its name, with what is static of it: hyperparameters, schedules, layers."""
        found = {}
        for name, given in self.pinned.items():
            own = method(name)
            static = {key: given.get(key, value) for key, value in own.static.items()}
            found[name] = str(
                Call(name, {**static, **self.schedules.get(name, {}), **self._places(name)})
            )
        return found

    @property
    def compiled(self) -> tuple[str, ...]:
        """The methods of its program beside the shared ones, as `forms` has them."""
        return tuple(
            form for name, form in self.forms.items() if not (method(name).shared and form == name)
        )

    def tunable(self) -> list[tuple[str, Hyperparameter]]:
        """Return the strengths that are not pinned, with their methods' names."""
        found = []
        for name, given in self.pinned.items():
            strength = method(name).strength()
            if strength is not None and strength.name not in given:
                found.append((name, strength))
        return found


def _unbundled(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield calls of methods, in the place of a bundle those of what it holds."""
    for call in calls:
        found = bundle(call.name)
        if found is None:
            if not known(call.name) and closest(call.name, BUNDLES):
                raise unknown("method", call.name, [*methods(), *BUNDLES])
            yield call
        elif call.arguments or call.unnamed:
            raise UserError(
                f"{found.name} takes no hyperparameters; received {shown(call.text)}. Write what it stands for with "
                f"other values: {found.methods}."
            )
        else:
            yield from parse_sum(found.methods)


def _scheduled(found: Method, call: Call) -> tuple[Call, dict[str, str]]:
    """Return a call with the strengths in the place of schedules, and the schedules by hyperparameter."""
    signature = found.signature()
    given, unnamed = call.arguments, call.unnamed
    if len(unnamed) == 1 and isinstance(unnamed[0], str) and signature.principal:
        given, unnamed = {signature.principal: unnamed[0], **given}, ()
    values: dict[str, Value] = {}
    schedules: dict[str, str] = {}
    for key, value in given.items():
        declared = hyperparameter_of(found.name, signature.argument(key, value, call).name)
        read = scheduled(f"{found.name}.{declared.name}", declared, value)
        if read is None:
            values[key] = value
            continue
        if found.between_steps():
            raise UserError(
                f"{found.name}.{declared.name} cannot follow the schedule {shown(value)}: {found.name} acts at the "
                "ends of epochs, where it has one value for the whole training."
            )
        peak, text = read
        values |= {} if peak is None else {key: peak}
        schedules |= {declared.name: text} if text else {}
    return replace(call, arguments=values, unnamed=unnamed), schedules


_NUMBER = re.compile(r"[-+]?\.?\d[\d.eE+-]*\Z")


def _one_value(call: Call) -> None:
    """Raise a UserError for several values of a strength in parentheses, which belong in a grid."""
    strength = method(call.name).strength()
    if strength is None or len(call.unnamed) < 2 or strength.name in call.arguments:
        return
    name = method(call.name).name
    grid = {name: {strength.name: list(call.unnamed)}}
    raise UserError(
        f"A value in parentheses is kept fixed; received {len(call.unnamed)} for {strength.name} of {name}. "
        f"Several to choose from are a grid: {argument('grid', grid)}.",
        instead=(str(call), name),
        further={"grid": grid},
    )


def hyperparameter_of(method_name: str, hyperparameter: str) -> Hyperparameter:
    """Return a method's hyperparameter by name.

    Raises:
        UserError: the method has none of that name.
    """
    found = method(method_name)
    return found.by_name()[found.signature().argument(hyperparameter).name]


def parse_methods(
    text: str, fits: Callable[[Method], bool] = lambda found: True
) -> list[Composition]:
    """Read a list of methods separated by commas; `all` stands for all methods that fit.

    Args:
        text: the list.
        fits: whether a method belongs to all.

    Raises:
        UserError: the list is empty, or names one method twice.
    """
    compositions: list[Composition] = []
    plain = text.strip().replace("'", "").replace('"', "")
    if plain.startswith("[") and plain.endswith("]"):  # a list in Python's notation
        plain = plain[1:-1]
    parts: list[str] = []
    for part in split_outside(plain, ","):
        if parts and _NUMBER.match(part):  # a further value, as in dropout=0.1,0.5
            name, _, value = parts[-1].partition("=")
            parts[-1] = f"{name.strip()}({value.rstrip(')')},{part})" if value else f"{name},{part}"
        else:
            parts.append(part)
    every = any(fold(part) == "all" for part in parts)
    for part in parts:
        if not part:
            raise UserError(f"The list of methods {shown(text)} has an empty place; write a,b,a+b.")
        if fold(part) == "all":
            continue
        composition = Composition.parse(part)
        if any(composition.label == other.label for other in compositions):
            raise UserError(f"The method {composition.label} stands twice in {shown(text)}.")
        compositions.append(composition)
    if every:
        there = {composition.label for composition in compositions}
        left = [
            Composition.parse(name)
            for name, found in methods().items()
            if name not in there and fits(found)
        ]
        compositions = [*left, *compositions]
    return compositions


def check_refusals(compositions: Sequence[Composition], network: Architecture, task: Task) -> None:
    """Raise a UserError for methods that cannot be used with a network or a task."""
    refused = {
        name: reason
        for composition in compositions
        for name in composition.names
        if (reason := compiled(composition.forms[name]).refuses(network, task))
    }
    for name, reason in refused.items():
        others = [c for c in compositions if not refused.keys() & set(c.names)]
        raise UserError(f"{name} cannot be used here: {reason}.{_without(others, compositions)}")


def check_batch(compositions: Sequence[Composition], batch_size: int) -> None:
    """Raise a UserError for methods that need larger batches."""
    for composition in compositions:
        for name in composition.names:
            least = method(name).least_batch
            if batch_size < least:
                others = [
                    other
                    for other in compositions
                    if all(method(own).least_batch <= batch_size for own in other.names)
                ]
                raise UserError(
                    f"{name} needs batches of at least {least} examples; received a batch size of {batch_size}. "
                    f"Choose a larger one, such as {argument('batch_size', 32)}.{_without(others, compositions)}",
                    argument="batch_size",
                    expected=f"at least {least}",
                    received=batch_size,
                )


def _without(others: Sequence[Composition], compositions: Sequence[Composition]) -> str:
    """Return a sentence on how to leave a method out: the others, or what is left of a cocktail that is taken apart."""
    if not others:
        return ""
    whole = max(compositions, key=lambda one: len(one.names))
    single = {one.names[0] for one in compositions if len(one.names) == 1}
    if len(whole.names) > 1 and single == {"none", *whole.names}:
        left = max(others, key=lambda one: len(set(one.names) - {"none"}))
        if len(left.names) > 1:
            return f" Or leave it out of the cocktail: {left.short}."
        return f" Without it the cocktail has one ingredient: {left.short}. Compare that alone."
    return f" Or leave it out: {argument('methods', ','.join(one.short for one in others))}."


def innermost_first(methods: Iterable[Method]) -> tuple[Method, ...]:
    """Return methods in the order in which their hooks are called.

    Args:
        methods: in any order.
    """
    return tuple(sorted(methods, key=lambda method: -method.order))
