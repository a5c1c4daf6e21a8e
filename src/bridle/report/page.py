"""The page: one file that holds everything and works offline."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.files import write_whole
from bridle.lines import command_line
from bridle.metrics import metric, of_task
from bridle.networks.catalogue import in_words
from bridle.numbers import DASH, listed, many, number, percent
from bridle.optimizers.catalogue import scheduled
from bridle.report import brief, published, terminal, words
from bridle.report.advice import advice, needed
from bridle.report.encode import data_uri, encode
from bridle.report.figures.base import NotShownError, Reading
from bridle.report.figures.registry import PICTURES, Picture, collect
from bridle.report.interactive import document, script, styles
from bridle.report.packing import embedded
from bridle.report.palette import looks
from bridle.report.recommendation import recommendation
from bridle.study import settings
from bridle.study.command import command_of
from bridle.study.learning_rates import rates_in_words
from bridle.study.plan import BASELINE, Plan
from bridle.study.reader import StudyReader
from bridle.study.selection import flat
from bridle.verdict.answer import Answer
from bridle.verdict.measure import measure_of

if TYPE_CHECKING:
    from markupsafe import Markup

NAME = "report.html"


def write(study: StudyReader, answer: Answer) -> Path:
    """Write `report.html` into the study's folder, whole or not at all."""
    return write_whole(study.folder / NAME, page(study, answer))


def page(study: StudyReader, answer: Answer) -> str:
    """Return the page as text: the same for the same study."""
    reading = Reading(study, answer)
    plan = study.plan
    step = brief.next_step(answer)
    figures = published.figures(study, answer)
    records = _records(reading)
    return render(
        "report.html.jinja",
        title=_title(answer),
        header=words.header(answer),
        first=" ".join(brief.verdict(answer)),
        caution=brief.caution(answer),
        step=step,
        said=words.sentences(answer),
        advised=advised.words if (advised := recommendation(answer)) else "",
        table=_table(answer),
        metric=answer.measure.metric,
        compared=answer.comparison is not None,
        gaps=any(row.gap == row.gap for row in answer.rows),
        failures=any(row.failed for row in answer.rows),
        others=_others(study, answer),
        footnote=" ".join(terminal.footnotes(answer, _COLUMNS)),
        advice=[item for item in advice(answer) if item is not step],
        published=figures,
        claims=published.claims(answer),
        claims_said=" ".join(published.sentences(answer)),
        claims_footnote=published.footnote(answer),
        pictures=[
            pictured(picture, records[picture.name], _look(reading, picture))
            for picture in PICTURES
            if picture.name in records
        ],
        study=embedded(document(reading, records)),
        script=script(),
        styles=styles(),
        facts=_facts(study, answer),
        settings=_settings(plan, answer),
        command="\n".join([*_again(study, answer), *_extensions(plan, answer)]),
        report_line=command_line("report", Path(answer.evidence.folder), "--metric", _other(study)),
        origin=command_line("reproduce", plan.origin) if plan.origin else "",
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
    r"|--[a-z]+(?:-[a-z]+)*(?: \d+)?"  # an option and its value
)


