"""Strengths that follow a schedule: how they are written, and what a training step sees of them."""

from __future__ import annotations

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import bridle
from bridle.engine.compiled import encode_setting, methods_of
from bridle.engine.influence import share
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.engine.step import Run, State, Step
from bridle.errors import UserError
from bridle.methods.base import Method
from bridle.methods.catalogue import compiled, method, shared_methods
from bridle.methods.composition import Composition
from bridle.optimizers.sgd import SGD
from bridle.study.command import command_of
from bridle.study.settings import short_names, written
from bridle.testing import PROBLEMS, Trainer
from bridle.testing.trainer import baseline_of, trainer_of
from tests.methods.one_step import BATCH, NETWORK, TASK

STEPS = 10
ALWAYS = "early(until=1,falling=false)"
"""A schedule whose factor is 1 in every step."""


@pytest.mark.parametrize(
    ("text", "label", "pinned", "forms"),
    [
        (
            "dropout(rate=Flat-Cosine(0.15))",
            "dropout(rate=flat_cosine(0.15))",
            0.15,
            ["flat_cosine"],
        ),
        (
            "dropout(early(0.1, until=0.3))",
            "dropout(rate=early(0.1,until=0.3))",
            0.1,
            ["early(until=0.3)"],
        ),
        ("dropout(rate=cosine)", "dropout(rate=cosine)", None, ["cosine"]),
        (
            "dropout(rate=cosine([0.1,0.2]))",
            "dropout(rate=cosine([0.1,0.2]))",
            (0.1, 0.2),
            ["cosine"],
        ),
        ("dropout(rate=constant(0.3))", "dropout(rate=0.3)", 0.3, []),
    ],
)
def test_writing(text: str, label: str, pinned: Any, forms: list[str]) -> None:
    found = Composition.parse(text)
    assert found.label == label
    assert Composition.parse(label) == found
    assert found.pinned["dropout"].get("rate") == pinned
    assert found.compiled == tuple(f"dropout(rate={form})" for form in forms) or ("dropout",)
    assert not forms or found.bare == f"dropout(rate={forms[0]})"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dropout(rate=cosin(0.3))", "Unknown schedule 'cosin'. Did you mean 'cosine'?"),
        ("dropout(rate=cosine(2))", "dropout.rate must be a number at least 0 and less than 1"),
        ("dropout(rate=cosine(0.1,0.2))", "takes one value without a name"),
        ("dropout(rate=early(0.1,untl=0.3))", "Did you mean 'until'?"),
        ("dropout(rate=late(0.1,since=1))", "late.since must be a number at least 0 and less"),
        ("spectral_norm(iterations=cosine(2))", "it is part of the compiled program"),
        ("batch_norm(epsilon=cosine(1))", "it has no neutral value"),
        ("l2(biases=cosine(1))", "it is true or false, and a schedule moves a number"),
        ("early_stopping(patience=cosine(9))", "early_stopping acts at the ends of epochs"),
    ],
)
def test_refusals_say_why(text: str, words: str) -> None:
    with pytest.raises(UserError) as error:
        Composition.parse(text)
    assert words in str(error.value)


def test_a_learning_rate_refuses_schedules_under_which_it_would_stand_still() -> None:
    from bridle.optimizers.catalogue import canonical_schedule, schedules

    with pytest.raises(UserError, match=r"one for strengths, as in dropout\(rate=late\(0.1\)\)"):
        canonical_schedule("late")
    assert "late" not in schedules()


def test_words_and_texts_of_settings_keep_the_schedule() -> None:
    label = "dropout(rate=early(until=0.3))+l2"
    flat = {"dropout.rate": 0.2, "dropout.input_rate": 0.0, "l2.strength": 1e-3, "l2.biases": False}
    text = written(label, flat)
    assert text == (
        "dropout(rate=early(0.2,until=0.3),input_rate=0)+l2(strength=0.001,biases=false)"
    )
    assert dict(Composition.parse(text).pinned["dropout"]) == {"rate": 0.2, "input_rate": 0.0}
    names = short_names(["dropout(rate=cosine(0.2))", "dropout(rate=0.2)"])
    assert list(names.values()) == ["dropout(rate=cosine)", "dropout"]


