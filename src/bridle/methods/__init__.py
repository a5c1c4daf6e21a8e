"""One file per method: its card, its hyperparameters, its hooks. Knows nothing of training loops."""
