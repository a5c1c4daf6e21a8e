"""What a study found, gathered once from its tables: what words, table and page are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from bridle.report import bite, settings, source
from bridle.report.chance import Chance, Learned, against_chance
from bridle.report.command import again
from bridle.report.numbers import DASH, Measure, measure, spoken
from bridle.study.plan import ONE_SE, ROUNDS

if TYPE_CHECKING:
    import pandas as pd

    from bridle.statistics import Compared, Comparison


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        rank: from 1; None where a method cannot be placed, for it shares no replicate with the baseline.
        method: its label.
        name: how tables and sentences call it.
        setting: chosen most often, in words.
        times: in how many replicates it was chosen.
        replicates: selected runs that finished.
        failed: those of them that learned hardly anything of what the method learned otherwise.
        other_settings: the others with their counts, in words.
        score: mean test score.
        difference: to the baseline; NaN for the baseline itself.
        low: lower end of the simultaneous interval.
        high: upper end.
        wins: replicates won; None where nothing was compared.
        pairs: replicates compared.
        train_score: mean training score.
        gap: training minus test score.
        zeros: share of weights that are exactly zero.
        verdict: its label, or `baseline`.
        small: helps or hurts, but certainly by less than the margin.
        leading: in the leading group.
        share: the method's mean share of the training steps of its selected runs; NaN where unknown.
        predictions_changed: the mean share of test predictions that it changed; likewise.
    """

    rank: int | None
    method: str
    name: str
    setting: str
    times: int
    replicates: int
    other_settings: tuple[tuple[str, int], ...]
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
    failed: int = 0


@dataclass(frozen=True)
class Answer:
    """What a study found.

    Attributes:
        name: of the data set.
        measure: how scores are written.
        methods: their labels, in the order given.
        baseline: the one that the others are compared with.
        design: what replicates have in common.
        replicates: how many there should be.
        folder: where the study lies, as text; empty where there is none.
        seed: of everything random; None where nobody could train the same again.
        notes: what a reader should know beside it.
        comparison: the statistics; None where there is nothing to compare.
        rows: the table, best first.
        chance: set where methods are compared and none can be told from chance.
        learned: set where the predictions of one of them surely know something of the labels.
        runs: finished ones.
        planned_runs: all.
        seconds: of training; NaN where unknown.
        diverged: runs that diverged, by method.
        missing: replicates without a score, by method, where one cannot know why.
        at_edge: for each method whose best setting lies at the edge of its grid: its flat name.
        configurations: how many each method tried; empty where unknown.
        grids: the configurations themselves; likewise.
        chosen: the settings chosen, by method.
        names: how tables and sentences call the methods.
        inert: methods that did nothing in any of their selected runs.
        apart: why their scores are not the baseline's: `rates`, `rounding`, both, or empty where unknown.
        idle: joined methods of which some parts did nothing in any selected run: these, and the others.
        primary: what the study was planned to be judged by, where that is not the metric; else empty.
        criterion: what settings were chosen by, where that is not the metric; else empty.
        refinable: whether `--refine` could extend grids further.
        one_se: whether settings are the strongest within one standard error of the best.
        again: the command that compares again, with changes; None where nobody trained here.
        earlier: what earlier looks found, before the study was extended, the first one first.
    """

    name: str
    measure: Measure
    methods: Sequence[str]
    baseline: str
    design: str
    replicates: int
    folder: str
    seed: int | None
    notes: Sequence[str]
    comparison: Comparison | None
    rows: tuple[Row, ...]
    chance: Chance | None
    runs: int
    planned_runs: int
    seconds: float
    diverged: Mapping[str, int]
    missing: Mapping[str, Sequence[str]]
    at_edge: Mapping[str, str]
    configurations: Mapping[str, int]
    grids: Mapping[str, Sequence[settings.Configuration]]
    chosen: Mapping[str, source.Chosen]
    names: Mapping[str, str]
    inert: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    idle: Mapping[str, tuple[Sequence[str], Sequence[str]]] = field(default_factory=dict)
    primary: str = ""
    criterion: str = ""
    refinable: bool = False
    one_se: bool = False
    earlier: Sequence[Comparison] = ()
    learned: Learned | None = None
    again: Callable[..., str] | None = None

    @property
    def extensible(self) -> bool:
        """Whether the study may have further replicates, and be looked at again."""
        return self.comparison is not None and self.comparison.looks.again

    def spoken(self, label: str) -> str:
        """Return a method's name as it reads in a sentence: `weight decay`."""
        return spoken(self.names.get(label, label))

    @property
    def finished(self) -> bool:
        """Whether every planned run is there."""
        return self.runs >= self.planned_runs

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

    @property
    def unequal(self) -> bool:
        """Whether methods have different replicates, so that their mean scores do not compare."""
        if self.comparison is None:
            return False
        base = self.comparison.baseline_score.replicates
        return any({c.score.replicates, base} != {c.replicates} for c in self.comparison.methods)

    @property
    def settings_chosen(self) -> bool:
        """Whether any method had a choice."""
        return any(amount > 1 for amount in self.configurations.values())