def taken(form: str, **values: Any) -> tuple[Step, Run, State]:
    """Return a step with one method, a run of one epoch of ten steps, and its first state."""
    found = compiled(form)
    step = Step(NETWORK, (found,), SGD(), task=TASK)
    full = {h.name: values.get(h.name, h.default) for h in found.hyperparameters}
    encoded = encode_setting(
        step.methods, RunSpec({found.name: full}, 0.1, 1, 0, 0), NETWORK.layers
    )
    h = jax.tree.map(jnp.asarray, encoded)
    run = Run(jnp.asarray([3, 4], jnp.uint32), h, jnp.float32(0.1), jnp.int32(1))
    return step, run, step.init(run)


P = np.arange(STEPS + 1) / STEPS
COSINE = 0.5 * (1 + np.cos(np.pi * P))


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        ("weight_decay(strength=cosine)", {"strength": 0.5}, 0.5 * COSINE),
        (
            "weight_decay(strength=early(until=0.3))",
            {"strength": 2.0},
            2 * np.maximum(1 - P / 0.3, 0),
        ),
        ("weight_decay(strength=late(since=0.5))", {"strength": 2.0}, 2.0 * (P >= 0.5)),
        ("weight_decay(strength=cosine)", {"strength": 0.0}, 0 * P),
        # without limit is neutral: a limit grows without limit where the factor falls to 0
        ("max_norm(limit=linear)", {"limit": 3.0}, 3.0 / np.maximum(1 - P, 1e-300)),
        ("max_norm(limit=linear)", {"limit": np.inf}, np.inf + 0 * P),
        # from the neutral 0.5
        ("elastic_net(l1_ratio=linear)", {"l1_ratio": 0.9}, 0.5 + 0.4 * (1 - P)),
    ],
)
def test_a_strength_moves_from_neutral_to_the_given_value(
    form: str, values: dict[str, float], expected: np.ndarray
) -> None:
    step, run, _ = taken(form, **values)
    (name,), (key,) = run.h, values
    found = [float(step.at(jnp.float32(p), run).h[name][key]) for p in P]
    expected = np.where(expected > 1e38, np.inf, expected)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_scheduled_decay_against_numpy() -> None:
    """SGD with momentum and decoupled decay: a step takes lr·λ·factor·w off every kernel."""
    step, run, state = taken("weight_decay(strength=cosine)", strength=0.5)
    train = jax.jit(step.train, static_argnums=3)
    velocity = {name: np.zeros(value.shape) for name, value in state.model.params.items()}
    for number in range(STEPS):
        before = {name: np.asarray(value) for name, value in state.model.params.items()}
        grads, _ = step.grads(state, run, BATCH)
        velocity = {name: 0.9 * old + np.asarray(grads[name]) for name, old in velocity.items()}
        state = train(state, run, BATCH, STEPS)
        for name, value in state.model.params.items():
            decay = 0.5 * COSINE[number] * name.endswith("/kernel")
            expected = before[name] - 0.1 * (velocity[name] + decay * before[name])
            np.testing.assert_allclose(value, expected, rtol=2e-4, atol=2e-6, err_msg=name)


@pytest.mark.parametrize(
    "name",
    [
        "dropout",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("weight_decay", "mixup", "spectral_norm")
        ),
    ],
)
def test_a_factor_of_1_gives_the_plain_bits_and_neutral_those_of_none(name: str) -> None:
    problem = PROBLEMS[0]
    plain = method(name)
    strength = plain.strength()
    assert strength is not None
    always = compiled(f"{name}({strength.name}={ALWAYS})")
    falling = compiled(f"{name}({strength.name}=cosine)")
    setting = {name: {h.name: h.default for h in plain.hyperparameters}}
    neutral = {name: {**setting[name], strength.name: strength.neutral}}
    usual = trainer_of(problem, plain)
    others = [m for m in usual.methods if m.name != name]
    (expected,) = usual.train(setting)
    (same,) = Trainer(problem, (*others, always)).train(setting)
    moved = Trainer(problem, (*others, falling))
    changed, nothing = moved.train(setting, neutral)
    bare = baseline_of(problem)
    if name != "spectral_norm":  # which predicts at the end's limit, and early's end is infinity
        np.testing.assert_array_equal(same.logits, expected.logits)
    for key in bare.weights:
        np.testing.assert_array_equal(same.weights[key], expected.weights[key])
        np.testing.assert_array_equal(nothing.weights[key], bare.weights[key])
    np.testing.assert_array_equal(nothing.logits, bare.logits)
    assert not np.array_equal(changed.logits, expected.logits)
    assert not np.array_equal(changed.logits, bare.logits)


