"""Reduces a comparison to what fits a time limit, in a declared order, or refuses before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bridle.data import load
from bridle.data.catalogue import KINDS
from bridle.data.dataset import Dataset
from bridle.engine.executor import Executor
from bridle.engine.spec import content_hash
from bridle.errors import UserError
from bridle.grammar import parse_call
from bridle.study.driver import (
    NO_TIME_FOR_REPLICATES,
    Progress,
    Watch,
    format_seconds,
    sole_work,
)
from bridle.study.limit import TimeLimit
from bridle.study.plan import BASELINE, Plan, read_plan, write_plan
from bridle.study.request import METHODS, QUICK, Request, make_plan
from bridle.study.speed import Speed, assumed, measure
from bridle.study.store import Store

FIRST_METHODS = (
    "weight_decay",
    "dropout",
    "early_stopping",
    "l1",
    "l2",
    "batch_norm",
    "elastic_net",
    "augmentation",
)
"""Which methods stay where not all of the usual ones fit: the first of these."""

LEAST_METHODS = 3
"""Fewer methods beside the baseline are not chosen for anybody."""

LEAST_CONFIGURATIONS = QUICK["configurations"]
"""Fewer leave nothing to choose from."""

PREFERRED_REPLICATES = 5
"""Epochs are reduced before replicates fall below this number."""

LEAST_REPLICATES = {"fresh": 3, "overlapping": 3, "fixed_test": 4}
"""By design, fewer allow no verdict, or none worth the wait."""

LEAST_EPOCHS = 3
"""Epochs are at most halved, and not below this number."""

MARGIN = 1.2
"""A limit that is advised is longer than the estimate by this factor."""

LAST_REFUSAL = 0.95
"""Measuring ends, and the time limit is refused, after this share of it."""

HOPELESS = 1.5
"""Measuring ends early where the least that is useful takes this many times the time left."""

FEW_EXAMPLES = 2000
"""Training examples of a data set that is advised where less is to be trained."""


class TimeLimitError(UserError):
    """Nothing useful fits the time limit; nothing was trained."""


@dataclass(frozen=True)
class Amounts:
    """What may be reduced.

    Attributes:
        configurations: of each method.
        replicates: how many.
        epochs: of each run, at most.
        methods: beside the baseline.
    """

    configurations: int
    replicates: int
    epochs: int
    methods: int


def amounts(plan: Plan) -> Amounts:
    """Return a plan's."""
    return Amounts(
        configurations=max(map(len, plan.configurations.values())),
        replicates=plan.replicates,
        epochs=plan.epochs,
        methods=sum(label != BASELINE for label in plan.methods),
    )


