"""Several data sets: what each says by itself, and the ranks of the methods over all of them."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from bridle.report.ranks import sentences
from bridle.report.source import Study
from bridle.statistics.ranks import Ranking, rank

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from bridle.statistics import Comparison

LABELS = ("helps", "hurts", "no practical difference", "undecided", "no verdict")


class Verdicts(Protocol):
    """What one data set says."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def methods(self) -> Sequence[str]:
        """The methods, the baseline among them."""

    @property
    def comparison(self) -> Comparison | None:
        """Their statistics; None where nothing was compared."""

    @property
    def summary(self) -> str:
        """What it allows one to say, in words."""

    def placed(self) -> dict[str, float]:
        """Return the score that each method is placed by, higher is better; NaN where it cannot be."""

    def leaderboard(self) -> pd.DataFrame:
        """Return one row for each method, best first."""


class StudyVerdicts:
    """What a study says of its data set.

    Args:
        name: what people call the data set.
        study: finished or partly finished.
    """

    def __init__(self, name: str, study: Study) -> None:
        """Read the study's answer."""
        from bridle.report import published
        from bridle.report.answer import read
        from bridle.report.words import sentences as words

        self.name, self._board = name, study.leaderboard()
        answer = read(study)
        self.methods, self.comparison = list(answer.methods), answer.comparison
        ranked = published.sentences(study, published.claims(study))
        self.summary = "\n".join(words(answer) + ranked)
        sign = -1.0 if answer.measure.lower else 1.0
        means = {row.method: sign * row.score for row in answer.rows}
        self._placed = means if self.comparison is None else self.comparison.placed(means)

    def placed(self) -> dict[str, float]:
        """Return the score that each method is placed by, higher is better; see `Comparison.placed`."""
        return self._placed

    def leaderboard(self) -> pd.DataFrame:
        """Return one row for each method, best first."""
        return self._board.copy()


One = TypeVar("One", bound=Verdicts)


class OverDatasets(Generic[One]):
    """Methods compared on several data sets.

    Attributes:
        datasets: for each data set its own verdicts; the intervals of one hold together, not those of all.
        baseline: the method that the others are compared with.
    """

    def __init__(self, datasets: Mapping[str, One], baseline: str) -> None:
        """Take the verdicts of each data set."""
        self.datasets, self.baseline = dict(datasets), baseline

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.datasets)})"

    @functools.cached_property
    def methods(self) -> list[str]:
        """Every method of any data set, in the order in which the table names them."""
        return list(dict.fromkeys(m for one in self.datasets.values() for m in one.methods))

    @functools.cached_property
    def ranking(self) -> Ranking | None:
        """The ranks over data sets; None where only the baseline was run."""
        if len(self.methods) < 2:
            return None
        placed = [one.placed() for one in self.datasets.values()]
        scores = {m: np.array([own.get(m, math.nan) for own in placed]) for m in self.methods}
        return rank(scores, self.baseline)

    def leaderboard(self) -> pd.DataFrame:
        """Return the leaderboards of all data sets, one below the other, with a column `dataset`."""
        import pandas as pd

        frames = []
        for name, one in self.datasets.items():
            frame = one.leaderboard()
            frame.insert(0, "dataset", name)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def ranks(self) -> pd.DataFrame:
        """Return one row for each method, by average rank; without `rank` where no data set allows one.

        Columns: `rank`, `method`, `average_rank`, `p` (adjusted, against the baseline), `standing`
        (`better`, `worse`, `not told apart`, `no test`, `baseline`), and on how many data sets it
        `helps`, `hurts`, makes `no practical difference`, is `undecided` or without verdict.
        """
        import pandas as pd

        counts = self.counts()
        found = () if self.ranking is None else self.ranking.methods
        rows = [
            {
                "rank": pd.NA if math.isnan(m.rank) else place,
                "method": m.method,
                "average_rank": m.rank,
                "p": m.p,
                "standing": "baseline" if m.method == self.baseline else m.standing,
                **{label.replace(" ", "_"): counts[m.method][label] for label in LABELS},
            }
            for place, m in enumerate(found, 1)
        ]
        frame = pd.DataFrame(rows)
        return frame.astype({"rank": "Int64"}) if rows else frame

    def counts(self) -> dict[str, Counter[str]]:
        """Return for each method on how many data sets it has which verdict."""
        found: dict[str, Counter[str]] = {method: Counter() for method in self.methods}
        for one in self.datasets.values():
            for c in one.comparison.methods if one.comparison is not None else ():
                found[c.method][c.verdict.label] += 1
        return found

    def sentences(self) -> list[str]:
        """Return the answer: over data sets first, then of each."""
        said = [] if self.ranking is None else sentences(self.ranking)
        for one in self.datasets.values():
            said.append(f"{one.name}: {one.summary}".replace("\n", " "))
        return said

    @property
    def summary(self) -> str:
        """What the runs allow one to say, in words."""
        return "\n".join(self.sentences())

    def figure(self) -> Figure:
        """Draw the critical-difference diagram.

        Raises:
            UserError: there is nothing to rank.
        """
        from bridle.errors import UserError
        from bridle.report.draw.ranks import draw
        from bridle.report.figures.ranks import record

        if self.ranking is None or not self.ranking.datasets:
            raise UserError("There is no figure: no data set has scores of two methods or more.")
        return draw(record(self.ranking))
