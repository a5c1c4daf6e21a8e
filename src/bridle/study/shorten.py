"""Shortens a comparison to fit a time limit, or refuses it, before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.engine.executor import Executor
from bridle.engine.spec import content_hash
from bridle.errors import UserError
from bridle.grammar import parse_call
from bridle.numbers import duration, listed
from bridle.study.driver import (
    NO_TIME_FOR_REPLICATES,
    Progress,
    Watch,
)
from bridle.study.folders import sole_work
from bridle.study.limit import TimeLimit
from bridle.study.plan import BASELINE, Plan, read_plan, write_plan
from bridle.study.reductions import Amounts, amounts, least, reduced, sketch, steps, with_amounts
from bridle.study.request import Request, first_methods
from bridle.study.speed import Speed, assumed, measure
from bridle.study.store import Store
from bridle.wording import argument

MARGIN = 1.2
"""Factor between the estimate and the time limit that is advised."""

LAST_REFUSAL = 0.85
"""Share of the time limit after which measuring ends and the limit is refused."""

HOPELESS = 1.5
"""Measuring ends early if the smallest useful plan takes this many times the time left."""

FEW_EXAMPLES = 2000
"""Number of training examples that is advised for a smaller comparison."""


class TimeLimitError(UserError):
    """Nothing useful fits the time limit; nothing was trained."""


def shorten(
    plan: Plan, dataset: Dataset, speed: Speed, limit: TimeLimit, share: float = 1.0
) -> Plan:
    """Return a plan that fits a time limit, with a note on what was left out.

    Args:
        plan: as it was asked for, not yet begun.
        dataset: its data set.
        speed: what was measured.
        limit: with the request that the plan follows from.
        share: this study's share of the time left.

    Raises:
        TimeLimitError: not even the least that is useful fits.
    """
    request, left = limit.request, limit.left * share
    assert request is not None

    def fits(found: Amounts) -> bool:
        return speed.seconds(sketch(plan, found)) <= left

    asked = amounts(plan)
    found = reduced(asked, steps(plan, request, dataset), fits)
    if found == asked and fits(found):
        return plan
    if not fits(found):
        raise TimeLimitError(refusal(plan, sketch(plan, found), dataset, speed, limit, share))
    short = with_amounts(plan, request, dataset, found)
    return replace(short, notes=(*short.notes, note(plan, short, speed, limit, share)))


def note(plan: Plan, short: Plan, speed: Speed, limit: TimeLimit, share: float) -> str:
    """Return what readers of a shortened study must know."""
    asked, found = amounts(plan), amounts(short)
    seconds, whole = (
        duration(limit.seconds, tenths=False),
        rounded(whole_time(speed.seconds(plan) / share, limit)),
    )
    if found == replace(asked, replicates=found.replicates):
        return f"{asked.replicates} {NO_TIME_FOR_REPLICATES} of {seconds}: {found.replicates} are kept."
    return (
        f"Shortened to fit the time limit of {seconds}: {_listed(plan, short)}. "
        f"All of it takes about {duration(whole, tenths=False)}."
    )


def refusal(
    plan: Plan, short: Plan, dataset: Dataset, speed: Speed, limit: TimeLimit, share: float
) -> str:
    """Return the error where not even the smallest useful plan fits: how long it takes, and what to type."""
    request = limit.request
    assert request is not None

    def about(found: Plan, by: Speed = speed) -> int:
        return rounded(whole_time(by.seconds(found) / share, limit))

    needed = about(short)
    less, given = [], _given(request)
    if len(short.methods) > 2:
        one = next((m for m in first_methods() if m in short.methods), short.methods[-1])
        alone = replace(short, methods=(BASELINE, one) if BASELINE in short.methods else (one,))
        if about(alone) < needed:
            less.append(
                f"{argument('methods', one)} (about {duration(about(alone), tenths=False)})"
            )
    call, train = parse_call(plan.dataset), dataset.sizes.train
    if "train" in call.arguments and train > FEW_EXAMPLES:
        few = replace(call, arguments={"train": FEW_EXAMPLES})
        quick = speed.faster(FEW_EXAMPLES / train)
        less.append(f"'{few}' (about {duration(about(short, quick), tenths=False)})")
    if given:
        less.append(
            f"less than {listed(given)}, which {'is' if len(given) == 1 else 'are'} kept as given"
        )
    text = f"{argument('time_limit', limit.seconds)}: a useful answer needs about {duration(needed, tenths=False)}"
    if short != plan:
        text += (
            f": {_listed(plan, short)}; all of it takes about {duration(about(plan), tenths=False)}"
        )
    text += f". Nothing was trained. Give it the time: {argument('time_limit', needed)}"
    return f"{text}; or ask for less: {', or '.join(less)}." if less else f"{text}."


def _given(request: Request) -> list[str]:
    """Return what was asked for explicitly, and so is not reduced, as it was typed."""
    names = ("configurations", "replicates", "epochs")
    given = [argument(n, v) for n in names if isinstance(v := getattr(request, n), int)]
    return [*given, *([argument("grid")] if request.grid else [])]


def whole_time(training: float, limit: TimeLimit) -> float:
    """Estimate the seconds of a whole command from the seconds that it trains."""
    until_answer = (limit.elapsed + training) * MARGIN
    return until_answer + limit.reserve(until_answer)


def _listed(plan: Plan, short: Plan) -> str:
    """Return each amount of a shortened plan that is larger in the whole one."""
    asked, found = asdict(amounts(plan)), asdict(amounts(short))
    parts = [
        f"{found[name]} of {asked[name]} {name}" for name in asked if found[name] != asked[name]
    ]
    if found["methods"] != asked["methods"]:
        parts[-1] += f" ({', '.join(label for label in short.methods if label != BASELINE)})"
    return ", ".join(parts)


def rounded(seconds: float) -> int:
    """Return a duration rounded up to tens of seconds, minutes or tens of minutes."""
    unit = 10 if seconds < 120 else 60 if seconds < 3600 else 600
    return unit * math.ceil(seconds / unit)


def identity(asked: str, limit: TimeLimit | None) -> str:
    """Return the hash by which a study shortened by a limit is recognized; `asked` is the hash of the whole study."""
    return asked if limit is None else content_hash([asked, limit.seconds])


def fit(
    folders: Sequence[Path],
    executor: Executor,
    limit: TimeLimit,
    watch: Callable[[int], Watch | None],
) -> tuple[TimeLimit, list[float]]:
    """Shorten the plans of studies that are not yet begun, so that all of them together fit a time limit.

    Args:
        folders: of the studies; each gets a share of the time left in proportion to its smallest useful plan.
        executor: where they will be trained.
        limit: what was asked for in the same time.
        watch: returns for the name of each data set the function that is called with its progress.

    Returns:
        The limit, without time for pages where that was needed, and for each study about how long training takes,
        relative to the others.

    Raises:
        TimeLimitError: not even the least that is useful fits; no plan was changed.
        UserError: another process is working on a study.
    """
    request = limit.request
    fresh = [folder for folder in folders if _is_fresh(folder)] if request is not None else []
    if request is None or not fresh:
        return limit, [1.0] * len(folders)
    speeds, needed = {}, {}
    for folder in fresh:
        with sole_work(folder):
            plan, _, _ = read_plan(folder / "study.json")
            dataset = load(plan.dataset, folder)
            smallest = sketch(plan, least(plan, dataset, request))
            speed = _measured(plan, request, dataset, folder, executor, limit)
            speeds[folder], needed[folder] = speed, speed.seconds(smallest)
    typical = sum(needed.values()) / len(needed)
    weights = [needed.get(folder, typical) for folder in folders]
    shares = {folder: needed[folder] / sum(weights) for folder in fresh}
    plans = {folder: read_plan(folder / "study.json")[0] for folder in fresh}

    def shortened(limit: TimeLimit) -> dict[Path, Plan]:
        return {
            folder: shorten(plan, load(plan.dataset, folder), speeds[folder], limit, shares[folder])
            for folder, plan in plans.items()
        }

    try:
        shorter = shortened(limit)
    except TimeLimitError:
        limit = limit.without_pages()
        shorter = shortened(limit)
    for folder, short in shorter.items():
        plan, asked, computed_by = read_plan(folder / "study.json")
        if short == plan:
            continue
        if replace(amounts(plan), replicates=0) != replace(amounts(short), replicates=0):
            asked = identity(asked, limit)
        with sole_work(folder):
            write_plan(folder / "study.json", short, asked, computed_by)
        if (told := watch(folders.index(folder))) is not None:
            told(Progress(0, len(short.runs), 0.0, None, short.notes[-1]))
    return limit, weights


def _measured(
    plan: Plan,
    request: Request,
    dataset: Dataset,
    folder: Path,
    executor: Executor,
    limit: TimeLimit,
) -> Speed:
    """Measure how fast a study's plan is trained, as closely as the limit needs."""
    wanted = steps(plan, request, dataset)
    smallest = sketch(plan, least(plan, dataset, request))

    def enough(speed: Speed) -> bool:
        left = limit.left / limit.studies

        def fits(found: Amounts) -> bool:
            return speed.seconds(sketch(plan, found)) <= left

        # the cost of the other programs is not known yet
        if fits(amounts(plan)) or speed.seconds(smallest) > HOPELESS * limit.left:
            return True
        chosen = sketch(plan, reduced(amounts(plan), wanted, fits))
        return all(chosen.program(label).methods in speed.costs for label in chosen.methods)

    beforehand = assumed(plan, dataset, limit.slowness)
    # after a refusal no time is needed
    until = limit.started + LAST_REFUSAL * limit.seconds
    return measure(plan, smallest, folder, executor, until, enough, beforehand)


def _is_fresh(folder: Path) -> bool:
    """Say whether a study is as it was asked for, with nothing trained yet."""
    plan, asked, _ = read_plan(folder / "study.json")
    if plan.hash != asked:
        return False
    with Store(folder) as store:
        return not store.runs()
