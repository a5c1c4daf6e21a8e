"""The arguments of a program's functions: runs as numbers, and their rows of one data set."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from bridle.data.dataset import Dataset, Split
from bridle.draws import replicate_key
from bridle.engine.buckets import table_to_bucket
from bridle.engine.compiled import Compiled
from bridle.engine.influence import neutral
from bridle.engine.lanes import Counts, LaneRows
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run


class Feed:
    """Turns runs into a program's arguments, each with a leading axis `[L]` of lanes.

    Args:
        compiled: the program's functions.
        dataset: what the runs train on.
        examples: number of training rows used, from the first; `None` uses all.
        bucketed: whether rows are padded to the sizes of their buckets.
    """

    def __init__(
        self, compiled: Compiled, dataset: Dataset, examples: int | None, bucketed: bool
    ) -> None:
        self._compiled, self._dataset, self._examples = compiled, dataset, examples
        self._bucketed = bucketed
        self._split = functools.lru_cache(maxsize=4 * compiled.width)(self._draw)
        self._constants = functools.lru_cache(maxsize=4 * compiled.width)(self._fit)

    def runs(self, runs: Sequence[RunSpec]) -> Run:
        """Return the runs as traced values."""
        encoded = [self._compiled.encode(run) for run in runs]
        return Run(
            key=stack([replicate_key(run.seed, run.replicate) for run in runs]),
            h=stack_trees(encoded),
            learning_rate=stack([np.float32(run.learning_rate) for run in runs]),
            epochs=stack([np.int32(run.epochs) for run in runs]),
        )

    def neutral(self, runs: Sequence[RunSpec | None]) -> tuple[Any, np.ndarray] | None:
        """Return the runs' hyperparameters at their neutral values, and which lanes `[L]` have any.

        Returns `None` if no lane has a run with a neutral strength.
        """
        without = [None if run is None else neutral(run) for run in runs]
        known = [run for run in without if run is not None]
        if not known:
            return None
        encoded = [self._compiled.encode(run or known[0]) for run in without]
        return stack_trees(encoded), np.array([run is not None for run in without])

    def rows(self, runs: Sequence[RunSpec]) -> LaneRows:
        """Return the runs' rows of the data `[L, n]`, with scaling and weights, each with a leading axis of lanes."""
        each = [
            LaneRows.of(self._split(*drawn), self._bucketed, self._constants(*drawn))
            for drawn in map(_drawn, runs)
        ]
        return LaneRows(*stack_trees(each))

    def counts(self, runs: Sequence[RunSpec]) -> Any:
        """Return how many of the rows are real, the same for all runs; empty if none are padded."""
        return Counts.of(self.splits(runs[:1])[0]) if self._bucketed else ()

    def examples(self, runs: Sequence[RunSpec], alike: bool) -> tuple[Any, Any]:
        """Return inputs and targets: one copy on the device where all lanes are `alike`, or one for each lane."""
        if alike:
            return _shared_examples(self._dataset, self._bucketed)
        padded = table_to_bucket if self._bucketed else lambda values: values
        splits = self.splits(runs)
        targets = stack([padded(split.targets) for split in splits])
        if self._dataset.shared:  # each lane has its own permutation of the labels
            return _shared_examples(self._dataset, self._bucketed)[0], targets
        return stack([padded(split.inputs) for split in splits]), targets

    def alike(self, runs: Sequence[RunSpec]) -> bool:
        """Say whether all runs read the same inputs and targets."""
        return self._dataset.shared and all(run.permutation is None for run in runs)

    def splits(self, runs: Sequence[RunSpec]) -> list[Split]:
        """Return the split of each run's replicate."""
        return [self._split(*_drawn(run)) for run in runs]

    def _draw(self, replicate: int, seed: int, permutation: int | None) -> Split:
        split = self._dataset.replicate(replicate, seed, permutation)
        return split if self._examples is None else split.shortened(self._examples)

    def _fit(self, replicate: int, seed: int, permutation: int | None) -> Any:
        """Return what the network fits on the training rows of a replicate; empty if nothing."""
        network = self._compiled.step.network
        if not network.constants():
            return ()
        split = self._split(replicate, seed, permutation)
        return network.fit(split.seen(split.train))


def _drawn(run: RunSpec) -> tuple[int, int, int | None]:
    """Return what decides the rows of a run."""
    return run.replicate, run.seed, run.permutation


@functools.lru_cache(maxsize=2)
def _shared_examples(dataset: Dataset, bucketed: bool) -> tuple[Array, Array]:
    """Copy a data set that all replicates share to the device, once for all programs of this process."""
    split = dataset.replicate(0, 0)
    padded = table_to_bucket if bucketed else lambda values: values
    return jnp.asarray(padded(split.inputs)), jnp.asarray(padded(split.targets))


def stack(arrays: Sequence[Any]) -> Any:
    """Stack `arrays`, one for each lane, on a leading axis of lanes."""
    return np.stack(arrays)


def stack_trees(trees: Sequence[Any]) -> Any:
    """Stack every leaf of trees of the same structure."""
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)
