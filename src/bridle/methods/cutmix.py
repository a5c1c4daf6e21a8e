"""CutMix: paste a rectangle of another image, and its share of the target."""

from __future__ import annotations

import jax.numpy as jnp

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.cutout import inside
from bridle.methods.hook_types import Architecture, Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.mixup import pairs, share_targets
from bridle.methods.papers import Paper
from bridle.methods.pieces import UNMIXED
from bridle.methods.suits import unless_images
from bridle.tasks import Task


class CutMix(Method):
    """Pastes a rectangle of a partner into each image of a batch, the same place for all, drawn anew in every step."""

    name = "cutmix"
    slows = True
    order = Order.MIXING + 1
    family, color, marker = "data", "#5F4C11", "s"
    card = Card(
        title="CutMix",
        summary="Replaces a rectangle of every image by that of another, and trains towards both targets by area.",
        formula="x ← x′ inside a rectangle of the share 1 − λ, λ ~ Beta(α, α) drawn for each batch; "
        "y ← λ·y + (1 − λ)·y′, λ the area that is left",
        papers=(
            Paper(
                "Yun, Sangdoo and Han, Dongyoon and Oh, Seong Joon and Chun, Sanghyuk and Choe, Junsuk and Yoo, "
                "Youngjoon",
                2019,
                "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features",
                "IEEE International Conference on Computer Vision",
                arxiv="1905.04899",
            ),
        ),
        when="Images of objects; overconfident networks.",
        beware="A rectangle may show nothing of the other object. With example weights, each target keeps the weight "
        "of its example. Small networks underfit.",
        elsewhere={
            "Keras": "keras.layers.CutMix; a share for every image, where this draws one for the batch",
            "torchvision": "torchvision.transforms.v2.CutMix; the partner is the batch's row before",
            "timm": "cutmix_alpha of timm.data.Mixup, 0 by default; the partner is the batch's row counted from the "
            "end",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes the network robust to missing parts of an image.",
            "erased",
            ("digits",),
            options={"share": 0.4},
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=1.0,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0),
            help="α of the beta distribution: 1 draws areas evenly, small values mostly near 0 or 1",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "batch": """
alpha, other = {{ 'max(%s, 1e-3)' | format(strength) if strength is moving else strength }}, random.permutation(len(xs))
half = np.sqrt(1 - random.beta(alpha, alpha)) / 2
down = np.abs(np.arange({{ shape[0] }}) + 0.5 - random.random() * {{ shape[0] }}) < {{ shape[0] }} * half
across = np.abs(np.arange({{ shape[1] }}) + 0.5 - random.random() * {{ shape[1] }}) < {{ shape[1] }} * half
box = down[:, None] & across  # the same place in all images
xs = np.where(box{{ "[..., None]" if shape | length == 3 }}, xs[other], xs)
ys = (ys + box.mean() * (ys[other] - ys)).astype(np.float32)
""",
            },
            refuses=UNMIXED,
        ),
        optax=Counterpart(
            code={
                "batch": """
sharing, placing, ordering = jax.random.split(jax.random.fold_in(key, 2100), 3)
alpha = {{ 'jnp.maximum(%s, 1e-3)' | format(strength) if strength is moving else strength }}
other = jax.random.permutation(ordering, len(x))
half = jnp.sqrt(1 - jax.random.beta(sharing, alpha, alpha)) / 2
row, column = jax.random.uniform(placing, 2)
down = jnp.abs(jnp.arange({{ shape[0] }}) + 0.5 - row * {{ shape[0] }}) < {{ shape[0] }} * half
across = jnp.abs(jnp.arange({{ shape[1] }}) + 0.5 - column * {{ shape[1] }}) < {{ shape[1] }} * half
box = down[:, None] & across  # the same place in all images
x = jnp.where(box{{ "[..., None]" if shape | length == 3 }}, x[other], x)
y = y + box.mean() * (y[other] - y)
""",
            },
            refuses=UNMIXED,
        ),
        pytorch=Counterpart(
            code={
                "batch": """
alpha, other = {{ 'max(%s, 1e-3)' | format(strength) if strength is moving else strength }}, torch.randperm(len(xs))
half = (1 - torch.distributions.Beta(alpha, alpha).sample()).sqrt() / 2
row, column = torch.rand(2)
down = (torch.arange({{ shape[0] }}) + 0.5 - row * {{ shape[0] }}).abs() < {{ shape[0] }} * half
across = (torch.arange({{ shape[1] }}) + 0.5 - column * {{ shape[1] }}).abs() < {{ shape[1] }} * half
box = down[:, None] & across  # the same place in all images
xs = torch.where(box{{ "[..., None]" if shape | length == 3 and not images }}, xs[other], xs)
ys = ys + box.float().mean() * (ys[other] - ys)
""",
            },
            refuses=UNMIXED,
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse examples that are no images."""
        return unless_images(network, "it pastes parts of images")

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Paste a rectangle of each row's partner; rows of weight 0 stay apart."""
        if ctx.draws is None:
            return batch
        draws = ctx.draws.at(self.stream)
        partner, wanted = pairs(draws, h["strength"], batch.weight)
        height, width = batch.x.shape[1:3]
        sides = jnp.array([height, width], jnp.float32)
        half = 0.5 * sides * jnp.sqrt(1.0 - wanted)
        box = inside(draws.at("place").uniform((2,)) * sides, half, (height, width))
        where = box if batch.x.ndim == 3 else box[..., None]
        x = jnp.where(where, batch.x[partner], batch.x)
        return share_targets(batch._replace(x=x), partner, 1.0 - box.mean())
