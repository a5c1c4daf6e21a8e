"""What a recipe is made of, the same for every framework: the network, its training and its methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bridle.data.dataset import Dataset
from bridle.errors import UserError
from bridle.grammar import Value
from bridle.methods.arguments import built
from bridle.methods.base import Method
from bridle.methods.catalogue import compiled
from bridle.methods.composition import (
    Composition,
    check_batch,
    check_refusals,
    innermost_first,
)
from bridle.methods.schedules.base import Schedule
from bridle.methods.schedules.catalogue import SCHEDULES
from bridle.methods.within import Within
from bridle.models import Recipe
from bridle.networks.catalogue import network_for
from bridle.networks.cnn import CNN
from bridle.networks.embedded import Embedded
from bridle.networks.embedding import Embedding
from bridle.optimizers.base import Optimizer
from bridle.optimizers.catalogue import optimizer, schedule
from bridle.recipes.columns import RecipeColumns, columns
from bridle.recipes.layers import Part, parts
from bridle.tasks import Task


@dataclass(frozen=True)
class Acting:
    """A method that does something in a setting.

    Attributes:
        method: it.
        values: of its hyperparameters; of one that follows a schedule the value that the schedule scales.
        schedules: of its hyperparameters that follow one, by name.
    """

    method: Method
    values: Mapping[str, Value]
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether it acts on some layers only."""
        return isinstance(self.method, Within)

    def sees(self, name: str) -> bool:
        """Say whether it acts on a slot or a parameter.

        Args:
            name: its name, such as `dense_0/post`.
        """
        return not isinstance(self.method, Within) or self.method.sees(name)


class Kernel(NamedTuple):
    """A layer with a kernel.

    Attributes:
        name: in programs.
        known: as the network calls it, where `where=` finds it.
    """

    name: str
    known: str


@dataclass(frozen=True)
class Setup:
    """A setting of a study.

    Attributes:
        recipe: method, network and training, as a study writes them.
        methods: those that do something, the innermost first.
        parts: of the network, in the order of a forward pass.
        embedding: that the network begins with; None if there is none.
        kernels: layers that have kernels, in the order of a forward pass.
        shape: of one example as the network sees it.
        optimizer: that trains it.
        schedule: of its learning rate.
        epochs: passes over the training rows.
        train: number of training rows.
        task: what is learned.
        weighted: whether the examples do not all count alike.
    """

    recipe: Recipe
    methods: tuple[Acting, ...]
    parts: tuple[Part, ...]
    embedding: Embedding | None
    kernels: tuple[Kernel, ...]
    shape: tuple[int, ...]
    optimizer: Optimizer
    schedule: Schedule
    epochs: int
    train: int
    task: Task
    weighted: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the methods that do something."""
        return tuple(acting.method.name for acting in self.methods)

    @property
    def columns(self) -> RecipeColumns | None:
        """Where the columns that an embedding reads stand; None if there is no embedding."""
        return None if self.embedding is None else columns(self.embedding)

    @property
    def images(self) -> bool:
        """Whether the network convolves."""
        return any(part.kind == "conv" for part in self.parts)

    @property
    def residual(self) -> bool:
        """Whether the network has residual blocks."""
        return any(part.kind == "branch" for part in self.parts)

    @property
    def layers(self) -> tuple[Part, ...]:
        """The layers with weights, the logits' last."""
        return tuple(part for part in self.parts if part.kind in ("dense", "conv"))

    @property
    def activations(self) -> tuple[Part, ...]:
        """The activations."""
        return tuple(part for part in self.parts if part.kind == "activation")

    @property
    def lone(self) -> bool:
        """Whether the last batch of an epoch holds a single example."""
        return self.train % self.recipe.batch_size == 1

    @property
    def loss(self) -> str:
        """What is minimized: `cross_entropy`, `squared` or `huber`."""
        return getattr(self.task, "loss_name", "cross_entropy")


def setup(recipe: Recipe, dataset: Dataset) -> Setup:
    """Return what a recipe is made of.

    Args:
        recipe: with its number of epochs.
        dataset: the study's.

    Raises:
        UserError: the network or the task is not one that recipes can describe.
    """
    task = dataset.task
    found = network_for(dataset, recipe.network, recipe.widths, recipe.activation)
    own, front = parts(found), found.front if isinstance(found, Embedded) else None
    if not (task.kind == "classification" or hasattr(task, "loss_name")):
        raise UserError(f"The task {task.kind} has no recipe: recipes classify or predict numbers.")
    composition = Composition.parse(recipe.method)
    check_refusals([composition], found, task)
    check_batch([composition], recipe.batch_size)
    methods = _methods(composition)
    for acting in methods:
        for name, value in acting.values.items():
            acting.method.by_name()[name].encode(value, found.layers)
    shape = dataset.shape
    if isinstance(found, CNN) and len(shape) == 2:
        shape = (*shape, 1)
    return Setup(
        recipe=recipe,
        methods=methods,
        parts=own,
        embedding=front,
        kernels=_kernels(front, own),
        shape=shape,
        optimizer=optimizer(recipe.optimizer),
        schedule=schedule(recipe.schedule),
        epochs=int(recipe.epochs or 0),
        train=dataset.sizes.train,
        task=task,
        weighted=dataset.weights is not None,
    )


def _methods(composition: Composition) -> tuple[Acting, ...]:
    """Return the methods of a setting that do something, the innermost first."""
    values = composition.setting()
    own = {method.name: method for method in map(compiled, composition.forms.values())}
    found = []
    for method in innermost_first(own.values()):
        texts = composition.schedules.get(method.name, {})
        followed = {name: built(SCHEDULES, text) for name, text in texts.items()}
        if not _inert(method, values[method.name]):
            found.append(Acting(method, values[method.name], followed))
    return tuple(found)


def _kernels(front: Embedding | None, own: tuple[Part, ...]) -> tuple[Kernel, ...]:
    found = []
    if front is not None:
        found.append(Kernel("quantities", "embed/quantities"))
        wide = [values for _, values in front.layout.categories if values > front.size]
        found += [Kernel(f"category_{at}", f"embed/categories_{v}") for at, v in enumerate(wide)]
    names = [part.name for part in own if part.kind in ("dense", "conv")]
    return (*found, *(Kernel(name, name) for name in names))


def _inert(method: Method, values: Mapping[str, Any]) -> bool:
    """Say whether a method does nothing at its values: all that have a neutral value are at it."""
    neutral = [h for h in method.hyperparameters if h.neutral is not None]
    strength = method.strength()
    if strength is None or strength.neutral is None:
        return False
    return all(values[h.name] == h.neutral for h in neutral)
