"""The section on methods: how networks were trained, from the plan, and what verdicts rest on, with references."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.methods.papers import Paper
from bridle.methods.schedules.base import CONSTANT
from bridle.numbers import spoken
from bridle.optimizers.catalogue import optimizer, schedule
from bridle.report.designs import DESIGNS
from bridle.report.facts import facts
from bridle.report.manuscript.blocks import Block, Cite, Inline, Paragraph, TableBlock, paragraph
from bridle.report.manuscript.statistics_papers import CLUSTERS, HOLM, HSU, RANKS, SIDAK, SPLITS
from bridle.statistics.ranks import Ranking
from bridle.study.plan import BASELINE
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer


def trained(study: StudyReader, answer: Answer) -> tuple[Block, ...]:
    """Return what was compared and how networks were trained."""
    plan = study.plan
    others = [label for label in plan.methods if label != BASELINE]
    compared: list[Inline] = []
    for place, label in enumerate(others):
        names = Composition.parse(label).names
        compared += [_joint(place, len(others)), answer.spoken(label)]
        compared += _cited([paper for name in names for paper in method(name).card.papers])
    sentence: list[Inline] = []
    if others and BASELINE in plan.methods:
        sentence = ["We compared ", *compared, " with no regularization. "]
    elif others:
        sentence = ["We trained with ", *compared, ". "]
    with_adam = optimizer(plan.optimizer)
    sentence += [f"Networks were trained by {with_adam.name}", *_cited(with_adam.card.papers)]
    if plan.schedule != CONSTANT:
        falling = schedule(plan.schedule)
        sentence += [", with the schedule ", falling.name, *_cited(falling.card.papers)]
    sentence.append(
        ". In a replicate all methods share the data's split, the first weights, the order of batches and the noise."
    )
    rows = tuple(facts(study, answer))
    return (
        paragraph(*sentence),
        TableBlock("How it was done.", ("what", "how"), rows, (False, False)),
    )


def statistics(answer: Answer) -> tuple[Block, ...]:
    """Return what intervals and verdicts rest on."""
    if answer.comparison is None or not answer.compared:
        return ()
    evidence, level = answer.evidence, f"{100 * answer.comparison.level:g} %"
    parts: list[Inline] = [
        f"Differences to {answer.spoken(answer.baseline)} are taken within replicates. "
        f"{DESIGNS[evidence.design].capitalize()}; "
    ]
    if evidence.design == "fresh":
        parts.append("the standard error is that of a paired t-test. ")
    elif evidence.examples:
        source = "trainings" if evidence.design == "fixed_test" else "splits"
        parts += [
            f"the standard error has two sources, {source} and test examples",
            Cite((CLUSTERS,)),
        ]
        parts.append(". ")
    elif evidence.design == "overlapping":
        parts += ["the standard error is enlarged for what splits share", Cite((SPLITS,)), ". "]
    else:
        parts.append("the standard error is that of trainings alone. ")
    if len(answer.compared) > 1:
        parts += [f"Intervals hold at {level} for all comparisons together", Cite((SIDAK,))]
        parts += [
            "; verdicts are taken step by step",
            Cite((HOLM,)),
            "; the leading group holds every method that ",
        ]
        parts += ["cannot be told apart from the best", Cite((HSU,)), ". "]
    else:
        parts.append(f"The interval holds at {level}. ")
    parts.append(
        "A method helps or hurts if its interval excludes zero; it makes no practical difference if the interval lies "
        "within the margin; otherwise it is undecided."
    )
    return (Paragraph(tuple(parts)),)


def over_data_sets(ranking: Ranking) -> tuple[Block, ...]:
    """Return what ranks over data sets rest on."""
    if not ranking.datasets:
        return ()
    return (
        paragraph(
            "On every data set methods are ranked by their scores, and average ranks are compared",
            Cite((RANKS,)),
            f". The baseline is {spoken(ranking.baseline)}.",
        ),
    )


def _cited(papers: Sequence[Paper]) -> list[Inline]:
    return [Cite(tuple(papers))] if papers else []


def _joint(place: int, total: int) -> str:
    """Return what stands before one of several names."""
    if place == 0:
        return ""
    return " and " if place == total - 1 else ", "
