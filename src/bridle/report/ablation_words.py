"""What an ablation says, in words: what carries the cocktail, what can go, what overlaps, what is undecided."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridle.grammar import parse_value, split_outside
from bridle.numbers import DASH, capital, count, listed, many, number, spoken
from bridle.report.interval_words import range_words
from bridle.verdict.ablation import Ablation, Effect, Kind
from bridle.verdict.answer import Answer

OF_ONE: tuple[Kind, ...] = ("alone", "on average", "in the whole")
"""Kinds of effects that every ingredient has, in the order of tables."""

NAMED = 3
"""Maximum number of pairs that are named with their intervals."""

PAIR_COLUMNS = ("pair", "interaction", "verdict")
RIGHT = frozenset(OF_ONE)
"""Columns that stand at the right."""


def sentences(answer: Answer) -> list[str]:
    """Return what the effects say, sentence by sentence; nothing if there is no ablation or no replicate for it."""
    found = answer.ablation
    if found is None or found.effect("whole").contrast.verdict.label == "no verdict":
        return []
    return [_whole(answer, found), *_parts(answer, found), *_pairs(answer, found)]


def _whole(answer: Answer, found: Ablation) -> str:
    """Say what all ingredients give together."""
    contrast = found.effect("whole").contrast
    baseline, margin = answer.spoken(answer.baseline), answer.measure.size(contrast.verdict.margin)
    who = _named(found.ingredients)
    together = f"All {count(len(found.ingredients))} together" if who == "" else f"{who} together"
    if contrast.verdict.label == "no practical difference":
        return f"{capital(together)} make no practical difference to {baseline} (less than {margin} either way)."
    if contrast.verdict.label == "undecided":
        return f"{capital(together)} are undecided against {baseline}: {_amount(answer, found.effect('whole'))}."
    verb = "help" if contrast.verdict.label == "helps" else "hurt"
    return (
        f"{capital(together)} {verb}: {_amount(answer, found.effect('whole'))} against {baseline}."
    )


def _parts(answer: Answer, found: Ablation) -> list[str]:
    """Say which ingredients the whole needs, which can go, and which are undecided."""
    by_label: dict[str, list[Effect]] = {}
    for effect in sorted(found.of("in the whole"), key=lambda e: -_rank(e)):
        by_label.setdefault(effect.contrast.verdict.label, []).append(effect)
    said = []
    if needed := by_label.get("helps", []):
        verb = "carries" if len(needed) == 1 else "carry"
        said.append(f"{capital(_who(needed))} {verb} it: in the whole {_each(answer, needed)}.")
    if harmful := by_label.get("hurts", [])[::-1]:
        it = "it does" if len(harmful) == 1 else "they do"
        text = (
            f"{capital(_who(harmful))} should go: in the whole {it} harm, {_each(answer, harmful)}."
        )
        said.append(text)
    if idle := by_label.get("no practical difference", []):
        margin = answer.measure.size(idle[0].contrast.verdict.margin)
        if len(idle) == 1:
            said.append(
                f"{capital(_who(idle))} can go: it changes the whole by less than {margin}."
            )
        else:
            said.append(
                f"Any one of {_who(idle)} can go: each changes the whole by less than {margin}, which says nothing "
                "of leaving out several."
            )
    if left := by_label.get("undecided", []):
        said.append(f"Whether the whole needs {_who(left, 'or')} is undecided.")
    if unknown := by_label.get("no verdict", []):
        verb = "has" if len(unknown) == 1 else "have"
        said.append(f"{capital(_who(unknown))} {verb} no verdict in the whole.")
    return said


def _pairs(answer: Answer, found: Ablation) -> list[str]:
    """Say which pairs overlap or help one another."""
    pairs = [e for e in found.of("interaction") if e.contrast.verdict.label in ("helps", "hurts")]
    pairs.sort(key=lambda effect: -abs(effect.contrast.difference))
    if not pairs:
        return []
    said = []
    for effect in pairs[:NAMED]:
        does = "help one another" if effect.contrast.difference > 0 else "overlap"
        more = "more" if effect.contrast.difference > 0 else "less"
        amount = _without_sign(answer, effect)
        said.append(
            f"{capital(_who([effect]))} {does}: together {amount} {more} than the sum of both."
        )
    if left := len(pairs[NAMED:]):
        verb = "does" if left == 1 else "do"
        said.append(f"So {verb} {count(left)} more of the pairs, in one way or the other.")
    return said


def _rank(effect: Effect) -> float:
    difference = effect.contrast.difference
    return -math.inf if math.isnan(difference) else difference


def _named(ingredients: Sequence[str]) -> str:
    """Return the names of few ingredients."""
    return listed([*map(spoken, ingredients)]) if len(ingredients) <= NAMED else ""


def _who(effects: Sequence[Effect], last: str = "and") -> str:
    return listed([spoken(name) for effect in effects for name in effect.ingredients], last)


def _amount(answer: Answer, effect: Effect) -> str:
    """Write `+1.2 points of test accuracy (0.3 to 2.1)`."""
    difference, interval = range_words(answer, effect.contrast)
    metric = f"test {answer.measure.metric}"
    if answer.measure.lower:
        way = "lower" if effect.contrast.difference > 0 else "higher"
        return f"{metric} {way} by {difference} ({interval})"
    unit = f" {answer.measure.points}" if answer.measure.points else ""
    return f"{difference}{unit} of {metric} ({interval})"


def _each(answer: Answer, effects: Sequence[Effect]) -> str:
    """Write the difference that each of some ingredients makes."""
    parts: list[str] = []
    for effect in effects:
        difference, interval = range_words(answer, effect.contrast)
        if answer.measure.lower:
            difference += " lower" if effect.contrast.difference > 0 else " higher"
        elif answer.measure.points and not parts:
            difference += f" {answer.measure.points}"
        parts.append(f"{difference} ({interval})")
    return listed(parts)


def _without_sign(answer: Answer, effect: Effect) -> str:
    """Write the size of a difference and its interval."""
    c = effect.contrast
    ends = (c.difference, c.low, c.high) if c.difference > 0 else (-c.difference, -c.high, -c.low)
    difference, low, high = (text.lstrip("+") for text in answer.measure.interval(*ends))
    unit = f" {answer.measure.points}" if answer.measure.points else ""
    return f"{difference}{unit} ({low} to {high})"


def written(answer: Answer, effect: Effect) -> str:
    """Write a difference with its interval, as tables do."""
    c = effect.contrast
    if not math.isfinite(c.difference):
        return DASH
    if math.isnan(c.low):
        return answer.measure.change(c.difference)
    difference, low, high = answer.measure.interval(c.difference, c.low, c.high)
    return f"{difference} [{low}, {high}]"


def kinds(found: Ablation) -> tuple[Kind, ...]:
    """Return the kinds of effects that every ingredient of this ablation has."""
    return tuple(kind for kind in OF_ONE if found.of(kind))


def columns(found: Ablation) -> list[str]:
    """Return the columns of the table of ingredients."""
    return ["ingredient", "setting", *kinds(found), "verdict"]


def rows(answer: Answer, found: Ablation) -> list[dict[str, str]]:
    """Return the table of ingredients, the one that the whole needs most first; the verdict is that in the whole."""
    settings = dict(zip(found.ingredients, found.settings, strict=True))
    ordered = sorted(found.of("in the whole"), key=_rank, reverse=True)
    table = []
    for effect in ordered:
        (name,) = effect.ingredients
        texts: dict[str, str] = {k: written(answer, found.effect(k, name)) for k in kinds(found)}
        setting = _setting(settings[name]) or DASH
        verdict = {"ingredient": name, "setting": setting, "verdict": in_words(effect)}
        table.append({**verdict, **texts})
    return table


def _setting(given: str) -> str:
    """Write what stands in parentheses as `rate 0.3`."""
    parts = [part.partition("=") for part in split_outside(given, ",")]
    return ", ".join(
        f"{key} {number(parse_value(value))}".strip() for key, _, value in parts if key
    )


def pair_rows(answer: Answer, found: Ablation) -> list[dict[str, str]]:
    """Return the table of pairs, the largest interaction first."""
    ordered = sorted(found.of("interaction"), key=lambda e: -abs(_rank(e)))
    return [
        {
            "pair": " and ".join(effect.ingredients),
            "interaction": written(answer, effect),
            "verdict": in_words(effect),
        }
        for effect in ordered
    ]


_INTERACTIONS = {"helps": "help one another", "hurts": "overlap"}
_REMOVED = {"helps": "carries", "hurts": "should go", "no practical difference": "can go"}


def in_words(effect: Effect) -> str:
    """Return the verdict on an ingredient of the whole, or on a pair."""
    label = effect.contrast.verdict.label
    if effect.kind == "interaction":
        return _INTERACTIONS.get(label, label)
    return _REMOVED.get(label, label) if effect.kind == "in the whole" else label


def footnote(answer: Answer, found: Ablation) -> str:
    """Say how to read the tables."""
    comparison = answer.comparison
    assert comparison is not None
    looks = " and all looks" if comparison.looks.again and comparison.replicates > 1 else ""
    unit = f", in {answer.measure.points}" if answer.measure.points else ""
    better = "; positive is better" if answer.measure.lower else ""
    text = "Alone: against none. "
    if found.of("on average"):
        text += "On average: in minus out, over all combinations of the others. "
    text += "In the whole: the whole minus the whole without it; the verdict is on this. "
    if found.of("interaction"):
        text += "Interaction: what two give together beyond the sum of both. "
    if found.resolution is not None and found.of("on average"):
        text += (
            f"Averages are over a fraction of all combinations, of resolution {number(found.resolution)}"
            f"{'' if found.of('interaction') else ', which does not tell pairs apart'}. "
        )
    return text + (
        f"Intervals: {100 * comparison.level:g} % for all {many(len(found.effects), 'effect')}{looks} "
        f"together{unit}{better}; those of combinations are a family of their own."
    )
