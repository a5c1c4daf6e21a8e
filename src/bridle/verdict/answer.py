"""The answer that follows from the evidence. It is computed once; words, tables, pages and figures are views of it."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bridle.numbers import DASH, spoken
from bridle.statistics import Compared, Comparison, compare, failed
from bridle.statistics.best import in_order
from bridle.statistics.checks import Floats
from bridle.statistics.recommendation import LeastRegret, recommend
from bridle.statistics.undertrained import too_short, undertrained
from bridle.study.learning_rates import LEARNING_RATE
from bridle.verdict.ablation import Ablation, ablation
from bridle.verdict.claims import ClaimVerdict, hold
from bridle.verdict.evidence import Evidence, Setting
from bridle.verdict.measure import Measure
from bridle.verdict.signal import Chance, Learned, against_chance, explained


@dataclass(frozen=True)
class Chosen:
    """How often each setting of a method was chosen.

    Attributes:
        setting: the one chosen most often; in a tie the first tried.
        times: number of replicates in which it was chosen.
        replicates: number of all replicates.
        others: all other chosen ones with their counts, most frequent first.
    """

    setting: Setting
    times: int
    replicates: int
    others: tuple[tuple[Setting, int], ...] = ()


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        rank: from 1; None for a method that cannot be placed because it shares no replicate with the baseline.
        method: its label.
        name: its name in tables and sentences.
        chosen: its settings; None if they are unknown.
        replicates: selected runs that finished.
        failed: number of these runs that learned much less than the method's other runs.
        score: mean test score, in the metric's own unit.
        difference: to the baseline; NaN for the baseline itself.
        low: lower end of the simultaneous interval.
        high: upper end.
        wins: replicates won; None if nothing was compared.
        pairs: replicates compared.
        train_score: mean training score.
        gap: training minus test score, positive where test is worse.
        zeros: share of weights that are exactly zero.
        verdict: its label, or `baseline`.
        small: helps or hurts, but certainly by less than the margin.
        leading: in the leading group.
        share: the method's mean share of the training steps of its selected runs; NaN if unknown.
        predictions_changed: the mean share of test predictions that it changed; likewise.
        inert_runs: selected runs in which it did nothing; None if unknown.
        trained: False if the method was still improving when training ended; None if unknown.
    """

    rank: int | None
    method: str
    name: str
    chosen: Chosen | None
    replicates: int
    failed: int
    score: float
    difference: float
    low: float
    high: float
    wins: int | None
    pairs: int
    train_score: float
    gap: float
    zeros: float
    verdict: str
    small: bool
    leading: bool
    share: float = math.nan
    predictions_changed: float = math.nan
    inert_runs: int | None = None
    trained: bool | None = None

    @property
    def setting(self) -> str:
        """The setting chosen most often, in words."""
        return DASH if self.chosen is None else self.chosen.setting.words


