"""Warnings and advice, each with the option or command that helps."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.lines import command_line
from bridle.numbers import count, listed, many, number, percent
from bridle.report import idle, undertrained
from bridle.statistics.verdicts import FEW
from bridle.study import settings
from bridle.study.grids import beyond
from bridle.study.learning_rates import LEARNING_RATE
from bridle.verdict.answer import Answer

if TYPE_CHECKING:
    from bridle.statistics import Compared

SHOWN = 3
"""Maximum number of undecided methods that are named."""

MANY = 10_000
"""Maximum number of replicates that is named."""


@dataclass(frozen=True)
class Advice:
    """One warning or note.

    Attributes:
        about: a method's label, or a word or two; may be empty.
        text: the warning or note.
        action: a whole line to type, in a shell or in Python; empty if there is none.
        warning: whether it limits the meaning of the results; otherwise it is a note.
    """

    about: str
    text: str
    action: str = ""
    warning: bool = True


def advice(answer: Answer) -> list[Advice]:
    """Return all warnings and notes beside the table, the most serious first.

    At most one of them continues the study, because everything else depends on its outcome.
    """
    found = []
    if not answer.evidence.finished:
        left = answer.evidence.planned_runs - answer.evidence.runs
        found.append(
            Advice(
                "not finished",
                f"{many(left, 'run')} still to train",
                command_line("resume", Path(answer.evidence.folder)),
            )
        )
    found += _diverged(answer)
    found += _missing(answer)
    found += _failed(answer)
    found += _without_spread(answer)
    found += _conditional(answer)
    found += _epochs(answer)
    found += _few(answer)
    found += _unequal(answer)
    if answer.chance is None:  # without signal, the best setting is a matter of luck
        found += _edges(answer)
        found += _undecided(answer)
    found = _one_next(found)
    if answer.chance is not None:
        found.append(_signal(answer))
    found += [Advice(name, text, warning=False) for name, text in idle.unchanged(answer)]
    found += [Advice("", note, warning=False) for note in answer.evidence.notes]
    return found


def _one_next(found: Sequence[Advice]) -> list[Advice]:
    """Keep only the first line to type."""
    first = next((item for item in found if item.action), None)
    return [item if item is first else replace(item, action="") for item in found]


def _signal(answer: Answer) -> Advice:
    """Describe the test for signal, and a stricter one."""
    assert answer.chance is not None
    truth = answer.chance.truth
    text = f"it permutes the test {truth}, which judges these networks as they were trained"
    if answer.evidence.design == "overlapping":
        text = f"it permutes the table's {truth} and allows for what splits share, an approximation"
    text += f"; a stricter test trains again on permuted {truth}"
    typed = shlex.split(answer.chance.dataset)
    action = command_line("diagnose", *typed) if typed else "bridle.diagnose(X, y)"
    return Advice("the test for signal", text, action, warning=False)


def _diverged(answer: Answer) -> list[Advice]:
    found = []
    for label, amount in answer.evidence.diverged.items():
        tried = answer.configurations[label] * answer.evidence.replicates
        row = next((row for row in answer.rows if row.method == label), None)
        text = (
            f"{amount:,} of {many(tried, 'run')} diverged (loss or weights were no longer finite)"
        )
        if (
            row is not None
            and answer.evidence.finished
            and row.replicates < answer.evidence.replicates
        ):
            lost = answer.evidence.replicates - row.replicates
            compared = "every comparison" if label == answer.baseline else "its comparison"
            text += f"; {many(lost, 'replicate')} left out of "
            text += compared if answer.compared else "its score"
        found.append(Advice(answer.name(label), text))
    return found


def _missing(answer: Answer) -> list[Advice]:
    """Say which replicates in a table of runs have no score, and what is left to compare."""
    found = []
    pairs = {c.method: c.replicates for c in answer.compared}
    for label, replicates in answer.evidence.missing.items():
        which = (
            listed(replicates) if len(replicates) <= SHOWN else many(len(replicates), "replicate")
        )
        if len(replicates) <= SHOWN:
            which = f"replicate{'s' if len(replicates) > 1 else ''} {which}"
        text = f"no score in {which}; left out of "
        if label == answer.baseline:
            text += "every comparison"
        elif label in pairs:
            left = pairs[label]
            text += f"its comparison, which rests on {many(left, 'pair')}"
            text += f" (below {FEW} verdicts are fragile)" if 1 < left < FEW else ""
        else:
            text += "its score"
        found.append(Advice(answer.name(label), text))
    return found


def _failed(answer: Answer) -> list[Advice]:
    """Say which methods had failed trainings, and what this number of replicates cannot show about the others."""
    failing = [row for row in answer.rows if row.failed]
    if not failing:
        return []
    found = []
    for row in failing:
        text = f"{row.failed} of {many(row.replicates, 'run')} failed: they learned hardly anything of what its others "
        found.append(Advice(row.name, text + "did; its mean hangs on how often that happens"))
    never = [row for row in answer.rows if not row.failed and row.replicates > 1]
    if never and answer.compared:
        least = min(row.replicates for row in never)
        share = percent(1 - 0.05 ** (1 / least))
        text = f"none in {many(least, 'run')} is no proof that a method never fails: up to {share} may (95 %)"
        found.append(Advice("failed trainings", text, warning=False))
    return found


def _without_spread(answer: Answer) -> list[Advice]:
    """Say how equal scores in a table of runs could be told from chance."""
    reasons = {c.verdict.reason for c in answer.compared}
    if answer.evidence.seed is not None or not reasons & {"equal", "no spread"}:
        return []
    text = "differences that agree in every replicate, up to the last digit of the scores, may do so by chance: "
    text += "give scores with more digits"
    if math.isfinite(answer.measure.span):
        text += ", or, of accuracies, how many test examples there are (--test-size N)"
    return [Advice("no spread", text)]


def _conditional(answer: Answer) -> list[Advice]:
    """Say what is needed for verdicts on new examples from a fixed test set's scores."""
    if answer.comparison is None or not answer.comparison.conditional:
        return []
    text = "verdicts hold for other trainings on this test set; to speak of new examples, give predictions "
    text += "(--predictions FILE)"
    if math.isfinite(answer.measure.span):
        text += " or, for a bound, how many test examples there are (--test-size N)"
    return [Advice("one test set", text)]


