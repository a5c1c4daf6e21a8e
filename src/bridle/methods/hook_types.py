"""Types that the training step passes to hooks of methods: batches, models, rates, and the functions they wrap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from jax import Array

    from bridle.draws import Draws

Params = dict[str, "Array"]
Values = Mapping[str, "Array"]
Shape = tuple[int, ...]


class Slot(NamedTuple):
    """A named place in a network where hooks may act on activations.

    Attributes:
        kind: `"input"`, `"pre"` (before the activation), `"post"` (after it, as the next layer sees them), `"merge"`
            (where a residual block's input and branches are added) or `"logits"`.
        layer: the number of the hidden layer; 0 for the input, the number of hidden layers for the logits. Of a merge:
            the number of the residual block.
        features: the size of the last axis: units, or channels of images.
        name: unique in the network, such as `"dense_0/post"`.
        branches: of a merge: number of the block's branches beside its input.
    """

    kind: str
    layer: int
    features: int
    name: str
    branches: int = 1


class Batch(NamedTuple):
    """The examples of one step.

    Attributes:
        x: `[B, *shape]`.
        y: `[B, K]`, targets encoded for the task's loss: soft classes, or standardized numbers.
        weight: `[B]`, 1, or 0 for padding, which must have no effect.
        importance: `[B]`, how much each example's loss counts, with a mean of 1 over the training rows; `None` if
            all count alike. It applies to losses only; moments and draws ignore it.
        further: other targets `[B, K]`, each with its share of the loss, a scalar or `[B]`. (The loss of mixed targets
            would be the same, but a share of 0 would then not give the same bits as no mixture.)
    """

    x: Array
    y: Array
    weight: Array
    importance: Array | None = None
    further: tuple[tuple[Array, Array], ...] = ()

    def toward(self, y: Array, share: Array) -> Batch:
        """Return the batch with a `share` of all its loss, a scalar or `[B]`, measured on other targets `y [B, K]`."""
        before = [(other, (1.0 - share) * old) for other, old in self.further]
        return self._replace(further=(*before, (y, share)))


@dataclass
class Context:
    """What hooks of one forward pass can read and write.

    Attributes:
        train: false in evaluation.
        draws: the step's random source; a hook takes `ctx.draws.at(self.name, ...)`. `None` in evaluation.
        weight: example weights `[B]` of the batch, 0 for padding.
        statistics: arrays beside the parameters that prediction needs (moving moments), by name; hooks replace entries.
        terms: loss terms that `hidden` and `objective` hooks add, by name.
        lone: whether the last batch of an epoch holds a single example and otherwise padding; the same for
            all batches of a program.
        kept: the share of the old moving moments that a pass keeps; `None` leaves it to the method. It is a number if
            statistics are recomputed for averaged weights. Such passes are in training mode but draw nothing.
        passed: what a method's hook hands on to a later one of the same pass, by name: from the batch to a slot, or
            from one slot to a later one.
        taken: number of steps taken before this one, a scalar; 0 outside of a step.
        slots: all of the network's, for hooks that need to know how deep it is.
    """

    train: bool
    draws: Draws | None
    weight: Array
    statistics: dict[str, Array]
    terms: dict[str, Array] = field(default_factory=dict)
    lone: bool = False
    kept: Array | None = None
    taken: Array | int = 0
    passed: dict[str, Array] = field(default_factory=dict)
    slots: Sequence[Slot] = ()


class Variables(NamedTuple):
    """What prediction needs: trained parameters `params`, and `statistics` such as moving moments, by name."""

    params: Params
    statistics: Params


class Fixed(NamedTuple):
    """A step with a length that does not depend on the gradient.

    Attributes:
        step: what was added to a parameter, of its shape.
        length: the root mean square of that, a scalar.
    """

    step: Array
    length: Array


class Rate(NamedTuple):
    """The step sizes at which a further force, such as decay or a proximal step, moves the weights.

    Attributes:
        learning_rate: a scalar, with every schedule in it.
        per_weight: by parameter, the step that the optimizer took for its averaged gradient, per unit of that gradient.
        fixed: parameters with steps of a fixed length (lion's, muon's). There a force does not lengthen the step
            but turns it, if it is stronger than the averaged gradient; the step keeps its length.
    """

    learning_rate: Array
    per_weight: Params
    fixed: Mapping[str, Fixed] = {}


class Forward(NamedTuple):
    """The results of a forward pass over a batch: each example's loss `[B]`, and the network's outputs `[B, K]`.

    Attributes:
        losses: `[B]`.
        outputs: `[B, K]`.
    """

    losses: Array
    outputs: Array


Loss = Callable[[Params, Batch, Context], Forward]
Gradient = Callable[[Params, Batch, Context], tuple[Params, Any]]
Recompute = Callable[[Params], Params]
"""Returns the statistics of parameters, such as batch norm's moments, from one pass over the training examples."""


class Architecture(Protocol):
    """What a method can read of a network before it is trained."""

    @property
    def shape(self) -> Shape:
        """The shape of an example."""

    @property
    def activation(self) -> str:
        """The name of the activation function."""

    def slots(self) -> list[Slot]:
        """Return the places where hooks may act."""

    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters by name."""


EMBEDDINGS = "embed/"
"""The beginning of the names of a network's embeddings: their kernels, and what is fitted on training rows."""


def is_kernel(name: str) -> bool:
    """Say whether the parameter `name` is a kernel; penalties and decay leave biases and norms alone."""
    return name.endswith("/kernel")


def kernels(params: Params) -> Params:
    """Return the kernels among the parameters `params`."""
    return {name: value for name, value in params.items() if is_kernel(name)}


_LAYER = re.compile(r"(conv|dense)_(\d+)/kernel")


def layers(params: Iterable[str]) -> list[str]:
    """Return the kernels of a network's layers in their order, `conv_0/kernel` or `dense_0/kernel` first.

    Kernels inside residual blocks and embeddings are no layers. Of a network that names its layers otherwise, all
    kernels are returned as they come.

    Args:
        params: names of parameters.
    """
    found = (match.groups() for match in map(_LAYER.fullmatch, params) if match)
    ordered = sorted(found, key=lambda layer: (layer[0], int(layer[1])))
    named = [f"{kind}_{number}/kernel" for kind, number in ordered]
    return named or [name for name in params if is_kernel(name)]
