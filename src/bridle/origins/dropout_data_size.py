"""The gain from dropout by the number of training images (Srivastava et al. 2014, figure 10)."""

from __future__ import annotations

from bridle.origins.experiment import Case, Experiment, Extent, Statement, Trial

DROPOUT = "dropout(rate=0.5,input_rate=0.2)"
SIZES = (100, 500, 1_000, 5_000, 10_000, 50_000)
_STEPS = 1_500
"""Training steps at least, so that few images are seen often enough."""


def _trials(
    sizes: tuple[int, ...], steps: int, replicates: int, widths: tuple[int, ...]
) -> dict[str, Trial]:
    found = {}
    for size in sizes:
        batch = 32 if size < 5_000 else 128
        found[str(size)] = Trial(
            f"mnist(train={size},validation={max(size // 10, 50)})",
            {
                "methods": ("none", DROPOUT),
                "widths": widths,
                "epochs": max(2, round(steps * batch / size)),
                "batch_size": batch,
                "learning_rate": 0.001,
                "configurations": 1,
                "replicates": replicates,
            },
        )
    return found


def _gains(sizes: tuple[int, ...]) -> tuple[Case, ...]:
    return tuple(Case(f"{size:,} images", (str(size),), DROPOUT) for size in sizes)


_PAPER = (1024, 1024, 2048)

EXPERIMENT = Experiment(
    name="dropout-data-size",
    title="The gain from dropout on MNIST by the number of training images (figure 10 of the dropout paper)",
    question="From how many examples does dropout help, and does its gain fall again when there are many?",
    unstated=(
        "The work states no learning rate; here it is Adam at 0.001 with a cosine schedule, and the same number of "
        "steps at every size. Dropout is 0.5 in hidden layers and 0.2 of the inputs, as in the work.",
    ),
    remarks=("The work draws one curve without intervals.",),
    statements=(
        Statement(
            "none-when-small",
            "Dropout does not help at 100 or 500 images.",
            "accuracy",
            tuple(
                Case(f"{size} images", (str(size),), "none", DROPOUT, -0.005) for size in (100, 500)
            ),
            picture="sizes",
            source="test accuracy, none − dropout; above −0.5 points dropout does not help noticeably",
        ),
        Statement(
            "helps-when-larger",
            "Dropout helps from 1,000 images on.",
            "accuracy",
            _gains((1_000, 5_000, 10_000, 50_000)),
            picture="sizes",
            source="test accuracy, dropout − none",
        ),
        Statement(
            "rises",
            "The gain rises from 500 images on.",
            "contrast",
            (Case("5,000 against 500", ("5000", "500"), DROPOUT),),
            picture="sizes",
            source="gain at 5,000 images − gain at 500",
        ),
        Statement(
            "falls",
            "The gain falls when there are many.",
            "contrast",
            (Case("5,000 against 50,000", ("5000", "50000"), DROPOUT),),
            picture="sizes",
            source="gain at 5,000 images − gain at 50,000",
        ),
    ),
    printed=(),
    scales={
        "paper": Extent(_trials(SIZES, 100_000, 5, _PAPER)),
        "laptop": Extent(_trials(SIZES[:4], _STEPS, 5, _PAPER), "at most 5,000 training images"),
        "smoke": Extent(
            _trials(SIZES[:2], 4, 2, (8, 8)), "at most 500 training images", judged=False
        ),
    },
)
