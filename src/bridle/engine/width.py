"""The number of lanes of a program: as many as fit in a core's cache, or fill a GPU."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from bridle.data.dataset import Dataset
from bridle.engine.spec import ProgramSpec
from bridle.networks.base import Network
from bridle.networks.catalogue import network_for
from bridle.optimizers.catalogue import optimizer


@dataclass(frozen=True)
class Room:
    """Limits on the lanes of a program, for a kind of device.

    Attributes:
        state: bytes for the arrays that a step works on.
        data: bytes for the samples of lanes that each have their own.
        lanes: maximum number.
    """

    state: int
    data: int
    lanes: int


ROOMS = {
    # more lanes gain nothing on a core, and make the last, half-empty round more expensive
    "cpu": Room(state=4 * 2**20, data=2**30, lanes=32),
    # a small share of any card's memory already keeps it busy
    "gpu": Room(state=4 * 2**30, data=4 * 2**30, lanes=1024),
}


def lanes(spec: ProgramSpec, dataset: Dataset, device: str = "cpu", runs: int | None = None) -> int:
    """Return the width of a program: a power of two.

    A step works on parameters, gradients and the optimizer's state; in a convolutional network also on what it keeps
    of its batch, with gradients. `python -m benchmarks width` shows the time of a run against the width. On a core, it
    depends on program and shapes alone, and so do a run's bits.

    Args:
        spec: the program.
        dataset: its data.
        device: the kind of device.
        runs: that it will train. On a GPU, which trains hundreds of lanes, no more lanes than these need: empty lanes
            take as long as others.
    """
    built = network_for(dataset, spec.network, spec.widths, spec.activation)
    state = 4 * (2 * sum(map(math.prod, built.shapes().values())) + _kept(spec, built))
    state += 2 * 4 * built.kept * spec.batch_size
    sizes = dataset.sizes
    rows = sizes.train + sizes.validation + sizes.test
    data = 0 if dataset.shared else 4 * rows * (1 + math.prod(dataset.shape))
    room = ROOMS[device]
    most = room.lanes if device == "cpu" or runs is None else min(room.lanes, 2 * runs - 1)
    width = 1
    while 2 * width <= most and 2 * width * state <= room.state and 2 * width * data <= room.data:
        width *= 2
    return width


def _kept(spec: ProgramSpec, built: Network) -> int:
    """Return how many numbers the optimizer keeps between steps."""

    def init() -> Any:
        return optimizer(spec.optimizer).init({k: jnp.zeros(s) for k, s in built.shapes().items()})

    return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(init)))
