"""What predicts beside the weights in training: averages, and several models; in the engine and in a study."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.special

import bridle
from bridle.engine.compiled import encode_setting
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunResult, RunSpec
from bridle.errors import UserError
from bridle.methods.catalogue import compiled, method, shared_methods
from bridle.methods.composition import Composition
from bridle.methods.ema import EMA
from bridle.methods.hook_types import Variables
from bridle.methods.snapshot_ensemble import SnapshotEnsemble, cyclic_cosine
from bridle.study.request import Request, make_plan
from bridle.tasks import Classification

DATA = bridle.data.load("moons(n=100,noise=0.3,validation=0.2)")
BATCH = 32


def trained(text: str, *settings: str, epochs: int = 6, optimizer: str = "sgd") -> list[RunResult]:
    """Train runs of one program of four lanes: the methods of `text`, at `settings`."""
    spec = ProgramSpec((8,), "tanh", Composition.parse(text).compiled, optimizer, BATCH)
    runs = [
        RunSpec(Composition.parse(setting).setting(), 0.2, epochs, 0, 0)
        for setting in settings or (text,)
    ]
    return Program(spec, 4, DATA).train(runs)


def logits(weights: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The network's single logit, of weights without a further axis."""
    hidden = np.tanh(x @ weights["dense_0/kernel"] + weights["dense_0/bias"])
    found: np.ndarray = (hidden @ weights["dense_1/kernel"] + weights["dense_1/bias"])[:, 0]
    return found


# exponential moving averages ------------------------------------------------------------------


@pytest.mark.parametrize("decay", [0.0, 0.9, 0.999])
def test_ema_averages_as_a_plain_loop_does(decay: float) -> None:
    values = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    h, start = {"decay": jnp.float32(decay)}, np.ones(4, np.float32)
    state = EMA().init(Variables({"w": jnp.asarray(start)}, {}), h)
    expected = start.astype(float)
    for t, value in enumerate(values, start=1):
        model = Variables({"w": jnp.asarray(value)}, {"s": jnp.asarray(value)})
        if t == 1:
            state = state._replace(model=model._replace(params=state.model.params))
        same, state = EMA().average(model, state, jnp.float32(0), h)
        assert same is model
        now = min(decay, (1 + t) / (10 + t))
        expected = now * expected + (1 - now) * value
    np.testing.assert_allclose(state.model.params["w"], expected, rtol=1e-5)
    if decay == 0.0:
        np.testing.assert_array_equal(state.model.params["w"], values[-1])


def test_early_stopping_watches_the_average() -> None:
    texts = [
        "ema(decay=0)",
        "ema(decay=0.95)",
        "ema(decay=0)+early_stopping(patience=3)",
        "ema(decay=0.95)+early_stopping(patience=3)",
    ]
    live, average, stopped_live, stopped = trained("ema", *texts, epochs=25)
    (bare,) = trained("none", epochs=25)
    np.testing.assert_array_equal(live.history, bare.history)  # neutral
    for result in (average, stopped):
        assert not np.allclose(result.history[:5, 2], live.history[:5, 2])
    np.testing.assert_array_equal(stopped.history, average.history[: stopped.epochs_run])
    best = int(stopped.history[:, 2].argmin())
    assert stopped.best_epoch == best + 1
    assert stopped.scores["val_loss"] == pytest.approx(float(stopped.history[best, 2]), rel=1e-5)
    assert stopped.best_epoch != stopped_live.best_epoch or not np.allclose(
        stopped.weights["dense_0/kernel"], stopped_live.weights["dense_0/kernel"]
    )
    split = DATA.replicate(0, 0)
    z = logits(average.weights, split.seen(split.test))
    np.testing.assert_allclose(average.predictions["test"][:, 1], z, rtol=1e-3, atol=1e-5)


