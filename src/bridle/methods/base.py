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

from bridle.domains import Choice, Domain, PerLayer
from bridle.errors import UserError
from bridle.grammar import Value, format_value

if TYPE_CHECKING:
    from jax import Array

    from bridle.draws import Draws

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
class Hyperparameter:
    """One setting of a method, declared once for validation, grids, help texts and documents.

    Attributes:
        name: as written in `method(name=value)`.
        domain: what it may be.
        default: its value where none is given.
        help: what it does, in a few words, with its unit.
        neutral: the value at which the method does nothing at all; `None` where there is none.
        grid: the values that a comparison tries by default; empty for what is not tuned.
        axes: how many axes an example may have for it to be read: 1 for points and tables, 2 and 3 for images; empty
            where that does not matter.
    """

    name: str
    domain: Domain
    default: Value
    help: str
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
    """Examples of one step.

    Attributes:
        x: `[B, *shape]`.
        y: `[B, K]`, targets as the task's loss takes them: soft classes, or standardized numbers.
        weight: `[B]`, 1, or 0 for padding, which nothing may depend on.
        importance: `[B]`, how much each example's loss counts, with a mean of 1 over the training rows; `None` where
            all count alike. It weighs losses alone: moments and draws are of examples, however much they count.
    """

    x: Array
    y: Array
    weight: Array
    importance: Array | None = None


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


class Rate(NamedTuple):
    """How far the optimizer moves: the scalar learning rate, and the step size of each coordinate."""

    learning_rate: Array
    per_weight: Params


class Stage(enum.IntEnum):
    """The order within the `update` hook: a proximal step comes last, or its zeros would not stay."""

    DECAY = 0
    CONSTRAINT = 1
    PROXIMAL = 2


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
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    likened: ClassVar[tuple[tuple[str, str], ...]] = ()
    card: ClassVar[Card]
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = ()
    stage: ClassVar[Stage] = Stage.DECAY
    shared: ClassVar[bool] = False
    least_batch: ClassVar[int] = 1

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