def _epochs(answer: Answer) -> list[Advice]:
    if not answer.undertrained and not answer.too_short:
        return []
    return [Advice("epochs", *undertrained.advised(answer), warning=False)]


def _few(answer: Answer) -> list[Advice]:
    planned = answer.evidence.replicates
    used = max((row.replicates for row in answer.rows), default=0)
    if not answer.compared or used >= FEW or planned >= FEW > used:
        return []
    text = (
        "a single replicate cannot tell a method from luck"
        if planned == 1
        else f"{many(planned, 'replicate')} are few; below {FEW}, intervals are wide and verdicts fragile"
    )
    first = answer.evidence.again(replicates=10) if answer.evidence.again else ""
    action = first if planned == 1 else _more(answer, 10 - planned if answer.extensible else 10)
    return [Advice("replicates", text, action)]


def _unequal(answer: Answer) -> list[Advice]:
    amounts = answer.efforts
    if len(amounts) < 2:
        return []
    groups = []
    for amount in sorted(amounts, reverse=True):
        labels = [answer.spoken(m) for m, n in answer.configurations.items() if n == amount]
        groups.append(f"{listed(labels)} {amount}")
    text = f"methods were tuned with unequal effort ({'; '.join(groups)}): more tries flatter"
    return [Advice("configurations", text)]


def _edges(answer: Answer) -> list[Advice]:
    """Say which best settings lie at the edge of their grids, and how to continue there.

    The advice is refinement or, after its last round, a grid of equal size around the best setting.
    """
    which = "chosen" if answer.evidence.one_se else "best"
    found: list[Advice] = []
    places: list[str] = []
    grids: dict[str, list[float]] = {}
    shared = _shared_rates(answer)
    for label, key in answer.evidence.at_edge.items():
        chosen = answer.chosen(label)
        if chosen is None or key not in chosen.setting.hyperparameters:
            continue
        tried = settings.among([one.hyperparameters for one in answer.evidence.tried[label]], key)
        value = chosen.setting.hyperparameters[key]
        side = 1 if value == max(tried) else -1
        place = settings.grid_name(label, key)
        if key == LEARNING_RATE and value in (shared[:1] if side < 0 else shared[1:][-1:]):
            tried, place = shared, key  # all methods go on together
        # so that a value that was tried stays on the other side of the best
        more = beyond(label, key, tried, side, more=min(2, max(len(tried) - 2, 1)))
        if not more:
            continue  # the domain ends there
        window = sorted([*tried, *more])
        window = window[-len(tried) :] if side > 0 else window[: len(tried)]
        where = f"{settings.name(key, [key])} {number(value)}".replace("lr ", "learning rate ")
        places.append(f"{answer.name(label)} {where}")
        if "." not in key:  # joined methods try pairs of values: one of them alone makes no grid
            grids[place] = sorted({*grids.get(place, ()), *window})
        found.append(Advice(answer.name(label), f"{which} {where} at the edge of its grid"))
    if found and answer.evidence.refinable and answer.evidence.again:
        whose = "its grid" if len(places) == 1 else "their grids"
        shown = places[:SHOWN]
        if len(places) > SHOWN:
            shown.append(many(len(places) - SHOWN, "other"))
        text = f"{which} at the edge of {whose}: {listed(shown)}"
        return [Advice("settings", text, answer.evidence.again(refine=True)), *_refinement(answer)]
    if grids and answer.evidence.again:
        found[0] = replace(found[0], action=answer.evidence.again(grid=grids))
    return found


