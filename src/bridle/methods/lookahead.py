"""Lookahead: slow weights that follow the fast ones every few steps."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.ema import averaged
from bridle.methods.hook_types import Params, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class _Slow(NamedTuple):
    """The slow weights, and the steps since they last moved."""

    params: Params
    steps: Array


class Lookahead(Method):
    """Every few steps goes back a share of the way to where the weights were."""

    name = "lookahead"
    order = Order.AVERAGING + 1
    family, color, marker = "averaging", "#492727", "o"
    card = Card(
        title="Lookahead",
        summary="Lets the optimizer run ahead for some steps, then continues from a point between start and end.",
        formula="every k steps: slow ← slow + (1 − back)·(w − slow), w ← slow; the paper's α is 1 − back",
        papers=(
            Paper(
                "Zhang, Michael R. and Lucas, James and Hinton, Geoffrey and Ba, Jimmy",
                2019,
                "Lookahead Optimizer: k Steps Forward, 1 Step Back",
                "Advances in Neural Information Processing Systems",
                volume="32",
                arxiv="1907.08610",
            ),
        ),
        when="Noisy steps: small batches, large learning rates.",
        beware="It slows learning: with a share of 0.5 the weights get half as far. The optimizer's moments stay as "
        "they are, and the network that predicts is the one between two moves as it is.",
        elsewhere={
            "torch_optimizer": "torch_optimizer.Lookahead, whose alpha is 1 − back, k 5",
            "timm": "timm.optim.Lookahead, whose alpha is 1 − back, k 6",
            "Optax": "optax.lookahead, whose slow_step_size is 1 − back; it predicts by the slow weights",
        },
    )
    known_effects = (
        KnownEffect(
            "Steadies the network from epoch to epoch.",
            "jitter",
            ("constant rate",),
            reason="Replicates differ by more than it changes.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="back",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.5,
            neutral=0.0,
            grid=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
            help="the share of the way that is taken back",
        ),
        Hyperparameter(
            name="steps",
            domain=Integer(1, 10_000),
            default=5,
            help="k, steps of the optimizer between two moves of the slow weights",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "start": "slow = params",
                "after": """
if (count + 1) % {{ steps }} == 0:  # a share of the way back
    slow = params = optax.incremental_update(params, slow, {{ 1 - back }})
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "start": "slow = [w.detach().clone() for w in model.parameters()]",
                "step": """
if (count + 1) % {{ steps }} == 0:  # a share of the way back
    with torch.no_grad():
        for w, old in zip(model.parameters(), slow):
            w.lerp_(old, {{ back }})
            old.copy_(w)
""",
            },
        ),
        sklearn=Counterpart(
            code={
                "start": "slow = [w.copy() for w in model.coefs_ + model.intercepts_]",
                "step": """
if (count + 1) % {{ steps }} == 0:  # a share of the way back
    for w, old in zip(model.coefs_ + model.intercepts_, slow):
        w += {{ back | peak }} * (old - w)
        old[:] = w
""",
            },
        ),
    )

    def init(self, model: Variables, h: Values) -> _Slow:
        """Start from the first weights."""
        return _Slow(model.params, jnp.asarray(0))

    def average(
        self, model: Variables, state: _Slow, progress: Array, h: Values
    ) -> tuple[Variables, _Slow]:
        """Move the slow weights, and continue from them, when it is time."""
        steps = state.steps + 1
        due = steps >= self.static["steps"]
        slow = jax.tree.map(
            lambda old, new: jnp.where(due, averaged(old, new, h["back"]), old),
            state.params,
            model.params,
        )
        fast = jax.tree.map(lambda new, moved: jnp.where(due, moved, new), model.params, slow)
        return model._replace(params=fast), _Slow(slow, jnp.where(due, 0, steps))
