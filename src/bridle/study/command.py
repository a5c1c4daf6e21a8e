"""The command that repeats a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.grammar import Call, parse_call
from bridle.lines import command_line
from bridle.metrics import metric, of_task, usual
from bridle.networks import MLP_NAME
from bridle.numbers import number
from bridle.optimizers.catalogue import USUAL_SCHEDULE
from bridle.statistics.margin import Margin
from bridle.study.asking import by_method, options_that_try, to_ask_for
from bridle.study.auto import AUTO
from bridle.study.bounds import BEST, PATHS
from bridle.study.named import can_be_typed, loaded, typed, usual_folder
from bridle.study.plan import BASELINE, Plan
from bridle.study.selection import flat
from bridle.tasks import TASKS, Classification

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset

DEFAULT = str(Margin())


def command_of(
    plan: Plan, refine: bool | None = None, folder: str = "", *, dataset: Dataset | None = None
) -> str:
    """Return the command line that repeats the study as it was at its first look, with every setting written out.

    Args:
        plan: the study's.
        refine: whether grids are extended; by default where they were.
        folder: the study's; needed where a second command reads it in another metric.
        dataset: the study's, where it cannot be loaded by its name.
    """
    refine = bool(plan.rounds) if refine is None else refine
    if not can_be_typed(plan, dataset):
        return _call(plan, _Changes(refine=refine), dataset)
    read = _read_by(plan, folder or usual_folder(plan, dataset))
    changes = _Changes(refine=refine, out=folder if read else "")
    return " ".join([_line(plan, changes, dataset, short=False), *read])


def again(
    plan: Plan,
    folder: str,
    *,
    refine: bool = False,
    grid: Mapping[str, Sequence[Any]] | None = None,
    replicates: int | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    dataset: Dataset | None = None,
) -> str:
    """Return a command that repeats the comparison with changes; defaults are left out.

    Args:
        plan: the study's.
        folder: the study's; refinement continues in it.
        refine: extend the grids of this study whose best strength lies at an edge.
        grid: values to try, by method and hyperparameter as in `l1.strength`: a new study.
        replicates: how many: a new study.
        epochs: of every run: a new study.
        seed: from which other draws follow: a new study.
        dataset: the study's, where it cannot be loaded by its name.
    """
    own = refine and folder != usual_folder(plan, dataset)
    changes = _Changes(
        refine=refine or bool(plan.rounds),
        out=folder if own else "",
        grid=grid or {},
        replicates=replicates,
        epochs=epochs,
        seed=seed,
        goes_on=refine,
    )
    if can_be_typed(plan, dataset):
        return _line(plan, changes, dataset, short=True)
    return _call(plan, changes, dataset)


@dataclass(frozen=True)
class _Changes:
    """What a command changes in the study's plan."""

    refine: bool = False
    out: str = ""
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    replicates: int | None = None
    epochs: int | None = None
    seed: int | None = None
    goes_on: bool = False
    """Whether it goes on in the study's folder."""


def _line(plan: Plan, changes: _Changes, dataset: Dataset | None, short: bool) -> str:
    """Return the command line for the study with changes."""
    methods, compares = list(plan.methods), BASELINE in plan.methods
    given = {
        "methods" if compares else "method": ",".join(map(_short, methods))
        if compares
        else _pinned(plan, methods[0]),
        "replicates": _replicates(plan, changes),
        "epochs": _epochs(plan, changes),
        "network": plan.network,
        "precision": plan.precision,
        "device": plan.device,
        "widths": ",".join(str(width) for width in plan.widths),
        "activation": plan.activation,
        "batch-size": str(plan.batch_size),
        "optimizer": plan.optimizer,
        "learning-rate": number(plan.learning_rates[0]) if len(plan.learning_rates) == 1 else "",
        "schedule": plan.schedule,
        "seed": str(plan.seed if changes.seed is None else changes.seed),
        **(_judged_by(plan) if compares else {}),
        "select": plan.select,
        **({"keep": plan.keep} if compares else {}),
        "out": str(Path(changes.out)) if changes.out else "",
    }
    data = loaded(plan, dataset)
    usual = {
        **_ALWAYS,
        "keep": _usual_keep(plan, data),
        **(_usual(plan, data) if short else {}),
    }
    if changes.replicates is not None:  # an advised change is always written out
        usual.pop("replicates", None)
    if changes.epochs is not None:
        usual.pop("epochs", None)
    words: list[object] = [
        "compare" if compares else "train",
        *typed(plan, dataset, short),
    ]
    for name, value in given.items():
        if usual.get(name) != value:
            words += [f"--{name}", Path(value) if name == "out" else value]
        if name == "methods":
            words += options_that_try(plan, changes.grid, data)
    words += ["--refine"] if changes.refine and compares else []
    words += ["--until-trained"] if _goes_on(plan, changes) and compares else []
    words += ["--one-look"] if compares and not plan.looks.again else []
    return command_line(*words)


