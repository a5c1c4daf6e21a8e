"""Computes from trained runs every number that a finding rests on, with intervals that fit the design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bridle.data.dataset import Dataset, Split
from bridle.diagnosis import columns, quantities
from bridle.diagnosis.evidence import HALF, NETWORK, ahead, behind, evidence_of
from bridle.diagnosis.examples import Decided, duplicates, reference
from bridle.diagnosis.quantities import LEVEL, UNKNOWN, Estimates, Quantity
from bridle.diagnosis.trainings import ChosenRuns, Trained, on_permuted, replicates, select, sizes
from bridle.statistics import Signal
from bridle.statistics.checks import Floats
from bridle.statistics.retrained import signal_retrained
from bridle.statistics.signal import LEAST, accuracy_excluded, signal
from bridle.verdict.answer import Answer, conclude


@dataclass(frozen=True)
class CurvePoint:
    """A point of the learning curve.

    Attributes:
        examples: number of training examples.
        scores: [replicates] the share reached on test examples.
        score: their mean.
    """

    examples: int
    scores: tuple[float, ...]
    score: Quantity


@dataclass(frozen=True)
class Measured:
    """The numbers that a diagnosis measured.

    A *share* is a fraction of 1: accuracy for classes, R² for numbers. Losses are the task's: in nats, or in squares of
    standard deviations.

    Attributes:
        signal: the test on permuted targets; None if every run diverged.
        retrained: whether networks were trained on permuted targets for this test.
        permuted: test share on each permutation, mean over replicates.
        chance: the largest share that a constant prediction reaches on the test examples.
        diverged: number of runs on true targets and all examples that diverged.
        runs: number of all runs on true targets and all examples.
        lost: number of replicates in which every learning rate diverged.
        train: share on training examples.
        test: share on test examples.
        score: mean test score as training records it: accuracy, or the error in the targets' unit.
        guessed: the mean test score of guessing.
        gap: training minus test share.
        memorized: mean share on training examples with permuted targets; NaN without permutations.
        rise: validation loss at the end minus at its lowest epoch, which the other replicates determine.
        learned: how far the training loss lies below that of guessing.
        unfinished: the fall of the training loss in the last fifth of the epochs, minus a tenth of its whole fall (a
            steady fall would bring a fifth).
        epochs: number of epochs.
        improving: the fall of the validation loss in the last fifth of the epochs, minus a tenth of its final value.
        improved: the rise of the validation share in the last fifth of the epochs.
        curve: the learning curve; the last point is on all examples.
        last_step: test share on all examples minus that on half of them.
        reference: the simple predictor that did best on validation data in most replicates.
        reference_score: its test share.
        reference_signal: whether it can be told from chance.
        reference_lead: its test share minus the network's *training* share.
        reference_gain: its test share minus the network's test share.
        contradicted: share of labels that both the network, where it is surest, and the reference contradict; unknown
            for numbers.
        duplicates: share of test rows that are copies of training rows, exactly or nearly.
        near: share of test rows that are nearly copies.
        conflicting: share of test rows whose copies among the training rows all have other targets.
        inflation: test share minus the test share without such copies.
        telling: names of columns that alone predict the target, or one of several targets.
        encoded: whether these are the target in another form.
        telling_score: test share of a small tree on these columns alone; NaN if there are none.
        telling_lead: the same minus the test share of the reference on all other columns.
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
    score: float
    guessed: float
    gap: Quantity
    memorized: float
    rise: Quantity
    learned: Quantity
    unfinished: Quantity
    epochs: int
    improving: Quantity
    improved: Quantity
    curve: tuple[CurvePoint, ...]
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
    """Return the numbers of a diagnosis in which every run diverged."""
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
        score=nan,
        guessed=nan,
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


