"""From trainings to numbers: every quantity that a finding rests on, with an interval fit for the design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bridle.data.dataset import Dataset, Split
from bridle.diagnosis import columns, quantities
from bridle.diagnosis.examples import Classes, duplicates, reference
from bridle.diagnosis.quantities import LEVEL, UNKNOWN, Estimates, Floats, Quantity
from bridle.diagnosis.trainings import Chosen, Trained, on_permuted, replicates, select, sizes
from bridle.statistics import Signal
from bridle.statistics.signal import LEAST, accuracy_excluded, signal, signal_retrained


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
        epochs: of the training.
        improving: the fall of the validation loss in the last fifth of the epochs, less a tenth of what is left of it.
        improved: the rise of the validation accuracy over them.
        curve: the learning curve, the last step on all examples.
        last_step: test accuracy on all examples minus on half of them.
        reference: the simple classifier that did best on validation data in most replicates.
        reference_score: its test accuracy.
        reference_signal: whether it can be told from chance.
        reference_lead: its test accuracy minus the network's *training* accuracy.
        reference_gain: its test accuracy minus the network's test accuracy.
        contradicted: share of labels that the network, where it is surest, and the reference both contradict.
        duplicates: share of test rows that are training rows too, number for number or nearly so.
        near: share of test rows that are so nearly.
        conflicting: share of test rows that are training rows with other labels alone.
        inflation: test accuracy minus that on rows that are no training rows.
        telling: names of columns that alone tell the label.
        encoded: whether these have one value throughout each class.
        telling_score: test accuracy of a small tree on these columns alone; NaN where there are none.
        telling_lead: that minus the test accuracy of the reference on all other columns.
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
    epochs: int
    improving: Quantity
    improved: Quantity
    curve: tuple[Step, ...]
    last_step: Quantity
    reference: str
    reference_score: float
    reference_signal: bool
    reference_lead: Quantity
    reference_gain: Quantity
    contradicted: Quantity
    duplicates: float
    near: float
    conflicting: float
    inflation: Quantity
    telling: tuple[str, ...]
    encoded: bool
    telling_score: float
    telling_lead: Quantity


def _nothing(runs: int, lost: int, epochs: int) -> Measured:
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
        epochs=epochs,
        improving=UNKNOWN,
        improved=UNKNOWN,
        curve=(),
        last_step=UNKNOWN,
        reference="",
        reference_score=nan,
        reference_signal=False,
        reference_lead=UNKNOWN,
        reference_gain=UNKNOWN,
        contradicted=UNKNOWN,
        duplicates=nan,
        near=nan,
        conflicting=nan,
        inflation=UNKNOWN,
        telling=(),
        encoded=False,
        telling_score=nan,
        telling_lead=UNKNOWN,
    )


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
    epochs = true[0].run.spec.epochs
    if not full:
        return _nothing(len(true), len({one.run.replicate for one in true}), epochs)
    splits = [dataset.replicate(one.run.replicate, seed) for one in full]
    at = Estimates(dataset.design, dataset.sizes)

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
    told = columns.telling(splits[0])
    alone, without = _alone(splits, truth, told.columns)
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
        rise=at.others(quantities.rises(quantities.column(full, "val_loss"))),
        learned=at.others(quantities.learned(full, splits)),
        unfinished=at.others(quantities.unfinished(full, splits)),
        epochs=epochs,
        improving=at.others(quantities.improving(full)),
        improved=at.others(quantities.improved(full)),
        curve=curve,
        last_step=_last_step(chosen, dataset, seed, at),
        reference=Counter(found.name for found in references).most_common(1)[0][0],
        reference_score=float(theirs.mean()),
        reference_signal=_signal(guesses, truth, [], dataset).found,
        reference_lead=at.test(theirs - train[:, None]),
        reference_gain=at.test(theirs - right),
        contradicted=quantities.contradicted(full, truth, guesses, at),
        duplicates=float(seen.mean()),
        near=float(np.mean([twin.near.mean() for twin in twins])),
        conflicting=float(np.mean([twin.other.mean() for twin in twins])),
        inflation=quantities.inflation(right, seen, at),
        telling=tuple(dataset.features[column] for column in told.columns),
        encoded=told.encoded,
        telling_score=float(alone.mean()) if told.columns else float("nan"),
        telling_lead=at.test(alone - without) if told.columns else UNKNOWN,
    )


def _alone(splits: list[Split], truth: Classes, told: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return which test rows are right by some columns alone, and which by the reference on all others."""
    if not told:
        return np.empty(0), np.empty(0)
    alone = np.stack([columns.predicted(split, told) for split in splits]) == truth
    without = np.stack([reference(split, told).predicted for split in splits]) == truth
    return alone.astype(float), without.astype(float)


def _commonest(labels: Classes) -> float:
    return float(np.bincount(labels).max() / len(labels))


def _classes(one: Trained) -> Classes:
    assert one.logits is not None
    return np.asarray(one.logits.argmax(axis=1), np.int32)


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


def _right(chosen: Chosen, examples: int | None, dataset: Dataset, seed: int) -> dict[int, Floats]:
    """Return for each replicate which test rows were right, of networks trained on so many examples."""
    found = {}
    for one in replicates(chosen, examples=examples):
        if not one.diverged:
            split = dataset.replicate(one.run.replicate, seed)
            found[one.run.replicate] = (_classes(one) == split.targets[split.test]).astype(float)
    return found


def _curve(chosen: Chosen, dataset: Dataset, seed: int, at: Estimates) -> Iterator[Step]:
    for size in sizes(dataset):
        right = _right(chosen, None if size == dataset.sizes.train else size, dataset, seed)
        if right:
            table = np.stack(list(right.values()))
            scores = tuple(float(score) for score in table.mean(axis=1))
            yield Step(size, scores, at.test(table, alone=True))


def _last_step(chosen: Chosen, dataset: Dataset, seed: int, at: Estimates) -> Quantity:
    """Compare all examples with half of them, within replicates."""
    half = sizes(dataset)[-2:][0]
    few = _right(chosen, half, dataset, seed)
    many = _right(chosen, None, dataset, seed)
    both = [many[replicate] - few[replicate] for replicate in many if replicate in few]
    return at.test(np.stack(both)) if both else UNKNOWN
