"""Toy methods that use hooks no shipped method uses yet, and what `check_method` says of broken ones."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from bridle.domains import Real
from bridle.draws import Draws
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.engine.step import Run, State, Step, weighted_mean
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.catalogue import method, methods
from bridle.methods.composition import innermost_first
from bridle.methods.hook_types import (
    Batch,
    Context,
    Gradient,
    Params,
    Rate,
    Slot,
    Values,
    Variables,
    is_kernel,
)
from bridle.optimizers.sgd import SGD
from bridle.tasks.losses import cross_entropy
from bridle.testing import (
    BATCH,
    EPOCHS,
    PROBLEMS,
    TRAIN,
    Trainer,
    check_card,
    check_hyperparameters,
    check_method,
    check_padding,
    check_training,
)

PROBLEM = PROBLEMS[0]
STEPS = -(-TRAIN // BATCH)


def strength(
    name: str = "strength",
    default: float = 0.3,
    neutral: float | None = 0.0,
    grid: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
) -> Hyperparameter:
    return Hyperparameter(name, Real(0.0), default, "how much", neutral, grid)


class Toy(Method):
    """A toy."""

    name = "toy"
    order = Order.CLIPPING + 50
    card = Card("Toy", "Plays.", "-", "In tests.", "-")
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (strength(),)


def global_norm(tree: Params) -> Array:
    return jnp.sqrt(sum(jnp.square(leaf).sum() for leaf in tree.values()))


class DropConnect(Toy):
    """Drops weights."""

    def weights(self, params: Params, h: Values, ctx: Context) -> Params:
        if ctx.draws is None:
            return params
        found = {}
        for name, w in params.items():
            kept = ctx.draws.at(self.name, name).uniform(w.shape) >= h["strength"]
            found[name] = (
                w * jnp.where(kept, 1 / (1 - h["strength"]), 0.0) if is_kernel(name) else w
            )
        return found


class Clipping(Toy):
    """Clips the gradient to a norm; infinite is neutral."""

    hyperparameters = (
        Hyperparameter(
            "norm",
            Real(0.0, open_low=True, infinite=True),
            0.1,
            "the largest norm",
            math.inf,
            (0.01, 0.02, 0.03, 0.1, 0.2, 0.3, 1.0),
        ),
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        def clipped(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
            grads, statistics = gradient(params, batch, ctx)
            norm = global_norm(grads)
            factor = jnp.where(norm > h["norm"], h["norm"] / norm, 1.0)
            return jax.tree.map(lambda g: g * factor, grads), statistics

        return clipped


class Cosine(Toy):
    """Lowers the learning rate along a cosine."""

    hyperparameters = (strength(default=1.0, grid=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),)

    def schedule(self, progress: Array, h: Values) -> Array:
        return 1.0 - h["strength"] * 0.5 * (1 - jnp.cos(jnp.pi * progress))


class MovingAverage(Toy):
    """Predicts with an average of the weights, of which the validation loss is not seen."""

    def init(self, model: Variables, h: Values) -> Any:
        return model.params

    def average(
        self, model: Variables, state: Any, progress: Array, h: Values
    ) -> tuple[Variables, Any]:
        keep = h["strength"]
        return model, jax.tree.map(lambda a, w: keep * a + (1 - keep) * w, state, model.params)

    def final(
        self, model: Variables, state: Any, epoch: Array, h: Values
    ) -> tuple[Variables, Array]:
        chosen = jax.tree.map(lambda a, w: jnp.where(h["strength"] == 0, w, a), state, model.params)
        return Variables(chosen, model.statistics), epoch


class Everywhere(Toy):
    """Scales activations at every kind of slot, and penalizes them."""

    seen: ClassVar[set[str]] = set()

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        self.seen.add(slot.kind)
        assert x.shape[-1] == slot.features
        if ctx.train:
            # a term is a mean over examples, padding left out
            ctx.terms[f"{self.name}/{slot.name}"] = h["strength"] * weighted_mean(
                jnp.square(x).reshape(len(x), -1).sum(-1), ctx.weight
            )
        return x * (1.0 + h["strength"])


@pytest.mark.slow
def test_a_toy_keeps_all_promises() -> None:
    check_method(DropConnect(), others=[method("l1")])


@pytest.mark.long
@pytest.mark.parametrize(
    "toy",
    [Clipping, Cosine, MovingAverage, Everywhere],
    ids=lambda toy: toy.__name__,
)
def test_toys_train_as_promised(toy: type[Toy]) -> None:
    check_hyperparameters(toy())
    check_training(toy(), PROBLEM)


def test_toys_leave_padding_out() -> None:
    check_padding(Everywhere(), PROBLEM)


# what each hook does, exactly -------------------------------------------------------------------


def single_step(toy: Method, momentum: float = 0.0) -> tuple[State, State, Run, Batch, Step]:
    """Return (parameters before, after a step of plain SGD, the run, the batch, the step)."""
    trainer = Trainer(PROBLEM, (toy,))
    step = dataclasses.replace(trainer.step, optimizer=SGD(momentum))
    values = {declared.name: declared.default for declared in toy.hyperparameters}
    run = trainer.run({toy.name: values})
    inputs, targets = PROBLEM.examples()
    batch = Batch(
        jnp.asarray(inputs[:BATCH]),
        jax.nn.one_hot(targets[:BATCH], PROBLEM.classes),
        jnp.ones(BATCH),
    )
    state = jax.jit(step.init)(run)
    return state, jax.jit(step.train)(state, run, batch, 1), run, batch, step


def moved(before: State, after: State, run: Run) -> Params:
    return {
        name: (w - after.model.params[name]) / run.learning_rate
        for name, w in before.model.params.items()
    }


def test_dropped_weights_have_no_gradient() -> None:
    before, after, run, _, _ = single_step(DropConnect())
    gone = kept = 0
    for name, g in moved(before, after, run).items():
        if is_kernel(name):
            draws = Draws(run.key).at("step", 0, "toy", name)
            mask = np.asarray(draws.uniform(g.shape)) >= 0.3
            assert not np.any(np.asarray(g)[~mask])
            gone, kept = gone + (~mask).sum(), kept + (np.asarray(g)[mask] != 0).sum()
    assert gone > 5
    assert kept > 5


def test_clipped_gradients_have_the_norm_asked_for() -> None:
    before, after, run, _, _ = single_step(Clipping())
    assert float(global_norm(moved(before, after, run))) == pytest.approx(0.1, rel=1e-3)


def test_terms_of_hidden_hooks_are_minimized() -> None:
    before, after, run, batch, _ = single_step(Everywhere())
    assert Everywhere.seen == {"input", "pre", "post", "logits"}

    def total(params: Params) -> Array:  # written out, for one logit
        terms, x, grow = jnp.zeros(()), batch.x, 1.3
        for i in range(3):
            terms += jnp.square(x).sum(-1).mean()
            x = x * grow @ params[f"dense_{i}/kernel"] + params[f"dense_{i}/bias"]
            if i < 2:
                terms += jnp.square(x).sum(-1).mean()
                x = jax.nn.relu(x * grow)
        x = jnp.concatenate([jnp.zeros_like(x), x], -1)
        terms += jnp.square(x).sum(-1).mean()
        return cross_entropy(x * grow, batch.y).mean() + 0.3 * terms

    expected = jax.grad(total)(before.model.params)
    for name, g in moved(before, after, run).items():
        np.testing.assert_allclose(g, expected[name], rtol=1e-2, atol=1e-4)


def test_schedules_see_progress_from_0_to_1() -> None:
    class Constant(Cosine):
        """A cosine, where every gradient is 1."""

        def gradient(self, gradient: Gradient, h: Values) -> Gradient:
            def ones(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
                _, statistics = gradient(params, batch, ctx)
                return jax.tree.map(jnp.ones_like, params), statistics

            return ones

    toy = Constant()
    trainer = Trainer(PROBLEM, (toy,))
    trainer.step = dataclasses.replace(trainer.step, optimizer=SGD(0.0))
    trainer._population = dataclasses.replace(trainer._population, step=trainer.step)
    run = trainer.run({"toy": {"strength": 1.0}})
    (outcome,) = trainer.train({"toy": {"strength": 1.0}})
    start = trainer.start(run).model.params
    total = EPOCHS * STEPS
    factors = 0.5 * (1 + np.cos(np.pi * np.arange(total) / total))
    assert factors[-1] < 0.01
    for name, w in start.items():
        expected = np.asarray(w) - float(run.learning_rate) * factors.sum()
        np.testing.assert_allclose(outcome.weights[name], expected, rtol=1e-4)


def test_hooks_are_called_from_the_innermost_method_to_the_outermost() -> None:
    called = []

    def recording(label: str, place: int) -> Method:
        class Recorder(Toy):
            """Writes down when it is called."""

            name = label
            order = place
            hyperparameters = ()

            def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
                called.append(label)
                return new

            def gradient(self, gradient: Gradient, h: Values) -> Gradient:
                def noted(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
                    called.append(f"{label} asks")
                    return gradient(params, batch, ctx)

                return noted

        return Recorder()

    used = (
        recording("a", Order.PENALTY + 7),
        recording("b", Order.CONSTRAINT),
        recording("c", Order.DECAY + 1),
        recording("d", Order.DECAY),
    )
    trainer = Trainer(PROBLEM, used)
    run = trainer.run({toy.name: {} for toy in used})
    inputs, targets = PROBLEM.examples()
    batch = Batch(jnp.asarray(inputs[:4]), jax.nn.one_hot(targets[:4], 2), jnp.ones(4))
    jax.eval_shape(lambda: trainer.step.train(trainer.step.init(run), run, batch, 1))
    # wrappers of the outermost method enclose all others, and it has the last word on an update
    assert called == ["a asks", "b asks", "d asks", "c asks", "c", "d", "b", "a"]


def test_the_shipped_methods_stand_in_the_order_that_is_documented() -> None:
    inward = [found.name for found in innermost_first(methods().values())][::-1]

    def outside(first: str, second: str) -> bool:
        return inward.index(first) < inward.index(second)

    # proximal steps after bounds after decay; SAM around objectives; averages and stopping outside of all
    for first, second in [
        ("l1", "max_norm"),
        ("elastic_net", "max_norm"),
        ("max_norm", "weight_decay"),
        ("sam", "r_drop"),
        ("r_drop", "mixup"),
        ("label_smoothing", "mixup"),
        ("mixup", "augmentation"),
        ("ema", "l1"),
        ("early_stopping", "ema"),
        ("snapshot_ensemble", "early_stopping"),
    ]:
        assert outside(first, second), (first, second)


def test_hooks_come_in_the_order_that_is_documented() -> None:
    called = []

    class Every(Toy):
        """Has every hook."""

        hyperparameters = ()

        def init(self, model: Variables, h: Values) -> Any:
            return jnp.zeros(())

    def note(name: str) -> Callable[..., Any]:
        inherited = getattr(Method, name)

        def hook(self: Method, *args: Any) -> Any:
            called.append(name)
            return inherited(self, *args)

        return hook

    hooks = ("batch", "gradient", "objective", "weights", "hidden", "schedule", "update", "average")
    for name in hooks:
        setattr(Every, name, note(name))
    single_step(Every())
    firsts = list(dict.fromkeys(called))
    # wrappers are made before the pass that they wrap
    assert set(firsts) == set(hooks)
    ordered = [name for name in firsts if name not in ("objective", "gradient")]
    assert ordered == ["batch", "weights", "hidden", "schedule", "update", "average"]


def test_a_method_of_ones_own_in_a_program() -> None:
    """Named by its module, a toy is trained by the engine as any other method."""
    from tests.engine.populations import MOONS, dataset

    name = f"{__name__}:MovingAverage"
    data = dataset(MOONS)
    one = Program(ProgramSpec((8,), "tanh", (name,), "adam", 32), 2, data)
    runs = [RunSpec({name: {"strength": s}}, 0.01, 4, 0, 0) for s in (0.0, 0.9, 0.9)]
    still, slow, again = one.train(runs)
    np.testing.assert_array_equal(slow.history[:, 0], still.history[:, 0])  # training is the same
    assert not np.array_equal(slow.predictions["test"], still.predictions["test"])
    np.testing.assert_array_equal(slow.predictions["test"], again.predictions["test"])


# what is said of broken methods -----------------------------------------------------------------


class Inert(Toy):
    """Does nothing."""


class Branching(Toy):
    """Uses its strength in Python."""

    def penalty(self, params: Params, h: Values) -> Array | float:
        return 0.0

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        return new if float(h["strength"]) == 0 else jax.tree.map(lambda w: 0.9 * w, new)


class NeverNeutral(Toy):
    """Acts at its neutral strength too."""

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        smaller: Params = jax.tree.map(lambda w: (0.999 - h["strength"] / 10) * w, new)
        return smaller


class Greedy(Toy):
    """Looks at padding."""

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        return batch._replace(x=batch.x - h["strength"] * batch.x.mean(0))


@pytest.mark.parametrize(
    ("toy", "check", "words"),
    [
        (Inert, check_training, "at its default {'strength': 0.3} it changes nothing"),
        (NeverNeutral, check_training, "at neutral {'strength': 0.0} the network differs"),
        (Greedy, check_padding, r"rows of example weight 0 \(padding\) change the step"),
    ],
)
def test_broken_promises_are_named(toy: type[Toy], check: Callable[..., None], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check(toy(), PROBLEM)


def test_a_method_has_a_place_of_its_own() -> None:
    class Unplaced(Toy):
        """Stands where l1 does."""

        order = method("l1").order

    with pytest.raises(AssertionError, match="toy has the same order as l1"):
        check_card(Unplaced())


def test_strengths_in_python_are_refused_by_jax() -> None:
    with pytest.raises(jax.errors.ConcretizationTypeError):
        check_training(Branching(), PROBLEM)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (strength(grid=(0.1, 0.2)), "has 2 values, expected 7"),
        (strength(grid=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)), "holds its neutral value 0.0"),
        (strength(grid=(0.2, 0.1, 0.3, 0.4, 0.5, 0.6, 0.7)), "does not ascend"),
        (strength(default=-1.0), "must be a number at least 0"),
        (strength(default=1), "the default of toy.strength is declared as 1, but read as 1.0"),
        (strength(neutral=None), "the strength strength has no neutral value"),
        (dataclasses.replace(strength(), help=" "), "has no help text"),
        (dataclasses.replace(strength(), static=True), "is static and has a grid"),
    ],
)
def test_bad_declarations_are_named(declared: Hyperparameter, words: str) -> None:
    class Declares(Toy):
        """Declares."""

        hyperparameters = (declared,)

    with pytest.raises((AssertionError, ValueError), match=words):
        check_hyperparameters(Declares())
