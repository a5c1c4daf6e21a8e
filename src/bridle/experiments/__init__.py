"""Experiments: works whose statements take several comparisons. Trains them, measures, and decides."""
