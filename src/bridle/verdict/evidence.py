"""Evidence: scores by method, replicate and example, and how they were obtained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.origins import PublishedRankings
from bridle.statistics.checks import Floats
from bridle.statistics.designs import Design
from bridle.statistics.groups import by_group
from bridle.statistics.looks import Looks
from bridle.statistics.margin import ErrorOf, Margin
from bridle.tasks import Task
from bridle.verdict.measure import Measure

Flags = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Setting:
    """Hyperparameters with which a method was tried.

    Attributes:
        text: as tables write them, in a study as JSON.
        words: as people read them: `rate 0.3`.
        hyperparameters: by flat name, the learning rate among them; empty if only the text is known.
    """

    text: str
    words: str
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Predictions:
    """The predictions of the selected runs for their test examples, read when they are needed.

    Attributes:
        task: what was learned.
        outputs: returns the predictions of a method in a replicate: logits `[n, K]`, or values `[n, T]`.
        targets: returns the true classes `[n]`, or values `[n, T]`, of a replicate.
        sizes: (training rows, test rows).
        weights: returns the examples' weights `[n]` in a replicate; None if all count alike.
    """

    task: Task
    outputs: Callable[[str, int], Array]
    targets: Callable[[int], Array]
    sizes: tuple[int, int]
    weights: Callable[[int], Array | None] = lambda replicate: None

    def decided(self, method: str, replicate: int) -> Array:
        """Return the predicted classes `[n]`, or values `[n, T]`."""
        return self.task.decided(self.outputs(method, replicate))


@dataclass(frozen=True)
class Evidence:
    """The basis of an answer, from a study or from a table of runs trained with anything.

    All scores are oriented so that higher is better; `[replicates]` stands for the same replicate at the same place for
    every method, with NaN if there is no run.

    Attributes:
        name: of the data set.
        metric: the name of the metric, as tables write it.
        measure: how its scores are written, and which way is better.
        error: the kind of scores, as in `statistics.compare`.
        methods: labels, in the order given.
        baseline: the one that the others are compared with.
        design: what replicates have in common.
        replicates: planned number of replicates.
        scores: for each method [replicates].
        examples: for each method [replicates, n], each test example's part of the score; empty if unknown.
        rows: [replicates, n], the row of the table of each test example, on overlapping splits; None if unknown.
        groups: [replicates, n], the group of each test example, where those of a group are not independent; None if
            all are.
        sizes: (training rows, test rows) of overlapping splits.
        test_size: test examples of every replicate; None if unknown.
        margin: how large a difference must be to matter, as given.
        looks: the looks at the comparison; the present look is not among the earlier ones.
        level: joint confidence of all intervals.
        tried: for each method the settings it was tried with; empty if unknown.
        chosen: for each method [replicates] the place in `tried` of the setting chosen; None without a run.
        train_scores: for each method [replicates], in the metric's own unit; empty if unknown.
        exact_zeros: likewise, the share of weights that are exactly 0.
        shares: likewise, the method's share of the training.
        predictions_changed: likewise, the share of test predictions that the method changed.
        inert: for each method [replicates], whether the method did nothing in that run; absent where unknown.
        epochs: of every run, at most; 0 if unknown.
        score_gains: for each method [replicates] how much a doubling of the epochs would improve, on validation data,
            what settings are chosen by, as in `statistics.undertrained`; empty without histories.
        loss_gains: likewise the validation loss, positive where it falls.
        loss_speedups: likewise by how much more it gains at the end than before.
        least_gain: the smallest of the `score_gains` that matters.
        names: names of methods in tables and sentences, where they differ from the labels.
        dataset: as it is typed in a shell; empty if it was given from Python.
        folder: where the study lies, as text; empty if there is none.
        seed: of everything random; None if the runs cannot be repeated.
        notes: further sentences for readers.
        runs: number of finished runs.
        planned_runs: number of all runs.
        seconds: of training; NaN if unknown.
        diverged: runs that diverged, by method.
        missing: names of replicates without a score, by method, if the reason is unknown.
        at_edge: the hyperparameter's flat name, for each method with its best setting at the edge of its grid.
        idle: joined methods with parts that did nothing in any selected run: these parts, and the others.
        apart: why scores of inert methods differ from the baseline's: `rates`, `rounding`, both, or empty.
        primary: the metric that the study was planned with, if it is another one; otherwise empty.
        criterion: what settings were chosen by, if it is not the metric; otherwise empty.
        refinable: whether `--refine` could extend grids further.
        one_se: whether settings are the strongest within one standard error of the best.
        again: returns the command that repeats the comparison with changes; None if nothing was trained here.
        predictions: of the selected runs; None if they are not available.
        rankings: published rankings of these methods; None if there are none.
        recorded: the same runs by accuracy, if that is not the metric and is known. Failed trainings are
            found, and published rankings tested, by it.
        proper: the same runs by a proper score, with the share of the error that was declared for it before training;
            None if there is none.
    """

    name: str
    metric: str
    measure: Measure
    error: ErrorOf
    methods: Sequence[str]
    baseline: str
    design: Design
    replicates: int
    scores: Mapping[str, Floats]
    examples: Mapping[str, Floats] = field(default_factory=dict)
    rows: Array | None = None
    groups: Array | None = None
    sizes: tuple[int, int] | None = None
    test_size: int | None = None
    margin: Margin = field(default_factory=Margin)
    looks: Looks = field(default_factory=Looks)
    level: float = 0.95
    tried: Mapping[str, Sequence[Setting]] = field(default_factory=dict)
    chosen: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    train_scores: Mapping[str, Floats] = field(default_factory=dict)
    exact_zeros: Mapping[str, Floats] = field(default_factory=dict)
    shares: Mapping[str, Floats] = field(default_factory=dict)
    predictions_changed: Mapping[str, Floats] = field(default_factory=dict)
    inert: Mapping[str, Flags] = field(default_factory=dict)
    epochs: int = 0
    score_gains: Mapping[str, Floats] = field(default_factory=dict)
    loss_gains: Mapping[str, Floats] = field(default_factory=dict)
    loss_speedups: Mapping[str, Floats] = field(default_factory=dict)
    least_gain: float = 0.0
    names: Mapping[str, str] = field(default_factory=dict)
    dataset: str = ""
    folder: str = ""
    seed: int | None = None
    notes: Sequence[str] = ()
    runs: int = 0
    planned_runs: int = 0
    seconds: float = float("nan")
    diverged: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    at_edge: Mapping[str, str] = field(default_factory=dict)
    idle: Mapping[str, tuple[Sequence[str], Sequence[str]]] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    primary: str = ""
    criterion: str = ""
    refinable: bool = False
    one_se: bool = False
    again: Callable[..., str] | None = None
    predictions: Predictions | None = None
    rankings: PublishedRankings | None = None
    recorded: Evidence | None = None
    proper: Evidence | None = None

    @property
    def finished(self) -> bool:
        """Whether every planned run is there."""
        return self.runs >= self.planned_runs

    @property
    def sign(self) -> float:
        """Sign that turns scores into the metric's own unit and back."""
        return -1.0 if self.measure.lower else 1.0

    def done(self, method: str) -> list[int]:
        """Return the replicates in which a method has a score."""
        return [int(replicate) for replicate in np.flatnonzero(~np.isnan(self.scores[method]))]

    @property
    def methods_inert(self) -> frozenset[str]:
        """The methods that did nothing in any of their finished runs."""
        return frozenset(
            label
            for label, flags in self.inert.items()
            if (done := self.done(label)) and all(flags[done])
        )

    def independent(self) -> tuple[Mapping[str, Floats], Array | None]:
        """Return `examples` and `rows` with groups of examples in place of examples that are not independent."""
        if self.groups is None or not self.examples:
            return self.examples, self.rows
        parts, rows = by_group(self.examples, self.groups)
        return parts, None if self.rows is None else rows

    def at_look(self, place: int) -> Evidence:
        """Return the evidence as it was at an earlier look.

        Args:
            place: of the look among `looks.earlier`.
        """
        count = self.looks.earlier[place].replicates
        until: dict[str, Any] = {
            name: {label: values[:count] for label, values in getattr(self, name).items()}
            for name in _BY_REPLICATE
        }
        looks = replace(self.looks, earlier=self.looks.earlier[:place])
        tables: dict[str, Any] = {
            name: None if (table := getattr(self, name)) is None else table[:count]
            for name in ("rows", "groups")
        }
        return replace(self, replicates=count, looks=looks, **tables, **until)


_BY_REPLICATE = (
    "scores",
    "examples",
    "chosen",
    "train_scores",
    "exact_zeros",
    "shares",
    "predictions_changed",
    "inert",
    "score_gains",
    "loss_gains",
    "loss_speedups",
)
"""The fields with a value for each replicate."""
