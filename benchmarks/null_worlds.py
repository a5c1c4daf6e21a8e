"""Data of many studies: for each a sample, a test set or a table of its own, by design.

A study is a seed, and a run of it a number: the engine's replicate, from which its initialization, order and noise
follow. Which runs see the same split is decided here, apart from that. So methods can share what they learn from and
nothing else.
"""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from bridle.data import load
from bridle.data.dataset import Dataset, Defaults, Design, Inputs, Integers, Sizes, Split
from bridle.data.generated import class_counts, moons_curve, sample
from bridle.data.preprocessing import standardize
from bridle.data.randomness import generator
from bridle.data.splits import stratified
from bridle.tasks import Classification

Draws = Literal["own", "paired", "shared"]
"""What the methods of one replicate share: nothing, the split alone, or all draws as in a comparison."""

MOONS = "moons"

SIZES = {MOONS: Sizes(64, 36, 200), "digits": Sizes(200, 100, 300), "wine": Sizes(84, 30, 30)}
"""Parts with equally many rows of every class."""

POOL = 2000
"""So many rows of moons do the splits with a fixed test set draw from, as MNIST's do from 60,000."""


@dataclass(frozen=True)
class World:
    """Where studies come from.

    Attributes:
        source: `moons`, of which each study (or replicate, where all is fresh) is a new sample; or the name of a table,
            which is that of all studies.
        design: what replicates share.
        draws: what the methods of a replicate share.
        methods: how many there are, the baseline among them.
        meaningless: whether labels are shuffled, anew in each study (or replicate).
        copies: so many test rows, or last rows of the table, are copies of others.
        pool: with a fixed test set of moons, the rows that splits draw from.
    """

    source: str
    design: Design
    draws: Draws = "shared"
    methods: int = 1
    meaningless: bool = False
    copies: int = 0
    pool: int = POOL

    def number(self, method: int, replicate: int) -> int:
        """Return the number of a run."""
        return replicate if self.draws == "shared" else replicate * self.methods + method

    @property
    def sizes(self) -> Sizes:
        """The rows of each part."""
        return SIZES[self.source]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return load(self.source).classes

    def dataset(self) -> Dataset:
        """Return the data set of all studies; the seed says which."""
        features = self._rows(0, 0)[0].shape[1]
        return Dataset(
            spec=self.source,
            name=self.source,
            task=Classification(self.classes),
            features=tuple(f"x{column}" for column in range(features)),
            shape=(features,),
            design=self.design,
            defaults=Defaults((16,), "tanh", batch_size=32, epochs=8, learning_rate=0.01),
            sizes=self.sizes,
            shared=False,  # runs of many studies, each with its own rows or labels, train side by side
            draw=self._draw,
        )

    def _draw(self, number: int, seed: int) -> Split:
        """Draw the split of one run of the study `seed`."""
        place = number // self.methods if self.draws == "paired" else number
        inputs, labels, fixed = self._rows(place if self.design == "fresh" else 0, seed)
        random = generator(seed, place, "null/split")
        parts = asdict(self.sizes)
        if self.design == "overlapping":
            train, validation, test = stratified(labels, parts, self.classes, random)
        else:
            del parts["test"]
            train, validation = stratified(labels[:fixed], parts, self.classes, random)
            test = np.arange(fixed, len(labels), dtype=np.int32)
        return Split(inputs, labels, train, validation, test, *standardize(inputs, train))

    def _rows(self, number: int, seed: int) -> tuple[Inputs, Integers, int]:
        """Return inputs, labels, and the row where those of a test set begin that splits leave alone."""
        sizes, learn = self.sizes, self.sizes.train + self.sizes.validation
        if self.source == MOONS:
            learn = self.pool if self.design == "fixed_test" else learn
            counts = [class_counts(n, 2) for n in (learn, sizes.test)]
            random = generator(seed, number, "null/points")
            drawn = [sample(moons_curve, count, {"noise": 0.3}, random) for count in counts]
            inputs: Inputs = np.concatenate([points for points, _ in drawn]).astype(np.float32)
            labels = np.concatenate([classes for _, classes in drawn])
        else:
            inputs, labels = table(self.source)
        if self.meaningless:
            # with parts of known size and classes of equal size, whatever is predicted is right one time in K
            random = generator(seed, number, "null/labels")
            cuts = [] if self.design == "overlapping" else [learn]
            labels = np.concatenate([random.permutation(part) for part in np.split(labels, cuts)])
        if self.copies:
            inputs, labels = inputs.copy(), labels.copy()
            inputs[-self.copies :], labels[-self.copies :] = (
                inputs[: self.copies],
                labels[: self.copies],
            )
        return inputs, labels, learn


@functools.cache
def table(name: str) -> tuple[Inputs, Integers]:
    """Return rows of a table of the catalogue: those to learn from, then those to test, as `SIZES` says."""
    split = load(name).replicate(0, 0)
    sizes = SIZES[name]
    parts = {"learn": sizes.train + sizes.validation, "test": sizes.test}
    wanted = sum(parts.values()) // len(load(name).classes)
    rows = np.concatenate(
        [np.flatnonzero(split.targets == k)[:wanted] for k in np.unique(split.targets)]
    )
    random = generator(0, 0, "null/table")
    ordered = rows[
        np.concatenate(stratified(split.targets[rows], parts, load(name).classes, random))
    ]
    return split.inputs[ordered].astype(np.float32), split.targets[ordered]
