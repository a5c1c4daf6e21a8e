"""`ranks`: the critical-difference diagram of methods over data sets."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.numbers import spoken
from bridle.report.rank_words import sentences
from bridle.statistics.ranks import Ranking


@dataclass(frozen=True)
class RanksFigure:
    """A critical-difference diagram.

    Attributes:
        ranks: for each method its name, average rank and standing, best first.
        groups: methods joined by a bar, by place in `ranks`: they cannot be told apart.
        baseline: the method that the others are compared with.
        datasets: how many.
        tested: whether there are enough of them for a test.
        all_pairs: whether all pairs were compared, or each method with the baseline.
    """

    ranks: tuple[tuple[str, float, str], ...]
    groups: tuple[tuple[int, int], ...]
    baseline: str
    datasets: int
    tested: bool
    all_pairs: bool


def record(ranking: Ranking) -> RanksFigure:
    """Gather what the diagram shows."""
    names = [m.method for m in ranking.methods]
    return RanksFigure(
        tuple((m.method, m.rank, m.standing) for m in ranking.methods),
        tuple((names.index(g[0]), names.index(g[-1])) for g in ranking.groups),
        ranking.baseline,
        ranking.datasets,
        bool(ranking.test),
        ranking.pairs == "all",
    )


def caption(figure: RanksFigure) -> str:
    """Say how to read the diagram."""
    text = f"Average rank over {figure.datasets} data sets; 1 is best."
    if not figure.tested:
        return f"{text} Too few data sets for a test."
    if figure.all_pairs:
        return f"{text} A bar joins methods that cannot be told apart."
    if not figure.groups:
        return f"{text} Every method can be told apart from {spoken(figure.baseline)}."
    return f"{text} The bar joins methods that cannot be told apart from {spoken(figure.baseline)}."


def alt(ranking: Ranking) -> str:
    """Describe the diagram to those who do not see it."""
    ranks = ", ".join(f"{m.method} {m.rank:.2f}" for m in ranking.methods)
    return f"Average ranks: {ranks}. {' '.join(sentences(ranking))}"
