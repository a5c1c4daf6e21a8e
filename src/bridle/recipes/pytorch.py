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
    images=True,
    places=frozenset(
        {
            "optimizer", "sizes", "functions", "factor", "moments", "input", "pre", "post", "prepared", "start",
            "batch", "loss", "gradient", "step", "epoch", "end", "predictor", "members",
        }
    ),
    aliases=("torch",),
)  # fmt: skip