def measure(
    trained: list[Trained], dataset: Dataset, seed: int, permutations: int
) -> tuple[Measured, Answer | None]:
    """Measure everything that findings rest on.

    Args:
        trained: all runs of the diagnosis.
        dataset: what they were trained on.
        seed: the plan's.
        permutations: number of permutations of the targets among the runs.

    Returns:
        The numbers; and the network compared with a simple predictor and with itself on half of the examples, None if
        every run diverged.
    """
    task, chosen = dataset.task, select(trained)
    full = [one for one in replicates(chosen) if not one.diverged]
    true = [o for o in trained if o.run.spec.permutation is None and o.run.program.examples is None]
    epochs = true[0].run.spec.epochs
    if not full:
        return _nothing(len(true), len({one.run.replicate for one in true}), epochs), None
    splits = [dataset.replicate(one.run.replicate, seed) for one in full]
    groups = None
    if dataset.groups is not None and dataset.design == "fixed_test":
        groups = dataset.groups[splits[0].test]
    at = Estimates(dataset.design, dataset.sizes, groups)

    truth = np.stack([split.targets[split.test] for split in splits])
    decided = np.stack([_decided(dataset, one) for one in full])
    own = _shares(dataset, decided, splits)
    train = np.array(
        [
            quantities.share(task, one, "train", split)
            for one, split in zip(full, splits, strict=True)
        ]
    )
    references = [reference(task, split) for split in splits]
    name = Counter(found.name for found in references).most_common(1)[0][0]
    guesses = np.stack([found.predicted for found in references])
    theirs = _shares(dataset, guesses, splits)
    twins = [duplicates(task, split) for split in splits]
    seen = np.stack([twin.same | twin.other for twin in twins])
    permuted, memorized = _permuted(trained, chosen, permutations, full, splits, dataset)
    told = columns.telling(task, splits[0])
    alone, without = _alone(dataset, splits, told)
    by_size = {size: _by_replicate(chosen, size, dataset, seed) for size in sizes(dataset)}
    numbers = [one.run.replicate for one in full]
    asked = 1 + max(one.run.replicate for one in true)
    tables = {
        NETWORK: dict(zip(numbers, own, strict=True)),
        HALF: by_size[sizes(dataset)[-2]] if len(by_size) > 1 else {},
        name: dict(zip(numbers, theirs, strict=True)),
    }
    ended = len(true) - sum(one.diverged for one in true)
    answer = conclude(evidence_of(dataset, asked, tables, ended, len(true), groups))
    measured = Measured(
        signal=_signal(decided, truth, own, permuted, dataset, splits, at),
        retrained=len(permuted) >= LEAST,
        permuted=tuple(permuted),
        chance=float(np.mean([task.diagnostics.constant(row) for row in truth])),
        diverged=sum(one.diverged for one in true),
        runs=len(true),
        lost=sum(one.diverged for one in replicates(chosen)),
        train=at.others(train),
        test=at.test(own, alone=True),
        score=float(np.mean([one.scores["test_score"] for one in full])),
        guessed=float(np.mean([_guessed(dataset, split) for split in splits])),
        gap=at.test(train[:, None] - own),
        memorized=memorized,
        rise=at.others(quantities.rises(quantities.column(full, "val_loss"))),
        learned=at.others(quantities.learned(task, full, splits)),
        unfinished=at.others(quantities.unfinished(task, full, splits)),
        epochs=epochs,
        improving=at.others(quantities.improving(full)),
        improved=at.others(quantities.improved(task, full, splits)),
        curve=tuple(_curve(by_size, at)),
        last_step=behind(answer, HALF),
        reference=name,
        reference_score=float(theirs.mean()),
        reference_signal=_signal(guesses, truth, theirs, [], dataset, splits, at).found,
        reference_lead=at.test(theirs - train[:, None]),
        reference_gain=ahead(answer, name),
        contradicted=quantities.contradicted(task, full, truth, guesses, at),
        duplicates=float(seen.mean()),
        near=float(np.mean([twin.near.mean() for twin in twins])),
        conflicting=float(np.mean([twin.other.mean() for twin in twins])),
        inflation=quantities.inflation(own, seen, at),
        telling=tuple(dataset.features[column] for column in told.columns),
        encoded=told.encoded,
        telling_score=float(alone.mean()) if told.columns else float("nan"),
        telling_lead=at.test(alone - without) if told.columns else UNKNOWN,
    )
    return measured, answer


def _decided(dataset: Dataset, one: Trained) -> Decided:
    assert one.predictions is not None
    return dataset.task.decided(one.predictions)


