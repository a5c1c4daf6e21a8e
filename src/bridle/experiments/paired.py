"""How a quantity of trained networks becomes an effect: the difference of two methods within each replicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bridle.origins import Case
from bridle.statistics import Estimate, fresh
from bridle.statistics.checks import Floats
from bridle.study.reader import StudyReader

Trained = Mapping[str, StudyReader]

EXAMPLES = 2_000
"""Test examples on which networks are measured, the first ones."""


@dataclass(frozen=True)
class CaseEffect:
    """What was measured for one case.

    Attributes:
        estimate: of the effect; positive supports the statement.
        method: the quantity for the method `[replicates]`.
        against: for what it is measured against; empty if the method is measured alone.
        chosen: how many estimates this one was chosen from as the clearest.
        where: what it was chosen as, in words.
    """

    estimate: Estimate
    method: Floats
    against: Floats
    chosen: int = 1
    where: str = ""

    @property
    def same(self) -> bool:
        """Whether both quantities are equal in every replicate."""
        return bool(len(self.against)) and np.array_equal(self.method, self.against)


@dataclass(frozen=True)
class StatementMeasure:
    """A way to measure a statement.

    Attributes:
        quantity: what is measured, as axes name it.
        unit: of the effect, as tables write it behind a number; `%` and `points` are of shares.
        take: returns the effect of a case.
        higher: whether more of the quantity supports the statement.
        relative: whether the effect is a share of the quantity of what it is measured against.
    """

    quantity: str
    unit: str
    take: Callable[[Trained, Case], CaseEffect]
    higher: bool = True
    relative: bool = False

    @property
    def factor(self) -> float:
        """By what an effect is multiplied to be written."""
        return 100.0 if self.unit in ("%", "points") else 1.0


Quantity = Callable[[StudyReader, str, int, Case], float]


def each(
    quantity: Quantity, higher: bool = True, relative: bool = False
) -> Callable[[Trained, Case], CaseEffect]:
    """Return a measure that takes a quantity of every network, and the difference within each replicate.

    Args:
        quantity: of a network.
        higher: whether more supports the statement.
        relative: whether the difference is a share of the quantity of what it is measured against.
    """

    def take(trained: Trained, case: Case) -> CaseEffect:
        study = trained[case.trials[0]]
        method = over(study, case.method, quantity, case)
        against = over(study, case.against, quantity, case) if case.against else np.array([])
        difference = method - against if case.against else method
        if relative:
            difference = difference / against
        return CaseEffect(fresh(difference if higher else -difference), method, against)

    return take


def over(study: StudyReader, label: str, quantity: Quantity, case: Case) -> Floats:
    """Return a quantity of a method's selected networks, NaN where a run diverged."""
    found = np.full(study.plan.replicates, np.nan)
    for replicate in range(study.plan.replicates):
        run = study.stored(label, replicate)
        if run is not None and run.status == "done":
            found[replicate] = quantity(study, label, replicate, case)
    return found
