"""The jobs that all contenders do: data, shapes, regularization strengths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridle.data import load

Examples = tuple[np.ndarray, np.ndarray]

MOONS_3 = "moons(n=100,noise=0.3,validation=0.2,test=100)"
"""80 training and 20 validation points: 3 steps of 32 an epoch. As few test points as can be: peers predict none."""

MOONS_64 = "moons(n=2068,noise=0.3,validation=0.00967,test=100)"
"""2,048 training and 20 validation points: 64 steps an epoch."""

MNIST = "mnist"


class Setting(NamedTuple):
    """How one run is regularized."""

    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    batch_norm: bool = False


STRENGTHS = (1e-5, 1e-4, 1e-3, 1e-2)
RATES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)

PENALTIES = [Setting(l1=s) for s in STRENGTHS] + [Setting(l2=s) for s in STRENGTHS]
DROPOUTS = [Setting(dropout=rate) for rate in RATES]
MIXED = [setting for pair in zip(PENALTIES, DROPOUTS, strict=True) for setting in pair]
"""The sixteen settings of the moons benchmark."""

FIVE = [
    Setting(l1=1e-5),
    Setting(l2=1e-4),
    Setting(l1=1e-5, l2=1e-5),
    Setting(dropout=0.3),
    Setting(batch_norm=True),
]
"""The five methods of the MNIST benchmark."""


def spread(settings: list[Setting], count: int) -> list[Setting]:
    """Return `count` of the settings, evenly spread from the first to the last."""
    last = len(settings) - 1
    return [settings[round(i * last / max(1, count - 1))] for i in range(count)]


def examples(spec: str, replicate: int = 0) -> tuple[Examples, Examples]:
    """Return training and validation examples as a network sees them, with their labels."""
    split = load(spec).replicate(replicate, 0)
    train, validation = (
        (split.seen(rows), split.targets[rows].astype(np.int64))
        for rows in (split.train, split.validation)
    )
    return train, validation
