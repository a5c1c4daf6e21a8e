"""scikit-learn's multilayer perceptron, trained batch by batch with `partial_fit`."""

from bridle.recipes.frameworks import Framework

SKLEARN = Framework(
    name="sklearn",
    title="scikit-learn",
    packages="scikit-learn",
    template="sklearn.py.jinja",
    activations={name: name for name in ("relu", "tanh")} | {"sigmoid": "logistic"},
    losses=frozenset({"cross_entropy", "squared"}),
    places=frozenset(
        {
            "optimizer", "factor", "start", "batch", "before", "step", "epoch", "end", "predictor", "members",
        }
    ),
    moving=frozenset({"batch", "before", "step"}),
    plain=True,
    weighting="scikit-learn divides the loss of a batch by the sum of its weights, not by its number of examples.",
    aliases=("scikit-learn", "scikit_learn", "skl"),
)  # fmt: skip
