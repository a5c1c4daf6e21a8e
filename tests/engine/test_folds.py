"""Programs whose rows are padded to buckets: folds of a table share what is compiled, and padding is never seen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bridle.data.dataset import Dataset, Defaults, Sizes, Split
from bridle.engine.compiled import Shapes
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunResult
from bridle.tasks import Classification, Regression, Task
from tests.engine.compilations import compiling_nothing
from tests.engine.populations import assert_same, program_spec, run

RNG = np.random.default_rng(11)
X = RNG.normal(size=(72, 3)).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(np.int32)
NUMBERS = (X[:, :1] * X[:, 1:2] + 5).astype(np.float32)
WEIGHTS = (1 + np.arange(72) % 3).astype(np.float32)
SPEC = program_spec("batch_norm+dropout", widths=(4,), batch_size=20)
RUNS = [
    run("batch_norm", epochs=2),
    run("batch_norm+l2", epochs=3),
    run("batch_norm+dropout(rate=0.3)", epochs=2),
]


def table(
    parts: tuple[int, int, int],
    task: Task | None = None,
    weights: np.ndarray | None = None,
    shared: bool = True,
) -> Dataset:
    """Return a data set of one split: the first rows for training, and so on; the table ends with the last part."""
    learned = task or Classification(("a", "b"))
    rows = sum(parts)
    targets = (CLASSES if task is None else NUMBERS)[:rows]
    ends = np.cumsum(parts[:2])
    train, validation, test = np.split(np.arange(rows, dtype=np.int32), ends)
    zeros, ones = np.zeros(3, np.float32), np.ones(3, np.float32)
    scaling = learned.scaling(targets[train])
    counting = None if weights is None else weights[:rows]
    split = Split(X[:rows], targets, train, validation, test, zeros, ones, scaling, counting)
    return Dataset(
        spec=f"table(parts={parts},task={learned.kind},weights={weights is not None})",
        name="table",
        task=learned,
        features=("a", "b", "c"),
        shape=(3,),
        design="fresh",
        defaults=Defaults((4,), "tanh", batch_size=16, epochs=2, learning_rate=0.1),
        sizes=Sizes(*parts),
        shared=shared,
        draw=lambda number, seed: split,
        weights=counting,
    )


def bucketed(data: Dataset, spec: ProgramSpec = SPEC) -> list[RunResult]:
    return Program(spec, 2, data, bucketed=True).train(RUNS)


@pytest.fixture(scope="module")
def trained() -> list[RunResult]:
    return bucketed(table((42, 11, 12)))


@pytest.mark.parametrize("parts", [(41, 12, 13), (43, 10, 12), (44, 9, 14), (48, 12, 9)])
def test_folds_whose_counts_have_the_same_buckets_compile_once(
    trained: list[RunResult], parts: tuple[int, int, int]
) -> None:
    data = table(parts)
    with compiling_nothing():
        found = bucketed(data)
    for result in found:
        assert np.isfinite(list(result.scores.values())).all()
        assert len(result.predictions["validation"]) == parts[1]
        assert len(result.predictions["test"]) == parts[2]


def test_neither_padding_nor_neighbours_are_seen(trained: list[RunResult]) -> None:
    # the same parts of a longer table: what follows them is other rows instead of zeros
    data = table((42, 11, 12))
    split = data.replicate(0, 0)
    longer = dataclasses.replace(split, inputs=X, targets=CLASSES)
    other = dataclasses.replace(data, spec="longer", draw=lambda number, seed: longer)
    assert Shapes.of(data, bucketed=True) == Shapes.of(other, bucketed=True)
    with compiling_nothing():
        program = Program(SPEC, 2, other, bucketed=True)
        again = program.train(RUNS)
        alone = [program.train([RUNS[i]])[0] for i in (2, 0)]
    for one, same in zip(trained, again, strict=True):
        assert_same(one, same)
    assert_same(trained[2], alone[0])
    assert_same(trained[0], alone[1])


def test_a_fold_without_test_rows_trains_as_one_with_them(trained: list[RunResult]) -> None:
    data = table((42, 11, 12))
    split = data.replicate(0, 0)
    bare = dataclasses.replace(split, test=split.test[:0])
    sizes = dataclasses.replace(data.sizes, test=0)
    found = bucketed(
        dataclasses.replace(data, spec="bare", sizes=sizes, draw=lambda number, seed: bare)
    )
    for one, other in zip(trained, found, strict=True):
        np.testing.assert_array_equal(one.history, other.history)
        for name, weight in one.weights.items():
            np.testing.assert_array_equal(weight, other.weights[name])
        assert other.predictions["test"].shape == (0, 2)
        assert np.isnan(other.scores["test_score"])


def test_what_is_not_measured_changes_nothing(trained: list[RunResult]) -> None:
    with compiling_nothing():
        found = Program(SPEC, 2, table((42, 11, 12)), bucketed=True, measures=False).train(RUNS)
    for one, other in zip(trained, found, strict=True):
        np.testing.assert_array_equal(one.history, other.history)
        for name, weight in one.weights.items():
            np.testing.assert_array_equal(weight, other.weights[name])
        assert len(other.predictions["test"]) == 0
        assert np.isnan(other.scores["val_score"])


def assert_close(one: RunResult, other: RunResult) -> None:
    np.testing.assert_allclose(one.history, other.history, rtol=1e-4, atol=1e-6)
    assert one.scores.keys() == other.scores.keys()
    for name, value in one.scores.items():
        np.testing.assert_allclose(value, other.scores[name], rtol=1e-4, atol=1e-6, err_msg=name)
    for left, right in ((one.weights, other.weights), (one.predictions, other.predictions)):
        for name, leaf in left.items():
            np.testing.assert_allclose(leaf, right[name], rtol=1e-4, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(one.share, other.share, rtol=1e-3)


REGRESSION = program_spec(widths=(4,), batch_size=48, optimizer="sgd(momentum=0.9)")
FULL = [run(epochs=3), run("l2(strength=1e-2)", epochs=3)]


def numbers(parts: tuple[int, int, int], shared: bool = True) -> Dataset:
    return table(parts, Regression(("y",)), WEIGHTS, shared)


@pytest.fixture(scope="module")
def exact() -> list[RunResult]:
    return Program(REGRESSION, 2, numbers((42, 11, 12))).train(FULL)


@pytest.mark.parametrize("shared", [pytest.param(True, marks=pytest.mark.long), False])
def test_regression_on_weighted_examples_is_that_of_full_batches(
    exact: list[RunResult], shared: bool
) -> None:
    """Where a batch holds all rows, neither their order matters nor padding."""
    found = Program(REGRESSION, 2, numbers((42, 11, 12), shared), bucketed=True).train(FULL)
    for one, other in zip(found, exact, strict=True):
        assert_close(one, other)
    more = numbers((45, 10, 14), shared)
    with compiling_nothing():
        Program(REGRESSION, 2, more, bucketed=True).train(FULL)


def seen_variance(result: RunResult) -> np.ndarray:
    """Return the variance of what batch norm sees of the 41 training rows, by the final weights."""
    found: np.ndarray = (X[:41] @ result.weights["dense_0/kernel"]).var(axis=0)
    return found


def test_batch_norm_knows_of_a_last_batch_of_one_in_the_bucket(trained: list[RunResult]) -> None:
    # of 9 to 64 rows, 21, 41 and 61 leave a batch of one of 20
    assert Shapes.of(table((46, 11, 12)), bucketed=True).lone(SPEC)
    assert not Shapes.of(table((46, 11, 12))).lone(SPEC)
    whole = dataclasses.replace(SPEC, batch_size=70)
    assert not Shapes.of(table((46, 11, 12)), bucketed=True).lone(whole)
    runs = [run("batch_norm(momentum=0.5)", epochs=3)]
    with compiling_nothing():
        (lone,) = Program(SPEC, 2, table((41, 12, 12)), bucketed=True).train(runs)
    assert np.isfinite(lone.history).all()
    moving = [name for name in lone.weights if name.endswith("/variance")]
    assert moving
    for (
        name
    ) in moving:  # a batch of one has no variance: counted, it would halve what two full ones left
        assert (lone.weights[name] > 0.6 * seen_variance(lone)).all()
