"""Predictions against permuted labels."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import UserError
from bridle.statistics import Signal, accuracy_excluded, signal, signal_retrained, signals
from bridle.statistics.groups import clustered

rng = np.random.default_rng(8)


def test_two_classes_match_fishers_exact_test() -> None:
    labels = np.repeat([0, 1], 15)
    predictions = np.where(rng.random(30) < 0.7, labels, 1 - labels)
    table = [[np.sum((predictions == i) & (labels == j)) for j in (0, 1)] for i in (0, 1)]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert signal(predictions, labels, permutations=20_000).p == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_shuffles_are_permutations_of_labels(classes: int, shared: bool) -> None:
    own = np.random.default_rng(classes)
    labels = own.integers(0, classes, 40 if shared else (3, 40))
    predictions = np.where(own.random((3, 40)) < 0.25, labels, own.integers(0, classes, (3, 40)))
    predictions[:, :4] = classes  # a class that no example has
    found = signal(predictions, labels, permutations=20_000)
    true = np.broadcast_to(labels, (4_000, *labels.shape))
    hits = (predictions == own.permuted(true, axis=-1).reshape(4_000, -1, 40)).mean(axis=(1, 2))
    assert found.accuracy == pytest.approx(np.mean(predictions == labels))
    expected = float(np.mean(hits >= found.accuracy - 1e-12))
    error = np.sqrt(expected * (1 - expected) * (1 / 20_000 + 1 / 4_000))
    assert found.p == pytest.approx(expected, abs=4.5 * error + 1e-3)
    assert found.chance == pytest.approx(hits.mean(), abs=0.005)


def test_methods_are_tested_together() -> None:
    """Equal methods cost nothing, unlike ones no more than Bonferroni's rule."""
    labels = {r: rng.integers(0, 2, 100) for r in range(2)}
    shown = {r: np.where(rng.random(100) < 0.6, own, 1 - own) for r, own in labels.items()}
    noise = {str(m): {r: rng.integers(0, 2, 100) for r in range(2)} for m in range(9)}
    alone = signals("classes", {"net": shown}, labels, "fresh", permutations=4999)["net"].p
    alike = {str(m): shown for m in range(9)}
    found = signals("classes", alike, labels, "fresh", permutations=4999)
    assert {one.p for one in found.values()} == {alone}
    unlike = signals("classes", {"net": shown, **noise}, labels, "fresh", permutations=4999)
    assert alone < unlike["net"].p < 10 * alone + 0.01
    part = signals("classes", {"net": {1: shown[1]}}, labels, "fresh")["net"]
    assert part.accuracy == pytest.approx(np.mean(shown[1] == labels[1]))


def test_noise_has_no_signal_and_says_what_is_excluded() -> None:
    own = np.random.default_rng(0)
    labels = own.integers(0, 10, 10_000)
    found = signal(own.integers(0, 10, 10_000), labels)
    assert not found.found
    assert found.firm
    assert found.chance == pytest.approx(0.1, abs=0.002)
    assert found.accuracy < found.excluded_above < 0.115
    right = round(found.accuracy * 10_000)
    exact = stats.binomtest(right, 10_000, alternative="less").proportion_ci(0.95).high
    assert found.excluded_above == pytest.approx(exact)


def test_predicting_the_majority_is_no_signal() -> None:
    labels = (rng.random(500) < 0.1).astype(int)
    found = signal(np.zeros((5, 500), int), labels)
    assert found.p == 1
    assert found.accuracy == pytest.approx(found.chance)


@pytest.mark.parametrize("shared", [True, False])
def test_signal_is_found(shared: bool) -> None:
    labels = rng.integers(0, 3, 100 if shared else (4, 100))
    predictions = np.where(rng.random((4, 100)) < 0.4, labels, rng.integers(0, 3, (4, 100)))
    found = signal(predictions, labels)
    assert found.found
    assert found.p == 1 / 1000
    assert found.accuracy < found.excluded_above <= 1


@pytest.mark.parametrize("shared", [True, False])
def test_the_level_holds(shared: bool) -> None:
    hits = 0
    for seed in range(400):
        g = np.random.default_rng(seed)
        labels = g.integers(0, 2, 60 if shared else (3, 60))
        hits += signal(g.integers(0, 2, (3, 60)), labels, permutations=99, seed=seed).found
    assert hits <= stats.binom.ppf(0.999, 400, 0.05)


