"""From a setting to a program: a template of the framework, filled with the pieces that methods declare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bridle.errors import UserError, listed_names
from bridle.recipes.code import imports
from bridle.recipes.data import Loading
from bridle.recipes.frameworks import Framework
from bridle.recipes.lines import broken
from bridle.recipes.pieces import Pieces
from bridle.recipes.rendering import program
from bridle.recipes.scores import ScoreCode
from bridle.recipes.setup import Setup
from bridle.wording import argument


@dataclass(frozen=True)
class RecipeProgram:
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
        self.pieces = Pieces(setup, framework)

    def refusal(self) -> str:
        """Return why there is no recipe, as a clause; empty if there is one."""
        setup, title = self.setup, self.framework.title
        for asked, what in (
            (setup.images, "convolutional networks"),
            (setup.residual, "residual networks"),
            (setup.embedding is not None, "embeddings of columns"),
        ):
            if asked and self.framework.plain:
                return f"{title} has no {what}"
        if setup.recipe.activation not in self.framework.activations:
            return f"{title} has no activation function {setup.recipe.activation}"
        if setup.loss not in self.framework.losses:
            return f"{title} does not minimize the loss {setup.loss}"
        if not setup.schedule.code():
            return f"{title} has no learning-rate schedule {setup.recipe.schedule}"
        return self.pieces.refusal()

    def program(
        self, loading: Loading, score: ScoreCode, about: str, command: str
    ) -> RecipeProgram:
        """Return the program.

        Args:
            loading: the code that loads the data.
            score: the code that scores the test rows.
            about: what the setting scored in the study, in sentences.
            command: that wrote the program.
        """
        setup, framework, pieces = self.setup, self.framework, self.pieces
        weighting = framework.weighting if setup.weighted else ""
        remarks = tuple(filter(None, (*pieces.differences(), weighting, score.differs)))
        text = program(
            framework.template,
            {
                **pieces.context,
                "setup": setup,
                "framework": framework,
                "loading": loading,
                "score": score,
                "about": about,
                "command": command,
                "remarks": remarks,
                "at": pieces.at,
                "uses": pieces.uses,
                "strengths": pieces.strengths,
                "activation": framework.activations[setup.recipe.activation],
                "factor": self._factor,
            },
        )
        return RecipeProgram(_with_imports(text), remarks)

    @property
    def _factor(self) -> tuple[str, ...]:
        """The learning rate's factor as lines of code; none if the rate is constant."""
        lines = self.setup.schedule.code().format(**self.framework.math).splitlines()
        further = self.pieces.at("factor")
        if lines == ["return 1.0"] and not further:
            return ()
        if further:
            last = lines.pop().removeprefix("return ")
            product = further if last == "1.0" else [f"({last})", *further]
            lines.append(f"return {' * '.join(product)}")
        return tuple(lines)


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


_HEAD = "# imports"
"""The line in whose place the import statements go."""


def _with_imports(text: str) -> str:
    """Return a program with its import statements, which templates write in lines `#: import x`, in their place."""
    lines = text.splitlines()
    wanted = [line.strip().removeprefix("#: ") for line in lines if line.strip().startswith("#: ")]
    kept = "\n".join(line.rstrip() for line in lines if not line.strip().startswith("#: "))
    kept = kept.replace(_HEAD, imports(wanted), 1)
    return broken(re.sub(r"\n{4,}", "\n\n\n", kept).strip() + "\n")
