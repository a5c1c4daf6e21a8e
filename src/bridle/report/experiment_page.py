"""The page of an experiment: every statement with its verdict and the picture that shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bridle.experiments.outcome import ABSENT, DEPENDS, HOLDS, CaseResult, Outcome, StatementResult
from bridle.experiments.paired import Trained
from bridle.lines import command_line
from bridle.networks.catalogue import in_words
from bridle.numbers import capital, duration, listed, many
from bridle.optimizers.catalogue import scheduled
from bridle.report import experiment_words as words
from bridle.report.draw.experiments import draw
from bridle.report.encode import data_uri, encode
from bridle.report.figures.base import NotShownError
from bridle.report.figures.experiment_captions import alt, caption
from bridle.report.figures.experiments import collect
from bridle.report.page import render
from bridle.study.reader import StudyReader

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def page(outcome: Outcome, trained: Trained) -> str:
    """Return the page as text: the same for the same studies.

    Args:
        outcome: what was found.
        trained: the studies by the names of the trials.
    """
    work = outcome.experiment
    return render(
        "experiment.html.jinja",
        header=header(outcome, trained),
        title=work.title,
        question=work.question,
        first=words.summary(outcome),
        more=words.agreement(outcome),
        statements=[_statement(result, trained) for result in outcome.statements],
        footnote=words.footnote(outcome),
        printed=[asdict(words.printed_line(result)) for result in outcome.printed],
        printed_footnote=words.printed_footnote(outcome),
        short=work.scales[outcome.scale].short,
        facts=facts(outcome),
        trials=[_trial(name, study) for name, study in trained.items()],
        command=command(outcome),
    )


def header(outcome: Outcome, trained: Trained) -> str:
    """Return the line at the top."""
    runs = sum(study.runs for study in trained.values())
    seconds = sum(study.facts()["seconds"] for study in trained.values())
    return (
        f"{outcome.experiment.name} · {outcome.scale} scale · {many(len(trained), 'comparison')} · "
        f"{many(runs, 'run')} in {duration(seconds)}"
    )


def command(outcome: Outcome) -> str:
    """Return the line that repeats the experiment."""
    line = ["reproduce", outcome.experiment.name]
    if outcome.scale != "laptop":
        line += ["--scale", outcome.scale]
    return command_line(*line)


def facts(outcome: Outcome) -> list[tuple[str, str]]:
    """Return how it was done, line by line."""
    work = outcome.experiment
    short = work.scales[outcome.scale].short
    return [
        ("Scale", f"{outcome.scale}{f': {short}' if short else ''}"),
        *(("Ours", sentence) for sentence in work.unstated),
        *(("Note", sentence) for sentence in work.remarks),
        (
            "Settings",
            "where several strengths were tried, each replicate uses the best on its validation data",
        ),
    ]


def picture_of(result: StatementResult, trained: Trained) -> Figure | None:
    """Return the figure of a statement, drawn; None where nothing was measured."""
    try:
        return draw(collect(result, trained))
    except NotShownError:
        return None


def telling(result: StatementResult) -> CaseResult | None:
    """Return the clearest of the cases that speak for a statement's verdict; None without cases.

    Of a statement that depends on conditions these are the cases in which it holds.
    """
    wanted = HOLDS if result.verdict == DEPENDS else result.verdict
    speaking = [case for case in result.cases if case.verdict == wanted] or result.cases

    def clearness(case: CaseResult) -> float:
        width, least = case.high - case.low, case.case.least
        distance = abs(case.effect.estimate.difference - least)
        # where all replicates agree there is no width; another case shows more
        return distance / width if width > 0 else 0.0

    return max(speaking, key=clearness, default=None)


def effect_in_words(result: StatementResult) -> str:
    """Return the effect of a telling case of a statement, with its interval."""
    found = telling(result)
    if found is None:
        return ""
    line = words.case_line(found, result.statement.measure)
    return f"{line.effect} {line.interval}, {line.where or line.name}"


def _statement(result: StatementResult, trained: Trained) -> dict[str, Any]:
    own = result.statement
    return {
        "name": own.name,
        "text": own.text,
        "verdict": result.verdict,
        "tone": result.verdict.replace(" ", "-"),
        "effect": effect_in_words(result),
        "depends": words.depends_on(result),
        "cases": [asdict(words.case_line(case, own.measure)) for case in result.cases],
        "picture": _pictured(result, trained),
        "source": own.source,
        "note": own.note,
        "missing": listed(result.missing) if result.verdict != ABSENT else "",
    }


def _pictured(result: StatementResult, trained: Trained) -> dict[str, str] | None:
    """Return a statement's picture as the page shows it; None where nothing was measured."""
    try:
        record = collect(result, trained)
    except NotShownError:
        return None
    figure = draw(record)
    return {
        "source": data_uri(encode(figure, "svg"), "svg"),
        "alt": alt(record),
        "caption": caption(record),
        "width": f"{96 * figure.get_figwidth():.0f}",
    }


def _trial(name: str, study: StudyReader) -> dict[str, str]:
    plan = study.plan
    rates = ", ".join(f"{rate:g}" for rate in plan.learning_rates)
    training = (
        f"{in_words(plan.network, plan.widths, plan.activation)}; {many(plan.epochs, 'epoch')}, batches of "
        f"{plan.batch_size}, {plan.optimizer}, learning rate {rates}{scheduled(plan.schedule)}"
    )
    return {
        "name": capital(name),
        "data": plan.dataset,
        "training": training,
        "replicates": str(plan.replicates),
        "runs": f"{study.runs:,}",
    }
