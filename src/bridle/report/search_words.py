"""What a search promised and what remained, in words."""

from __future__ import annotations

from typing import Any

from bridle.numbers import many, number, spoken
from bridle.searches.record import Searched, Tried
from bridle.searches.space import Candidate
from bridle.statistics.simultaneous import Interval, interval
from bridle.study.plan import BASELINE
from bridle.verdict.answer import Answer
from bridle.verdict.measure import Measure, measure_of


def sentences(searched: Searched | None, answer: Answer) -> list[str]:
    """Return what a search found and promised, and what the comparison says of it; nothing without a search."""
    if searched is None or searched.best is None or not searched.found:
        return []
    return [
        _found(searched, searched.best),
        *_promised(searched, answer),
        *_single(searched, answer),
    ]


def _found(searched: Searched, best: Tried) -> str:
    who = named(best.candidate)
    return (
        f"Of {many(len(searched.tried), 'candidate')} ({many(searched.sets, 'set')} of methods) validation chose "
        f"{who}, at learning rate {number(best.rate)}: {score(searched, best)}."
    )


def _promised(searched: Searched, answer: Answer) -> list[str]:
    """Say what validation promised over no regularization, and what was measured."""
    best, plain, comparison = searched.best, searched.plain, answer.comparison
    if searched.found == BASELINE:
        return ["So no candidate was better than no regularization at the best learning rate."]
    if best is None or plain is None or comparison is None:
        return []
    recorded = measure_of(searched.metric, best.score)
    gain = (plain.score - best.score) if recorded.lower else (best.score - plain.score)
    promised = _with_unit(recorded.change(gain), recorded)
    found = comparison[searched.found]
    text = f"The search promised {promised} of validation {recorded.metric} over no regularization."
    if found.low != found.low:
        return [text]
    difference, low, high = answer.measure.interval(found.difference, found.low, found.high)
    return [
        f"{text} On {many(found.replicates, 'replicate')} that took no part, "
        f"{_with_unit(difference, answer.measure)} of test {answer.measure.metric} remained ({low} to {high}"
        f"{_better(answer.measure)}): {found.verdict.label}."
    ]


def _single(searched: Searched, answer: Answer) -> list[str]:
    """Say how the find compares with the best single method."""
    found, best = against_single(searched, answer), searched.best_single
    if found is None or best is None or found[1].low != found[1].low:
        return []
    difference, between = found
    shown, low, high = answer.measure.interval(difference, between.low, between.high)
    told = "the two cannot be told apart"
    if between.excludes_zero:
        told = "it is better" if between.low >= 0 else "it is worse"
    return [
        f"Against the best single method, {named(best.candidate)}, it gives {_with_unit(shown, answer.measure)} "
        f"({low} to {high}, an interval of its own{_better(answer.measure)}): {told}."
    ]


def against_single(searched: Searched, answer: Answer) -> tuple[float, Interval] | None:
    """Return the difference of the find to the best single method, with an interval of its own; None without one."""
    comparison = answer.comparison
    if comparison is None or searched.single == "" or searched.found in (searched.single, BASELINE):
        return None
    estimate = comparison.pair(searched.found, searched.single)
    return estimate.difference, interval(estimate, comparison.held)


def _better(measure: Measure) -> str:
    """Say which way is better where lower scores are."""
    return "; positive is better" if measure.lower else ""


def _with_unit(text: str, measure: Measure) -> str:
    return f"{text} {measure.points}".rstrip()


def named(candidate: Candidate) -> str:
    """Return a cocktail in words: `dropout 0.3 + l2 0.001`."""
    parts = []
    for name in candidate.methods:
        strength = candidate.strengths[name]
        parts.append(spoken(name) if strength is None else f"{spoken(name)} {number(strength)}")
    return " + ".join(parts) or "no regularization"


def score(searched: Searched, tried: Tried) -> str:
    """Write a candidate's validation score."""
    measure = measure_of(searched.metric, tried.score)
    return f"validation {measure.metric} {measure.score(tried.score)}"


TOP = 10
"""Number of candidates that pages list."""


def rows(searched: Searched) -> list[dict[str, str]]:
    """Return the best candidates that were trained in full, as texts."""
    full = [one for one in searched.tried if one.full and one.merit]
    measure = measure_of(searched.metric, full[0].score if full else 0.0)
    return [
        {
            "candidate": named(one.candidate),
            "rate": number(one.rate),
            "score": measure.score(one.score),
        }
        for one in sorted(full, key=lambda one: one.merit, reverse=True)[:TOP]
    ]


def document(searched: Searched | None, answer: Answer) -> dict[str, Any] | None:
    """Return a search for programs."""
    if searched is None or not searched.found:
        return None
    best, plain = searched.best, searched.plain
    assert best is not None
    single = against_single(searched, answer)
    return {
        "found": searched.found,
        "single": searched.single,
        "candidates": len(searched.tried),
        "full": sum(one.full for one in searched.tried),
        "sets": searched.sets,
        "pool": searched.pool,
        "seconds": searched.seconds,
        "metric": searched.metric,
        "validation_score": best.score,
        "validation_score_none": None if plain is None else plain.score,
        "against_single": None
        if single is None
        else {"difference": single[0], "low": single[1].low, "high": single[1].high},
    }
