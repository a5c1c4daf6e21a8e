"""Methods whose one model predicts as the mean of several members, against NumPy with the same draws."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

import bridle
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunResult, RunSpec
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.methods.hook_types import Context, Model, Slot
from bridle.optimizers.sgd import SGD
from tests.engine.numpy_draws import NumpyDraws
from tests.methods.many_steps import RATE, STEPS, close, copied, started, trained
from tests.methods.one_step import NETWORK, WEIGHT, X, Y

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
    model = Model(path[-1], state.model.statistics)
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
