"""The base of methods: a card, hyperparameters, and hooks that act on training.

A hook is a pure function of *one* run: no lanes, no loops, no other method. Its last arguments are `h`, the method's
hyperparameter values as traced scalars (`h["rate"]`; a value per layer is a vector), and where needed `ctx`. Static
hyperparameters are plain Python values in `self.static`.
The training step (`engine/step.py`) calls the hooks in the order of their declaration here, and each hook from
the innermost method to the outermost (`order`); `penalty` and `refuses` are not part of the step.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from bridle.domains import Choice, PerLayer, Real
from bridle.errors import Unquoted, UserError
from bridle.grammar import Value, format_value
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart
from bridle.methods.hook_types import (
    Architecture,
    Batch,
    Context,
    Gradient,
    Loss,
    Params,
    Rate,
    Recompute,
    Slot,
    Values,
    Variables,
)
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Clash
from bridle.signature import Argument, Signature

if TYPE_CHECKING:
    from jax import Array

    from bridle.draws import Draws
    from bridle.tasks import Task


@dataclass(frozen=True)
class Hyperparameter(Argument):
    """One setting of a method, declared once for validation, grids, help texts and documents.

    Attributes:
        neutral: the value at which the method does nothing; `None` if there is none.
        grid: the values that a comparison tries by default; empty for what is not tuned.
        axes: numbers of axes of examples that it applies to: 1 for points and tables, 2 and 3 for images; empty
            if it applies to all.
        static: whether it is part of the compiled program and not traced: counts, and choices between computations.
            Every value compiles its own program, so it has no grid.
    """

    neutral: Value = None
    grid: tuple[Value, ...] = ()
    axes: tuple[int, ...] = ()
    static: bool = False

    @property
    def per_layer(self) -> bool:
        """Whether a program reads a value for each hidden layer rather than one number."""
        return isinstance(self.domain, PerLayer)

    @property
    def constant(self) -> str:
        """Why it cannot follow a schedule, as a clause; empty if it can."""
        if self.static:
            return "it is part of the compiled program, one value for the whole training"
        if not isinstance(self.domain, Real | PerLayer):
            return f"it is {self.domain.describe()}, and a schedule moves a number"
        if self.neutral is None:
            return "it has no neutral value, from which a schedule could move it"
        return ""

    def scheduled(self, value: Array, factor: Array) -> Array:
        """Return what a `factor` makes of a `value`: itself at 1, neutral at 0; a ratio where neutral is infinity."""
        neutral: Any = self.neutral
        return value / factor if math.isinf(neutral) else neutral + factor * (value - neutral)

    def encode(self, value: Any, layers: int) -> list[float]:
        """Return `value` as a program reads it: one number, or one for each of `layers` hidden layers.

        Raises:
            UserError: a list has another length than `layers`.
        """
        if self.per_layer:
            if not isinstance(value, tuple):
                return [float(value)] * layers
            if len(value) != layers:
                raise UserError(
                    argument=self.name,
                    verb="have",
                    expected=f"one value for each of the network's {layers} hidden layers",
                    received=Unquoted(f"{len(value)}: {format_value(value)}"),
                )
            return [float(each) for each in value]
        if isinstance(self.domain, Choice):
            return [float(self.domain.options.index(value))]
        return [float(value)]


class Usual(NamedTuple):
    """The part of a method in a default comparison.

    Attributes:
        place: its place in the default comparison, from 1; 0 is the baseline's.
        rank: its rank, from 1, if time allows only the first few methods.
    """

    place: int
    rank: int


class Order(enum.IntEnum):
    """Kinds of methods from the outermost to the innermost; each method has its own place within its kind.

    Every hook is called from the innermost method to the outermost: the outermost is the last to change a value
    and its wrappers enclose all others.
    """

    ENSEMBLE = 0  # several models instead of one
    STOPPING = 100  # the epoch whose weights predict
    AVERAGING = 200  # averages of weights
    PENALTY = 300  # a proximal step comes last in an update, so that its zeros stay
    CONSTRAINT = 400  # bounds on weights
    DECAY = 500
    CLIPPING = 600  # of the gradient that moves the weights
    ASCENT = 700  # gradients at other weights
    CONSISTENCY = 800  # objectives of several forward passes
    TARGETS = 900
    MIXING = 1000  # of examples and their targets
    INPUTS = 1100
    WEIGHTS = 1200
    BRANCHES = 1300
    ACTIVATIONS = 1400
    NORMALIZATION = 1500


class Method:
    """A regularization technique. Subclasses declare their attributes and override the hooks they need.

    Hooks share their arguments. `h` holds the hyperparameter values by name, `ctx` is the `Context` of a forward pass,
    `slots` are those of the network and `slot` is one of them, with its activations `x`. `params` are the parameters by
    name, `new` and `old` those after and before an optimizer's step at a `rate`; `model` joins them with statistics. A
    `batch` holds examples, `draws` is a random source, `state` what `init` returned and `average` changed. `loss` and
    `gradient` are the functions that `objective` and `gradient` wrap; in `stop`, `loss` is the validation loss after an
    `epoch`.

    Attributes:
        name: as written in commands and files.
        aliases: other names of the technique that are also understood.
        likened: names of other things that often stand for this method, with the reason in words; it is suggested, not
            understood.
        card: what to know about it.
        hyperparameters: its settings, the principal one (the strength) first.
        order: its place among methods, from the outermost to the innermost: a kind of `Order` and a number within it,
            `Order.PENALTY + 2`. No two methods have the same.
        shared: whether it is part of every program, at neutral values where a run does not use it, so that it costs
            no compilation; only for methods with a step that costs next to nothing.
        least_batch: minimum number of examples in a training batch. A last batch may still hold a single one
            if the batch size does not divide the training examples: `Context.lone`.
        ends: whether what it acts on depends on which layer is the network's first or last, so that it cannot act on
            some layers only.
        slows: whether networks need many more epochs with it than without, the more the stronger it is: a pilot that
            finds a number of epochs trains it at its greatest strength.
        usual: its part in the default comparison; `None` for a method that is compared only if it is named.
        family: one of `FAMILIES`; it decides the colour if `color` is empty.
        color: in figures and tables, as `#rrggbb`.
        marker: the second cue beside the colour, as matplotlib writes it.
        inert: the sentence for a method that did nothing, with `{name}` and `{runs}`, such as "8 selected runs"; empty
            if "it did nothing" is enough.
        clashes: what is known of methods that do not go well with it, by their names; declared in one of the two files.
            Joined methods are warned of, not refused.
        counterparts: what it is in other frameworks, by their names: `keras`, `optax`, `pytorch`, `sklearn`.
        known_effects: what its paper says that it does, and how that is measured.
        static: values of the static hyperparameters, by name.
        schedules: what the hyperparameters that follow a schedule follow: factors as functions of progress, by name.

    Args:
        static: values of static hyperparameters; by default the declared ones.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    likened: ClassVar[tuple[tuple[str, str], ...]] = ()
    card: ClassVar[Card]
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = ()
    order: ClassVar[int]
    shared: ClassVar[bool] = False
    least_batch: ClassVar[int] = 1
    ends: ClassVar[bool] = False
    slows: ClassVar[bool] = False
    usual: ClassVar[Usual | None] = None
    family: ClassVar[str] = ""
    color: ClassVar[str] = ""
    marker: ClassVar[str] = ""
    inert: ClassVar[str] = ""
    clashes: ClassVar[Mapping[str, Clash]] = {}
    counterparts: ClassVar[Mapping[str, Counterpart]] = {}
    known_effects: ClassVar[tuple[KnownEffect, ...]] = ()
    schedules: Mapping[str, Callable[[Array], Array]] = MappingProxyType({})

    def __init__(self, **static: Value) -> None:
        self.static: Mapping[str, Any] = {
            declared.name: static.get(declared.name, declared.default)
            for declared in self.hyperparameters
            if declared.static
        }

    @property
    def stream(self) -> str:
        """The name under which it draws; a method that is renamed keeps its bits by returning its former name."""
        return self.name

    def at(self, progress: Array, h: Values) -> Values:
        """Return the hyperparameters' values at a `progress`: those that follow a schedule between neutral and `h`."""
        declared, given = self.by_name(), self.schedules.items()
        return {**h, **{name: declared[name].scheduled(h[name], f(progress)) for name, f in given}}

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Return why the method cannot be used with a network and a task, as a clause; `None` if it can.

        Args:
            network: the network.
            task: the task that it would learn.
        """
        return None

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return the method's own parameters (trained with the network's, which are `first` so) and statistics."""
        return Variables({}, {})

    def init(self, model: Variables, h: Values) -> Any:
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

    def merge(
        self, slot: Slot, branches: tuple[Array, ...], params: Params, h: Values, ctx: Context
    ) -> tuple[Array, ...]:
        """Change the terms that a residual block adds up.

        Args:
            slot: the block's.
            branches: its input, then its branches, each `[B, ..., features]`.
            params: the network's and the method's.
            h: hyperparameters.
            ctx: of the step.
        """
        return branches

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Wrap the function data → each example's loss `[B]` and outputs; further terms go to `ctx.terms`."""
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

    def average(
        self, model: Variables, state: Any, progress: Array, h: Values
    ) -> tuple[Variables, Any]:
        """Keep further sets of weights after a step; may write back into the model. `progress` is as in `schedule`."""
        return model, state

    def predicting(
        self, model: Variables, state: Any, recompute: Recompute, h: Values
    ) -> Variables:
        """Return the model that would predict now; evaluation, `stop` and `final` get it once an epoch.

        `recompute` computes statistics for other parameters, in one pass over the training examples.
        """
        return model

    def stop(
        self, model: Variables, state: Any, loss: Array, epoch: Array, h: Values
    ) -> tuple[Any, Array | bool]:
        """See the validation loss after epoch 1, 2, …; return the state and whether to stop."""
        return state, False

    def final(
        self, model: Variables, state: Any, epoch: Array, h: Values
    ) -> tuple[Variables, Array]:
        """Return the model that predicts in the end, and the epoch (1, 2, …) it comes from.

        Arrays with a further leading axis are several models, which predict the mean of their probabilities.
        """
        return model, epoch

    def members(self, model: Variables, h: Values) -> Variables:
        """Return what differs between the members of which one model's prediction is the mean, in every evaluation.

        Parameters and statistics by name, with a further leading axis of members; whatever is left out is the model's.
        """
        return Variables({}, {})

    @classmethod
    def signature(cls) -> Signature:
        """Return the signature of the arguments in parentheses; a value without a name is the strength."""
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
    def traced(cls) -> list[Hyperparameter]:
        """Return the hyperparameters that are numbers of a run, not part of its program."""
        return [
            hyperparameter for hyperparameter in cls.hyperparameters if not hyperparameter.static
        ]

    @classmethod
    def strength(cls) -> Hyperparameter | None:
        """Return the principal hyperparameter, or `None` for an on/off method."""
        tuned = [hyperparameter for hyperparameter in cls.hyperparameters if hyperparameter.grid]
        return tuned[0] if tuned else None

    @classmethod
    def between_steps(cls) -> bool:
        """Say whether it acts between epochs, where a strength has one value for the whole training."""
        return cls.stop is not Method.stop

    @classmethod
    def in_step(cls) -> bool:
        """Say whether its share of a training step is known: it has a neutral strength and changes the step itself."""
        strength = cls.strength()
        neutral = strength is not None and strength.neutral is not None
        return neutral and cls.predicting is Method.predicting
