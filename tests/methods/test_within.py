"""Methods that act on some layers only: `where=dense_*`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from bridle.draws import Draws
from bridle.engine.compiled import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, State, Step
from bridle.errors import UserError
from bridle.methods.catalogue import compiled, methods
from bridle.methods.composition import Composition, check_refusals
from bridle.methods.dropout import drop
from bridle.methods.hook_types import Params
from bridle.networks.catalogue import network
from bridle.networks.mlp import MLP
from bridle.optimizers.sgd import SGD
from bridle.testing import PROBLEMS, Trainer
from bridle.testing.trainer import baseline_of, trainer_of
from tests.methods.one_step import BATCH, TASK, WEIGHT, X, Y

DEEP = MLP((4,), (5, 5), 3, "tanh")
RATE = 0.1


def taken(form: str, **values: Any) -> tuple[Step, Run, State]:
    """Return a step of a network with two hidden layers, a run, and its first state."""
    found = compiled(form)
    step = Step(DEEP, (found,), SGD(0.0), task=TASK)
    full = {h.name: values.get(h.name, h.default) for h in found.hyperparameters}
    encoded = encode_setting(step.methods, RunSpec({found.name: full}, RATE, 1, 0, 0), DEEP.layers)
    h = jax.tree.map(jnp.asarray, encoded)
    run = Run(jnp.asarray([3, 4], jnp.uint32), h, jnp.float32(RATE), jnp.int32(1))
    return step, run, step.init(run)


def stepped(form: str, **values: Any) -> tuple[Params, Params]:
    """Return the parameters before and after a step."""
    step, run, state = taken(form, **values)
    return state.model.params, jax.jit(step.train, static_argnums=3)(
        state, run, BATCH, 9
    ).model.params


BEFORE, PLAIN = stepped("none")


@pytest.mark.parametrize(
    ("text", "label", "form"),
    [
        ("l2(1e-3, where=dense_*)", "l2(strength=0.001,where=dense_*)", "l2(where=dense_*)"),
        ("dropout(where=[dense_1,conv_*])", "dropout(where=[dense_1,conv_*])", "dropout(where=[dense_1,conv_*])"),
        (
            "dropout(where=dense_0,rate=late(0.2))",
            "dropout(rate=late(0.2),where=dense_0)",
            "dropout(rate=late,where=dense_0)",
        ),
    ],
)  # fmt: skip
def test_writing(text: str, label: str, form: str) -> None:
    found = Composition.parse(text)
    assert found.label == label
    assert found.compiled == (form,)
    assert Composition.parse(label) == found
    assert compiled(form) is compiled(form)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sam(where=dense_0)", "sam takes no where: it does not act on single layers"),
        ("mixup(where=dense_0)", "mixup takes no where"),
        ("ema(where=dense_0)", "ema takes no where"),
        ("jacobian(where=dense_0)", "jacobian takes no where"),
        ("group_lasso(where=dense_0)", "depends on the first or the last layer"),
        ("l2(where=3)", "l2.where must be a pattern of names of layers, such as dense_*"),
    ],
)
def test_methods_without_layers_refuse(text: str, words: str) -> None:
    with pytest.raises(UserError) as error:
        Composition.parse(text)
    assert words in str(error.value)


def test_a_pattern_without_a_layer_is_refused_with_their_names() -> None:
    found = network("cnn(filters=[3])", (8, 8), TASK, (5,), "relu")
    check_refusals([Composition.parse("l2(where=conv_*)")], found, TASK)
    with pytest.raises(UserError) as error:
        check_refusals([Composition.parse("l2(where=[conv_*,dnse_0])")], found, TASK)
    said = "l2 cannot be used here: no layer of this network has a name like dnse_0; its layers are conv_0, dense_0,"
    assert said in str(error.value)
    check_refusals([Composition.parse("dropout(where=input)")], found, TASK)
    with pytest.raises(UserError, match="no layer of this network has a name like input"):
        check_refusals([Composition.parse("l2(where=input)")], found, TASK)
    with pytest.raises(UserError, match="drop_block cannot be used here"):  # its own refusal
        check_refusals([Composition.parse("drop_block(where=dense_0)")], DEEP, TASK)


@pytest.mark.parametrize("pattern", ["dense_0", "dense_[12]", "*"])
@pytest.mark.parametrize("name", ["l2", "weight_decay", "l1", "max_norm"])
def test_weights_of_other_layers_are_left_alone(name: str, pattern: str) -> None:
    own = {"l2": {"strength": 0.3}, "l1": {"strength": 0.3}, "max_norm": {"limit": 0.4}}
    values: dict[str, Any] = own.get(name, {"strength": 0.5})
    _, found = stepped(f"{name}(where={pattern})", **values)
    _, everywhere = stepped(name, **values)
    inside = {"dense_0": "0", "dense_[12]": "12", "*": "012"}[pattern]
    for key in PLAIN:
        expected = everywhere if key[len("dense_")] in inside else PLAIN
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-5, atol=1e-7, err_msg=key)
    assert any(not np.allclose(everywhere[key], PLAIN[key]) for key in PLAIN)


def test_penalties_count_their_layers_only() -> None:
    step, run, state = taken("l2(where=dense_1)", strength=0.3)
    kernel = np.asarray(state.model.params["dense_1/kernel"])
    found = step.penalty(state.model.params, run)
    np.testing.assert_allclose(found, 0.3 * (kernel**2).sum(), rtol=1e-5)


def test_dropout_of_one_layer_against_its_draws() -> None:
    step, run, state = taken("dropout(where=dense_1)", rate=0.5)
    uniform = Draws(run.key).at("step", state.taken).at("dropout", "dense_1/post")

    def loss(params: Params) -> Any:
        hidden = jnp.tanh(X @ params["dense_0/kernel"] + params["dense_0/bias"])
        hidden = jnp.tanh(hidden @ params["dense_1/kernel"] + params["dense_1/bias"])
        hidden = drop(hidden, uniform.uniform(hidden.shape), 0.5)
        logits = hidden @ params["dense_2/kernel"] + params["dense_2/bias"]
        losses = -(jax.nn.log_softmax(logits) * Y).sum(-1)
        return (losses * WEIGHT).sum() / WEIGHT.sum()

    found, _ = step.grads(state, run, BATCH)
    for name, expected in jax.grad(loss)(state.model.params).items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)


def test_own_parameters_are_those_of_the_layers() -> None:
    _, _, state = taken("batch_norm(where=dense_1)")
    own = [name for name in state.model.params if name.startswith("batch_norm/")]
    assert own
    assert all("dense_1" in name for name in own)
    _, _, state = taken("spectral_norm(iterations=1,where=dense_0)")
    assert list(state.model.statistics) == ["spectral_norm/dense_0/kernel/vector"]


@pytest.mark.parametrize("name", ["dropout", "l1"])
def test_everywhere_gives_the_plain_bits_and_neutral_those_of_none(name: str) -> None:
    problem = PROBLEMS[0]
    plain = methods()[name]
    strength = plain.strength()
    assert strength is not None
    setting = {name: {h.name: h.default for h in plain.hyperparameters}}
    usual = trainer_of(problem, plain)
    (expected,) = usual.train(setting)
    others = [m for m in usual.methods if m.name != name]
    everywhere = Trainer(problem, (*others, compiled(f"{name}(where=*)")))
    found, nothing = everywhere.train(setting, {name: {**setting[name], strength.name: 0.0}})
    bare = baseline_of(problem)
    for key in expected.weights:
        np.testing.assert_array_equal(found.weights[key], expected.weights[key])
        np.testing.assert_array_equal(nothing.weights[key], bare.weights[key])
