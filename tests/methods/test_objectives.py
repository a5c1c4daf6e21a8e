"""Methods that change targets, objectives, gradients and weights, against optax, SciPy and NumPy."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.special

from bridle.draws import Draws
from bridle.engine.step import Step
from bridle.methods.base import Method
from bridle.methods.catalogue import method
from bridle.methods.hook_types import Batch, Context, Forward, Params, Rate, Slot
from bridle.methods.max_norm import bounded
from bridle.methods.mixup import Mixup, mix, partners
from bridle.methods.r_drop import RDrop, divergence
from bridle.methods.sam import ascended
from bridle.methods.spectral_norm import SpectralNorm, power_iteration
from bridle.methods.stochastic_depth import StochasticDepth
from bridle.optimizers.sgd import SGD
from bridle.wording import python, worded
from tests.methods.one_step import (
    BATCH,
    CLASSES,
    DRAWS,
    NETWORK,
    NUMBERS,
    RANDOM,
    TASK,
    WEIGHT,
    Setting,
    X,
    Y,
    assert_close,
    first_params,
    grads,
    plain_loss,
    taken,
)

# targets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.9])
def test_label_smoothing(strength: float) -> None:
    found, _ = grads(label_smoothing={"strength": strength})
    smooth = optax.smooth_labels(jnp.asarray(Y), strength)
    assert_close(found, jax.grad(plain_loss)(first_params(), X, smooth))


def test_who_wants_classes() -> None:
    for name in ("label_smoothing", "r_drop"):
        assert method(name).refuses(NETWORK, CLASSES) is None
        assert "regression" in str(method(name).refuses(NETWORK, NUMBERS))


def test_partners_are_one_to_one_among_the_rows_that_count() -> None:
    for seed in range(20):
        weight = RANDOM.integers(0, 2, size=12).astype(np.float32)
        order = np.random.default_rng(seed).permutation(12)
        found = np.asarray(partners(jnp.asarray(order), jnp.asarray(weight)))
        real = np.flatnonzero(weight)
        assert set(found[real]) == set(real)
        np.testing.assert_array_equal(found[weight == 0], np.flatnonzero(weight == 0))
        # in the order that was drawn
        np.testing.assert_array_equal(found[real], [row for row in order if weight[row]])


@pytest.mark.parametrize("strength", [0.0, 0.4, 1000.0])
def test_mixup(strength: float) -> None:
    found, _ = grads(mixup={"strength": strength})
    draws = Draws(jnp.asarray([3, 4], jnp.uint32)).at("step", 0, "mixup")
    order = np.asarray(draws.at("order").permutation(8))
    partner = np.asarray(partners(jnp.asarray(order), jnp.asarray(WEIGHT)))
    share = float(draws.at("share").beta(strength, strength)) if strength else 1.0
    if strength == 1000.0:
        assert share == pytest.approx(0.5, abs=0.05)
    x, y = (share * own + (1 - share) * own[partner] for own in (X, Y))
    assert_close(found, jax.grad(plain_loss)(first_params(), x, y))


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_each_target_of_a_mixture_keeps_the_weight_of_its_example(share: float) -> None:
    partner = np.array([3, 0, 4, 1, 2, 5, 6, 7])  # neither 2 nor 4 counts
    weights = np.array([2.0, 0.5, 0.0, 1.5, 0.0, 2.0, 1.0, 1.0], np.float32)
    batch = BATCH._replace(importance=jnp.asarray(weights))
    step, run, state = taken({})
    mixed = mix(batch, jnp.asarray(partner), jnp.float32(share))
    found, _ = step.gradient(run)(state.model.params, mixed, Context(True, None, BATCH.weight, {}))

    def expected(params: Params) -> Any:
        x = share * X + (1 - share) * X[partner]
        outputs = NETWORK.apply(params, jnp.asarray(x), lambda slot, x: x)
        own = optax.softmax_cross_entropy(outputs, jnp.asarray(Y))
        other = optax.softmax_cross_entropy(outputs, jnp.asarray(Y[partner]))
        losses = share * weights * own + (1 - share) * weights[partner] * other
        return (losses * WEIGHT).sum() / WEIGHT.sum()

    assert_close(found, jax.grad(expected)(state.model.params))
    # in all, every example counts by its own weight
    assert mixed.importance is not None
    both = share * weights + (1 - share) * weights[partner]
    np.testing.assert_allclose(mixed.importance, both, rtol=1e-6)
    assert float(mixed.importance[:6].sum()) == pytest.approx(float(weights[:6].sum()))


def test_mixed_and_smoothed_targets_are_those_of_either_order() -> None:
    share, smooth = jnp.float32(0.3), jnp.float32(0.2)
    uniform, partner = jnp.full_like(BATCH.y, 1 / 3), jnp.arange(8)[::-1]
    batch = mix(BATCH, partner, share).toward(uniform, smooth)
    rest = 1.0 - sum(float(part) for _, part in batch.further)
    total = rest * batch.y + sum(part * y for y, part in batch.further)
    smoothed = 0.8 * Y + 0.2 / 3
    np.testing.assert_allclose(total, 0.3 * smoothed + 0.7 * smoothed[::-1], rtol=1e-5)


def test_evaluation_mixes_nothing() -> None:
    h = {"strength": jnp.float32(1.0)}
    assert Mixup().batch(BATCH, h, Context(False, None, BATCH.weight, {})) is BATCH


# gradients and objectives --------------------------------------------------------------------


@pytest.mark.parametrize("radius", [0.0, 0.05, 1.0])
def test_sam(radius: float) -> None:
    found, _ = grads(sam={"radius": radius})
    params = first_params()
    gradient = jax.grad(plain_loss)
    first = gradient(params, X, Y)
    norm = float(optax.tree.norm(first))
    uphill = {name: w + radius / norm * first[name] for name, w in params.items()}
    assert_close(found, gradient(uphill, X, Y))
    moved = ascended(params, first, radius)
    far = optax.tree.norm({name: moved[name] - params[name] for name in params})
    assert float(far) == pytest.approx(radius, abs=1e-5)


def test_the_second_pass_of_sam_has_the_draws_of_the_first_and_leaves_its_moments() -> None:
    others: Setting = {"dropout": {"rate": 0.5}, "batch_norm": {}, "mixup": {"strength": 1.0}}
    step, run, state = taken(others)
    first, moments = step.grads(state, run, BATCH)
    uphill = state._replace(
        model=state.model._replace(params=ascended(state.model.params, first, 0.5))
    )
    second, later = step.grads(uphill, run, BATCH)
    found, kept = grads(sam={"radius": 0.5}, **others)
    assert_close(found, second)
    assert_close(kept, moments)
    assert any(not np.allclose(later[name], value) for name, value in moments.items())


def test_divergence() -> None:
    logits = RANDOM.normal(size=(2, 6, 4)).astype(np.float32)
    p, q = scipy.special.softmax(logits.astype(float), axis=-1)
    expected = (scipy.special.rel_entr(p, q) + scipy.special.rel_entr(q, p)).sum(-1)
    np.testing.assert_allclose(divergence(*jnp.asarray(logits)), expected, rtol=1e-4)


@pytest.mark.parametrize("strength", [0.0, 1.0, 5.0])
def test_r_drop_joins_two_passes(strength: float) -> None:
    seen: list[tuple[int, ...]] = []

    def loss(params: Params, batch: Batch, ctx: Context) -> Forward:
        assert ctx.draws is not None
        seen.append(tuple(int(key) for key in ctx.draws.key))
        ctx.statistics["moment"] = jnp.float32(len(seen))
        ctx.terms["penalty"] = jnp.float32(len(seen))
        outputs = jnp.asarray(RANDOM.normal(size=(8, 3)), jnp.float32) * len(seen)
        passes.append(outputs)
        return Forward(optax.softmax_cross_entropy(outputs, batch.y), outputs)

    passes: list[Any] = []
    ctx = Context(True, DRAWS, BATCH.weight, {})
    h = {"strength": jnp.float32(strength), "rate": jnp.float32(0.3)}
    found = RDrop().objective(loss, h)({}, BATCH, ctx)
    one, two = (np.asarray(optax.softmax_cross_entropy(outputs, BATCH.y)) for outputs in passes)
    p, q = (scipy.special.softmax(np.asarray(outputs, float), axis=-1) for outputs in passes)
    apart = (scipy.special.rel_entr(p, q) + scipy.special.rel_entr(q, p)).sum(-1)
    expected = one if strength == 0.0 else (one + two) / 2 + strength / 4 * apart
    np.testing.assert_allclose(found.losses, expected, rtol=1e-4)
    assert seen[0] == (1, 2)  # whoever draws in the first pass draws as without R-Drop
    assert seen[1] != seen[0]
    # a penalty counts once, and the moments are those of the first pass
    assert (float(ctx.terms["penalty"]), float(ctx.statistics["moment"])) == (1.0, 1.0)


def test_r_drop_brings_its_own_dropout() -> None:
    x, slot = jnp.ones((8, 100)), Slot("post", 0, 100, "dense_0/post")
    for strength, rate, share in ((1.0, 0.3, 0.3), (0.0, 0.3, 0.0), (5.0, 0.9, 0.9)):
        h = {"strength": jnp.float32(strength), "rate": jnp.float32(rate)}
        ctx = Context(True, DRAWS, BATCH.weight, {})
        out = np.asarray(RDrop().hidden(slot, x, {}, h, ctx))
        assert (out == 0).mean() == pytest.approx(share, abs=0.05)
        still = dataclasses.replace(ctx, draws=None)
        np.testing.assert_array_equal(RDrop().hidden(slot, x, {}, h, still), x)


# weights and branches ------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1e-3, 1.0, np.inf])
@pytest.mark.parametrize("shape", [(4, 5), (3, 3, 2, 5)])
def test_max_norm(limit: float, shape: tuple[int, ...]) -> None:
    kernel = RANDOM.normal(size=shape).astype(np.float32)
    kernel[..., 0] = 0.0
    kernel[..., 1] *= 1e-3
    rows = kernel.reshape(-1, 5).astype(float)
    norms = np.linalg.norm(rows, axis=0)
    expected = rows * np.minimum(1.0, limit / np.maximum(norms, 1e-30))
    found = np.asarray(bounded(jnp.asarray(kernel), limit)).reshape(-1, 5)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    if limit == np.inf:
        np.testing.assert_array_equal(found, kernel.reshape(-1, 5))
    params = {"dense_0/kernel": jnp.asarray(kernel), "dense_0/bias": jnp.full(5, 9.0)}
    rate = Rate(jnp.float32(0.1), params)
    moved = method("max_norm").update(params, params, rate, {"limit": jnp.float32(limit)})
    np.testing.assert_array_equal(moved["dense_0/bias"], params["dense_0/bias"])


@pytest.mark.parametrize("limit", [0.1, 2.0, np.inf])
@pytest.mark.parametrize("shape", [(4, 5), (3, 3, 2, 5)])
def test_spectral_norm(limit: float, shape: tuple[int, ...]) -> None:
    kernel = jnp.asarray(RANDOM.normal(size=shape), jnp.float32)
    found = SpectralNorm(iterations=100)
    own = found.parameters([], {"dense_0/kernel": kernel, "dense_0/bias": jnp.ones(5)}, DRAWS)
    assert list(own.statistics) == ["spectral_norm/dense_0/kernel/vector"]
    statistics = dict(own.statistics)
    params = {"dense_0/kernel": kernel, "dense_0/bias": jnp.ones(5)}
    h = {"limit": jnp.float32(limit)}
    train = Context(True, None, BATCH.weight, statistics)
    bound = found.weights(params, h, train)
    singular = np.linalg.svd(np.asarray(kernel, float).reshape(-1, 5), compute_uv=False)[0]
    np.testing.assert_allclose(bound["dense_0/kernel"], kernel / max(1.0, singular / limit), 1e-4)
    np.testing.assert_array_equal(bound["dense_0/bias"], params["dense_0/bias"])
    if limit == np.inf:
        np.testing.assert_array_equal(bound["dense_0/kernel"], kernel)
    # evaluation divides by the same number and moves nothing
    still = Context(False, None, BATCH.weight, dict(train.statistics))
    again = found.weights(params, h, still)
    np.testing.assert_allclose(again["dense_0/kernel"], bound["dense_0/kernel"], rtol=1e-5)
    assert still.statistics == train.statistics


def test_the_gradient_of_spectral_norm_is_that_of_the_singular_value() -> None:
    kernel = jnp.asarray(RANDOM.normal(size=(4, 5)), jnp.float32)
    wanted = jnp.asarray(RANDOM.normal(size=(4, 5)), jnp.float32)
    vector = power_iteration(kernel, jnp.ones(5), 200)
    at = "spectral_norm/dense_0/kernel/vector"

    def ours(kernel: Any) -> Any:
        ctx = Context(True, None, BATCH.weight, {at: vector})
        h = {"limit": jnp.float32(0.5)}
        return (
            wanted * SpectralNorm().weights({"dense_0/kernel": kernel}, h, ctx)["dense_0/kernel"]
        ).sum()

    def theirs(kernel: Any) -> Any:
        return (wanted * kernel * 0.5 / jnp.linalg.norm(kernel, ord=2)).sum()

    np.testing.assert_allclose(jax.grad(ours)(kernel), jax.grad(theirs)(kernel), 1e-3, 1e-5)
    assert np.isfinite(jax.grad(ours)(jnp.zeros((4, 5)))).all()


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.999999])
def test_stochastic_depth(rate: float) -> None:
    slot = Slot("merge", 1, 3, "block_1/merge")
    x, branch = jnp.ones((4000, 3)), jnp.full((4000, 3), 2.0)
    h = {"rate": jnp.float32(rate)}
    ctx = Context(True, DRAWS, jnp.ones(4000), {})
    kept, dropped = StochasticDepth().merge(slot, (x, branch), {}, h, ctx)
    np.testing.assert_array_equal(kept, x)
    found = np.asarray(dropped)
    assert (found == found[:, :1]).all()  # an example loses the whole branch
    gone = found[:, 0] == 0
    assert gone.mean() == pytest.approx(rate, abs=0.03)
    np.testing.assert_allclose(found[~gone], 2.0 / (1.0 - np.float32(rate)), rtol=1e-6)
    still = dataclasses.replace(ctx, draws=None)
    assert StochasticDepth().merge(slot, (x, branch), {}, h, still) == (x, branch)
    reason = str(StochasticDepth().refuses(NETWORK, CLASSES))
    assert "network='resnet_mlp'" in worded(reason, python)


# order ---------------------------------------------------------------------------------------


def renamed(found: Method, name: str) -> Method:
    own = {"name": name, "stream": found.stream}
    other: Method = type(type(found).__name__, (type(found),), own)()
    return other


def test_renaming_a_method_changes_no_bits() -> None:
    used: Setting = {
        "l1": {"strength": 0.01, "update": "subgradient"},
        "l2": {"strength": 0.02},
        "elastic_net": {"strength": 0.03},
        "weight_decay": {"strength": 0.5},
        "max_norm": {"limit": 0.7},
        "dropout": {"rate": 0.4},
        "mixup": {"strength": 1.0},
    }
    step, run, state = taken(used)
    names = dict(zip(used, "gfedcba", strict=True))  # the other way round
    others = [renamed(method(name), names[name]) for name in used]
    other = Step(NETWORK, tuple(others), SGD(), task=TASK)
    h = {names[name]: values for name, values in run.h.items()}
    states = {names[name]: own for name, own in state.methods.items()}

    first = jax.jit(lambda state: step.train(state, run, BATCH, 1))(state)
    second = jax.jit(lambda state: other.train(state, run._replace(h=h), BATCH, 1))(
        state._replace(methods=states)
    )
    for name, value in first.model.params.items():
        np.testing.assert_array_equal(second.model.params[name], value)