def _goes_on(plan: Plan, changes: _Changes) -> bool:
    """Say whether epochs are doubled where that is due: not where another number of them is asked for."""
    return plan.until_trained and changes.epochs is None


_ALWAYS = {
    "network": MLP_NAME,
    "precision": "float32",
    "device": "cpu",
    "schedule": USUAL_SCHEDULE,
    "select": BEST,
    "learning-rate": "",
    "out": "",
}
"""Default values of options, which are left out."""


def _epochs(plan: Plan, changes: _Changes) -> str:
    """Return the number of epochs; `auto` where the command goes on in the folder, which holds the number already."""
    if plan.pilot is not None and changes.goes_on:
        return AUTO
    return str(changes.epochs or plan.asked_epochs)


def _usual(plan: Plan, dataset: Dataset) -> dict[str, str]:
    """Return the defaults of a command's options for this data set."""
    from bridle.networks.catalogue import default_widths
    from bridle.study.request import usual_methods

    defaults = dataset.defaults
    widths = default_widths(plan.network) or defaults.widths
    replicates = defaults.replicates if BASELINE in plan.methods else 1
    return {
        "methods": usual_methods(),
        "replicates": str(replicates),
        "epochs": AUTO if defaults.pilot and BASELINE in plan.methods else str(defaults.epochs),
        "widths": ",".join(str(width) for width in widths),
        "activation": defaults.activation,
        "batch-size": str(min(defaults.batch_size, dataset.sizes.train)),
        "optimizer": defaults.optimizer,
        "seed": "0",
        # what a comparison keeps fixed is written out; a single training has no other rate
        **({} if BASELINE in plan.methods else {"learning-rate": number(defaults.learning_rate)}),
    }


def _usual_keep(plan: Plan, dataset: Dataset) -> str:
    """Return whose weights are kept where a command leaves it out."""
    from bridle.study.request import usual_keep

    return usual_keep(plan, dataset)


def _replicates(plan: Plan, changes: _Changes) -> str:
    """Return how many replicates are asked for: those of the first look, unless changed."""
    if changes.replicates is not None:
        return str(changes.replicates)
    if plan.until_decided:
        return AUTO
    return str(plan.looks.earlier[0].replicates if plan.looks.earlier else plan.replicates)


def _written(replicates: str) -> str:
    """Return the same as Python takes it."""
    return repr(replicates) if replicates == AUTO else replicates


