"""Label smoothing: targets that are never quite certain."""

from __future__ import annotations

import jax.numpy as jnp

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Architecture, Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Clash, Paper
from bridle.methods.suits import unless_classes
from bridle.tasks import Task

TWICE_SMOOTH = Clash(
    "mixup is itself a label smoothing, so that both together smooth labels twice",
    Paper(
        "Carratino, Luigi and Cissé, Moustapha and Jenatton, Rodolphe and Vert, Jean-Philippe",
        2022,
        "On Mixup Regularization",
        "Journal of Machine Learning Research",
        volume="23",
        arxiv="2006.06049",
        kind="article",
    ),
)


class LabelSmoothing(Method):
    """Moves a share of every target's probability to all classes alike, in training only."""

    name = "label_smoothing"
    aliases = ("smooth_labels",)
    order = Order.TARGETS
    clashes = dict.fromkeys(("mixup",), TWICE_SMOOTH)
    family, color, marker = "targets", "#44AA99", ">"
    card = Card(
        title="Label smoothing",
        summary="Trains towards targets that give every class a little probability, so that the network is not "
        "pushed to be ever more certain.",
        formula="y ← (1 − ε)·y + ε/K for K classes",
        papers=(
            Paper(
                "Szegedy, Christian and Vanhoucke, Vincent and Ioffe, Sergey and Shlens, Jon and Wojna, "
                "Zbigniew",
                2016,
                "Rethinking the Inception Architecture for Computer Vision",
                "IEEE Conference on Computer Vision and Pattern Recognition",
                arxiv="1512.00567",
            ),
        ),
        when="Overconfident classifiers, and labels that are sometimes wrong.",
        beware="Probabilities are pulled towards 1/K, which can make a calibrated network underconfident: see "
        "--metric log-loss. Joined with mixup, the mixed targets are smoothed: the same as mixing smoothed ones.",
        elsewhere={
            "Keras": "label_smoothing of keras.losses.CategoricalCrossentropy",
            "PyTorch": "label_smoothing of torch.nn.CrossEntropyLoss",
            "timm": "timm.loss.LabelSmoothingCrossEntropy, 0.1 by default",
            "Optax": "optax.smooth_labels",
        },
    )
    known_effects = (
        KnownEffect("Makes predictions less certain.", "entropy", ("digits",)),
        KnownEffect(
            "Calibrates probabilities.",
            "calibration",
            ("1,000 labels",),
            ("label_smoothing(strength=0.02)", "label_smoothing"),
            reason="Without the method the network is calibrated already (error 0.004), and at 0.1 smoothing "
            "makes it less certain than it should be.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.1,
            neutral=0.0,
            grid=(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4),
            help="ε, the share of probability that is spread over all classes",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"smoothing": "{{ strength }}"},
        ),
        optax=Counterpart(
            code={"batch": "y = optax.smooth_labels(y, {{ strength }})"},
        ),
        pytorch=Counterpart(
            code={"batch": "ys = (1 - {{ strength }}) * ys + {{ strength }} / {{ classes }}"},
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse targets that are no classes."""
        return unless_classes(task, "it spreads probability over classes")

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Smooth the targets."""
        classes = batch.y.shape[-1]
        return batch.toward(jnp.full_like(batch.y, 1.0 / classes), h["strength"])
