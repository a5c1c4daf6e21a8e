"""A trained network, or several as an ensemble, with all that a prediction needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.engine.compiled import Shapes
from bridle.engine.predictor import answers
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.tasks.base import Scaling, Task

Floats = npt.NDArray[np.floating]

BLOCK = 8192
"""Number of rows that are predicted at a time."""


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A trained network, or several as an ensemble. It can be pickled and copied.

    Attributes:
        program: what its members were trained by.
        shapes: of the data that they were trained on.
        members: the specification and the weights of each.
        shift: [d], what is subtracted from inputs.
        scale: [d], by what they are then multiplied.
        target_scaling: how targets were scaled; None for classes.
    """

    program: ProgramSpec
    shapes: Shapes
    members: tuple[tuple[RunSpec, dict[str, np.ndarray]], ...]
    shift: Floats
    scale: Floats
    target_scaling: Scaling | None

    @property
    def task(self) -> Task:
        """What was learned; classes are named by their numbers."""
        return self.shapes.task

    def predict(self, inputs: npt.NDArray[Any]) -> Floats:
        """Return predictions for examples, `inputs [n, d]`, in the unit that the network was trained on.

        Returns:
            Class probabilities `[n, K]`, or values `[n, T]` in the targets' unit; of an ensemble their mean.
        """
        # in blocks, so that memory is bounded and a file that is read in such blocks gets the same bits
        starts = range(0, max(len(inputs), 1), BLOCK)
        found = [self._predict(inputs[start : start + BLOCK]) for start in starts]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _predict(self, inputs: npt.NDArray[Any]) -> Floats:
        x = ((inputs - self.shift) * self.scale).astype(np.float32)
        found = [
            self.task.decode(
                answers(self.program, self.shapes, run, weights, x), self.target_scaling
            )
            for run, weights in self.members
        ]
        return np.asarray(found[0] if len(found) == 1 else np.mean(found, axis=0))
