"""Data sets: their description, and the splits that replicates draw from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bridle.data.randomness import generator
from bridle.domains import Integer
from bridle.errors import UserError
from bridle.grammar import Call, parse_call
from bridle.signature import Argument, Signature
from bridle.tables.form import TableForm
from bridle.tables.layout import Layout
from bridle.tables.preparation import FittedSplit
from bridle.tasks import Scaling, Task
from bridle.tasks import task as read_task

Inputs = NDArray[np.float32] | NDArray[np.uint8]
Integers = NDArray[np.int32]
Floats = NDArray[np.float32]
Targets = NDArray[Any]
"""[n] int32 classes, or [n, T] float32 numbers."""

Design = Literal["fresh", "fixed_test", "overlapping"]
"""What replicates have in common, which decides the standard error of a comparison:
nothing (`fresh`), the test rows (`fixed_test`), or all rows, split anew (`overlapping`)."""

Channels = Literal["first", "last"]
"""Which axis of images holds their channels."""

_SEEDS = Integer(0, 2**64 - 1)
_NUMBERS = Integer(0, 2**32 - 1)


@dataclass(frozen=True)
class Defaults:
    """The default network and training of a data set.

    Attributes:
        widths: units of each dense hidden layer.
        activation: of the hidden layers.
        batch_size: examples in a step.
        epochs: passes over the training rows.
        learning_rate: of the optimizer.
        optimizer: as `--optimizer` reads it.
        replicates: of a comparison.
        pilot: whether a comparison finds its number of epochs by a pilot, because `epochs` is only a guess.
    """

    widths: tuple[int, ...]
    activation: str
    batch_size: int
    epochs: int
    learning_rate: float
    optimizer: str = "adam"
    replicates: int = 10
    pilot: bool = False


@dataclass(frozen=True)
class Sizes:
    """The number of examples in each part of a split.

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
    """The examples of one replicate, and the parts that they belong to.

    A network sees `(inputs - shift) * scale`; both are fitted on the training rows only.

    Attributes:
        inputs: [n, d] float32 or uint8, examples flattened.
        targets: [n] int32, positions in `Dataset.classes`; or [n, T] float32, in the targets' units.
        train: int32 row numbers, in random order.
        validation: int32 row numbers, in random order.
        test: int32 row numbers.
        shift: [d] float32.
        scale: [d] float32, always finite.
        target_scaling: how targets are scaled, fitted likewise; None for classes.
        weights: [n] float32, how much each example counts, with a mean of 1 over the training rows; None if all
            count alike.
        fit: of a table, what fills in missing values and transforms numbers; `inputs` have passed through it.
    """

    inputs: Inputs
    targets: Targets
    train: Integers
    validation: Integers
    test: Integers
    shift: Floats
    scale: Floats
    target_scaling: Scaling | None = None
    weights: Floats | None = None
    fit: FittedSplit | None = None

    def seen(self, rows: Integers) -> Floats:
        """Return `rows` as a network sees them: [len(rows), d] float32."""
        return (self.inputs[rows].astype(np.float32) - self.shift) * self.scale

    def prepared(self, examples: Floats) -> Floats:
        """Return new examples as a network sees them: [n, d] float32.

        Args:
            examples: [n, d], as `bridle.data.examples.further` reads them.
        """
        inputs = examples if self.fit is None else self.fit.apply(examples)
        return (inputs - self.shift) * self.scale

    def weights_of(self, rows: Integers) -> Floats | None:
        """Return how much each of `rows` counts; None if all count alike."""
        return None if self.weights is None else self.weights[rows]

    def shortened(self, examples: int) -> Split:
        """Return the split with only the first `examples` training rows; the scaling stays."""
        return replace(self, train=self.train[:examples])

    def permuted(self, random: np.random.Generator, groups: Integers | None = None) -> Split:
        """Return the split of the same inputs with all targets permuted over them; the scaling stays.

        Every place of the split keeps its target and weight and gets another row, so parts that are
        stratified by the targets are also stratified by the permuted targets. Targets of a group stay together, on rows
        of one group where groups are of one size.

        Args:
            random: draws the permutation.
            groups: [n], the group of each row; by default rows belong to none.
        """
        row = random.permutation(len(self.targets)).astype(np.int32)
        if groups is not None:
            turned = random.permutation(groups.max() + 1)[groups]
            from_, to = (row[np.argsort(order[row], kind="stable")] for order in (groups, turned))
            row = np.empty_like(row)
            row[from_] = to
        targets = np.empty_like(self.targets)
        targets[row] = self.targets
        weights = None
        if self.weights is not None:
            weights = np.empty_like(self.weights)
            weights[row] = self.weights
        parts = {name: row[getattr(self, name)] for name in ("train", "validation", "test")}
        return replace(self, targets=targets, weights=weights, **parts)


