"""Write docs/origins from folders that `bridle reproduce` wrote: `python -m docs.origins FOLDER …`.

On a machine that does other work too, `FOLDER=230` says how many seconds of processor time the training took, as
`/usr/bin/time` reports.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import bridle
from bridle.api.reproduce import Reproduction
from bridle.experiments.trials import FILE
from bridle.numbers import duration, many
from bridle.origins import works
from bridle.report import published, summaries
from bridle.study.reproduce import command_that_reproduces, reproduced

PLACE = Path(__file__).resolve().parent / "origins"
DOTS = 80
"""Of the pictures, an inch."""

SECONDS = PLACE / "seconds.json"
"""How long training took on two cores, by page."""

TOGETHER = 2 * 60 * 60
"""Seconds within which all works are to be trained together, on two cores."""

OF_STUDY = ("differences", "boundaries", "curves", "weights")
"""Figures that are shown of a work that is one comparison, where it has them."""


def write(folder: Path, processor: float | None = None) -> Path:
    """Write the page and the pictures of a reproduced work; return the page's path.

    Args:
        folder: of the study, or of the experiment.
        processor: seconds of processor time that training took; by default its time by the clock counts.
    """
    if (folder / FILE).is_file():
        return _experiment(Reproduction(folder), processor)
    study = bridle.Study(folder)
    work = reproduced(study.plan)
    if work is None:
        raise bridle.UserError(f"{folder} reproduces no work.")
    command, seconds = command_that_reproduces(study.plan), study.facts()["seconds"]
    name = "-".join(re.findall(r"\w+", command.partition(" reproduce ")[2].replace("_", "-")))
    pictures = PLACE / name
    pictures.mkdir(parents=True, exist_ok=True)
    lines = [
        f"# {work.title}",
        "",
        f"`{command}` ({many(study.runs, 'run')} in {duration(seconds)})",
        "",
        f"**{work.question}** {summaries.short(study.answer)}",
        "",
        *_rankings(study),
        *(_beside(figure) for figure in published.figures(study, study.answer)),
    ]
    for shown in OF_STUDY:
        try:
            figure = study.figure(shown)
        except bridle.UserError:
            continue
        figure.savefig(pictures / f"{shown}.png", dpi=DOTS)
        lines += ["", f"![{shown}]({name}/{shown}.png)"]
    text = re.sub(
        r"\n{3,}", "\n\n", "\n".join(lines)
    )  # a work may have neither rankings nor figures
    return _written(name, text + "\n", _on_two(seconds, processor))


def _rankings(study: bridle.Study) -> list[str]:
    """Return a table of the work's rankings with our evidence; nothing where it has none."""
    rows = [
        f"| {claim.text} | {claim.difference} | {claim.verdict} |"
        for claim in published.claims(study.answer)
    ]
    if not rows:
        return []
    head = ["| published ranking | difference here | verdict |", "|---|---|---|"]
    return [*head, *rows, "", published.footnote(study.answer), ""]


def _beside(figure: published.PublishedFigure) -> str:
    """Return a published figure beside ours, in a line."""
    line = (
        f"- {figure.method}, {figure.metric}: published {figure.text}; ours {figure.ours or 'none'}"
    )
    if figure.predicted:
        line += f"; prediction interval {figure.predicted}: **{figure.verdict}**"
    return f"{line}."


def _experiment(held: Reproduction, processor: float | None) -> Path:
    name = held.experiment.name + ("" if held.scale == "laptop" else f"-scale-{held.scale}")
    pictures = PLACE / name
    pictures.mkdir(parents=True, exist_ok=True)
    for statement in held.experiment.statements:
        figure = held.figure(statement.name)
        if figure is not None:
            figure.savefig(pictures / f"{statement.name}.png", dpi=DOTS)
    seconds = sum(study.facts()["seconds"] for study in held.studies.values())
    return _written(name, held.markdown(name), _on_two(seconds, processor))


def _on_two(seconds: float, processor: float | None) -> float:
    """Return how long training takes on two cores, from its time by the clock, or its processor time."""
    return seconds if processor is None else processor / 2


def _written(name: str, text: str, seconds: float) -> Path:
    page = PLACE / f"{name}.md"
    page.write_text(text, encoding="utf-8")
    measured = {**_seconds(), name: round(seconds)}
    SECONDS.write_text(json.dumps(measured, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return page


def _seconds() -> dict[str, int]:
    """Return how long each page's training took."""
    found: dict[str, int] = json.loads(SECONDS.read_text(encoding="utf-8"))
    return found


def pages(name: str) -> list[Path]:
    """Return the pages of a work: the work itself first, then its repetitions with options."""
    every = sorted(PLACE.glob("*.md"))
    return [page for page in every if _command(page)[2:3] == [name]]


def _command(page: Path) -> list[str]:
    """Return the words of the command that a page begins with."""
    found = re.search(
        r"^`(bridle reproduce [^`]*)`", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    return found[1].split() if found else []


def index() -> str:
    """Return the page that lists every work, with its question and the answer of its pages."""
    measured = _seconds()
    lines = [
        "# Works reproduced",
        "",
        "<!-- written by `python -m docs.origins`; do not edit -->",
        "",
        "Each page was written by `python -m docs.origins FOLDER` from what its command trained.",
        "",
        "| work | question | answer | trained in |",
        "|---|---|---|---|",
    ]
    for name, work in works().items():
        found = pages(name)
        if not found:
            lines.append(f"| `{name}` | {work.question} | not run here yet | |")
        for page in found:
            text = page.read_text(encoding="utf-8")
            asked = re.search(r"^\*\*(.+?)\*\* (.+?)\n\n", text, re.MULTILINE | re.DOTALL)
            assert asked is not None, page
            answer = " ".join(asked[2].split())
            link = f"[{' '.join(_command(page)[2:])}]({page.name})"
            lines.append(f"| {link} | {asked[1]} | {answer} | {duration(measured[page.stem])} |")
    whole = sum(measured.values())
    lines += [
        "",
        f"Together these trainings took {duration(whole)} of two cores; all works are meant to take at most "
        f"{duration(TOGETHER)} together. Times are half of the processor time where that was measured, otherwise by "
        "the clock; during some trainings others shared the two cores.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for given in sys.argv[1:]:
        place, _, told = given.partition("=")
        page = write(Path(place), float(told) if told else None)
        print(f"written: {page.relative_to(PLACE.parents[1])}")
    (PLACE / "README.md").write_text(index(), encoding="utf-8")
