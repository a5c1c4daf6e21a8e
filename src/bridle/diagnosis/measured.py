"""From trainings to numbers: every quantity that a finding rests on, with an interval fit for the design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Dataset, Sizes, Split
from bridle.diagnosis.rows import Classes, duplicates, reference
from bridle.diagnosis.trainings import Chosen, Trained, on_permuted, replicates, select, sizes
from bridle.engine.spec import HISTORY
from bridle.statistics import Design, Estimate, Signal, fixed_test, fresh, interval, overlapping
from bridle.statistics.signal import LEAST, accuracy_excluded, signal, signal_retrained

LEVEL = 0.95
FINDINGS = 6
"""So many kinds of findings rest on lower ends of intervals, which hold together at `LEVEL`."""

SUREST = 0.25
"""The share of test rows on which a network is surest."""

LAST = 0.2
"""The share of the epochs that counts as the end of the training."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """A number and its interval; NaN where it is not known."""

    value: float
    low: float
    high: float

    @property
    def positive(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0


UNKNOWN = Quantity(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Step:
    """One size of the learning curve: examples, and the test accuracy of each replicate."""

    examples: int
    scores: tuple[float, ...]
    score: Quantity


@dataclass(frozen=True)
class Measured:
    """What a diagnosis measured. Accuracies are fractions of 1, losses are in nats.

    Attributes:
        signal: the test on permuted labels; None where every run diverged.
        retrained: whether the networks were trained again on permuted labels for it.
        permuted: test accuracy on each permutation, mean over replicates.
        chance: the share of the commonest class among the test labels.
        diverged: runs on true labels and all examples that diverged.
        runs: how many of them there were.
        lost: replicates in which every learning rate diverged.
        train: accuracy on training examples.
        test: accuracy on test examples.
        gap: training minus test accuracy.
        memorized: accuracy on training examples with permuted labels, mean; NaN without permutations.
        rise: validation loss at the end minus at its lowest, that epoch chosen by other replicates.
        learned: how far the training loss lies below that of guessing.
        unfinished: the fall of the training loss in the last fifth of the epochs, minus half of a fair share of all.
        curve: the learning curve, the last step on all examples.
        last_step: test accuracy on all examples minus on half of them.
        reference: the simple classifier that did best on validation data in most replicates.
        reference_score: its test accuracy.
        reference_signal: whether it can be told from chance.
        reference_lead: its test accuracy minus the network's *training* accuracy.
        contradicted: share of labels that the network, where it is surest, and the reference both contradict.
        duplicates: share of test rows that are training rows too.
        conflicting: share of test rows that are training rows with other labels alone.
        inflation: test accuracy minus that on rows that are no training rows.
    """

    signal: Signal | None
    retrained: bool
    permuted: tuple[float, ...]
    chance: float
    diverged: int
    runs: int
    lost: int
    train: Quantity
    test: Quantity
    gap: Quantity
    memorized: float
    rise: Quantity
    learned: Quantity
    unfinished: Quantity
    curve: tuple[Step, ...]
    last_step: Quantity
    reference: str
    reference_score: float
    reference_signal: bool
    reference_lead: Quantity
    contradicted: Quantity
    duplicates: float
    conflicting: float
    inflation: Quantity


def _nothing(runs: int, lost: int) -> Measured:
    """Return what is known where every run diverged: that they did."""
    nan = float("nan")
    return Measured(
        signal=None,
        retrained=False,
        permuted=(),
        chance=nan,
        diverged=runs,
        runs=runs,
        lost=lost,
        train=UNKNOWN,
        test=UNKNOWN,
        gap=UNKNOWN,
        memorized=nan,
        rise=UNKNOWN,
        learned=UNKNOWN,
        unfinished=UNKNOWN,
        curve=(),
        last_step=UNKNOWN,
        reference="",
        reference_score=nan,
        reference_signal=False,
        reference_lead=UNKNOWN,
        contradicted=UNKNOWN,
        duplicates=nan,
        conflicting=nan,
        inflation=UNKNOWN,
    )


@dataclass(frozen=True)
class _Estimates:
    """The standard error of a design, for whatever is measured once in each replicate."""

    design: Design
    sizes: Sizes

    def test(self, values: npt.ArrayLike, alone: bool = False) -> Quantity:
        """Estimate a mean over test rows, [replicates, test rows]; `alone` with an ordinary 95 % interval."""
        numbers = np.asarray(values, float)
        if self.design == "fixed_test":
            estimate = fixed_test(numbers)
        elif self.design == "overlapping":
            estimate = overlapping(numbers.mean(axis=1), self.sizes.train, self.sizes.test)
        else:
            estimate = fresh(numbers.mean(axis=1))
        return _ordinary(estimate) if alone else _lower(estimate)

    def others(self, values: npt.ArrayLike) -> Quantity:
        """Estimate a mean of something measured on training or validation rows, [replicates]."""
        if self.design == "fresh":
            estimate = fresh(np.asarray(values, float))
        else:  # replicates split the same rows
            parts = self.sizes.train, self.sizes.validation
            estimate = overlapping(np.asarray(values, float), *parts)
        return _lower(estimate)


def measure(trained: list[Trained], dataset: Dataset, seed: int, permutations: int) -> Measured:
    """Measure everything that findings rest on.

    Args:
        trained: all runs of the diagnosis.
        dataset: what they were trained on.
        seed: the study's.
        permutations: how many permutations of the labels there are among them.
    """
    chosen = select(trained)
    full = [one for one in replicates(chosen) if not one.diverged]
    true = [o for o in trained if o.run.spec.permutation is None and o.run.program.examples is None]
    if not full:
        return _nothing(len(true), len({one.run.replicate for one in true}))
    splits = [dataset.replicate(one.run.replicate, seed) for one in full]
    at = _Estimates(dataset.design, dataset.sizes)

    truth = np.stack([split.targets[split.test] for split in splits])
    predicted = np.stack([_classes(one) for one in full])
    right = (predicted == truth).astype(float)
    train = np.array([one.scores["train_score"] for one in full])
    references = [reference(split) for split in splits]
    guesses = np.stack([found.predicted for found in references])
    theirs = (guesses == truth).astype(float)
    twins = [duplicates(split) for split in splits]
    seen = np.stack([twin.same | twin.other for twin in twins])
    permuted, memorized = _permuted(trained, chosen, permutations, full)
    curve = tuple(_curve(chosen, dataset, seed, at))
    return Measured(
        signal=_signal(predicted, truth, permuted, dataset),
        retrained=len(permuted) >= LEAST,
        permuted=tuple(permuted),
        chance=float(np.mean([_commonest(row) for row in truth])),
        diverged=sum(one.diverged for one in true),
        runs=len(true),
        lost=sum(one.diverged for one in replicates(chosen)),
        train=at.others(train),
        test=at.test(right, alone=True),
        gap=at.test(train[:, None] - right),
        memorized=memorized,
        rise=at.others(_rises(_column(full, "val_loss"))),
        learned=at.others(_learned(full, splits)),
        unfinished=at.others(_unfinished(full, splits)),
        curve=curve,
        last_step=_last_step(chosen, dataset, seed, at),
        reference=Counter(found.name for found in references).most_common(1)[0][0],
        reference_score=float(theirs.mean()),
        reference_signal=_signal(guesses, truth, [], dataset).found,
        reference_lead=at.test(theirs - train[:, None]),
        contradicted=_contradicted(full, truth, guesses, at),
        duplicates=float(seen.mean()),
        conflicting=float(np.mean([twin.other.mean() for twin in twins])),
        inflation=_inflation(right, seen, at),
    )


def _ordinary(estimate: Estimate) -> Quantity:
    found = interval(estimate, LEVEL, 1)
    return Quantity(estimate.difference, found.low, found.high)


def _lower(estimate: Estimate) -> Quantity:
    """Return an interval whose lower end holds at `LEVEL` together with those of all other findings."""
    found = interval(estimate, 2 * LEVEL - 1, FINDINGS)
    return Quantity(estimate.difference, found.low, found.high)


def _commonest(labels: Classes) -> float:
    return float(np.bincount(labels).max() / len(labels))


def _classes(one: Trained) -> Classes:
    assert one.logits is not None
    return np.asarray(one.logits.argmax(axis=1), np.int32)


def _column(full: list[Trained], name: str) -> Floats:
    """Return one column of the histories, [replicates, epochs]."""
    place = HISTORY.index(name)
    return np.stack([one.history[:, place] for one in full]).astype(float)


def _permuted(
    trained: list[Trained], chosen: Chosen, permutations: int, full: list[Trained]
) -> tuple[list[float], float]:
    """Return the test accuracy on each permutation, settings chosen anew, and the training accuracy on all of them.

    The latter is that of the runs at the learning rates that the true labels chose.
    """
    tests = []
    for permutation in range(permutations):
        scores = [o.scores["test_score"] for o in replicates(chosen, permutation)]
        tests.append(float(np.nanmean(scores)) if np.isfinite(scores).any() else float("nan"))
    same = [one.scores["train_score"] for one in on_permuted(trained, full)]
    kept = [score for score in tests if np.isfinite(score)]
    return kept, float(np.mean(same)) if same else float("nan")


def _signal(
    predicted: Classes,
    truth: Classes,
    permuted: list[float],
    dataset: Dataset,
) -> Signal:
    """Test for signal: by the retrained networks where there are enough, else by permuted test labels."""
    parts = dataset.sizes.train, dataset.sizes.test
    if len(permuted) < LEAST:
        labels = truth[0] if dataset.design == "fixed_test" else truth
        return signal(predicted, labels, design=dataset.design, sizes=parts)
    right = predicted == truth
    bound = accuracy_excluded(right, dataset.design, LEVEL, parts)
    return signal_retrained(float(right.mean()), permuted, LEVEL, bound)


def _rises(losses: Floats) -> Floats:
    """Return for each replicate its last loss minus that of the epoch at which the others are lowest.

    Its own lowest epoch would make every noisy curve seem to rise.
    """
    if len(losses) < 2:
        return np.full(len(losses), np.nan)
    others = (losses.sum(axis=0) - losses) / (len(losses) - 1)
    best = others.argmin(axis=1)
    rises: Floats = losses[:, -1] - losses[np.arange(len(losses)), best]
    return rises


def _learned(full: list[Trained], splits: list[Split]) -> Floats:
    """Return how far each training loss lies below the entropy of the training labels."""
    return np.array([_entropy(s) for s in splits]) - _column(full, "train_loss")[:, -1]


def _unfinished(full: list[Trained], splits: list[Split]) -> Floats:
    losses = _column(full, "train_loss")
    last = max(1, round(LAST * losses.shape[1]))
    fall = np.array([_entropy(s) for s in splits]) - losses[:, -1]
    before = losses[:, -1 - last] if last < losses.shape[1] else losses[:, 0]
    return before - losses[:, -1] - LAST / 2 * fall


def _entropy(split: Split) -> float:
    shares = np.bincount(split.targets[split.train]) / len(split.train)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _right(chosen: Chosen, examples: int | None, dataset: Dataset, seed: int) -> dict[int, Floats]:
    """Return for each replicate which test rows were right, of networks trained on so many examples."""
    found = {}
    for one in replicates(chosen, examples=examples):
        if not one.diverged:
            split = dataset.replicate(one.run.replicate, seed)
            found[one.run.replicate] = (_classes(one) == split.targets[split.test]).astype(float)
    return found


def _curve(chosen: Chosen, dataset: Dataset, seed: int, at: _Estimates) -> Iterator[Step]:
    for size in sizes(dataset):
        right = _right(chosen, None if size == dataset.sizes.train else size, dataset, seed)
        if right:
            table = np.stack(list(right.values()))
            scores = tuple(float(score) for score in table.mean(axis=1))
            yield Step(size, scores, at.test(table, alone=True))


def _last_step(chosen: Chosen, dataset: Dataset, seed: int, at: _Estimates) -> Quantity:
    """Compare all examples with half of them, within replicates."""
    half = sizes(dataset)[-2:][0]
    few = _right(chosen, half, dataset, seed)
    many = _right(chosen, None, dataset, seed)
    both = [many[replicate] - few[replicate] for replicate in many if replicate in few]
    return at.test(np.stack(both)) if both else UNKNOWN


def _contradicted(
    full: list[Trained],
    truth: Classes,
    references: Classes,
    at: _Estimates,
) -> Quantity:
    """Among the rows where network and reference agree and the network is surest: the share with another label.

    Rows between two classes are never among them, and what only an overfitted network is sure of seldom is.
    """
    logits = np.stack([one.logits for one in full if one.logits is not None]).astype(float)
    ordered = np.sort(logits, axis=2)
    # the lead over the second class orders rows as probabilities do, and tells apart those that round to 1
    lead = ordered[:, :, -1] - ordered[:, :, -2]
    agree = logits.argmax(axis=2) == references
    lead = np.where(agree, lead, -np.inf)
    count = max(1, round(SUREST * lead.shape[1]))
    least = np.sort(lead, axis=1)[:, -count][:, None]
    sure = agree & (lead >= least)
    wrong = sure & (references != truth)
    counts = sure.sum(axis=1, keepdims=True)
    return at.test(wrong * lead.shape[1] / np.where(counts > 0, counts, np.nan))


def _inflation(right: Floats, seen: npt.NDArray[np.bool_], at: _Estimates) -> Quantity:
    """Estimate the accuracy on all test rows minus that on those that are no training rows."""
    if not seen.any():
        return Quantity(0.0, 0.0, 0.0)
    fresh_rows = ~seen
    counts = fresh_rows.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = fresh_rows * right.shape[1] / counts
    return at.test(np.where(counts > 0, right - right * shares, np.nan))
