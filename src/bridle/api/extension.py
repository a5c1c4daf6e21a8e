"""Further replicates for a finished study: another look, with a joint confidence of 95 % over all looks."""

from __future__ import annotations

from collections.abc import Iterable

from bridle.api.studies import Studies
from bridle.api.study import Study
from bridle.domains import Integer
from bridle.errors import UserError
from bridle.study.bounds import MOST_REPLICATES, MOST_RUNS
from bridle.study.folders import sole_work
from bridle.study.plan import Plan, read_plan, write_plan
from bridle.wording import argument, command


def gaining(held: Study | Studies, anyway: bool = False) -> dict[str, Study]:
    """Return the studies, by data set, that can gain from further replicates; all of them if `anyway`.

    Raises:
        UserError: one is not finished or may not be looked at again, or none can gain.
    """
    if not held.complete:
        raise UserError(
            f"{held.folder} is not finished yet. Go on with it first: {command('resume', held.folder)}"
        )
    for study in held.studies.values():
        _refuse_spent(study)
    reasons = {name: "" if anyway else no_gain(study) for name, study in held.studies.items()}
    found = {name: study for name, study in held.studies.items() if not reasons[name]}
    if not found:
        why, which = next(iter(reasons.values())), "the study"
        if len(reasons) > 1:
            why = f"No number of replicates can decide what is undecided on any of {len(reasons)} data sets, if "
            why, which = f"{why}anything is.", "their studies"
        raise UserError(
            f"{why} To extend {which} nevertheless, give {argument('anyway', True)}.",
            further={"anyway": True},
        )
    return found


def add_replicates(studies: Iterable[Study], replicates: int) -> None:
    """Add further replicates to the plans of finished studies: to all, or to none.

    Raises:
        UserError: those are no number of replicates, or too many.
    """
    every = list(studies)
    for study in every:
        _checked(study.plan, replicates)
    for study in every:
        path = study.folder / "study.json"
        with sole_work(study.folder):
            plan, request, computed_by = read_plan(path)
            write_plan(path, _checked(plan, replicates), request, computed_by)


def _checked(plan: Plan, replicates: int) -> Plan:
    """Return the plan with further replicates.

    Raises:
        UserError: those are no number of replicates, or too many.
    """
    most = MOST_REPLICATES - plan.replicates
    plan = plan.extended(Integer(1, most).check("replicates", replicates))
    if plan.count > MOST_RUNS:
        raise UserError(
            f"A study holds at most {MOST_RUNS:,} runs; this one would have {plan.count:,}. "
            "Ask for fewer further replicates."
        )
    return plan


def _refuse_spent(study: Study) -> None:
    """Raise a UserError where a study may not be looked at again."""
    folder, plan = study.folder, study.plan
    if study.comparison() is not None and plan.replicates > 1 and not plan.looks.again:
        raise UserError(
            f"{folder} spent all of its 5 % at its only look, because it was begun with "
            f"{argument('one_look', True)}: a second look would err more often than it says. "
            f"Begin a new study with other draws, with the seed {plan.seed + 1}."
        )


def no_gain(study: Study) -> str:
    """Say why further replicates decide nothing; empty if they may."""
    comparison = study.comparison()
    if comparison is None or study.plan.replicates < 2:
        return ""  # nothing was compared, or nothing could be found yet
    # further replicates cannot help a method that does nothing
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
