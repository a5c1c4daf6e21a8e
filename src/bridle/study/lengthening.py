"""Gives every run of a finished plan twice as many epochs while a method is still improving, by validation alone."""

from __future__ import annotations

from dataclasses import replace

from bridle.numbers import listed
from bridle.study.bounds import LENGTHENED, MOST_EPOCHS
from bridle.study.plan import LEVEL, Plan
from bridle.study.progress import Improvement

IMPROVED = "still improving on validation data"
"""Words of the note of a lengthened plan, by which it is known."""

NO_TIME = "more epochs do not fit the time limit"


def ceiling(epochs: int) -> int:
    """Return how many epochs training that begins with `epochs` is lengthened to, at most."""
    return min(LENGTHENED * epochs, MOST_EPOCHS)


def longer(plan: Plan, improved: Improvement) -> Plan | None:
    """Return the plan with twice as many epochs for every configuration of every method; None if none are due.

    All methods get them, so that tuning stays equal. Test scores are not used, so the verdicts in the end are one look.

    Args:
        plan: a plan with all its runs finished.
        improved: how much its methods were still improving.
    """
    said = improved.undertrained(LEVEL)
    names, epochs = [label for label in plan.methods if said[label]], 2 * plan.epochs
    if not names or epochs > plan.until_trained:
        return None
    was = "was" if len(names) == 1 else "were"
    note = (
        f"Every run has {epochs:,} epochs: after {plan.epochs:,}, {listed(names)} {was} {IMPROVED}."
    )
    return replace(plan, epochs=epochs, notes=(*_others(plan), note))


def lengthened(plan: Plan) -> bool:
    """Say whether a plan has more epochs than were asked for, and may get still more."""
    return plan.until_trained > 0 and len(_others(plan)) < len(plan.notes)


def ended(plan: Plan, note: str = "") -> Plan:
    """Return the plan with as many epochs as it has, for good."""
    return replace(plan, until_trained=0, notes=(*plan.notes, note) if note else plan.notes)


def halved(plan: Plan, limit: str) -> tuple[Plan, str]:
    """Return a lengthened plan without its last lengthening, for which there is no time, and the note that says so.

    Args:
        plan: lengthened.
        limit: the time limit in words.
    """
    note = f"{plan.epochs:,} epochs would be better, but {NO_TIME} of {limit}: every run has {plan.epochs // 2:,}."
    return ended(replace(plan, epochs=plan.epochs // 2, notes=_others(plan)), note), note


def _others(plan: Plan) -> tuple[str, ...]:
    return tuple(note for note in plan.notes if IMPROVED not in note)
