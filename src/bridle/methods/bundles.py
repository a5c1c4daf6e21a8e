"""Bundles: joined methods that a published recipe uses, under one name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bridle.methods.card import Card
from bridle.methods.papers import Paper
from bridle.names import find


@dataclass(frozen=True)
class Bundle:
    """Joined methods under one name.

    Attributes:
        name: as written in commands.
        methods: what it stands for, as it could be written instead.
        card: what to know about it.
        aliases: other names that are also understood.
    """

    name: str
    methods: str
    card: Card
    aliases: tuple[str, ...] = ()


_FOUND = (
    Bundle(
        "realmlp",
        "dropout(rate=flat_cosine(0.15,flat=0.5))+label_smoothing(strength=0.1)"
        "+weight_decay(strength=flat_cosine(0.02,flat=0.5))",
        Card(
            title="The regularization of RealMLP",
            summary="Dropout and weight decay that fade out in the second half of training, and smoothed labels, at "
            "the strengths that were best on many tables.",
            formula="dropout 0.15 and decay 0.02, each times 1 until half of training and then ½(1 + cos πq) down to "
            "0; labels smoothed by 0.1",
            when="Classification of tables, without the time to tune.",
            beware="The paper's defaults were found for its own network, with learned scales, embeddings of numbers "
            "and a larger learning rate; of all that this is the regularization alone. Regressions have no labels to "
            "smooth: write the other two methods.",
            papers=(
                Paper(
                    "Holzmüller, David and Grinsztajn, Léo and Steinwart, Ingo",
                    2024,
                    "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data",
                    "Advances in Neural Information Processing Systems",
                    volume="37",
                    arxiv="2407.04491",
                ),
            ),
        ),
        ("real_mlp", "realmlp_td"),
    ),
    Bundle(
        "tabm",
        "batch_ensemble(strength=1,members=32,start=input)+dropout+early_stopping(patience=16)+weight_decay",
        Card(
            title="The regularization of a tuned TabM",
            summary="An ensemble of 32 members that share their kernels, dropout and decoupled weight decay, tuned "
            "together, and early stopping.",
            formula="batch_ensemble whose input scales begin as random signs and all others as 1; dropout and "
            "weight_decay at strengths that the comparison chooses; stop after 16 epochs without a better validation "
            "loss",
            when="Tables, with time to tune two strengths and to train 32 times as many examples a step.",
            beware="The paper's members have output layers of their own; here they share that kernel as well. "
            "Residual networks are refused, as batch_ensemble refuses them.",
            papers=(
                Paper(
                    "Gorishniy, Yury and Kotelnikov, Akim and Babenko, Artem",
                    2025,
                    "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling",
                    "International Conference on Learning Representations",
                    arxiv="2410.24210",
                ),
            ),
        ),
    ),
    Bundle(
        "cocktail",
        "batch_norm+dropout+lookahead+mixup+swa+weight_decay",
        Card(
            title="A cocktail of regularizers",
            summary="Six methods at once, of most families: normalization, decay, noise, mixed examples and averaged "
            "weights.",
            formula="batch_norm, dropout, lookahead, mixup, swa and weight_decay, their strengths tuned together",
            when="Tables, and much time: strengths of joined methods are tuned together, so give more configurations.",
            beware="The paper chooses anew for every table which of thirteen methods take part, and reports the gain "
            "of that; this is one fixed choice among them.",
            papers=(
                Paper(
                    "Kadra, Arlind and Lindauer, Marius and Hutter, Frank and Grabocka, Josif",
                    2021,
                    "Well-tuned Simple Nets Excel on Tabular Datasets",
                    "Advances in Neural Information Processing Systems",
                    volume="34",
                    arxiv="2106.11189",
                ),
            ),
        ),
        ("regularization_cocktail",),
    ),
)

BUNDLES: Mapping[str, Bundle] = MappingProxyType({one.name: one for one in _FOUND})
"""All bundles by name."""


def bundle(name: str) -> Bundle | None:
    """Return the bundle that a name means, in any usual spelling or by an alias; `None` if there is none.

    Args:
        name: as written.
    """
    aliases = {alias: one.name for one in _FOUND for alias in one.aliases}
    proper = find(name, BUNDLES, aliases)
    return None if proper is None else BUNDLES[proper]
