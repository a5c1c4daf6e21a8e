"""The training step of one run, in which every method acts. It knows no lanes, populations or loops.

    batch → weights → hidden, merge → objective → gradient → schedule → optimizer → update → average

Every hook is called from the innermost method to the outermost (`methods/base.py`: `Order`). `engine/lanes.py` repeats
this step over epochs and `vmap`s it over the lanes of a population.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.draws import Draws
from bridle.methods.base import Method
from bridle.methods.composition import innermost_first
from bridle.methods.hook_types import (
    Batch,
    Context,
    Forward,
    Gradient,
    Loss,
    Params,
    Rate,
    Recompute,
    Slot,
    Values,
    Variables,
)
from bridle.methods.schedules.base import Schedule
from bridle.methods.schedules.rates import Constant
from bridle.networks.base import Network
from bridle.optimizers.base import Optimizer
from bridle.tasks import Task


class Run(NamedTuple):
    """The traced values of one run."""

    key: Array  # the replicate's two key words
    h: Mapping[str, Values]  # hyperparameters by method, by name
    learning_rate: Array
    epochs: Array


class State(NamedTuple):
    """What a step changes."""

    model: Variables
    optimizer: Any
    methods: dict[str, Any]  # state by method name
    taken: Array  # steps so far


@dataclasses.dataclass(frozen=True)
class Step:
    """One network with an optimizer and methods.

    Attributes:
        network: what is trained.
        methods: sorted from the innermost to the outermost, whatever the order given.
        optimizer: changes the parameters.
        lone: whether the last batch of an epoch holds a single example.
        task: what is learned.
        schedule: the plan's, of the learning rate; methods may add theirs.
    """

    network: Network
    methods: tuple[Method, ...]
    optimizer: Optimizer
    lone: bool = False
    task: Task = dataclasses.field(kw_only=True)
    schedule: Schedule = dataclasses.field(default_factory=Constant)

    def __post_init__(self) -> None:
        object.__setattr__(self, "methods", innermost_first(self.methods))

    def init(self, run: Run, constants: Any = ()) -> State:
        """Draw the network's parameters, by name, and let the methods add theirs.

        Args:
            run: the run.
            constants: what the network fitted on the training rows, by name; they are kept among the statistics.
        """
        draws = Draws(run.key).at("init")
        params: Params = self.network.init(draws)
        statistics: Params = dict(constants)
        slots, first = self.network.slots(), dict(params)
        for method in self.methods:
            own = method.parameters(slots, first, draws.at(method.stream))
            params, statistics = {**params, **own.params}, {**statistics, **own.statistics}
        model = Variables(params, statistics)
        states = {method.name: method.init(model, run.h[method.name]) for method in self.methods}
        return State(model, self.optimizer.init(params), states, jnp.asarray(0))

    def train(self, state: State, run: Run, batch: Batch, steps: int) -> State:
        """Take one step on a batch; an epoch has `steps` of them."""
        run, params = self.at(progress(state, run, steps), run), state.model.params
        grads, statistics = self.grads(state, run, batch)
        count = state.taken + 1
        learning_rate = self.learning_rate(state, run, steps)
        new, optimizer, rate = self.optimizer.step(
            params, grads, state.optimizer, learning_rate, count
        )
        model, states = self.finish(Variables(new, statistics), rate, state, run, steps)
        return State(model, optimizer, states, count)

    def at(self, done: Any, run: Run) -> Run:
        """Return a run with its strengths at a progress; outside of a step that is 1, the end of training."""
        return run._replace(h={m.name: m.at(done, run.h[m.name]) for m in self.methods})

    def grads(self, state: State, run: Run, batch: Batch) -> tuple[Params, Params]:
        """Return the gradients on a batch that methods may change, and the statistics after it."""
        params, statistics = state.model
        draws = Draws(run.key).at("step", state.taken)
        ctx = self._context(batch.weight, statistics, train=True, draws=draws, taken=state.taken)
        for method in self.methods:
            batch = method.batch(batch, run.h[method.name], ctx)

        ctx = dataclasses.replace(ctx, weight=batch.weight)
        return self.gradient(run)(params, batch, ctx)

    def learning_rate(self, state: State, run: Run, steps: int) -> Array:
        """Return this step's learning rate, scheduled by the plan and by the methods."""
        done = progress(state, run, steps)
        learning_rate = self.schedule.rate(run.learning_rate, done)
        for method in self.methods:
            learning_rate *= method.schedule(done, run.h[method.name])
        return learning_rate

    def finish(
        self, moved: Variables, rate: Rate, state: State, run: Run, steps: int
    ) -> tuple[Variables, dict[str, Any]]:
        """Let the methods change the parameters after the optimizer; return their states too."""
        new, statistics = moved
        for method in self.methods:
            new = method.update(new, state.model.params, rate, run.h[method.name])

        model, states = Variables(new, statistics), dict(state.methods)
        done = progress(state, run, steps)
        for method in self.methods:
            name = method.name
            model, states[name] = method.average(model, states[name], done, run.h[name])
        return model, states

    def predicting(self, state: State, run: Run, recompute: Recompute) -> Variables:
        """Return the model that would predict now; `recompute` computes statistics for other parameters."""
        run, model = self.at(1.0, run), state.model
        for method in self.methods:
            name = method.name
            model = method.predicting(model, state.methods[name], recompute, run.h[name])
        return model

    def gradient(self, run: Run) -> Gradient:
        """Return the function (parameters, batch, ctx) → (gradients, statistics), wrapped by all methods."""

        def data_loss(params: Params, batch: Batch, ctx: Context) -> Forward:
            outputs = self.logits(params, batch.x, run, ctx)
            losses = self.task.loss(outputs, batch.y)
            if batch.further:
                losses *= 1.0 - sum(share for _, share in batch.further)
                losses += sum(share * self.task.loss(outputs, y) for y, share in batch.further)
            return Forward(losses, outputs)

        objective: Loss = data_loss
        for method in self.methods:
            objective = method.objective(objective, run.h[method.name])

        def gradient(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Params]:
            def total(params: Params) -> tuple[Array, Params]:
                inner = dataclasses.replace(ctx, statistics=dict(ctx.statistics), terms={})
                losses = objective(params, batch, inner).losses
                if batch.importance is not None:
                    losses = losses * batch.importance
                loss = weighted_mean(losses, batch.weight)
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

        def at(slot: Slot, x: Array, *branches: Array) -> Array:
            if slot.kind == "merge":
                parts = (x, *branches)
                for method in self.methods:
                    parts = method.merge(slot, parts, params, run.h[method.name], ctx)
                return sum(parts[1:], start=parts[0])
            for method in self.methods:
                x = method.hidden(slot, x, params, run.h[method.name], ctx)
            return x

        constants = {name: ctx.statistics[name] for name in self.network.constants()}
        return self.network.apply(params | constants, x, at)

    def predict(self, model: Variables, x: Array, run: Run) -> Array:
        """Return logits `[B, K]` in evaluation mode; of several models or members those of their mean probabilities."""
        run = self.at(1.0, run)

        def outputs(model: Variables, methods: tuple[Method, ...]) -> Array:
            if self.several(model):
                return self._mean(jax.lax.map(lambda one: outputs(one, methods), model))
            if not methods:
                ctx = self._context(jnp.ones(x.shape[0]), model.statistics)
                return self.logits(model.params, x, run, ctx)
            first, *rest = methods
            own = first.members(model, run.h[first.name])
            if not jax.tree.leaves(own):
                return outputs(model, tuple(rest))

            def member(own: Variables) -> Array:
                params = model.params | own.params
                return outputs(Variables(params, model.statistics | own.statistics), tuple(rest))

            return self._mean(jax.lax.map(member, own))

        return outputs(model, self.methods)

    def _mean(self, each: Array) -> Array:
        """Return outputs `[B, K]` with the mean answer of `[M, B, K]`; where all are equal, those to the bit."""
        first = jax.lax.index_in_dim(each, 0, keepdims=False)
        apart = jnp.abs(each - first).max((0, -1))
        return jnp.where((apart == 0.0)[:, None], first, self.task.combine(each))

    def several(self, model: Variables) -> bool:
        """Say whether a model's arrays have a leading axis of models."""
        name, shape = next(iter(self.network.shapes().items()))
        return model.params[name].ndim > len(shape)

    def statistics(
        self, params: Params, old: Params, run: Run, batch: Batch, kept: Array
    ) -> Params:
        """Return the statistics after a pass in training mode that draws nothing and keeps a share of the old ones."""
        run = self.at(1.0, run)
        ctx = self._context(batch.weight, dict(old), train=True, kept=kept)
        for method in self.methods:
            batch = method.batch(batch, run.h[method.name], ctx)
        ctx = dataclasses.replace(ctx, weight=batch.weight)
        self.logits(params, batch.x, run, ctx)
        return ctx.statistics

    def _context(self, weight: Array, statistics: Params, **more: Any) -> Context:
        """Return what the hooks of a pass see; by default of one in evaluation, which draws nothing."""
        given = {"train": False, "draws": None, "lone": self.lone, **more}
        return Context(weight=weight, statistics=statistics, slots=self.network.slots(), **given)

    def penalty(self, params: Params, run: Run) -> Array:
        """Return the sum of the methods' penalties on the weights."""
        run, total = self.at(1.0, run), jnp.zeros(())
        for method in self.methods:
            total += method.penalty(params, run.h[method.name])
        return total


def progress(state: State, run: Run, steps: int) -> Array:
    """Return the share of the training that is done, from 0 to 1."""
    done: Array = state.taken / (steps * run.epochs)
    return done


def weighted_mean(values: Array, weight: Array) -> Array:
    """Return the mean of `values [B]` over examples of weight `[B]`."""
    return (values * weight).sum() / weight.sum()
