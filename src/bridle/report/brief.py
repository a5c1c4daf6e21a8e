"""The first screen: one sentence on what was found, one caution at most, and one next command."""

from __future__ import annotations

import math

from bridle.numbers import capital, count, listed, many
from bridle.report import ablation_words, proper_score, signal_words, undertrained, words
from bridle.report.advice import Advice, advice
from bridle.verdict.answer import Answer
from bridle.verdict.several import Several

NAMED = 3
"""Maximum number of methods named beside the first."""


def headline(answer: Answer) -> str:
    """Return the verdict in one sentence."""
    if not any(math.isfinite(row.score) for row in answer.rows):
        return words.sentences(answer)[-1]
    if answer.chance is not None:
        return signal_words.none_found(answer)
    helping = [c for c in answer.compared if c.verdict.label == "helps"]
    hurting = [c for c in reversed(answer.compared) if c.verdict.label == "hurts"]
    if not helping and not hurting:
        return words.verdict(answer)
    there = (
        ""
        if answer.comparison is None or not answer.comparison.conditional
        else "On this test set, "
    )
    found = [c.method for c in helping or hurting]
    text = words.effects(answer, (helping or hurting)[:1], bool(helping))[0].removesuffix(".")
    text = f"{there}{text[:1].lower()}{text[1:]}" if there else text
    if rest := found[1:]:
        names = [answer.spoken(label) for label in rest[:NAMED]]
        if len(rest) > NAMED:
            names.append(many(len(rest) - NAMED, "other"))
        text += f"; so {'does' if len(rest) == 1 else 'do'} {listed(names)}"
    if not helping:
        return f"Nothing clearly helps. {text}."
    if hurting:
        who = (
            answer.spoken(hurting[0].method)
            if len(hurting) == 1
            else f"{count(len(hurting))} others"
        )
        text += f"; {who} {'hurts' if len(hurting) == 1 else 'hurt'}"
    return f"{text}."


def verdict(answer: Answer) -> list[str]:
    """Return the verdict, what an ablation says of its ingredients, and what a proper score decides beside it."""
    said = [headline(answer), *ablation_words.sentences(answer)]
    return said + proper_score.sentences(answer)


def each(several: Several) -> list[str]:
    """Return the verdict on each data set in one line."""
    return [
        f"{several.titles[name]}: {headline(answer)}" for name, answer in several.answers.items()
    ]


def caution(answer: Answer) -> str:
    """Return the most serious reason to doubt the verdict; empty if there is none, or the next step says it."""
    if not answer.evidence.finished:
        left = answer.evidence.planned_runs - answer.evidence.runs
        return f"Provisional: {many(left, 'run')} {'is' if left == 1 else 'are'} still to train."
    if said := signal_words.no_better_than_the_mean(answer) or undertrained.sentences(answer):
        return said[0]
    serious = next((item for item in advice(answer) if item.warning), None)
    if serious is None or serious.action:
        return ""
    about = f"{serious.about}: " if serious.about else ""
    return f"{capital(about + serious.text)}."


def next_step(answer: Answer) -> Advice | None:
    """Return the one line to type next, with its reason."""
    return next((item for item in advice(answer) if item.action), None)


def left_out(answer: Answer) -> int:
    """Return how many sentences and remarks the first screen leaves out."""
    said = len(words.sentences(answer)) - 1
    shown = (
        (next_step(answer) is not None)
        + bool(caution(answer))
        + bool(proper_score.sentences(answer))
    )
    return max(0, said + len(advice(answer)) - shown)
