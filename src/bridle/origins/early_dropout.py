"""Dropout in the first part of training only, for networks that underfit (Liu et al. 2023)."""

from __future__ import annotations

from bridle.origins.experiment import Case, Experiment, Extent, Printed, Statement, Trial

RATE = 0.1
THROUGHOUT = f"dropout(rate={RATE})"
EARLY = f"dropout(rate=early({RATE},until=0.3))"
LATE = f"dropout(rate=late({RATE},since=0.3))"


def _trials(replicates: int, epochs: int, wide: int, narrow: int) -> dict[str, Trial]:
    def trial(train: int, units: int, method: str) -> Trial:
        return Trial(
            f"mnist_1d(train={train},validation=500)",
            {
                "methods": ("none", THROUGHOUT, method),
                "widths": (units, units),
                "epochs": epochs,
                "batch_size": 100,
                "learning_rate": 0.003,
                "configurations": 1,
                "replicates": replicates,
            },
        )

    return {
        "underfitting": trial(4_000, narrow, EARLY),
        "overfitting": trial(1_000, wide, LATE),
    }


_FIGURES = (("none", 73.9, "no dropout"), (THROUGHOUT, 67.9, "dropout"), (EARLY, 74.3, "early"))
_SHORT = "a small network on MNIST-1D instead of ViT-T on ImageNet"

EXPERIMENT = Experiment(
    name="early-dropout",
    title="Dropout only early in training, for networks that underfit (Dropout reduces underfitting)",
    question="Does dropout in the first part of training alone help networks that underfit, as it is said to?",
    unstated=(
        "The work trains vision transformers on ImageNet. Here a network that underfits is 40-16-16-10 on 4,000 "
        "examples of MNIST-1D, and one that overfits 40-200-200-10 on 1,000; the rate is 0.1, and early ends, or late "
        "begins, after 30 % of the training.",
    ),
    remarks=(),
    statements=(
        Statement(
            "early-helps",
            "Early dropout helps a network that underfits.",
            "accuracy",
            (
                Case("over no dropout", ("underfitting",), EARLY),
                Case("over dropout throughout", ("underfitting",), EARLY, THROUGHOUT),
            ),
            source="difference of test accuracies",
        ),
        Statement(
            "early-fits",
            "Early dropout lowers the training loss in the end.",
            "train_loss",
            (Case("against no dropout", ("underfitting",), EARLY),),
            picture="curves",
            source="training loss at the end, none − early dropout",
        ),
        Statement(
            "throughout-hurts",
            "Dropout throughout training hurts a network that underfits.",
            "accuracy",
            (Case("under no dropout", ("underfitting",), "none", THROUGHOUT),),
            source="test accuracy, none − dropout",
        ),
        Statement(
            "late-helps",
            "Late dropout helps a network that overfits.",
            "accuracy",
            (
                Case("over no dropout", ("overfitting",), LATE),
                Case("over dropout throughout", ("overfitting",), LATE, THROUGHOUT),
            ),
            source="difference of test accuracies",
        ),
    ),
    printed=tuple(
        Printed("underfitting", method, score / 100, f"{score:.1f} %, ViT-T on ImageNet", name)
        for method, score, name in _FIGURES
    ),
    scales={
        "paper": Extent(_trials(100, 200, 200, 16), _SHORT),
        "laptop": Extent(_trials(60, 100, 200, 16), _SHORT),
        "smoke": Extent(_trials(2, 1, 8, 8), _SHORT, judged=False),
    },
    seed=1,
)
