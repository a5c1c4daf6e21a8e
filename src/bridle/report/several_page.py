"""The page of several data sets: ranks, their diagram, and each data set's verdicts with a link to its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bridle.files import write_whole
from bridle.numbers import DASH, many
from bridle.report import page, terminal
from bridle.report.draw.ranks import draw
from bridle.report.encode import data_uri, encode
from bridle.report.figures.ranks import alt, record
from bridle.report.palette import Appearance, looks
from bridle.report.rank_words import p_words
from bridle.report.summaries import over_datasets, short
from bridle.study.plan import BASELINE
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer
from bridle.verdict.several import Several


def write(folder: Path, studies: Mapping[str, StudyReader], several: Several) -> Path:
    """Write `report.html` into the folder of all studies, whole or not at all; arguments as in `text`."""
    return write_whole(folder / page.NAME, text(studies, several))


def text(studies: Mapping[str, StudyReader], several: Several) -> str:
    """Return the page: the same for the same studies.

    Args:
        studies: of each data set, also those without a run.
        several: their answers, and the ranks over them.
    """
    ranking, picture = several.ranking, ""
    waiting = sum(not study.complete for study in studies.values())
    said = over_datasets(several, waiting, len(studies))
    if ranking is not None and ranking.datasets:
        picture = data_uri(encode(draw(record(ranking)), "svg"), "svg")
    others, shown = many(len(several.methods) - 1, "method"), looks(several.methods)
    runs = sum(answer.evidence.runs for answer in several.answers.values())
    return page.render(
        "several.html.jinja",
        title="Which regularization helps over these data sets?",
        header=f"{many(len(studies), 'data set')} · {others} against no regularization"
        f" · {many(runs, 'run')}",
        first=said[0] if said else "There is nothing to rank.",
        more=" ".join(said[1:]),
        ranks=_ranks(several),
        picture=picture,
        alt="" if ranking is None else alt(ranking),
        datasets=[
            {
                "name": name,
                "link": f"{quote(studies[name].folder.name)}/{page.NAME}",
                "summary": short(answer),
            }
            for name, answer in several.answers.items()
        ],
        matrix=[_line(method, several.answers, shown[method]) for method in _ordered(several)],
        versions=dict(sorted(next(iter(studies.values())).versions.items())),
    )


def _ordered(several: Several) -> Sequence[str]:
    """Return the methods by average rank, or in the order given if there is none."""
    ranked = [] if several.ranking is None else [m.method for m in several.ranking.methods]
    return ranked or several.methods


def _ranks(several: Several) -> list[dict[str, Any]]:
    if several.ranking is None:
        return []
    counts, rows = several.counts, []
    shown = looks(several.methods)
    for m in several.ranking.methods:
        own, baseline = counts[m.method], m.method == BASELINE
        amounts = [own.get("helps", 0), own.get("hurts", 0), own.get("no practical difference", 0)]
        amounts.append(own.get("undecided", 0) + own.get("no verdict", 0))
        rows.append(
            {
                "method": m.method,
                "color": shown[m.method].color,
                "rank": f"{m.rank:.2f}" if m.rank == m.rank else DASH,
                "standing": "baseline" if baseline else m.standing,
                "p": p_words(m.p).removeprefix("p ").removeprefix("= "),
                "counts": [DASH] * 4 if baseline else amounts,
                "baseline": baseline,
            }
        )
    return rows


def _line(method: str, answers: Mapping[str, Answer], look: Appearance) -> dict[str, Any]:
    """Return the verdict on a method for every data set."""
    cells = []
    for answer in answers.values():
        row = next((row for row in answer.rows if row.method == method), None)
        if row is None:
            cells.append({"score": DASH, "verdict": "", "tone": "", "difference": ""})
            continue
        texts = terminal.cells(answer, row)
        baseline = method == BASELINE
        cells.append(
            {
                "score": texts["score"],
                "verdict": texts["verdict"],
                "tone": row.verdict.replace(" ", "-"),
                "difference": "" if baseline else texts[terminal.DIFFERENCE],
            }
        )
    return {
        "method": method,
        "color": look.color,
        "cells": cells,
        "baseline": method == BASELINE,
    }
