"""From a setting to a program: a template of the framework, filled with the pieces that methods declare."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridle.errors import UserError, listed_names
from bridle.methods.counterparts import Counterpart
from bridle.recipes.code import comment, enclosed, imports, literal, paragraph
from bridle.recipes.data import Loading
from bridle.recipes.frameworks import Framework
from bridle.recipes.scores import Score
from bridle.recipes.setup import Setup
from bridle.wording import argument


@dataclass(frozen=True)
class Program:
    """A program of another framework.

    Attributes:
        text: the program.
        remarks: how it differs from what Bridle trains, in sentences.
    """

    text: str
    remarks: tuple[str, ...]

    @property
    def packages(self) -> set[str]:
        """The names of the packages that it imports."""
        return set(re.findall(r"^(?:import|from) (\w+)", self.text, re.MULTILINE))


class Writer:
    """Writes the program of one setting in one framework.

    Args:
        setup: the setting.
        framework: what the program is written for.
    """

    def __init__(self, setup: Setup, framework: Framework) -> None:
        self.setup = setup
        self.framework = framework

    def refusal(self) -> str:
        """Return why there is no recipe, as a clause; empty if there is one."""
        setup, title = self.setup, self.framework.title
        name = self.framework.name
        if setup.images and not self.framework.images:
            return f"{title} has no convolutional networks"
        if setup.recipe.activation not in self.framework.activations:
            return f"{title} has no activation function {setup.recipe.activation}"
        if setup.loss not in self.framework.losses:
            return f"{title} does not minimize the loss {setup.loss}"
        if not setup.schedule.code():
            return f"{title} has no learning-rate schedule {setup.recipe.schedule}"
        if name not in setup.optimizer.counterparts:
            return f"{title} has no optimizer {setup.optimizer.name}"
        own = {
            f.name: getattr(setup.optimizer, f.name) for f in dataclasses.fields(setup.optimizer)
        }
        if reason := self._filled(setup.optimizer.counterparts[name].refuses, own):
            return f"{title} cannot train with {setup.optimizer.name} here, because {reason}"
        for method, values in setup.methods:
            if name not in method.counterparts:
                return f"{title} has no counterpart of {method.name}"
            if method.schedules:
                return f"{title} has no schedules of strengths, such as that of {method.name}"
            if reason := self._filled(method.counterparts[name].refuses, values):
                return f"{title} cannot do {method.name} here, because {reason}"
        return ""

    def program(self, loading: Loading, score: Score, about: str, command: str) -> Program:
        """Return the program.

        Args:
            loading: the code that loads the data.
            score: the code that scores the test rows.
            about: what the setting scored in the study, in sentences.
            command: that wrote the program.
        """
        setup, framework = self.setup, self.framework
        remarks = tuple(
            filter(
                None, (*(self._filled(c.differs, v) for c, v in self._counterparts), score.differs)
            )
        )
        template = _environment().get_template(framework.template)
        text = template.render(
            **self._context,
            setup=setup,
            framework=framework,
            loading=loading,
            score=score,
            about=about,
            command=command,
            remarks=remarks,
            at=self.at,
            uses=self.uses,
            activation=framework.activations[setup.recipe.activation],
            factor=self._factor,
        )
        return Program(_with_imports(text), remarks)

    def at(self, place: str, layer: int | None = None, **more: Any) -> list[str]:
        """Return the pieces of code that stand at a place: the optimizer's, then the methods', the innermost first.

        Args:
            place: one of the framework's.
            layer: number of the hidden layer, for places of layers.
            **more: further names that pieces may use.
        """
        found = []
        for counterpart, values in self._counterparts:
            own = values if layer is None else {k: _of_layer(v, layer) for k, v in values.items()}
            text = counterpart.code.get(place, "")
            found.append(self._filled(text, {**own, "layer": layer, **more}))
        return list(dict.fromkeys(filter(None, found)))

    def uses(self, word: str) -> bool:
        """Say whether a piece contains a word; what tells step sizes is a piece only if it is used itself."""
        return re.search(rf"\b{re.escape(word)}\b", self._pieces) is not None

    @functools.cached_property
    def _pieces(self) -> str:
        """All pieces but those that tell step sizes, those of layers for one layer."""
        more: dict[str, Any] = {"layer": 0, "name": "", "units": 0, "kind": "dense"}
        places = sorted(self.framework.places - {"sizes"})
        return "\n".join("\n".join(self.at(place, **more)) for place in places)

    @functools.cached_property
    def _counterparts(self) -> tuple[tuple[Counterpart, Mapping[str, Any]], ...]:
        """The optimizer and the methods in this framework, each with its values."""
        name, optimizer = self.framework.name, self.setup.optimizer
        own = {f.name: getattr(optimizer, f.name) for f in dataclasses.fields(optimizer)}
        methods = ((m.counterparts[name], values) for m, values in self.setup.methods)
        return ((optimizer.counterparts[name], own), *methods)

    @functools.cached_property
    def _context(self) -> dict[str, Any]:
        """What pieces may use beside their own hyperparameters."""
        setup, name = self.setup, self.framework.name
        declared = [setup.optimizer.counterparts, *(m.counterparts for m, _ in setup.methods)]
        places = {place for one in declared if name in one for place in one[name].code}
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
        }

    @property
    def _factor(self) -> tuple[str, ...]:
        """The learning rate's factor as lines of code; none if the rate is constant."""
        minimum, cosine, pi = self.framework.math
        lines = self.setup.schedule.code().format(min=minimum, cos=cosine, pi=pi).splitlines()
        further = self.at("factor")
        if lines == ["return 1.0"] and not further:
            return ()
        if further:
            last = lines.pop().removeprefix("return ")
            product = further if last == "1.0" else [f"({last})", *further]
            lines.append(f"return {' * '.join(product)}")
        return tuple(lines)

    def _filled(self, text: str, values: Mapping[str, Any]) -> str:
        if not text:
            return ""
        found: str = _piece(text).render(**self._context, **values)
        return found.strip()


