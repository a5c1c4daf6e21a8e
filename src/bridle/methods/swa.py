"""Stochastic weight averaging: the mean of the weights of the last part of training."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.ema import averaged
from bridle.methods.hook_types import Recompute, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class _Mean(NamedTuple):
    """The mean of the models so far, and how many were seen."""

    model: Variables
    seen: Array


class SWA(Method):
    """Predicts with the mean of all weights of the last share of training; training itself does not change."""

    name = "swa"
    aliases = ("stochastic_weight_averaging",)
    order = Order.AVERAGING + 2
    family, color, marker = "averaging", "#F31680", "s"
    card = Card(
        title="Stochastic weight averaging",
        summary="Predicts with the mean of the weights of the last steps, which lies in a flatter place than each of "
        "them.",
        formula="w̄ = mean of w after every step of the last share of training; w̄ predicts",
        papers=(
            Paper(
                "Izmailov, Pavel and Podoprikhin, Dmitrii and Garipov, Timur and Vetrov, Dmitry and Wilson, "
                "Andrew Gordon",
                2018,
                "Averaging Weights Leads to Wider Optima and Better Generalization",
                "Conference on Uncertainty in Artificial Intelligence",
                arxiv="1803.05407",
            ),
        ),
        when="Constant or slowly falling learning rates.",
        beware="A rate that falls to zero leaves little to average: the paper keeps it high, --schedule constant. "
        "Batch norm's moments are recomputed for the mean after each epoch, which costs time. The paper averages once "
        "an epoch; here every step counts.",
        elsewhere={
            "PyTorch": "torch.optim.swa_utils.AveragedModel, with SWALR for the rate and update_bn for moments; it "
            "averages when it is called, once an epoch in its example",
        },
    )
    known_effects = (
        KnownEffect("Finds flat minima.", "sharpness", ("constant rate",), options={"share": 0.2}),
        KnownEffect(
            "Predicts better than the last weights.",
            "log_loss",
            ("constant rate",),
            reason="The loss is halved, and lower on validation examples in 20 of 20 replicates; the interval for "
            "all rows together also allows for what splits of one table share.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="share",
            domain=Real(0.0, 1.0),
            default=0.25,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5),
            help="the last share of training whose weights are averaged",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "start": "average, seen = params, 0",
                "after": """
# the mean of the weights in the last share of training
seen = seen + 1 if count >= {{ 1 - share }} * steps else 0
average = optax.incremental_update(params, average, 1 / max(seen, 1))
""",
                "predictor": "{{ '(average, statistics)' if stateful else 'average' }}",
            },
            refuses="{% if moments %}batch norm's moments would have to be computed for the mean{% endif %}",
        ),
        pytorch=Counterpart(
            code={
                "start": """
#: import copy
average, seen = copy.deepcopy(model), 0
""",
                "step": """
# the mean of the weights in the last share of training
seen = seen + 1 if count >= {{ 1 - share }} * steps else 0
with torch.no_grad():
    for old, new in zip(average.parameters(), model.parameters()):
        old.lerp_(new, 1 / max(seen, 1))
""",
                "epoch": """
{% if moments %}
torch.optim.swa_utils.update_bn(x.split(BATCH_SIZE), average)
{% endif %}""",
                "predictor": "average",
            },
        ),
        sklearn=Counterpart(
            code={
                "start": """
#: import copy
average, seen = copy.deepcopy(model), 0
""",
                "step": """
# the mean of the weights in the last share of training
seen = seen + 1 if count >= {{ 1 - share }} * steps else 0
weights = model.coefs_ + model.intercepts_
for old, new in zip(average.coefs_ + average.intercepts_, weights):
    old += (new - old) / max(seen, 1)
""",
                "predictor": "average",
            },
        ),
    )

    def init(self, model: Variables, h: Values) -> _Mean:
        """Start from the first weights, which count nothing."""
        return _Mean(model, jnp.asarray(0))

    def average(
        self, model: Variables, state: _Mean, progress: Array, h: Values
    ) -> tuple[Variables, _Mean]:
        """Add the model to the mean if the last share has begun; before that, follow it."""
        count = jnp.where(progress >= 1.0 - h["share"], state.seen + 1, 0)
        keep = jnp.where(count > 0, 1.0 - 1.0 / jnp.maximum(count, 1), 0.0)
        mean = jax.tree.map(lambda old, new: averaged(old, new, keep), state.model, model)
        return model, _Mean(mean, count)

    def predicting(
        self, model: Variables, state: _Mean, recompute: Recompute, h: Values
    ) -> Variables:
        """Return the mean."""
        found = recompute(state.model.params)
        statistics = {
            name: jnp.where(state.seen == 0, model.statistics[name], value)
            for name, value in found.items()
        }
        return Variables(state.model.params, statistics)
