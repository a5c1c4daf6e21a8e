"""Early stopping: end where validation is best."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Card, Hyperparameter, Method, Order, Usual
from bridle.methods.hook_types import Model, Values


class _Best(NamedTuple):
    """The best epoch so far, the model that predicted there, and its validation loss."""

    loss: Array
    epoch: Array
    model: Model


class EarlyStopping(Method):
    """Stops when the validation loss has not improved for `patience` epochs; restores the best weights."""

    name = "early_stopping"
    aliases = ("early_stop",)
    order = Order.STOPPING
    shared = True
    family, color, marker = "stopping", "#882255", "h"
    usual = Usual(place=7, rank=3)
    inert = "{name} never stopped any of {runs}: it did nothing here."
    card = Card(
        title="Early stopping",
        summary="Ends training when the validation loss no longer improves, and takes the best weights.",
        formula="stop after `patience` epochs without an improvement of more than min_delta",
        paper="Prechelt 1998, Early Stopping - But When?, in Neural Networks: Tricks of the Trade",
        when="Almost always worth trying: it costs nothing and saves training time.",
        beware="It chooses on the validation set, so its validation score flatters; only the test score "
        "counts. A small validation set makes it stop by chance.",
    )
    hyperparameters = (
        Hyperparameter(
            name="patience",
            domain=Real(1.0, infinite=True),
            default=10.0,
            neutral=math.inf,
            grid=(1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0),
            help="epochs to wait for an improvement",
        ),
        Hyperparameter(
            name="min_delta",
            domain=Real(0.0),
            default=0.0,
            neutral=0.0,
            help="the smallest fall of the validation loss that counts as an improvement",
        ),
    )

    def init(self, model: Model, h: Values) -> _Best:
        """Start without any epoch."""
        return _Best(jnp.asarray(jnp.inf), jnp.asarray(0), model)

    def stop(
        self, model: Model, state: _Best, loss: Array, epoch: Array, h: Values
    ) -> tuple[_Best, Array]:
        """Keep the best epoch; stop when it lies `patience` epochs back."""
        better = loss < state.loss - h["min_delta"]
        now = _Best(loss, epoch, model)
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), now, state)
        return best, epoch - best.epoch >= h["patience"]

    def final(self, model: Model, state: Any, epoch: Array, h: Values) -> tuple[Model, Array]:
        """Return the best epoch's weights, or the last ones with infinite patience."""
        last = jnp.isinf(h["patience"]) | (state.epoch == 0)
        chosen = jax.tree.map(lambda end, best: jnp.where(last, end, best), model, state.model)
        return chosen, jnp.where(last, epoch, state.epoch)
