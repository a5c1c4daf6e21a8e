"""Exponential moving average of the weights."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Choice, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Recompute, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


def averaged(old: Array, new: Array, decay: Array) -> Array:
    """Return decay·old + (1 − decay)·new; exactly `new` at decay 0."""
    return new + decay * (old - new)


class _Average(NamedTuple):
    """The averaged model, and the number of steps that went into it."""

    model: Variables
    steps: Array


class EMA(Method):
    """Predicts with an exponential moving average of the weights; training itself does not change."""

    name = "ema"
    aliases = ("exponential_moving_average", "weight_averaging", "polyak")
    order = Order.AVERAGING
    family, color, marker = "averaging", "#CC3311", "<"
    card = Card(
        title="Exponential moving average of weights",
        summary="Predicts with an average of the weights of the last steps, which is less noisy than the "
        "weights of any single one.",
        formula="average ← d·average + (1 − d)·w after step t, with d = min(decay, (1 + t)/(10 + t)); the "
        "average predicts",
        papers=(
            Paper(
                "Polyak, Boris T. and Juditsky, Anatoli B.",
                1992,
                "Acceleration of Stochastic Approximation by Averaging",
                "SIAM Journal on Control and Optimization",
                volume="30",
                kind="article",
            ),
            Paper(
                "Tarvainen, Antti and Valpola, Harri",
                2017,
                "Mean Teachers Are Better Role Models: Weight-Averaged Consistency Targets Improve Semi-"
                "Supervised Deep Learning Results",
                "Advances in Neural Information Processing Systems",
                volume="30",
                arxiv="1703.01780",
                about="with decay",
            ),
        ),
        when="Noisy steps: small batches, large or constant learning rates.",
        beware="With few steps a large decay averages over early, bad weights. Early stopping and all validation "
        "scores see the average. Batch norm's moments belong to other weights, so they are recomputed in a pass "
        "over the training examples after each epoch, which costs time; statistics=averaged averages them instead, "
        "which is worse after few steps. The weights are the same, so a comparison of ema+batch_norm and "
        "ema(statistics=averaged)+batch_norm reports both.",
        elsewhere={
            "Keras": "use_ema and ema_momentum of optimizers, 0.99 by default, with keras.callbacks.SwapEMAWeights "
            "to validate the average, which begins with the weights after the first step; then the whole decay",
            "PyTorch": "torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn, decay 0.999 by default; "
            "it begins with the weights of the first update, then the whole decay",
            "timm": "timm.utils.ModelEmaV3, decay 0.9999 by default; it averages batch norm's moments",
            "Optax": "optax.incremental_update, whose step_size is 1 − decay; optax.ema averages gradients",
        },
    )
    known_effects = (
        KnownEffect("Steadies the network from epoch to epoch.", "jitter", ("constant rate",)),
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
            name="decay",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.99,
            neutral=0.0,
            grid=(0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999),
            help="the share of the old average kept in each step",
        ),
        Hyperparameter(
            name="statistics",
            domain=Choice(("recomputed", "averaged")),
            default="recomputed",
            help="of batch norm: computed for the averaged weights, or averaged as they are",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "arguments": """
use_ema=True, ema_momentum={{ decay }}
""",
            },
            differs="Keras averages with the whole decay from the second step on, so it remembers the first steps "
            "longer; it validates the weights, not their average, and batch norm's moments are not recomputed.",
        ),
        optax=Counterpart(
            code={
                "start": "average = params",
                "after": """
decay = min({{ decay }}, (2 + count) / (11 + count))  # less in the first steps
average = optax.incremental_update(params, average, 1 - decay)
""",
                "predictor": "{{ '(average, statistics)' if stateful else 'average' }}",
            },
            refuses="{% if moments %}batch norm's moments would have to be computed for the average{% endif %}",
        ),
        pytorch=Counterpart(
            code={
                "start": """
#: import copy
average = copy.deepcopy(model)
""",
                "step": """
decay = min({{ decay }}, (2 + count) / (11 + count))  # less in the first steps
with torch.no_grad():
    for old, new in zip(average.parameters(), model.parameters()):
        old.lerp_(new, 1 - decay)
""",
                "epoch": """
{% if moments %}
torch.optim.swa_utils.update_bn(x.split(BATCH_SIZE), average)
{% endif %}""",
                "predictor": "average",
            },
            refuses="{% if moments and statistics == 'averaged' %}batch norm's moments are averaged{% endif %}",
        ),
        sklearn=Counterpart(
            code={
                "start": """
#: import copy
average = None
""",
                "step": """
average = average or copy.deepcopy(model)
decay = min({{ decay }}, (2 + count) / (11 + count))  # less in the first steps
weights = model.coefs_ + model.intercepts_
for old, new in zip(average.coefs_ + average.intercepts_, weights):
    old += (1 - decay) * (new - old)
""",
                "predictor": "average",
            },
        ),
    )

    def init(self, model: Variables, h: Values) -> _Average:
        """Start from the first weights."""
        return _Average(model, jnp.asarray(0))

    def average(
        self, model: Variables, state: _Average, progress: Array, h: Values
    ) -> tuple[Variables, _Average]:
        """Move the average towards the new weights, faster in the first steps."""
        steps = state.steps + 1
        decay = jnp.minimum(h["decay"], (1.0 + steps) / (10.0 + steps))
        moved = jax.tree.map(lambda old, new: averaged(old, new, decay), state.model, model)
        return model, _Average(moved, steps)

    def predicting(
        self, model: Variables, state: _Average, recompute: Recompute, h: Values
    ) -> Variables:
        """Return the average."""
        if self.static["statistics"] == "averaged":
            return state.model
        found = recompute(state.model.params)
        kept = {
            name: jnp.where(h["decay"] == 0.0, model.statistics[name], value)
            for name, value in found.items()
        }
        return Variables(state.model.params, kept)
