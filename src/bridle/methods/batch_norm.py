"""Batch normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Clash, Paper

if TYPE_CHECKING:
    from bridle.draws import Draws


def moments(x: Array, share: Array) -> tuple[Array, Array]:
    """Return weighted mean and variance `[features]` of `x [n, features]`; the weights `[n]` sum to 1."""
    mean = share @ x
    centred = x - mean
    return mean, _sum(share[:, None] * centred, centred)


def _sum(x: Array, y: Array) -> Array:
    """Return `(x * y).sum(0)`, as a product: XLA's sum of a product costs a CPU ten times as much."""
    return jnp.einsum("nf,nf->f", x, y)


@jax.custom_vjp
def standardize(
    x: Array, share: Array, scale: Array, offset: Array, epsilon: Array
) -> tuple[Array, Array, Array]:
    """Return `x [n, features]` standardized, scaled and shifted, and its mean and variance.

    Its gradient is written out because the generic one sums over the rows three times as often; mean and variance have
    none.
    """
    return _standardize(x, share, scale, offset, epsilon)[0]


def _standardize(
    x: Array, share: Array, scale: Array, offset: Array, epsilon: Array
) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array, Array]]:
    mean, variance = moments(x, share)
    factor = jax.lax.rsqrt(variance + epsilon)
    normal = (x - mean) * factor
    return (normal * scale + offset, mean, variance), (normal, share, scale, factor)


def _gradient(
    kept: tuple[Array, Array, Array, Array], grads: tuple[Array, Array, Array]
) -> tuple[Array, None, Array, Array, None]:
    normal, share, scale, factor = kept
    grad = grads[0]
    to_offset, to_scale = grad.sum(0), _sum(grad, normal)
    to_x = scale * factor * (grad - share[:, None] * (to_offset + normal * to_scale))
    return to_x, None, to_scale, to_offset, None


standardize.defvjp(_standardize, _gradient)


def by_moments(
    x: Array, moments: tuple[Array, Array], scale: Array, offset: Array, epsilon: Array
) -> Array:
    """Return `x [..., features]` standardized by a given mean and variance, scaled and shifted."""
    mean, variance = moments
    return (x - mean) * jax.lax.rsqrt(variance + epsilon) * scale + offset


def moving(name: str, slots: Sequence[Slot]) -> Variables:
    """Return scale and offset, moving mean and variance, for every slot before an activation.

    Args:
        name: the method's.
        slots: of the network.
    """
    params: Params = {}
    statistics: Params = {}
    for slot in slots:
        if slot.kind == "pre":
            at = f"{name}/{slot.name}"
            params[f"{at}/scale"] = jnp.ones(slot.features)
            params[f"{at}/offset"] = jnp.zeros(slot.features)
            statistics[f"{at}/mean"] = jnp.zeros(slot.features)
            statistics[f"{at}/variance"] = jnp.ones(slot.features)
    return Variables(params, statistics)


MOMENTS = (
    Hyperparameter(
        name="momentum",
        domain=Real(0.0, 1.0, open_high=True),
        default=0.99,
        help="share of the old moving moments kept in each step",
    ),
    Hyperparameter(
        name="epsilon",
        domain=Real(0.0, open_low=True),
        default=1e-3,
        help="added to the variance",
    ),
)
"""Hyperparameters of batch normalization."""

VARIANCE_SHIFT = Clash(
    "dropout changes the variance that a later batch normalization sees, in training but not in evaluation, and "
    "together they often do worse than either; dropout after the last normalization alone is not affected, such as "
    "dropout(where=dense_1) in a network of two hidden layers",
    Paper(
        "Li, Xiang and Chen, Shuo and Hu, Xiaolin and Yang, Jian",
        2019,
        "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift",
        "IEEE/CVF Conference on Computer Vision and Pattern Recognition",
        arxiv="1801.05134",
    ),
)


