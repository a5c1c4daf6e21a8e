"""Pieces of code for other frameworks that several methods share."""

from __future__ import annotations

from collections.abc import Mapping

AGAIN = "{% if reshaped %}its second pass would need what joined methods do to the loss{% endif %}"
"""Why a recipe does not take a second pass, for methods that do."""

PASSES = (
    "{% if moments %}Batch norm's moments move in every pass. {% endif %}"
    "{% if 'dropout' in names %}Every pass draws masks of its own.{% endif %}"
)
"""How further passes of PyTorch differ from Bridle's."""

UNMIXED = (
    "{% if loss == 'huber' %}Huber's loss of mixed targets is not the mixed loss{% endif %}"
    "{% if weighted %}mixtures of examples that do not count alike need weights of their own{% endif %}"
)
"""Why a recipe does not mix examples."""


def decayed_in_jax(change: str) -> str:
    """Return lines of JAX that change weights after the step.

    Args:
        change: a function of the new weight `w` and the `old` one, with `%s` for the strength.
    """
    return f"""
{{% set change = "lambda w, old: {change}" | format(strength | literal) %}}
{{% set function = "jax.tree.map(" if biases else "on_kernels(" %}}
{{{{ enclosed("new = " ~ function, [change, "new", "params"] + only, ")") }}}}
"""


def noisy_in_jax(name: str, amount: str, draw: str, changed: str) -> str:
    """Return a function of JAX that changes kernels at random in a pass.

    Args:
        name: of the function.
        amount: of its argument.
        draw: a line that draws for a kernel `w`, from the key `own`.
        changed: the kernel then.
    """
    return f"""
def {name}(params, {amount}, key, layers=None):
    new = dict(params)
    for number, name in enumerate(layers or params):
        if "kernel" in params[name]:
            own, w = jax.random.fold_in(key, 5000 + number), params[name]["kernel"]
            {draw}
            new[name] = {{**params[name], "kernel": {changed}}}
    return new
"""


def noisy_in_torch(name: str, changed: str) -> Mapping[str, str]:
    """Return pieces for PyTorch that change kernels at random in a pass.

    Args:
        name: of the module.
        changed: lines of its `forward` that return the changed kernel `w`.
    """
    return {
        "modules": f"""
class {name}(nn.Module):
    # changes a kernel at random, in training

    def forward(self, w):
        if not self.training:
            return w
{changed.strip(chr(10))}
""",
        "prepared": parametrized(f"{name}()"),
    }


def parametrized(made: str) -> str:
    """Return lines of PyTorch that let modules change kernels before they are used.

    Args:
        made: code of the module for a `layer`.
    """
    return f"""
#: from torch.nn.utils import parametrize
for layer in with_kernels(model{{{{ where }}}}):
    parametrize.register_parametrization(layer, "weight", {made})
"""
