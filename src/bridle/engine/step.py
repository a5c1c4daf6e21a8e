"""The training step of one run: where every method takes hold. No lanes, no populations, no loops here.

    batch → weights → hidden → objective → gradient → schedule → optimizer → update → average

`engine/lanes.py` repeats this step over epochs and `vmap`s it over the lanes of a population.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.draws import Draws
from bridle.engine.optimizers import Optimizer
from bridle.methods.base import (
    Batch,
    Context,
    Gradient,
    Loss,
    Method,
    Model,
    Params,
    Rate,
    Values,
)
from bridle.networks.base import Network
from bridle.tasks import Task


class Run(NamedTuple):
    """What tells one run from another, as traced values."""

    key: Array  # the replicate's two key words
    h: Mapping[str, Values]  # hyperparameters by method, by name
    learning_rate: Array
    epochs: Array


class State(NamedTuple):
    """What a step changes."""

    model: Model
    optimizer: Any
    methods: dict[str, Any]  # state by method name
    taken: Array  # steps so far


@dataclasses.dataclass(frozen=True)
class Step:
    """One network, an optimizer and the methods that act, in alphabetical order.

    Wrappers nest in this order too: the first method's objective is innermost.

    Attributes:
        network: what is trained.
        methods: what acts on it.
        optimizer: what moves it.
        lone: whether the last batch of an epoch holds a single example.
        task: what is learned.
    """

    network: Network
    methods: tuple[Method, ...]
    optimizer: Optimizer
    lone: bool = False
    task: Task = dataclasses.field(kw_only=True)

    def init(self, run: Run) -> State:
        """Draw the network's parameters, by name, and let the methods add theirs."""
        draws = Draws(run.key).at("init")
        params: Params = self.network.init(draws)
        statistics: Params = {}
        for method in self.methods:
            own = method.parameters(self.network.slots(), draws.at(method.name))
            params, statistics = {**params, **own.params}, {**statistics, **own.statistics}
        model = Model(params, statistics)
        states = {method.name: method.init(model, run.h[method.name]) for method in self.methods}
        return State(model, self.optimizer.init(params), states, jnp.asarray(0))

    def train(self, state: State, run: Run, batch: Batch, steps: int) -> State:
        """Take one step on a batch; `steps` of them make an epoch."""
        params = state.model.params
        grads, statistics = self.grads(state, run, batch)
        count = state.taken + 1
        learning_rate = self.learning_rate(state, run, steps)
        new, optimizer, rate = self.optimizer.step(
            params, grads, state.optimizer, learning_rate, count
        )
        new, states = self.finish(new, rate, state, run)
        return State(Model(new, statistics), optimizer, states, count)

    def grads(self, state: State, run: Run, batch: Batch) -> tuple[Params, Params]:
        """Return the gradients on a batch that methods may change, and the statistics after it."""
        params, statistics = state.model
        draws = Draws(run.key).at("step", state.taken)
        ctx = Context(True, draws, batch.weight, statistics, lone=self.lone)
        for method in self.methods:
            batch = method.batch(batch, run.h[method.name], ctx)

        ctx = dataclasses.replace(ctx, weight=batch.weight)
        return self.gradient(run)(params, batch, ctx)

    def learning_rate(self, state: State, run: Run, steps: int) -> Array:
        """Return this step's learning rate, scheduled by the methods."""
        learning_rate = run.learning_rate
        progress = state.taken / (steps * run.epochs)
        for method in self.methods:
            learning_rate *= method.schedule(progress, run.h[method.name])
        return learning_rate

    def finish(
        self, new: Params, rate: Rate, state: State, run: Run
    ) -> tuple[Params, dict[str, Any]]:
        """Let the methods change what the optimizer made of the parameters; return their states too."""
        for method in sorted(self.methods, key=lambda method: method.stage):
            new = method.update(new, state.model.params, rate, run.h[method.name])

        states = dict(state.methods)
        for method in self.methods:
            name = method.name
            new, states[name] = method.average(new, states[name], run.h[name])
        return new, states

    def gradient(self, run: Run) -> Gradient:
        """Return the function (parameters, batch, ctx) → (gradients, statistics), wrapped by all methods."""

        def data_loss(params: Params, batch: Batch, ctx: Context) -> Array:
            losses = self.task.loss(self.logits(params, batch.x, run, ctx), batch.y)
            if batch.importance is not None:
                losses = losses * batch.importance
            return weighted_mean(losses, batch.weight)

        objective: Loss = data_loss
        for method in self.methods:
            objective = method.objective(objective, run.h[method.name])

        def gradient(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Params]:
            def total(params: Params) -> tuple[Array, Params]:
                inner = dataclasses.replace(ctx, statistics=dict(ctx.statistics), terms={})
                loss = objective(params, batch, inner)
                return sum(inner.terms.values(), start=loss), inner.statistics

            grads, statistics = jax.grad(total, has_aux=True)(params)
            return grads, statistics

        wrapped: Gradient = gradient
        for method in self.methods:
            wrapped = method.gradient(wrapped, run.h[method.name])
        return wrapped

    def logits(self, params: Params, x: Array, run: Run, ctx: Context) -> Array:
        """Return logits `[B, K]` of a forward pass with every method's hooks."""
        for method in self.methods:
            params = method.weights(params, run.h[method.name], ctx)

        def at(slot: Any, x: Array) -> Array:
            for method in self.methods:
                x = method.hidden(slot, x, params, run.h[method.name], ctx)
            return x

        return self.network.apply(params, x, at)

    def predict(self, model: Model, x: Array, run: Run) -> Array:
        """Return logits `[B, K]` in evaluation mode."""
        ctx = Context(
            train=False, draws=None, weight=jnp.ones(x.shape[0]), statistics=model.statistics
        )
        return self.logits(model.params, x, run, ctx)

    def penalty(self, params: Params, run: Run) -> Array:
        """Return the sum of the methods' penalties on the weights."""
        total = jnp.zeros(())
        for method in self.methods:
            total += method.penalty(params, run.h[method.name])
        return total


def weighted_mean(values: Array, weight: Array) -> Array:
    """Return the mean of `values [B]` over examples of weight `[B]`."""
    return (values * weight).sum() / weight.sum()
