"""What to use now, beside the verdict and never mixed with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridle.markup import block, paragraph
from bridle.numbers import capital
from bridle.verdict.answer import Answer

NAN = float("nan")

ODDS = (
    (0.5, "1 in 2"),
    (0.6, "3 in 5"),
    (2 / 3, "2 in 3"),
    (0.75, "3 in 4"),
    (0.8, "4 in 5"),
    (0.9, "9 in 10"),
    (0.95, "19 in 20"),
    (0.99, "99 in 100"),
)
"""Chances, and how they are said."""


@dataclass(frozen=True)
class Recommendation:
    """The method of least expected regret, with its risk.

    Differences are in score units, oriented so that positive is better. Chances and ends are NaN where nothing is
    known of them: after a single replicate, and where nothing was learned.

    Attributes:
        method: its label; the baseline if no method is expected to gain a tenth of the margin.
        hyperparameters: the setting chosen most often, as `results.csv` has it; empty if unknown.
        expected_gain: the expected difference to the baseline.
        low: lower end of an interval that holds the true difference with a chance of 95 %, not corrected for many
            methods.
        high: upper end.
        chance_no_worse: the chance that it is no worse than the baseline.
        chance_best: the chance that it lies within the margin of the best.
        regret: the expected loss against the best choice.
        words: all this in a sentence.
    """

    method: str
    hyperparameters: str
    expected_gain: float
    low: float
    high: float
    chance_no_worse: float
    chance_best: float
    regret: float
    words: str

    def _repr_html_(self) -> str:
        return block(paragraph(self.words, strong=True))


def recommendation(answer: Answer) -> Recommendation | None:
    """Return what to use now; None if there is nothing to choose from."""
    comparison = answer.comparison
    if comparison is None or not any(math.isfinite(row.score) for row in answer.rows):
        return None
    if answer.chance is not None:
        return _unknown(
            answer, answer.baseline, "Nothing was learned, so no method can be recommended."
        )
    found = answer.choice
    if found is None:
        return _untold(answer)
    sentence = _words(answer, found.method, found.expected_gain, found.low, found.high)
    if found.method != answer.baseline:
        sentence += f"; {_odds(found.chance_no_worse)} that it is no worse than {answer.spoken(answer.baseline)}"
    else:
        more = "gain a tenth of the margin" if comparison.margin > 0 else "do better"
        sentence += f"; no method is expected to {more}"
    sentence += "."
    if found.method != answer.baseline and found.baseline_as_good >= 0.5:
        sentence += (
            f" Chance that {answer.spoken(answer.baseline)} is as good, within the margin: "
            f"{_odds(found.baseline_as_good)}."
        )
    proper = None if answer.proper is None else answer.proper.row(found.method)
    if answer.proper is not None and proper is not None and proper.verdict == "hurts":
        sentence += f" Its {answer.proper.measure.metric} is worse: take another where probabilities matter."
    return Recommendation(
        method=found.method,
        hyperparameters=_setting(answer, found.method)[0],
        expected_gain=found.expected_gain,
        low=found.low,
        high=found.high,
        chance_no_worse=found.chance_no_worse,
        chance_best=found.chance_best,
        regret=found.regret,
        words=sentence,
    )


def _words(answer: Answer, method: str, gain: float, low: float, high: float) -> str:
    """Return the beginning of the sentence: what to use, and what is expected of it."""
    told = answer.row(method)
    settled = told is not None and told.verdict == "helps"
    opening = "Use" if settled else "If you must choose now:"
    if method == answer.baseline:
        return f"{opening} {answer.spoken(answer.baseline)}"
    setting = _setting(answer, method)[1]
    called = answer.spoken(method) + (f" ({setting})" if setting else "")
    amount, *ends = answer.measure.interval(gain, low, high)
    unit = f" {answer.measure.points}" if answer.measure.points else ""
    return f"{opening} {called}, expected gain {amount}{unit} [{ends[0]}, {ends[1]}]"


def _untold(answer: Answer) -> Recommendation:
    """Return the highest score, where nothing is known of chance."""
    best = next(row for row in answer.rows if math.isfinite(row.score))
    once = all(row.replicates <= 1 for row in answer.rows)
    why = "one replicate says nothing of chance" if once else "nothing is known of chance"
    return _unknown(
        answer,
        best.method,
        f"{capital(answer.spoken(best.method))} scored best, but {why}: train more replicates before you choose.",
        best.difference if best.method != answer.baseline else 0.0,
    )


def _unknown(answer: Answer, method: str, words: str, gain: float = NAN) -> Recommendation:
    setting = _setting(answer, method)[0]
    return Recommendation(method, setting, gain, NAN, NAN, NAN, NAN, NAN, words)


def _setting(answer: Answer, method: str) -> tuple[str, str]:
    """Return the setting chosen most often, as tables have it and in words."""
    chosen = answer.chosen(method)
    return ("", "") if chosen is None else (chosen.setting.text, chosen.setting.words)


def _odds(chance: float) -> str:
    """Say a chance: `4 in 5`."""
    return (
        min(ODDS, key=lambda pair: abs(pair[0] - chance))[1]
        if chance > 0.45
        else f"{100 * chance:.0f} %"
    )
