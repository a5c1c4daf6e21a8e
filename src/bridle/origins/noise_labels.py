"""A network on random labels."""

from bridle.origins.origin import Origin, Published, Scale, Variations

ORIGIN = Origin(
    name="noise-labels",
    title="A network with dropout on uniform features and random labels of 10 classes",
    question="Can any network, regularized or not, beat chance where labels are independent of the features?",
    methods=("none", "dropout(rate=[0.5,0])"),
    widths=(128, 64),
    batch_size=32,
    learning_rate=0.001,
    unstated=("The work states everything but the seed; the unregularized baseline is ours.",),
    remarks=(
        "The labels are independent of the features: no network can beat 10 % but by chance. The "
        "work's best validation accuracy, 11.83 %, would be 118.3 of its 1,000 rows; neither it nor "
        "its best validation loss is among the six epochs it prints. Run again in Keras: .111, .123, "
        ".115.",
    ),
    published=(
        Published(
            "dropout(rate=[0.5,0])",
            "best validation accuracy",
            0.1183,
            "11.83 %, the best of 20 epochs of one run",
        ),
        Published(
            "dropout(rate=[0.5,0])",
            "best validation loss",
            2.3057,
            "2.3057, the best of 20 epochs of one run",
        ),
    ),
    claims=(),
    scales={
        "paper": Scale("noise", epochs=20, replicates=100),
        "laptop": Scale("noise", epochs=20, replicates=20),
        "smoke": Scale("noise(train=100,validation=100)", epochs=2, replicates=2),
    },
    variations=Variations(
        "Its author wishes for real data, more architectures and more tuning: what do they change?",
        tuned={
            "paper": Scale("noise", epochs=20, replicates=100, configurations=9),
            "laptop": Scale("noise", epochs=20, replicates=20, configurations=9),
            "smoke": Scale("noise(train=100,validation=100)", 2, 2, configurations=2),
        },
        data=True,
        network=True,
        methods={"dropout(rate=[0.5,0])": "dropout(rate=0.5)"},
    ),
)
