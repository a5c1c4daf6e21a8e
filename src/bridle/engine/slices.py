"""A population that trains some epochs at a time, and may be looked at in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from bridle.data.dataset import Dataset, Integers
from bridle.engine.compiled import Shapes, compiled
from bridle.engine.feed import Feed
from bridle.engine.lanes import RUNNING, TICKS
from bridle.engine.settings import own_settings
from bridle.engine.spec import ProgramSpec, RunSpec


class Slices:
    """Trains runs of one program side by side in this process, each in a lane of its own.

    Each run has the weights, to the bit, of a bucketed program of the same width, however its epochs are sliced.

    Args:
        spec: what is compiled.
        dataset: what the runs train on.
        runs: what is trained, as many as lanes.

    Attributes:
        running: which runs `[L]` go on.
        epochs: epochs `[L]` trained.
    """

    def __init__(self, spec: ProgramSpec, dataset: Dataset, runs: Sequence[RunSpec]) -> None:
        self._dataset, self._runs = dataset, runs
        self._compiled = compiled(spec, Shapes.of(dataset, bucketed=True), len(runs))
        feed = Feed(self._compiled, dataset, spec.examples, bucketed=True)
        with own_settings():
            self._run, self._rows = feed.runs(runs), feed.rows(runs)
            self._counts = feed.counts(runs)
            self._data = feed.examples(runs, feed.alike(runs))
            self._scaling = feed.splits(runs[:1])[0].target_scaling
            empty = self._compiled.empty(self._run, self._rows)
            everywhere = np.ones(len(runs), bool)
            self._lanes = self._compiled.call("start", empty, self._run, self._rows, everywhere)
            self.running = everywhere
            self.epochs = np.zeros(len(runs), int)
            self._models = self._harvested()

    def advance(self, epochs: int) -> None:
        """Train every run that goes on for so many epochs, or until it ends."""
        with own_settings():
            while epochs > 0 and self.running.any():
                before = self.running
                self._lanes, passed, _ = self._compiled.call(
                    "advance", self._lanes, *self._data, np.int32(min(epochs, TICKS)), self._counts
                )
                epochs -= int(passed)
                self.epochs = self.epochs + int(passed) * before
                self.running = before & (np.asarray(self._lanes.status) == RUNNING)
                if (before & ~self.running).any() or epochs <= 0:
                    # a run that has ended trains on in its lane, which is none of its own any more
                    self._models = jax.tree.map(
                        lambda new, old, own=before: np.where(_along(own, new), new, old),
                        self._harvested(),
                        self._models,
                    )

    def predict(self, positions: Integers) -> np.ndarray:
        """Return what every run would predict now of the examples at `positions [n]`: [L, n, K], as in `RunResult`."""
        with own_settings():
            each = np.broadcast_to(positions, (len(self._runs), len(positions)))
            found = self._compiled.call(
                "predict", self._models, self._run, self._data[0], each, self._rows
            )
        return np.stack(
            [self._dataset.task.decode(one, self._scaling) for one in np.asarray(found)]
        )

    @property
    def kernels(self) -> np.ndarray:
        """The weights `[L, count]` that would predict now, without biases."""
        own = [value for name, value in self._models.params.items() if name.endswith("/kernel")]
        return np.concatenate([value.reshape(len(value), -1) for value in own], axis=1)

    def _harvested(self) -> Any:
        models, _, _ = self._compiled.call("harvest", self._lanes, *self._data, self._counts)
        return jax.device_get(models)


def _along(chosen: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return `chosen [L]` with as many axes as values `[L, ...]`."""
    return chosen.reshape(-1, *(1,) * (values.ndim - 1))
