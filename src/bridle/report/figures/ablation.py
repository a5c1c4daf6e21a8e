"""`ablation`: the effects of a cocktail's ingredients and of their pairs, with simultaneous intervals."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.report import ablation_words as words
from bridle.report.figures.base import NotShownError
from bridle.verdict.ablation import Effect, Kind
from bridle.verdict.answer import Answer
from bridle.verdict.measure import Measure


@dataclass(frozen=True)
class DrawnEffect:
    """One effect, in the shown units (such as points).

    Attributes:
        difference: its mean; positive is better.
        low: lower end of the simultaneous interval; NaN if there is none.
        high: upper end.
        verdict: the label of its verdict.
        said: the verdict in words.
        text: the numbers as the table writes them.
    """

    difference: float
    low: float
    high: float
    verdict: str
    said: str
    text: str


@dataclass(frozen=True)
class AblationFigure:
    """The effects of an ablation.

    Attributes:
        ingredients: their names, the one that the whole needs most first.
        effects: of every ingredient, by kind, in this order.
        pairs: the names of both ingredients and their interaction, the largest first; empty if they are not told
            apart.
        margin: how large a difference must be to matter, in the shown units.
        level: joint confidence of all intervals.
        measure: how the numbers are written.
        whole: what all together give against none.
        baseline: the method in which no ingredient is, in words.
    """

    ingredients: tuple[str, ...]
    effects: dict[Kind, tuple[DrawnEffect, ...]]
    pairs: tuple[tuple[str, str, DrawnEffect], ...]
    margin: float
    level: float
    measure: Measure
    whole: DrawnEffect
    baseline: str


def record(answer: Answer) -> AblationFigure:
    """Gather the effects of an answer.

    Raises:
        NotShownError: the study is no ablation, or no replicate has all that an effect needs.
    """
    found, comparison = answer.ablation, answer.comparison
    if found is None or comparison is None:
        raise NotShownError("it does not compare all combinations of some ingredients")
    if any(e.contrast.difference != e.contrast.difference for e in found.effects):
        raise NotShownError("no replicate has a run of every combination")
    names = tuple(row["ingredient"] for row in words.rows(answer, found))
    pairs = [row["pair"].split(" and ") for row in words.pair_rows(answer, found)]
    factor = answer.measure.factor
    return AblationFigure(
        ingredients=names,
        effects={
            kind: tuple(_drawn(answer, found.effect(kind, name)) for name in names)
            for kind in words.kinds(found)
        },
        pairs=tuple((a, b, _drawn(answer, found.effect("interaction", a, b))) for a, b in pairs),
        margin=factor * comparison.margin,
        level=comparison.level,
        measure=answer.measure,
        whole=_drawn(answer, found.effect("whole")),
        baseline=answer.spoken(answer.baseline),
    )


def _drawn(answer: Answer, effect: Effect) -> DrawnEffect:
    measure, c = answer.measure, effect.contrast
    return DrawnEffect(
        measure.factor * c.difference,
        measure.factor * measure.possible(c.low),
        measure.factor * measure.possible(c.high),
        c.verdict.label,
        words.in_words(effect),
        words.written(answer, effect),
    )


def caption(record: AblationFigure) -> str:
    """Say how to read the figure."""
    average = (
        ", on average over all combinations of the others" if "on average" in record.effects else ""
    )
    text = f"Left: what every ingredient gives, alone against {record.baseline}{average}, and in the whole. "
    if record.pairs:
        text += (
            "Right: what two give together beyond the sum of both; left of zero they overlap, right of it they help "
            "one another. "
        )
    return f"{text}Bars: {100 * record.level:g} % intervals for all effects together; shaded: the margin."


def alt(record: AblationFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = [
        f"{name} {', '.join(f'{kind} {own[at].text}' for kind, own in record.effects.items())}"
        for at, name in enumerate(record.ingredients)
    ]
    parts += [f"{a} and {b} {effect.text} ({effect.said})" for a, b, effect in record.pairs]
    return f"All together {record.whole.text}. Effects with intervals: {'; '.join(parts)}."
