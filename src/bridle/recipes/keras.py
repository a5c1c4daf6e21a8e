"""Keras: layers, `compile` and `fit`, on any of its back ends."""

from bridle.recipes.frameworks import Framework

KERAS = Framework(
    name="keras",
    title="Keras",
    packages="keras with TensorFlow, JAX or PyTorch (KERAS_BACKEND), and scikit-learn",
    template="keras.py.jinja",
    activations={
        name: f'keras.layers.Activation("{name}")'
        for name in ("relu", "tanh", "sigmoid", "elu", "selu", "silu")
    }
    | {"gelu": "keras.layers.Activation(partial(keras.activations.gelu, approximate=True))"},
    losses=frozenset({"cross_entropy", "squared", "huber"}),
    places=frozenset(
        {
            "optimizer", "arguments", "prepared", "functions", "factor", "input", "pre", "post", "merge", "absolutes",
            "squares", "regularizer", "constraint", "smoothing", "losses", "batch", "callbacks", "metrics",
        }
    ),
    moving=frozenset({"batch"}),
    aliases=("tensorflow", "tf", "tf.keras"),
    math={"min": "ops.minimum", "cos": "ops.cos", "pi": "np.pi", "where": "ops.where"},
    moving_math={"min": "ops.minimum", "cos": "ops.cos", "pi": "np.pi", "where": "ops.where"},
)  # fmt: skip