@pytest.mark.long
def test_batch_norm_s_moments_are_recomputed_for_the_average_or_averaged() -> None:
    (again,) = trained("ema(decay=0.9)+batch_norm(momentum=0.9)")
    (kept,) = trained("ema(decay=0.9,statistics=averaged)+batch_norm(momentum=0.9)")
    at = "batch_norm/dense_0/pre"
    for name in ("dense_0/kernel", f"{at}/scale"):
        np.testing.assert_allclose(again.weights[name], kept.weights[name], rtol=1e-4, atol=1e-6)
    split = DATA.replicate(0, 0)
    x = split.seen(split.train).astype(float)
    before = x @ again.weights["dense_0/kernel"] + again.weights["dense_0/bias"]
    batches = [before[i : i + BATCH] for i in range(0, len(before), BATCH)]
    assert len(batches[-1]) < BATCH
    mean = before.mean(0)
    variance = sum(len(batch) * batch.var(0) for batch in batches) / len(before)
    np.testing.assert_allclose(again.weights[f"{at}/mean"], mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(again.weights[f"{at}/variance"], variance, rtol=1e-4)
    # what the moving moments averaged is something else
    assert not np.allclose(kept.weights[f"{at}/mean"], mean, rtol=1e-2)
    assert again.scores["val_loss"] != kept.scores["val_loss"]


# several models -------------------------------------------------------------------------------


@pytest.mark.parametrize("cycles", [1, 4, 41])
def test_the_rate_falls_anew_in_every_cycle(cycles: int) -> None:
    each = 10  # 1/41 in float32 is less than that
    plain = optax.cosine_decay_schedule(1.0, each)
    steps = np.arange(each * cycles)
    found = cyclic_cosine(jnp.float32(steps) / len(steps), cycles)
    np.testing.assert_allclose(found, plain(steps % each), atol=1e-4)


def test_every_step_is_kept_in_its_own_cycle() -> None:
    found, steps = SnapshotEnsemble(cycles=41), 82
    state = found.init(Variables({"w": jnp.zeros(())}, {}), {})
    for t in range(steps):
        model = Variables({"w": jnp.float32(t)}, {})
        _, state = found.average(model, state, jnp.float32(t) / steps, {})
    np.testing.assert_array_equal(state.models.params["w"], np.arange(1, steps, 2))


def test_snapshots_are_those_of_the_ends_of_cycles_and_predict_together() -> None:
    (result,) = trained("snapshot_ensemble(cycles=3)")
    weights = result.weights
    assert {w.shape[0] for w in weights.values()} == {3}
    (first,) = trained("snapshot_ensemble(cycles=1)", epochs=2)
    for name, w in first.weights.items():
        np.testing.assert_allclose(weights[name][0], w[0], rtol=1e-3, atol=1e-5)
    assert not np.allclose(weights["dense_0/kernel"][0], weights["dense_0/kernel"][2])
    split = DATA.replicate(0, 0)
    x = split.seen(split.test)
    each = [logits({n: w[i] for n, w in weights.items()}, x) for i in range(3)]
    expected = scipy.special.expit(np.stack(each)).mean(0)
    predicted = scipy.special.softmax(result.predictions["test"], axis=1)[:, 1]
    np.testing.assert_allclose(predicted, expected, rtol=1e-4)
    norms = [
        math.sqrt(sum(np.square(w[i]).sum() for n, w in weights.items() if n.endswith("/kernel")))
        for i in range(3)
    ]
    assert result.scores["weight_norm"] == pytest.approx(np.mean(norms), rel=1e-4)


def test_cycles_not_reached_are_the_last_model() -> None:
    found = SnapshotEnsemble(cycles=4)
    h: dict[str, Any] = {}
    state = found.init(Variables({"w": jnp.zeros(2)}, {}), h)
    for t in range(6):  # of ten steps
        model = Variables({"w": jnp.full(2, float(t))}, {})
        _, state = found.average(model, state, jnp.float32(t / 10), h)
    last, epoch = found.final(Variables({"w": jnp.full(2, 9.0)}, {}), state, jnp.asarray(3), h)
    np.testing.assert_array_equal(last.params["w"][:, 0], [2.0, 4.0, 9.0, 9.0])
    assert int(epoch) == 3


def test_the_mean_of_probabilities_as_logits() -> None:
    each = np.random.default_rng(0).normal(size=(5, 8, 3)) * 30
    found = Classification.of(each.shape[-1]).combine(jnp.asarray(each, jnp.float32))
    expected = np.log(scipy.special.softmax(each, axis=-1).mean(0))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


# static hyperparameters and refusals ----------------------------------------------------------


def test_static_hyperparameters_belong_to_the_program() -> None:
    composition = Composition.parse("snapshot_ensemble(cycles=7)+l2+dropout")
    assert composition.compiled == ("dropout", "snapshot_ensemble(cycles=7)")
    assert compiled("snapshot_ensemble(cycles=7)").static == {"cycles": 7}
    assert compiled("dropout") is method("dropout")
    assert Composition.parse("ema").compiled == ("ema(statistics=recomputed)",)
    own = encode_setting([method("ema")], RunSpec(composition.setting(), 0.1, 1, 0, 0), 2)
    assert own["ema"].keys() == {"decay"}
    plan = make_plan(DATA, Request(methods="none,snapshot_ensemble,snapshot_ensemble(cycles=2)"))
    assert len({plan.program(label) for label in plan.methods}) == 3
    with pytest.raises(UserError, match=r"methods='snapshot_ensemble\(cycles=2\),snapshot"):
        make_plan(
            DATA,
            Request(methods="snapshot_ensemble", grid={"snapshot_ensemble": {"cycles": [2, 3]}}),
        )
    assert not any(method(name).static for name in shared_methods())


def test_methods_that_refuse_are_not_planned() -> None:
    with pytest.raises(
        UserError, match=r"stochastic_depth cannot be used here: .* methods='none,l2'"
    ):
        make_plan(DATA, Request(methods="none,stochastic_depth,l2,dropout+stochastic_depth"))
    assert "stochastic_depth" not in make_plan(DATA, Request(methods="all")).methods
    for text in ("all", "stochastic_depth"):
        plan = make_plan(DATA, Request(methods=text, network="resnet_mlp"))
        assert "stochastic_depth" in plan.methods


# in a study ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_study_of_averages_and_several_models(tmp_path: Any) -> None:
    study = bridle.compare(
        "moons(n=100,noise=0.3)",
        methods="ema,snapshot_ensemble(cycles=2)",
        configurations=1,
        replicates=2,
        epochs=4,
        out=tmp_path / "study",
    )
    name = "snapshot_ensemble(cycles=2)"
    assert study.weights(name, 0)["dense_0/kernel"].shape[0] == 2
    dataset = study.dataset
    split = dataset.replicate(0, 0)
    stored = scipy.special.softmax(study.predictions(name, 0)["test"], axis=1)
    predicted = study.probabilities(name, 0, split.inputs[split.test])
    np.testing.assert_allclose(predicted, stored, rtol=1e-4, atol=1e-6)
    assert "did nothing" not in study.summary
    assert set(study.leaderboard()["method"]) == {"none", "ema", name}
