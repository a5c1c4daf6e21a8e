"""More replicates for a finished study: another look, at a level that leaves all looks together at 95 %."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridle.domains import Integer
from bridle.engine.executor import Executor
from bridle.errors import UserError
from bridle.files import named_folder
from bridle.study.compare import finish
from bridle.study.driver import Watch, sole_work
from bridle.study.plan import read_plan, write_plan
from bridle.study.request import MOST_REPLICATES, MOST_RUNS
from bridle.study.study import Study

if TYPE_CHECKING:
    from bridle.statistics import Comparison


def extend(
    folder: str | Path,
    replicates: int,
    *,
    anyway: bool = False,
    time_limit: float | None = None,
    executor: Executor | None = None,
    watch: Watch | None = None,
) -> Study:
    """Give a finished study further replicates, and look at it again.

    The new replicates have the bits that they would have had in a study planned with as many from the start. Intervals
    are wider than of such a study, since this is not the first look: all looks together hold at 95 %
    (`docs/statistics.md`).

    Args:
        folder: the study's.
        replicates: how many further ones.
        anyway: also where no number of replicates can decide what is undecided.
        time_limit: as in `compare`.
        executor: likewise.
        watch: likewise.

    Raises:
        UserError: the study is not finished, may not be looked at again, or cannot gain by it.
    """
    add_replicates(folder, replicates, anyway)
    return finish(Path(folder), executor, watch, time_limit)


def add_replicates(folder: str | Path, replicates: int, anyway: bool = False) -> None:
    """Write into the plan of a finished study that it has further replicates; arguments and errors as of `extend`."""
    path = named_folder(folder, "folder")
    refuse(Study(path), anyway)
    with sole_work(path):
        plan, request, computed_by = read_plan(path / "study.json")
        most = MOST_REPLICATES - plan.replicates
        plan = plan.extended(Integer(1, most).check("further replicates", replicates))
        if len(plan.runs) > MOST_RUNS:
            raise UserError(
                f"A study holds at most {MOST_RUNS:,} runs; this one would have {len(plan.runs):,}. "
                "Ask for fewer further replicates."
            )
        write_plan(path / "study.json", plan, request, computed_by)


def refuse(study: Study, anyway: bool = False) -> None:
    """Raise a UserError where a study cannot be extended, or, unless `anyway`, cannot gain by it."""
    folder, plan = study.folder, study.plan
    if not study.complete:
        raise UserError(
            f"{folder} is not finished yet. Go on with it first: bridle resume {folder}"
        )
    comparison = study.comparison()
    if comparison is None or plan.replicates < 2:
        return  # nothing was compared, or nothing could be found yet
    if not plan.looks.again:
        raise UserError(
            f"{folder} spent all of its 5 % at its only look, as studies do that are begun with --one-look "
            "(and those of the time before studies could be extended): a second look would err more often "
            f"than it says. Begin a new study with other draws: --seed {plan.seed + 1}"
        )
    if not anyway and (reason := _pointless(comparison)):
        raise UserError(
            f"{reason} To extend the study nevertheless: --anyway (anyway=True from Python)."
        )


def _pointless(comparison: Comparison) -> str:
    """Say why further replicates decide nothing; empty where they may."""
    undecided = [c for c in comparison.methods if c.verdict.label == "undecided"]
    if any(c.verdict.label == "no verdict" for c in comparison.methods):
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
