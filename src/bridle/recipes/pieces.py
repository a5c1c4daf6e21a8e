"""The pieces of code that an optimizer and methods declare, filled in for one setting in one framework."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridle.errors import listed_names
from bridle.methods.base import Method
from bridle.methods.catalogue import methods
from bridle.methods.counterparts import Counterpart
from bridle.recipes.frameworks import Framework
from bridle.recipes.rendering import filled
from bridle.recipes.setup import Acting, Setup
from bridle.recipes.strengths import PROGRESS, body, function_name, moving, unfit


@dataclass(frozen=True)
class _Own:
    """What declares pieces: the optimizer, or a method.

    Attributes:
        counterpart: what it is in the framework.
        values: of its arguments.
        acting: the method; None for the optimizer.
    """

    counterpart: Counterpart
    values: Mapping[str, Any]
    acting: Acting | None = None

    def sees(self, name: str) -> bool:
        """Say whether it acts on a slot or a parameter of a name."""
        return self.acting is None or self.acting.sees(name)


class Pieces:
    """The pieces of one setting in one framework.

    Args:
        setup: the setting.
        framework: what the program is written for.
    """

    def __init__(self, setup: Setup, framework: Framework) -> None:
        self.setup = setup
        self.framework = framework

    def refusal(self) -> str:
        """Return why an optimizer or method cannot be written, as a clause; empty if all can."""
        setup, title, name = self.setup, self.framework.title, self.framework.name
        if name not in setup.optimizer.counterparts:
            return f"{title} has no optimizer {setup.optimizer.name}"
        for acting in setup.methods:
            method = acting.method.name
            if name not in acting.method.counterparts:
                near = _nearest(acting.method, name)
                also = f"; nearest to it is {near.name}" if near else ""
                return f"{title} has no counterpart of {method}{also}"
            for key, schedule in acting.schedules.items():
                declared = acting.method.by_name()[key]
                if reason := unfit(declared, acting.values[key], schedule):
                    return f"{title} cannot do {method} here, because {reason}"
        for own in self._all:
            called = setup.optimizer.name if own.acting is None else own.acting.method.name
            if reason := self._filled(own.counterpart.refuses, own):
                return f"{title} cannot do {called} here, because {reason}"
            if reason := self._unreached(own):
                return f"{title} cannot do {called} here, because {reason}"
        return ""

    def _unreached(self, own: _Own) -> str:
        """Return why what follows a schedule, or acts on some layers, cannot be written; empty if it can."""
        if own.acting is None:
            return ""
        if own.acting.schedules:
            call = f"({PROGRESS})"
            still = own.counterpart.code.keys() - self.framework.moving - own.counterpart.follows
            for place in still:
                if call in self._filled(own.counterpart.code[place], own):
                    names = listed_names(own.acting.schedules)
                    return f"its {names} cannot change while the network is trained"
        if own.acting.partial and own.values.get("biases"):
            return "recipes take biases of all layers or of none"
        if own.acting.partial and own.counterpart.everywhere:
            return "it acts on all layers there; leave where= out"
        return ""

    def differences(self) -> list[str]:
        """Return how the counterparts differ from Bridle's methods, in sentences."""
        return [found for own in self._all if (found := self._filled(own.counterpart.differs, own))]

    def at(self, place: str, part: Any = None, kernel: str = "", **more: Any) -> list[str]:
        """Return the pieces of code that stand at a place: the optimizer's, then the methods', the innermost first.

        Args:
            place: one of the framework's.
            part: the network's, for places of activations and of blocks.
            kernel: the layer's name in the network, for places of kernels.
            **more: further names that pieces may use.
        """
        name = f"{kernel}/kernel" if kernel else place if part is None else f"{part.name}/{place}"
        found = []
        for own in self._all:
            if (part or kernel or place == "input") and not own.sees(name):
                continue
            if part is not None:
                kind = "conv" if part.pools else "dense"
                more |= {"layer": part.number, "name": part.name, "units": part.units, "kind": kind}
            values = own.values
            if part is not None:
                values = {key: _of_layer(value, part.number) for key, value in values.items()}
            found.append(self._filled(own.counterpart.code.get(place, ""), own, {**values, **more}))
        return list(dict.fromkeys(filter(None, found)))

    def uses(self, word: str) -> bool:
        """Say whether a piece contains a word; what tells step sizes is a piece only if it is used itself."""
        return re.search(rf"\b{re.escape(word)}\b", self._text) is not None

    @functools.cached_property
    def strengths(self) -> list[tuple[str, str, list[str]]]:
        """The functions of strengths that follow a schedule: name, what it returns, and the lines of the body."""
        found = []
        for acting in self.setup.methods:
            for key, schedule in acting.schedules.items():
                method, declared = acting.method.name, acting.method.by_name()[key]
                lines = body(declared, acting.values[key], schedule, self.framework.moving_math)
                about = f"the {key} of {method} at a progress from 0 to 1: {schedule.name}"
                found.append((function_name(method, key), about, lines))
        return found

    @functools.cached_property
    def context(self) -> dict[str, Any]:
        """What all pieces may use beside their own hyperparameters."""
        setup, name = self.setup, self.framework.name
        declared = [setup.optimizer.counterparts, *(a.method.counterparts for a in setup.methods)]
        places = [place for one in declared if name in one for place in one[name].code]
        stateful = "moments" in places or "aside" in places
        stateful |= setup.embedding is not None and bool(setup.embedding.constants())
        followed = any(acting.schedules for acting in setup.methods)
        weights = self.framework.weights if setup.weighted else ""
        going = f", {PROGRESS}" if followed else ""
        kept = "statistics, " if stateful else ""

        def passed(x: str, key: str = "key") -> str:
            return f"forward(params, {kept}{x}, {key}{going}){'[0]' if stateful else ''}"

        return {
            "classes": len(setup.task.names) if setup.loss == "cross_entropy" else 0,
            "outputs": setup.task.outputs,
            "targets": len(setup.task.names),
            "loss": setup.loss,
            "shape": setup.shape,
            "lone": setup.lone,
            "names": setup.names,
            "scheduled": setup.schedule.code() != "return 1.0" or "factor" in places,
            "moments": "moments" in places,
            "sizes": "sizes" in places,
            "optimizer": setup.optimizer.name,
            "weighted": setup.weighted,
            "images": setup.images,
            "pixels": len(setup.shape) > 1,
            "embedding": setup.embedding.name if setup.embedding else "",
            "columns": setup.columns,
            "stateful": stateful,
            "reshaped": places.count("losses") > 1,
            "averaged": any(map(_averages, setup.methods)),
            "hidden": [f'"{layer.name}"' for layer in setup.layers[:-1]],
            "passed": passed,
            "logits": len(setup.task.names)
            if setup.loss == "cross_entropy"
            else setup.task.outputs,
            "going": going,
            "rest": (f", {weights}" if weights else "") + going,
        }

    @functools.cached_property
    def _all(self) -> tuple[_Own, ...]:
        """The optimizer and the methods in this framework."""
        name, optimizer = self.framework.name, self.setup.optimizer
        own = {f.name: getattr(optimizer, f.name) for f in dataclasses.fields(optimizer)}
        found = [_Own(optimizer.counterparts[name], own)]
        for acting in self.setup.methods:
            values = {
                **acting.values,
                **moving(acting.method.name, acting.schedules, acting.values),
            }
            found.append(_Own(acting.method.counterparts[name], values, acting))
        return tuple(found)

    @functools.cached_property
    def _text(self) -> str:
        """All pieces but those that tell step sizes, those of layers for one layer."""
        part = self.setup.activations[0] if self.setup.activations else None
        pieces = []
        for place in sorted(self.framework.places - {"sizes"}):
            layered = place in ("pre", "post", "merge")
            pieces += self.at(place) if not layered else []
            if layered and part is not None:
                for own in self._all:
                    more = {
                        "layer": 0,
                        "name": "",
                        "units": 0,
                        "kind": "conv" if part.pools else "dense",
                    }
                    values = {key: _of_layer(value, 0) for key, value in own.values.items()}
                    text = own.counterpart.code.get(place, "")
                    pieces.append(self._filled(text, own, {**values, **more}))
        return "\n".join(pieces)

    def _filled(self, text: str, own: _Own, more: Mapping[str, Any] | None = None) -> str:
        if not text:
            return ""
        seen = [one for one in self.setup.activations if own.sees(f"{one.name}/pre")]
        layers = self._layers(own)
        coefs = ", ".join(f"model.coefs_[{number}]" for number in self._numbers(own))
        context = {
            **self.context,
            "normed": [f'"{one.name}": {one.units}' for one in seen],
            "acted": [f'"{self.setup.kernels[at].name}"' for at in self._numbers(own)],
            "only": layers,
            "where": f", {layers[0]}" if layers else "",
            "coefs": f"[{coefs}]" if layers else "model.coefs_",
        }
        return filled(text, {**context, **(own.values if more is None else more)})

    def _numbers(self, own: _Own) -> list[int]:
        """Return the numbers of the kernels that a method acts on."""
        return [at for at, one in enumerate(self.setup.kernels) if own.sees(f"{one.known}/kernel")]

    def _layers(self, own: _Own) -> list[str]:
        """Return the argument that names the layers of a method that acts on some only; none if it acts on all."""
        if own.acting is None or not own.acting.partial:
            return []
        numbers = self._numbers(own)
        if self.framework.named:
            names = ", ".join(f'"{self.setup.kernels[number].name}"' for number in numbers)
            return [f"layers=[{names}]"]
        return [f"layers={numbers}"]


def _averages(acting: Acting) -> bool:
    """Say whether a method predicts with other weights than those that are trained."""
    return type(acting.method).predicting is not Method.predicting


def _nearest(method: Method, framework: str) -> Method | None:
    """Return the best known method of the same family that has a counterpart; None if none has."""
    able = [
        one
        for one in methods().values()
        if one.family and one.family == method.family and framework in one.counterparts
    ]
    ranked = sorted(able, key=lambda one: (one.usual.rank if one.usual else len(able), one.name))
    return ranked[0] if ranked else None


def _of_layer(value: Any, layer: int) -> Any:
    """Return the value of a hidden layer, of a hyperparameter that has one for each or one for all."""
    return value[layer] if isinstance(value, tuple) else value
