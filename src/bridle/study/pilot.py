"""A pilot finds a study's number of epochs before anything else is trained: a few runs of its first replicate.

They are trained at a constant learning rate: under one that falls to 0 every curve flattens at its end, whether the
network has learned enough or not. A comparison whose rate falls needs half of the epochs found (`epochs.FALLING`).
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.engine.datasets import FolderData
from bridle.engine.executor import Executor
from bridle.engine.spec import HISTORY, Chunk, OutOfMemory, ProgramSpec, RunResult, RunSpec
from bridle.errors import UserError
from bridle.grammar import Value, parse_call
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.methods.schedules.base import CONSTANT
from bridle.numbers import duration, number
from bridle.optimizers.catalogue import schedule
from bridle.refusals import working_in
from bridle.statistics.checks import Floats
from bridle.study import settings
from bridle.study.configurations import Configuration
from bridle.study.driver import Progress, Watch
from bridle.study.epochs import (
    FALLING,
    Curve,
    Pilot,
    enough,
    number_of_epochs,
    smoothed,
    stages,
    tolerance,
    words,
)
from bridle.study.folders import sole_work
from bridle.study.learning_rates import middle
from bridle.study.limit import TimeLimit
from bridle.study.plan import BASELINE, Plan, PlannedRun, read_plan, write_plan
from bridle.study.speed import TYPICAL
from bridle.tasks import CRITERIA
from bridle.wording import command, subject

SHARE = 0.2
"""Maximum share of a time limit for a study's pilot."""

ACCURACY = "accuracy"


def find_epochs(
    folder: Path,
    executor: Executor,
    watch: Callable[[], Watch | None] = lambda: None,
    limit: TimeLimit | None = None,
) -> None:
    """Train the pilot of a study that still needs one, and write the number of epochs and the reason to its plan.

    Args:
        folder: the study's.
        executor: where it will be trained.
        watch: returns the function that is called with the sentence on what was found.
        limit: the pilot gets a share of it. Without one no clock decides anything: the same plan gets the same number.

    Raises:
        UserError: not even one run fits in memory, or another process works on the study.
    """
    if _settled(read_plan(folder / "study.json")[0]):
        return
    with working_in(folder, f"`{command('resume', folder)}` goes on"), sole_work(folder):
        plan, request, versions = read_plan(folder / "study.json")
        if _settled(plan):
            return
        found, trained = None, 0
        share = math.inf if limit is None else SHARE * limit.left / limit.studies
        if limit is None or share > TYPICAL[plan.device].compiling * limit.slowness:
            dataset, until = load(plan.dataset, folder), time.perf_counter() + share
            found, trained = pilot(plan, dataset, folder, executor, until)
        if found is None:
            assert limit is not None
            assert plan.pilot is not None
            found, epochs = Pilot(plan.pilot.ceiling, found=True), trained or plan.epochs
            seconds = duration(limit.seconds, tenths=False)
            note = f"{epochs} epochs: a pilot to find a better number did not fit the time limit of {seconds}."
        else:
            share = needed(plan.schedule)
            epochs = number_of_epochs(found, plan.epochs, share)
            note = words(found, epochs, share)
        wanted = replace(plan, epochs=epochs, pilot=found, notes=(*plan.notes, note))
        write_plan(folder / "study.json", wanted, request, versions)
    if (told := watch()) is not None:
        told(Progress(0, wanted.count, 0.0, None, note))


def needed(name: str) -> float:
    """Return which share of a pilot's epochs a schedule needs: `FALLING` if it ends below half of the rate."""
    return FALLING if getattr(schedule(name), "final", 1.0) < 0.5 else 1.0


def _settled(plan: Plan) -> bool:
    return plan.pilot is None or plan.pilot.found


def pilot(
    plan: Plan, dataset: Dataset, folder: Path, executor: Executor, until: float = math.inf
) -> tuple[Pilot | None, int]:
    """Train a pilot in stages, until its curves show how many epochs are enough or it reaches the ceiling.

    Args:
        plan: with the data set's own number of epochs.
        dataset: what it trains on.
        folder: the study's, where workers find the data.
        executor: where to train.
        until: time of `time.perf_counter` at which to give up.

    Returns:
        What was found, `None` if it gave up; and the epochs of the last complete stage, 0 if there is none.
    """
    assert plan.pilot is not None
    most = plan.pilot.ceiling
    names = {run.name: _words(plan, run) for run in candidates(plan)}
    examples = dataset.sizes.validation if plan.criterion == ACCURACY else None
    trained = 0
    for epochs in stages(plan.epochs):
        began = time.perf_counter()
        results = _train(plan, epochs, dataset, folder, executor, until)
        if results is None:
            return None, trained
        trained, curves = epochs, []
        for key, name in names.items():
            errors = validation_errors(results[key], plan.criterion)
            at = np.arange(1, len(errors) + 1)
            curves.append(Curve(name, at, errors, tolerance(errors, examples)))
        found = enough(curves, trained, most)
        if found is not None:
            return found, trained
        now = time.perf_counter()
        if now + 2 * (now - began) > until:  # the next stage takes twice as long
            return None, trained
    raise AssertionError("the last stage decides")


