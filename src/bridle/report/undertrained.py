"""Words for methods that were still improving when training ended: what is said of them is provisional."""

from __future__ import annotations

from bridle.numbers import count, listed, many
from bridle.verdict.answer import Answer

NAMED = 3
"""Maximum number of methods named in a sentence."""

MORE = 4
"""How many times as many epochs are advised."""


def sentences(answer: Answer) -> list[str]:
    """Say in one sentence which methods were still improving, and what that makes provisional; empty without any.

    Where epochs are so few that nobody can tell, say that.
    """
    if answer.too_short:
        what = "Every verdict" if answer.compared else "This"
        epochs = answer.evidence.epochs
        few = f"{many(epochs, 'epoch')} {'is' if epochs == 1 else 'are'} too few"
        return [f"{what} is provisional: {few} to tell whether networks were still improving."]
    names = [answer.spoken(label) for label in answer.undertrained]
    if not names:
        return []
    others = len(names) - NAMED
    if others > 0:
        names = [*names[:NAMED], many(others, "other")]
    was = "was" if len(names) == 1 else "were"
    still = f"{listed(names)} {was} still improving after {many(answer.evidence.epochs, 'epoch')}"
    if not answer.compared:
        return [f"This is provisional: {still}."]
    if answer.baseline in answer.undertrained:
        return [f"Every verdict is provisional: {still}."]
    if others <= 0 and len(names) == 1:
        return [f"The verdict on {names[0]} is provisional: it {still.removeprefix(names[0])[1:]}."]
    return [f"Their verdicts are provisional: {still}."]


def advised(answer: Answer) -> tuple[str, str]:
    """Return what more epochs may do, and the command for them; call it only where `sentences` says something."""
    epochs = MORE * answer.evidence.epochs
    whole = answer.too_short or answer.baseline in answer.undertrained
    whose = "every verdict" if whole else "provisional verdicts"
    what = f"change {whose}" if answer.compared else "give a better score"
    action = answer.evidence.again(epochs=epochs) if answer.evidence.again else ""
    return f"{count(MORE)} times as many may {what}", action


def verdict(answer: Answer, label: str) -> str:
    """Return a method's verdict as tables show it: `helps (small, provisional)`; of the baseline only the remark."""
    row = answer.row(label)
    assert row is not None
    if row.verdict == "baseline":
        return "undertrained" if row.trained is False else ""
    remarks = ["small"] if row.small else []
    if row.verdict != "no verdict" and answer.provisional(label):
        remarks.append("provisional")
    return row.verdict + (f" ({', '.join(remarks)})" if remarks else "")