def writer(setup: Setup, framework: Framework, others: Sequence[Framework]) -> Writer:
    """Return what writes the program of a setting.

    Args:
        setup: the setting.
        framework: what it is written for.
        others: all frameworks.

    Raises:
        UserError: the framework cannot do it; the message names those that can.
    """
    found = Writer(setup, framework)
    reason = found.refusal()
    if not reason:
        return found
    able = [other for other in others if not Writer(setup, other).refusal()]
    if not able:
        raise UserError(f"{reason}, and no other framework has a recipe for this setting.")
    raise UserError(
        f"{reason}; recipes for {listed_names(other.name for other in able)} do it: "
        f"{argument('framework', able[0].name)}."
    )


def _of_layer(value: Any, layer: int) -> Any:
    """Return the value of a hidden layer, of a hyperparameter that has one for each or one for all."""
    return value[layer] if isinstance(value, tuple) else value


@functools.cache
def _piece(text: str) -> Any:
    return _environment().from_string(text)


_HEAD = "# imports"
"""The line in whose place the import statements go."""


def _with_imports(text: str) -> str:
    """Return a program with its import statements, which templates write in lines `#: import x`, in their place."""
    lines = text.splitlines()
    wanted = [line.strip().removeprefix("#: ") for line in lines if line.strip().startswith("#: ")]
    kept = "\n".join(line.rstrip() for line in lines if not line.strip().startswith("#: "))
    kept = kept.replace(_HEAD, imports(wanted), 1)
    return re.sub(r"\n{4,}", "\n\n\n", kept).strip() + "\n"


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bridle.recipes", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: literal(value) if isinstance(value, float | tuple | bool) else value,
    )
    environment.filters |= {
        "comment": comment,
        "paragraph": paragraph,
        "literal": literal,
        "split": str.split,
    }
    environment.globals |= {"enclosed": enclosed}
    return environment
