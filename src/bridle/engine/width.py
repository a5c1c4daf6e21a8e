"""How many lanes a program has: as many as stay in a core's cache."""

from __future__ import annotations

import itertools

from bridle.data.dataset import Dataset
from bridle.engine.spec import ProgramSpec

CPU_BYTES = 4 * 2**20
"""Parameters, two moments and gradients of all lanes should stay within this on one core."""

MOST_LANES = 32
"""More lanes gain nothing on a CPU, and make the last, half-empty round dearer."""


def parameter_count(spec: ProgramSpec, dataset: Dataset) -> int:
    """Return the number of weights and biases of the network."""
    inputs = 1
    for side in dataset.shape:
        inputs *= side
    classes = len(dataset.classes)
    sizes = (inputs, *spec.widths, 1 if classes == 2 else classes)
    return sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(sizes))


def lanes(spec: ProgramSpec, dataset: Dataset) -> int:
    """Return the width of a program: a power of two that depends on program and shapes alone.

    A population whose parameters and optimizer state fall out of cache is half as fast; a large network keeps a
    core busy by itself.
    """
    state_bytes = 4 * 4 * parameter_count(spec, dataset)
    width = 1
    while width < MOST_LANES and 2 * width * state_bytes <= CPU_BYTES:
        width *= 2
    return width