def test_prediction_and_penalty_use_the_value_at_the_end() -> None:
    step, run, state = taken("spectral_norm(iterations=1,limit=late(since=0.5))", limit=0.1)
    plain, _, _ = taken("spectral_norm", limit=0.1)
    np.testing.assert_array_equal(
        step.predict(state.model, BATCH.x, run), plain.predict(state.model, BATCH.x, run)
    )
    step, run, state = taken("l2(strength=linear(final=0.25))", strength=0.1)
    plain, _, _ = taken("l2", strength=0.1)
    whole = float(plain.penalty(state.model.params, run))
    assert float(step.penalty(state.model.params, run)) == pytest.approx(0.25 * whole, rel=1e-6)


def test_the_share_of_a_step_is_that_of_the_strength_that_is_scaled() -> None:
    step, run, state = taken("weight_decay(strength=early(until=0.3))", strength=0.5)
    plain, _, _ = taken("weight_decay")
    rest = {"weight_decay": {**run.h["weight_decay"], "strength": jnp.float32(0)}}
    last = state._replace(taken=jnp.asarray(9))
    found = float(share(step, last, run, rest, BATCH, STEPS))
    assert found == float(share(plain, last, run, rest, BATCH, STEPS)) > 0.01


def test_a_scheduled_shared_method_takes_the_place_of_the_plain_one() -> None:
    form = Composition.parse("l2(strength=cosine(0.1))").compiled
    assert form == ("l2(strength=cosine)",)
    found = methods_of(ProgramSpec((4,), "relu", form, "adam", 8))
    assert sorted(m.name for m in found) == sorted(shared_methods())
    assert [m for m in found if m.schedules] == [compiled("l2(strength=cosine)")]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("scheduled") / "study"
    methods = "none,dropout,dropout(rate=early(until=0.3)),weight_decay(strength=cosine(0.1))"
    return bridle.compare(
        "moons(n=60)", methods=methods, replicates=3, epochs=3, widths=[4], out=out, seed=1,
        grid={"dropout": {"rate": [0.1, 0.3]}}, refine=False,
    )  # fmt: skip


@pytest.mark.long
def test_a_comparison_tunes_a_scheduled_strength(study: Any) -> None:
    label, decay = "dropout(rate=early(until=0.3))", "weight_decay(strength=cosine(0.1))"
    runs = study.results().set_index("method")

    def tried(label: str, name: str) -> set[float]:
        return {json.loads(text)[name] for text in runs.loc[label, "hyperparameters"]}

    assert tried(label, "rate") == tried("dropout", "rate") == {0.1, 0.3}
    assert tried(decay, "strength") == {0.1}
    assert set(runs.loc[label, "val_loss"]) != set(runs.loc["dropout", "val_loss"])
    assert {label, decay} <= set(study.leaderboard()["method"])
    assert not study.leaderboard().set_index("method").loc[label, "inert"]


def test_a_study_goes_on_and_is_repeated_with_its_schedules(study: Any) -> None:
    again: Any = bridle.resume(study.folder)
    assert again.summary == study.summary
    assert "'none,dropout,dropout(rate=early(until=0.3))," in command_of(again.plan)
    model = again.refit("dropout(rate=early(until=0.3))")
    assert str(model.facts["method"]).startswith("dropout(rate=early(0.")
    assert "progress" in study.recipe("pytorch", "dropout(rate=early(0.2,until=0.3))")


def test_a_program_without_schedules_is_as_before() -> None:
    assert Composition.parse("dropout(rate=0.3)+l2").compiled == ("dropout",)
    assert not Method.schedules
    step, run, _ = taken("dropout")
    assert step.at(0.5, run) == run


def test_a_mistyped_schedule_is_guessed_and_other_words_are_no_schedule() -> None:
    with pytest.raises(UserError, match=r"Unknown schedule 'erly'\. Did you mean 'early'\?"):
        Composition.parse("dropout(rate=erly)")
    with pytest.raises(UserError, match=r"dropout\.rate must be a number"):
        Composition.parse("dropout(rate=much)")
