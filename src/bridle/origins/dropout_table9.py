"""Regularization of one network on MNIST (Srivastava et al. 2014, table 9)."""

from __future__ import annotations

from bridle.origins.experiment import Case, Experiment, Extent, Printed, Statement, Trial

DROPOUT = "dropout(rate=0.5,input_rate=0.2)"
L2, MAX_NORM = "l2", "max_norm(limit=2)"
BOTH, DROPPED_L2 = f"{DROPOUT}+{MAX_NORM}", f"{DROPOUT}+l2"
_TABLE = (
    ("L2", L2, 1.62),
    ("L2 + L1 towards the end", "", 1.60),
    ("L2 + KL sparsity", "", 1.55),
    ("max-norm", MAX_NORM, 1.35),
    ("dropout + L2", DROPPED_L2, 1.25),
    ("dropout + max-norm", BOTH, 1.05),
)


def _trials(
    dataset: str, epochs: int, replicates: int, strengths: int, widths: tuple[int, ...]
) -> dict[str, Trial]:
    tried = (1e-5, 1e-4, 1e-3) if strengths > 1 else (1e-4,)
    return {
        "table": Trial(
            dataset,
            {
                "methods": ("none", L2, MAX_NORM, DROPOUT, DROPPED_L2, BOTH),
                "widths": widths,
                "epochs": epochs,
                "batch_size": 128,
                "learning_rate": 0.001,
                "grid": {"l2": {"strength": tried}},
                "configurations": strengths,
                "replicates": replicates,
            },
        )
    }


def _above(better: str, worse: str, name: str) -> Case:
    return Case(name, ("table",), better, worse)


EXPERIMENT = Experiment(
    name="dropout-table9",
    title="L2, max-norm, dropout and both on MNIST, 784-1024-1024-2048-10 (table 9 of the dropout paper)",
    question="Does the table's order, from L2 to dropout with max-norm, survive replicates and intervals?",
    unstated=(
        "The work states neither learning rate nor batch size; here it is Adam at 0.001 with a cosine schedule and "
        "batches of 128. It has one run each, and no unregularized baseline in this table.",
    ),
    remarks=(
        "L1 towards the end and KL sparsity, which Bridle has for sigmoid networks, are not trained here: "
        "those figures stand without ours.",
        "The work trains for a million steps. After few steps networks with dropout are still learning, and weights "
        "seldom reach the limit of max-norm, which then does nothing.",
    ),
    statements=(
        Statement(
            "dropout-l2",
            "Dropout with L2 is better than L2.",
            "accuracy",
            (_above(DROPPED_L2, L2, "dropout + L2 over L2"),),
            source="difference of test accuracies",
        ),
        Statement(
            "max-norm",
            "Max-norm is better than L2.",
            "accuracy",
            (_above(MAX_NORM, L2, "max-norm over L2"),),
            source="difference of test accuracies",
        ),
        Statement(
            "both",
            "Dropout with max-norm is better than each of them alone.",
            "accuracy",
            (_above(BOTH, MAX_NORM, "over max-norm"), _above(BOTH, DROPOUT, "over dropout")),
            source="difference of test accuracies",
        ),
        Statement(
            "over-l2",
            "With dropout, max-norm is better than L2.",
            "accuracy",
            (_above(BOTH, DROPPED_L2, "dropout + max-norm over dropout + L2"),),
            source="difference of test accuracies",
        ),
    ),
    printed=tuple(
        Printed("table", method, 1 - error / 100, f"{error:.2f} % error, one run", name)
        for name, method, error in _TABLE
    ),
    scales={
        "paper": Extent(_trials("mnist", 200, 10, 3, (1024, 1024, 2048))),
        "laptop": Extent(
            _trials("mnist(train=5000,validation=1000)", 40, 3, 1, (1024, 1024, 2048)),
            "5,000 training images instead of 60,000, and 1,600 steps instead of a million",
        ),
        "smoke": Extent(
            _trials("mnist(train=100,validation=50)", 1, 2, 1, (8, 8, 8)),
            "100 training images, 1 epoch",
            judged=False,
        ),
    },
)
