"""`changed`: the test images that a method changes most, and those that it still gets wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.metrics.contributions import probabilities
from bridle.report.figures.base import NotShownError, StudyReading, need_methods
from bridle.study.plan import BASELINE

SHOWN = 6
"""Number of images at each side."""

METHODS = 8
"""Maximum number of methods shown: the best."""


@dataclass(frozen=True)
class Example:
    """One test image.

    Attributes:
        image: [height, width] or [height, width, 3], from 0 to 1.
        true: its class.
        before: the class that the baseline predicts; empty without one.
        after: the class that the method predicts.
        change: of the probability of the true class; without a baseline that probability itself.
    """

    image: npt.NDArray[np.float64]
    true: str
    before: str
    after: str
    change: float


@dataclass(frozen=True)
class Changed:
    """One method's images.

    Attributes:
        method: its name, as tables write it.
        better: where the true class became likelier, most first; empty for the baseline.
        worse: where it became less likely, most first; of the baseline its surest mistakes.
    """

    method: str
    better: tuple[Example, ...]
    worse: tuple[Example, ...]


@dataclass(frozen=True)
class ChangedFigure:
    """Images, a row for each method.

    Attributes:
        methods: the baseline first, if there is one, then the best.
        replicate: whose networks and test images are shown.
    """

    methods: tuple[Changed, ...]
    replicate: int


def collect(reading: StudyReading) -> ChangedFigure:
    """Compare every method's test predictions in one replicate with the baseline's.

    Raises:
        NotShownError: the data are no images, or no replicate has results of all methods.
    """
    shape = reading.dataset.shape
    if len(shape) not in (2, 3):
        raise NotShownError(f"{reading.dataset.name} holds no images")
    labels = need_methods(reading.answer)[: METHODS + 1]
    shared = set.intersection(*(set(reading.answer.evidence.done(label)) for label in labels))
    if not shared:
        raise NotShownError("no replicate has a result of every method")
    replicate = min(shared)
    split = reading.dataset.replicate(replicate, reading.plan.seed)
    images = split.inputs[split.test].astype(np.float64).reshape(-1, *shape)
    low, high = float(images.min()), float(images.max())
    images = (images - low) / max(high - low, 1e-12)
    truth, names = split.targets[split.test], reading.dataset.classes
    said = {
        label: probabilities(reading.study.predictions(label, replicate)["test"])
        for label in labels
    }
    base = said.get(BASELINE)
    found = []
    for label in labels:
        before = None if label == BASELINE else base
        shown = ChangedImages(images, truth, names, before, said[label])
        found.append(Changed(reading.name(label), shown.better, shown.worse))
    return ChangedFigure(tuple(found), replicate)


@dataclass(frozen=True)
class ChangedImages:
    """The test images with what two networks say of them; the first is `None` for the baseline itself."""

    images: npt.NDArray[np.float64]
    truth: npt.NDArray[np.int32]
    names: tuple[str, ...]
    before: npt.NDArray[np.float64] | None
    after: npt.NDArray[np.float64]

    @property
    def change(self) -> npt.NDArray[np.float64]:
        """The change of the true class's probability [n]; without `before` that probability itself."""
        rows = np.arange(len(self.truth))
        base = 0.0 if self.before is None else self.before[rows, self.truth]
        return np.asarray(self.after[rows, self.truth] - base)

    @property
    def better(self) -> tuple[Example, ...]:
        """The images whose true class became likelier."""
        if self.before is None:
            return ()
        order = np.argsort(-self.change, kind="stable")[:SHOWN]
        return tuple(self._example(row) for row in order if self.change[row] > 0)

    @property
    def worse(self) -> tuple[Example, ...]:
        """The images whose true class became less likely; without `before` the surest mistakes."""
        order = np.argsort(self.change, kind="stable")[:SHOWN]
        if self.before is None:
            wrong = self.after.argmax(axis=1) != self.truth
            return tuple(self._example(row) for row in order if wrong[row])
        return tuple(self._example(row) for row in order if self.change[row] < 0)

    def _example(self, row: np.intp) -> Example:
        before = "" if self.before is None else self.names[self.before[row].argmax()]
        after = self.names[self.after[row].argmax()]
        change = float(self.change[row])
        return Example(self.images[row], self.names[self.truth[row]], before, after, change)


def caption(record: ChangedFigure) -> str:
    """Say how to read the figure."""
    return (
        f"Test images of replicate {record.replicate}. Without regularization: the surest mistakes. With a method: "
        "left, where the true class became likelier; right, where it became less likely; the largest changes first. "
        "Below: the true class, then what was predicted without and with the method."
    )


def alt(record: ChangedFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = [
        f"{one.method}: " + ", ".join(_said(example) for example in (*one.better, *one.worse)[:3])
        for one in record.methods
    ]
    return f"Test images that methods change most. {'; '.join(parts)}."


def _said(example: Example) -> str:
    before = f"{example.before} → " if example.before else ""
    return f"{example.true} read as {before}{example.after}"
