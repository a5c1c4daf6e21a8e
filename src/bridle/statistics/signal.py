"""Test for signal: do predictions fit the labels better than permuted labels?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from bridle.errors import Unquoted, UserError
from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike
from bridle.statistics.designs import Design, Estimate, fixed_test, fresh, overlapping
from bridle.statistics.ties import at_least

FIRM = 99
"""Minimum number of repetitions for a firm statement."""

LEAST = 19
"""Minimum number of repetitions for any statement."""


@dataclass(frozen=True)
class Signal:
    """Whether predictions fit the labels better than chance.

    Attributes:
        found: whether p is at most 1 − level.
        accuracy: mean over replicates and test examples; of numbers R².
        chance: mean accuracy over permuted labels.
        p: one-sided p-value, of the permutations or (overlapping splits) the corrected t.
        excluded_above: accuracies above this are excluded at `level` (one-sided); NaN if it is
            not known.
        permutations: number of permutations.
        firm: enough permutations for a firm statement.
    """

    found: bool
    accuracy: float
    chance: float
    p: float
    excluded_above: float
    permutations: int
    firm: bool


def signal(
    predictions: npt.ArrayLike,
    labels: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    permutations: int = 999,
    level: float = 0.95,
    seed: int = 0,
    design: Design | None = None,
    sizes: tuple[int, int] | None = None,
) -> Signal:
    """Test whether finished networks predict better than chance, by permuting the *test* labels.

    Test labels are exchangeable if they have nothing to do with the inputs, so the test is exact:
    its level is right for any network and any class balance, without repeating a training. It tests the
    networks as trained, not the procedure that trained them. Source: Phipson & Smyth,
    "Permutation p-values should never be zero", Statistical Applications in Genetics and Molecular
    Biology 9, 2010.

    Splits of one table are not independent: with ten of them, permuting each by itself errs in more
    than 10 % of studies. There the permutations only give the chance level of each split, and p is the one-sided
    corrected t (see `designs.overlapping`) of the accuracies above chance. If all lie above it by the
    same amount, there is no t, and only the first split is tested, by permutation. On simulated tables
    without signal this errs in 1 to 5 % (docs/evidence/signal.md).

    Args:
        predictions: predicted classes, [examples] or [replicates, examples].
        labels: true classes: [examples] where replicates share one test set, or [replicates,
            examples].
        groups: [examples] or [replicates, examples]: labels are permuted within equal values only.
        permutations: how many permutations, at least 19.
        level: confidence.
        seed: of the permutations.
        design: what replicates share; by default `"fixed_test"` where labels are [examples],
            `"fresh"` where they are [replicates, examples].
        sizes: (training rows, test rows), needed for `"overlapping"`.

    Raises:
        UserError: shapes do not fit together, or an argument is out of range.
    """
    checks.between("level", level)
    checks.whole_number("permutations", permutations, LEAST)
    shared = np.ndim(labels) == 1
    design = design or ("fixed_test" if shared else "fresh")
    predicted = np.atleast_2d(np.asarray(predictions))
    if predicted.ndim != 2 or predicted.size == 0:
        raise UserError(
            argument="predictions",
            expected="classes of shape [examples] or [replicates, examples]",
            received=Unquoted(f"shape {list(predicted.shape)}"),
        )
    truth = _fitting("labels", labels, predicted.shape)
    strata = None if groups is None else _fitting("groups", groups, predicted.shape)
    R, E = predicted.shape
    classes, codes = np.unique(np.concatenate([predicted, truth]), return_inverse=True)
    codes = codes.reshape(2 * R, E)
    shown, true = codes[:R], codes[R:]
    rng = np.random.default_rng(seed)
    observed = int(np.count_nonzero(shown == true))
    hits = np.empty((permutations, 1 if shared else R), np.int64)
    if shared:
        votes = np.stack([(shown == k).sum(axis=0) for k in range(len(classes))], axis=1)
        rows = np.arange(E)
        order = None if strata is None else strata[0]
        for i in range(permutations):
            hits[i] = votes[rows, _permuted(true[0], order, rng)].sum()
    elif strata is None:
        for r in range(R):
            hits[:, r] = _fitting_by_chance(shown[r], true[r], len(classes), permutations, rng)
    else:
        for i in range(permutations):
            hits[i] = [
                np.count_nonzero(shown[r] == _permuted(true[r], strata[r], rng)) for r in range(R)
            ]
    p = (1 + int(np.count_nonzero(hits.sum(axis=1) >= observed))) / (1 + permutations)
    if design == "overlapping" and R > 1:
        right = np.count_nonzero(shown == true, axis=1)
        above = _estimate((right - hits.mean(axis=0)) / E, design, sizes)
        if above.standard_error > 0:
            p = float(special.stdtr(above.df, -above.difference / above.standard_error))
        else:
            p = (1 + int(np.count_nonzero(hits[:, 0] >= right[0]))) / (1 + permutations)
    return Signal(
        found=bool(at_least(1 - level, p)),
        accuracy=observed / (R * E),
        chance=float(hits.sum(axis=1).mean()) / (R * E),
        p=p,
        excluded_above=accuracy_excluded(shown == true, design, level, sizes),
        permutations=permutations,
        firm=permutations >= FIRM,
    )


def signal_of_values(
    predictions: npt.ArrayLike,
    targets: npt.ArrayLike,
    permutations: int = 999,
    level: float = 0.95,
    seed: int = 0,
    design: Design | None = None,
    sizes: tuple[int, int] | None = None,
) -> Signal:
    """Test whether predicted numbers depend on the targets, by permuting the *test* targets.

    Like `signal`, with R² (1 − the squared error over that of the test targets' own mean; the mean over targets) in
    place of the accuracy: among permutations it ranks like the squared error. Rows of several targets are permuted
    together. Predictions worse than that mean have a negative R², but may still depend on the targets.

    Args:
        predictions: [examples, targets] or [replicates, examples, targets].
        targets: [examples, targets] where replicates share one test set, or [replicates, examples, targets].
        permutations: how many permutations, at least 19.
        level: confidence.
        seed: of the permutations.
        design: what replicates share; by default as `targets` say.
        sizes: (training rows, test rows), needed for `"overlapping"`.

    Returns:
        The same as `signal`; its `accuracy` and `chance` are R², and `excluded_above` is NaN.

    Raises:
        UserError: shapes do not fit together, or an argument is out of range.
    """
    checks.between("level", level)
    checks.whole_number("permutations", permutations, LEAST)
    truth = np.asarray(targets, np.float64)
    shared = truth.ndim == 2
    design = design or ("fixed_test" if shared else "fresh")
    shown = np.asarray(predictions, np.float64)
    shown = shown[None] if shown.ndim == 2 else shown
    if shown.ndim != 3 or shown.size == 0 or truth.shape not in (shown.shape, shown.shape[1:]):
        raise UserError(
            argument="predictions and targets",
            verb="have",
            expected="shapes [replicates, examples, targets]",
            received=Unquoted(f"{list(shown.shape)} and {list(truth.shape)}"),
        )
    truth = np.broadcast_to(truth, shown.shape)
    R, E, _ = shown.shape
    around = truth - truth.mean(axis=1, keepdims=True)
    own = shown - truth.mean(axis=1, keepdims=True)
    whole = np.square(around).sum(axis=1, keepdims=True)
    # a target that is constant among the test examples carries no information
    share = np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0)
    share = share / np.maximum((whole > 0).sum(axis=2, keepdims=True), 1)
    size = (np.square(own) * share).sum(axis=(1, 2))
    pull = 2 * own * share
    observed = (pull * around).sum(axis=(1, 2)) - size
    rng = np.random.default_rng(seed)
    found = np.empty((permutations, R))
    for i in range(permutations):
        if shared:
            found[i] = (pull * around[:, rng.permutation(E)]).sum(axis=(1, 2)) - size
            continue
        for r in range(R):
            found[i, r] = (pull[r] * around[r, rng.permutation(E)]).sum() - size[r]
    p = (1 + int(np.count_nonzero(at_least(found.mean(axis=1), observed.mean())))) / (
        1 + permutations
    )
    if design == "overlapping" and R > 1:
        above = _estimate(observed - found.mean(axis=0), design, sizes)
        if above.standard_error > 0:
            p = float(special.stdtr(above.df, -above.difference / above.standard_error))
        else:
            p = (1 + int(np.count_nonzero(at_least(found[:, 0], observed[0])))) / (1 + permutations)
    return Signal(
        found=bool(at_least(1 - level, p)),
        accuracy=float(observed.mean()),
        chance=float(found.mean()),
        p=p,
        excluded_above=float("nan"),
        permutations=permutations,
        firm=permutations >= FIRM,
    )


SIGNALS: dict[str, Callable[..., Signal]] = {
    "classes": signal,
    "values": signal_of_values,
}
"""The test of each kind of prediction, as tasks declare what they predict."""


def accuracy_excluded(
    correct: npt.NDArray[np.bool_] | npt.NDArray[np.float64],
    design: Design = "fixed_test",
    level: float = 0.95,
    sizes: tuple[int, int] | None = None,
) -> float:
    """Return the one-sided upper bound of the accuracy, or of R².

    One replicate: Clopper–Pearson, for that network. Several: the t bound of the design, for the
    mean over trainings, and never below the share that was correct.

    Args:
        correct: [replicates, examples], whether each prediction was right; or its part of R².
        design: what replicates share.
        level: confidence.
        sizes: (training rows, test rows), needed for `"overlapping"`.

    Returns:
        The bound, at most 1; NaN if several replicates show no spread to compute one from, and for R² of one.

    Raises:
        UserError: sizes are missing.
    """
    R, E = correct.shape
    if R == 1 and not np.isin(correct, (0, 1)).all():
        return float("nan")
    if R == 1:
        right = int(correct.sum())
        return float(special.betaincinv(right + 1, E - right, level)) if right < E else 1.0
    if design == "fixed_test" and E > 1:
        estimate = fixed_test(correct)
    else:
        estimate = _estimate(correct.mean(axis=1), design, sizes)
    if not estimate.known or estimate.standard_error == 0:
        return float("nan")
    reach = float(special.stdtrit(estimate.df, level)) * estimate.standard_error
    return min(estimate.difference + reach, 1.0)


def signal_retrained(
    score: float,
    permuted: ArrayLike | Sequence[float],
    level: float = 0.95,
    excluded_above: float = float("nan"),
) -> Signal:
    """Test for signal by repeating the whole procedure, selection included, on permuted labels.

    Args:
        score: accuracy with the true labels.
        permuted: [repetitions], accuracy of each repetition with permuted labels; at least 19.
        level: confidence.
        excluded_above: the bound that belongs to `score`, from `accuracy_excluded`.

    Raises:
        UserError: fewer than 19 repetitions, or a score is missing.
    """
    scores = checks.array("permuted", permuted, ("repetitions",))
    checks.between("level", level)
    checks.whole_number("the number of repetitions on permuted labels", len(scores), LEAST)
    if np.isnan(scores).any() or not np.isfinite(score):
        raise UserError(
            argument="permuted and score",
            verb="hold",
            expected="an accuracy each",
            received=Unquoted("NaN"),
        )
    # equal shares of right predictions may differ in their last digits, because means are taken in another order
    p = (1 + int(np.count_nonzero(at_least(scores, score)))) / (1 + len(scores))
    chance = float(scores.mean())
    # 19 repetitions reach p = 0.05 but nothing smaller, so that counts as found
    found = bool(at_least(1 - level, p))
    return Signal(found, score, chance, p, excluded_above, len(scores), len(scores) >= FIRM)


def _estimate(values: ArrayLike, design: Design, sizes: tuple[int, int] | None) -> Estimate:
    """Estimate the mean of one value for each replicate."""
    if design != "overlapping":
        return fresh(values)
    if sizes is None:
        raise UserError(
            argument="sizes",
            expected="the training and test rows of each replicate for design='overlapping'",
            received=Unquoted("nothing"),
        )
    return overlapping(values, *sizes)


def _fitting(name: str, values: npt.ArrayLike, shape: tuple[int, int]) -> npt.NDArray[np.generic]:
    """Broadcast `values` over replicates, or refuse them."""
    result = np.asarray(values)
    if result.shape not in (shape, shape[1:]):
        raise UserError(
            argument=name,
            verb="have",
            expected=f"shape [{shape[1]}] or {list(shape)} to go with the predictions",
            received=list(result.shape),
        )
    return np.broadcast_to(result, shape)


def _fitting_by_chance(
    shown: npt.NDArray[np.intp],
    true: npt.NDArray[np.intp],
    classes: int,
    permutations: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Return the number of labels that fit the predictions in each of many permutations, without permuting.

    A permutation deals the labels out to the predicted classes, so counts are hypergeometric, class by class and label
    by label. That takes a hundredth of the time of permuting; with ten classes a tenth.
    """
    left = np.tile(np.bincount(true, minlength=classes), (permutations, 1))
    fitting = np.zeros(permutations, np.int64)
    for k, size in enumerate(np.bincount(shown, minlength=classes)):
        to_deal = np.full(permutations, size)
        others = left.sum(axis=1)
        for label in range(classes):
            others -= left[:, label]
            dealt = rng.hypergeometric(left[:, label], others, to_deal)
            if label == k:
                fitting += dealt
            left[:, label] -= dealt
            to_deal -= dealt
    return fitting


def _permuted(
    labels: npt.NDArray[np.intp], groups: npt.NDArray[np.generic] | None, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Permute labels, within groups where there are any."""
    if groups is None:
        return rng.permutation(labels)
    _, members = np.unique(groups, return_inverse=True)
    result = np.empty_like(labels)
    # Sorting by (group, random number) shuffles within each group.
    result[np.argsort(members, kind="stable")] = labels[
        np.lexsort((rng.random(len(labels)), members))
    ]
    return result
