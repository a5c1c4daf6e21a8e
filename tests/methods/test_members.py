"""Methods whose one model predicts as the mean of several members, against NumPy with the same draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

import bridle
from bridle.engine import underway
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunResult, RunSpec
from bridle.methods.batch_ensemble import repeated
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.methods.hook_types import Context, Params, Slot, Variables
from bridle.networks.resnet_mlp import ResNetMLP
from bridle.optimizers.sgd import SGD
from tests.engine.numpy_draws import NumpyDraws
from tests.methods.many_steps import RATE, STEPS, close, copied, started, trained
from tests.methods.one_step import BATCH, NETWORK, TASK, WEIGHT, X, Y, plain_loss

Numbers = dict[str, np.ndarray]


def outputs(params: Numbers, x: np.ndarray, masks: tuple[Any, Any] = (1.0, 1.0)) -> np.ndarray:
    """The logits of the small network with tanh, its inputs and hidden units times masks."""
    hidden = np.tanh(x * masks[0] @ params["dense_0/kernel"] + params["dense_0/bias"])
    found: np.ndarray = hidden * masks[1] @ params["dense_1/kernel"] + params["dense_1/bias"]
    return found


def gradients(params: Numbers, masks: tuple[Any, Any]) -> Numbers:
    """The gradients of the mean cross-entropy, by hand."""
    x = X.astype(float) * masks[0]
    hidden = np.tanh(x @ params["dense_0/kernel"] + params["dense_0/bias"])
    thinned = hidden * masks[1]
    p = scipy.special.softmax(outputs(params, X.astype(float), masks), axis=1)
    grad = (p - Y) * WEIGHT[:, None] / WEIGHT.sum()
    back = grad @ params["dense_1/kernel"].T * masks[1] * (1 - hidden**2)
    return {
        "dense_0/kernel": x.T @ back,
        "dense_0/bias": back.sum(0),
        "dense_1/kernel": thinned.T @ grad,
        "dense_1/bias": grad.sum(0),
    }


def mask(draws: NumpyDraws, shape: tuple[int, ...], rate: float) -> np.ndarray:
    # rates are compared in float32, as the program holds them
    kept = draws.uniform(shape) >= np.float64(np.float32(rate))
    return np.asarray(kept / (1 - rate))


# dropout in predictions -----------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "input_rate"), [(0.0, 0.0), (0.3, 0.2), (0.9, 0.5)])
def test_mc_dropout(rate: float, input_rate: float) -> None:
    given = {"rate": rate, "input_rate": input_rate, "passes": 7}
    form = "mc_dropout(passes=7)"
    step, run, state = started(form, NETWORK, SGD(0.0), **given)
    path = trained(form, NETWORK, SGD(0.0), **given)
    params = copied(path[0])
    for taken in range(STEPS):
        at = NumpyDraws(3, 4).at("step", taken, "mc_dropout")
        masks = (
            mask(at.at("input"), (8, 4), input_rate),
            mask(at.at("dense_0/post"), (8, 5), rate),
        )
        grads = gradients(params, masks)
        params = {name: value - RATE * grads[name] for name, value in params.items()}
        if taken in (0, 9, STEPS - 1):
            close(path[taken + 1], params)
    # every pass has masks of its own, which all rows share
    keys = NumpyDraws(3, 4).at("init", "mc_dropout").bits((7, 2)) >> np.uint32(8)
    each = []
    for key in keys:
        at = NumpyDraws(*key)
        masks = mask(at.at("input"), (4,), input_rate), mask(at.at("dense_0/post"), (5,), rate)
        each.append(scipy.special.softmax(outputs(params, X.astype(float), masks), axis=1))
    model = Variables(path[-1], state.model.statistics)
    logits = jax.jit(step.predict)(model, jnp.asarray(X), run)
    found = scipy.special.softmax(np.asarray(logits, float), axis=1)
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=2e-3, atol=1e-5)
    assert (np.std(each, axis=0).max() > 0.01) == (rate > 0)


def test_it_drops_nothing_while_statistics_are_recomputed() -> None:
    slot, x = Slot("post", 0, 5, "dense_0/post"), jnp.ones((8, 5))
    h = {"rate": jnp.asarray([0.5]), "input_rate": jnp.float32(0.5)}
    again = Context(True, None, jnp.ones(8), {}, kept=jnp.float32(0.5))
    np.testing.assert_array_equal(method("mc_dropout").hidden(slot, x, {}, h, again), x)


DATA = bridle.data.load("moons(n=100,noise=0.3,validation=0.2)")


def results(*texts: str, epochs: int = 6) -> list[RunResult]:
    """Runs of one program, the first text's."""
    compiled_methods = Composition.parse(texts[0]).compiled
    spec = ProgramSpec((8,), "tanh", compiled_methods, "sgd", 32)
    runs = [RunSpec(Composition.parse(text).setting(), 0.2, epochs, 0, 0) for text in texts]
    return Program(spec, 4, DATA).train(runs)


