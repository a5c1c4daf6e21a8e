"""Training in memory, in this process: no study, no folder, no worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.data.dataset import Dataset, Defaults, Floats, Inputs, Integers, Sizes, Split, Targets
from bridle.data.preprocessing import relative, standardize
from bridle.data.randomness import generator
from bridle.data.splits import stratified
from bridle.domains import Choice, Integer, Real
from bridle.engine.buckets import bucket
from bridle.engine.compiled import Shapes
from bridle.engine.program import Program
from bridle.engine.spec import HISTORY, ProgramSpec, RunSpec
from bridle.errors import UserError
from bridle.methods.base import Method
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition, check_batch, check_refusals
from bridle.models.network import TrainedNetwork
from bridle.networks.base import ACTIVATION_ALIASES, ACTIVATIONS
from bridle.networks.catalogue import canonical, network_for
from bridle.optimizers.catalogue import USUAL_SCHEDULE, canonical_schedule
from bridle.optimizers.catalogue import canonical as canonical_optimizer
from bridle.tables.layout import Layout
from bridle.tasks import Task

STEPS = 2000
"""Number of training steps that the default number of epochs gives."""

EPOCHS = (20, 400)
"""The fewest and most epochs by default."""

_PLAIN = Defaults((64, 64), "relu", batch_size=32, epochs=60, learning_rate=0.003)


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        method: a regularization method with its hyperparameters, or several joined: `dropout(rate=0.3)+l2`.
        network: as `bridle.compare` takes it.
        widths: units of each hidden layer.
        activation: of the hidden layers.
        optimizer: as `bridle.compare` takes it.
        schedule: of the learning rate.
        learning_rate: the optimizer's.
        batch_size: examples in a step.
        epochs: passes over the rows; by default as many as give 2,000 steps, from 20 to 400.
        seed: of everything random.
        members: number of networks, which differ in first weights and the order of the rows.
        validation: share of the rows that a method sees which stops training by validation; other methods train on
            all rows.
    """

    method: str = "none"
    network: str = "mlp"
    widths: tuple[int, ...] = _PLAIN.widths
    activation: str = _PLAIN.activation
    optimizer: str = _PLAIN.optimizer
    schedule: str = USUAL_SCHEDULE
    learning_rate: float = _PLAIN.learning_rate
    batch_size: int = _PLAIN.batch_size
    epochs: int | None = None
    seed: int = 0
    members: int = 1
    validation: float = 0.1


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A trained network and how its training went.

    Attributes:
        network: the network.
        epochs: of each member, trained.
        histories: of each member [epochs, columns]; see `bridle.engine.spec.HISTORY`.
    """

    network: TrainedNetwork
    epochs: tuple[int, ...]
    histories: tuple[np.ndarray, ...]

    def curve(self, column: str) -> list[float]:
        """Return a `column` of the first member's history, one value an epoch."""
        return [float(value) for value in self.histories[0][:, HISTORY.index(column)]]