def candidates(plan: Plan) -> tuple[PlannedRun, ...]:
    """Return the planned runs that a pilot trains, all of the first replicate.

    These are the baseline at the default learning rate and at the smallest that all methods try, and each method that
    slows learning at its greatest strength. Without a baseline or such methods, the first method stands for it.
    """
    slow = [
        label
        for label in plan.methods
        if any(method(name).slows for name in Composition.parse(label).names)
    ]
    first = BASELINE if BASELINE in plan.methods else next(iter(slow), plan.methods[0])
    rates = [{c["learning_rate"] for c in found} for found in plan.asked.values()]
    smallest = min(set.intersection(*rates), default=middle(plan.learning_rates))
    wanted = {
        (first, _strongest(plan, first, smallest)): None,
        **{
            (label, _strongest(plan, label, middle(plan.learning_rates))): None
            for label in (first, *slow)
        },
    }
    one = replace(plan, replicates=1)
    return tuple(run for run in one.runs if (run.method, run.configuration) in wanted)


def programs(plan: Plan) -> dict[ProgramSpec, dict[str, RunSpec]]:
    """Return the programs of a pilot, with their runs by the names of the planned ones.

    Programs have a lane for each run, because full lanes would cost more than they tell. They must be compiled, which
    takes longer than their training. So one program trains all runs whose methods do nothing at a neutral strength; it
    gives each run the bits that its own program would.
    """
    runs = candidates(plan)
    # a program holds a method in one form: with one schedule, or one value of what is static
    forms = Counter(
        parse_call(called).name for called in {m for r in runs for m in r.program.methods}
    )
    together = [
        run
        for run in runs
        if all(_neutral(m) and forms[parse_call(m).name] == 1 for m in run.program.methods)
    ]
    names = tuple(dict.fromkeys(name for run in together for name in run.program.methods))
    joint = Composition.parse("+".join(names) or BASELINE)
    without = joint.setting(
        {(parse_call(name).name, key): v for name in names for key, v in _neutral(name).items()}
    )
    groups: dict[ProgramSpec, dict[str, RunSpec]] = defaultdict(dict)
    for run in runs:
        program, spec = replace(run.program, schedule=CONSTANT), run.spec
        if run in together:
            program = replace(program, methods=joint.compiled)
            spec = replace(spec, setting={**without, **spec.setting})
        groups[program][run.name] = spec
    return groups


def _neutral(called: str) -> dict[str, Value]:
    """Return the neutral strength of a method of a program, by its name; empty if it has none."""
    strength = method(parse_call(called).name).strength()
    return {} if strength is None or strength.neutral is None else {strength.name: strength.neutral}


def _strongest(plan: Plan, label: str, rate: float) -> int:
    """Return which configuration at the learning rate nearest to `rate` has the greatest strength."""
    composition = Composition.parse(label)
    keys = [
        (strength.name if len(composition.names) == 1 else f"{name}.{strength.name}", strength)
        for name, strength in composition.tunable()
        if method(name).slows
    ]

    def order(found: Configuration) -> tuple[float, ...]:
        strengths = [
            float(
                np.max(np.abs(np.asarray(found["hyperparameters"][key], float) - strength.neutral))
            )
            for key, strength in keys
        ]
        return (-abs(math.log(found["learning_rate"] / rate)), *strengths)

    found = plan.asked[label]
    return max(range(len(found)), key=lambda number: order(found[number]))


def validation_errors(result: RunResult, criterion: str) -> Floats:
    """Return a run's smoothed errors on the validation data by the plan's criterion; empty if it diverged."""
    if result.diverged:
        return np.empty(0)
    column, sign = CRITERIA[criterion].order[0]
    values = result.history[:, HISTORY.index(column)].astype(np.float64)
    return smoothed(1.0 - values if sign > 0 else values)


def _words(plan: Plan, run: PlannedRun) -> str:
    """Return a pilot's run in words, such as `dropout (rate 0.6) at learning rate 0.001`."""
    configuration = plan.configurations[run.method][run.configuration]
    keys = settings.strengths(run.method)
    flat = configuration["hyperparameters"]
    values = ", ".join(f"{settings.name(key, keys)} {number(flat[key])}" for key in keys)
    what = f"{run.method} ({values})" if values else run.method
    return f"{what} at learning rate {number(configuration['learning_rate'])}"


def _train(
    plan: Plan, epochs: int, dataset: Dataset, folder: Path, executor: Executor, until: float
) -> dict[str, RunResult] | None:
    """Train the candidates; return the results by the names of the planned runs, or `None` if it is too late."""
    groups = programs(plan)
    waiting = deque(
        Chunk(
            program,
            plan.dataset,
            len(runs),
            tuple(replace(run, epochs=epochs) for run in runs.values()),
        )
        for program, runs in groups.items()
    )
    results: dict[str, RunResult] = {}
    total = len(waiting)

    def pull(last: ProgramSpec | None) -> Chunk | None:
        mine = next((chunk for chunk in waiting if chunk.program == last), None)
        if mine is not None:
            waiting.remove(mine)
            return mine
        return waiting.popleft() if waiting else None

    done = 0
    for chunk, outcome in executor.run(pull, FolderData(folder), until=until):
        if isinstance(outcome, OutOfMemory):
            if chunk.width == 1:
                raise UserError(
                    f"Not even one run of {plan.dataset} can be trained at a time: {outcome.reason}. Choose smaller "
                    f"{subject('widths')} or {subject('batch_size')}, or a machine with more memory."
                )
            waiting.append(replace(chunk, width=chunk.width // 2))
            continue
        done += 1
        results.update(zip(groups[chunk.program], outcome.results, strict=True))
    return results if done == total else None
