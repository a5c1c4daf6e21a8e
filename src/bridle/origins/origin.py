"""Records of a reproduced work: its settings, what it left unstated, and what it published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How much of the work to repeat: `laptop` all of it, `paper` in more replicates, `smoke` to see that it runs.

    Attributes:
        dataset: with its arguments.
        epochs: of every run.
        replicates: number of draws.
    """

    dataset: str
    epochs: int
    replicates: int


@dataclass(frozen=True)
class Published:
    """A figure that the work printed.

    Attributes:
        method: the label of the method here.
        metric: what was measured, such as `test accuracy`.
        value: the figure, a fraction where it is one.
        text: as printed, or a remark on it.
    """

    method: str
    metric: str
    value: float
    text: str


@dataclass(frozen=True)
class Claim:
    """A ranking: the work's figures say that one method scores higher than another.

    Attributes:
        better: the label of the method that scores higher.
        worse: the label of the other.
        text: the claim in words, with its figures.
    """

    better: str
    worse: str
    text: str


@dataclass(frozen=True)
class Origin:
    """A work to reproduce.

    Attributes:
        name: as in `bridle reproduce NAME`.
        title: what it is, in a line.
        question: that it leaves open, and that Bridle answers.
        methods: its methods with their settings, and the baseline, whether the work has one or not.
        widths: units of the hidden layers.
        batch_size: examples of one step.
        learning_rate: of Adam.
        unstated: what the work does not state and Bridle chose, in sentences.
        remarks: further sentences for readers.
        published: its figures.
        claims: rankings that its figures assert.
        scales: by name.
    """

    name: str
    title: str
    question: str
    methods: tuple[str, ...]
    widths: tuple[int, ...]
    batch_size: int
    learning_rate: float
    unstated: tuple[str, ...]
    remarks: tuple[str, ...]
    published: tuple[Published, ...]
    claims: tuple[Claim, ...]
    scales: dict[str, Scale]
