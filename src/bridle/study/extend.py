"""More replicates for a finished study: another look, at a level that leaves all looks together at 95 %."""

from __future__ import annotations

from pathlib import Path

from bridle.domains import Integer
from bridle.engine.executor import Executor
from bridle.errors import UserError
from bridle.files import named_folder
from bridle.lines import command_line
from bridle.study.compare import finish, time_limited
from bridle.study.driver import Watch
from bridle.study.executors import check_executor
from bridle.study.folders import sole_work
from bridle.study.plan import Plan, read_plan, write_plan
from bridle.study.request import MOST_REPLICATES, MOST_RUNS
from bridle.study.studies import Studies, finish_all, is_studies, members
from bridle.study.study import Study


def extend(
    folder: str | Path,
    replicates: int,
    *,
    anyway: bool = False,
    time_limit: float | None = None,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
) -> Study | Studies:
    """Give a finished study further replicates, and look at it again.

    The new replicates have the bits that they would have had in a study planned with as many from the start. Intervals
    are wider than of such a study, since this is not the first look: all looks together hold at 95 %
    (`docs/statistics.md`).

    Args:
        folder: the study's, or that of the studies of several data sets, of which those get further replicates that
            can gain by them.
        replicates: how many further ones.
        anyway: also where no number of replicates can decide what is undecided.
        time_limit: as in `resume`.
        executor: likewise.
        watch: likewise.

    Raises:
        UserError: a study is not finished, may not be looked at again, or none can gain by it.
    """
    check_executor(executor)
    path = named_folder(folder, "folder")
    if is_studies(path):
        limit = time_limited(time_limit, studies=len(members(path)))
        add_replicates_to_all(path, replicates, anyway)
        return finish_all(path, executor, lambda name: watch, limit)
    limit = time_limited(time_limit)
    add_replicates(path, replicates, anyway)
    return finish(path, executor, watch, limit)


def add_replicates(folder: str | Path, replicates: int, anyway: bool = False) -> None:
    """Write into the plan of a finished study that it has further replicates; arguments and errors as of `extend`."""
    path = Path(folder)
    study = Study(path)
    refuse(study, anyway)
    _checked(study.plan, replicates)
    with sole_work(path):
        plan, request, computed_by = read_plan(path / "study.json")
        write_plan(path / "study.json", _checked(plan, replicates), request, computed_by)


def add_replicates_to_all(folder: Path, replicates: int, anyway: bool = False) -> list[str]:
    """Do so for the study of each data set that can gain by it, all or none.

    Returns:
        The data sets whose studies get further replicates.
    """
    gaining = gains(folder, anyway)
    for study in gaining.values():
        _checked(study.plan, replicates)
    for study in gaining.values():
        add_replicates(study.folder, replicates, anyway)
    return list(gaining)


def gains(folder: Path, anyway: bool = False) -> dict[str, Study]:
    """Return those studies of several data sets that can gain by further replicates; all of them if `anyway`.

    Raises:
        UserError: one is not finished or may not be looked at again, or none can gain.
    """
    studies = Studies(folder)
    if not studies.complete:
        raise UserError(
            f"{folder} is not finished yet. Go on with it first: {command_line('resume', folder)}"
        )
    for study in studies.studies.values():
        refuse(study, anyway=True)
    found = {name: study for name, study in studies.studies.items() if anyway or not _idle(study)}
    if not found:
        raise UserError(
            f"No number of replicates can decide what is undecided on any of {len(studies.studies)} data sets, if "
            "anything is. To extend their studies nevertheless, give --anyway (anyway=True from Python).",
            further=["--anyway"],
        )
    return found


def _checked(plan: Plan, replicates: int) -> Plan:
    """Return the plan with further replicates.

    Raises:
        UserError: those are no number of replicates, or too many.
    """
    most = MOST_REPLICATES - plan.replicates
    plan = plan.extended(Integer(1, most).check("further replicates", replicates))
    if len(plan.runs) > MOST_RUNS:
        raise UserError(
            f"A study holds at most {MOST_RUNS:,} runs; this one would have {len(plan.runs):,}. "
            "Ask for fewer further replicates."
        )
    return plan


def refuse(study: Study, anyway: bool = False) -> None:
    """Raise a UserError where a study cannot be extended, or, unless `anyway`, cannot gain by it."""
    folder, plan = study.folder, study.plan
    if not study.complete:
        raise UserError(
            f"{folder} is not finished yet. Go on with it first: {command_line('resume', folder)}"
        )
    if study.comparison() is not None and plan.replicates > 1 and not plan.looks.again:
        raise UserError(
            f"{folder} spent all of its 5 % at its only look, as studies do that are begun with --one-look: "
            "a second look would err more often "
            f"than it says. Begin a new study with other draws, with the seed {plan.seed + 1}."
        )
    if not anyway and (reason := _idle(study)):
        raise UserError(
            f"{reason} To extend the study nevertheless, give --anyway (anyway=True from Python).",
            further=["--anyway"],
        )


def _idle(study: Study) -> str:
    """Say why further replicates decide nothing; empty where they may."""
    comparison = study.comparison()
    if comparison is None or study.plan.replicates < 2:
        return ""  # nothing was compared, or nothing could be found yet
    # further replicates of a method that does nothing do nothing
    able = [c for c in comparison.methods if c.verdict.reason != "inert"]
    undecided = [c for c in able if c.verdict.label == "undecided"]
    if any(c.verdict.label == "no verdict" for c in able):
        return ""
    if not undecided:
        return "Nothing is undecided: further replicates would narrow the intervals, and might change no verdict."
    if any(c.verdict.replicates_can_decide for c in undecided):
        return ""
    names = ", ".join(c.method for c in undecided)
    rows = "rows" if comparison.design == "overlapping" else "test examples"
    wanted = [c.verdict.examples_needed for c in undecided if c.verdict.examples_needed]
    reason = f"No number of replicates can decide what is undecided ({names})"
    if wanted:
        low, high = min(wanted), max(wanted)
        amount = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        reason += f": the {rows} are too few, and about {amount} more would be needed"
    return f"{reason}."
