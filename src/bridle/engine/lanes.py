"""Many runs side by side: an epoch of one lane, and what advances all lanes of a program together.

A lane holds one run with its own epoch counter and its own rows of the data, so a run that ends gives its lane to
the next in the queue without anybody else noticing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.draws import Draws
from bridle.engine.bite import share
from bridle.engine.spec import HISTORY
from bridle.engine.step import Run, State, Step, cross_entropy
from bridle.methods.base import Batch, Model, Params, Values, kernels

RUNNING, FINISHED, DIVERGED = 0, 1, 2

TICKS = 64
"""The most epochs that one call of `advance` can train."""

BLOCK = 125
"""The most examples that are evaluated at once."""


class Rows(NamedTuple):
    """Which examples a run uses, and how they are scaled: the network sees (inputs - shift) * scale."""

    train: Array
    probe: Array  # the training rows on which training metrics are measured
    validation: Array
    shift: Array
    scale: Array


class Lane(NamedTuple):
    """One run in training; in a population every leaf has a leading axis of lanes."""

    state: State
    run: Run
    rows: Rows
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

    def start(self, lanes: Lane, run: Run, rows: Rows, chosen: Array) -> Lane:
        """Put new runs into the lanes that are `chosen [L]`."""

        def one(lane: Lane, run: Run, rows: Rows, chosen: Array) -> Lane:
            fresh = Lane(self.step.init(run), run, rows, jnp.asarray(0), jnp.asarray(RUNNING))
            kept: Lane = jax.tree.map(lambda new, old: jnp.where(chosen, new, old), fresh, lane)
            return kept

        started: Lane = jax.vmap(one)(lanes, run, rows, chosen)
        return started

    def advance(
        self, lanes: Lane, inputs: Array, targets: Array, limit: Array
    ) -> tuple[Lane, Array, Array]:
        """Train all lanes for at most `limit` epochs, or until a running one ends.

        Targets are `[n]` for all lanes, or `[L, n]`.

        Lanes that are not running train too: what becomes of them is nobody's, and holding them still would cost
        a copy of everything in every epoch.

        Returns:
            The lanes, how many epochs passed, and their records `[TICKS, L, len(HISTORY)]`.
        """
        axis = None if self.shared else 0
        own = 0 if targets.ndim == 2 else None
        epochs = jax.vmap(self._epoch, in_axes=(0, axis, own))
        running = lanes.status == RUNNING

        def going(carry: tuple[Array, Lane, Array]) -> Array:
            tick, lanes, _ = carry
            return (tick < limit) & (~running | (lanes.status == RUNNING)).all()

        def tick(carry: tuple[Array, Lane, Array]) -> tuple[Array, Lane, Array]:
            tick, lanes, records = carry
            trained, record = epochs(lanes, inputs, targets)
            status = jnp.where(running, trained.status, lanes.status)
            return tick + 1, trained._replace(status=status), records.at[tick].set(record)

        records = jnp.zeros((TICKS, lanes.epoch.shape[0], len(HISTORY)))
        passed, lanes, records = jax.lax.while_loop(going, tick, (jnp.asarray(0), lanes, records))
        return lanes, passed, records

    def harvest(
        self, lanes: Lane, inputs: Array, targets: Array
    ) -> tuple[Model, Array, dict[str, Array]]:
        """Return what predicts, the epoch it comes from, and a summary of it, for every lane."""

        def one(lane: Lane, inputs: Array, targets: Array) -> tuple[Model, Array, dict[str, Array]]:
            model, epoch = self._predicting(lane.state, lane, inputs, targets), lane.epoch
            for method in self.step.methods:
                state, h = lane.state.methods[method.name], lane.run.h[method.name]
                model, epoch = method.final(model, state, epoch, h)
            return model, epoch, self._weights_summary(model, lane.run)

        axis = None if self.shared else 0
        own = 0 if targets.ndim == 2 else None
        return jax.vmap(one, in_axes=(0, axis, own))(lanes, inputs, targets)

    def bite(
        self, lanes: Lane, neutral: Mapping[str, Values], inputs: Array, targets: Array
    ) -> Array:
        """Return the methods' share `[L]` of the next step of every lane, on the first training rows."""

        def one(lane: Lane, neutral: Mapping[str, Values], inputs: Array, targets: Array) -> Array:
            examples = lane.rows.train.shape[0]
            steps = -(-examples // self.batch_size)
            first = lane.rows.train[: self.batch_size]
            x = self._examples(inputs, first, lane.rows)
            batch = Batch(x, self._targets(targets, first), jnp.ones(first.shape))
            return share(self.step, lane.state, lane.run, neutral, batch, steps)

        axis = None if self.shared else 0
        own = 0 if targets.ndim == 2 else None
        return jax.vmap(one, in_axes=(0, 0, axis, own))(lanes, neutral, inputs, targets)

    def predict(
        self, models: Model, run: Run, inputs: Array, positions: Array, rows: Rows
    ) -> Array:
        """Return logits `[L, n, K]` of the examples at `positions [L, n]`, in evaluation mode."""

        def one(model: Model, run: Run, inputs: Array, positions: Array, rows: Rows) -> Array:
            def logits(at: Array) -> Array:
                return self.step.predict(model, self._examples(inputs, at, rows), run)

            found: Array = in_blocks(logits, positions)
            return found

        axis = None if self.shared else 0
        return jax.vmap(one, in_axes=(0, 0, axis, 0, 0))(models, run, inputs, positions, rows)

    def _epoch(self, lane: Lane, inputs: Array, targets: Array) -> tuple[Lane, Array]:
        """Train one epoch, measure, and decide whether the run goes on."""
        run, rows = lane.run, lane.rows
        examples = rows.train.shape[0]
        steps = -(-examples // self.batch_size)
        order = Draws(run.key).at("order", lane.epoch).permutation(examples)
        order = jnp.pad(order, (0, steps * self.batch_size - examples))

        def train(i: Array, state: State) -> State:
            batch = self._batch(inputs, targets, rows, order, i)
            return self.step.train(state, run, batch, steps)

        state = jax.lax.fori_loop(0, steps, train, lane.state)
        epoch = lane.epoch + 1
        probe = rows.probe.shape[0]
        positions = jnp.concatenate([rows.probe, rows.validation])
        model = self._predicting(state, lane, inputs, targets)
        losses, rights = self._evaluate(model, run, rows, positions, inputs, targets)
        val_loss = losses[probe:].mean()
        weights = self._weights_summary(model, run)
        measured = {
            "train_loss": losses[:probe].mean(),
            "train_score": rights[:probe].mean(),
            "val_loss": val_loss,
            "val_score": rights[probe:].mean(),
            **weights,
        }

        states, ended = dict(state.methods), epoch >= run.epochs
        for method in self.step.methods:
            name = method.name
            states[name], stopped = method.stop(model, states[name], val_loss, epoch, run.h[name])
            ended = ended | stopped
        finite = jnp.isfinite(losses.sum() + weights["weight_norm"])
        status = jnp.where(finite, jnp.where(ended, FINISHED, RUNNING), DIVERGED)
        lane = Lane(state._replace(methods=states), run, rows, epoch, status)
        return lane, jnp.stack([measured[column] for column in HISTORY])

    def _predicting(self, state: State, lane: Lane, inputs: Array, targets: Array) -> Model:
        """Return what would predict now, its statistics recomputed where methods ask for it."""
        run, rows = lane.run, lane.rows
        examples = rows.train.shape[0]
        steps = -(-examples // self.batch_size)

        def recompute(params: Params) -> Params:
            if not state.model.statistics:
                return {}
            order = jnp.pad(jnp.arange(examples), (0, steps * self.batch_size - examples))

            def one(i: Array, old: Params) -> Params:
                batch = self._batch(inputs, targets, rows, order, i)
                seen = i * self.batch_size
                kept = seen / (seen + batch.weight.sum())  # a mean over examples in the end
                return self.step.statistics(params, old, run, batch, kept)

            found: Params = jax.lax.fori_loop(0, steps, one, state.model.statistics)
            return found

        return self.step.predicting(state, run, recompute)

    def _batch(self, inputs: Array, targets: Array, rows: Rows, order: Array, i: Array) -> Batch:
        """Return the `i`-th batch of the training rows in an `order` that is padded to whole batches."""
        at = i * self.batch_size
        positions = rows.train[jax.lax.dynamic_slice(order, (at,), (self.batch_size,))]
        weight = (at + jnp.arange(self.batch_size) < rows.train.shape[0]).astype(jnp.float32)
        x, y = self._examples(inputs, positions, rows), self._targets(targets, positions)
        return Batch(x, y, weight)

    def _examples(self, inputs: Array, positions: Array, rows: Rows) -> Array:
        x = (inputs[positions].astype(jnp.float32) - rows.shift) * rows.scale
        return x.reshape(-1, *self.shape)

    def _targets(self, targets: Array, positions: Array) -> Array:
        return jax.nn.one_hot(targets[positions], max(2, self.step.network.outputs))

    def _evaluate(
        self, model: Model, run: Run, rows: Rows, positions: Array, inputs: Array, targets: Array
    ) -> tuple[Array, Array]:
        """Return loss and correctness of each example at `positions [n]`."""

        def measure(at: Array) -> tuple[Array, Array]:
            logits = self.step.predict(model, self._examples(inputs, at, rows), run)
            loss = cross_entropy(logits, self._targets(targets, at))
            return loss, (logits.argmax(-1) == targets[at]).astype(jnp.float32)

        measured: tuple[Array, Array] = in_blocks(measure, positions)
        return measured

    def _weights_summary(self, model: Model, run: Run) -> dict[str, Array]:
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


def in_blocks(function: Callable[[Array], Any], positions: Array) -> Any:
    """Return `function` of `positions [n]`, computed for so many at a time as stay in cache; leaves `[n, ...]`."""
    count = positions.shape[0]
    block = min(BLOCK, count)
    blocks = -(-count // block)
    padded = jnp.pad(positions, (0, blocks * block - count)).reshape(blocks, block)
    parts = jax.lax.map(function, padded)
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[:count], parts)
