"""Methods as people write them, alone or joined: `dropout(rate=0.2)+weight_decay`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bridle.errors import UserError, unknown
from bridle.grammar import Call, Value, parse_sum, split_outside
from bridle.methods.base import Hyperparameter
from bridle.methods.catalogue import method

Setting = Mapping[str, Mapping[str, Value]]
"""Values of every hyperparameter of every method, by method name, then by hyperparameter name."""


@dataclass(frozen=True)
class Composition:
    """One method, or several joined, with the hyperparameters that its writer pinned.

    Attributes:
        pinned: for each method, in alphabetical order, what was given in parentheses.
    """

    pinned: Setting

    @classmethod
    def parse(cls, text: str) -> Composition:
        """Read `a(x=1)+b`; check names and values; order the parts.

        Raises:
            UserError: an unknown name, a value outside its domain, a method joined with itself.
        """
        pinned: dict[str, dict[str, Value]] = {}
        for call in parse_sum(text):
            found = method(call.name)
            if found.name in pinned:
                raise UserError(
                    f"{found.name} stands twice in {text!r}; a method joins others once."
                )
            checked = {
                key: declared(found.name, key).domain.check(f"{found.name}.{key}", value)
                for key, value in call.arguments.items()
            }
            # in the order of declaration, so that one choice has one label
            pinned[found.name] = {key: checked[key] for key in found.by_name() if key in checked}
        if "none" in pinned and len(pinned) > 1:
            raise UserError(f"{text!r} joins none with a method; write the method alone.")
        return cls(MappingProxyType({key: pinned[key] for key in sorted(pinned)}))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the methods, in alphabetical order."""
        return tuple(self.pinned)

    @property
    def label(self) -> str:
        """The text that stands for this method in tables and files; parsing it gives it back."""
        return "+".join(str(Call(name, given)) for name, given in self.pinned.items())

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

    def tunable(self) -> list[tuple[str, Hyperparameter]]:
        """Return the strengths that nobody pinned, with their methods' names."""
        found = []
        for name, given in self.pinned.items():
            strength = method(name).strength()
            if strength is not None and strength.name not in given:
                found.append((name, strength))
        return found


def declared(method_name: str, hyperparameter: str) -> Hyperparameter:
    """Return a method's hyperparameter by name.

    Raises:
        UserError: the method has none of that name.
    """
    found = method(method_name).by_name()
    if hyperparameter not in found:
        if not found:
            raise UserError(f"{method_name} has no hyperparameters; received {hyperparameter!r}.")
        raise unknown(
            f"hyperparameter of {method_name}",
            hyperparameter,
            found,
            f"See `bridle explain {method_name}`.",
        )
    return found[hyperparameter]


def parse_methods(text: str) -> list[Composition]:
    """Read a list of methods separated by commas.

    Raises:
        UserError: the list is empty, or names one method twice.
    """
    compositions: list[Composition] = []
    for part in split_outside(text, ","):
        if not part:
            raise UserError(f"The list of methods {text!r} has an empty place; write a,b,a+b.")
        composition = Composition.parse(part)
        if any(composition.label == other.label for other in compositions):
            raise UserError(f"The method {composition.label} stands twice in {text!r}.")
        compositions.append(composition)
    return compositions


def check_batch(compositions: Sequence[Composition], batch_size: int) -> None:
    """Raise a UserError for methods that cannot work with batches of so many examples."""
    for composition in compositions:
        for name in composition.names:
            least = method(name).least_batch
            if batch_size < least:
                others = [
                    other.label
                    for other in compositions
                    if all(method(own).least_batch <= batch_size for own in other.names)
                ]
                without = f", or leave it out: --methods {','.join(others)}" if others else ""
                raise UserError(
                    f"{name} needs batches of at least {least} examples; received a batch size of {batch_size}. "
                    f"Choose a larger one, such as --batch-size 32{without}."
                )
