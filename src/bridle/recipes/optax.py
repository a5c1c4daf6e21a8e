"""JAX with Optax: the network is a plain function, the step is written out."""

from bridle.recipes.frameworks import Framework

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
    images=True,
    places=frozenset(
        {
            "optimizer", "sizes", "functions", "factor", "initial", "moments", "weights", "input", "pre",
            "post", "batch", "loss", "gradient", "step", "start", "after", "epoch", "end", "predictor",
            "members",
        }
    ),
    aliases=("jax",),
)  # fmt: skip
