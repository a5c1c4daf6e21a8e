"""What the figures of a diagnosis show: the learning curve, permuted labels, and what is memorized."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.numbers import many, percent

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LearningCurve:
    """Test accuracy against the number of training examples.

    Attributes:
        examples: [sizes].
        mean: [sizes], over replicates.
        low: [sizes], lower end of a 95 % interval; NaN where it is not known.
        high: [sizes], upper end.
        scores: for each size those of the replicates.
        chance: accuracy of permuted labels.
        reference: name and accuracy of a simple classifier on all examples.
    """

    examples: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    scores: tuple[tuple[float, ...], ...]
    chance: float
    reference: tuple[str, float]

    def caption(self) -> str:
        """Say how to read it."""
        return (
            "Points: replicates. Line and band: their mean, with a 95 % interval for each size. Equally many steps of "
            "training at every size. A curve that still rises at its right end asks for more examples."
        )

    def alt(self) -> str:
        """Describe it to those who do not see it."""
        steps = ", ".join(
            f"{many(size, 'example')} {percent(score, 1)}"
            for size, score in zip(self.examples, self.mean, strict=True)
        )
        return f"Test accuracy by training examples: {steps}."


@dataclass(frozen=True)
class PermutedLabels:
    """Test accuracy with permuted labels, against that with the true ones.

    Attributes:
        scores: [permutations], means over replicates.
        observed: with true labels.
        p: of the test that compares them.
    """

    scores: tuple[float, ...]
    observed: float
    p: float

    def caption(self) -> str:
        """Say how to read it."""
        return (
            "Grey: the whole procedure on permuted labels, where there is nothing to learn; "
            "each count is one permutation. "
            "Where the true labels lie among them, no signal was found."
        )

    def alt(self) -> str:
        """Describe it to those who do not see it."""
        least, most = percent(min(self.scores), 1), percent(max(self.scores), 1)
        return (
            f"{many(len(self.scores), 'permutation')} gave {least} to {most}, the true labels "
            f"{percent(self.observed, 1)}; p = {self.p:.2g}."
        )


@dataclass(frozen=True)
class Memorization:
    """Accuracy on training examples, epoch by epoch, with true labels and with permuted ones.

    Attributes:
        true: [runs, epochs], on training examples.
        validation: [runs, epochs], of the same runs on validation examples.
        permuted: [runs, epochs], of runs on permuted labels on training examples.
        chance: share of the commonest class.
    """

    true: Floats
    validation: Floats
    permuted: Floats
    chance: float

    def caption(self) -> str:
        """Say how to read it."""
        return (
            "Mean over runs; bands hold the middle 80 % of them. With permuted labels nothing can be learned: what the "
            "network gets right above chance it knows by heart, and it could do so with the true labels too."
        )

    def alt(self) -> str:
        """Describe it to those who do not see it."""
        ends = [percent(float(part[:, -1].mean()), 1) for part in (self.true, self.permuted)]
        return f"Training accuracy ends at {ends[0]} with true labels and at {ends[1]} with permuted ones."
