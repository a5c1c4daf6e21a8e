"""What is trained to put textbooks' statements to the test."""

from __future__ import annotations

import re
from typing import Any

from bridle.origins.experiment import Trial

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Learning rates over which training is compared with and without batch norm."""

SUBGRADIENT = "l1(update=subgradient)"
STRONG, STRONG_GROUPS = "l1(strength=0.07)", "group_lasso(strength=0.2)"
SINGLE = ("l1", "l2", "dropout", "early_stopping", "batch_norm")
SETS = (
    "moons(n=100)",
    "circles",
    "spirals",
    "spirals(n=400,classes=3)",
    "digits",
    "wine",
    "breast_cancer",
    "mnist_1d(train=1000,validation=500)",
    "mnist(train=300,validation=300)",
    "mnist(train=1000,validation=500)",
    "fashion_mnist(train=300,validation=300)",
    "fashion_mnist(train=1000,validation=500)",
)


_AS_IT_GOES = {"schedule": "constant", "configurations": 1}


def named(dataset: str) -> str:
    """Return the name of a data set's trial, which names a folder too."""
    plain = re.sub(r",validation=\d+", "", dataset)
    return " ".join(re.sub(r"[(),=]", " ", plain).split())


def trials(
    part: float,
    replicates: int,
    images: tuple[int, ...],
    sets: tuple[str, ...] = SETS,
    more: bool = True,
) -> dict[str, Trial]:
    """Return what is trained.

    Args:
        part: of the epochs.
        replicates: of trials with large networks; others have as many times more as a pilot found worth their time.
        images: how many training images augmentation and dropout get: few, some, many.
        sets: data sets on which no technique should be best everywhere.
        more: whether there are more where that is worth the time.
    """
    few, some, many = images
    thrice, four, twelve = (times * replicates if more else replicates for times in (3, 4, 12))

    def trial(dataset: str, methods: tuple[str, ...], whole: int, **options: Any) -> Trial:
        usual = {
            "methods": ("none", *methods),
            "epochs": max(2, round(part * whole)),
            "configurations": 3,
            "learning_rate": 0.003,
            "replicates": replicates,
        }
        return Trial(dataset, usual | options)

    digits = f"mnist(train={some},validation={max(some // 2, 50)})"
    wide: dict[str, Any] = {"widths": (256, 128), "batch_size": 32, "learning_rate": 0.001}
    found = {
        "features": trial(
            "friedman(n=600,features=50)",
            ("l1", SUBGRADIENT, "l2", "group_lasso", STRONG, STRONG_GROUPS),
            300,
            widths=(32, 32),
            replicates=four,
            configurations=4,
            grid={
                "l1": {"strength": (3e-3, 1e-2, 3e-2, 1e-1)},
                "l2": {"strength": (1e-2, 1e-1, 3e-1, 1.0)},
                "group_lasso": {"strength": (3e-3, 1e-2, 3e-2, 1e-1)},
            },
        ),
        "moons": trial(
            "moons(n=200)",
            (*SINGLE, "weight_decay"),
            200,
            learning_rate=0.01,
            replicates=twelve,
        ),
        "images": trial(
            digits,
            (*SINGLE, "augmentation", "dropout+l2", "dropout+early_stopping", "early_stopping+l2"),
            40,
            **wide,
            replicates=four,
        ),
        "few images": trial(
            f"mnist(train={few},validation=50)",
            ("augmentation",),
            80,
            **wide,
            replicates=four,
        ),
        "many images": trial(
            f"mnist(train={many},validation={max(many // 10, 50)})",
            ("augmentation",),
            12,
            **wide | {"batch_size": 128},
        ),
        "cnn": trial(digits, ("dropout",), 15, **wide, network="cnn(filters=[8,16])"),
        "residual": trial(digits, ("dropout",), 30, **wide, network="resnet_mlp", replicates=four),
        "rates": trial(
            digits,
            ("batch_norm",),
            20,
            **{k: v for k, v in wide.items() if k != "learning_rate"},
            learning_rate=None,
            grid={"learning_rate": RATES},
            configurations=len(RATES),
            schedule="constant",
            replicates=thrice,
        ),
    }
    for epochs in (3, 4):
        found[f"after {epochs} epochs"] = trial(
            digits,
            ("batch_norm",),
            epochs,
            **wide,
            **_AS_IT_GOES,
            epochs=epochs,
            replicates=twelve,
        )
    for dataset in sets:
        found[named(dataset)] = trial(
            dataset, SINGLE, 40, widths=(64, 64), batch_size=32, replicates=four
        )
    return found
