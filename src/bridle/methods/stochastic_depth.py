"""Stochastic depth: drop whole residual branches while training."""

from __future__ import annotations

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.dropout import drop
from bridle.methods.hook_types import Architecture, Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.suits import unless_residual
from bridle.tasks import Task


class StochasticDepth(Method):
    """Drops the branches of residual blocks at random, for each example by itself, in training only."""

    name = "stochastic_depth"
    aliases = ("drop_path",)
    slows = True
    order = Order.BRANCHES
    family, color, marker = "noise", "#117733", "*"
    card = Card(
        title="Stochastic depth (drop path)",
        summary="Skips residual blocks at random in training, so that the network is a mixture of shallower ones.",
        formula="x + f(x)·m/(1 − rate), m ~ Bernoulli(1 − rate) for each example and block, in training only",
        papers=(
            Paper(
                "Huang, Gao and Sun, Yu and Liu, Zhuang and Sedra, Daniel and Weinberger, Kilian Q.",
                2016,
                "Deep Networks with Stochastic Depth",
                "European Conference on Computer Vision",
                arxiv="1603.09382",
            ),
        ),
        when="Networks with many residual blocks.",
        beware="It needs residual blocks: --network resnet_mlp. All blocks have the same rate here (the paper's "
        "uniform rule); with few blocks use small ones.",
        elsewhere={
            "torchvision": "torchvision.ops.StochasticDepth, with mode='row'",
            "timm": "timm.layers.DropPath, whose rate models raise from 0 in the first block to drop_path_rate in "
            "the last",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes the network depend less on single blocks.", "block", ("residual blocks",)
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.2,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
            help="the share of branches dropped",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"merge": "keras.layers.Dropout({{ rate }}, noise_shape=(None, 1)),"},
        ),
        optax=Counterpart(
            code={
                "functions": """
def drop_branch(x, rate, key, block):
    # the whole branch of a share of the examples
    if key is None:
        return x
    own = jax.random.fold_in(key, 9000 + block)
    return x * jax.random.bernoulli(own, 1 - rate, (len(x), 1)) / (1 - rate)
""",
                "merge": "x = drop_branch(x, {{ rate }}, key, {{ layer }})",
            },
        ),
        pytorch=Counterpart(
            code={
                "modules": """
class DropBranch(nn.Module):
    # drops the whole branch of a share of the examples, in training

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand(len(x), 1) >= self.rate) / (1 - self.rate)
""",
                "merge": "DropBranch({{ rate | peak }}),",
                "batch": """
{% if rate is moving %}
for layer in model.modules():  # the rate follows its schedule
    if isinstance(layer, DropBranch):
        layer.rate = {{ rate }}
{% endif %}""",
            },
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse networks without residual blocks."""
        return unless_residual(network, "it drops the branches of residual blocks")

    def merge(
        self, slot: Slot, branches: tuple[Array, ...], params: Params, h: Values, ctx: Context
    ) -> tuple[Array, ...]:
        """Drop branches, and scale those that are kept; the block's input passes."""
        if ctx.draws is None:
            return branches
        size = branches[0].shape[:1] + (1,) * (branches[0].ndim - 1)
        draws = ctx.draws.at(self.stream, slot.name)
        dropped = [
            drop(branch, draws.at(number).uniform(size), h["rate"])
            for number, branch in enumerate(branches[1:])
        ]
        return branches[0], *dropped
