"""DropConnect, dropout and neither with three activations (Wan et al. 2013)."""

from __future__ import annotations

from bridle.origins.experiment import Case, Experiment, Extent, Printed, Statement, Trial

ACTIVATIONS = ("relu", "sigmoid", "tanh")
_NAMES = {
    "none": "no drop",
    "dropout(rate=0.5)": "dropout",
    "drop_connect(rate=0.5)": "DropConnect",
}
_ERRORS = {
    "relu": ((1.62, 0.037), (1.28, 0.040), (1.20, 0.034)),
    "sigmoid": ((1.78, 0.037), (1.38, 0.039), (1.55, 0.046)),
    "tanh": ((1.65, 0.026), (1.58, 0.053), (1.36, 0.054)),
}
"""Test error in percent, mean and standard deviation of 5 networks."""


def _trials(
    dataset: str, epochs: int, replicates: int, widths: tuple[int, ...]
) -> dict[str, Trial]:
    return {
        activation: Trial(
            dataset,
            {
                "methods": tuple(_NAMES),
                "widths": widths,
                "activation": activation,
                "epochs": epochs,
                "batch_size": 128,
                "learning_rate": 0.001,
                "configurations": 1,
                "replicates": replicates,
            },
        )
        for activation in ACTIVATIONS
    }


DROPOUT, DROP_CONNECT = "dropout(rate=0.5)", "drop_connect(rate=0.5)"

EXPERIMENT = Experiment(
    name="dropconnect-mnist",
    title="DropConnect, dropout and neither on MNIST, 784-800-800-10 with three activations",
    question="Is DropConnect better than dropout, and dropout than nothing, by more than chance?",
    unstated=(
        "The work decays SGD's learning rate in steps; here it is Adam at 0.001 with a cosine schedule. It states no "
        "test between methods.",
    ),
    remarks=("Its figures are of 800-800 networks without data augmentation.",),
    statements=(
        Statement(
            "dropout-helps",
            "Dropout lowers the test error.",
            "accuracy",
            tuple(Case(name, (name,), DROPOUT) for name in ACTIVATIONS),
            source="test accuracy, dropout − none",
        ),
        Statement(
            "drop-connect-helps",
            "DropConnect lowers the test error.",
            "accuracy",
            tuple(Case(name, (name,), DROP_CONNECT) for name in ACTIVATIONS),
            source="test accuracy, DropConnect − none",
        ),
        Statement(
            "drop-connect-better",
            "DropConnect is better than dropout with relu and tanh.",
            "accuracy",
            tuple(Case(name, (name,), DROP_CONNECT, DROPOUT) for name in ("relu", "tanh")),
            source="test accuracy, DropConnect − dropout",
        ),
        Statement(
            "dropout-better",
            "Dropout is better than DropConnect with sigmoid.",
            "accuracy",
            (Case("sigmoid", ("sigmoid",), DROPOUT, DROP_CONNECT),),
            source="test accuracy, dropout − DropConnect",
        ),
    ),
    printed=tuple(
        Printed(
            activation,
            method,
            1 - error / 100,
            f"{error:.2f} ± {spread:.3f} % error, 5 networks",
            f"{activation}, {_NAMES[method]}",
            runs=5,
        )
        for activation, errors in _ERRORS.items()
        for method, (error, spread) in zip(_NAMES, errors, strict=True)
    ),
    scales={
        "paper": Extent(_trials("mnist", 100, 5, (800, 800))),
        "laptop": Extent(
            _trials("mnist(train=10000,validation=1000)", 40, 3, (800, 800)),
            "10,000 training images instead of 60,000, and 40 epochs",
        ),
        "smoke": Extent(
            _trials("mnist(train=100,validation=50)", 1, 2, (8, 8)),
            "100 training images, 1 epoch",
            judged=False,
        ),
    },
)