def test_every_evaluation_sees_the_mean_of_the_passes() -> None:
    still, noisy = results("mc_dropout(rate=0)", "mc_dropout(rate=0.5)")
    (bare,) = results("none")
    np.testing.assert_array_equal(still.history, bare.history)  # neutral, to the bit
    np.testing.assert_array_equal(still.predictions["test"], bare.predictions["test"])
    split = DATA.replicate(0, 0)
    x, y = split.seen(split.validation).astype(float), split.targets[split.validation]
    weights = {name: w.astype(float) for name, w in noisy.weights.items()}
    each = []
    for key in noisy.weights["mc_dropout/keys"].astype(np.uint32):
        masks = 1.0, mask(NumpyDraws(*key).at("dense_0/post"), (8,), 0.5)
        each.append(scipy.special.expit(outputs(weights, x, masks)[:, 0]))
    p = np.mean(each, axis=0)
    loss = -np.where(y == 1, np.log(p), np.log1p(-p)).mean()
    assert noisy.scores["val_loss"] == pytest.approx(loss, rel=1e-4)
    assert noisy.history[-1, 2] == pytest.approx(loss, rel=1e-4)  # val_loss of the last epoch


# members that share kernels -------------------------------------------------------------------


def member(params: dict[str, Any], number: int, strength: float) -> dict[str, Any]:
    """The weights of one member: kernels times an outer product, biases scaled and shifted."""
    own = {
        name.removeprefix("batch_ensemble/"): w[number]
        for name, w in params.items()
        if name.startswith("batch_ensemble/")
    }
    r, s = (
        [1 - strength + strength * own[f"{slot}/scale"] for slot in slots]
        for slots in (("input", "dense_0/post"), ("dense_0/pre", "logits"))
    )
    found = {}
    for i, slot in enumerate(("dense_0/pre", "logits")):
        found[f"dense_{i}/kernel"] = params[f"dense_{i}/kernel"] * r[i][:, None] * s[i][None]
        shift = strength * own[f"{slot}/offset"]
        found[f"dense_{i}/bias"] = params[f"dense_{i}/bias"] * s[i] + shift
    return found


@pytest.mark.parametrize("start", ["every", "input"])
@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_batch_ensemble(strength: float, start: str) -> None:
    form = f"batch_ensemble(members=3,start={start})"
    step, run, state = started(form, NETWORK, SGD(0.0), strength=strength)

    def loss(params: Params) -> Any:
        losses = [plain_loss(member(params, number, strength), X, Y) for number in range(3)]
        return sum(losses) / 3

    path = trained(form, NETWORK, SGD(0.0), strength=strength)
    params: Any = copied(path[0])
    slope = jax.jit(jax.grad(loss))
    for taken in range(STEPS):
        grads = slope(params)
        params = {name: w - RATE * np.asarray(grads[name]) for name, w in params.items()}
        if taken in (0, 9, STEPS - 1):
            close(path[taken + 1], params)
    each = [
        scipy.special.softmax(outputs(member(params, number, strength), X.astype(float)), axis=1)
        for number in range(3)
    ]
    model = Variables(path[-1], state.model.statistics)
    logits = jax.jit(step.predict)(model, jnp.asarray(X), run)
    found = scipy.special.softmax(np.asarray(logits, float), axis=1)
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=2e-3, atol=1e-5)
    assert (np.std(each, axis=0).max() > 1e-3) == (strength > 0)


def test_scales_begin_as_the_papers_say() -> None:
    for start, random in (("every", 4), ("input", 1)):
        _, _, state = started(f"batch_ensemble(members=8,start={start})", NETWORK, SGD(0.0))
        scales = {n: np.asarray(w) for n, w in state.model.params.items() if n.endswith("/scale")}
        signs = [name for name, w in scales.items() if (np.abs(w) == 1).all() and (w < 0).any()]
        assert len(scales) == 4
        assert len(signs) == random
        assert all((w == 1).all() for name, w in scales.items() if name not in signs)
        assert signs[0] == "batch_ensemble/input/scale"
        offsets = [w for n, w in state.model.params.items() if n.endswith("/offset")]
        assert not np.any(np.concatenate(offsets, axis=1))


