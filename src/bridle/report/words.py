"""The answer in words: one to three sentences that claim no more than the intervals allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridle.numbers import capital, count, duration, listed, many, percent
from bridle.report import idle, proper_score, signal_words, undertrained
from bridle.report.interval_words import range_words
from bridle.verdict.answer import Answer

if TYPE_CHECKING:
    from bridle.statistics import Compared
    from bridle.statistics.margin import Margin
    from bridle.verdict.measure import Measure

NAMED = 3
"""Maximum number of methods that are named with their intervals; the table has the others."""

SAME = 1e-12
"""Largest difference that counts as rounding."""


def title(answer: Answer) -> str:
    """Return the question that a study answers, or what it trained."""
    if answer.comparison is None:
        return f"{listed(list(answer.evidence.methods))} on {answer.evidence.name}"
    return f"Which regularization helps on {answer.evidence.name}?"


def header(answer: Answer) -> str:
    """Return the line at the top: data, methods, replicates, runs, time."""
    others = [label for label in answer.evidence.methods if label != answer.baseline]
    parts = [answer.evidence.name]
    if len(others) < len(answer.evidence.methods) and others:
        parts.append(f"{many(len(others), 'method')} against {_baseline(answer)}")
    else:
        parts.append(listed([answer.spoken(label) for label in answer.evidence.methods]))
    parts.append(many(answer.evidence.replicates, "replicate"))
    if answer.evidence.finished:
        runs = many(answer.evidence.runs, "run")
        known = math.isfinite(answer.evidence.seconds)
        parts.append(f"{runs} in {duration(answer.evidence.seconds)}" if known else runs)
    else:
        parts.append(
            f"{answer.evidence.runs:,} of {many(answer.evidence.planned_runs, 'run')} so far"
        )
    if answer.configurations:
        parts.append(_tuning(answer))
    return " · ".join(parts)


def _tuning(answer: Answer) -> str:
    """Say how many settings were tried, and how one was chosen."""
    if not answer.settings_chosen:
        return "one setting each"
    amounts = answer.efforts
    tried = f"{amounts.pop()} settings each, " if len(amounts) == 1 else "settings "
    rule = " by one standard error" if answer.evidence.one_se else ""
    by = (
        f"by validation {answer.evidence.criterion}"
        if answer.evidence.criterion
        else "on validation"
    )
    return f"{tried}chosen {by}{rule}"


def sentences(answer: Answer) -> list[str]:
    """Return the answer in sentences."""
    said = []
    if not answer.evidence.finished:
        said.append(
            f"Not finished: {answer.evidence.runs:,} of {many(answer.evidence.planned_runs, 'run')} are in, "
            "so what follows is provisional."
        )
    if not any(math.isfinite(row.score) for row in answer.rows):
        return [
            *said,
            "There is no result yet." if not answer.evidence.finished else "No run gave a score.",
        ]
    if answer.chance is not None:
        said.append(signal_words.none_found(answer))
    ending = signal_words.no_better_than_the_mean(answer)
    ending += undertrained.sentences(answer) + idle.sentences(answer)
    if not answer.compared:
        return said + _alone(answer) + ending
    judged = [c for c in answer.compared if c.verdict.label != "no verdict"]
    if not judged:
        return said + _unjudged(answer) + ending + signal_words.found(answer)
    helping = [c for c in judged if c.verdict.label == "helps"]
    hurting = [c for c in reversed(judged) if c.verdict.label == "hurts"]
    said += _on_this_test_set(answer)
    said += effects(answer, helping, helps=True)
    if helping:
        said += _leaders(answer, helping)
    elif hurting:
        said.append("Nothing clearly helps.")
    said += effects(answer, hurting, helps=False, first=not helping)
    said += _rest(answer, bool(helping), bool(hurting)) + proper_score.sentences(answer)
    said += _before(answer) + _secondary(answer)
    return said + ending + signal_words.found(answer)


def verdict(answer: Answer) -> str:
    """Return the first sentence on the methods, where none of them clearly helps or hurts."""
    if not answer.compared:
        return _alone(answer)[0]
    judged = any(c.verdict.label != "no verdict" for c in answer.compared)
    return (_rest(answer, False, False) if judged else _unjudged(answer) or idle.sentences(answer))[
        0
    ]


def margin(answer: Answer) -> str:
    """Return how large a difference must be to matter: `1.1 points, 10 % of the baseline's error`."""
    assert answer.comparison is not None
    size, own = answer.measure.size(answer.comparison.margin), answer.comparison.asked
    return f"{size}, {asked(own, answer.measure)}" if own.kind == "share" else size


def asked(margin: Margin, measure: Measure) -> str:
    """Return a margin in words as it was given: `10 % of the baseline's error`, `0.5 points`."""
    if margin.kind == "share":
        return f"{margin.value:g} % of the baseline's {measure.error}"
    if margin.kind == "points":
        return f"{margin.value:g} points"
    return measure.size(margin.value)


def _on_this_test_set(answer: Answer) -> list[str]:
    """Say that verdicts apply only to the fixed test set, if nothing is known of its examples."""
    if answer.comparison is None or not answer.comparison.conditional:
        return []
    return ["On this test set, that is, for other trainings but not for other test examples:"]


def effects(
    answer: Answer, found: Sequence[Compared], helps: bool, first: bool = True
) -> list[str]:
    """Say which methods help (or hurt), and by how much; the unit is named the `first` time."""
    if not found:
        return []
    margin = answer.measure.size(found[0].verdict.margin)
    leader, *others = found
    difference, interval = range_words(answer, leader)
    small = f", but by less than the margin of {margin}" if leader.verdict.small else ""
    metric = f"test {answer.measure.metric}"
    if answer.measure.lower:
        way = "lower" if leader.difference > 0 else "higher"
        amount = f"{metric} is {way} by {difference} " if first else f"{way} by {difference} "
    else:
        amount = f"{difference} " + (
            f"{answer.measure.points} of {metric} ".lstrip() if first else ""
        )
    name = capital(answer.spoken(leader.method))
    said = [f"{name} {'helps' if helps else 'hurts'}{small}: {amount}({interval})."]
    named = []
    for c in others[:NAMED]:
        difference, interval = range_words(answer, c)
        small = ", by less than the margin" if c.verdict.small else ""
        named.append(f"{answer.spoken(c.method)}{small}: {difference} ({interval})")
    left = len(others) - len(named)
    if left:
        named.append(f"{count(left)} more (see the table)")
    if named:
        verb = "does" if len(others) == 1 else "do"
        said.append(f"So {verb} {_separated(named)}.")
    return said


def _leaders(answer: Answer, helping: Sequence[Compared]) -> list[str]:
    """Say which methods may be the best."""
    assert answer.comparison is not None
    group = answer.comparison.leading.group
    names = [answer.spoken(name) for name in group]
    able = [c for c in answer.compared if c.verdict.label != "no verdict"]
    helpers = {c.method for c in helping}
    if not group or len(able) < 2:
        return []
    if len(group) == 1:
        return [f"{capital(names[0])} is ahead of all others{_uncompared(answer)}."]
    if set(group) == helpers:
        return [f"The {count(len(group))} cannot be told apart."]
    if len(group) > 4:
        shown = ", ".join(names[:2])
        return [f"{capital(count(len(group)))} methods may be the best, {shown} among them."]
    return [f"{capital(listed(names))} may each be the best: they cannot be told apart."]


def _uncompared(answer: Answer) -> str:
    """Name the methods that comparisons with the best leave out because they have a single replicate."""
    alone = [answer.spoken(c.method) for c in answer.compared if c.score.replicates < 2]
    if not alone:
        return ""
    who = listed(alone) if len(alone) <= NAMED else f"{count(len(alone))} methods"
    return f" that have two replicates or more; {who} {'has' if len(alone) == 1 else 'have'} fewer"


def _rest(answer: Answer, helping: bool, hurting: bool) -> list[str]:
    """Describe the methods that neither help nor hurt."""
    by_label: dict[str, list[Compared]] = {}
    able = [c for c in answer.compared if c.method not in answer.inert]
    if not able:
        return []
    for c in able:
        by_label.setdefault(c.verdict.label, []).append(c)
    total = len(able)
    parts = []
    margin = answer.measure.size(answer.compared[0].verdict.margin)
    same = by_label.get("no practical difference", [])
    if len(same) == total:
        each = f"each of the {count(total)}" if total > 1 else "it"
        who = "No method" if total > 1 else capital(answer.spoken(same[0].method))
        verb = "makes a" if total > 1 else "makes no"
        metric = f"test {answer.measure.metric}"
        bound = max(max(abs(c.low), abs(c.high)) for c in same)
        does = f"changes {metric} by at most {answer.measure.bound(bound)} "
        does += f"({_level(answer)}; margin: {margin})"
        return [f"{who} {verb} practical difference: {each} {does}."]
    if same:
        who = _who(answer, same, total)
        verb = "makes" if len(same) == 1 else "make"
        parts.append(f"{who} {verb} no practical difference (less than {margin} either way)")
    for label, text in (("undecided", "undecided"), ("no verdict", "without a verdict")):
        found = by_label.get(label, [])
        if found:
            why = _why(found) if label == "no verdict" else ""
            parts.append(
                f"{_who(answer, found, total)} {'is' if len(found) == 1 else 'are'} {text}{why}"
            )
    clear = ""
    if not helping and not hurting:
        clear = "Nothing clearly helps or hurts"
    elif not hurting:
        clear = "Nothing clearly hurts"
    if clear and parts:
        return [f"{clear}; {listed(parts)}."]
    if clear:
        return [f"{clear}."]
    return [f"{capital(listed(parts))}."] if parts else []


_REASONS = {
    "no replicates": "no replicate shared with the baseline",
    "one replicate": "one replicate",
    "equal": "scores equal in every replicate",
    "no spread": "the same difference in every replicate",
}


def _why(found: Sequence[Compared]) -> str:
    """Say in brackets why there is no verdict."""
    reasons = dict.fromkeys(_REASONS[c.verdict.reason] for c in found if c.verdict.reason)
    return f" ({'; '.join(reasons)})" if reasons else ""


def _before(answer: Answer) -> list[str]:
    """Say what an earlier look at the study found differently, or spent."""
    if not answer.earlier:
        return _refined(answer)
    last, looks = answer.earlier[-1], len(answer.earlier) + 1
    found = {
        "helps": "helped",
        "hurts": "hurt",
        "no practical difference": "made no practical difference",
        "undecided": "were undecided",
        "no verdict": "had no verdict",
    }
    otherwise: dict[str, list[str]] = {}
    for c in answer.compared:
        label = last[c.method].verdict.label
        if label != c.verdict.label:
            otherwise.setdefault(found[label], []).append(answer.spoken(c.method))
    changed = [
        f"{listed(names)} {verb if len(names) > 1 else verb.replace('were', 'was')}"
        for verb, names in otherwise.items()
    ]
    text = f"This is look {looks}, at {many(answer.evidence.replicates, 'replicate')}; at {last.replicates}, "
    if not changed:
        return [f"{text}every verdict was the same.", *_refined(answer)]
    same = sum(map(len, otherwise.values())) < len(answer.compared)
    others = "; all else was as it is now" if same else ""
    return [f"{text}{listed(changed)}{others}.", *_refined(answer)]


def _refined(answer: Answer) -> list[str]:
    """Say that settings were refined after a look, and what it cost."""
    assert answer.comparison is not None
    left = answer.comparison.looks.left
    if left == 1:
        return []
    held = f"{100 * answer.comparison.held:.4g} %"
    spent = percent(1 - left)
    return [
        f"Settings were refined after verdicts had been seen, which spent {spent} of the error: "
        f"these intervals are held to {held}."
    ]


def _secondary(answer: Answer) -> list[str]:
    """Say that verdicts in another metric than the study was planned for are secondary."""
    if not answer.evidence.primary:
        return []
    return [
        f"{capital(answer.measure.metric)} is a secondary metric: the study was planned for "
        f"{answer.evidence.primary}, and its {_level(answer)} holds for that; every further metric is a further "
        "chance to err."
    ]


def _who(answer: Answer, found: Sequence[Compared], total: int) -> str:
    if len(found) == 1:
        return answer.spoken(found[0].method)
    if len(found) == total == 2:
        return "both"
    return f"{'all ' if len(found) == total else ''}{count(len(found))}"


def _unjudged(answer: Answer) -> list[str]:
    """Describe the measurements if no verdict is possible."""
    acting = [c for c in answer.compared if c.verdict.reason != "inert"]
    known = [c for c in acting if math.isfinite(c.difference)]
    reasons = {c.verdict.reason for c in acting}
    if not acting:
        return []
    if not known:
        yet = "" if answer.evidence.finished else " yet"
        return [
            f"There is nothing to compare{yet}: no method shares a replicate with {_baseline(answer)}."
        ]
    if "one replicate" in reasons:
        said = ["One replicate gives no verdict: trained again, the methods might rank otherwise."]
    elif reasons == {"equal"}:
        said = ["No verdict: scores are equal in every replicate, which may be chance."]
    else:
        said = ["No verdict: the differences show no spread to judge them by."]
    best = known[0]
    rows = {row.method: row for row in answer.rows}
    score = answer.measure.score(rows[best.method].score)
    if best.difference <= SAME:
        base = answer.measure.score(rows[answer.baseline].score)
        where = "in the replicates they share" if answer.unequal else f"({base})"
        return [*said, f"No method measured {_higher(answer)} than {_baseline(answer)} {where}."]
    unit = f"{answer.measure.change(best.difference)} {answer.measure.points}".rstrip()
    if answer.measure.lower:
        unit = f"lower by {range_words(answer, best)[0]}"
    most = "lowest" if answer.measure.lower else "highest"
    name = capital(answer.spoken(best.method))
    text = f"{name} measured {most}: {score}, {unit} against {_baseline(answer)}"
    if answer.unequal:
        text = f"In the replicates they share with {_baseline(answer)}, {answer.spoken(best.method)} measured "
        text += f"{most} beside it: {unit}"
    if math.isfinite(best.low):
        text += f" ({range_words(answer, best)[1]} from the test set's own uncertainty alone)"
    return [*said, f"{text}."]


def _alone(answer: Answer) -> list[str]:
    """Describe the scores if nothing is compared."""
    row = answer.rows[0]
    replicates = many(row.replicates, "replicate")
    text = f"{capital(answer.spoken(row.method))} reaches {answer.measure.score(row.score)} test "
    text += f"{answer.measure.metric} ({replicates}); nothing was compared with it."
    return [text]


def _baseline(answer: Answer) -> str:
    return answer.spoken(answer.baseline)


def _higher(answer: Answer) -> str:
    return "lower" if answer.measure.lower else "higher"


def _level(answer: Answer) -> str:
    assert answer.comparison is not None
    return f"{100 * answer.comparison.level:g} %"


def _separated(parts: Sequence[str]) -> str:
    """Join parts that contain commas and colons."""
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{'; '.join(parts[:-1])}; and {parts[-1]}"
