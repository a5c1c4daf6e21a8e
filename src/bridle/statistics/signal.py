"""Test for signal: do predictions fit the targets better than shuffled targets?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from bridle.errors import Unquoted, UserError
from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats
from bridle.statistics.designs import Design, Estimate, fixed_test, fresh, overlapping
from bridle.statistics.fits import FITS, PartFit
from bridle.statistics.groups import by_group, clustered
from bridle.statistics.shuffles import shuffled, spread
from bridle.statistics.ties import at_least

FIRM = 99
"""Minimum number of repetitions for a firm statement."""

LEAST = 19
"""Minimum number of repetitions for any statement."""

VARIES = 1e-20
"""Variance of a score over all orders of the targets below which it does not depend on them."""

UNLIKE = 1e-4
"""Chance below which the scores of splits are taken to differ by more than chance."""

Array = npt.NDArray[Any]
ByReplicate = Mapping[int, Array]
"""For each replicate [test rows] or [test rows, targets]."""


@dataclass(frozen=True)
class Signal:
    """Whether predictions fit the targets better than chance.

    Attributes:
        found: whether p is at most 1 − level.
        accuracy: mean over replicates and test examples; of numbers R².
        chance: its expectation over all orders of the targets.
        p: one-sided p-value, adjusted for all methods that are tested together.
        excluded_above: accuracies above this are excluded at `level` (one-sided), for all methods together; NaN if
            it is not known.
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


def signals(
    kind: str,
    predictions: Mapping[str, ByReplicate],
    targets: ByReplicate,
    design: Design,
    rows: ByReplicate | None = None,
    sizes: tuple[int, int] | None = None,
    groups: ByReplicate | None = None,
    permutations: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Signal]:
    """Test whether finished networks predict better than chance, by shuffling the *test* targets.

    Test targets are exchangeable if they have nothing to do with the inputs, so the test is exact:
    its level is right for any network and any class balance, without repeating a training. It tests the
    networks as trained, not the procedure that trained them. Source: Phipson & Smyth,
    "Permutation p-values should never be zero", Statistical Applications in Genetics and Molecular
    Biology 9, 2010.

    All methods are tested together: a shuffle counts by the method that comes furthest above chance in it, in standard
    deviations (Westfall & Young, "Resampling-based multiple testing", 1993). So methods that predict alike share no
    error.

    Splits of one table are not independent. A row that several splits test has one target, so the rows of the table are
    shuffled, once for all splits. But rows train networks too. If one row's target fits what a second row teaches, then
    in another split the second's fits what the first teaches. This adds as much to the variance as the rows that splits
    test in common, where what two rows teach each other is symmetric, so that part counts twice. On tables without
    signal this errs in about 5 % (docs/evidence/signal.md). Where splits differ by more than that, as networks do that
    have learned nothing and fit the labels by luck, one well and another badly, their spread takes its place.

    Rows of a group have inputs and targets that are alike, so that a network is right on all of them or on none. The
    variance is then larger by the squares of the groups' sums over those of the rows (`clustered`).

    Args:
        kind: of predictions: `classes` or `values`.
        predictions: for each method those of its replicates.
        targets: the true ones of every replicate.
        design: what replicates share.
        rows: of every replicate which row of the table each test row is; needed for `"overlapping"`.
        sizes: (training rows, test rows), likewise.
        groups: of every replicate which group each test row is of, such as a patient, where rows of a group are alike.
        permutations: how many permutations, at least 19.
        level: confidence, for all methods together.
        seed: of the permutations.

    Raises:
        UserError: an argument is out of range, or rows are missing.
    """
    checks.between("level", level)
    checks.whole_number("permutations", permutations, LEAST)
    names, rng = sorted(predictions), np.random.default_rng(seed)
    fits = _fits(kind, predictions, targets)
    observed, variance = np.zeros((2, len(names)))
    sums, grouped = np.zeros((permutations, len(names))), []
    places = _places(targets, design, rows)
    for parts, true, group in _blocks(fits, names, design, places, groups):
        observed += np.einsum("mnk,nk->m", parts, true)
        grouped.append((np.einsum("mnk,nk->mn", parts, true - true.mean(axis=0)), group))
        further, own = shuffled(parts, true, permutations, rng)
        sums, variance = sums + further, variance + own
    enlarged = variance
    if design == "overlapping":
        alone = [sum(_variance(fit) for fit in fits[name].values()) for name in names]
        enlarged = variance + np.maximum(variance - alone, 0.0)
        between = [
            _between(fits[name].values(), own) for name, own in zip(names, alone, strict=True)
        ]
        enlarged = np.maximum(enlarged, between)
    if groups is not None:
        enlarged = enlarged * clustered(grouped)
    able = variance > VARIES
    reached = observed / np.sqrt(np.where(able, enlarged, 1.0))
    chances = (sums / np.sqrt(np.where(able, variance, 1.0)))[:, able]
    found = {}
    for place, name in enumerate(names):
        networks, each, p = fits[name].values(), 1 - (1 - level) / len(names), 1.0
        if able[place]:
            above = at_least(chances.max(axis=1), reached[place])
            p = (1 + int(np.count_nonzero(above))) / (1 + permutations)
        accuracy = float(np.mean([fit.score for fit in networks]))
        bound = float("nan")
        if kind == "classes":
            mine = predictions[name]
            right = np.stack([shown == targets[r] for r, shown in mine.items()])
            if groups is not None and design == "fixed_test":
                right = by_group({name: right}, np.stack([groups[r] for r in mine]))[0][name]
            bound = accuracy_excluded(right, design, each, sizes)
        found[name] = Signal(
            found=bool(at_least(1 - level, p)),
            accuracy=accuracy,
            chance=float(np.mean([fit.chance for fit in networks])),
            p=p,
            excluded_above=bound,
            permutations=permutations,
            firm=permutations >= FIRM,
        )
    return found


