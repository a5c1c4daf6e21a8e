"""L1 on two moons, with pictures."""

from bridle.origins.origin import Origin, Published, Scale

ORIGIN = Origin(
    name="moons-l1",
    title="A network with and without an L1 penalty on two moons: boundaries, curves, weights",
    question="Does L1 make weights exactly zero, and does it help on two moons?",
    methods=("none", "l1(strength=0.001,update=subgradient)", "l1(strength=0.001)"),
    widths=(128, 128),
    batch_size=32,
    learning_rate=0.001,
    unstated=(
        "The work states the L1 strength (0.001 on the kernels, added to the loss), ReLU, Adam and "
        "binary cross-entropy. Sample size, noise, widths, batch size and epochs are ours.",
    ),
    remarks=(
        "The work has one run each. Its penalty is update=subgradient; update=proximal is the same "
        "penalty applied so that weights become exactly zero.",
    ),
    published=(
        Published(
            method="l1(strength=0.001,update=subgradient)",
            metric="weights",
            value=0.0,
            text="claims a narrower range of weights and sparsity; the same network run again in "
            "Keras for 300 epochs had no weight at exactly zero, 55 % below 0.001 in size",
        ),
    ),
    claims=(),
    scales={
        "paper": Scale("moons(n=500,noise=0.3,validation=0.2)", epochs=300, replicates=50),
        "laptop": Scale("moons(n=500,noise=0.3,validation=0.2)", epochs=300, replicates=10),
        "smoke": Scale("moons(n=60,noise=0.3,validation=0.2)", epochs=3, replicates=2),
    },
)
