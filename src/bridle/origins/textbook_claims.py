"""What two teaching articles say about L1, L2, dropout, early stopping, batch norm and augmentation."""

from __future__ import annotations

from bridle.origins.experiment import Case, Experiment, Extent, Statement
from bridle.origins.textbook_trials import (
    RATES,
    SETS,
    SINGLE,
    STRONG,
    STRONG_GROUPS,
    SUBGRADIENT,
    named,
    trials,
)

STATEMENTS = (
    Statement(
        "l1-zeros",
        "L1 drives weights to exactly zero.",
        "zeros",
        (
            Case("proximal step", ("features",), "l1", least=0.05),
            Case("added to the loss", ("features",), SUBGRADIENT, least=0.05),
        ),
        picture="weights",
        source="the share of weights that equal 0, at the strength that validation chooses",
    ),
    Statement(
        "l1-selects",
        "L1 selects features.",
        "selection",
        (
            Case("proximal step", ("features",), "l1", "", 0.5),
            Case("proximal step, 0.07", ("features",), STRONG, "", 0.5),
            Case("added to the loss", ("features",), SUBGRADIENT, "", 0.5),
            Case("group lasso", ("features",), "group_lasso", "", 0.5),
            Case("group lasso, 0.2", ("features",), STRONG_GROUPS, "", 0.5),
        ),
        picture="features",
        source="Youden's index (1950) of the inputs kept: 5 of 50 features matter. 1 is perfect, 0 is no selection; "
        "strengths are chosen by validation, or stand beside the name",
    ),
    Statement(
        "l1-interpretable",
        "L1 makes the network interpretable.",
        "unused",
        (
            Case("proximal step", ("features",), "l1", least=0.1),
            Case("proximal step, 0.07", ("features",), STRONG, least=0.1),
            Case("added to the loss", ("features",), SUBGRADIENT, least=0.1),
        ),
        source="the share of inputs that the network does not use at all",
        note="Measurable is how many inputs are left to explain. Whether people understand the network better is not.",
    ),
    Statement(
        "l1-robust",
        "L1 makes the network more robust.",
        "robustness",
        (
            Case("little noise", ("images",), "l1", options={"noise": 0.2}),
            Case("much noise", ("images",), "l1", options={"noise": 0.5}),
        ),
        source="accuracy on test images with Gaussian noise, of 0.2 and 0.5 of the pixels' range",
    ),
    Statement(
        "l2-small",
        "L2 makes weights small.",
        "shrinkage",
        (
            Case("50 features", ("features",), "l2"),
            Case("images", ("images",), "l2"),
            Case("two moons", ("moons",), "l2"),
        ),
        picture="weights",
        source="by how much the norm of all weights is below that without regularization, as a share of it",
    ),
    Statement(
        "l2-not-zero",
        "L2 does not make weights zero.",
        "nonzero",
        (
            Case("50 features", ("features",), "l2", "", 0.99),
            Case("images", ("images",), "l2", "", 0.99),
            Case("two moons", ("moons",), "l2", "", 0.99),
        ),
        source="the share of weights that do not equal 0; it must exceed 99 %",
    ),
    Statement(
        "l2-noise",
        "L2 damps noisy features.",
        "damping",
        (Case("45 of 50 features are noise", ("features",), "l2"),),
        picture="features",
        source="norm of an irrelevant input's weights over that of a relevant one, none − l2",
    ),
    Statement(
        "l2-stable",
        "L2 makes training converge stably.",
        "jitter",
        (
            Case("50 features", ("features",), "l2"),
            Case("images", ("images",), "l2"),
            Case("two moons", ("moons",), "l2"),
        ),
        picture="curves",
        source="change of the validation loss from epoch to epoch over its mean, last half of training, none − l2",
    ),
    Statement(
        "dropout-coadaptation",
        "Dropout breaks co-adaptation of units.",
        "correlation",
        (
            Case("images", ("images",), "dropout"),
            Case("two moons", ("moons",), "dropout"),
        ),
        picture="correlations",
        source="mean absolute correlation of two hidden units of the first layer over test examples (Cogswell et al. "
        "2016), none − dropout",
    ),
    Statement(
        "dropout-units",
        "With dropout a network depends less on single units.",
        "removal",
        (
            Case("images", ("images",), "dropout"),
            Case("two moons", ("moons",), "dropout"),
        ),
        source="accuracy lost when a random half of the first layer's units is removed (Morcos et al. 2018), none − "
        "dropout",
    ),
    Statement(
        "dropout-robust",
        "Dropout gives robust features.",
        "robustness",
        (
            Case("little noise", ("images",), "dropout", options={"noise": 0.2}),
            Case("much noise", ("images",), "dropout", options={"noise": 0.5}),
        ),
        source="accuracy on test images with Gaussian noise, of 0.2 and 0.5 of the pixels' range",
    ),
    Statement(
        "dropout-architectures",
        "Dropout works across architectures.",
        "accuracy",
        (
            Case("fully connected", ("images",), "dropout"),
            Case("convolutional", ("cnn",), "dropout"),
            Case("residual", ("residual",), "dropout"),
        ),
        source="test accuracy, dropout − none",
    ),
    Statement(
        "early-stops",
        "Early stopping ends training when validation degrades.",
        "stopped",
        (
            Case("images", ("images",), "early_stopping", "", 0.05),
            Case("two moons", ("moons",), "early_stopping", "", 0.05),
        ),
        picture="curves",
        source="the share of the epochs that is saved",
    ),
    Statement(
        "early-alone",
        "Early stopping predicts better than training to the end.",
        "log_loss",
        (
            Case("images", ("images",), "early_stopping"),
            Case("two moons", ("moons",), "early_stopping"),
        ),
        source="log-loss on test examples, none − early stopping",
    ),
    Statement(
        "early-combines",
        "Early stopping combines well with other techniques.",
        "log_loss",
        (
            Case("with dropout", ("images",), "dropout+early_stopping", "dropout"),
            Case("with L2", ("images",), "early_stopping+l2", "l2"),
        ),
        source="log-loss on test examples, the technique alone − with early stopping",
    ),
    Statement(
        "norm-faster",
        "Batch norm converges faster.",
        "epochs",
        tuple(
            Case(f"learning rate {rate:g}", ("rates",), "batch_norm", options={"rate": rate})
            for rate in RATES[1:6]
        ),
        picture="rates",
        source="epochs until the training loss is below 0.1, none − batch norm; a run that never gets there counts as "
        "one epoch more than it had",
    ),
    Statement(
        "norm-stable",
        "Batch norm makes training more stable.",
        "usable",
        (Case("images", ("rates",), "batch_norm"),),
        picture="rates",
        source="how many of seven learning rates (1e-4 to 0.1) end within 5 points of the best validation accuracy, "
        "batch norm − none",
    ),
    Statement(
        "norm-regularizes",
        "Batch norm regularizes.",
        "gap",
        (
            Case("images", ("images",), "batch_norm"),
            Case("two moons", ("moons",), "batch_norm"),
        ),
        source="training minus test accuracy, none − batch norm",
    ),
    Statement(
        "norm-shift",
        "Batch norm reduces covariate shift.",
        "drift",
        (Case("images", ("after 3 epochs", "after 4 epochs"), "batch_norm"),),
        source="how far the mean activation of a first-layer unit moves in the fourth epoch, in standard deviations "
        "over test examples (after Ioffe and Szegedy 2015, figure 1), none − batch norm",
    ),
    Statement(
        "augmentation-data",
        "Augmentation makes up for small data sets.",
        "accuracy",
        (
            Case("few images", ("few images",), "augmentation"),
            Case("ten times as many", ("images",), "augmentation"),
            Case("a hundred times as many", ("many images",), "augmentation"),
        ),
        picture="sizes",
        source="test accuracy, augmentation − none, at 100, 1,000 and 10,000 training images",
    ),
    Statement(
        "smooth-boundary",
        "Regularization makes the decision boundary smoother.",
        "boundary",
        tuple(
            Case(name, ("moons",), method)
            for name, method in (
                ("L1", "l1"),
                ("L2", "l2"),
                ("dropout", "dropout"),
                ("early stopping", "early_stopping"),
                ("batch norm", "batch_norm"),
            )
        ),
        picture="boundaries",
        source="length of the boundary in the frame of the data, in standard deviations of the inputs, none − method",
    ),
    Statement(
        "combining",
        "Combining techniques can be useful.",
        "accuracy",
        (
            Case("dropout+l2 over dropout", ("images",), "dropout+l2", "dropout"),
            Case("dropout+l2 over l2", ("images",), "dropout+l2", "l2"),
        ),
        source="test accuracy, the combination − each of its parts",
    ),
    Statement(
        "no-best",
        "No single technique is universally best.",
        "beaten",
        tuple(
            Case(method, tuple(map(named, SETS)), method, "", options={"among": len(SETS)})
            for method in SINGLE
        ),
        picture="sets",
        source="score of another technique − its own, on that one of twelve sets where it is clearest; the interval "
        "allows for this choice",
    ),
)
"""Every statement with its measure and source."""

EXPERIMENT = Experiment(
    name="textbook-claims",
    title="What textbooks say about L1, L2, dropout, early stopping, batch norm and augmentation, measured",
    question="Which of the usual statements about regularization hold, how large is each effect, and on what does it "
    "depend?",
    unstated=(
        "The articles state no data, network or strength. All of these are ours; strengths are chosen by validation.",
        "Numbers of replicates were chosen by pilots with other seeds: where they left a statement undecided and "
        "networks train quickly, there are more of them.",
    ),
    remarks=(),
    statements=STATEMENTS,
    printed=(),
    scales={
        "paper": Extent(trials(2.0, 20, (100, 1_000, 10_000))),
        "laptop": Extent(trials(1.0, 5, (100, 1_000, 10_000))),
        "smoke": Extent(trials(0.02, 2, (50, 60, 70), SETS[:1], more=False), judged=False),
    },
    seed=2,
)
