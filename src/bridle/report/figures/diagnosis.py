"""The figures of a diagnosis: the learning curve, permuted targets, and memorization.

They show shares: accuracy for classes, R² for numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridle.diagnosis.wording import Wording
from bridle.numbers import many
from bridle.statistics.checks import Floats


@dataclass(frozen=True)
class LearningCurve:
    """The share of test examples against the number of training examples.

    Attributes:
        words: how shares are written, and their name.
        examples: [sizes] the numbers of training examples.
        mean: [sizes] over replicates.
        low: [sizes] lower end of a 95 % interval; NaN if unknown.
        high: [sizes] upper end.
        scores: for each size the scores of the replicates.
        chance: share with permuted targets.
        reference: name and share of a simple predictor on all examples.
    """

    words: Wording
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
            "Points: replicates. Line and band: their mean, with a 95 % interval for each size. Every size has "
            "about as many training steps. If the curve still rises at its right end, more examples would help."
        )

    def alt(self) -> str:
        """Describe it to those who do not see it."""
        steps = ", ".join(
            f"{many(size, 'example')} {self.words.number(score)}"
            for size, score in zip(self.examples, self.mean, strict=True)
        )
        return f"Test {self.words.share} by training examples: {steps}."


@dataclass(frozen=True)
class PermutedTargets:
    """The test share with permuted targets, against that with the true ones.

    Attributes:
        words: how shares are written, and their name.
        scores: [permutations] means over replicates.
        observed: with true targets.
        p: of the test that compares them.
    """

    words: Wording
    scores: tuple[float, ...]
    observed: float
    p: float

    def caption(self) -> str:
        """Say how to read it."""
        targets = self.words.targets
        return (
            f"Grey: the whole procedure on permuted {targets}, where there is nothing to learn; "
            "each count is one permutation. "
            f"If the true {targets} lie among them, no signal was found."
        )

    def alt(self) -> str:
        """Describe it to those who do not see it."""
        least, most = self.words.number(min(self.scores)), self.words.number(max(self.scores))
        return (
            f"{many(len(self.scores), 'permutation')} gave {least} to {most}, the true {self.words.targets} "
            f"{self.words.number(self.observed)}; p = {self.p:.2g}."
        )


@dataclass(frozen=True)
class Memorization:
    """The share on training examples, epoch by epoch, with true targets and with permuted ones.

    Attributes:
        words: how shares are written, and their name.
        true: [runs, epochs] on training examples.
        validation: [runs, epochs] on validation examples, of the same runs.
        permuted: [runs, epochs] on training examples, of runs on permuted targets.
        chance: the largest share that a constant prediction reaches.
    """

    words: Wording
    true: Floats
    validation: Floats
    permuted: Floats
    chance: float

    def caption(self) -> str:
        """Say how to read it."""
        targets, knows = self.words.targets, self.words.own.knows
        return (
            f"Mean over runs; bands hold the middle 80 % of them. With permuted {targets} nothing can be learned: what "
            f"the network {knows} above chance it knows by heart, and it could do so with the true {targets} too."
        )

    def alt(self) -> str:
        """Describe it to those who do not see it."""
        w = self.words
        ends = [w.number(float(part[:, -1].mean())) for part in (self.true, self.permuted)]
        return f"Training {w.share} ends at {ends[0]} with true {w.targets} and at {ends[1]} with permuted ones."
