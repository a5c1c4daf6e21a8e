"""What a recipe is made of, the same for every framework: the network, its training and its methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridle.data.dataset import Dataset
from bridle.errors import UserError
from bridle.grammar import Value
from bridle.methods.base import Method
from bridle.methods.catalogue import compiled
from bridle.methods.composition import (
    Composition,
    check_batch,
    check_refusals,
    innermost_first,
)
from bridle.methods.schedules.base import Schedule
from bridle.models import Recipe
from bridle.networks.base import Network
from bridle.networks.catalogue import network
from bridle.networks.cnn import CNN
from bridle.networks.mlp import MLP
from bridle.optimizers.base import Optimizer
from bridle.optimizers.catalogue import optimizer, schedule
from bridle.tasks import Task


@dataclass(frozen=True)
class Layer:
    """A hidden layer.

    Attributes:
        kind: `conv` or `dense`.
        inputs: channels or units before it; 0 for the number of features.
        units: its filters or units.
        number: its place among the hidden layers, from 0.
    """

    kind: str
    inputs: int
    units: int
    number: int


@dataclass(frozen=True)
class Setup:
    """A setting of a study.

    Attributes:
        recipe: method, network and training, as a study writes them.
        methods: those that do something, each with the values of its hyperparameters, the innermost first.
        layers: the hidden layers.
        shape: of one example as the network sees it.
        optimizer: that trains it.
        schedule: of its learning rate.
        epochs: passes over the training rows.
        train: number of training rows.
        task: what is learned.
    """

    recipe: Recipe
    methods: tuple[tuple[Method, Mapping[str, Value]], ...]
    layers: tuple[Layer, ...]
    shape: tuple[int, ...]
    optimizer: Optimizer
    schedule: Schedule
    epochs: int
    train: int
    task: Task

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the methods that do something."""
        return tuple(method.name for method, _ in self.methods)

    @property
    def images(self) -> bool:
        """Whether the network convolves."""
        return any(layer.kind == "conv" for layer in self.layers)

    @property
    def flattened(self) -> int:
        """Number of values that the dense layers see after convolutions; 0 if that is the number of features."""
        if not self.images:
            return 0
        height, width, _ = self.shape
        filters = [layer.units for layer in self.layers if layer.kind == "conv"]
        return (height >> len(filters)) * (width >> len(filters)) * filters[-1]

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
    found = network(recipe.network, dataset.shape, task, recipe.widths, recipe.activation)
    if type(found) not in (MLP, CNN) or recipe.network.startswith(f"{MLP.name}("):
        raise UserError(
            f"The network {recipe.network} has no recipe: recipes are of {MLP.name} and {CNN.name}."
        )
    if not (task.kind == "classification" or hasattr(task, "loss_name")):
        raise UserError(f"The task {task.kind} has no recipe: recipes classify or predict numbers.")
    composition = Composition.parse(recipe.method)
    check_refusals([composition], found, task)
    check_batch([composition], recipe.batch_size)
    methods = _methods(composition)
    for method, values in methods:
        for name, value in values.items():
            method.by_name()[name].encode(value, found.layers)
    shape = dataset.shape
    if isinstance(found, CNN) and len(shape) == 2:
        shape = (*shape, 1)
    return Setup(
        recipe=recipe,
        methods=methods,
        layers=_layers(found, shape),
        shape=shape,
        optimizer=optimizer(recipe.optimizer),
        schedule=schedule(recipe.schedule),
        epochs=int(recipe.epochs or 0),
        train=dataset.sizes.train,
        task=task,
    )


def _methods(composition: Composition) -> tuple[tuple[Method, Mapping[str, Value]], ...]:
    """Return the methods of a setting that do something, the innermost first."""
    values = composition.setting()
    own = {method.name: method for method in map(compiled, composition.forms.values())}
    return tuple(
        (method, values[method.name])
        for method in innermost_first(own.values())
        if not _inert(method, values[method.name])
    )


def _inert(method: Method, values: Mapping[str, Any]) -> bool:
    """Say whether a method does nothing at its values: all that have a neutral value are at it."""
    neutral = [h for h in method.hyperparameters if h.neutral is not None]
    strength = method.strength()
    if strength is None or strength.neutral is None:
        return False
    return all(values[h.name] == h.neutral for h in neutral)


def _layers(found: Network, shape: tuple[int, ...]) -> tuple[Layer, ...]:
    filters = found.filters if isinstance(found, CNN) else ()
    layers: list[Layer] = []
    inputs = shape[-1] if filters else 0
    for units in filters:
        layers.append(Layer("conv", inputs, units, len(layers)))
        inputs = units
    inputs = 0
    for units in found.widths:
        layers.append(Layer("dense", inputs, units, len(layers)))
        inputs = units
    return tuple(layers)