@dataclass(frozen=True)
class Answer:
    """The answer that follows from the evidence.

    Attributes:
        evidence: what it rests on.
        comparison: the statistics; None if there is nothing to compare.
        earlier: results of earlier looks, before the study was extended, in order.
        rows: the table, best first.
        inert: methods that did nothing in any of their selected runs.
        chance: set if methods are compared and none can be told from chance.
        learned: set if the predictions of one of them surely depend on the labels.
        claims: verdicts on published rankings.
        proper: the answer by a proper score; None if there is none.
    """

    evidence: Evidence
    comparison: Comparison | None
    earlier: tuple[Comparison, ...]
    rows: tuple[Row, ...]
    inert: frozenset[str]
    chance: Chance | None = None
    learned: Learned | None = None
    claims: tuple[ClaimVerdict, ...] = ()
    proper: Answer | None = None

    @property
    def measure(self) -> Measure:
        """How scores are written."""
        return self.evidence.measure

    @property
    def baseline(self) -> str:
        """The method that the others are compared with."""
        return self.evidence.baseline

    @property
    def placed(self) -> dict[str, float]:
        """The score that each method is placed by, higher is better; NaN if it cannot be."""
        means = {row.method: self.evidence.sign * row.score for row in self.rows}
        return means if self.comparison is None else self.comparison.placed(means)

    @property
    def with_results(self) -> tuple[str, ...]:
        """The methods with a finished run, the baseline first, then best first."""
        return self._baseline_first(row.method for row in self.rows if row.replicates)

    @property
    def undertrained(self) -> tuple[str, ...]:
        """The methods that were still improving when training ended, the baseline first, then best first."""
        return self._baseline_first(row.method for row in self.rows if row.trained is False)

    @property
    def too_short(self) -> bool:
        """Whether no run has epochs enough to tell whether it was still improving when training ended."""
        return bool(self.with_results) and too_short(self.evidence.score_gains)

    def _baseline_first(self, labels: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(labels, key=lambda label: label != self.baseline))

    def provisional(self, label: str) -> bool:
        """Whether more epochs may change a method's verdict, because it or the baseline was still improving."""
        return label in self.undertrained or self.baseline in self.undertrained

    @property
    def extensible(self) -> bool:
        """Whether the study may have further replicates, and be looked at again."""
        return self.comparison is not None and self.comparison.looks.again

    def name(self, label: str) -> str:
        """Return what tables and sentences call a method."""
        return self.evidence.names.get(label, label)

    def spoken(self, label: str) -> str:
        """Return a method's name as it reads in a sentence: `weight decay`."""
        return spoken(self.name(label))

    def row(self, label: str) -> Row | None:
        """Return a method's line of the table; None if it has none."""
        return next((row for row in self.rows if row.method == label), None)

    def chosen(self, label: str) -> Chosen | None:
        """Return the settings chosen for a method; None if they are unknown."""
        row = self.row(label)
        return None if row is None else row.chosen

    @property
    def compared(self) -> tuple[Compared, ...]:
        """The comparisons, the largest difference first; those without any last."""
        if self.comparison is None:
            return ()
        return tuple(
            sorted(
                self.comparison.methods,
                key=lambda c: (math.isnan(c.difference), -c.difference, c.method),
            )
        )

    @functools.cached_property
    def explained(self) -> float:
        """The largest R² of a method on test examples; NaN where no numbers are predicted."""
        return explained(self.evidence, self.with_results)

    @functools.cached_property
    def ablation(self) -> Ablation | None:
        """The effects of ingredients; None unless all combinations of some ingredients, or a fraction, are compared."""
        return None if self.comparison is None else ablation(self.comparison)

    @functools.cached_property
    def choice(self) -> LeastRegret | None:
        """The method of least expected regret; None if nothing is known of chance."""
        if self.comparison is None:
            return None
        able = {
            c.method: c.estimate
            for c in self.comparison.methods
            if c.method not in self.inert and c.replicates > 1
        }
        found = self.comparison
        return recommend(able, found.pair, self.baseline, found.margin)

    @property
    def unequal(self) -> bool:
        """Whether methods have different replicates, so that their mean scores do not compare."""
        if self.comparison is None:
            return False
        base = self.comparison.baseline_score.replicates
        return any({c.score.replicates, base} != {c.replicates} for c in self.comparison.methods)

    @property
    def configurations(self) -> dict[str, int]:
        """How many settings each method tried; empty if unknown."""
        return {label: len(tried) for label, tried in self.evidence.tried.items()}

    @property
    def efforts(self) -> set[int]:
        """How many settings were tried by the methods that had something to choose."""
        rates = {
            one.hyperparameters.get(LEARNING_RATE)
            for t in self.evidence.tried.values()
            for one in t
        }
        # with one learning rate for all, nothing is left to choose for a method without a strength
        return set(self.configurations.values()) - ({1} if len(rates) == 1 else set())

    @property
    def settings_chosen(self) -> bool:
        """Whether any method had a choice."""
        return any(amount > 1 for amount in self.configurations.values())


