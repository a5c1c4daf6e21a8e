"""All works that Bridle reproduces."""

from __future__ import annotations

from bridle.errors import unknown
from bridle.origins import (
    double_descent,
    dropconnect_mnist,
    dropout_data_size,
    dropout_table9,
    early_dropout,
    mnist_five,
    moons_l1,
    noise_labels,
    random_labels,
    textbook_claims,
)
from bridle.origins.experiment import Experiment
from bridle.origins.origin import Origin


def origins() -> dict[str, Origin]:
    """Return by name every work that is one comparison."""
    found = (moons_l1.ORIGIN, mnist_five.ORIGIN, noise_labels.ORIGIN)
    return {origin.name: origin for origin in found}


def experiments() -> dict[str, Experiment]:
    """Return by name every work that takes several comparisons."""
    found = (
        textbook_claims.EXPERIMENT,
        dropout_table9.EXPERIMENT,
        dropconnect_mnist.EXPERIMENT,
        random_labels.EXPERIMENT,
        dropout_data_size.EXPERIMENT,
        double_descent.EXPERIMENT,
        early_dropout.EXPERIMENT,
    )
    return {experiment.name: experiment for experiment in found}


def works() -> dict[str, Origin | Experiment]:
    """Return every work by name."""
    return {**origins(), **experiments()}


def work(name: str) -> Origin | Experiment:
    """Return a work by name; underscores are understood as hyphens.

    Raises:
        UserError: no work has that name.
    """
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    if plain not in works():
        raise unknown("work to reproduce", name, works(), "See `bridle reproduce`.")
    return works()[plain]