def _call(plan: Plan, changes: _Changes, dataset: Dataset | None) -> str:
    """Return the Python call, for rows that were given as arrays."""
    methods = ", ".join(repr(_short(method)) for method in plan.methods)
    options: dict[str, Any] = {
        **_task(plan),
        **(
            {} if dataset is None or dataset.weights is None else {"sample_weight": "sample_weight"}
        ),
        "methods": f"[{methods}]",
        "replicates": _written(_replicates(plan, changes)),
        "epochs": _written(_epochs(plan, changes)),
        **({} if plan.network == MLP_NAME else {"network": repr(plan.network)}),
        **({} if plan.precision == "float32" else {"precision": repr(plan.precision)}),
        **({} if plan.device == "cpu" else {"device": repr(plan.device)}),
        "widths": tuple(plan.widths),
        "batch_size": plan.batch_size,
        **({} if plan.optimizer == "adam" else {"optimizer": repr(plan.optimizer)}),
        **({"learning_rate": plan.learning_rates[0]} if len(plan.learning_rates) == 1 else {}),
        **({} if plan.schedule == USUAL_SCHEDULE else {"schedule": repr(plan.schedule)}),
        "seed": plan.seed if changes.seed is None else changes.seed,
    }
    options |= {name: repr(value) for name, value in _judged_by(plan).items()}
    if plan.select != BEST:
        options["select"] = repr(plan.select)
    if (
        BASELINE in plan.methods and plan.keep != PATHS
    ):  # rows are not at hand to tell whether that is usual
        options["keep"] = repr(plan.keep)
    budget, grid = to_ask_for(plan, usual=None, numbered=not changes.grid)
    if budget is not None:
        options["configurations"] = budget
    if grid or changes.grid:
        options["grid"] = by_method({**grid, **changes.grid})
    if changes.refine:
        options["refine"] = True
    if _goes_on(plan, changes):
        options["until_trained"] = True
    if BASELINE in plan.methods and not plan.looks.again:
        options["one_look"] = True
    if changes.out:
        options["out"] = repr(changes.out)
    return f"bridle.compare(X, y, {', '.join(f'{k}={v}' for k, v in options.items())})"


def _task(plan: Plan) -> dict[str, str]:
    """Return the task as an option, where it may not be clear from `y` alone."""
    given, kind = parse_call(plan.dataset).arguments, TASKS.get(_kind(plan))
    own = [argument.name for argument in kind.task.declares]
    text = str(Call(kind.name, {name: given[name] for name in own if name in given}))
    return {} if text == Classification.kind else {"task": repr(text)}


def _kind(plan: Plan) -> str:
    """Return the kind of task."""
    return str(parse_call(plan.dataset).arguments.get("task", metric(plan.metric).task))


def _judged_by(plan: Plan) -> dict[str, str]:
    """Return the options that give the same choice of settings and, without a second command, the same verdicts."""
    chosen_for = _chosen_for(plan)
    usual_metric = usual(_kind(plan)).name
    if chosen_for != plan.metric:
        return {} if chosen_for == usual_metric else {"metric": chosen_for}
    given = {"metric": plan.metric, "margin": plan.margin}
    default = {"metric": usual_metric, "margin": DEFAULT}
    return {name: value for name, value in given.items() if value != default[name]}


def _read_by(plan: Plan, folder: str) -> list[str]:
    """Return the command that reads the finished study in its metric, where that is needed."""
    if _chosen_for(plan) == plan.metric:
        return []
    options = ("--metric", plan.metric, "--margin", plan.margin)
    return ["&&", command_line("report", Path(folder), *options)]


def _chosen_for(plan: Plan) -> str:
    """Return the metric to ask for, so that settings are chosen as they were."""
    if metric(plan.metric).criterion == plan.criterion:
        return plan.metric
    return next(m.name for m in of_task(_kind(plan)) if m.criterion == plan.criterion)


def _short(label: str) -> str:
    """Return a method as it is typed: by the bundle's name where it is one."""
    from bridle.methods.composition import Composition

    return Composition.parse(label).short


def _pinned(plan: Plan, label: str) -> str:
    """Return a single method's label with the setting that it was trained at."""
    from bridle.methods.composition import Composition

    configurations = plan.configurations[label]
    if len(configurations) > 1:
        return _short(label)
    composition, chosen = Composition.parse(label), flat(configurations[0])
    alone = len(composition.names) == 1
    values: dict[str, dict[str, Any]] = {}
    for name, strength in composition.tunable():
        values.setdefault(name, {})[strength.name] = chosen[
            strength.name if alone else f"{name}.{strength.name}"
        ]
    return composition.pinning(values).short
