"""Functions that penalties on activations share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Slot

STRENGTH = Hyperparameter(
    name="strength",
    domain=Real(0.0),
    default=1e-3,
    neutral=0.0,
    grid=(1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2),
    help="λ, the weight of the penalty",
)


def penalize(
    name: str, slot: Slot, x: Array, ctx: Context, of: Callable[[Array], Array], strength: Array
) -> None:
    """Add a penalty on activations to the loss: summed over the units of an example, averaged over examples.

    Args:
        name: the method's.
        slot: where the activations are; only those after an activation function count.
        x: the activations `[B, ..., features]`.
        ctx: of the step.
        of: the penalty of each element.
        strength: the weight of the penalty.
    """
    if ctx.train and slot.kind == "post":
        each = of(x).reshape(len(x), -1).sum(-1)
        mean = (each * ctx.weight).sum() / ctx.weight.sum()
        ctx.terms[f"{name}/{slot.name}"] = strength * mean


def activity_counterparts(norm: str, torch: str, jax: str) -> Mapping[str, Counterpart]:
    """Return what a penalty on activations is in other frameworks.

    Args:
        norm: `l1` or `l2`.
        torch: the penalty of each element of `x` in PyTorch.
        jax: likewise in JAX.
    """
    name = f"activity_{norm}"
    module = f"Activity{norm.upper()}"
    return in_frameworks(
        keras=Counterpart(
            code={"post": f"keras.layers.ActivityRegularization({norm}={{{{ strength }}}}),"},
        ),
        optax=Counterpart(
            code={
                "aside": name,
                "initial": f'statistics["{name}"] = jnp.zeros(())',
                "weights": f'statistics = {{**statistics, "{name}": jnp.zeros(())}}',
                "post": f'statistics["{name}"] += {jax}.reshape(len(x), -1).sum(axis=1).mean()',
                "loss": f'total = total + {{{{ strength }}}} * statistics["{name}"]',
            },
        ),
        pytorch=Counterpart(
            code={
                "modules": f"""
class {module}(nn.Module):
    # keeps the size of activations, for the loss

    def forward(self, x):
        self.size = {torch}.flatten(1).sum(1).mean()
        return x
""",
                "post": f"{module}(),",
                "loss": f"""
found = [one for one in model.modules() if isinstance(one, {module})]
total = total + {{{{ strength }}}} * sum(one.size for one in found)
""",
            },
        ),
    )
