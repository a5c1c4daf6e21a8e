"""Networks as pure functions with named slots where hooks may act."""

MLP_NAME = "mlp"
"""The network where none is asked for."""
