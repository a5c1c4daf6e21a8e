"""The command that gives the same study again."""

from __future__ import annotations

import shlex
from typing import Any

from bridle.grammar import parse_call
from bridle.metrics import metric
from bridle.networks import MLP_NAME
from bridle.report.numbers import number
from bridle.report.settings import flat, grid_name, tuned, values
from bridle.report.source import BASELINE, Plan
from bridle.statistics.margin import Margin
from bridle.study.plan import BEST

DEFAULT = str(Margin())


def command(plan: Plan, refine: bool | None = None) -> str:
    """Return the command line that gives the study again as it was at its first look, every setting written out.

    Args:
        plan: the study's.
        refine: whether grids are extended; by default where they were.
    """
    refine = bool(plan.rounds) if refine is None else refine
    known = _named(plan.dataset)
    dataset = _quoted(plan.dataset) if known else "…"
    methods = list(plan.methods)
    compares = BASELINE in methods
    if compares:
        parts = ["bridle compare", dataset, f"--methods {_quoted(','.join(methods))}"]
        parts += _tried(plan)
    else:
        parts = ["bridle train", dataset, f"--method {_quoted(_pinned(plan, methods[0]))}"]
    earlier = plan.looks.earlier
    replicates = earlier[0].replicates if earlier else plan.replicates
    parts += [
        f"--replicates {replicates}",
        f"--epochs {plan.epochs}",
        *([] if plan.network == MLP_NAME else [f"--network {_quoted(plan.network)}"]),
        *([] if plan.precision == "float32" else [f"--precision {plan.precision}"]),
        *([] if plan.device == "cpu" else [f"--device {plan.device}"]),
        f"--widths {','.join(str(width) for width in plan.widths)}",
        f"--activation {plan.activation}",
        f"--batch-size {plan.batch_size}",
        f"--optimizer {_quoted(plan.optimizer)}",
        f"--learning-rate {number(plan.learning_rate)}",
        f"--seed {plan.seed}",
    ]
    if compares:
        parts += [f"--{name} {_quoted(value)}" for name, value in _judged_by(plan).items()]
    if plan.select != BEST:
        parts.append(f"--select {plan.select}")
    if refine:
        parts.append("--refine")
    if compares and not plan.looks.again:
        parts.append("--one-look")
    if known:
        return " ".join([*parts, *_read_by(plan)])
    names = ", ".join(repr(method) for method in methods)
    options: dict[str, Any] = {
        "methods": f"[{names}]",
        "replicates": replicates,
        "epochs": plan.epochs,
        **({} if plan.network == MLP_NAME else {"network": repr(plan.network)}),
        **({} if plan.precision == "float32" else {"precision": repr(plan.precision)}),
        **({} if plan.device == "cpu" else {"device": repr(plan.device)}),
        "widths": tuple(plan.widths),
        "batch_size": plan.batch_size,
        "learning_rate": plan.learning_rate,
        "seed": plan.seed,
    }
    options |= {name: repr(value) for name, value in _judged_by(plan).items()}
    if plan.select != BEST:
        options["select"] = repr(plan.select)
    if refine:
        options["refine"] = True
    if compares and not plan.looks.again:
        options["one_look"] = True
    return f"bridle.compare(X, y, {', '.join(f'{k}={v}' for k, v in options.items())})"


def _judged_by(plan: Plan) -> dict[str, str]:
    """Return the options that give the same choice of settings, and the same verdicts where that is all."""
    chosen_for = _chosen_for(plan)
    if chosen_for != plan.metric:
        return {} if chosen_for == "accuracy" else {"metric": chosen_for}
    given = {"metric": plan.metric, "margin": plan.margin}
    usual = {"metric": "accuracy", "margin": DEFAULT}
    return {name: value for name, value in given.items() if value != usual[name]}


def _read_by(plan: Plan) -> list[str]:
    """Return the command that reads the finished study in its metric, where that is needed."""
    if _chosen_for(plan) == plan.metric:
        return []
    return [f"&& bridle report DIR --metric {_quoted(plan.metric)} --margin {plan.margin}"]


def _chosen_for(plan: Plan) -> str:
    """Return the metric to ask for, so that settings are chosen as they were."""
    same = metric(plan.metric).criterion == plan.criterion
    return plan.metric if same else plan.criterion


def _named(dataset: str) -> bool:
    """Say whether the data set can be had by its name."""
    from bridle.data import names

    return parse_call(dataset).name in names()


def _tried(plan: Plan) -> list[str]:
    """Return the options that give the same configurations; none where the defaults do."""
    from bridle.methods.composition import Composition
    from bridle.study.configurations import configure

    compositions = [Composition.parse(label) for label in plan.methods]
    wanted = {label: [flat(c) for c in found] for label, found in plan.asked.items()}
    most = max(len(found) for found in wanted.values())
    for budget in (None, most):
        tried: Any = configure(compositions, plan.learning_rate, most=budget)
        if {label: [flat(c) for c in found] for label, found in tried.items()} == wanted:
            return [] if budget is None else [f"--configurations {budget}"]
    given: list[str] = []
    for label, found in plan.asked.items():
        for key in tuned(found):
            option = ",".join(number(value) for value in values(found, key))
            given.append(f"{grid_name(label, key)}={option}")
    return [f"--grid {_quoted(option)}" for option in dict.fromkeys(given)]


def _pinned(plan: Plan, label: str) -> str:
    """Return a single method's label with the setting that it was trained at."""
    from bridle.methods.composition import Composition

    configurations = plan.configurations[label]
    if len(configurations) > 1:
        return label
    composition, chosen = Composition.parse(label), flat(configurations[0])
    alone = len(composition.names) == 1
    texts = []
    for name in composition.names:
        given = dict(composition.pinned[name])
        for part, strength in composition.tunable():
            if part == name:
                given[strength.name] = chosen[strength.name if alone else f"{name}.{strength.name}"]
        inside = ",".join(f"{key}={number(value)}" for key, value in given.items())
        texts.append(f"{name}({inside})" if inside else name)
    return "+".join(texts)


def _quoted(text: str) -> str:
    """Quote for shells where they would read a character as theirs."""
    return text if not any(c in text for c in "()[]*?& $'") else shlex.quote(text)
