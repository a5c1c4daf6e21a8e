"""Cautious weight decay: decay of the weights that the optimizer shrinks anyway."""

from __future__ import annotations

import jax.numpy as jnp

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.penalties import BIASES, DECAY, SCALE_FREE, scope
from bridle.methods.pieces import decayed_in_jax


class CautiousDecay(Method):
    """Decoupled weight decay of those weights that the optimizer's step moves towards zero, or leaves."""

    name = "cautious_decay"
    aliases = ("cautious_weight_decay", "cwd")
    order = Order.DECAY + 2
    clashes = dict.fromkeys(("batch_norm", "weight_standardization"), SCALE_FREE)
    family, color, marker = "weights", "#09A62C", "^"
    card = Card(
        title="Cautious weight decay",
        summary="Shrinks only weights that the optimizer moves towards zero in the same step, so that decay never "
        "works against the data.",
        formula="w ← w_new − lr·λ·w_old where (w_old − w_new)·w_old ≥ 0, with w_old the weight before the step and "
        "w_new the optimizer's",
        papers=(
            Paper(
                "Chen, Lizhang and Li, Jonathan and Liang, Kaizhao and Su, Baiyu and Xie, Cong and Pierse, Nuo Wang "
                "and Liang, Chen and Lao, Ni and Liu, Qiang",
                2025,
                "Cautious Weight Decay",
                arxiv="2510.12402",
                kind="misc",
            ),
        ),
        when="Wherever weight_decay helps: it takes the same strengths, and the minimum of the loss stays where it is.",
        beware="About half of the weights decay in a step, so it is weaker than weight_decay at the same strength. "
        "Where the gradient is exactly zero, as of units that are never active, weights decay as without caution.",
        elsewhere={
            "timm": "none: its cautious optimizers (caution=True) mask the optimizer's step, not the decay",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes weights smaller.", "shrinkage", ("digits",), ("cautious_decay(strength=0.3)",)
        ),
        KnownEffect(
            "Fits better than weight decay of the same strength.",
            "train_loss",
            ("digits",),
            ("cautious_decay(strength=0.3)",),
            against="weight_decay(strength=0.3)",
        ),
    )
    hyperparameters = (DECAY, BIASES)

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "functions": """
def cautious(w, old, pull):
    # decay only where the step has the sign of the weight
    return w - pull * jnp.where((old - w) * old >= 0, old, 0)
""",
                "step": decayed_in_jax("cautious(w, old, rate * %s)"),
            },
        ),
        pytorch=Counterpart(
            code={
                "gradient": """
{% set all = "model.parameters()" if biases else "kernels(model%s)" | format(where) %}
before = [w.detach().clone() for w in {{ all }}]
""",
                "step": """
{% set all = "model.parameters()" if biases else "kernels(model%s)" | format(where) %}
# decay only where the step has the sign of the weight
with torch.no_grad():
    for w, old in zip({{ all }}, before):
        w.sub_(rate * {{ strength }} * torch.where((old - w) * old >= 0, old, 0))
""",
            },
        ),
        sklearn=Counterpart(
            refuses="{% if biases %}biases decay too{% endif %}",
            code={
                "before": "before = [w.copy() for w in {{ coefs }}]",
                "step": """
{% set rate = "rate" if scheduled else "LEARNING_RATE" %}
# decay only where the step has the sign of the weight
for w, old in zip({{ coefs }}, before):
    w -= {{ rate }} * {{ strength }} * np.where((old - w) * old >= 0, old, 0)
""",
            },
        ),
    )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Subtract lr·λ·w_old where the step has the sign of the weight."""
        share = rate.learning_rate * h["strength"]
        return {
            name: new[name]
            - share * factor * jnp.where((old[name] - new[name]) * old[name] >= 0, old[name], 0.0)
            for name, factor in scope(new, h).items()
        }
