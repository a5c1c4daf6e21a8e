"""JAX with Optax: the network is a plain function, the step is written out."""

from bridle.recipes.frameworks import Framework

_STEP = {"weights", "input", "pre", "post", "merge", "batch", "losses", "loss", "gradient", "step"}
"""Places within a step, where the training's progress is an argument."""

OPTAX = Framework(
    name="optax",
    title="Optax",
    packages="jax, optax and scikit-learn",
    template="optax.py.jinja",
    activations={
        name: f"jax.nn.{name}" for name in ("relu", "sigmoid", "gelu", "elu", "selu", "silu")
    }
    | {"tanh": "jnp.tanh"},
    losses=frozenset({"cross_entropy", "squared", "huber"}),
    places=frozenset(
        {
            "optimizer", "sizes", "functions", "factor", "initial", "moments", "aside", "start", "after", "epoch",
            "end", "predictor", "members", *_STEP,
        }
    ),
    moving=frozenset({"after", *_STEP}),
    named=True,
    weights="w",
    aliases=("jax",),
    moving_math={"min": "jnp.minimum", "cos": "jnp.cos", "pi": "jnp.pi", "where": "jnp.where"},
)  # fmt: skip
