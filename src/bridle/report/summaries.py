"""Whole answers in words: of one comparison with published rankings, and of several data sets."""

from __future__ import annotations

from bridle.report import ablation_words, published, rank_words, words
from bridle.verdict.answer import Answer
from bridle.verdict.several import Several


def sentences(answer: Answer) -> list[str]:
    """Return an answer in sentences, with the effects of an ablation, and every published ranking at the end."""
    return words.sentences(answer) + ablation_words.sentences(answer) + published.lines(answer)


def short(answer: Answer) -> str:
    """Return an answer in one line; published rankings are only counted."""
    return " ".join(words.sentences(answer) + published.sentences(answer))


def over_datasets(several: Several, unfinished: int = 0, planned: int = 0) -> list[str]:
    """Return the answer over data sets.

    Args:
        several: the answers and the ranks.
        unfinished: number of data sets with an unfinished study.
        planned: number of all data sets.
    """
    said = [] if several.ranking is None else rank_words.sentences(several.ranking)
    if unfinished:
        who = f"{unfinished} of {planned} data sets are not finished"
        said.insert(0, f"Not finished: {who}, so what follows is provisional.")
    return said


def each(several: Several) -> list[str]:
    """Return one line for each data set."""
    return [f"{several.titles[name]}: {short(answer)}" for name, answer in several.answers.items()]
