"""Monte Carlo dropout: thinned networks also predict, and their probabilities are averaged."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer
from bridle.draws import Draws
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.dropout import Dropout, drop
from bridle.methods.hook_types import Context, Params, Slot, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper

_SHARED = {"members": "several"}
"""Pieces of recipes that all frameworks share."""

_REFUSES = (
    "{% if 'ema' in names or 'early_stopping' in names or 'snapshot_ensemble' in names %}"
    "joined methods choose what predicts, too{% endif %}"
)


class MCDropout(Method):
    """Dropout that also thins the network when it predicts: the mean of several thinned networks' probabilities."""

    name = "mc_dropout"
    aliases = ("monte_carlo_dropout", "bayesian_dropout")
    slows = True
    order = Order.ACTIVATIONS + 5
    family, color, marker = "noise", "#8F7DE8", ">"
    card = Card(
        title="Monte Carlo dropout",
        summary="Trains with dropout and keeps dropping when it predicts: the prediction is the mean of the "
        "probabilities of several thinned networks, which is less sure where they disagree.",
        formula="h ← h·m/(1 − rate), m ~ Bernoulli(1 − rate); p(x) = mean over passes of softmax(f(x; m)), m drawn "
        "once for each pass",
        papers=(
            Paper(
                "Gal, Yarin and Ghahramani, Zoubin",
                2016,
                "Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep Learning",
                "International Conference on Machine Learning",
                arxiv="1506.02142",
            ),
        ),
        when="Probabilities matter more than the predicted class: compare by --metric log-loss or brier, beside "
        "dropout at the same rate.",
        beware="Every prediction costs as many passes, and so do the scores after each epoch, since validation, early "
        "stopping and the end all see the mean of the passes. It brings its own dropout: joined with dropout both "
        "drop. The masks of the passes are drawn once in a run and are the same for all rows, so a model predicts the "
        "same whenever it is asked, also saved or exported. More passes change little: their error falls with the "
        "root of their number.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Predicts better probabilities than dropout.",
            "log_loss",
            ("1,000 labels",),
            against="dropout",
            reason="The loss is lower in the mean, by less than the interval for all rows together can show.",
        ),
    )
    hyperparameters = (
        *Dropout.hyperparameters,
        Hyperparameter(
            name="passes",
            domain=Integer(1, 1000),
            default=10,
            help="thinned networks whose probabilities are averaged",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                **_SHARED,
                **Dropout.counterparts["optax"].code,
                "weights": """
# a network with a key of its own predicts with these masks
key = params.get("masks", key)
""",
                "predictor": '[{**params, "masks": own} for own in jax.random.split(key, {{ passes }})]',
            },
            differs="Every row has masks of its own in each pass; Bridle's are the same for all rows.",
            refuses="{% if moments %}batch norm would take the passes for training{% endif %}"
            + _REFUSES,
        ),
        pytorch=Counterpart(
            code={
                **_SHARED,
                **Dropout.counterparts["pytorch"].code,
                "functions": '''
class Thinned(nn.Module):
    """A network that drops activations although it predicts."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        for layer in self.model:
            layer.train(isinstance(layer, nn.Dropout))
        return self.model(x)
''',
                "predictor": "[Thinned(model) for _ in range({{ passes }})]",
            },
            differs="Every row has masks of its own in each pass, new ones whenever it is predicted; Bridle's are the "
            "same for all rows and stay.",
            refuses=_REFUSES,
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return a key for each pass, of whole numbers that floats hold, so that they are stored as weights are."""
        keys = draws.bits((self.static["passes"], 2)) >> 8
        return Variables({}, {f"{self.name}/keys": keys.astype(jnp.float32)})

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Drop as dropout does; in evaluation with the masks of the pass."""
        if slot.kind not in ("input", "post"):
            return x
        if ctx.draws is not None:
            uniform = ctx.draws.at(self.stream, slot.name).uniform(x.shape)
        elif ctx.train:  # statistics are recomputed
            return x
        else:
            key = ctx.statistics[f"{self.name}/keys"].astype(jnp.uint32)
            uniform = Draws(key).at(slot.name).uniform(x.shape[1:])
        rate = h["input_rate"] if slot.kind == "input" else h["rate"][slot.layer]
        return drop(x, uniform, rate)

    def members(self, model: Variables, h: Values) -> Variables:
        """Return the keys, one for each pass."""
        return Variables({}, {f"{self.name}/keys": model.statistics[f"{self.name}/keys"]})
