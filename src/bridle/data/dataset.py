"""Data sets: their description, and the splits that replicates draw from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bridle.data.randomness import generator
from bridle.domains import Domain, Integer
from bridle.errors import UserError, unknown
from bridle.grammar import Call, Value

Inputs = NDArray[np.float32] | NDArray[np.uint8]
Integers = NDArray[np.int32]
Floats = NDArray[np.float32]

Design = Literal["fresh", "fixed_test", "overlapping"]
"""What replicates have in common, which decides the standard error of a comparison:
nothing (`fresh`), the test rows (`fixed_test`), or all rows, split anew (`overlapping`)."""

Channels = Literal["first", "last"]
"""Which axis of images holds their channels."""

_SEEDS = Integer(0, 2**64 - 1)
_NUMBERS = Integer(0, 2**32 - 1)


@dataclass(frozen=True)
class Argument:
    """One argument of a data set: `n` in `moons(n=500)`.

    Attributes:
        name: as written.
        domain: what it may be.
        default: its value where none is given.
        help: one line for lists.
        later: whether it came after studies of the data set; its default is then not written out, so that
            their names stay.
    """

    name: str
    domain: Domain
    default: Value
    help: str
    later: bool = False


@dataclass(frozen=True)
class Defaults:
    """The network and training that suit a data set when nothing else is asked for.

    Attributes:
        widths: units of each dense hidden layer.
        activation: of the hidden layers.
        batch_size: examples in a step.
        epochs: passes over the training rows.
        learning_rate: of the optimizer.
        optimizer: as `--optimizer` reads it.
        replicates: of a comparison.
    """

    widths: tuple[int, ...]
    activation: str
    batch_size: int
    epochs: int
    learning_rate: float
    optimizer: str = "adam"
    replicates: int = 10


@dataclass(frozen=True)
class Sizes:
    """How many examples each part of a split holds.

    Attributes:
        train: for training.
        validation: for choosing settings.
        test: for scores.
    """

    train: int
    validation: int
    test: int


@dataclass(frozen=True, eq=False)
class Split:
    """The examples of one replicate, and which of them serve what purpose.

    A network sees `(inputs - shift) * scale`; both are fitted on the training rows only.

    Attributes:
        inputs: [n, d] float32 or uint8, examples flattened.
        targets: [n] int32, positions in `Dataset.classes`.
        train: int32 row numbers, in random order.
        validation: int32 row numbers, in random order.
        test: int32 row numbers.
        shift: [d] float32.
        scale: [d] float32, always finite.
    """

    inputs: Inputs
    targets: Integers
    train: Integers
    validation: Integers
    test: Integers
    shift: Floats
    scale: Floats

    def seen(self, rows: Integers) -> Floats:
        """Return what a network sees of `rows`: [len(rows), d] float32."""
        return (self.inputs[rows].astype(np.float32) - self.shift) * self.scale

    def shortened(self, examples: int) -> Split:
        """Return the split with the first `examples` training rows alone; the scaling stays."""
        return replace(self, train=self.train[:examples])

    def permuted(self, random: np.random.Generator) -> Split:
        """Return the split of the same inputs with all labels permuted over them; the scaling stays.

        Every place of the split keeps its label and gets another row, so that parts that were
        stratified by the labels are so by the permuted ones too.

        Args:
            random: draws the permutation.
        """
        row = random.permutation(len(self.targets)).astype(np.int32)
        targets = np.empty_like(self.targets)
        targets[row] = self.targets
        parts = {name: row[getattr(self, name)] for name in ("train", "validation", "test")}
        return replace(self, targets=targets, **parts)


@dataclass(frozen=True)
class Dataset:
    """A data set: how it is written, what it holds, and the splits it gives to replicates.

    Attributes:
        spec: canonical text with every argument written out; `bridle.data.load` reads it.
        name: what people call it.
        classes: the names of the classes; targets are positions in it.
        features: the names of the d columns of `Split.inputs`.
        shape: of one example, such as `(2,)` or `(28, 28)`.
        design: what replicates have in common.
        defaults: network and training that suit it.
        sizes: of the parts, equal in every replicate.
        shared: whether `inputs` and `targets` are the same array objects in every replicate.
        channels: which axis of images held their channels where they were given; here it is the last.
        notes: sentences for readers of results, on how the examples were read.
        draw: makes the split of `(number, seed)`; call `replicate` instead.
    """

    spec: str
    name: str
    classes: tuple[str, ...]
    features: tuple[str, ...]
    shape: tuple[int, ...]
    design: Design
    defaults: Defaults
    sizes: Sizes
    shared: bool
    draw: Callable[[int, int], Split] = field(repr=False, compare=False)
    channels: Channels = "last"
    notes: tuple[str, ...] = field(default=(), compare=False)

    def replicate(self, number: int, seed: int, permutation: int | None = None) -> Split:
        """Draw the split of one replicate, a function of `(spec, seed, number, permutation)` alone.

        Args:
            number: of the replicate, from 0.
            seed: of the study, from 0 to 2**64 - 1.
            permutation: which permutation of the labels, from 0; by default they stay. Replicates
                of a shared table see it permuted in the same way, others each in their own.

        Raises:
            UserError: an argument is out of its domain, or the data cannot be had.
        """
        split = self.draw(_NUMBERS.check("number", number), _SEEDS.check("seed", seed))
        if permutation is None:
            return split
        own = 0 if self.shared else number
        purpose = f"permutation/{_NUMBERS.check('permutation', permutation)}"
        return split.permuted(generator(seed, own, purpose))


@dataclass(frozen=True)
class Kind:
    """An entry of the catalogue: a data set before its arguments are known.

    Attributes:
        name: as written in a specification.
        summary: one line for lists.
        arguments: in the order in which a canonical specification writes them.
        design: what replicates have in common.
        defaults: network and training that suit it.
        source: where it comes from, as a citation or an address.
        licence: of the data.
        build: makes the data set from its canonical specification and checked arguments.
    """

    name: str
    summary: str
    arguments: tuple[Argument, ...]
    design: Design
    defaults: Defaults
    source: str
    licence: str
    build: Callable[[str, Mapping[str, Any]], Dataset] = field(repr=False, compare=False)

    def resolve(self, given: Mapping[str, Value]) -> Call:
        """Check `given` and fill in what is missing.

        Returns:
            The canonical call: every argument, in declared order and proper type.

        Raises:
            UserError: an argument is unknown or outside its domain.
        """
        known = {argument.name: argument for argument in self.arguments}
        for name in given:
            if name not in known:
                hint = f"They are written as in {self.resolve({})}."
                raise unknown(f"argument of {self.name}", name, known, hint)
        values = {
            name: argument.domain.check(f"{self.name}: {name}", given.get(name, argument.default))
            for name, argument in known.items()
        }
        return Call(self.name, values)

    def load(self, given: Mapping[str, Value]) -> Dataset:
        """Return the data set for the arguments `given`.

        Raises:
            UserError: an argument is unknown or outside its domain, or arguments do not fit
                together.
        """
        call = self.resolve(given)
        silent = {a.name for a in self.arguments if a.later and call.arguments[a.name] == a.default}
        written = {name: value for name, value in call.arguments.items() if name not in silent}
        return self.build(str(Call(self.name, written)), call.arguments)


@dataclass(frozen=True)
class OrAll:
    """A whole number, or `none` where all there are shall be taken."""

    number: Integer

    def describe(self) -> str:
        """Say what is expected."""
        return f"{self.number.describe()}, or none for all there are"

    def check(self, name: str, value: Any) -> int | None:
        """Return the number or None, or raise a UserError."""
        if value is None:
            return None
        try:
            number: int = self.number.check(name, value)
        except UserError:
            # said again, because the inner domain does not know of none
            message = f"{name} must be {self.describe()}; received {value!r}."
            raise UserError(message) from None
        return number
