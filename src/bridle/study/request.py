"""The arguments of a comparison, and the plan that follows, with every default written out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridle.data.dataset import Dataset
from bridle.domains import Choice, Flag, Integer
from bridle.engine.devices import ALIASES as DEVICE_ALIASES
from bridle.engine.devices import KINDS, resolve
from bridle.errors import UserError
from bridle.methods.base import Method
from bridle.methods.catalogue import METHODS
from bridle.methods.clashes import warnings
from bridle.methods.composition import (
    Composition,
    check_batch,
    check_refusals,
    parse_methods,
)
from bridle.metrics import Metric
from bridle.metrics import metric as read_metric
from bridle.names import fold
from bridle.networks import MLP_NAME
from bridle.networks.base import ACTIVATION_ALIASES, ACTIVATIONS
from bridle.networks.catalogue import canonical, default_widths, network_for
from bridle.networks.dense import PRECISIONS
from bridle.optimizers.catalogue import USUAL_SCHEDULE, canonical_schedule
from bridle.optimizers.catalogue import canonical as canonical_optimizer
from bridle.statistics.looks import FIRST, PRIMARY, Looks
from bridle.statistics.margin import Margin
from bridle.study.auto import AUTO, whole_or_auto
from bridle.study.bounds import (
    BEST,
    KEEP,
    MOST_CONFIGURATIONS,
    MOST_EPOCHS,
    MOST_REPLICATES,
    MOST_RUNS,
    MOST_SEED,
    MOST_WIDTH,
    ONE_SE,
    PATHS,
    SELECT,
    SELECTED,
)
from bridle.study.configurations import Grid, canonical_grid, configure
from bridle.study.epochs import Pilot, ceiling
from bridle.study.learning_rates import shared_rates
from bridle.study.plan import BASELINE, Plan, check_layers
from bridle.study.unused_hyperparameters import unread
from bridle.wording import argument


def usual_methods() -> str:
    """Return the methods of a default comparison, which declare themselves `usual`, in their order."""
    found = {m.usual.place: m.name for m in METHODS.built_in.values() if m.usual is not None}
    return ",".join(found[place] for place in sorted(found))


def first_methods() -> tuple[str, ...]:
    """Return the usual methods beside the baseline in the order in which they are kept when time is short."""
    usual = {m.usual.rank: m.name for m in METHODS.built_in.values() if m.usual is not None}
    return tuple(usual[rank] for rank in sorted(usual) if usual[rank] != BASELINE)


KEPT_BYTES = 64 * 2**20
"""Maximum bytes up to which, by default, the weights of every configuration of the first replicate are kept."""

QUICK = {"configurations": 4, "replicates": 3}


@dataclass(frozen=True)
class Request:
    """The arguments of a comparison; `None` stands for the data set's default.

    `epochs` is a number or `"auto"`: a pilot finds it before anything else is trained. `replicates` is a number or
    `"auto"`: the data set's number, and then further ones until every method is decided. A learning rate is kept fixed
    for every method; by default several are tried, and `grid` may name others.
    """

    task: str | None = None
    methods: str | Sequence[str] | None = None
    grid: Grid | None = None
    replicates: int | str | None = None
    epochs: int | str | None = None
    network: str | None = None
    precision: str = "float32"
    device: str = "auto"
    widths: Sequence[int] | int | None = None
    activation: str | None = None
    batch_size: int | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    schedule: str = USUAL_SCHEDULE
    configurations: int | None = None
    seed: int = 0
    quick: bool = False
    baseline: bool = True
    margin: Margin | str | float | None = None
    metric: Metric | str | None = None
    select: str = BEST
    refine: bool = False
    until_trained: bool = False
    one_look: bool = False
    keep: str | None = None


def make_plan(dataset: Dataset, request: Request) -> Plan:
    """Turn a request into a plan with every default written out.

    Raises:
        UserError: something asked for does not exist or lies outside its domain.
    """
    dataset = dataset.learning(request.task)
    defaults, task = dataset.defaults, dataset.task
    metric = read_metric(task.metric if request.metric is None else request.metric, task.kind)
    grid = canonical_grid(request.grid)
    usual_replicates, usual, most = defaults.replicates, defaults.epochs, None
    if Flag().check("quick", request.quick):
        usual_replicates = min(QUICK["replicates"], usual_replicates)
        usual = max(3, usual // 2)
        most = QUICK["configurations"]
    if request.configurations is not None:
        most = Integer(1, MOST_CONFIGURATIONS).check("configurations", request.configurations)
    kind = canonical(request.network or MLP_NAME)
    widths: Any = request.widths
    if widths is None:
        widths = default_widths(kind) or defaults.widths
    if isinstance(widths, str) or not isinstance(widths, Iterable):
        widths = (widths,)
    activation = Choice(tuple(ACTIVATIONS), ACTIVATION_ALIASES).check(
        "activation", request.activation or defaults.activation
    )
    widths = tuple(Integer(1, MOST_WIDTH).check("widths", width) for width in widths)
    built = network_for(dataset, kind, widths, activation)
    compositions = _compositions(
        request.methods,
        Flag().check("baseline", request.baseline),
        lambda found: found.refuses(built, task) is None,
    )
    check_refusals(compositions, built, task)
    rates = shared_rates(defaults.learning_rate, request.learning_rate, grid, most)
    optimizer = canonical_optimizer(request.optimizer or defaults.optimizer)
    labels = tuple(composition.label for composition in compositions)
    batch = _whole("batch_size", request.batch_size, defaults.batch_size)
    check_batch(compositions, min(batch, dataset.sizes.train))
    notes = dataset.notes
    if batch > dataset.sizes.train and request.batch_size is not None:
        notes += (
            f"A batch size of {batch} was asked for; there are {dataset.sizes.train} training "
            "examples, so every batch holds them all.",
        )
    notes += unread(compositions, grid, dataset.shape) + warnings(compositions)
    notes += _left_out(request.methods)
    if request.select == ONE_SE and metric.criterion != "accuracy":
        raise UserError(
            f"The one-standard-error rule is for settings chosen by accuracy; {metric.name} chooses them by "
            f"{metric.criterion}. Leave out {argument('select', 'one-se')}, or read the study by "
            f"{argument('metric', metric.name)} afterwards."
        )
    given = usual_replicates if request.replicates is None else request.replicates
    replicates = whole_or_auto("replicates", given, MOST_REPLICATES)
    epochs, pilot = _epochs(request, dataset, usual, len(labels) > 1)
    decided = task.proper != "" and metric.criterion == "accuracy"
    plan = Plan(
        dataset=dataset.spec,
        design=dataset.design,
        methods=labels,
        configurations=configure(compositions, rates, grid, most),
        widths=widths,
        activation=activation,
        epochs=epochs,
        batch_size=min(batch, dataset.sizes.train),
        optimizer=optimizer,
        learning_rates=rates,
        replicates=usual_replicates if replicates == AUTO else replicates,
        seed=Integer(0, MOST_SEED).check("seed", request.seed),
        network=kind,
        precision=Choice(PRECISIONS).check("precision", request.precision),
        schedule=canonical_schedule(request.schedule),
        device=resolve(Choice(("auto", *KINDS), DEVICE_ALIASES).check("device", request.device)),
        notes=notes,
        margin=margin_text(request.margin, metric),
        stated=margin_text(request.margin, metric),
        metric=metric.name,
        primary=metric.name,
        criterion=metric.criterion,
        select=Choice(SELECT).check("select", request.select),
        refine=Flag().check("refine", request.refine),
        until_trained=Flag().check("until_trained", request.until_trained),
        lengthen=request.until_trained,
        keep=PATHS if request.keep is None else _keep(request.keep, dataset),
        looks=Looks(
            first=1.0 if Flag().check("one_look", request.one_look) else FIRST,
            share=PRIMARY if decided and BASELINE in labels and len(labels) > 1 else 1.0,
        ),
        until_decided=replicates == AUTO,
        pilot=pilot,
    )
    if plan.until_decided and len(labels) < 2:
        raise UserError(
            argument="replicates",
            expected="a whole number where nothing is compared",
            received=AUTO,
        )
    if plan.until_decided and not plan.looks.again:
        raise UserError(
            f"{argument('replicates', AUTO)} looks again while something is undecided, and "
            f"{argument('one_look', True)} allows one look. Leave one of them out."
        )
    count = plan.replicates * sum(map(len, plan.configurations.values()))
    if count > MOST_RUNS:
        raise UserError(
            f"A study holds at most {MOST_RUNS:,} runs; this one would have {count:,}. "
            "Ask for fewer replicates, configurations or methods."
        )
    check_layers(plan, built.layers)
    if request.keep is None:
        plan = replace(plan, keep=usual_keep(plan, dataset))
    return plan.with_lanes(dataset)


def _keep(given: Any, dataset: Dataset) -> str:
    """Return whose weights a study keeps; of a table, names of columns are mistaken for it."""
    columns = {column.name for column in getattr(dataset.rows, "columns", ())}
    names = given.split(",") if isinstance(given, str) else list(given)
    if columns & set(map(str, names)):
        raise UserError(
            f"{argument('keep')} says whose weights are kept: {', '.join(KEEP)}. To name the columns to predict from: "
            f"{argument('features', names)}."
        )
    return Choice(KEEP).check("keep", given)


def usual_keep(plan: Plan, dataset: Dataset) -> str:
    """Return whose weights a study keeps where nothing else is asked for: `paths`, while these are small."""
    built = network_for(dataset, plan.network, plan.widths, plan.activation)
    numbers = sum(map(math.prod, built.shapes().values()))
    first = replace(plan.up_to(0), replicates=1)
    return PATHS if 4 * numbers * first.count <= KEPT_BYTES else SELECTED


def _compositions(
    methods: str | Sequence[str] | None, baseline: bool, fits: Callable[[Method], bool]
) -> list[Composition]:
    text = usual_methods() if methods is None else methods
    if not isinstance(text, str):
        if not isinstance(text, Sequence) or not all(isinstance(name, str) for name in text):
            raise UserError(
                argument="methods",
                expected="text such as 'none,l1,dropout', or a list",
                received=text,
            )
        text = ",".join(text)
    compositions = parse_methods(text, fits)
    if baseline and all(composition.label != BASELINE for composition in compositions):
        compositions.insert(0, Composition.parse(BASELINE))
    return compositions


def _left_out(methods: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return a sentence for each method of an installed package that `all` leaves out because it cannot be used."""
    asked = methods.split(",") if isinstance(methods, str) else methods or ()
    if all(fold(name) != "all" for name in asked):
        return ()
    return tuple(f"Not compared: {reason}" for reason in METHODS.broken.values())


def margin_text(given: Margin | str | float | None, metric: Metric) -> str:
    """Return a margin as plans write it, after checking that it fits the metric."""
    margin = Margin.parse(given)
    margin.absolute(metric.scale, math.nan)
    return str(margin)


def _epochs(
    request: Request, dataset: Dataset, usual: int, compares: bool
) -> tuple[int, Pilot | None]:
    """Return the number of epochs, and the pilot that is to find a better one if one is asked for or usual."""
    defaults = dataset.defaults
    by_pilot = defaults.pilot and compares and not request.quick
    given = (AUTO if by_pilot else usual) if request.epochs is None else request.epochs
    number = whole_or_auto("epochs", given, MOST_EPOCHS)
    if number == AUTO:
        return defaults.epochs, Pilot(ceiling(defaults.epochs))
    return number, None


def _whole(name: str, given: int | None, default: int, most: int | None = None) -> int:
    return Integer(1, most).check(name, default if given is None else given)