def test_rows_of_a_group_that_are_alike_are_no_signal() -> None:
    hits = {True: 0, False: 0}
    for seed in range(200):
        own = np.random.default_rng(seed)
        group = np.repeat(np.arange(20), own.integers(1, 20, 20))
        labels, shown = own.integers(0, 2, (2, 20))[:, group]
        for known in hits:
            found = signal(
                shown, labels, groups=group if known else None, permutations=99, seed=seed
            )
            hits[known] += found.found
    assert hits[True] <= stats.binom.ppf(0.999, 200, 0.06)
    assert hits[False] > 50


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_groups_of_one_row_are_rows(seed: int) -> None:
    own = np.random.default_rng(seed)
    labels, shown = own.integers(0, 3, 40), own.integers(0, 3, (2, 40))
    alone = own.permutation(40)
    plain = signal(shown, labels, permutations=19)
    grouped = signal(shown, labels, groups=alone, permutations=19)
    assert grouped.p == plain.p
    np.testing.assert_allclose(grouped.excluded_above, plain.excluded_above, rtol=1e-12)


def test_the_variance_of_groups_is_that_of_cluster_robust_errors() -> None:
    own = np.random.default_rng(0)
    group = own.integers(0, 12, 80)
    values = own.standard_normal((2, 80)) + own.standard_normal(12)[group]
    (ratio,) = clustered([(values[:1], group)])
    meat = sum(values[0][group == g].sum() ** 2 for g in range(12))
    sizes = np.bincount(group)
    even = 80**2 / (sizes**2).sum()
    expected = meat / (values[0] ** 2).sum() * (1 - 1 / 80) / (1 - 1 / even)
    np.testing.assert_allclose(ratio, max(expected, 1.0))
    # blocks of rows, such as replicates, add up where they hold the same groups
    halves = [(values[:, :40], group[:40]), (values[:, 40:], group[40:])]
    np.testing.assert_allclose(clustered(halves), clustered([(values, group)]))
    assert np.isinf(clustered([(values, np.zeros(80))])).all()


def test_bound_over_replicates() -> None:
    right = rng.random((8, 400)) < 0.6
    shared, own = accuracy_excluded(right), accuracy_excluded(right, "fresh")
    split = accuracy_excluded(right, "overlapping", sizes=(800, 400))
    assert 0.6 < own < split < 0.7
    assert 0.6 < shared < 0.7
    assert accuracy_excluded(np.ones((1, 50), bool)) == 1
    assert np.isnan(accuracy_excluded(np.ones((2, 50), bool), "fresh"))


def test_splits_of_one_table() -> None:
    table = rng.integers(0, 2, 400)
    rows = np.stack([rng.permutation(400)[:80] for _ in range(6)])
    labels, right = table[rows], rng.random((6, 80)) < 0.8

    def split(predictions: npt.NDArray[np.int64]) -> Signal:
        return signal(predictions, labels, design="overlapping", rows=rows, sizes=(240, 80))

    found = split(np.where(right, labels, 1 - labels))
    assert found.found
    assert found.accuracy < found.excluded_above < 1
    assert split(np.where(right, 1 - labels, labels)).p > 0.99
    assert not split(np.zeros_like(labels)).found
    assert split(labels).found
    one = signal(labels[:1], labels[:1], design="overlapping", rows=rows[:1], sizes=(240, 80))
    assert one.p == signal(labels[:1], labels[:1]).p  # one split is exact


def test_rows_that_splits_share_count_once() -> None:
    """The same predictions for the same rows, tested six times, are worth one test."""
    table = rng.integers(0, 2, 100)
    shown = np.where(rng.random(100) < 0.6, table, 1 - table)
    rows = np.stack([rng.permutation(100) for _ in range(6)])
    six = signal(shown[rows], table[rows], design="overlapping", rows=rows, sizes=(300, 100))
    assert six.p >= signal(shown, table).p
    assert signal(shown[rows], table[rows]).p < 0.01


def test_repeating_the_procedure() -> None:
    found = signal_retrained(0.9, np.full(19, 0.5))
    assert (found.p, found.found, found.firm) == (0.05, True, False)
    assert signal_retrained(0.9, np.full(99, 0.5)).firm
    assert not signal_retrained(0.5, np.full(19, 0.5)).found


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: signal([0, 1], [0, 1, 1]), "labels"),
        (lambda: signal([], []), "predictions"),
        (lambda: signal([0, 1], [0, 1], groups=[1]), "groups"),
        (lambda: signal([0, 1], [0, 1], permutations=9), "permutations"),
        (lambda: signal([[0, 1]] * 2, [[0, 1]] * 2, design="overlapping"), "rows"),
        (lambda: signal_retrained(0.5, [0.5] * 18), "repetitions"),
        (lambda: signal_retrained(np.nan, [0.5] * 19), "NaN"),
    ],
)
def test_errors_name_the_argument(call: Callable[[], object], word: str) -> None:
    with pytest.raises(UserError, match=word):
        call()
