"""Methods that act on some layers only: `l2(where=dense_*)`."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar

from bridle.errors import UserError, listed_names
from bridle.grammar import Value
from bridle.methods.base import Method
from bridle.methods.hook_types import (
    Architecture,
    Batch,
    Context,
    Forward,
    Loss,
    Params,
    Rate,
    Slot,
    Values,
    Variables,
)

if TYPE_CHECKING:
    from jax import Array

    from bridle.draws import Draws
    from bridle.tasks import Task

WHERE = "where"
"""The argument that names layers."""

V = TypeVar("V")

_AT_LAYERS = ("parameters", "weights", "hidden", "merge", "update", "penalty")
_AT_NO_LAYER = ("batch", "gradient", "schedule", "average", "predicting", "stop", "final")


def patterns(kind: type[Method], value: Value) -> tuple[str, ...]:
    """Return the patterns of layers that a value of `where` holds, one or several.

    Args:
        kind: the method's class.
        value: as written: `dense_*`, or `[conv_*,dense_0]`.

    Raises:
        UserError: it is neither, or the method acts on no layers.
    """
    found = value if isinstance(value, tuple) else (value,)
    if not found or not all(isinstance(one, str) and one for one in found):
        raise UserError(
            argument=f"{kind.name}.{WHERE}",
            expected="a pattern of names of layers, such as dense_*, or a list of such",
            received=value,
        )
    if not at_layers(kind):
        raise UserError(
            f"{kind.name} takes no {WHERE}: it does not act on single layers of the network."
        )
    if kind.ends:
        raise UserError(
            f"{kind.name} takes no {WHERE}: which weights it acts on depends on the first or the last layer of the "
            "whole network."
        )
    return tuple(map(str, found))


def at_layers(kind: type[Method]) -> bool:
    """Say whether all that a method does, it does at layers."""
    return overrides(kind, *_AT_LAYERS) and not overrides(kind, *_AT_NO_LAYER)


def overrides(kind: type[Method], *hooks: str) -> bool:
    """Say whether a method's class has one of some hooks."""
    return any(getattr(kind, hook) is not getattr(Method, hook) for hook in hooks)


class Within(Method):
    """Lets the hooks of the class beside it see some layers only.

    Attributes:
        kind: that class.
        layers: patterns of their names.
    """

    kind: type[Method] = Method
    layers: tuple[str, ...] = ()

    def sees(self, name: str) -> bool:
        """Say whether a slot or parameter belongs to one of the layers.

        Args:
            name: its name, such as `dense_0/post` or `dense_0/kernel`.
        """
        return any(fnmatchcase(layer_of(name), pattern) for pattern in self.layers)

    def part(self, named: Mapping[str, V]) -> dict[str, V]:
        """Return those of some `named` values that belong to the layers."""
        return {name: value for name, value in named.items() if self.sees(name)}

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse a pattern that no layer has, and what the method itself refuses."""
        slots = [slot.name for slot in network.slots()]
        names = slots if overrides(self.kind, "hidden", "merge") else network.shapes()
        known = list(dict.fromkeys(map(layer_of, names)))
        for pattern in self.layers:
            if not any(fnmatchcase(name, pattern) for name in known):
                return (
                    f"no layer of this network has a name like {pattern}; its layers are "
                    f"{listed_names(known)}"
                )
        return super().refuses(network, task)

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Let the method see the slots and first weights of the layers."""
        return super().parameters(
            [slot for slot in slots if self.sees(slot.name)], self.part(first), draws
        )

    def weights(self, params: Params, h: Values, ctx: Context) -> Params:
        """Change the layers' parameters only."""
        return {**params, **super().weights(self.part(params), h, ctx)}

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Change activations of the layers only."""
        return super().hidden(slot, x, params, h, ctx) if self.sees(slot.name) else x

    def merge(
        self, slot: Slot, branches: tuple[Array, ...], params: Params, h: Values, ctx: Context
    ) -> tuple[Array, ...]:
        """Change what is added up in the layers only."""
        return super().merge(slot, branches, params, h, ctx) if self.sees(slot.name) else branches

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Let the terms that the method adds see the layers only; the loss itself sees all parameters."""

        def restricted(params: Params, batch: Batch, ctx: Context) -> Forward:
            def whole(seen: Params, batch: Batch, ctx: Context) -> Forward:
                return loss({**params, **seen}, batch, ctx)

            return objective(whole, h)(self.part(params), batch, ctx)

        objective = super().objective
        return restricted

    def penalty(self, params: Params, h: Values) -> Array | float:
        """Return the penalty on the layers' parameters."""
        return super().penalty(self.part(params), h)

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Change the layers' parameters only."""
        sizes = Rate(rate.learning_rate, self.part(rate.per_weight), self.part(rate.fixed))
        return {**new, **super().update(self.part(new), self.part(old), sizes, h)}


def layer_of(name: str) -> str:
    """Return the layer of a slot or parameter: `dense_0` of `dense_0/post`, `input` of `input`.

    Args:
        name: of the slot or parameter.
    """
    return name.rpartition("/")[0] or name


@functools.lru_cache(maxsize=256)
def within(kind: Any, layers: tuple[str, ...]) -> type[Method]:
    """Return the class of a method that acts on some layers only.

    Args:
        kind: the method's class.
        layers: patterns of their names.
    """
    own = {"kind": kind, "layers": layers, "__doc__": kind.__doc__, "__module__": kind.__module__}
    return type(kind.__name__, (Within, kind), own)


def words(layers: tuple[str, ...]) -> Value:
    """Return patterns as the value of `where`: the pattern itself if it is one.

    Args:
        layers: the patterns.
    """
    return layers[0] if len(layers) == 1 else layers