def _together(text: str) -> Markup:
    """Return a text, escaped, with spaces that must not break."""
    from markupsafe import Markup, escape

    return Markup(_TOGETHER.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


def _breakable(name: str) -> Markup:
    """Return a name, escaped, that breaks where a reader would break it, not inside a word."""
    from markupsafe import Markup, escape

    parts = re.split(r"(?<=[_+(,=])|(?<=\w{16})", name)
    whole = (Markup('<span class="whole">') + escape(part) + Markup("</span>") for part in parts)
    return Markup("<wbr>").join(whole)


_COLUMNS = ("setting", "gap", "zeros", "failed")


def _title(answer: Answer) -> str:
    if answer.comparison is None:
        return f"{listed(list(answer.evidence.methods))} on {answer.evidence.name}"
    return f"Which regularization helps on {answer.evidence.name}?"


def _table(answer: Answer) -> list[dict[str, Any]]:
    """Return the leaderboard's rows as texts, with colours and remarks for the page."""
    rows, shown = [], looks(row.name for row in answer.rows)
    by_name = {c.method: c for c in answer.compared}
    for row in answer.rows:
        texts: dict[str, Any] = dict(terminal.cells(answer, row))
        c = by_name.get(row.method)
        remarks = []
        if row.chosen is not None and row.chosen.others:
            remarks.append(f"chosen in {row.chosen.times} of {row.replicates} replicates")
        verdict = "" if c is None else row.verdict
        if c is not None and row.verdict == "undecided":
            wanted = needed(answer, c)
            texts["needed"] = f"{wanted} could decide" if wanted else ""
        texts |= {
            "rank": DASH if row.rank is None else row.rank,
            "train": answer.measure.score(row.train_score),
            "color": shown[row.name].color,
            "verdict_class": verdict.replace(" ", "-"),
            "sorts": {
                "score": _sorted(row.score),
                "difference": _sorted(0.0 if row.method == BASELINE else row.difference),
                "wins": "" if row.wins is None or not row.pairs else row.wins / row.pairs,
                "gap": _sorted(row.gap),
                "zeros": _sorted(row.zeros),
            },
            "remark": "; ".join(remarks),
            "baseline": row.method == BASELINE,
            "leading": row.leading and row.verdict == "helps",
        }
        texts.setdefault("needed", "")
        rows.append(texts)
    return rows


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


def _records(reading: Reading) -> dict[str, Any]:
    """Return what every figure shows that this study has, by name."""
    found = {}
    for picture in PICTURES:
        try:
            found[picture.name] = collect(reading, picture)
        except NotShownError:
            continue
    return found


def _look(reading: Reading, picture: Picture) -> str:
    return "images" if picture.name == "data" and len(reading.dataset.shape) > 1 else "drawn"


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


def _facts(study: StudyReader, answer: Answer) -> list[tuple[str, str]]:
    """Return the settings of the study, in pairs of a name and a text."""
    plan, dataset = study.plan, study.dataset
    sizes = dataset.sizes
    designs = {
        "fresh": "every replicate draws its own data",
        "fixed_test": "all replicates share the test set",
        "overlapping": "every replicate splits the same table anew",
    }
    facts = [
        ("Data", plan.dataset),
        (
            "Examples",
            f"{sizes.train:,} training, {sizes.validation:,} validation, {sizes.test:,} test",
        ),
        (
            "Shape",
            f"{many(len(dataset.features), 'feature')}, "
            f"{many(len(dataset.task.names), dataset.task.one, dataset.task.many)}",
        ),
        ("Guessing", _guessing(study)),
        ("Replicates", f"{plan.replicates}; {designs.get(plan.design, plan.design)}"),
        ("Network", in_words(plan.network, plan.widths, plan.activation)),
        ("Arithmetic", plan.arithmetic),
        (
            "Training",
            f"{plan.optimizer}, {rates_in_words(plan.learning_rates)}{scheduled(plan.schedule)}, "
            f"batches of {plan.batch_size}, at most {many(plan.epochs, 'epoch')}",
        ),
        ("Settings tried", _tries(plan)),
        ("Selection", _rule(answer, plan.criterion, dataset.task.metric)),
        ("Seed", str(plan.seed)),
        ("Epochs trained", _epochs(study)),
    ]
    if plan.metric != dataset.task.metric or answer.evidence.primary:
        known = metric(plan.metric)
        secondary = (
            f"secondary (planned for {answer.evidence.primary}); "
            if answer.evidence.primary
            else ""
        )
        facts.append(("Metric", f"{secondary}{known.words}: {known.help}"))
    if answer.comparison is not None:
        facts.append(
            (
                "Margin",
                words.margin(answer),
            )
        )
        facts += [("Earlier look", text) for text in _looks(answer)]
    return facts


def _guessing(study: StudyReader) -> str:
    """Return the test score of guessing without the inputs, in replicate 0."""
    task, split = study.dataset.task, study.dataset.replicate(0, study.plan.seed)
    truth = split.targets[split.test]
    guess = task.guess(split.targets[split.train], split.weights_of(split.train))
    shown = np.broadcast_to(guess, (len(truth), len(guess)))
    _, score = task.measure(shown, truth, split.target_scaling, split.weights_of(split.test))
    scored = measure_of(task.metric, score)
    return f"{scored.score(score)} test {scored.metric} ({task.guessing}; replicate 0)"


def _tries(plan: Plan) -> str:
    """Return the number of settings of every method and the baseline, and how many of them refinement added."""
    amounts = {label: len(plan.configurations[label]) for label in plan.methods}
    if len(set(amounts.values())) > 1:
        text = "; ".join(f"{label} {amount}" for label, amount in amounts.items())
    else:
        text = f"{next(iter(amounts.values()))} for every method"
        text += " and for no regularization" if BASELINE in amounts and len(amounts) > 1 else ""
    if plan.rounds:
        text += f", with those of {many(plan.rounds, 'round')} of refinement (by validation alone)"
    return text


def _rule(answer: Answer, criterion: str, usual: str) -> str:
    """Return how each replicate's setting was chosen; the `usual` criterion needs no mention."""
    if not answer.settings_chosen:
        return "none: one setting each"
    if not answer.evidence.one_se:
        by = f" by {criterion}" if criterion != usual or answer.evidence.criterion else ""
        return f"each replicate's best setting on its validation data{by}, judged on its test data"
    return (
        "in each replicate the strongest setting within one standard error of the best on its validation data, "
        "judged on its test data; the best itself where no setting is stronger (learning rates)"
    )


def _looks(answer: Answer) -> list[str]:
    """Return the results of the looks at a study that was extended, one text each."""
    found = []
    for comparison in answer.earlier:
        by_label: dict[str, list[str]] = {}
        for c in comparison.methods:
            by_label.setdefault(c.verdict.label, []).append(answer.name(c.method))
        verdicts = "; ".join(f"{label}: {', '.join(names)}" for label, names in by_label.items())
        found.append(f"{comparison.replicates} replicates: {verdicts}")
    return found


def _again(study: StudyReader, answer: Answer) -> list[str]:
    """Return the commands up to the first look at the present settings."""
    plan, folder = study.plan, answer.evidence.folder
    dataset = study.dataset
    first = [command_of(plan, False, folder, dataset=dataset)] if plan.looks.left < 1 else []
    return [*first, command_of(plan, folder=folder, dataset=dataset)]


def _extensions(plan: Plan, answer: Answer) -> list[str]:
    """Return the commands that added further replicates."""
    sizes = [*(look.replicates for look in plan.looks.earlier), plan.replicates]
    return [
        command_line("extend", Path(answer.evidence.folder), "--replicates", after - before)
        for before, after in itertools.pairwise(sizes)
    ]


def _epochs(study: StudyReader) -> str:
    """Return the number of epochs trained, and the share that runs saved by ending early."""
    epochs = study.results()["epochs_run"]
    trained, planned = int(epochs.sum()), len(epochs) * study.plan.epochs
    text = f"{trained:,} of {planned:,}"
    if trained < planned:
        text += f"; runs that ended early saved {percent(1 - trained / planned)}"
    costs = study.facts()["costs"]
    spent = costs["lane_epochs"] + costs["idle_lane_epochs"]
    if spent:
        text += f"; lanes waited for {percent(costs['idle_lane_epochs'] / spent)} of their time"
    return text


def _settings(plan: Plan, answer: Answer) -> list[tuple[str, int, list[str], list[str]]]:
    """Return for each method the number of settings, what was tried, and how often each setting was chosen."""
    found = []
    for label in plan.methods:
        configurations = plan.configurations[label]
        keys = settings.worth_saying(label, configurations)
        names = [settings.name(key, keys).replace("lr", "learning rate") for key in keys]
        tried = [DASH]
        if len(keys) == 1:
            tried = [number(value) for value in settings.values(configurations, keys[0])]
            tried[0] = f"{names[0]} {tried[0]}"
        elif keys:
            flats = [flat(c) for c in configurations]
            tried = [", ".join(number(flat[key]) for key in keys) for flat in flats]
            tried[0] = f"{', '.join(names)}: {tried[0]}"
        chosen = answer.chosen(label)
        texts = []
        if chosen is not None and len(configurations) > 1:
            for setting, times in ((chosen.setting, chosen.times), *chosen.others):
                texts.append(
                    f"{', '.join(number(setting.hyperparameters[key]) for key in keys)} ({times}×)"
                )
        found.append((label, len(configurations), tried, texts or [DASH]))
    return found
