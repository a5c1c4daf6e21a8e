"""Decoupled weight decay, as in AdamW."""

from __future__ import annotations

from bridle.methods.base import Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Clash, Paper
from bridle.methods.penalties import BIASES, DECAY, SCALE_FREE, scope
from bridle.methods.pieces import decayed_in_jax
from bridle.wording import argument

DECOUPLED = Paper(
    "Loshchilov, Ilya and Hutter, Frank",
    2019,
    "Decoupled Weight Decay Regularization",
    "International Conference on Learning Representations",
    arxiv="1711.05101",
)

TWICE = Clash(
    "both pull weights towards zero, the penalty divided by the size of the gradients under an adaptive optimizer and "
    "the decay not, so that neither strength says by itself how strong the pull is",
    DECOUPLED,
)


class WeightDecay(Method):
    """Shrinks weights directly: w ← w_new − lr·λ·w_old."""

    name = "weight_decay"
    aliases = ("wd", "decoupled_weight_decay")
    likened = (
        (
            "adamw",
            f"AdamW is an optimizer, which trains every method alike: {argument('optimizer', 'adamw')}. Its decay as a "
            "method, compared and tuned, is weight_decay",
        ),
    )
    order = Order.DECAY
    shared = True
    clashes = dict.fromkeys(("batch_norm", "weight_standardization"), SCALE_FREE) | dict.fromkeys(
        ("elastic_net", "l2"), TWICE
    )
    family, color, marker = "weights", "#009E73", "v"
    usual = Usual(place=3, rank=1)
    card = Card(
        title="Decoupled weight decay (AdamW)",
        summary="Shrinks every weight by a fixed share in each step, outside the loss.",
        formula="w ← w_new − lr·λ·w_old, with w_old the weight before the step",
        papers=(DECOUPLED,),
        when="With adaptive optimizers, where an L2 penalty loses its meaning.",
        beware="What counts is the product lr·λ: change the learning rate and the decay changes with it. The "
        "optimizers adamw, lion and muon take a weight_decay too: that one is not tuned, and trains all methods alike, "
        "none too.",
        elsewhere={
            "Keras": "weight_decay of optimizers, None by default, 0.004 of keras.optimizers.AdamW; of all weights, "
            "unless excluded",
            "PyTorch": "torch.optim.AdamW, 0.01 by default, of all parameters; weight_decay of Adam and SGD is an L2"
            " penalty",
            "timm": "weight_decay of its decoupled optimizers, of kernels only by default",
            "Optax": "optax.adamw, 1e-4 by default, of all parameters unless masked",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes weights smaller.",
            "shrinkage",
            ("digits",),
            ("weight_decay", "weight_decay(strength=0.3)"),
        ),
    )
    hyperparameters = (DECAY, BIASES)

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "arguments": "weight_decay={{ strength }}",
                "prepared": """
{% if not biases %}
{% if where %}
decayed = {id(w) for w in kernels(model{{ where }})}
others = [w for w in model.trainable_weights if id(w) not in decayed]
optimizer.exclude_from_weight_decay(var_list=others)
{% else %}
optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "frequencies"])
{% endif %}
{% endif %}""",
            },
        ),
        optax=Counterpart(
            code={
                "step": "# decoupled: rate * decay of the weights before the step"
                + decayed_in_jax("w - rate * %s * old"),
            },
        ),
        pytorch=Counterpart(
            code={
                "gradient": """
# decoupled, as AdamW's; weight_decay= of Adam is an L2 penalty
with torch.no_grad():
    for w in {{ "model.parameters()" if biases else "kernels(model%s)" | format(where) }}:
        w.mul_(1 - rate * {{ strength }})
""",
            },
        ),
        sklearn=Counterpart(
            refuses="{% if biases %}biases decay too{% endif %}",
            code={
                "before": "before = [w.copy() for w in {{ coefs }}]",
                "step": """
{% set rate = "rate" if scheduled else "LEARNING_RATE" %}
for w, old in zip({{ coefs }}, before):  # decoupled weight decay
    w -= {{ rate }} * {{ strength }} * old
""",
            },
        ),
    )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Subtract lr·λ·w_old from the parameters in scope."""
        share = rate.learning_rate * h["strength"]
        return {
            name: new[name] - share * factor * old[name] for name, factor in scope(new, h).items()
        }