def _shared_rates(answer: Answer) -> list[float]:
    """Return the learning rates that every method tried, ascending."""
    found = [
        {one.hyperparameters[LEARNING_RATE] for one in tried if one.hyperparameters}
        for tried in answer.evidence.tried.values()
    ]
    return sorted(set.intersection(*found)) if found else []


def _refinement(answer: Answer) -> list[Advice]:
    """Say what it costs to refine a study after its verdicts have been seen."""
    comparison = answer.comparison
    if comparison is None or comparison.replicates < 2 or answer.evidence.seed is None:
        return []
    anew = comparison.looks.anew(comparison.replicates)
    held = anew.level(comparison.replicates, len(comparison.methods), comparison.level)
    text = (
        f"refining this study is a further look at it, with intervals held to {100 * held:.4g} %; "
    )
    text += "a new one of other draws that refines from the start keeps its own"
    return [Advice("refinement", text, warning=False)]


def _undecided(answer: Answer) -> list[Advice]:
    able = [c for c in answer.compared if c.method not in answer.inert]
    undecided = [c for c in able if c.verdict.label == "undecided"]
    if not undecided or answer.evidence.replicates < 2:
        return []
    able = [c for c in undecided if c.verdict.replicates_can_decide]
    able.sort(key=lambda c: (_far(c), c.method))
    unable = [c for c in undecided if not c.verdict.replicates_can_decide]
    found = []
    if able:
        first, most = able[0], _most(answer, able[0])
        amount = _half(answer, first)
        what = f"{amount} further" if answer.extensible else f"a new study of {amount}"
        text = f"{what} replicates could decide {answer.name(first.method)} in half of such studies"
        text += f", {most:,} in four of five" if most else ""
        for c in able[1:SHOWN]:
            text += f"; {answer.name(c.method)} may take {_half(answer, c)}"
        if len(able) > SHOWN:
            text += f"; {many(len(able) - SHOWN, 'other')} may take more"
        action = _more(answer, most) if most is not None and most <= 1000 else ""
        found.append(Advice("undecided", text, action, False))
    examples = [c.verdict.examples_needed for c in unable if c.verdict.examples_needed]
    if examples:
        labels = [answer.name(c.method) for c in unable if c.verdict.examples_needed]
        who = listed(labels) if len(labels) <= SHOWN else f"{count(len(labels))} methods"
        amount = f"{min(examples):,} to {max(examples):,}"
        amount = f"{examples[0]:,}" if min(examples) == max(examples) else amount
        rows = "rows" if answer.evidence.design == "overlapping" else "test examples"
        text = f"no number of replicates can decide {who}; about {amount} more {rows} could"
        found.append(Advice("undecided", text, warning=False))
    return found


def needed(answer: Answer, c: Compared) -> str:
    """Say what could decide an undecided comparison."""
    v = c.verdict
    rows = "rows" if c.estimate.design == "overlapping" else "test examples"
    if v.replicates_needed is None:
        if v.examples_needed is None:
            return ""
        return f"no number of replicates, but about {v.examples_needed:,} more {rows}"
    amount = _half(answer, c)
    text = f"{amount} further" if answer.extensible else f"a new study of {amount}"
    text += " replicate" if amount == "about 1" else " replicates"
    if v.examples_needed is not None:
        text += f" and about {v.examples_needed:,} more {rows}"
    return text


def _half(answer: Answer, c: Compared) -> str:
    """Return in words how many further replicates decide half of such studies, or how many a new study needs."""
    wanted = c.verdict.replicates_needed
    assert wanted is not None
    number = wanted.half + (0 if answer.extensible else c.replicates)
    return f"about {number:,}" if number <= MANY else f"more than {MANY:,}"


def _most(answer: Answer, c: Compared) -> int | None:
    """Return how many decide in four of five studies; None if that is too many to plan by."""
    wanted = c.verdict.replicates_needed
    if wanted is None or wanted.most is None:
        return None
    number = wanted.most + (0 if answer.extensible else c.replicates)
    return number if number <= MANY else None


def _more(answer: Answer, replicates: int) -> str:
    """Return the command for further replicates, or for a new study with new draws."""
    if answer.extensible and answer.evidence.folder:
        return command_line("extend", Path(answer.evidence.folder), "--replicates", replicates)
    if answer.evidence.seed is None or answer.evidence.again is None:
        return ""
    return answer.evidence.again(replicates=replicates, seed=answer.evidence.seed + 1)


def _far(c: Compared) -> float:
    """Return how many replicates decide in half of such studies, by which methods are listed."""
    wanted = c.verdict.replicates_needed
    return math.inf if wanted is None else wanted.half
