"""Records of a work whose statements take several comparisons: what is trained, and which statement each decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Trial:
    """One comparison that an experiment trains.

    Attributes:
        dataset: with its arguments.
        options: further arguments of `bridle.compare`.
    """

    dataset: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One condition under which a statement is tested.

    Attributes:
        name: what is special about it, in a few words.
        trials: names of the trials that are measured.
        method: the label of the method that the statement is about.
        against: the label of what it is measured against; empty where the method is measured alone.
        least: what the effect must exceed for the statement to hold, in the measure's own unit.
        options: further arguments of the measure.
    """

    name: str
    trials: tuple[str, ...]
    method: str
    against: str = "none"
    least: float = 0.0
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    """What a work says, and how that is tested.

    Attributes:
        name: short, for files and links.
        text: the statement in words.
        measure: the name of the measure; see `bridle.experiments.measures`.
        cases: the conditions; the statement holds if it holds in all.
        picture: the kind of picture that shows it.
        source: who proposed the measure.
        note: what the measure leaves out, in a sentence.
    """

    name: str
    text: str
    measure: str
    cases: tuple[Case, ...]
    picture: str = "pairs"
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Printed:
    """A figure that the work printed.

    Attributes:
        trial: where it is measured here.
        method: the label of the method here; empty where Bridle has no such method.
        value: test accuracy, as a fraction.
        text: as printed.
        name: what it is of, in the work's words.
        runs: number of trainings that it is the mean of.
        score: `test` or `train`.
    """

    trial: str
    method: str
    value: float
    text: str
    name: str
    runs: int = 1
    score: str = "test"


@dataclass(frozen=True)
class Extent:
    """One scale of an experiment.

    Attributes:
        trials: by name.
        short: what is smaller than in the work, so that its figures cannot be compared; empty if nothing is.
        judged: whether statements are decided; of a scale that only shows that everything runs they are not.
    """

    trials: Mapping[str, Trial]
    short: str = ""
    judged: bool = True


@dataclass(frozen=True)
class Experiment:
    """A work whose statements take several comparisons.

    Attributes:
        name: as in `bridle reproduce NAME`.
        title: what it is, in a line.
        question: that it leaves open, and that Bridle answers.
        unstated: what the work does not state and Bridle chose, in sentences.
        remarks: further sentences for readers.
        statements: what it says.
        printed: its figures.
        scales: by name.
        seed: from which its replicates follow, unless another is asked for.
    """

    name: str
    title: str
    question: str
    unstated: tuple[str, ...]
    remarks: tuple[str, ...]
    statements: tuple[Statement, ...]
    printed: tuple[Printed, ...]
    scales: Mapping[str, Extent]
    seed: int = 0
