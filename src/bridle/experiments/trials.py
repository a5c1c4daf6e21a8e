"""Trains the trials of an experiment: each is a study in a folder of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridle.data import load
from bridle.engine.executor import Executor
from bridle.errors import UserError, unknown
from bridle.files import named_folder, read_json, write_json
from bridle.origins import Experiment, Extent, Trial, experiments
from bridle.study.begin import prepare
from bridle.study.driver import Watch
from bridle.study.finish import finish
from bridle.study.plan import Plan
from bridle.study.reader import StudyReader
from bridle.study.request import Request, make_plan
from bridle.study.speed import Speed, assumed
from bridle.wording import argument

FILE = "experiment.json"
"""In the folder of an experiment: which one it is, and at what scale."""

TRIALS = "trials"

FORMAT = 1


def extent_of(experiment: Experiment, scale: str) -> Extent:
    """Return one scale of an experiment.

    Raises:
        UserError: there is no such scale.
    """
    if scale not in experiment.scales:
        raise unknown("scale", scale, experiment.scales)
    return experiment.scales[scale]


def plans(
    experiment: Experiment,
    scale: str,
    epochs: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> dict[str, Plan]:
    """Return the plan of every trial.

    Args:
        experiment: the work.
        scale: one of its scales.
        epochs: of every trial, instead of its own.
        replicates: likewise.
        seed: from which the replicates follow; by default the work's own.

    Raises:
        UserError: an unknown scale, or a number outside its domain.
    """
    changed = {"epochs": epochs, "replicates": replicates, "seed": seed}
    given = {name: value for name, value in changed.items() if value is not None}
    return {
        name: _plan(experiment, trial, {"seed": experiment.seed, **given})
        for name, trial in extent_of(experiment, scale).trials.items()
    }


def _plan(experiment: Experiment, trial: Trial, given: Mapping[str, Any]) -> Plan:
    asked = Request(**{"keep": "selected", **trial.options, **given})
    return replace(make_plan(load(trial.dataset), asked), origin=experiment.name)


def foretold(planned: Mapping[str, Plan], devices: int) -> float:
    """Return about how many seconds training takes, from sizes and an assumed speed alone.

    Args:
        planned: the plans.
        devices: number of processors, or of graphics cards.
    """
    return sum(
        Speed({}, devices, assumed(plan, load(plan.dataset))).seconds(plan)
        for plan in planned.values()
    )


def begin(
    experiment: Experiment, scale: str, planned: Mapping[str, Plan], out: str | Path | None
) -> Path:
    """Write every trial's plan into the experiment's folder, and return that folder.

    Args:
        experiment: the work.
        scale: one of its scales.
        planned: the plans.
        out: the folder; by default `bridle-NAME`, or `bridle-NAME-SCALE` beside the laptop scale.

    Raises:
        UserError: the folder holds something else, or cannot be written to.
    """
    ending = "" if scale == "laptop" else f"-{scale}"
    folder = named_folder(out or f"bridle-{experiment.name}{ending}")
    if folder.exists() and any(folder.iterdir()) and not (folder / FILE).is_file():
        raise UserError(
            f"{folder} exists and holds no experiment. Choose another folder with {argument('out')}."
        )
    content = {"format": FORMAT, "experiment": experiment.name, "scale": scale}
    if (folder / FILE).is_file() and read_json(folder / FILE) != content:
        raise UserError(
            f"{folder} holds another experiment, or this one at another scale. Choose another folder with "
            f"{argument('out')}."
        )
    for name, plan in planned.items():
        prepare(load(plan.dataset), plan, place(folder, name))
    write_json(folder / FILE, content)
    return folder


def place(folder: Path, name: str) -> Path:
    """Return the folder of a trial."""
    return folder / TRIALS / name.replace(" ", "_").replace(",", "").replace("×", "x")


def train(
    folder: Path,
    names: Mapping[str, Plan],
    executor: Executor | str | None,
    watch: Callable[[str], Watch | None] = lambda name: None,
) -> None:
    """Train what is missing in every trial.

    Args:
        folder: of the experiment.
        names: the plans of its trials by name.
        executor: where to train; by default on every core.
        watch: returns for the name of each trial the function that is called with its progress.
    """
    for name in names:
        finish(place(folder, name), executor, functools.partial(_watched, watch, name))


def _watched(watch: Callable[[str], Watch | None], name: str, _: str) -> Watch | None:
    return watch(name)


def opened(folder: str | Path) -> tuple[Experiment, str, dict[str, StudyReader]]:
    """Return the experiment, the scale and the studies that a folder holds.

    Raises:
        UserError: it holds none, or a trial is missing or damaged.
    """
    where = named_folder(folder, "folder")
    if not (where / FILE).is_file():
        raise UserError(f"{where} holds no experiment: there is no {FILE}.")
    content = read_json(where / FILE)
    experiment, scale = experiments()[content["experiment"]], content["scale"]
    trials = extent_of(experiment, scale).trials
    return experiment, scale, {name: StudyReader(place(where, name)) for name in trials}
