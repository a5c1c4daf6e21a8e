"""Snapshot ensembles: several models from one training run."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Clash, Paper


def cycles_over(progress: Array, cycles: int) -> Array:
    """Return how many cycles are over; rounding does not put the first step of a cycle into the one before it."""
    return progress * cycles * (1.0 + 2.0**-22)


def cyclic_cosine(progress: Array, cycles: int) -> Array:
    """Return the factor on the learning rate: from 1 to 0 by half a cosine, anew in each cycle."""
    return 0.5 * (1.0 + jnp.cos(jnp.pi * (cycles_over(progress, cycles) % 1.0)))


_SHARED = {
    "factor": "0.5 * (1 + math.cos(math.pi * (progress * {{ cycles }} % 1)))",
    "members": "several",
    "predictor": "snapshots",
}
"""Pieces of recipes that all frameworks share."""

_REFUSES = "{% if 'ema' in names or 'early_stopping' in names %}joined methods choose the weights, too{% endif %}"


def _kept(model: str) -> str:
    """Return code that keeps a model at the end of each cycle."""
    return f"""
if (count + 1) * {{{{ cycles }}}} // steps > count * {{{{ cycles }}}} // steps:  # a cycle ends
    snapshots.append({model})
"""


LESS_CERTAIN = Clash(
    "both make predictions less certain, and together they gain accuracy but lose calibration",
    Paper(
        "Wen, Yeming and Jerfel, Ghassen and Muller, Rafael and Dusenberry, Michael W. and Snoek, Jasper and "
        "Lakshminarayanan, Balaji and Tran, Dustin",
        2021,
        "Combining Ensembles and Data Augmentation Can Harm Your Calibration",
        "International Conference on Learning Representations",
        arxiv="2010.09875",
    ),
)


class _Snapshots(NamedTuple):
    """The last models of each cycle, along a leading axis, and the number of the present cycle."""

    models: Variables
    cycle: Array


class SnapshotEnsemble(Method):
    """Lets the learning rate fall and restart, and predicts with the models at the ends of all cycles."""

    name = "snapshot_ensemble"
    aliases = ("snapshots", "snapshot")
    order = Order.ENSEMBLE
    clashes = dict.fromkeys(("mixup",), LESS_CERTAIN)
    family, color, marker = "averaging", "#EE8866", ">"
    card = Card(
        title="Snapshot ensemble",
        summary="Trains in cycles of a falling learning rate, keeps the network at the end of each, and predicts "
        "the mean of their probabilities.",
        formula="lr ← lr/2·(1 + cos(π·t)), t from 0 to 1 in each cycle; p(x) = mean over cycles of softmax(f(x))",
        papers=(
            Paper(
                "Huang, Gao and Li, Yixuan and Pleiss, Geoff and Liu, Zhuang and Hopcroft, John E. and "
                "Weinberger, Kilian Q.",
                2017,
                "Snapshot Ensembles: Train 1, Get M for Free",
                "International Conference on Learning Representations",
                arxiv="1704.00109",
            ),
        ),
        when="Training long enough that each cycle converges.",
        beware="Give it a larger learning rate than a single network, and epochs for every cycle. Predictions and "
        "stored weights are those of all models, whose arrays have a further first axis; curves show the network in "
        "training. Where training is stopped early, its model stands for all cycles that are left.",
        elsewhere={
            "Keras": "the rate alone: keras.optimizers.schedules.CosineDecayRestarts",
            "PyTorch": "the rate alone: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
            "timm": "the rate alone: timm.scheduler.CosineLRScheduler, with its cycles",
            "Optax": "the rate alone: optax.sgdr_schedule",
        },
    )
    known_effects = (
        KnownEffect(
            "Predicts better than one network for the same cost.",
            "log_loss",
            ("1,000 labels", "digits"),
            reason="Five cycles share the epochs of one training, and on digits each is too short; on MNIST "
            "it is found.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="cycles",
            domain=Integer(1, 100),
            default=5,
            help="how often the learning rate restarts: so many models",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                **_SHARED,
                "start": "snapshots = []",
                "after": _kept("{{ '(params, statistics)' if stateful else 'params' }}"),
            },
            refuses=_REFUSES,
        ),
        **dict.fromkeys(
            ("pytorch", "sklearn"),
            Counterpart(
                code={
                    **_SHARED,
                    "start": "#: import copy\nsnapshots = []",
                    "step": _kept("copy.deepcopy(model)"),
                },
                refuses=_REFUSES,
            ),
        ),
    )

    def init(self, model: Variables, h: Values) -> _Snapshots:
        """Start with a copy of the first model for each cycle."""
        cycles = self.static["cycles"]
        models = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (cycles, *leaf.shape)), model)
        return _Snapshots(models, jnp.asarray(0))

    def schedule(self, progress: Array, h: Values) -> Array:
        """Return the factor of the present cycle."""
        return cyclic_cosine(progress, self.static["cycles"])

    def average(
        self, model: Variables, state: _Snapshots, progress: Array, h: Values
    ) -> tuple[Variables, _Snapshots]:
        """Write the model to the place of its cycle."""
        cycles = self.static["cycles"]
        cycle = jnp.minimum(cycles_over(progress, cycles).astype(jnp.int32), cycles - 1)
        models = jax.tree.map(lambda kept, new: kept.at[cycle].set(new), state.models, model)
        return model, _Snapshots(models, cycle)

    def final(
        self, model: Variables, state: _Snapshots, epoch: Array, h: Values
    ) -> tuple[Variables, Array]:
        """Return the models of finished cycles, and the present model for the other cycles."""
        over = jnp.arange(self.static["cycles"]) < state.cycle

        def chosen(kept: Array, last: Array) -> Array:
            return jnp.where(over.reshape(-1, *(1 for _ in last.shape)), kept, last)

        return jax.tree.map(chosen, state.models, model), epoch
