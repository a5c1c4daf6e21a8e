"""What a method is: a card to read, hyperparameters to choose, hooks by which it takes hold of training.

A hook is a pure function of *one* run: no lanes, no loops, no other method. Its last arguments are `h`, the method's
hyperparameter values as traced scalars (`h["rate"]`; a value per layer is a vector), and where needed `ctx`.
The training step (`engine/step.py`) calls the hooks in the order in which this file declares them; `penalty` alone is
for reports.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from bridle.domains import Choice, PerLayer
from bridle.errors import UserError
from bridle.grammar import Value, format_value
from bridle.signature import Argument, Signature

if TYPE_CHECKING:
    from jax import Array

    from bridle.draws import Draws

FAMILIES = ("penalty", "noise", "normalization", "stopping")
"""What methods do: pull the weights, disturb training, keep activations in range, end or average training."""

Params = dict[str, "Array"]
Values = Mapping[str, "Array"]


@dataclass(frozen=True)
class Card:
    """What a person should know about a method before using it.

    Attributes:
        title: the technique's full name.
        summary: one sentence: what it does.
        formula: the rule in plain text.
        paper: author, year, title, and where to find it.
        when: when it tends to help.
        beware: what goes wrong with it, and what it clashes with.
    """

    title: str
    summary: str
    formula: str
    paper: str
    when: str
    beware: str


@dataclass(frozen=True)
class Hyperparameter(Argument):
    """One setting of a method, declared once for validation, grids, help texts and documents.

    Attributes:
        neutral: the value at which the method does nothing at all; `None` where there is none.
        grid: the values that a comparison tries by default; empty for what is not tuned.
        axes: how many axes an example may have for it to be read: 1 for points and tables, 2 and 3 for images; empty
            where that does not matter.
    """

    neutral: Value = None
    grid: tuple[Value, ...] = ()
    axes: tuple[int, ...] = ()

    @property
    def per_layer(self) -> bool:
        """Whether a program reads a value for each hidden layer rather than one number."""
        return isinstance(self.domain, PerLayer)

    def encode(self, value: Any, layers: int) -> list[float]:
        """Return the numbers that a program reads: one, or one for each of `layers` hidden layers.

        Raises:
            UserError: a list has another length than `layers`.
        """
        if self.per_layer:
            if not isinstance(value, tuple):
                return [float(value)] * layers
            if len(value) != layers:
                raise UserError(
                    f"{self.name} must have one value for each of the network's {layers} hidden layers; "
                    f"received {len(value)}: {format_value(value)}."
                )
            return [float(each) for each in value]
        if isinstance(self.domain, Choice):
            return [float(self.domain.options.index(value))]
        return [float(value)]


class Slot(NamedTuple):
    """A named place in a network where hooks may act on activations.

    Attributes:
        kind: `"input"`, `"pre"` (before the activation), `"post"` (after it, as the next layer sees them) or
            `"logits"`.
        layer: the number of the hidden layer; 0 for the input, the number of hidden layers for the logits.
        features: the size of the last axis: units, or channels of images.
        name: unique in the network, such as `"dense_0/post"`.
    """

    kind: str
    layer: int
    features: int
    name: str


class Batch(NamedTuple):
    """Examples of one step: `x [B, *shape]`, soft targets `y [B, K]`, example weights `[B]` (0 for padding)."""

    x: Array
    y: Array
    weight: Array


@dataclass
class Context:
    """What hooks of one forward pass may know and leave behind.

    Attributes:
        train: false in evaluation.
        draws: the step's random source; a hook takes `ctx.draws.at(self.name, ...)`. `None` in evaluation.
        weight: example weights `[B]` of the batch, 0 for padding.
        statistics: what prediction needs beside parameters (moving moments), by name; hooks replace entries.
        terms: loss terms that `hidden` and `objective` hooks add, by name.
        lone: whether the last batch of an epoch holds a single example, the others of it being padding; the same for
            all batches of a program.
    """

    train: bool
    draws: Draws | None
    weight: Array
    statistics: dict[str, Array]
    terms: dict[str, Array] = field(default_factory=dict)
    lone: bool = False


class Model(NamedTuple):
    """Everything that predicts: trained parameters, and statistics such as moving moments, by name."""

    params: Params
    statistics: Params


class Fixed(NamedTuple):
    """A step whose length no gradient changes: what was added to a parameter, and the root mean square of that."""

    step: Array
    length: Array


class Rate(NamedTuple):
    """How far a force beside the gradient moves the weights in a step.

    Attributes:
        learning_rate: a scalar, with every schedule in it.
        per_weight: by parameter, the step that the optimizer took for its averaged gradient, per unit of that gradient.
        fixed: parameters whose steps have a fixed length (lion's, muon's): there a force does not lengthen the step
            but turns it, where it is stronger than the averaged gradient; then the step has that length all the same.
    """

    learning_rate: Array
    per_weight: Params
    fixed: Mapping[str, Fixed] = {}


class Stage(enum.IntEnum):
    """The order within the `update` hook: a proximal step comes last, or its zeros would not stay."""

    DECAY = 0
    CONSTRAINT = 1
    PROXIMAL = 2


class Usual(NamedTuple):
    """What a comparison does with a method that nobody named.

    Attributes:
        place: where it stands in the default comparison, from 1; 0 is the baseline's.
        rank: how early it is kept where time allows only the first few, from 1.
    """

    place: int
    rank: int


Loss = Callable[[Params, Batch, Context], "Array"]
Gradient = Callable[[Params, Batch, Context], tuple[Params, Any]]


class Method:
    """A regularization technique. Subclasses declare what they are and override the hooks they need.

    Attributes:
        name: as written in commands and files.
        aliases: what others call the same technique; understood in its place.
        likened: what is often meant by something else that people name, with the reason in words; it is suggested, not
            understood.
        card: what to know about it.
        hyperparameters: its settings, the principal one (the strength) first.
        stage: where its `update` hook stands among others.
        shared: part of every program, at its neutral values where a run does not use it, so that it costs
            no compilation of its own; only for methods whose step costs next to nothing.
        least_batch: examples that a training batch must hold at least. A last batch may hold a single one all the
            same, where the batch size does not divide the training examples: `Context.lone`.
        usual: its part in the default comparison; `None` for a method that is compared only where it is named.
        family: what related methods share, from `FAMILIES`; it decides the colour where `color` is empty.
        color: in figures and tables, as `#rrggbb`.
        marker: the second cue beside the colour, as matplotlib writes it.
        inert: the sentence for a method that did nothing, with `{name}` and `{runs}`, such as "8 selected runs"; empty
            where "it did nothing" says all there is to say.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    likened: ClassVar[tuple[tuple[str, str], ...]] = ()
    card: ClassVar[Card]
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = ()
    stage: ClassVar[Stage] = Stage.DECAY
    shared: ClassVar[bool] = False
    least_batch: ClassVar[int] = 1
    usual: ClassVar[Usual | None] = None
    family: ClassVar[str] = ""
    color: ClassVar[str] = ""
    marker: ClassVar[str] = ""
    inert: ClassVar[str] = ""

    def parameters(self, slots: Sequence[Slot], draws: Draws) -> Model:
        """Return parameters (trained with the network's) and statistics of the method's own."""
        return Model({}, {})

    def init(self, model: Model, h: Values) -> Any:
        """Return the method's state at the start of training: any tree of arrays."""
        return ()

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Change the inputs `[B, *shape]`, targets or example weights of a training batch."""
        return batch

    def weights(self, params: Params, h: Values, ctx: Context) -> Params:
        """Change the parameters that the forward pass sees."""
        return params

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Change the activations `[B, ..., features]` at a slot."""
        return x

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Wrap the function data → loss; further terms go to `ctx.terms`."""
        return loss

    def penalty(self, params: Params, h: Values) -> Array | float:
        """Return the term in the weights that the method minimizes, for reports: Ω(w) times its strength."""
        return 0.0

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Wrap the function parameters → gradients."""
        return gradient

    def schedule(self, progress: Array, h: Values) -> Array | float:
        """Return a factor on the learning rate; `progress` runs from 0 to 1 over training."""
        return 1.0

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Change the parameters after the optimizer's step from `old` to `new`."""
        return new

    def average(self, params: Params, state: Any, h: Values) -> tuple[Params, Any]:
        """Keep further sets of weights after a step; may write back into the parameters."""
        return params, state

    def stop(
        self, model: Model, state: Any, loss: Array, epoch: Array, h: Values
    ) -> tuple[Any, Array | bool]:
        """See the validation loss after epoch 1, 2, …; return the state and whether to stop."""
        return state, False

    def final(self, model: Model, state: Any, epoch: Array, h: Values) -> tuple[Model, Array]:
        """Return what predicts in the end, and the epoch (1, 2, …) it comes from."""
        return model, epoch

    @classmethod
    def signature(cls) -> Signature:
        """Return what may stand in the parentheses behind the name; a value alone is the strength."""
        strength = cls.strength()
        return Signature(
            cls.name,
            cls.hyperparameters,
            noun="hyperparameter",
            principal=None if strength is None else strength.name,
            advice=f"See `bridle explain {cls.name}`.",
        )

    @classmethod
    def by_name(cls) -> dict[str, Hyperparameter]:
        """Return the declared hyperparameters by name."""
        return {hyperparameter.name: hyperparameter for hyperparameter in cls.hyperparameters}

    @classmethod
    def strength(cls) -> Hyperparameter | None:
        """Return the principal hyperparameter, or `None` for an on/off method."""
        tuned = [hyperparameter for hyperparameter in cls.hyperparameters if hyperparameter.grid]
        return tuned[0] if tuned else None


def is_kernel(name: str) -> bool:
    """Say whether a parameter is a kernel; penalties and decay leave biases and norms alone."""
    return name.endswith("/kernel")


def kernels(params: Params) -> Params:
    """Return the kernels among the parameters."""
    return {name: value for name, value in params.items() if is_kernel(name)}
