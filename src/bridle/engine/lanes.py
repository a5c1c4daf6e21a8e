"""Many runs side by side: an epoch of one lane, and functions that advance all lanes of a program together.

A lane holds one run with its own epoch counter and its own rows of the data. When a run ends, its lane goes to
the next run in the queue, and the other lanes are not affected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from bridle.data.dataset import Split
from bridle.draws import Draws
from bridle.engine.buckets import table_to_bucket, to_bucket
from bridle.engine.influence import share
from bridle.engine.spec import HISTORY
from bridle.engine.step import Run, State, Step
from bridle.methods.hook_types import Batch, Params, Values, Variables, kernels

RUNNING, FINISHED, DIVERGED = 0, 1, 2

TICKS = 64
"""Maximum number of epochs in one call of `advance`."""

BLOCK = 125
"""Maximum number of examples that are evaluated at once."""


class Counts(NamedTuple):
    """Number of real rows in each part; the rows after them are padding."""

    train: Any
    probe: Any
    validation: Any

    @classmethod
    def of(cls, split: Split) -> Counts:
        """Return the counts of a split whose rows will be padded."""
        validation = len(split.validation)
        counts = (len(split.train), min(len(split.train), validation), validation)
        return cls(*map(np.int32, counts))


class LaneRows(NamedTuple):
    """Which examples a run uses, and how they are scaled: the network sees (inputs - shift) * scale."""

    train: Any
    probe: Any  # the training rows on which training metrics are measured
    validation: Any
    shift: Any
    scale: Any
    targets: Any = ()  # how targets are scaled; empty for classes
    weights: Any = ()  # of all examples, [n]; empty if all count alike
    constants: Any = ()  # what the network fitted on the training rows, by name; empty if nothing

    @classmethod
    def of(cls, split: Split, bucketed: bool = False, constants: Any = ()) -> LaneRows:
        """Return the rows of a split, for one lane; `bucketed` ones are padded to the sizes of their buckets."""
        filled = to_bucket if bucketed else lambda rows: rows
        weights = split.weights
        if weights is not None and bucketed:
            weights = table_to_bucket(weights)
        return cls(
            train=filled(split.train),
            probe=filled(split.train[: len(split.validation)]),
            validation=filled(split.validation),
            shift=split.shift,
            scale=split.scale,
            targets=() if split.target_scaling is None else split.target_scaling,
            weights=() if weights is None else weights,
            constants=constants,
        )


class Lane(NamedTuple):
    """One run in training; in a population every leaf has a leading axis of lanes."""

    state: State
    run: Run
    rows: LaneRows
    epoch: Array  # epochs trained
    status: Array


@dataclass(frozen=True)
class Population:
    """The functions of one program, written for one lane and mapped over all.

    Attributes:
        step: the training step.
        shape: the shape of one example.
        batch_size: examples of one step.
        shared: whether all lanes read the same `inputs [n, d]`, or each has its own `[L, n, d]`.
    """

    step: Step
    shape: tuple[int, ...]
    batch_size: int
    shared: bool

    def start(self, lanes: Lane, run: Run, rows: LaneRows, chosen: Array) -> Lane:
        """Put new runs into the lanes that are `chosen [L]`."""

        def one(lane: Lane, run: Run, rows: LaneRows, chosen: Array) -> Lane:
            state = self.step.init(run, rows.constants)
            fresh = Lane(state, run, rows, jnp.asarray(0), jnp.asarray(RUNNING))
            kept: Lane = jax.tree.map(lambda new, old: jnp.where(chosen, new, old), fresh, lane)
            return kept

        started: Lane = jax.vmap(one)(lanes, run, rows, chosen)
        return started

    def advance(
        self, lanes: Lane, inputs: Array, targets: Array, limit: Array, counts: Any = ()
    ) -> tuple[Lane, Array, Array]:
        """Train all lanes for at most `limit` epochs, or until a running one ends.

        Targets are `[n, *target_shape]` for all lanes, or `[L, n, *target_shape]`. Where rows are padded, `counts` says
        how many of them are real, the same for all lanes.

        Lanes that are not running train too. Their results are discarded; keeping them unchanged would cost
        a copy of everything in every epoch.

        Returns:
            The lanes, how many epochs passed, and their records `[TICKS, L, len(HISTORY)]`.
        """
        axis, own = self._axes(targets)
        epochs = jax.vmap(self._epoch, in_axes=(0, axis, own, None))
        running = lanes.status == RUNNING

        def going(carry: tuple[Array, Lane, Array]) -> Array:
            tick, lanes, _ = carry
            return (tick < limit) & (~running | (lanes.status == RUNNING)).all()

        def tick(carry: tuple[Array, Lane, Array]) -> tuple[Array, Lane, Array]:
            tick, lanes, records = carry
            trained, record = epochs(lanes, inputs, targets, counts)
            status = jnp.where(running, trained.status, lanes.status)
            return tick + 1, trained._replace(status=status), records.at[tick].set(record)

        records = jnp.zeros((TICKS, lanes.epoch.shape[0], len(HISTORY)))
        passed, lanes, records = jax.lax.while_loop(going, tick, (jnp.asarray(0), lanes, records))
        return lanes, passed, records

    def harvest(
        self, lanes: Lane, inputs: Array, targets: Array, counts: Any = ()
    ) -> tuple[Variables, Array, dict[str, Array]]:
        """Return for every lane the model that predicts, the epoch it comes from, and a summary of it."""

        def one(
            lane: Lane, inputs: Array, targets: Array
        ) -> tuple[Variables, Array, dict[str, Array]]:
            model = self._predicting(lane.state, lane, inputs, targets, counts)
            epoch, run = lane.epoch, self.step.at(1.0, lane.run)
            for method in self.step.methods:
                state, h = lane.state.methods[method.name], run.h[method.name]
                model, epoch = method.final(model, state, epoch, h)
            return model, epoch, self._weights_summary(model, lane.run)

        axis, own = self._axes(targets)
        return jax.vmap(one, in_axes=(0, axis, own))(lanes, inputs, targets)

    def influence(
        self,
        lanes: Lane,
        neutral: Mapping[str, Values],
        inputs: Array,
        targets: Array,
        counts: Any = (),
    ) -> Array:
        """Return the methods' share `[L]` of the next step of every lane, on the first training rows."""

        def one(lane: Lane, neutral: Mapping[str, Values], inputs: Array, targets: Array) -> Array:
            examples = counts.train if counts else lane.rows.train.shape[0]
            steps = -(-examples // self.batch_size)
            first = lane.rows.train[: self.batch_size]
            real = jnp.ones(first.shape)
            if counts:
                real = (jnp.arange(len(first)) < counts.train).astype(jnp.float32)
            batch = self._drawn(inputs, targets, lane.rows, first, real)
            return share(self.step, lane.state, lane.run, neutral, batch, steps)

        axis, own = self._axes(targets)
        return jax.vmap(one, in_axes=(0, 0, axis, own))(lanes, neutral, inputs, targets)

    def predict(
        self, models: Variables, run: Run, inputs: Array, positions: Array, rows: LaneRows
    ) -> Array:
        """Return outputs `[L, n, K]` of the examples at `positions [L, n]`, in evaluation mode."""

        def one(
            model: Variables, run: Run, inputs: Array, positions: Array, rows: LaneRows
        ) -> Array:
            def logits(at: Array) -> Array:
                return self.step.predict(model, self._examples(inputs, at, rows), run)

            found: Array = in_blocks(logits, positions)
            return found

        axis = None if self.shared else 0
        return jax.vmap(one, in_axes=(0, 0, axis, 0, 0))(models, run, inputs, positions, rows)

    def _axes(self, targets: Array) -> tuple[int | None, int | None]:
        """Return the axis of lanes in inputs and targets; `None` if all lanes read the same."""
        each = targets.ndim > 1 + len(self.step.task.target_shape)
        return None if self.shared else 0, 0 if each else None

    def _epoch(self, lane: Lane, inputs: Array, targets: Array, counts: Any) -> tuple[Lane, Array]:
        """Train one epoch, measure, and decide whether the run goes on."""
        run, rows = lane.run, lane.rows
        size = rows.train.shape[0]
        examples = counts.train if counts else size
        steps = -(-examples // self.batch_size)
        order = Draws(run.key).at("order", lane.epoch).permutation(size)
        if counts:
            order = real_first(order, examples)
        order = jnp.pad(order, (0, -size % self.batch_size))

        def train(i: Array, state: State) -> State:
            batch = self._batch(inputs, targets, rows, order, i, examples)
            return self.step.train(state, run, batch, steps)

        state = jax.lax.fori_loop(0, steps, train, lane.state)
        epoch = lane.epoch + 1
        probe = rows.probe.shape[0]
        positions = jnp.concatenate([rows.probe, rows.validation])
        model = self._predicting(state, lane, inputs, targets, counts)
        losses, parts = self._evaluate(model, run, rows, positions, inputs, targets)
        score = self.step.task.score
        first, rest = slice(None, probe), slice(probe, None)
        weights = self._weights(rows, positions, probe, counts)
        val_loss = mean(losses, rest, weights)
        summary = self._weights_summary(model, run)
        measured = {
            "train_loss": mean(losses, first, weights),
            "train_score": score(mean(parts, first, weights)),
            "val_loss": val_loss,
            "val_score": score(mean(parts, rest, weights)),
            **summary,
        }

        states, ended = dict(state.methods), epoch >= run.epochs
        for method in self.step.methods:
            name = method.name
            states[name], stopped = method.stop(model, states[name], val_loss, epoch, run.h[name])
            ended = ended | stopped
        if weights is not None:
            losses = jnp.where(weights > 0, losses, 0.0)
        finite = jnp.isfinite(losses.sum() + summary["weight_norm"])
        status = jnp.where(finite, jnp.where(ended, FINISHED, RUNNING), DIVERGED)
        lane = Lane(state._replace(methods=states), run, rows, epoch, status)
        return lane, jnp.stack([measured[column] for column in HISTORY])

    def _predicting(
        self, state: State, lane: Lane, inputs: Array, targets: Array, counts: Any
    ) -> Variables:
        """Return the model that would predict now, with statistics recomputed where methods ask for it."""
        run, rows = lane.run, lane.rows
        size = rows.train.shape[0]
        examples = counts.train if counts else size
        steps = -(-examples // self.batch_size)

        def recompute(params: Params) -> Params:
            if state.model.statistics.keys() == self.step.network.constants().keys():
                return state.model.statistics
            order = jnp.pad(jnp.arange(size), (0, -size % self.batch_size))

            def one(i: Array, old: Params) -> Params:
                batch = self._batch(inputs, targets, rows, order, i, examples)
                seen = i * self.batch_size
                kept = seen / (seen + batch.weight.sum())  # a mean over examples in the end
                return self.step.statistics(params, old, run, batch, kept)

            found: Params = jax.lax.fori_loop(0, steps, one, state.model.statistics)
            return found

        return self.step.predicting(state, run, recompute)

    def _batch(
        self, inputs: Array, targets: Array, rows: LaneRows, order: Array, i: Array, examples: Any
    ) -> Batch:
        """Return the `i`-th batch of the training rows in an `order` that is padded to whole batches."""
        at = i * self.batch_size
        positions = rows.train[jax.lax.dynamic_slice(order, (at,), (self.batch_size,))]
        weight = (at + jnp.arange(self.batch_size) < examples).astype(jnp.float32)
        return self._drawn(inputs, targets, rows, positions, weight)

    def _drawn(
        self, inputs: Array, targets: Array, rows: LaneRows, positions: Array, weight: Array
    ) -> Batch:
        """Return the examples at `positions [B]` as a batch."""
        x, y = self._examples(inputs, positions, rows), self._targets(targets, positions, rows)
        importance = None if isinstance(rows.weights, tuple) else rows.weights[positions]
        return Batch(x, y, weight, importance)

    def _examples(self, inputs: Array, positions: Array, rows: LaneRows) -> Array:
        x: Array = (inputs[positions].astype(jnp.float32) - rows.shift) * rows.scale
        return x.reshape(-1, *self.shape)

    def _targets(self, targets: Array, positions: Array, rows: LaneRows) -> Array:
        return self.step.task.encode(targets[positions], rows.targets)

    def _evaluate(
        self,
        model: Variables,
        run: Run,
        rows: LaneRows,
        positions: Array,
        inputs: Array,
        targets: Array,
    ) -> tuple[Array, Array]:
        """Return loss and part of the score of each example at `positions [n]`."""
        task = self.step.task

        def measure(at: Array) -> tuple[Array, Array]:
            outputs = self.step.predict(model, self._examples(inputs, at, rows), run)
            loss = task.loss(outputs, self._targets(targets, at, rows))
            return loss, task.score_parts(outputs, targets[at], rows.targets)

        measured: tuple[Array, Array] = in_blocks(measure, positions)
        return measured

    def _weights(self, rows: LaneRows, positions: Array, probe: int, counts: Any) -> Array | None:
        """Return the weights of the examples at `positions [n]`, 0 for padding; `None` if all count alike."""
        weights = None if isinstance(rows.weights, tuple) else rows.weights[positions]
        if not counts:
            return weights
        place = jnp.arange(len(positions))
        real = jnp.where(place < probe, place < counts.probe, place - probe < counts.validation)
        return jnp.where(real, 1.0 if weights is None else weights, 0.0)

    def _weights_summary(self, model: Variables, run: Run) -> dict[str, Array]:
        """Return penalty, norm and share of zeros of the kernels; of several models their means."""
        if self.step.several(model):
            each = jax.vmap(self._weights_summary, in_axes=(0, None))(model, run)
            return {name: values.mean() for name, values in each.items()}
        weights = list(kernels(model.params).values())
        count = sum(weight.size for weight in weights)
        squares = sum(jnp.square(weight).sum() for weight in weights)
        # counted in float32, exact to 2^24 a kernel: sums of integers are slow on a CPU
        zeros: Any = sum((weight == 0.0).astype(jnp.float32).sum() for weight in weights)
        return {
            "penalty": self.step.penalty(model.params, run),
            "weight_norm": jnp.sqrt(squares),
            "exact_zeros": zeros / count,
        }


def mean(values: Array, part: slice, weights: Array | None) -> Array:
    """Return the weighted mean of a `part` of `values [n, ...]`; values of weight 0 are ignored, also NaN."""
    if weights is None:
        return values[part].mean(0)
    own = weights[part]
    there = jnp.where((own > 0).reshape(-1, *(1,) * (values.ndim - 1)), values[part], 0.0)
    return jnp.tensordot(own, there, 1) / own.sum()


def real_first(order: Array, count: Array) -> Array:
    """Move the rows below `count` of an order `[n]` before all padding, without changing their order."""
    return order[jnp.argsort(order >= count, stable=True)]


def in_blocks(function: Callable[[Array], Any], positions: Array) -> Any:
    """Return `function` of `positions [n]`, computed in parts that stay in cache; leaves `[n, ...]`."""
    count = positions.shape[0]
    block = min(BLOCK, count)
    blocks = -(-count // block)
    padded = jnp.pad(positions, (0, blocks * block - count)).reshape(blocks, block)
    parts = jax.lax.map(function, padded)
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[:count], parts)
