"""How a study was done, in texts: what its page and its documents say of data, networks, settings and commands."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from bridle.lines import command_line
from bridle.metrics import metric
from bridle.networks.catalogue import in_words
from bridle.numbers import DASH, many, number, percent
from bridle.optimizers.catalogue import scheduled
from bridle.report import words
from bridle.report.designs import design_in_words
from bridle.statistics.margin import Margin
from bridle.study import settings
from bridle.study.command import command_of
from bridle.study.learning_rates import rates_in_words
from bridle.study.plan import BASELINE, Plan
from bridle.study.reader import StudyReader
from bridle.study.selection import flat
from bridle.verdict.answer import Answer
from bridle.verdict.measure import measure_of


def facts(study: StudyReader, answer: Answer) -> list[tuple[str, str]]:
    """Return the settings of the study, in pairs of a name and a text."""
    plan, dataset = study.plan, study.dataset
    sizes = dataset.sizes
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
        ("Replicates", f"{plan.replicates}; {design_in_words(dataset)}"),
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
        stated = words.asked(Margin.parse(plan.stated), measure_of(plan.primary))
        other = f"; stated before training: {stated}" if plan.margin != plan.stated else ""
        facts.append(("Margin", words.margin(answer) + other))
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


def again(study: StudyReader, answer: Answer) -> list[str]:
    """Return the commands up to the first look at the present settings."""
    plan, folder = study.plan, answer.evidence.folder
    dataset = study.dataset
    first = [command_of(plan, False, folder, dataset=dataset)] if plan.looks.left < 1 else []
    return [*first, command_of(plan, folder=folder, dataset=dataset)]


def extensions(plan: Plan, answer: Answer) -> list[str]:
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


def settings_tried(plan: Plan, answer: Answer) -> list[tuple[str, int, list[str], list[str]]]:
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
