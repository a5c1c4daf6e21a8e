"""Batches of a single example: refused where every batch is one, harmless where only the last of an epoch is."""

from __future__ import annotations

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pytest

import bridle
from bridle.data import from_arrays
from bridle.draws import Draws
from bridle.errors import UserError
from bridle.methods.catalogue import method, methods
from bridle.methods.hook_types import Context, Params, Slot
from bridle.study.request import Request, make_plan

RANDOM = np.random.default_rng(0)
BATCH_NORM = method("batch_norm")
SLOT = Slot("pre", 0, 3, "dense_0/pre")
H = {"momentum": jnp.asarray(0.9), "epsilon": jnp.asarray(1e-3)}


@pytest.mark.parametrize("asked", ["none,batch_norm", "batch_norm+dropout,l1", None])
def test_batch_norm_refuses_batches_of_one(asked: str | None) -> None:
    with pytest.raises(
        UserError, match="batch_norm needs batches of at least 2 examples"
    ) as refused:
        make_plan(bridle.data.load("moons"), Request(methods=asked, batch_size=1))
    # what it advises is accepted
    without = str(refused.value).split("methods='")[1].rstrip("'.")
    assert (
        make_plan(bridle.data.load("moons"), Request(methods=without, batch_size=1)).batch_size == 1
    )
    assert make_plan(bridle.data.load("moons"), Request(methods=asked, batch_size=32))
    assert make_plan(bridle.data.load("moons"), Request(methods=asked, batch_size=2))


def test_others_take_batches_of_one() -> None:
    for name, found in methods().items():
        over_examples = name in ("batch_norm", "ghost_batch_norm")
        assert found.least_batch == (2 if over_examples else 1)


def normalized(
    x: npt.NDArray[np.float32], weight: npt.NDArray[np.float32], lone: bool
) -> tuple[npt.NDArray[np.float32], Params]:
    model = BATCH_NORM.parameters([SLOT], {}, Draws(jnp.zeros(2, jnp.uint32)))
    at = "batch_norm/dense_0/pre"
    statistics = {f"{at}/mean": jnp.array([1.0, 2, 3]), f"{at}/variance": jnp.array([4.0, 1, 9])}
    ctx = Context(True, None, jnp.asarray(weight), statistics, lone=lone)
    return np.asarray(BATCH_NORM.hidden(SLOT, jnp.asarray(x), model.params, H, ctx)), ctx.statistics


def test_a_lone_example_is_seen_as_in_evaluation() -> None:
    x = RANDOM.normal(size=(4, 3)).astype(np.float32)
    weight = np.array([1.0, 0, 0, 0], np.float32)
    found, statistics = normalized(x, weight, lone=True)
    expected = (x[0] - np.array([1, 2, 3])) / np.sqrt(np.array([4, 1, 9]) + 1e-3)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    np.testing.assert_array_equal(statistics["batch_norm/dense_0/pre/mean"], [1, 2, 3])
    np.testing.assert_array_equal(statistics["batch_norm/dense_0/pre/variance"], [4, 1, 9])


def test_other_batches_are_normalized_as_ever() -> None:
    x = RANDOM.normal(size=(4, 3)).astype(np.float32)
    for weight in ([1.0, 1, 1, 1], [1.0, 1, 0, 0]):
        lone, usual = (normalized(x, np.array(weight, np.float32), lone) for lone in (True, False))
        np.testing.assert_array_equal(lone[0], usual[0])
        for name, value in lone[1].items():
            np.testing.assert_array_equal(value, usual[1][name])


@pytest.mark.long
def test_a_lone_example_does_not_spoil_the_moments(tmp_path: Path) -> None:
    # 33 training rows: batches of 8, and one of 1 at the end of each epoch; of 11 none
    X = RANDOM.normal(size=(55, 2))
    y = (X[:, 0] > 0).astype(int)
    assert from_arrays(X, y).sizes.train == 33
    scores = []
    for batch in (8, 11):
        study = bridle.compare(
            X,
            y,
            methods="batch_norm(momentum=0.5)",
            baseline=False,
            replicates=2,
            epochs=60,
            configurations=1,
            learning_rate=0.01,
            batch_size=batch,
            widths=8,
            out=tmp_path / str(batch),
        )
        scores.append(study.results()["train_score"].mean())
    assert min(scores) > 0.9