def test_a_batch_is_repeated_with_all_that_it_holds() -> None:
    share = jnp.linspace(0.0, 1.0, 8)
    batch = BATCH._replace(importance=jnp.arange(8.0)).toward(BATCH.y[::-1], share)
    found = repeated(batch.toward(BATCH.y, jnp.float32(0.25)), 3)
    given = (found.x, BATCH.x), (found.y, BATCH.y), (found.importance, np.arange(8))
    for value, own in (*given, (found.weight, WEIGHT)):
        assert value is not None
        np.testing.assert_array_equal(value, np.concatenate([own] * 3))
    (other, parts), (_, scalar) = found.further
    np.testing.assert_array_equal(other, np.concatenate([BATCH.y[::-1]] * 3))
    np.testing.assert_allclose(parts, 0.75 * np.tile(share, 3))
    assert scalar.ndim == 0
    assert repeated(BATCH, 2).importance is None


@pytest.mark.long
def test_batch_norms_moments_are_over_all_members() -> None:
    """Those that are recomputed for an average, in batches of training rows, each repeated for every member."""
    (result,) = results("batch_ensemble(members=3)+batch_norm+ema(decay=0.5)")
    at, weights = "batch_norm/dense_0/pre", result.weights
    split = DATA.replicate(0, 0)
    x = split.seen(split.train).astype(float)
    scales = weights["batch_ensemble/input/scale"]
    each = [x * scale @ weights["dense_0/kernel"] + weights["dense_0/bias"] for scale in scales]
    parts = [np.stack(each)[:, start : start + 32] for start in range(0, len(x), 32)]
    variance = sum(part.shape[1] * part.var((0, 1)) for part in parts) / len(x)
    np.testing.assert_allclose(weights[f"{at}/variance"], variance, rtol=1e-3)
    np.testing.assert_allclose(weights[f"{at}/mean"], np.mean(each, axis=(0, 1)), atol=1e-5)
    assert np.std([own.var(0) for own in each], axis=0).max() > 0.01


def test_residual_networks_are_refused() -> None:
    assert method("batch_ensemble").refuses(NETWORK, TASK) is None
    reason = str(method("batch_ensemble").refuses(ResNetMLP((4,), (5,), 3), TASK))
    assert "residual blocks" in reason


@pytest.mark.long
def test_they_go_on_in_other_lanes_with_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Interrupted in the middle of training, and continued in another order."""
    text = "batch_ensemble(members=2)+ghost_batch_norm(size=8)+mc_dropout(passes=2)"
    spec = ProgramSpec((4,), "tanh", Composition.parse(text).compiled, "adam", 32)
    given = [
        RunSpec(Composition.parse(text).setting(), rate, epochs, replicate, 0)
        for replicate, (rate, epochs) in enumerate([(0.01, 8), (0.03, 6), (0.1, 7)])
    ]
    one = Program(spec, 3, DATA)
    expected = one.train(given)
    monkeypatch.setattr(underway, "SECONDS", 0.0)
    monkeypatch.setattr("bridle.engine.program.SECONDS_PER_CALL", 0.0)
    original, saved = underway.save, []

    def save(*arguments: Any) -> None:
        original(*arguments)
        saved.append(arguments)
        if len(saved) == 9:  # three epochs of each
            raise KeyboardInterrupt

    monkeypatch.setattr(underway, "save", save)
    with pytest.raises(KeyboardInterrupt):
        one.train(given, tmp_path)
    monkeypatch.setattr(underway, "save", original)
    assert len(list(tmp_path.iterdir())) == 3
    before = one.lane_epochs
    for found, undisturbed in zip(one.train(given[::-1], tmp_path), expected[::-1], strict=True):
        np.testing.assert_array_equal(found.history, undisturbed.history)
        for name, value in undisturbed.weights.items():
            np.testing.assert_array_equal(found.weights[name], value)
        np.testing.assert_array_equal(found.predictions["test"], undisturbed.predictions["test"])
    assert one.lane_epochs - before == 8 + 6 + 7 - 9
