"""Networks as pure functions with named slots where hooks may act."""
