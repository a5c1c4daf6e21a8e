"""Rows padded to a bucket: one compiled program for row counts that differ a little, and padding that nothing sees."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.data.dataset import Split
from bridle.draws import replicate_key
from bridle.engine.buckets import bucket
from bridle.engine.lanes import RUNNING, Counts, Lane, LaneRows, Population, real_first
from bridle.engine.step import Run, Step
from bridle.methods.catalogue import method
from bridle.networks.catalogue import network
from bridle.optimizers.sgd import SGD
from bridle.tasks import Regression

RNG = np.random.default_rng(9)
X = RNG.normal(size=(60, 3)).astype(np.float32)
Y = (X[:, :1] * X[:, 1:2] + 5).astype(np.float32)
TASK = Regression(("y",))
NETWORK = network("mlp", (3,), TASK, (4,), "tanh")
STEP = Step(NETWORK, (method("early_stopping"),), SGD(0.9), task=TASK)
EPOCHS = 4


class Trainer:
    """A population of two lanes, compiled for whatever comes."""

    def __init__(self, batch_size: int) -> None:
        population = Population(STEP, (3,), batch_size, shared=True)
        self.advance: Any = jax.jit(population.advance)

    def train(self, split: Split, bucketed: bool, padding: int | None = None) -> tuple[Any, Any]:
        """Return the lanes and records `[EPOCHS, 2, columns]` after all epochs."""
        one = LaneRows.of(split, bucketed)
        if padding is not None:
            train = one.train.copy()
            train[len(split.train) :] = padding
            one = one._replace(train=train)
        run = Run(
            key=jnp.stack([replicate_key(0, 0)] * 2),
            h={
                "early_stopping": {
                    "patience": jnp.full(2, 99, jnp.float32),
                    "min_delta": jnp.zeros(2, jnp.float32),
                }
            },
            learning_rate=jnp.full(2, 0.05, jnp.float32),
            epochs=jnp.full(2, EPOCHS, jnp.int32),
        )
        rows = jax.tree.map(lambda leaf: np.stack([leaf] * 2), one)
        none = jnp.zeros(2, jnp.int32)
        lanes = Lane(jax.vmap(STEP.init)(run), run, rows, none, none + RUNNING)
        counts = Counts.of(split) if bucketed else ()
        lanes, passed, records = self.advance(lanes, X, Y, np.int32(EPOCHS), counts)
        assert int(passed) == EPOCHS
        return lanes, np.asarray(records)[:EPOCHS]


def split_of(train: int, validation: int, weights: np.ndarray | None = None) -> Split:
    own, stopping, test = np.split(np.arange(60, dtype=np.int32), [train, train + validation])
    zeros, ones = np.zeros(3, np.float32), np.ones(3, np.float32)
    return Split(X, Y, own, stopping, test, zeros, ones, TASK.scaling(Y[:20]), weights)


@given(st.integers(1, 2**31 - 1))
def test_buckets_are_stated(count: int) -> None:
    size = bucket(count)
    most = 64 if count > 8 else 8
    assert count <= size <= (max(most, 2 * count - 1) if count <= 1024 else count * 17 // 16)
    assert bucket(size) == size
    if 8 < count <= 1024:
        assert size >= 64
        assert size.bit_count() == 1


def test_real_rows_come_first_in_their_order() -> None:
    order = RNG.permutation(24)
    found = np.asarray(real_first(jnp.asarray(order), jnp.int32(21)))
    np.testing.assert_array_equal(found[:21], order[order < 21])
    assert set(found[21:]) == {21, 22, 23}


@pytest.mark.parametrize("weights", [None, 1 + np.arange(60, dtype=np.float32) % 3])
def test_full_batches_train_as_without_padding(weights: np.ndarray | None) -> None:
    split, trainer = split_of(21, 18, weights), Trainer(batch_size=32)
    lanes, records = trainer.train(split, bucketed=True)
    wanted, expected = trainer.train(split, bucketed=False)
    np.testing.assert_allclose(records, expected, rtol=1e-4)
    for name, values in wanted.state.model.params.items():
        np.testing.assert_allclose(lanes.state.model.params[name], values, rtol=1e-4, atol=1e-6)


def test_counts_share_a_program_and_padding_is_not_seen() -> None:
    trainer = Trainer(batch_size=8)
    steps = {}
    for count in (21, 23, 24, 17):
        lanes, records = trainer.train(split_of(count, 10), bucketed=True)
        steps[count] = lanes.state.taken.tolist()
        other, same = trainer.train(split_of(count, 10), bucketed=True, padding=59)
        np.testing.assert_array_equal(records, same)
        for name, values in lanes.state.model.params.items():
            np.testing.assert_array_equal(other.state.model.params[name], values)
    assert trainer.advance._cache_size() == 1
    assert steps == {21: [12, 12], 23: [12, 12], 24: [12, 12], 17: [12, 12]}
    fewer, _ = Trainer(batch_size=8).train(split_of(16, 10), bucketed=True)
    assert fewer.state.taken.tolist() == [8, 8]
