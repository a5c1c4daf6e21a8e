"""Test error by width where some labels are wrong (double descent on MNIST-1D)."""

from __future__ import annotations

from bridle.origins.experiment import Case, Experiment, Extent, Printed, Statement, Trial

_PRINTED = {9: 0.490, 47: 0.541, 300: 0.455}
STRENGTHS = (3e-4, 1e-3, 3e-3)


def _trials(
    widths: tuple[int, ...], epochs: int, replicates: int, train: int = 4_000
) -> dict[str, Trial]:
    return {
        f"{width} units": Trial(
            f"mnist_1d(train={train},validation={train // 4},random_labels=0.15)",
            {
                "methods": ("none", "l2"),
                "widths": (width, width),
                "epochs": epochs,
                "batch_size": 100,
                "optimizer": "sgd(momentum=0.9)",
                "learning_rate": 0.01,
                "schedule": "constant",
                "grid": {"l2": {"strength": STRENGTHS}},
                "configurations": len(STRENGTHS),
                "replicates": replicates,
            },
        )
        for width in widths
    }


EXPERIMENT = Experiment(
    name="double-descent",
    title="Double descent on MNIST-1D: test error of 40-h-h-10 by width, 15 % of the training labels random",
    question="Is the peak of the test error more than chance, and does L2 at the best strength remove it?",
    unstated=(
        "Labels are random with probability 0.15, drawn from all ten classes, and 4,000 images train, as in the "
        "published notebook: SGD 0.01, momentum 0.9, batches of 100. First weights are Bridle's own.",
    ),
    remarks=("The published curve has one run a width, and no L2.",),
    statements=(
        Statement(
            "peak-left",
            "The error at 47 units is above that of a narrow network.",
            "contrast",
            (Case("47 against 9 units", ("9 units", "47 units"), "none", ""),),
            picture="widths",
            source="error at 47 units − error at 9, without regularization",
        ),
        Statement(
            "peak-right",
            "The error falls again for wide networks.",
            "contrast",
            (Case("47 against 300 units", ("300 units", "47 units"), "none", ""),),
            picture="widths",
            source="error at 47 units − error at 300, without regularization",
        ),
        Statement(
            "l2-flattens",
            "L2 at the best strength removes the peak (Nakkiran et al. 2021).",
            "contrast",
            (
                Case("47 against 9 units", ("47 units", "9 units"), "l2", "", -0.005),
                Case("47 against 300 units", ("47 units", "300 units"), "l2", "", -0.005),
            ),
            picture="widths",
            source="with L2 chosen by validation: error at the other width − error at 47 units; above −0.5 points "
            "there is no peak",
        ),
        Statement(
            "l2-at-peak",
            "L2 gains most at the peak.",
            "contrast",
            (
                Case("47 against 9 units", ("47 units", "9 units"), "l2"),
                Case("47 against 300 units", ("47 units", "300 units"), "l2"),
            ),
            picture="widths",
            source="gain from L2 at 47 units − gain at the other width",
        ),
    ),
    printed=tuple(
        Printed(
            f"{width} units",
            "none",
            1 - error,
            f"{100 * error:.1f} % error, one run",
            f"{width} units",
        )
        for width, error in _PRINTED.items()
    ),
    scales={
        "paper": Extent(
            _trials((2, 4, 6, 9, 14, 20, 30, 40, 47, 60, 80, 100, 150, 200, 300, 400), 1_000, 10)
        ),
        "laptop": Extent(_trials((9, 47, 100, 300), 1_000, 10)),
        "smoke": Extent(_trials((9, 47, 300), 1, 2, 100), "1 epoch", judged=False),
    },
    seed=1,
)