def _shares(dataset: Dataset, decided: Decided, splits: list[Split]) -> Floats:
    """Return each test example's part of the share, [replicates, test rows]."""
    own = dataset.task.diagnostics
    return np.stack(
        [
            own.shares(shown, split.targets[split.test], split.target_scaling)
            for shown, split in zip(decided, splits, strict=True)
        ]
    )


def _guessed(dataset: Dataset, split: Split) -> float:
    """Return the test score of the best constant prediction by the training targets."""
    truth = split.targets[split.test]
    guess = dataset.task.guess(split.targets[split.train])
    shown = np.broadcast_to(guess, (len(truth), len(guess)))
    return dataset.task.measure(shown, truth, split.target_scaling)[1]


def _alone(dataset: Dataset, splits: list[Split], told: columns.Telling) -> tuple[Floats, Floats]:
    """Return the test examples' parts of the share, by the found columns alone and by the reference on all others."""
    if not told.columns:
        return np.empty(0), np.empty(0)
    task, own = dataset.task, [columns.of_told(split, told) for split in splits]
    alone = np.stack([columns.predicted(task, split, told.columns) for split in own])
    without = np.stack([reference(task, split, told.columns).predicted for split in own])
    return _shares(dataset, alone, own), _shares(dataset, without, own)


def _permuted(
    trained: list[Trained],
    chosen: ChosenRuns,
    permutations: int,
    full: list[Trained],
    splits: list[Split],
    dataset: Dataset,
) -> tuple[list[float], float]:
    """Return the test share on each permutation, and the mean training share on all of them.

    The first chooses learning rates on the permuted targets; the second uses the rates chosen on the true ones.
    """
    known = {one.run.replicate: split for one, split in zip(full, splits, strict=True)}

    def share(one: Trained, part: str) -> float:
        split = known.get(one.run.replicate)
        return float("nan") if split is None else quantities.share(dataset.task, one, part, split)

    tests = []
    for permutation in range(permutations):
        scores = [share(one, "test") for one in replicates(chosen, permutation)]
        tests.append(float(np.nanmean(scores)) if np.isfinite(scores).any() else float("nan"))
    same = [share(one, "train") for one in on_permuted(trained, full)]
    kept = [score for score in tests if np.isfinite(score)]
    return kept, float(np.mean(same)) if same else float("nan")


def _signal(
    decided: Decided,
    truth: Decided,
    shares: Floats,
    permuted: list[float],
    dataset: Dataset,
    splits: list[Split],
    at: Estimates,
) -> Signal:
    """Test for signal: by networks trained on permuted targets if there are enough, else by permuted test targets."""
    parts, share = (dataset.sizes.train, dataset.sizes.test), float(shares.mean())
    if len(permuted) < LEAST:
        targets = truth[0] if dataset.design == "fixed_test" else truth
        rows, groups = np.stack([split.test for split in splits]), dataset.groups
        found = signal(
            decided,
            targets,
            kind=dataset.task.predicts,
            design=dataset.design,
            rows=rows,
            sizes=parts,
            groups=None if groups is None else groups[rows],
        )
        return replace(found, accuracy=share)
    bound = accuracy_excluded(at.independent(shares), dataset.design, LEVEL, parts)
    return signal_retrained(share, permuted, LEVEL, bound)


def _by_replicate(chosen: ChosenRuns, size: int, dataset: Dataset, seed: int) -> dict[int, Floats]:
    """Return by replicate the test examples' parts of the share, for networks trained on `size` examples."""
    found = {}
    examples = None if size == dataset.sizes.train else size
    for one in replicates(chosen, examples=examples):
        if not one.diverged:
            split = dataset.replicate(one.run.replicate, seed)
            (found[one.run.replicate],) = _shares(dataset, _decided(dataset, one)[None], [split])
    return found


def _curve(by_size: dict[int, dict[int, Floats]], at: Estimates) -> Iterator[CurvePoint]:
    for size, shares in by_size.items():
        if shares:
            table = np.stack(list(shares.values()))
            scores = tuple(float(score) for score in table.mean(axis=1))
            yield CurvePoint(size, scores, at.test(table, alone=True))
