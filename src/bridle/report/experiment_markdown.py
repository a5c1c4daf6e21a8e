"""What an experiment found, as Markdown."""

from __future__ import annotations

from bridle.experiments.outcome import Outcome
from bridle.experiments.paired import Trained
from bridle.report import experiment_words as words
from bridle.report.experiment_page import command, effect_in_words, facts, header
from bridle.report.figures.base import NotShownError
from bridle.report.figures.experiment_captions import alt, caption
from bridle.report.figures.experiments import collect


def markdown(outcome: Outcome, trained: Trained, pictures: str = "") -> str:
    """Return the answer, the tables, and a section for every statement.

    Args:
        outcome: what was found.
        trained: the studies by the names of the trials.
        pictures: folder of the pictures, named as statements are; empty for none.
    """
    work = outcome.experiment
    lines = [
        f"# {work.title}",
        "",
        f"`{command(outcome)}` ({header(outcome, trained)})",
        "",
        f"**{work.question}** {words.summary(outcome)} {words.agreement(outcome)}".rstrip(),
        "",
        "| statement | verdict | effect in a telling case |",
        "|---|---|---|",
    ]
    lines += [
        f"| {r.statement.text} | {r.verdict} | {effect_in_words(r)} |" for r in outcome.statements
    ]
    lines += ["", words.footnote(outcome), ""]
    if outcome.printed:
        lines += [
            "## Published figures beside ours",
            "",
            "| figure | published | ours | prediction interval | verdict |",
            "|---|---|---|---|---|",
        ]
        for p in map(words.printed_line, outcome.printed):
            lines.append(f"| {p.name} | {p.printed} | {p.ours} | {p.interval} | {p.verdict} |")
        lines += ["", words.printed_footnote(outcome), ""]
    lines += ["## How it was done", ""]
    lines += [f"- {name}: {text}" for name, text in facts(outcome)]
    for result in outcome.statements:
        own = result.statement
        lines += ["", f"## {own.text}", "", f"**{result.verdict}**"]
        if told := words.depends_on(result):
            lines[-1] += f" ({told.rstrip('.')})"
        lines += ["", "| case | effect | interval | verdict | remark |", "|---|---|---|---|---|"]
        for case in result.cases:
            line = words.case_line(case, own.measure)
            remark = line.where or line.remark
            lines.append(
                f"| {line.name} | {line.effect} | {line.interval} | {line.verdict} | {remark} |"
            )
        lines += ["", f"Measured: {own.source}. {own.note}".rstrip()]
        if pictures:
            try:
                record = collect(result, trained)
            except NotShownError:
                continue
            lines += ["", f"![{alt(record)}]({pictures}/{own.name}.png)", "", caption(record)]
    return "\n".join(lines) + "\n"