def conclude(evidence: Evidence) -> Answer:
    """Compute the answer that follows from the evidence. This is a pure function, to be called once.

    Raises:
        UserError: the evidence does not fit the statistics.
    """
    inert, comparison = evidence.methods_inert, _compared(evidence)
    earlier = [_compared(evidence.at_look(at)) for at in range(len(evidence.looks.earlier))]
    means = {label: _mean(evidence.scores[label]) for label in evidence.methods}
    ranks = in_order(means if comparison is None else comparison.placed(means))
    improving: dict[str, bool | None] = undertrained(
        evidence.score_gains,
        evidence.loss_gains,
        evidence.loss_speedups,
        evidence.least_gain,
        evidence.level,
    )
    rows = tuple(
        _row(evidence, comparison, label, means[label], rank, improving.get(label))
        for label, rank in ranks.items()
    )
    found = None
    if comparison is not None:
        found = against_chance(evidence, {row.method: row.score for row in rows}, comparison)
    return Answer(
        evidence=evidence,
        comparison=comparison,
        earlier=tuple(look for look in earlier if look is not None),
        rows=rows,
        inert=inert,
        chance=found if isinstance(found, Chance) else None,
        learned=found if isinstance(found, Learned) else None,
        claims=hold(evidence, inert),
        proper=None if evidence.proper is None else conclude(evidence.proper),
    )


def _compared(evidence: Evidence) -> Comparison | None:
    """Return the statistics of every method against the baseline; None if there is nothing to compare."""
    others = [label for label in evidence.methods if label != evidence.baseline]
    if len(others) == len(evidence.methods) or not others or not evidence.runs:
        return None
    examples, rows = evidence.independent()
    return compare(
        evidence.scores,
        evidence.design,
        evidence.baseline,
        examples=examples,
        rows=rows,
        sizes=evidence.sizes,
        test_size=evidence.test_size,
        margin=evidence.margin,
        error=evidence.error,
        level=evidence.level,
        looks=evidence.looks,
        inert=evidence.methods_inert,
    )


def _row(
    evidence: Evidence,
    comparison: Comparison | None,
    label: str,
    mean: float,
    rank: int | None,
    improving: bool | None,
) -> Row:
    against = None
    if comparison is not None and label != evidence.baseline:
        against = comparison[label]
    verdict = "baseline" if label == evidence.baseline else "no verdict"
    score, train = evidence.sign * mean, _mean(evidence.train_scores.get(label))
    told_by = evidence.recorded or evidence
    lost = failed(told_by.scores[label], told_by.error)
    flags = evidence.inert.get(label)
    return Row(
        rank=rank,
        method=label,
        name=evidence.names.get(label, label),
        chosen=_chosen(evidence, label),
        replicates=len(evidence.done(label)),
        failed=int(lost.sum()),
        score=score,
        difference=math.nan if against is None else against.difference,
        low=math.nan if against is None else against.low,
        high=math.nan if against is None else against.high,
        wins=None if against is None else against.wins,
        pairs=0 if against is None else against.replicates,
        train_score=train,
        gap=evidence.sign * (train - score),
        zeros=_mean(evidence.exact_zeros.get(label)),
        verdict=verdict if against is None else against.verdict.label,
        small=against is not None and against.verdict.small,
        leading=comparison is not None and label in comparison.leading.group,
        share=_mean(evidence.shares.get(label)),
        predictions_changed=_mean(evidence.predictions_changed.get(label)),
        inert_runs=None if flags is None else int(np.sum(flags)),
        trained=None if improving is None else not improving,
    )


def _chosen(evidence: Evidence, label: str) -> Chosen | None:
    """Count the settings chosen for a method; ties go to the first tried."""
    tried, places = evidence.tried.get(label), evidence.chosen.get(label, ())
    counts = Counter(place for place in places if place is not None)
    if tried is None or not counts:
        return None
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    found = [(tried[place], count) for place, count in ranked]
    return Chosen(*found[0], counts.total(), tuple(found[1:]))


def _mean(values: Floats | None) -> float:
    """Return the mean of the known values; NaN if there are none."""
    known = np.empty(0) if values is None else values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan
