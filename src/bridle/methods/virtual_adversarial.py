"""Virtual adversarial training: predictions that do not change in the direction where they would change most."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Architecture, Batch, Context, Forward, Loss, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.pieces import PASSES
from bridle.methods.suits import unless_classes
from bridle.tasks import Task


def relative_entropy(fixed: Array, logits: Array) -> Array:
    """Return KL(P‖Q) `[B]`, P of the logits `fixed [B, K]` and Q of `logits [B, K]`."""
    log_p, log_q = jax.nn.log_softmax(fixed), jax.nn.log_softmax(logits)
    return (jnp.exp(log_p) * (log_p - log_q)).sum(-1)


def directions(x: Array) -> Array:
    """Scale every example of `x [B, ...]` to norm 1; zeros stay."""
    flat = x.reshape(len(x), -1)
    norms = jnp.sqrt(jnp.square(flat).sum(-1, keepdims=True))
    return (flat / jnp.maximum(norms, 1e-12)).reshape(x.shape)


class VirtualAdversarial(Method):
    """Penalizes how much predictions change between each example and its most sensitive neighbour."""

    name = "virtual_adversarial"
    aliases = ("vat", "virtual_adversarial_training")
    order = Order.CONSISTENCY + 2
    family, color, marker = "gradient", "#AC56E1", "P"
    card = Card(
        title="Virtual adversarial training",
        summary="Finds for every example the small change that alters the prediction most, and penalizes how much it "
        "does; labels are not asked.",
        formula="loss + α·KL(p(x)‖p(x + r)), r of norm ε by power iteration from a random direction",
        papers=(
            Paper(
                "Miyato, Takeru and Maeda, Shin-ichi and Koyama, Masanori and Ishii, Shin",
                2018,
                "Virtual Adversarial Training: A Regularization Method for Supervised and Semi-Supervised "
                "Learning",
                "IEEE Transactions on Pattern Analysis and Machine Intelligence",
                volume="41",
                kind="article",
                arxiv="1704.03976",
            ),
        ),
        when="Few labels, and smooth outputs are wanted.",
        beware="Every step costs three passes. The norm of r grows with the number of inputs that ε should reach. It "
        "uses the draws of the first pass; batch norm's moments are those of the first.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect("Makes the network smooth in its inputs.", "sensitivity", ("digits",)),
        KnownEffect("Makes up for missing labels.", "accuracy", ("100 labels",)),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=1.0,
            neutral=0.0,
            grid=(0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0),
            help="α, the weight of the change",
        ),
        Hyperparameter(
            name="epsilon",
            domain=Real(0.0, open_low=True),
            default=0.5,
            help="ε, the norm of the change, in units of the scaled inputs",
        ),
        Hyperparameter(
            name="iterations",
            domain=Integer(1, 100),
            default=1,
            help="power iterations, each another pass",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "functions": """
def directions(x):
    norms = jnp.sqrt(jnp.square(x.reshape(len(x), -1)).sum(axis=1))
    return x / jnp.maximum(norms, 1e-12).reshape(-1, *[1] * (x.ndim - 1))
""",
                "losses": """
# the change of the prediction in the direction where it changes most
p = jax.lax.stop_gradient(log_probabilities(outputs))

def change(r):
    q = log_probabilities({{ passed("x + r") }})
    return (jnp.exp(p) * (p - q)).sum(axis=1)

r = directions(jax.random.normal(jax.random.fold_in(key, 7100), x.shape))
for _ in range({{ iterations }}):
    r = directions(jax.grad(lambda r: change(0.01 * r).sum())(r))
each = each + {{ strength }} * change({{ epsilon }} * jax.lax.stop_gradient(r))
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "functions": """
def directions(x):
    return F.normalize(x.flatten(1), dim=1).view_as(x)
""",
                "losses": """
# the change of the prediction in the direction where it changes most
p = log_probabilities(outputs).detach()

def change(r):
    q = log_probabilities(model(x + r))
    return (p.exp() * (p - q)).sum(1)

r = directions(torch.randn_like(x))
for _ in range({{ iterations }}):
    near = (0.01 * r).requires_grad_()
    r = directions(torch.autograd.grad(change(near).sum(), near)[0])
each = each + {{ strength }} * change({{ epsilon }} * r)
""",
            },
            differs=PASSES,
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse outputs that are not logits of classes."""
        return unless_classes(task, "it compares probabilities of classes")

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the change of the prediction to each example's loss."""

        def smooth(params: Params, batch: Batch, ctx: Context) -> Forward:
            first = loss(params, batch, ctx)
            if ctx.draws is None:
                return first
            fixed = jax.lax.stop_gradient(first.outputs)

            def change(r: Array) -> Array:
                apart = dataclasses.replace(ctx, statistics=dict(ctx.statistics), terms={})
                outputs = loss(params, batch._replace(x=batch.x + r), apart).outputs
                return relative_entropy(fixed, outputs)

            r = directions(ctx.draws.at(self.stream).normal(batch.x.shape))
            for _ in range(self.static["iterations"]):
                r = directions(jax.grad(lambda r: change(SMALL * r).sum())(r))
            moved = change(h["epsilon"] * jax.lax.stop_gradient(r))
            return first._replace(losses=first.losses + h["strength"] * moved)

        return smooth


SMALL = 1e-2
"""Length of the step by which power iteration probes (ξ of the paper)."""
