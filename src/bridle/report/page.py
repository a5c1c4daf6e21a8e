"""The page: one file that holds everything and works offline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.files import write_whole
from bridle.lines import command_line
from bridle.metrics import of_task
from bridle.report import ablation_words, brief, published, readings, search_words, words
from bridle.report.advice import advice
from bridle.report.encode import data_uri, encode
from bridle.report.facts import again, extensions, facts, settings_tried
from bridle.report.figures.base import NotShownError, StudyReading
from bridle.report.figures.registry import PICTURES, Picture, collect
from bridle.report.interactive import document, script, styles
from bridle.report.packing import embedded
from bridle.report.recommendation import recommendation
from bridle.searches.record import Searched
from bridle.study.reader import StudyReader
from bridle.study.reproduce import command_that_reproduces
from bridle.verdict.answer import Answer
from bridle.verdict.measure import measure_of

if TYPE_CHECKING:
    from markupsafe import Markup

NAME = "report.html"


def write(study: StudyReader, answer: Answer, searched: Searched | None = None) -> Path:
    """Write `report.html` into the study's folder, whole or not at all."""
    return write_whole(study.folder / NAME, page(study, answer, searched))


def page(study: StudyReader, answer: Answer, searched: Searched | None = None) -> str:
    """Return the page as text: the same for the same study.

    Args:
        study: the study.
        answer: its answer.
        searched: the search whose find it judges.
    """
    reading = StudyReading(study, answer)
    plan = study.plan
    step = brief.next_step(answer)
    figures = published.figures(study, answer)
    records, answers = _records(reading), list(readings.answers(study, answer))
    return render(
        "report.html.jinja",
        title=words.title(answer),
        header=words.header(answer),
        first=" ".join(brief.verdict(answer)),
        caution=brief.caution(answer),
        step=step,
        said=words.sentences(answer),
        advised=advised.words if (advised := recommendation(answer)) else "",
        searched=_searched(answer, searched),
        ablation=_ablation(answer),
        boards=[{**readings.board(one), "name": one.evidence.metric} for one in answers],
        others=_others(study, answer),
        advice=[item for item in advice(answer) if item is not step],
        published=figures,
        published_footnote=published.how_to_read(figures),
        claims=published.claims(answer),
        claims_said=" ".join(published.sentences(answer)),
        claims_footnote=published.footnote(answer),
        pictures=[
            pictured(picture, records[picture.name], _look(reading, picture))
            for picture in PICTURES
            if picture.name in records
        ],
        study=embedded(document(reading, records, answers)),
        script=script(),
        styles=styles(),
        facts=facts(study, answer),
        settings=settings_tried(plan, answer),
        command="\n".join([*again(study, answer), *extensions(plan, answer)]),
        report_line=command_line("report", Path(answer.evidence.folder), "--metric", _other(study)),
        origin=command_that_reproduces(plan),
        versions=dict(sorted(study.versions.items())),
    )


def _other(study: StudyReader) -> str:
    """Return another metric than the task's own, a loss where there is one."""
    task = study.dataset.task
    known = [found for found in of_task(task.kind) if found.name != task.metric]
    losses = [found.name for found in known if not found.whole]
    return [*losses, *(found.name for found in known), task.metric][0]


def render(template: str, **content: Any) -> str:
    """Return a page from its template."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bridle.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["together"] = _together
    environment.filters["breakable"] = _breakable
    return environment.get_template(template).render(**content)


_TOGETHER = re.compile(
    r"[−+]?\d[\d.,]* %"  # a number and its unit
    r"|\d[\d.]*e-\d+"  # a power of ten
    r"|p (?:=|&lt;) [\d.]+"
    r"|\[[−+]?[\d.]{1,4}, [−+]?[\d.]{1,4}\]"  # an interval, unless its numbers are long
    r"|--[a-z]+(?:-[a-z]+)*(?: \d+)?"  # an option and its value
)


def _together(text: str) -> Markup:
    """Return a text, escaped, with spaces that must not break."""
    from markupsafe import Markup, escape

    return Markup(_TOGETHER.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


def _breakable(name: str) -> Markup:
    """Return a name, escaped, that breaks where a reader would break it, not inside a word."""
    from markupsafe import Markup, escape

    parts = re.split(r"(?<=[_+(,=])|(?<=[^\W_]{16})", name)
    whole = (Markup('<span class="whole">') + escape(part) + Markup("</span>") for part in parts)
    return Markup("<wbr>").join(whole)


def _searched(answer: Answer, searched: Searched | None) -> dict[str, Any] | None:
    """Return what a search found as texts."""
    said = search_words.sentences(searched, answer)
    if searched is None or not said:
        return None
    return {
        "said": " ".join(said),
        "rows": search_words.rows(searched),
        "metric": measure_of(searched.metric).metric,
    }


def _ablation(answer: Answer) -> dict[str, Any] | None:
    """Return the effects of an ablation as texts."""
    found = answer.ablation
    if found is None:
        return None
    return {
        "said": " ".join(ablation_words.sentences(answer)),
        "kinds": ablation_words.kinds(found),
        "rows": ablation_words.rows(answer, found),
        "pairs": ablation_words.pair_rows(answer, found),
        "footnote": ablation_words.footnote(answer, found),
    }


def _sorted(value: float) -> str:
    """Return a number to sort by, of which NaN is none."""
    return f"{value:.9g}" if value == value else ""


def _others(study: StudyReader, answer: Answer) -> dict[str, Any]:
    """Return the leaderboard in all metrics of predictions: names, and means over shared replicates."""
    table = study.metrics()
    shared = table.groupby("replicate")["method"].nunique() == table["method"].nunique()
    table = table[table["replicate"].map(shared).astype(bool)]
    means = table.drop(columns="replicate").groupby("method").mean()
    measures = [measure_of(name, float(means[name].median())) for name in means.columns]
    every = "" if shared.all() else f"the {int(shared.sum())} of {len(shared)} "
    return {
        "names": [m.metric for m in measures],
        "primary": answer.evidence.primary or answer.measure.metric,
        "over": f"{every}replicates{' that all methods share' if every else ''}",
        "rows": [
            (row.name, [m.score(value) for m, value in zip(measures, values, strict=True)])
            for row in answer.rows
            if row.method in means.index
            for values in [means.loc[row.method]]
        ],
    }


def _records(reading: StudyReading) -> dict[str, Any]:
    """Return what every figure shows that this study has, by name."""
    found = {}
    for picture in PICTURES:
        try:
            found[picture.name] = collect(reading, picture)
        except NotShownError:
            continue
    return found


_IMAGES = ("data", "changed")
"""Figures that show images of the data, where the data are images."""


def _look(reading: StudyReading, picture: Picture) -> str:
    colored = len(reading.dataset.shape) == 3 and reading.dataset.shape[-1] == 3
    return "images" if picture.name in _IMAGES and colored else "drawn"


def pictured(picture: Picture, record: Any, look: str = "drawn") -> dict[str, str]:
    """Return a figure as pages show it; `look` says whether the dark page may invert it: `drawn`, or `images`."""
    figure = picture.draw(record)
    content = encode(figure, picture.format)
    return {
        "name": picture.name,
        "title": picture.title,
        "caption": picture.caption(record),
        "alt": picture.alt(record),
        "source": data_uri(content, picture.format),
        "look": look,
        "width": f"{96 * figure.get_figwidth():.0f}",  # of CSS's pixels, 96 an inch
    }
