"""Write docs/origins from folders that `bridle reproduce` wrote: `python -m docs.origins FOLDER …`."""

from __future__ import annotations

import sys
from pathlib import Path

import bridle
from bridle.api.reproduce import Reproduction
from bridle.experiments.trials import FILE
from bridle.origins import origins, works
from bridle.report import published

PLACE = Path(__file__).resolve().parent / "origins"
DOTS = 80
"""Of the pictures, an inch."""

OF_STUDY = ("differences", "boundaries", "curves", "weights")
"""Figures that are shown of a work that is one comparison, where it has them."""


def write(folder: Path) -> Path:
    """Write the page and the pictures of a reproduced work; return the page's path.

    Args:
        folder: of the study, or of the experiment.
    """
    if (folder / FILE).is_file():
        return _experiment(Reproduction(folder))
    study = bridle.Study(folder)
    work = origins()[study.plan.origin or ""]
    pictures = PLACE / work.name
    pictures.mkdir(parents=True, exist_ok=True)
    lines = [
        f"# {work.title}",
        "",
        f"`bridle reproduce {work.name}`",
        "",
        f"**{work.question}** {' '.join(study.sentences())}",
        "",
        *(_beside(figure) for figure in published.figures(study, study.answer)),
    ]
    for name in OF_STUDY:
        try:
            figure = study.figure(name)
        except bridle.UserError:
            continue
        figure.savefig(pictures / f"{name}.png", dpi=DOTS)
        lines += ["", f"![{name}]({work.name}/{name}.png)"]
    return _written(work.name, "\n".join(lines) + "\n")


def _beside(figure: published.PublishedFigure) -> str:
    """Return a published figure beside ours, in a line."""
    line = (
        f"- {figure.method}, {figure.metric}: published {figure.text}; ours {figure.ours or 'none'}"
    )
    if figure.predicted:
        line += f"; prediction interval {figure.predicted}: **{figure.verdict}**"
    return f"{line}."


def _experiment(held: Reproduction) -> Path:
    name = held.experiment.name
    pictures = PLACE / name
    pictures.mkdir(parents=True, exist_ok=True)
    for statement in held.experiment.statements:
        figure = held.figure(statement.name)
        if figure is not None:
            figure.savefig(pictures / f"{statement.name}.png", dpi=DOTS)
    return _written(name, held.markdown(name))


def _written(name: str, text: str) -> Path:
    page = PLACE / f"{name}.md"
    page.write_text(text, encoding="utf-8")
    return page


def index() -> str:
    """Return the page that lists every work, with its question and the answer of its page."""
    lines = [
        "# Works reproduced",
        "",
        "<!-- written by `python -m docs.origins`; do not edit -->",
        "",
        "Each page was written from what `bridle reproduce NAME` trained, by `python -m docs.origins FOLDER`.",
        "",
        "| work | question | answer |",
        "|---|---|---|",
    ]
    for name, work in works().items():
        page = PLACE / f"{name}.md"
        link, answer = f"`{name}`", "not run here yet"
        if page.is_file():
            link = f"[{name}]({name}.md)"
            answer = page.read_text(encoding="utf-8").partition(f"**{work.question}** ")[2]
            answer = " ".join(answer.partition("\n\n")[0].split())
        lines.append(f"| {link} | {work.question} | {answer} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(f"written: {write(Path(given)).relative_to(PLACE.parents[1])}")
    (PLACE / "README.md").write_text(index(), encoding="utf-8")