@dataclass(frozen=True)
class Dataset:
    """A data set: its specification, its description, and the splits of replicates.

    Attributes:
        spec: canonical text with every argument written out; `bridle.data.load` reads it.
        name: the displayed name.
        task: what is learned.
        features: the names of the d columns of `Split.inputs`.
        shape: of one example, such as `(2,)` or `(28, 28)`.
        design: what replicates have in common.
        defaults: network and training that suit it.
        sizes: of the parts, equal in every replicate.
        folds: number of test parts into which a table is divided before it is divided anew; 1 where every test part is
            drawn by itself.
        shared: whether `inputs` and `targets` are the same array objects in every replicate.
        weights: [n], how much each example counts, if replicates share examples that do not all count alike.
        channels: which axis held the channels in the images as given; here it is the last.
        notes: sentences for readers of results, on how the examples were read.
        draw: makes the split of `(number, seed)`; call `replicate` instead.
        rows: what is stored with a study; None for data sets that can be loaded by name alone.
        form: of a table, reads new examples by the names of their columns; None for arrays.
        layout: of a table, which of the `features` are quantities and which belong to one column of categories; None
            where all are quantities.
        prepared: of a table, returns for some rows the inputs `[n, d]` and what fills in and transforms them, fitted on
            these rows; None for arrays.
    """

    spec: str
    name: str
    task: Task
    features: tuple[str, ...]
    shape: tuple[int, ...]
    design: Design
    defaults: Defaults
    sizes: Sizes
    shared: bool
    draw: Callable[[int, int], Split] = field(repr=False, compare=False)
    folds: int = 1
    channels: Channels = "last"
    weights: Floats | None = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    rows: Any = field(default=None, repr=False, compare=False)
    form: TableForm | None = field(default=None, repr=False, compare=False)
    layout: Layout | None = field(default=None, repr=False)
    prepared: Callable[[Integers], tuple[Floats, FittedSplit]] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, which targets are positions in; empty for other tasks."""
        return getattr(self.task, "classes", ())

    @property
    def groups(self) -> Integers | None:
        """[n], the group of each row, where rows of a group are alike; None if rows are independent."""
        found: Integers | None = getattr(self.rows, "groups", None)
        return found

    def learning(self, text: str | None) -> Dataset:
        """Return the data set with another loss, such as `regression(loss=huber)`.

        Args:
            text: as `bridle.tasks.task` reads it; `None` leaves the data set as it is.

        Raises:
            UserError: there is no such task, or the data set is of another kind.
        """
        if text is None:
            return self
        wanted = read_task(text)
        if wanted.kind != self.task.kind:
            raise UserError(
                f"The targets of {self.name} are for {self.task.kind}; received the task {text!r}. Leave task out, or "
                "give X and y of your own."
            )
        task = self.task.learned(**wanted.arguments)
        call = parse_call(self.spec)
        own = {argument.name for argument in self.task.declares}
        kept = {k: v for k, v in call.arguments.items() if k not in own}
        return replace(self, spec=str(Call(call.name, {**kept, **task.arguments})), task=task)

    def replicate(self, number: int, seed: int, permutation: int | None = None) -> Split:
        """Draw the split of one replicate, which depends only on `(spec, seed, number, permutation)`.

        Args:
            number: of the replicate, from 0.
            seed: of the study, from 0 to 2**64 - 1.
            permutation: which permutation of the labels, from 0; by default none. Replicates
                of a shared table have the same permutation, other replicates have their own.

        Raises:
            UserError: an argument is outside its domain, or the data cannot be loaded.
        """
        split = self.draw(_NUMBERS.check("number", number), _SEEDS.check("seed", seed))
        if permutation is None:
            return split
        own = 0 if self.shared else number
        purpose = f"permutation/{_NUMBERS.check('permutation', permutation)}"
        return split.permuted(generator(seed, own, purpose), self.groups)


@dataclass(frozen=True)
class DatasetKind:
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

    def signature(self) -> Signature:
        """Return the signature of the arguments in parentheses."""
        return Signature(self.name, self.arguments)

    def load(self, call: Call) -> Dataset:
        """Build the data set of a call.

        Args:
            call: the name with arguments; missing ones get their defaults.

        Returns:
            The data set, its specification with every argument written out.

        Raises:
            UserError: an argument is unknown or outside its domain, or arguments do not fit together.
        """
        signature = self.signature()
        spec = signature.write(call)
        # one that is made of another data set would bring that one back
        return replace(self.build(spec, signature.resolve(call).arguments), spec=spec)


@dataclass(frozen=True)
class OrAll:
    """A whole number, or `none` for all there are."""

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
            # the message of the inner domain does not mention none
            raise UserError(argument=name, expected=self.describe(), received=value) from None
        return number
