"""Networks that fit random labels (Zhang et al. 2017)."""

from __future__ import annotations

from bridle.origins.experiment import Case, Experiment, Extent, Printed, Statement, Trial

_NETWORKS = {"1 × 512": (512,), "3 × 512": (512, 512, 512)}
DECAY = "weight_decay(strength=0.01)"
_FIGURES = (
    ("3 × 512, true", DECAY, 0.5335, "test", "53.35 %", "MLP 3 × 512, weight decay"),
    ("3 × 512, true", "none", 0.5239, "test", "52.39 %", "MLP 3 × 512"),
    ("3 × 512, random", "none", 0.1048, "test", "10.48 %", "MLP 3 × 512, random labels"),
    ("3 × 512, random", "none", 1.0, "train", "100 %", "MLP 3 × 512, random labels, training"),
    ("1 × 512, true", DECAY, 0.5039, "test", "50.39 %", "MLP 1 × 512, weight decay"),
    ("1 × 512, true", "none", 0.5051, "test", "50.51 %", "MLP 1 × 512"),
    ("1 × 512, random", "none", 0.1061, "test", "10.61 %", "MLP 1 × 512, random labels"),
    ("1 × 512, random", "none", 0.9934, "train", "99.34 %", "MLP 1 × 512, random labels, training"),
)


def _trials(train: int, epochs: int, replicates: int) -> dict[str, Trial]:
    found = {}
    for name, widths in _NETWORKS.items():
        for labels, share in (("true", 0), ("random", 1)):
            found[f"{name}, {labels}"] = Trial(
                f"fashion_mnist(train={train},validation={max(train // 5, 50)},random_labels={share})",
                {
                    "methods": ("none", DECAY),
                    "widths": widths,
                    "epochs": epochs,
                    "batch_size": 32,
                    "learning_rate": 0.001,
                    "configurations": 1,
                    "replicates": replicates,
                },
            )
    return found


_SHORT = "Fashion-MNIST instead of CIFAR-10"

EXPERIMENT = Experiment(
    name="random-labels",
    title="Networks fit random labels, with weight decay and without (Rethinking generalization)",
    question="Does explicit regularization explain why networks generalize, if they fit random labels with it too?",
    unstated=(
        "The work trains on CIFAR-10, which Bridle does not hold; here it is Fashion-MNIST, Adam at 0.001, and "
        "decoupled weight decay 0.01.",
    ),
    remarks=(),
    statements=(
        Statement(
            "memorizes",
            "Networks fit random labels completely.",
            "training",
            tuple(Case(name, (f"{name}, random",), "none", "", 0.99) for name in _NETWORKS),
            picture="curves",
            source="training accuracy on random labels; it must exceed 99 %",
        ),
        Statement(
            "decay-memorizes",
            "With weight decay they fit random labels too.",
            "training",
            tuple(Case(name, (f"{name}, random",), DECAY, "", 0.99) for name in _NETWORKS),
            source="training accuracy on random labels; it must exceed 99 %",
        ),
        Statement(
            "chance",
            "From random labels nothing is learnt for true ones.",
            "below_chance",
            tuple(
                Case(name, (f"{name}, random",), "none", "", -0.02, {"chance": 0.1})
                for name in _NETWORKS
            ),
            source="10 % − test accuracy; it must not be more than 2 points above chance",
        ),
        Statement(
            "decay-small",
            "On true labels weight decay changes little.",
            "within",
            tuple(
                Case(name, (f"{name}, true",), DECAY, "none", 0.0, {"margin": 0.02})
                for name in _NETWORKS
            ),
            source="2 points − the size of the difference of test accuracies, weight decay − none",
        ),
    ),
    printed=tuple(
        Printed(trial, method, value, f"{text}, one run", name, score=score)
        for trial, method, value, score, text, name in _FIGURES
    ),
    scales={
        "paper": Extent(_trials(50_000, 200, 5), _SHORT),
        "laptop": Extent(_trials(1_000, 200, 10), f"{_SHORT}, 1,000 training images"),
        "smoke": Extent(_trials(50, 2, 2), f"{_SHORT}, 50 training images", judged=False),
    },
    seed=1,
)
