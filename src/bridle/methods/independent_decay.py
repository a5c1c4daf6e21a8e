"""Weight decay that does not depend on the learning rate."""

from __future__ import annotations

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.penalties import BIASES, SCALE_FREE, scope
from bridle.methods.pieces import decayed_in_jax
from bridle.methods.weight_decay import DECOUPLED


class IndependentDecay(Method):
    """Shrinks weights by a share of their own in every step, whatever the learning rate."""

    name = "independent_decay"
    aliases = ("independent_weight_decay", "fully_decoupled_weight_decay")
    order = Order.DECAY + 1
    clashes = dict.fromkeys(("batch_norm", "weight_standardization"), SCALE_FREE)
    family, color, marker = "weights", "#8D597F", "P"
    card = Card(
        title="Independent weight decay",
        summary="Shrinks every weight by a fixed share in each step, which does not change with the learning rate.",
        formula="w ← w_new − λ·w_old, with w_old the weight before the step",
        papers=(
            DECOUPLED,
            Paper(
                "Wortsman, Mitchell and others",
                2024,
                "Small-scale Proxies for Large-scale Transformer Training Instabilities",
                "International Conference on Learning Representations",
                arxiv="2309.14322",
                about="less sensitive to the learning rate",
            ),
        ),
        when="Learning rates are compared: the strength means the same at each of them.",
        beware="Under a rate that falls to zero it goes on shrinking weights that nothing restores. The algorithm of "
        "the paper multiplies it by the schedule of the learning rate: independent_decay(strength=linear) beside "
        "--schedule linear. AdamW of PyTorch and of Optax is weight_decay.",
        elsewhere={},
    )
    known_effects = (KnownEffect("Makes weights smaller.", "shrinkage", ("digits",)),)
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0, 1.0),
            default=1e-4,
            neutral=0.0,
            grid=(1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3),
            help="λ, the share of a weight lost per step",
        ),
        BIASES,
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "step": "# decay that does not depend on the learning rate"
                + decayed_in_jax("w - %s * old"),
            },
        ),
        pytorch=Counterpart(
            code={
                "gradient": """
# decay that does not depend on the learning rate
with torch.no_grad():
    for w in {{ "model.parameters()" if biases else "kernels(model%s)" | format(where) }}:
        w.mul_({{ 1 - strength }})
""",
            },
        ),
        sklearn=Counterpart(
            refuses="{% if biases %}biases decay too{% endif %}",
            code={
                "before": "before = [w.copy() for w in {{ coefs }}]",
                "step": """
for w, old in zip({{ coefs }}, before):
    w -= {{ strength }} * old  # decay that does not depend on the learning rate
""",
            },
        ),
    )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Subtract λ·w_old from the parameters in scope."""
        return {
            name: new[name] - h["strength"] * factor * old[name]
            for name, factor in scope(new, h).items()
        }
