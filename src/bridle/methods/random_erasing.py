"""Random erasing: hide a rectangle of some images, or some numbers of some rows."""

from __future__ import annotations

import jax.numpy as jnp

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.cutout import inside, masked
from bridle.methods.hook_types import Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper

AREAS, RATIOS = (0.02, 0.4), (0.3, 1 / 0.3)
"""Ranges of a rectangle's share of the image, and of its height to its width, as in the paper."""


def erased_code(library: str) -> str:
    """Return lines that hide parts of examples, for recipes.

    Args:
        library: `np` with a generator `random`, `jnp` with a key `key`, or `torch`.
    """
    x = "x" if library == "jnp" else "xs"
    if library == "jnp":
        start, draw = (
            "keys = iter(jax.random.split(jax.random.fold_in(key, 4400), 6))\n",
            ("jax.random.uniform(next(keys), {})"),
        )
    else:
        start, draw = "", "torch.rand({})" if library == "torch" else "random.random({})"
    where, zero = f"{library}.where", "0.0" if library == "torch" else "0"
    low, high = AREAS
    narrow, wide = RATIOS
    distance = f"abs({library}.arange(SIDE) + 0.5 - CENTRE) < HALF"
    axes = "{% if images %}[:, None]{% elif shape | length == 3 %}[..., None]{% endif %}"
    if library != "torch":
        axes = "{% if shape | length == 3 %}[..., None]{% endif %}"
    minimum = (
        "torch.clamp(HALF, max=SIDE / 2)"
        if library == "torch"
        else f"{library}.minimum(HALF, SIDE / 2)"
    )
    text = f"""
{start}# hides a part of some examples
size = (len({x}), 1)
area = {low} + {high - low:g} * {draw.format("size")}
area = area * ({draw.format("size")} < {{{{ probability }}}})
{{% if not pixels %}}
{x} = {where}({draw.format(f"{x}.shape")} < area, {zero}, {x})
{{% else %}}
ratio = {narrow} * {wide / narrow:.6g} ** {draw.format("size")}
"""
    for name, side, factor in (("down", 0, "*"), ("across", 1, "/")):
        length = f"{{{{ shape[{side}] }}}}"
        half = f"(area * {{{{ shape[0] * shape[1] }}}} {factor} ratio) ** 0.5 / 2"
        text += f"half = {minimum.replace('HALF', half).replace('SIDE', length)}\n"
        text += f"centre = half + {draw.format('size')} * ({length} - 2 * half)\n"
        line = distance.replace("SIDE", length).replace("CENTRE", "centre").replace("HALF", "half")
        text += f"{name} = {line}\n"
    return f"""{text}hidden = down[:, :, None] & across[:, None]
{x} = {where}(hidden{axes}, {zero}, {x})
{{% endif %}}
"""


class RandomErasing(Method):
    """Sets a random rectangle of an image, or a random share of a row's numbers, to 0 with some probability."""

    name = "random_erasing"
    order = Order.INPUTS + 4
    family, color, marker = "data", "#884507", "v"
    card = Card(
        title="Random erasing",
        summary="Hides a rectangle of random size and shape in some images; in tables, some numbers of some rows.",
        formula="with probability p: x ← 0 in a rectangle of 2 to 40 % of an image, its sides 0.3 to 3.3 to one; in 2 "
        "to 40 % of a row's numbers",
        papers=(
            Paper(
                "Zhong, Zhun and Zheng, Liang and Kang, Guoliang and Li, Shaozi and Yang, Yi",
                2020,
                "Random Erasing Data Augmentation",
                "AAAI Conference on Artificial Intelligence",
                volume="34",
                arxiv="1708.04896",
            ),
        ),
        when="Images with more to see than one telling part; tables whose columns say the same.",
        beware="The paper fills rectangles with random values; here they become 0, the mean of standardized inputs.",
        elsewhere={
            "Keras": "keras.layers.RandomErasing; its scale is of sides, and it fills with noise by default",
            "torchvision": "torchvision.transforms.v2.RandomErasing, p 0.5 by default",
            "timm": "timm.data.random_erasing.RandomErasing, probability 0.5 by default; --reprob of its training "
            "script",
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
            name="probability",
            domain=Real(0.0, 1.0),
            default=0.5,
            neutral=0.0,
            grid=(0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9),
            help="p, the share of examples of which something is hidden",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"batch": erased_code("np")},
        ),
        optax=Counterpart(code={"batch": erased_code("jnp")}),
        pytorch=Counterpart(
            code={"batch": erased_code("torch")},
        ),
        sklearn=Counterpart(
            code={"batch": erased_code("np")},
            refuses="{% if pixels %}it hides parts of images{% endif %}",
        ),
    )

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Hide a part of some examples."""
        if ctx.draws is None:
            return batch
        draws = ctx.draws.at(self.stream)
        size = len(batch.x)
        chosen = draws.at("chosen").bernoulli(h["probability"], (size,))
        low, high = AREAS
        area = low + (high - low) * draws.at("area").uniform((size,))
        if batch.x.ndim == 2:
            hidden = draws.at("place").uniform(batch.x.shape) < (area * chosen)[:, None]
            return batch._replace(x=jnp.where(hidden, 0.0, batch.x))
        height, width = batch.x.shape[1:3]
        narrow, wide = RATIOS
        ratio = narrow * (wide / narrow) ** draws.at("ratio").uniform((size,))
        pixels = area * height * width
        half = 0.5 * jnp.sqrt(jnp.stack([pixels * ratio, pixels / ratio], axis=-1))
        half = jnp.minimum(half, 0.5 * jnp.array([height, width])) * chosen[:, None]
        free = jnp.array([height, width]) - 2.0 * half
        centre = half + draws.at("place").uniform((size, 2)) * free
        return batch._replace(x=masked(batch.x, inside(centre, half, (height, width))))
