"""PyTorch: modules, and a training loop written out."""

from bridle.recipes.frameworks import Framework

_MODULES = {
    "relu": "ReLU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "elu": "ELU",
    "selu": "SELU",
    "silu": "SiLU",
}

PYTORCH = Framework(
    name="pytorch",
    title="PyTorch",
    packages="torch and scikit-learn",
    template="pytorch.py.jinja",
    # Bridle's GELU is the approximation by tanh
    activations={name: f"nn.{module}()" for name, module in _MODULES.items()}
    | {"gelu": 'nn.GELU(approximate="tanh")'},
    losses=frozenset({"cross_entropy", "squared", "huber"}),
    places=frozenset(
        {
            "optimizer", "sizes", "functions", "modules", "factor", "moments", "input", "pre", "post", "merge",
            "prepared", "start", "batch", "losses", "loss", "gradient", "step", "epoch", "end", "predictor", "members",
        }
    ),
    moving=frozenset({"batch", "losses", "loss", "gradient", "step"}),
    aliases=("torch",),
)  # fmt: skip
