"""The page of several data sets: ranks, their diagram, and every data set's verdicts with a link to its own page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from bridle.files import write_whole
from bridle.report import page, terminal
from bridle.report.answer import Answer, read
from bridle.report.encode import data_uri, encode
from bridle.report.figures.ranks import alt
from bridle.report.numbers import DASH, many
from bridle.report.over import OverDatasets, StudyVerdicts
from bridle.report.palette import VERDICTS, color
from bridle.report.ranks import p_words
from bridle.report.source import BASELINE, Study


class Studies(Protocol):
    """The same comparison on several data sets."""

    @property
    def folder(self) -> Path:
        """Where they lie."""

    @property
    def studies(self) -> Mapping[str, Study]:
        """One for each data set."""

    @property
    def over(self) -> OverDatasets[StudyVerdicts]:
        """What each says, and the ranks."""

    def sentences(self) -> list[str]:
        """The answer in words."""


def write(studies: Studies) -> Path:
    """Write `report.html` into the folder of all studies, whole or not at all."""
    return write_whole(studies.folder / page.NAME, text(studies))


def text(studies: Studies) -> str:
    """Return the page: the same for the same studies."""
    over = studies.over
    answers = {name: read(studies.studies[name]) for name in over.datasets}
    ranking, picture = over.ranking, ""
    said = studies.sentences()[: -len(over.datasets)]
    if ranking is not None and ranking.datasets:
        picture = data_uri(encode(over.figure(), "svg"), "svg")
    others = many(len(over.methods) - 1, "method")
    runs = sum(answer.runs for answer in answers.values())
    return page.render(
        "over.html.jinja",
        title="Which regularization helps over these data sets?",
        header=f"{many(len(studies.studies), 'data set')} · {others} against no regularization"
        f" · {many(runs, 'run')}",
        first=said[0] if said else "There is nothing to rank.",
        more=" ".join(said[1:]),
        ranks=_ranks(over),
        picture=picture,
        alt="" if ranking is None else alt(ranking),
        datasets=[
            {
                "name": name,
                "link": f"{quote(studies.studies[name].folder.name)}/{page.NAME}",
                "summary": one.summary.replace("\n", " "),
            }
            for name, one in over.datasets.items()
        ],
        matrix=[_line(method, answers) for method in _ordered(over)],
        versions=dict(sorted(next(iter(studies.studies.values())).versions.items())),
    )


def _ordered(over: OverDatasets[StudyVerdicts]) -> list[str]:
    """Return the methods by average rank, those without one as they were given."""
    ranked = [] if over.ranking is None else [m.method for m in over.ranking.methods]
    return ranked or over.methods


def _ranks(over: OverDatasets[StudyVerdicts]) -> list[dict[str, Any]]:
    if over.ranking is None:
        return []
    counts, rows = over.counts(), []
    for m in over.ranking.methods:
        own, baseline = counts[m.method], m.method == BASELINE
        amounts = [own["helps"], own["hurts"], own["no practical difference"]]
        amounts.append(own["undecided"] + own["no verdict"])
        rows.append(
            {
                "method": m.method,
                "color": color(m.method),
                "rank": f"{m.rank:.2f}" if m.rank == m.rank else DASH,
                "standing": "baseline" if baseline else m.standing,
                "p": p_words(m.p).removeprefix("p ").removeprefix("= "),
                "counts": [DASH] * 4 if baseline else amounts,
                "baseline": baseline,
            }
        )
    return rows


def _line(method: str, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Return what every data set says of a method."""
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
                "tone": VERDICTS.get(row.verdict, VERDICTS["no verdict"]),
                "difference": "" if baseline else texts[terminal.DIFFERENCE],
            }
        )
    return {
        "method": method,
        "color": color(method),
        "cells": cells,
        "baseline": method == BASELINE,
    }
