"""Early stopping: end where validation is best."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class _Best(NamedTuple):
    """The best epoch so far, the model that predicted there, and its validation loss."""

    loss: Array
    epoch: Array
    model: Variables


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
        papers=(
            Paper(
                "Prechelt, Lutz",
                1998,
                "Early Stopping - But When?",
                "Neural Networks: Tricks of the Trade",
                kind="incollection",
            ),
        ),
        when="Almost always worth trying: it costs nothing and saves training time.",
        beware="It chooses on the validation set, so its validation score flatters; only the test score "
        "counts. A small validation set makes it stop by chance.",
        elsewhere={
            "Keras": "keras.callbacks.EarlyStopping, patience 0 and restore_best_weights False by default; it "
            "watches the loss with its penalties",
            "scikit-learn": "early_stopping of MLPClassifier and MLPRegressor, which watch a score, patience "
            "(n_iter_no_change) 10",
        },
    )
    known_effects = (
        KnownEffect("Saves epochs.", "stopped", ("few digits",)),
        KnownEffect("Predicts better than training to the end.", "log_loss", ("1,000 labels",)),
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

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                # Keras' own val_loss holds the penalties, too
                "metrics": """
{% if not classes %}
keras.metrics.MeanSquaredError(name="data_loss")
{%- elif outputs == 1 %}
keras.metrics.BinaryCrossentropy(name="data_loss", from_logits=True)
{%- else %}
keras.metrics.CategoricalCrossentropy(name="data_loss", from_logits=True)
{%- endif %}
""",
                "callbacks": """
keras.callbacks.EarlyStopping(
    monitor="val_data_loss",  # val_loss holds the penalties, too
    mode="min",
    min_delta={{ min_delta }},
    patience={{ patience | int }},
    restore_best_weights=True,
),
""",
            },
            refuses="{% if loss == 'huber' %}it watches Huber's loss{% endif %}",
            differs="{% if averaged %}Early stopping watches the weights, not their average.{% endif %}",
        ),
        optax=Counterpart(
            code={
                "start": "best_loss, best_epoch, best = np.inf, 0, None",
                "epoch": """
{% set params = "average" if averaged else "params" %}
{% if stateful %}
outputs, _ = forward({{ params }}, statistics, x_validation)
{% else %}
outputs = forward({{ params }}, x_validation)
{% endif %}
{% if weighted %}
each = losses(outputs, y_validation)
validation = np.average(each, weights=validation_rows[2])
{% else %}
validation = losses(outputs, y_validation).mean()
{% endif %}
if validation < best_loss{{ " - %s" | format(min_delta) if min_delta }}:
    best_loss, best_epoch = validation, epoch
    best = {{ "(%s, statistics)" | format(params) if stateful else params }}
elif epoch - best_epoch >= {{ patience | round(0, "ceil") | int }}:
    break
""",
                "predictor": "best",
            },
        ),
        pytorch=Counterpart(
            code={
                "start": """
#: import copy
best_loss, best_epoch, best = float("inf"), 0, None
""",
                "epoch": """
{% set model = "average" if averaged else "model" %}
{{ model }}.eval()
with torch.no_grad():
{% if weighted %}
    each = losses({{ model }}(x_validation), y_validation)
    validation = (w_validation * each).sum().item() / w_validation.sum().item()
{% else %}
    validation = losses({{ model }}(x_validation), y_validation).mean().item()
{% endif %}
if validation < best_loss{{ " - %s" | format(min_delta) if min_delta }}:
    best_loss, best_epoch, best = validation, epoch, copy.deepcopy({{ model }})
elif epoch - best_epoch >= {{ patience | round(0, "ceil") | int }}:
    break
""",
                "predictor": "best",
            },
        ),
        sklearn=Counterpart(
            code={
                "start": """
#: import copy
best_loss, best_epoch, best = np.inf, 0, None
""",
                "epoch": """
{% set model = "average" if averaged else "model" %}
p = predict({{ model }}, x_validation)
{% if classes %}
each = -np.log(np.maximum(p[np.arange(len(p)), y_validation], 1e-30))
{% else %}
each = np.square(p - y_validation).mean(axis=1)
{% endif %}
validation = {{ "np.average(each, weights=w_validation)" if weighted else "each.mean()" }}
if validation < best_loss{{ " - %s" | format(min_delta) if min_delta }}:
    best_loss, best_epoch, best = validation, epoch, copy.deepcopy({{ model }})
elif epoch - best_epoch >= {{ patience | round(0, "ceil") | int }}:
    break
""",
                "predictor": "best",
            },
        ),
    )

    def init(self, model: Variables, h: Values) -> _Best:
        """Start without any epoch."""
        return _Best(jnp.asarray(jnp.inf), jnp.asarray(0), model)

    def stop(
        self, model: Variables, state: _Best, loss: Array, epoch: Array, h: Values
    ) -> tuple[_Best, Array]:
        """Keep the best epoch; stop when it lies `patience` epochs back."""
        better = loss < state.loss - h["min_delta"]
        now = _Best(loss, epoch, model)
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), now, state)
        return best, epoch - best.epoch >= h["patience"]

    def final(
        self, model: Variables, state: Any, epoch: Array, h: Values
    ) -> tuple[Variables, Array]:
        """Return the best epoch's weights, or the last ones with infinite patience."""
        last = jnp.isinf(h["patience"]) | (state.epoch == 0)
        chosen = jax.tree.map(lambda end, best: jnp.where(last, end, best), model, state.model)
        return chosen, jnp.where(last, epoch, state.epoch)
