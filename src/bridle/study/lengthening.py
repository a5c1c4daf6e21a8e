"""Gives every run of a finished plan twice as many epochs while a method is still improving, by validation alone."""

from __future__ import annotations

from dataclasses import replace

from bridle.numbers import listed
from bridle.study.bounds import DOUBLINGS, MOST_EPOCHS
from bridle.study.plan import LEVEL, Plan
from bridle.study.progress import Improvement

IMPROVED = "still improving on validation data"
UNKNOWN = "too few to tell whether runs were still improving"
"""Words of the note of a lengthened plan, which the next one replaces."""

NO_TIME = "more epochs do not fit the time limit"


def longer(plan: Plan, improved: Improvement) -> Plan | None:
    """Return the plan with twice as many epochs for every configuration of every method; None if none are due.

    All methods get them, so that tuning stays equal. Test scores are not used, so the verdicts in the end are one look.

    Args:
        plan: a plan with all its runs finished.
        improved: how much its methods were still improving.
    """
    said = improved.undertrained(LEVEL)
    names, epochs = [label for label in plan.methods if said[label]], 2 * plan.epochs
    if not (names or improved.too_short) or plan.doublings >= DOUBLINGS or epochs > MOST_EPOCHS:
        return None
    was = "was" if len(names) == 1 else "were"
    why = f"after {plan.epochs:,}, {listed(names)} {was} {IMPROVED}"
    if not names:
        why = f"{plan.epochs:,} {'is' if plan.epochs == 1 else 'are'} {UNKNOWN}"
    note = f"Every run has {epochs:,} epochs: {why}."
    notes = (*_others(plan), note)
    return replace(plan, epochs=epochs, doublings=plan.doublings + 1, notes=notes)


def lengthened(plan: Plan) -> bool:
    """Say whether a plan has more epochs than were asked for, and may get still more."""
    return plan.lengthen and plan.doublings > 0


def halved(plan: Plan, limit: str) -> tuple[Plan, str]:
    """Return a lengthened plan without its last lengthening, for which there is no time, and the note that says so.

    Args:
        plan: lengthened.
        limit: the time limit in words.
    """
    note = f"{plan.epochs:,} epochs would be better, but {NO_TIME} of {limit}: every run has {plan.epochs // 2:,}."
    before = replace(plan, epochs=plan.epochs // 2, doublings=plan.doublings - 1)
    return replace(before, lengthen=False, notes=(*_others(plan), note)), note


def _others(plan: Plan) -> tuple[str, ...]:
    return tuple(
        note for note in plan.notes if not any(words in note for words in (IMPROVED, UNKNOWN))
    )