def signal(
    predictions: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    kind: str = "classes",
    design: Design | None = None,
    rows: npt.ArrayLike | None = None,
    sizes: tuple[int, int] | None = None,
    groups: npt.ArrayLike | None = None,
    permutations: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> Signal:
    """Test one method as `signals` tests several.

    Of numbers the accuracy is R² (1 − the squared error over that of the test targets' own mean; the mean over
    targets). Predictions worse than that mean have a negative R², but may still depend on the targets.

    Args:
        predictions: predicted classes, [examples] or [replicates, examples]; of numbers [examples, targets] or
            [replicates, examples, targets].
        labels: the true ones: without replicates where these share one test set, or of the shape of the predictions.
        kind: of predictions: `classes` or `values`.
        design: what replicates share; by default `"fixed_test"` where labels are given once, `"fresh"` where they are
            given for each replicate.
        rows: [replicates, examples], needed for `"overlapping"`; see `signals`.
        sizes: (training rows, test rows), likewise.
        groups: of the same shapes: the group of each row, where rows of a group are alike.
        permutations: how many permutations, at least 19.
        level: confidence.
        seed: of the permutations.

    Raises:
        UserError: shapes do not fit together, or an argument is out of range.
    """
    axes = 2 if kind == "classes" else 3
    shown, true = np.asarray(predictions), np.asarray(labels)
    design = design or ("fixed_test" if true.ndim < axes else "fresh")
    shown = shown[None] if shown.ndim == axes - 1 else shown
    if shown.ndim != axes or shown.size == 0:
        wanted = "[replicates, examples]" if axes == 2 else "[replicates, examples, targets]"
        raise UserError(
            argument="predictions",
            verb="have",
            expected=f"the shape {wanted}",
            received=Unquoted(f"shape {list(shown.shape)}"),
        )
    true = _fitting("labels", true, shown.shape)

    def of_replicates(name: str, values: npt.ArrayLike | None) -> ByReplicate | None:
        return None if values is None else dict(enumerate(_fitting(name, values, shown.shape[:2])))

    return signals(
        kind,
        {"": dict(enumerate(shown))},
        dict(enumerate(true)),
        design,
        rows=of_replicates("rows", rows),
        sizes=sizes,
        groups=of_replicates("groups", groups),
        permutations=permutations,
        level=level,
        seed=seed,
    )[""]


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


def _fitting(name: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """Broadcast `values` over replicates, or refuse them."""
    result = np.asarray(values)
    if result.shape not in (shape, shape[1:]):
        raise UserError(
            argument=name,
            verb="have",
            expected=f"shape {list(shape[1:])} or {list(shape)} to go with the predictions",
            received=list(result.shape),
        )
    return np.broadcast_to(result, shape)


def _fits(
    kind: str, predictions: Mapping[str, ByReplicate], targets: ByReplicate
) -> dict[str, dict[int, PartFit]]:
    """Return the fit of every network."""
    fit = FITS[kind]
    if kind == "values":
        columns = np.shape(next(iter(targets.values())))[1]
        return {
            name: {
                r: fit(np.asarray(own[r], float), np.asarray(targets[r], float), columns)
                for r in own
            }
            for name, own in predictions.items()
        }
    every = [*targets.values(), *(shown for own in predictions.values() for shown in own.values())]
    classes = np.unique(np.concatenate(every))
    true = {r: np.searchsorted(classes, labels) for r, labels in targets.items()}
    return {
        name: {r: fit(np.searchsorted(classes, own[r]), true[r], len(classes)) for r in own}
        for name, own in predictions.items()
    }


def _variance(fit: PartFit) -> float:
    """Return the variance of a score over all orders of the targets of its test part."""
    return float(spread(fit.parts[None], fit.targets)[0])


def _between(fits: Collection[PartFit], alone: float) -> float:
    """Return the variance of the sum of scores from their spread, where that is more than chance explains; else 0.

    Args:
        fits: of all replicates.
        alone: the variance of the sum by chance, if test parts were independent.
    """
    above = np.array([fit.score - fit.chance for fit in fits])
    if len(above) < 2:
        return 0.0
    squares = float(np.square(above - above.mean()).sum())
    most = float(special.chdtri(len(above) - 1, UNLIKE)) * alone / len(above)
    return squares * len(above) / (len(above) - 1) if squares > most else 0.0


def _places(
    targets: ByReplicate, design: Design, rows: ByReplicate | None
) -> dict[int, npt.NDArray[np.intp]]:
    """Return for each replicate which row, from 0, each test row is of those that replicates share."""
    if design != "overlapping":
        return {r: np.arange(len(true)) for r, true in targets.items()}
    if rows is None:
        raise UserError(
            argument="rows",
            expected="the row of the table of each test example for design='overlapping'",
            received=Unquoted("nothing"),
        )
    tested = np.unique(np.concatenate([rows[r] for r in targets]))
    return {r: np.searchsorted(tested, rows[r]) for r in targets}


def _blocks(
    fits: Mapping[str, Mapping[int, PartFit]],
    names: Sequence[str],
    design: Design,
    places: Mapping[int, npt.NDArray[np.intp]],
    groups: ByReplicate | None,
) -> Iterator[tuple[Floats, Floats, Array]]:
    """Yield parts [methods, rows, K], targets [rows, K] and groups [rows] of rows shuffled among themselves."""
    together = [[r] for r in places] if design == "fresh" else [list(places)]
    columns = next(fit for own in fits.values() for fit in own.values()).targets.shape[1]
    for replicates in together:
        size = 1 + max(int(places[r].max()) for r in replicates)
        parts, targets = np.zeros((len(names), size, columns)), np.zeros((size, columns))
        group = np.zeros(size)
        for r in replicates:
            own = {place: fits[name][r] for place, name in enumerate(names) if r in fits[name]}
            for place, fit in own.items():
                parts[place, places[r]] += fit.parts
            if own:
                targets[places[r]] = fit.targets
            if groups:
                group[places[r]] = groups[r]
        yield parts - parts.mean(axis=1, keepdims=True), targets, group
