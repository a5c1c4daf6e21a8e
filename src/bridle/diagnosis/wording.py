"""How a diagnosis writes its numbers, and its words, which its task declares."""

from __future__ import annotations

import functools
import shlex
from dataclasses import dataclass

from bridle.diagnosis.evidence import share_measure
from bridle.diagnosis.quantities import Quantity
from bridle.lines import command_line
from bridle.numbers import decimals_for, fixed, percent
from bridle.tasks import Task
from bridle.tasks.diagnostics import Diagnostics
from bridle.verdict.measure import Measure


@dataclass(frozen=True)
class Wording:
    """The words of a diagnosis.

    Attributes:
        task: what is learned.
        dataset: as it is typed after `bridle diagnose`; empty for rows that were given as arrays.
        learning_rate: the middle one of the rates that were tried.
    """

    task: Task
    dataset: str = ""
    learning_rate: float = 0.005

    @property
    def own(self) -> Diagnostics:
        """What the task declares."""
        return self.task.diagnostics

    @functools.cached_property
    def measure(self) -> Measure:
        """How shares are written."""
        return share_measure(self.task)

    @property
    def _in_percent(self) -> bool:
        return bool(self.measure.unit)

    @property
    def share(self) -> str:
        """The name of a share: `accuracy`, `R²`."""
        return self.own.share

    @property
    def a_share(self) -> str:
        """The same with its article."""
        return f"{'an' if self.share[0] in 'aR' else 'a'} {self.share}"

    @property
    def targets(self) -> str:
        """The word for the targets of several examples: `labels`, `targets`."""
        return self.task.truth

    @property
    def by_chance(self) -> str:
        """The name of the share that permuted targets give."""
        return self.own.by_chance

    @property
    def chance_name(self) -> str:
        """The word for what gives that share: `chance`, `permuted targets`."""
        return self.own.chance.rpartition(" ")[0]

    @property
    def simple_ahead(self) -> str:
        """The kind of the finding that a simple predictor does better."""
        return f"simple {self.own.simple} ahead"

    @property
    def compare(self) -> str:
        """The command that compares methods; empty for rows that were given as arrays."""
        return command_line("compare", *shlex.split(self.dataset)) if self.dataset else ""

    def again(self, changes: str) -> str:
        """Return the command that diagnoses again with changes; empty for rows that were given as arrays."""
        return (
            command_line("diagnose", *shlex.split(self.dataset), *changes.split())
            if self.dataset
            else ""
        )

    def number(self, share: float) -> str:
        """Write a share: `91.4 %`, `0.914`."""
        return percent(share, 1) if self._in_percent else self.measure.score(share)

    def value(self, share: float) -> str:
        """Write a share with its name where it is not in percent: `91.4 %`, `R² 0.914`."""
        return self.number(share) if self._in_percent else f"{self.share} {self.number(share)}"

    def test(self, share: float) -> str:
        """Write a test share: `91.4 % test accuracy`, `test R² 0.914`."""
        number = self.number(share)
        return f"{number} test {self.share}" if self._in_percent else f"test {self.share} {number}"

    def gets(self, share: float, examples: str) -> str:
        """Say which share a predictor gets on some examples."""
        return self.own.gets.format(self.value(share), examples)

    def between(self, quantity: Quantity) -> str:
        """Write the ends of a share's interval: `90.1 to 92.7 %`."""
        ends = (min(max(end, self.own.lowest), 1.0) for end in (quantity.low, quantity.high))
        low, high = map(self.number, ends)
        return f"{low.removesuffix(self.measure.unit)} to {high}"

    def size(self, difference: float) -> str:
        """Write a difference of shares: `1.3 points`, `0.013`."""
        return self._unit(fixed(difference * self.measure.factor, self.measure.decimals))

    def gain(self, difference: float) -> str:
        """Write a difference of shares with its name where it is not in points: `1.3 points`, `0.013 in R²`."""
        return self.size(difference) + ("" if self._in_percent else f" in {self.share}")

    def points(self, quantity: Quantity) -> str:
        """Write a difference of shares with its lower end: `1.3 points (at least 0.4)`."""
        value, least = self.ends(quantity)
        return f"{self._unit(value)} (at least {least})"

    def ends(self, quantity: Quantity) -> tuple[str, str]:
        """Write a difference of shares and its lower end, with the decimals they need."""
        shown = [self.measure.factor * v for v in (quantity.value, quantity.low, quantity.high)]
        decimals = max(decimals_for(shown), self.measure.decimals)
        return fixed(shown[0], decimals), fixed(shown[1], decimals)

    def _unit(self, text: str) -> str:
        return f"{text} {self.measure.points}".strip()

    def loss(self, quantity: Quantity) -> str:
        """Write a difference of losses with its lower end."""
        return f"{quantity.value:.3g} (at least {quantity.low:.2g})"
