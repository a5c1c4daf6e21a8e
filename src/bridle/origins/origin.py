"""Records of a reproduced work: its settings, what it left unstated, and what it published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridle.networks import MLP_NAME


@dataclass(frozen=True)
class Scale:
    """How much of the work to repeat: `laptop` all of it, `paper` in more replicates, `smoke` to see that it runs.

    Attributes:
        dataset: with its arguments.
        epochs: of every run.
        replicates: number of draws.
        configurations: settings that every method tries; None stands for the work's own settings alone.
    """

    dataset: str
    epochs: int
    replicates: int
    configurations: int | None = None


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
class Variations:
    """In what a work may be repeated otherwise than it was done.

    Attributes:
        question: that such a repetition answers.
        tuned: the scales at which every method is tuned equally, by name; empty if that is not offered.
        data: whether other data sets may be given.
        network: whether other networks may be given.
        methods: what stands for a method of the work in another network, where its settings fit the work's own only.
    """

    question: str
    tuned: Mapping[str, Scale] = field(default_factory=dict)
    data: bool = False
    network: bool = False
    methods: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that are offered."""
        offered = {"tuned": bool(self.tuned), "data": self.data, "network": self.network}
        return tuple(name for name, there in offered.items() if there)


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
        learning_rate: of Adam; None where it is tuned.
        unstated: what the work does not state and Bridle chose, in sentences.
        remarks: further sentences for readers.
        published: its figures.
        claims: rankings that its figures assert.
        scales: by name.
        network: as `bridle.compare` takes it.
        variations: in what it may be repeated otherwise; None if in nothing.
    """

    name: str
    title: str
    question: str
    methods: tuple[str, ...]
    widths: tuple[int, ...]
    batch_size: int
    learning_rate: float | None
    unstated: tuple[str, ...]
    remarks: tuple[str, ...]
    published: tuple[Published, ...]
    claims: tuple[Claim, ...]
    scales: Mapping[str, Scale]
    network: str = MLP_NAME
    variations: Variations | None = None