def steps(plan: Plan, request: Request, dataset: Dataset) -> list[tuple[str, int]]:
    """Return what is reduced, one after another, and how far; never what was asked for explicitly.

    First the configurations of each method, then replicates as far as verdicts hardly suffer, then epochs, then
    replicates as far as there are verdicts, then methods.
    """
    now = amounts(plan)
    found = []
    if request.configurations is None and not request.grid:
        found.append(("configurations", LEAST_CONFIGURATIONS))
    if request.replicates is None:
        found.append(("replicates", PREFERRED_REPLICATES))
    if request.epochs is None:
        found.append(("epochs", max(LEAST_EPOCHS, dataset.defaults.epochs // 2)))
    if request.replicates is None:
        found.append(("replicates", LEAST_REPLICATES[plan.design]))
    if request.methods is None:
        found.append(("methods", LEAST_METHODS))
    return [(name, least) for name, least in found if least < getattr(now, name)]


def reduced(
    now: Amounts, wanted: list[tuple[str, int]], fits: Callable[[Amounts], bool]
) -> Amounts:
    """Return the largest amounts that fit, each step of `wanted` taken only where all before it do not suffice.

    Args:
        now: what was asked for.
        wanted: what is reduced, one after another, and how far.
        fits: says whether amounts fit; less of anything fits where more does.

    Returns:
        Amounts that fit, or the least ones, which do not.
    """
    if fits(now):
        return now
    for name, least in wanted:
        lowest = replace(now, **{name: least})
        if not fits(lowest):
            now = lowest
            continue
        low, high = least, getattr(now, name)  # `low` fits, `high` does not
        while high - low > 1:
            middle = (low + high) // 2
            if fits(replace(now, **{name: middle})):
                low = middle
            else:
                high = middle
        return replace(now, **{name: low})
    return now


def with_amounts(plan: Plan, request: Request, dataset: Dataset, wanted: Amounts) -> Plan:
    """Return the plan of a request with other amounts, as if they had been asked for."""
    now = amounts(plan)
    if wanted == replace(now, replicates=wanted.replicates):
        return replace(plan, replicates=wanted.replicates)
    methods = request.methods
    if wanted.methods < now.methods:
        kept = {BASELINE, *FIRST_METHODS[: wanted.methods]}
        methods = [name for name in METHODS.split(",") if name in kept]
    same = wanted.configurations == now.configurations and not request.quick
    return make_plan(
        dataset,
        replace(
            request,
            quick=False,
            methods=methods,
            configurations=request.configurations if same else wanted.configurations,
            replicates=wanted.replicates,
            epochs=wanted.epochs,
        ),
    )


def shorten(
    plan: Plan, dataset: Dataset, speed: Speed, limit: TimeLimit, share: float = 1.0
) -> Plan:
    """Return a plan that fits a time limit, with a note that says what it lacks.

    Args:
        plan: as it was asked for, not yet begun.
        dataset: its data set.
        speed: what was measured.
        limit: with the request that the plan follows from.
        share: of the time left that this study has.

    Raises:
        TimeLimitError: not even the least that is useful fits.
    """
    request, left = limit.request, limit.left * share
    assert request is not None

    def planned(found: Amounts) -> Plan:
        return with_amounts(plan, request, dataset, found)

    def fits(found: Amounts) -> bool:
        return speed.seconds(planned(found)) <= left

    asked = amounts(plan)
    found = reduced(asked, steps(plan, request, dataset), fits)
    if found == asked and fits(found):
        return plan
    short = planned(found)
    if not fits(found):
        raise TimeLimitError(refusal(plan, short, speed, limit, share))
    return replace(short, notes=(*short.notes, note(plan, short, speed, limit, share)))


def note(plan: Plan, short: Plan, speed: Speed, limit: TimeLimit, share: float) -> str:
    """Return what readers of a shortened study must know."""
    asked, found = amounts(plan), amounts(short)
    seconds, whole = (
        format_seconds(limit.seconds),
        rounded(whole_time(speed.seconds(plan) / share, limit)),
    )
    if found == replace(asked, replicates=found.replicates):
        return f"{asked.replicates} {NO_TIME_FOR_REPLICATES} of {seconds}: {found.replicates} are kept."
    return (
        f"Shortened to fit the time limit of {seconds}: {_listed(plan, short)}. "
        f"All of it takes about {format_seconds(whole)}."
    )


def refusal(plan: Plan, short: Plan, speed: Speed, limit: TimeLimit, share: float) -> str:
    """Say that not even the least that is useful fits, how long it takes, and what to type."""
    request = limit.request
    assert request is not None
    needed = rounded(whole_time(speed.seconds(short) / share, limit))
    whole = rounded(whole_time(speed.seconds(plan) / share, limit))
    what = f" ({_listed(plan, short)}; all of it: about {format_seconds(whole)})"
    return (
        f"--time-limit {short_form(limit.seconds)}: a useful answer needs about {format_seconds(needed)}"
        f"{what if short != plan else ''}. Nothing was trained. Allow that: --time-limit {short_form(needed)} "
        f"(time_limit={needed} from Python). Or ask for less: {', '.join(_less(plan, request))}."
    )


def whole_time(training: float, limit: TimeLimit) -> float:
    """Estimate the seconds of a command that trains for so many, from its start to its answer."""
    until_answer = (limit.elapsed + training) * MARGIN
    return until_answer + limit.reserve(until_answer)


def _listed(plan: Plan, short: Plan) -> str:
    """Return what a shortened plan has of each thing that there is more of in the whole one."""
    asked, found = asdict(amounts(plan)), asdict(amounts(short))
    parts = [
        f"{found[name]} of {asked[name]} {name}" for name in asked if found[name] != asked[name]
    ]
    if found["methods"] != asked["methods"]:
        parts[-1] += f" ({', '.join(label for label in short.methods if label != BASELINE)})"
    return ", ".join(parts)


def _less(plan: Plan, request: Request) -> list[str]:
    """Return what takes less time, as it is typed."""
    found = []
    names = ("configurations", "replicates", "epochs")
    found += [f"fewer --{name}" for name in names if getattr(request, name) is not None]
    if request.grid:
        found.append("fewer values in --grid")
    if amounts(plan).methods > 1:
        found.append("fewer --methods")
    call = parse_call(plan.dataset)
    train: Any = call.arguments.get("train", 0)
    if call.name in KINDS and (train is None or train > FEW_EXAMPLES):
        found.append(
            f"fewer examples, such as '{replace(call, arguments={'train': FEW_EXAMPLES})}'"
        )
    return found or ["a smaller network by --widths"]


def rounded(seconds: float) -> int:
    """Return a duration rounded up to what people say: tens of seconds, minutes, tens of minutes."""
    unit = 10 if seconds < 120 else 60 if seconds < 3600 else 600
    return unit * math.ceil(seconds / unit)


def short_form(seconds: float) -> str:
    """Return a duration as `--time-limit` reads it: `90s`, `4m`, `1h10m`."""
    if seconds % 60 or seconds < 60:
        return f"{seconds:g}s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")


def identity(asked: str, limit: TimeLimit | None) -> str:
    """Return the hash under which a study that a limit shortened is known again, `asked` being that of the whole."""
    return asked if limit is None else content_hash([asked, limit.seconds])


def fit(
    folders: Sequence[Path],
    executor: Executor,
    limit: TimeLimit,
    watch: Callable[[int], Watch | None],
) -> list[float]:
    """Shorten the plans of studies that are not yet begun, so that all of them together fit a time limit.

    Args:
        folders: of the studies; each gets a share of the time left by what its least useful plan takes.
        executor: where they will be trained.
        limit: what was asked for in the same time.
        watch: gives what is told of progress for each of them.

    Returns:
        For each study about what training takes, relative to the others.

    Raises:
        TimeLimitError: not even the least that is useful fits; no plan was changed.
        UserError: another process is working on a study.
    """
    request = limit.request
    fresh = [folder for folder in folders if _is_fresh(folder)] if request is not None else []
    if request is None or not fresh:
        return [1.0] * len(folders)
    speeds, needed = {}, {}
    for folder in fresh:
        with sole_work(folder):
            plan, _, _ = read_plan(folder / "study.json")
            dataset = load(plan.dataset, folder)
            smallest = least(plan, dataset, request)
            speed = _measured(plan, smallest, dataset, folder, executor, limit)
            speeds[folder], needed[folder] = speed, speed.seconds(smallest)
    shorter, typical = {}, sum(needed.values()) / len(needed)
    weights = [needed.get(folder, typical) for folder in folders]
    for folder, speed in speeds.items():
        plan, asked, computed_by = read_plan(folder / "study.json")
        share = needed[folder] / sum(weights)
        short = shorten(plan, load(plan.dataset, folder), speed, limit, share)
        if short != plan:
            shorter[folder] = plan, short, asked, computed_by
    for folder, (plan, short, asked, computed_by) in shorter.items():
        if replace(amounts(plan), replicates=0) != replace(amounts(short), replicates=0):
            asked = identity(asked, limit)
        with sole_work(folder):
            write_plan(folder / "study.json", short, asked, computed_by)
        if (told := watch(folders.index(folder))) is not None:
            told(Progress(0, len(short.runs), 0.0, None, short.notes[-1]))
    return weights


def _measured(
    plan: Plan,
    smallest: Plan,
    dataset: Dataset,
    folder: Path,
    executor: Executor,
    limit: TimeLimit,
) -> Speed:
    """Measure how fast a study's plan is trained, as closely as the limit needs."""

    def enough(speed: Speed) -> bool:
        left = limit.left / limit.studies
        # what the other programs cost is not known yet
        return speed.seconds(plan) <= left or speed.seconds(smallest) > HOPELESS * limit.left

    beforehand = assumed(plan, dataset, limit.slowness)
    # a refusal needs no time afterwards
    until = limit.started + LAST_REFUSAL * limit.seconds
    return measure(plan, folder, executor, until, enough, beforehand)


def _is_fresh(folder: Path) -> bool:
    """Say whether a study is as it was asked for, with nothing trained yet."""
    plan, asked, _ = read_plan(folder / "study.json")
    if plan.hash != asked:
        return False
    with Store(folder) as store:
        return not store.runs()


def least(plan: Plan, dataset: Dataset, request: Request) -> Plan:
    """Return the least that is still a useful answer to a request."""
    found = amounts(plan)
    for name, amount in steps(plan, request, dataset):
        found = replace(found, **{name: amount})
    return with_amounts(plan, request, dataset, found)