def fit(
    inputs: Inputs,
    targets: Targets,
    task: Task,
    recipe: Recipe,
    weights: Floats | None = None,
    scaling: tuple[Floats, Floats] | None = None,
    layout: Layout | None = None,
) -> TrainingResult:
    """Return a network, or an ensemble, trained on rows in memory.

    Row counts that differ a little share a compiled program, so a second call with such rows compiles nothing.

    Args:
        inputs: [n, d] float32, finite; or [n, height, width] and so on.
        targets: [n] int32 classes or [n, T] float32.
        task: what is learned.
        recipe: how.
        weights: [n], how much each row counts; None if all count alike.
        scaling: shift [d] and scale [d] of the inputs; by default those that standardize the training rows.
        layout: what the d inputs are; None if all are quantities.

    Raises:
        UserError: something in the recipe is outside its domain or does not suit the data, or training diverged.
    """
    composition = Composition.parse(recipe.method)
    # as many for all counts of a bucket: rows that are not there have no weight
    batch = min(Integer(1).check("batch_size", recipe.batch_size), bucket(len(targets)))
    program = ProgramSpec(
        widths=tuple(Integer(1).check("widths", width) for width in recipe.widths),
        activation=Choice(tuple(ACTIVATIONS), ACTIVATION_ALIASES).check(
            "activation", recipe.activation
        ),
        methods=composition.compiled,
        optimizer=canonical_optimizer(recipe.optimizer),
        batch_size=batch,
        network=canonical(recipe.network),
        schedule=canonical_schedule(recipe.schedule),
    )
    data = _dataset(inputs, targets, task, recipe, composition, weights, scaling, layout)
    built = network_for(data, program.network, program.widths, program.activation)
    check_refusals([composition], built, task)
    check_batch([composition], min(batch, len(targets)))
    run = RunSpec(
        setting=composition.setting(),
        learning_rate=Real(0.0, open_low=True).check("learning_rate", recipe.learning_rate),
        epochs=_epochs(recipe.epochs, data.sizes.train, batch),
        replicate=0,
        seed=Integer(0).check("seed", recipe.seed),
    )
    members = Integer(1).check("ensemble", recipe.members)
    runs = [_member(run, number) for number in range(members)]
    trainer = Program(program, members, data, bucketed=True, measures=False)
    results = trainer.train(runs)
    if all(result.diverged for result in results):
        raise UserError(
            "Training diverged: the loss was no longer a finite number.",
            advice=f"Lower the learning rate, which is {recipe.learning_rate:g}.",
        )
    split = data.replicate(0, recipe.seed)
    able = [(one, r) for one, r in zip(runs, results, strict=True) if not r.diverged]
    found = TrainedNetwork(
        program,
        Shapes.of(data, bucketed=True),
        tuple((one, result.weights) for one, result in able),
        split.shift,
        split.scale,
        split.target_scaling,
    )
    return TrainingResult(
        found, tuple(r.epochs_run for _, r in able), tuple(r.history for _, r in able)
    )


def _member(run: RunSpec, number: int) -> RunSpec:
    """Return the run of a member of an ensemble, with draws of its own."""
    return RunSpec(run.setting, run.learning_rate, run.epochs, number, run.seed)


def _epochs(given: int | None, rows: int, batch: int) -> int:
    if given is not None:
        return Integer(1).check("epochs", given)
    least, most = EPOCHS
    return min(max(math.ceil(STEPS / math.ceil(rows / batch)), least), most)


def _dataset(
    inputs: Inputs,
    targets: Targets,
    task: Task,
    recipe: Recipe,
    composition: Composition,
    weights: Floats | None,
    scaling: tuple[Floats, Floats] | None,
    layout: Layout | None,
) -> Dataset:
    """Return a data set of one split: all rows for training, but for a method that stops by validation."""
    everything = np.arange(len(targets), dtype=np.int32)
    # the engine validates on one row at least; nobody looks at it
    train, validation = everything, everything[:1]
    if _stops(composition.names):
        share = Real(0.0, 1.0, open_low=True, open_high=True).check("validation", recipe.validation)
        train, validation = _held_out(targets, task, share, recipe.seed)
    flat = inputs.reshape(len(inputs), -1)
    shift, scale = standardize(flat, train) if scaling is None else scaling
    split = Split(
        flat, targets, train, validation, everything[:0], shift, scale,
        task.scaling(targets[train]), relative(weights, train),
    )  # fmt: skip
    return Dataset(
        spec="rows in memory",
        name="rows in memory",
        task=task,
        features=tuple(map(str, range(flat.shape[1]))),
        shape=inputs.shape[1:],
        design="fresh",
        defaults=_PLAIN,
        sizes=Sizes(len(train), len(validation), 0),
        shared=True,
        draw=lambda number, seed: split,
        weights=weights,
        layout=layout,
    )


def _stops(names: Sequence[str]) -> bool:
    """Say whether a method watches the validation loss."""
    return any(type(method(name)).stop is not Method.stop for name in names)


def _held_out(targets: Targets, task: Task, share: float, seed: int) -> tuple[Integers, Integers]:
    """Return training and validation rows, in the same proportions of the classes."""
    strata, names = task.strata(targets)
    held = min(max(1, round(share * len(targets))), len(targets) - 1)
    parts = {"train": len(targets) - held, "validation": held}
    found: Any = stratified(strata, parts, names, generator(seed, 0, "held out"))
    return found[0], found[1]
