"""Beginning a study: its data set, folder and plan are written before anything is trained."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridle.data import load, save
from bridle.data.dataset import Dataset
from bridle.data.intake import from_file, from_memory, means_file, refuse_beside_name
from bridle.errors import UserError
from bridle.refusals import check_free
from bridle.statistics.looks import Looks
from bridle.study.bounds import KEEP
from bridle.study.driver import NO_TIME_FOR_REFINEMENT, NO_TIME_FOR_REPLICATES, versions
from bridle.study.folders import WRITTEN, settle
from bridle.study.limit import TimeLimit
from bridle.study.plan import BASELINE, Plan, read_plan, write_plan
from bridle.study.reader import StudyReader
from bridle.study.refinement import refined
from bridle.study.shorten import identity
from bridle.study.siblings import further_look
from bridle.wording import argument, command


def open_dataset(
    data: Any,
    y: Any = None,
    task: str | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    **table: Any,
) -> Dataset:
    """Return the data set that a name, a file, a `Dataset`, a table or arrays mean, learned as `task` says.

    Args:
        data: any of these.
        y: the targets of arrays, or beside a table; or the name of a table's column.
        task: by default it follows from the targets.
        sample_weight: of arrays, or beside a table.
        class_weight: of files, tables and arrays.
        **table: the roles of a file's or table's columns, as in `bridle.data.intake.from_file`.

    Raises:
        UserError: something does not exist, or an argument does not suit the data.
    """
    if isinstance(y, str):
        table, y = {**table, "target": y}, None
    if isinstance(data, Path) or (isinstance(data, str) and means_file(data)):
        if y is not None or sample_weight is not None:
            raise UserError(
                f"Name columns of {data} as target= and weights=; y and sample_weight go with X."
            )
        return from_file(data, task=task, class_weight=class_weight, **table)
    if isinstance(data, Dataset | str):
        see_no_weights(sample_weight, class_weight)
        if table:
            refuse_beside_name(data, table)
    if isinstance(data, Dataset):
        return data.learning(task)
    if isinstance(data, str):
        if y is not None:
            raise UserError(f"y was given beside the data set's name {data!r}; give X and y.")
        return load(data).learning(task)
    return from_memory(
        data, y, task=task, sample_weight=sample_weight, class_weight=class_weight, **table
    )


def see_no_weights(sample_weight: Any, class_weight: Any) -> None:
    """Raise a UserError where weights are given beside a data set."""
    if sample_weight is not None or class_weight is not None:
        raise UserError("sample_weight and class_weight go with X and y; data sets have their own.")


def prepare(
    dataset: Dataset,
    plan: Plan,
    out: str | Path | None,
    limit: TimeLimit | None = None,
    among: Path | None = None,
) -> Path:
    """Return the study's folder with its `study.json`: a new one, or that of the same study.

    Where studies beside a new one have already compared methods on the same draws, its plan says so in a note.

    Args:
        dataset: its data set.
        plan: as it was asked for.
        out: the folder; by default one is named after the data set.
        limit: the time limit of the command; a study that was shortened for the same limit is the same one.
        among: the folder in which such studies may lie; by default that in which the study's own lies.

    Raises:
        UserError: `out` holds another study, or something else; or another process works on this one.
    """
    stem = plan.origin or dataset.name
    name = "".join(letter if letter.isalnum() else "-" for letter in stem.replace("_", "-"))
    # download first, before all workers try at once and before a folder is made
    dataset.replicate(0, plan.seed)
    return settle(
        out,
        f"bridle-{name}",
        functools.partial(_check_same, plan=plan, limit=limit),
        lambda folder: _write_study(dataset, plan, folder, limit, among or folder.parent),
    )


def _check_same(folder: Path, plan: Plan, limit: TimeLimit | None) -> bool:
    """Say whether a folder holds this study.

    Raises:
        UserError: it holds another.
    """
    path = folder / "study.json"
    if path.is_file():
        _, request, _ = read_plan(path)
        if request not in (plan.hash, identity(plan.hash, limit)):
            raise UserError(
                f"{folder} holds another study. Choose another folder with {argument('out')}, or go on with "
                f"that study by `{command('resume', folder)}`."
            )
        return True
    return False


def _write_study(
    dataset: Dataset, plan: Plan, folder: Path, limit: TimeLimit | None, among: Path
) -> None:
    """Write `study.json` where there is none; otherwise update it to the present request."""
    check_free(folder, WRITTEN)
    path, asked = folder / "study.json", plan.hash
    if path.is_file():
        there, request, computed_by = read_plan(path)
        if there.looks.again and not plan.looks.again:
            raise UserError(
                f"{folder} holds this study as one that may be extended, which "
                f"{argument('one_look', True)} cannot change afterwards. Choose another folder with {argument('out')}."
            )
        wanted = replace(
            there,
            margin=plan.margin,
            metric=plan.metric,
            refine=plan.refine or there.refine,
            until_decided=plan.until_decided or there.until_decided,
            keep=max(plan.keep, there.keep, key=KEEP.index),  # never fewer than before
        )
        over = [NO_TIME_FOR_REFINEMENT] if plan.refine else []
        if plan.refine and _due(folder, there):
            wanted = replace(wanted, looks=_anew(folder, there))
        # an earlier time limit had removed some
        if request == asked and there.replicates < plan.replicates:
            over.append(NO_TIME_FOR_REPLICATES)
            further = plan.replicates - there.replicates
            if wanted.looks == there.looks and StudyReader(folder).complete:
                wanted = replace(wanted, looks=there.extended(further).looks)
            wanted = replace(wanted, replicates=plan.replicates)
        save(dataset, folder)  # it was lost or damaged
        if wanted != there:
            notes = tuple(note for note in there.notes if not any(text in note for text in over))
            write_plan(path, replace(wanted, notes=notes), request, computed_by)
        return
    save(dataset, folder)
    plan = replace(plan, notes=plan.notes + further_look(plan, among))
    write_plan(path, plan, asked, versions())


def _due(folder: Path, plan: Plan) -> bool:
    """Say whether refinement would choose new settings in a study that may already have been read."""
    study = StudyReader(folder)
    return study.complete and refined(plan, study.selected) is not None


def _anew(folder: Path, plan: Plan) -> Looks:
    """Return the looks of a finished study once refinement chooses new settings: verdicts already seen are a look."""
    if BASELINE not in plan.methods or len(plan.methods) < 2:
        return plan.looks
    if plan.replicates > 1 and not plan.looks.again:
        raise UserError(
            f"{folder} spent all of its 5 % at its only look, because it was begun with "
            f"{argument('one_look', True)}: choosing new settings would be another look. "
            f"Begin a new study that refines from the start, with other draws: the seed {plan.seed + 1}.",
            further={"seed": plan.seed + 1},
        )
    return plan.looks.anew(plan.replicates)
