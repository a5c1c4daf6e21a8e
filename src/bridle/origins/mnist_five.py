"""Five methods on MNIST."""

import itertools

from bridle.origins.origin import Claim, Origin, Published, Scale, Variations

_FIGURES = {
    "batch_norm": 0.9827,
    "elastic_net(strength=2e-05,l1_ratio=0.5)": 0.9822,
    "dropout(rate=0.3)": 0.9817,
    "l2(strength=0.0001)": 0.9790,
    "l1(strength=1e-05)": 0.9789,
}
"""Its test accuracies, one run each, best first."""


def _name(label: str) -> str:
    return label.partition("(")[0]


ORIGIN = Origin(
    name="mnist-five",
    title="L1, L2, dropout, batch norm and elastic net on MNIST, 20 epochs each",
    question="Which of the rankings of five methods are more than chance, and does any of them beat no regularization?",
    methods=("none", *_FIGURES),
    widths=(512, 256),
    batch_size=128,
    learning_rate=0.001,
    unstated=(
        "The work states one fixed dense network and 20 epochs. Widths (512, 256), batch size 128, "
        "Adam at 0.001 and the strengths are ours: its figures are to compare with, not to match.",
    ),
    remarks=(
        "The work has no unregularized baseline and no interval. Run again in Keras, one seed, with "
        "strengths 1e-5 (L1), 1e-4 (L2) and 0.3 (dropout): none .982, L1 .981, L2 .979, dropout "
        ".984, batch norm .985, elastic net .976.",
    ),
    published=tuple(
        Published(label, "test accuracy", value, f"{100 * value:.2f} %, one run")
        for label, value in _FIGURES.items()
    ),
    claims=tuple(
        Claim(
            better,
            worse,
            f"{_name(better)} ({100 * _FIGURES[better]:.2f} %) above "
            f"{_name(worse)} ({100 * _FIGURES[worse]:.2f} %)",
        )
        for better, worse in itertools.combinations(_FIGURES, 2)
    ),
    scales={
        "paper": Scale("mnist", epochs=20, replicates=20),
        "laptop": Scale("mnist", epochs=20, replicates=6),
        "smoke": Scale("mnist(train=1000,validation=500)", epochs=1, replicates=2),
    },
    variations=Variations(
        "Which of the rankings hold where every method is tuned equally, and does any of them beat no regularization?",
        tuned={
            "paper": Scale("mnist", epochs=20, replicates=20, configurations=9),
            "laptop": Scale("mnist(train=10000,validation=5000)", 20, 5, configurations=9),
            "smoke": Scale("mnist(train=200,validation=100)", 1, 2, configurations=2),
        },
    ),
)