class BatchNorm(Method):
    """Normalizes each feature over the batch, after the affine map and before the activation."""

    name = "batch_norm"
    aliases = ("bn", "batch_normalization", "batchnorm1d", "batchnorm2d")
    family, color, marker = "normalization", "#56B4E9", "X"
    usual = Usual(place=6, rank=6)
    order = Order.NORMALIZATION
    clashes = dict.fromkeys(("dropout", "gaussian_dropout", "mc_dropout", "r_drop"), VARIANCE_SHIFT)
    card = Card(
        title="Batch normalization",
        summary="Gives every feature zero mean and unit variance over the batch, then a learned scale "
        "and offset; the noise of the batch's moments regularizes.",
        formula="h ← scale·(h − mean)/√(var + ε) + offset; batch moments in training, moving moments in "
        "evaluation",
        papers=(
            Paper(
                "Ioffe, Sergey and Szegedy, Christian",
                2015,
                "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate "
                "Shift",
                "International Conference on Machine Learning",
                arxiv="1502.03167",
            ),
        ),
        when="Deep networks that train slowly, and large learning rates.",
        beware="Batches must hold at least two examples, and small ones make its moments noisy; with few "
        "steps the moving moments lag behind (momentum 0.99 needs some hundred steps). Averages of weights "
        "need their moments recomputed, as ema does.",
        elsewhere={
            "Keras": "keras.layers.BatchNormalization",
            "PyTorch": "torch.nn.BatchNorm1d and BatchNorm2d; momentum is the share that is new, 0.1 by default, eps"
            " is 1e-5, and the moving variance is unbiased",
        },
    )
    known_effects = (
        KnownEffect("Speeds up training.", "epochs", ("sigmoid",), options={"rate": 0}),
    )
    hyperparameters = MOMENTS

    least_batch = 2

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "pre": "keras.layers.BatchNormalization(momentum={{ momentum }}, epsilon={{ epsilon }}),",
            },
        ),
        optax=Counterpart(
            code={
                "moments": "moving",
                "functions": """
def normalized(x, layer, moving, train):
    # moments of the batch in training, moving ones in evaluation and for a lone example
    if train and x[..., 0].size > 1:
        axes = tuple(range(x.ndim - 1))
        mean, variance = x.mean(axes), x.var(axes)
        share = {{ 1 - momentum }}  # of the new moments
        moving = {
            "mean": (1 - share) * moving["mean"] + share * mean,
            "variance": (1 - share) * moving["variance"] + share * variance,
        }
    else:
        mean, variance = moving["mean"], moving["variance"]
    x = (x - mean) / jnp.sqrt(variance + {{ epsilon }})
    return x * layer["scale"] + layer["offset"], moving
""",
                "initial": """
{{ enclosed("for name, units in {", normed, "}.items():") }}
    params[f"{name}/norm"] = {"scale": jnp.ones(units), "offset": jnp.zeros(units)}
    statistics[name] = {"mean": jnp.zeros(units), "variance": jnp.ones(units)}
""",
                "weights": "statistics, train = dict(statistics), key is not None",
                "pre": """
layer, moving = params["{{ name }}/norm"], statistics["{{ name }}"]
x, statistics["{{ name }}"] = normalized(x, layer, moving, train)
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "moments": "moving",
                "pre": """
# momentum is the share of the new moments; the moving variance is the unbiased one
nn.BatchNorm{{ 2 if kind == "conv" else 1 }}d({{ units }}, eps={{ epsilon }}, momentum={{ 1 - momentum }}),
""",
                "batch": """
{% if lone %}
model.train(len(xs) > 1)  # torch refuses to normalize a lone example
{% endif %}""",
            },
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return scale and offset, moving mean and variance, for every slot before an activation."""
        return moving(self.name, slots)

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Normalize before the activation; training moves the moving moments."""
        if slot.kind != "pre":
            return x
        at = f"{self.name}/{slot.name}"
        scale, offset = params[f"{at}/scale"], params[f"{at}/offset"]
        old = ctx.statistics[f"{at}/mean"], ctx.statistics[f"{at}/variance"]
        if not ctx.train:
            return by_moments(x, old, scale, offset, h["epsilon"])

        rows = x.reshape(-1, x.shape[-1])
        weight = jnp.broadcast_to(ctx.weight[:, None], (len(x), len(rows) // len(x))).reshape(-1)
        standard, mean, variance = standardize(
            rows, weight / weight.sum(), scale, offset, h["epsilon"]
        )
        keep = h["momentum"] if ctx.kept is None else ctx.kept
        new = tuple(
            keep * kept + (1.0 - keep) * value
            for kept, value in zip(old, (mean, variance), strict=True)
        )
        if ctx.lone:
            # one row equals its mean and would become 0: it is treated as in evaluation, and moves no moments
            alone = (weight > 0).sum() < 2
            as_ever = by_moments(rows, old, scale, offset, h["epsilon"])
            standard = jnp.where(alone, as_ever, standard)
            new = tuple(jnp.where(alone, kept, moved) for kept, moved in zip(old, new, strict=True))
        for name, moved in zip(("mean", "variance"), new, strict=True):
            ctx.statistics[f"{at}/{name}"] = jax.lax.stop_gradient(moved)
        return standard.reshape(x.shape)
