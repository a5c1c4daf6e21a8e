"""The test for signal in words."""

from __future__ import annotations

from bridle.numbers import count, signed
from bridle.report.rank_words import p_words
from bridle.verdict.answer import Answer
from bridle.verdict.measure import measure_of


def none_found(answer: Answer) -> str:
    """Say that no method can be told from chance, and which accuracy is excluded."""
    chance = answer.chance
    assert chance is not None
    text = "No signal found by networks trained this way: no method can be told from chance "
    text += f"({answer.measure.score(chance.accuracy)})"
    if chance.excluded_above < 1:  # excluding more than 100 % means nothing
        shown = answer.measure.bound(chance.excluded_above).removesuffix(" points") + " %"
        text += f", and a mean {answer.measure.metric} above {shown} is excluded "
        text += f"({100 * chance.level:g} %)"
    return text + "."


def found(answer: Answer) -> list[str]:
    """Say that something was learned, and by which test; empty if there was no test or no signal."""
    learned = answer.learned
    if learned is None:
        return []
    accuracy = measure_of("accuracy")
    p = p_words(learned.p) + (
        f" for {count(learned.methods)} methods" if learned.methods > 1 else ""
    )
    right = learned.right.format(accuracy.score(learned.accuracy))
    text = f"There is signal: with {answer.spoken(learned.method)} {right}, "
    if learned.reached is None:
        text += (
            f"above the {accuracy.score(learned.chance)} that shuffled test {learned.truth} give"
        )
    else:
        reached = f"reached {_times(learned.reached)}" if learned.reached else "never reached"
        text += f"which test {learned.truth} shuffled {learned.permutations:,} times {reached}"
    return [f"{text} ({p})."]


def no_better_than_the_mean(answer: Answer) -> list[str]:
    """Say that the targets' mean predicts numbers as well as any method; empty where a method is better."""
    predictions, share = answer.evidence.predictions, answer.explained
    if predictions is None or not share <= 0:
        return []
    who = "No method predicts" if len(answer.with_results) > 1 else "The network does not predict"
    return [
        f"{who} the test targets better than their own mean does ({predictions.task.diagnostics.share} "
        f"{signed(share, 2)}{' at best' if len(answer.with_results) > 1 else ''}): train for more epochs, or ask "
        "bridle diagnose what hinders learning."
    ]


def _times(amount: int) -> str:
    return {1: "once", 2: "twice"}.get(amount, f"{count(amount)} times")