def read(study: source.Study) -> Answer:
    """Gather what a study found."""
    facts = study.facts()
    board = study.leaderboard()
    selected = source.selected(study)
    comparison = study.comparison()
    chosen = {
        label: found
        for label in study.plan.methods
        if (found := source.chosen(selected, label)) is not None
    }
    names = settings.short_names(study.plan.methods)
    rows = tuple(
        _row(entry, study.plan, comparison, chosen.get(str(entry["method"])), names)
        for entry in board.to_dict("records")
    )
    metric = str(board["metric"].iloc[0]) if len(board) else study.plan.metric
    tested = None if comparison is None else against_chance(study, rows, comparison)
    inert = _inert(board)
    return Answer(
        name=study.dataset.name,
        measure=measure(metric, float(board["score"].median())),
        methods=study.plan.methods,
        baseline=source.BASELINE,
        design=study.plan.design,
        replicates=study.plan.replicates,
        folder=study.folder.as_posix(),
        seed=study.plan.seed,
        notes=study.plan.notes,
        comparison=comparison,
        rows=rows,
        chance=tested if isinstance(tested, Chance) else None,
        runs=int(facts["runs"]),
        planned_runs=int(facts["planned_runs"]),
        seconds=float(facts["seconds"]),
        diverged=dict(facts["diverged"]),
        missing={},
        at_edge=dict(facts["at_edge"]),
        configurations=dict(facts["configurations"]),
        grids=study.plan.configurations,
        chosen=chosen,
        names=names,
        inert=inert,
        apart=bite.causes(selected, inert, source.BASELINE),
        idle=dict(facts["idle"]),
        primary="" if study.plan.primary == metric else measure(study.plan.primary).metric,
        criterion="" if study.plan.criterion == metric else study.plan.criterion,
        refinable=_refinable(study.plan, comparison),
        one_se=study.plan.select == ONE_SE,
        earlier=tuple(study.earlier()),
        learned=tested if isinstance(tested, Learned) else None,
        again=None if study.plan.origin else partial(again, study.plan, study.folder.as_posix()),
    )


def _refinable(plan: source.Plan, comparison: Comparison | None) -> bool:
    """Say whether a finished study could have its settings refined: that is another look at it."""
    again = comparison is None or plan.replicates < 2 or plan.looks.again
    return again and plan.rounds < ROUNDS and plan.origin is None


def _inert(board: pd.DataFrame) -> frozenset[str]:
    """Return the methods that did nothing in any of their selected runs."""
    if "inert" not in board:
        return frozenset()
    nothing = (board["replicates"] > 0) & (board["inert"] == board["replicates"])
    return frozenset(board.loc[nothing.fillna(False), "method"])


def _row(
    entry: Mapping[Any, Any],
    plan: source.Plan,
    comparison: Comparison | None,
    chosen: source.Chosen | None,
    names: Mapping[str, str],
) -> Row:
    label = str(entry["method"])
    configurations = plan.configurations[label]
    short = names[label] != label

    def written(hyperparameters: Mapping[str, Any]) -> str:
        return settings.words(label, hyperparameters, configurations, short)

    setting = DASH if chosen is None else written(chosen.hyperparameters)
    others = () if chosen is None else chosen.others
    return row(
        entry,
        comparison,
        name=names[label],
        setting=setting,
        times=0 if chosen is None else chosen.times,
        other_settings=tuple((written(values), count) for values, count in others),
    )


def row(
    entry: Mapping[Any, Any],
    comparison: Comparison | None,
    *,
    name: str,
    setting: str,
    times: int,
    other_settings: tuple[tuple[str, int], ...],
) -> Row:
    """Return a line of the answer: a row of a leaderboard, what its comparison says, and its setting in words."""
    method = str(entry["method"])
    against = None
    if comparison is not None and method != comparison.baseline:
        against = comparison[method]
    return Row(
        rank=entry["rank"] if isinstance(entry["rank"], int) else None,
        method=method,
        name=name,
        setting=setting,
        times=times,
        replicates=int(entry["replicates"]),
        other_settings=other_settings,
        score=float(entry["score"]),
        difference=float(entry["difference"]),
        low=float(entry["difference_low"]),
        high=float(entry["difference_high"]),
        wins=None if against is None else against.wins,
        pairs=0 if against is None else against.replicates,
        train_score=float(entry["train_score"]),
        gap=float(entry["gap"]),
        zeros=float(entry["exact_zeros"]),
        verdict=str(entry["verdict"]),
        small=against is not None and against.verdict.small,
        leading=comparison is not None and method in comparison.leading.group,
        share=float(entry.get("share", math.nan)),
        predictions_changed=float(entry.get("predictions_changed", math.nan)),
        failed=int(entry.get("failed", 0)),
    )
