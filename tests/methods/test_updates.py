"""Methods that change gradients, weights and averages of weights, against optax, SciPy and NumPy."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.optimize

from bridle.methods import adaptive_clipping, asam, groups
from bridle.methods.catalogue import method
from bridle.methods.gradient_clipping import clipped
from bridle.methods.hook_types import Context, Fixed, Params, Rate, Slot, Variables, layers
from bridle.methods.unit_norm import scaled
from bridle.methods.weight_standardization import standardized
from tests.methods.one_step import RANDOM, X, Y, assert_close, first_params, grads, plain_loss

SHAPES = [(4, 5), (3, 3, 2, 5)]


def values(**given: Any) -> dict[str, Any]:
    return {name: jnp.asarray(value, jnp.float32) for name, value in given.items()}


def plain_gradient() -> Params:
    found: Params = jax.grad(plain_loss)(first_params(), X, Y)
    return found


# gradients -----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1e-3, 0.1, np.inf])
def test_clipping_by_norm_is_optaxs(limit: float) -> None:
    plain = plain_gradient()
    clip = optax.clip_by_global_norm(limit)
    expected, _ = clip.update(plain, clip.init(plain))
    found, _ = grads(gradient_clipping={"limit": limit})
    assert_close(found, plain if limit == np.inf else expected)
    zero = {"w": jnp.zeros(3)}
    np.testing.assert_array_equal(clipped(zero, limit)["w"], zero["w"])


@pytest.mark.parametrize("limit", [1e-3, 0.1, np.inf])
def test_adaptive_clipping_is_optaxs(limit: float) -> None:
    plain = plain_gradient()
    clip = optax.adaptive_grad_clip(min(limit, 1e9), eps=adaptive_clipping.LEAST)
    expected, _ = clip.update(plain, clip.init(first_params()), first_params())
    found, _ = grads(adaptive_clipping={"limit": limit})
    assert_close(found, {n: expected[n] if n.endswith("kernel") else plain[n] for n in plain})


def test_centralized_gradients_are_optaxs() -> None:
    plain = plain_gradient()
    turned = {name: value.T for name, value in plain.items()}  # optax takes rows as units
    centre = optax.centralize()
    rows, _ = centre.update(turned, centre.init(turned))
    expected = {name: value.T for name, value in rows.items()}
    found, _ = grads(gradient_centralization={})
    assert_close(found, expected)


@pytest.mark.parametrize("radius", [0.0, 0.5])
def test_asam_climbs_in_proportion_to_the_weights(radius: float) -> None:
    params, first = first_params(), plain_gradient()
    flat = np.concatenate([np.ravel(params[name] * first[name]) for name in params])
    uphill = {
        name: w + radius * w**2 * first[name] / np.linalg.norm(flat) for name, w in params.items()
    }
    found, _ = grads(asam={"radius": radius})
    assert_close(found, jax.grad(plain_loss)(uphill, X, Y))
    moved = asam.ascended(params, first, radius)
    # in units of the weights, the step has the length of the radius
    steps = [(moved[n] - w)[w != 0] / w[w != 0] for n, w in params.items() if (w != 0).any()]
    assert float(jnp.linalg.norm(jnp.concatenate(steps))) == pytest.approx(radius, abs=1e-4)


# weights -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_constraints(shape: tuple[int, ...]) -> None:
    kernel = RANDOM.normal(size=shape).astype(np.float32)
    kernel[..., 0] = 0.0
    rows = kernel.reshape(-1, 5)
    lengths = np.linalg.norm(np.asarray(scaled(jnp.asarray(kernel))).reshape(-1, 5), axis=0)
    np.testing.assert_allclose(lengths, [0, 1, 1, 1, 1], rtol=1e-5)
    params = {"dense_0/kernel": jnp.asarray(kernel), "dense_0/bias": jnp.full(5, -9.0)}
    rate = Rate(jnp.float32(0.1), params)
    unit = method("unit_norm").update(params, params, rate, {})
    expected = rows / np.maximum(np.linalg.norm(rows, axis=0), 1e-30)
    np.testing.assert_allclose(np.reshape(unit["dense_0/kernel"], (-1, 5)), expected, rtol=1e-5)
    free = method("non_negative").update(params, params, rate, {})
    np.testing.assert_array_equal(
        free["dense_0/kernel"], optax.projections.projection_non_negative(params["dense_0/kernel"])
    )
    for found in (unit, free):
        np.testing.assert_array_equal(found["dense_0/bias"], params["dense_0/bias"])


@pytest.mark.parametrize("shape", SHAPES)
def test_standardized_weights(shape: tuple[int, ...]) -> None:
    kernel = RANDOM.normal(3.0, 2.0, size=shape).astype(np.float32)
    found = np.asarray(standardized(jnp.asarray(kernel))).reshape(-1, 5)
    rows = kernel.reshape(-1, 5).astype(float)
    expected = (rows - rows.mean(0)) / (rows.std(0) * np.sqrt(len(rows)))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    own = method("weight_standardization")
    params = {"dense_0/kernel": jnp.asarray(rows), "dense_1/kernel": jnp.ones((5, 2))}
    gains = own.parameters([], params, None).params  # type: ignore[arg-type]
    assert set(gains) == {"weight_standardization/dense_0/kernel/gain"}  # not of the logits
    doubled = {name: 2.0 * value for name, value in gains.items()}
    seen = own.weights({**params, **doubled}, {}, None)  # type: ignore[arg-type]
    np.testing.assert_allclose(seen["dense_0/kernel"], 2.0 * expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(seen["dense_1/kernel"], params["dense_1/kernel"])


def test_layers_in_their_order() -> None:
    names = [f"dense_{i}/{part}" for i in (10, 2, 0, 1) for part in ("kernel", "bias")]
    others = ["embed/numbers/kernel", "block_0/dense_0/kernel", "batch_norm/dense_0/pre/scale"]
    assert layers([*names, *others]) == [f"dense_{i}/kernel" for i in (0, 1, 2, 10)]
    assert layers(["dense_0/kernel", "conv_1/kernel", "conv_0/kernel"])[0] == "conv_0/kernel"
    assert layers(["mine/kernel", "yours/kernel", "mine/bias"]) == ["mine/kernel", "yours/kernel"]


# groups --------------------------------------------------------------------------------------


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("force", [0.0, 0.5, 3.0, 30.0])
def test_the_proximal_step_of_a_group_is_the_minimum(equal: bool, force: float) -> None:
    random = np.random.default_rng(int(10 * force))
    x = random.normal(size=(6, 4))
    step = np.full_like(x, 0.3) if equal else 10.0 ** random.uniform(-3, 0.5, size=x.shape)
    found = np.asarray(groups.shrunk(jnp.asarray(x), jnp.asarray(step), force, 0), float)
    for row in range(6):

        def objective(w: np.ndarray, row: int = row) -> float:
            near = np.square(w - x[row]) / (2 * step[row])
            return float(near.sum() + force * np.linalg.norm(w))

        vanishes = np.linalg.norm(x[row] / step[row]) <= force
        assert bool((found[row] == 0).all()) == vanishes
        best = scipy.optimize.minimize(
            objective,
            x[row] if not vanishes else x[row] * 1e-3,
            method="Nelder-Mead",
            options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 20_000, "maxfev": 20_000},
        )
        assert objective(found[row]) <= best.fun + 1e-6 * (1 + abs(best.fun))
        if equal and not vanishes:
            length = np.linalg.norm(x[row])
            np.testing.assert_allclose(found[row], x[row] * (1 - 0.3 * force / length), rtol=1e-5)


def test_weights_that_do_not_move_keep_their_group() -> None:
    x, step = jnp.asarray([[1.0, 2.0], [0.0, 0.0]]), jnp.asarray([[0.0, 1.0], [0.0, 0.0]])
    found = np.asarray(groups.shrunk(x, step, 100.0, 0))
    assert found[0, 0] == 1.0
    assert 0 < found[0, 1] < 0.1
    np.testing.assert_array_equal(found[1], [0, 0])


@pytest.mark.parametrize("by", ["feature", "unit"])
def test_group_lasso_removes_features_or_units(by: str) -> None:
    params = {"dense_0/kernel": jnp.asarray(RANDOM.normal(size=(4, 3)), jnp.float32)}
    params |= {"dense_1/kernel": jnp.asarray(RANDOM.normal(size=(3, 2)), jnp.float32)}
    first = np.asarray(params["dense_0/kernel"], float)
    axis = 1 if by == "feature" else 0
    lengths = np.linalg.norm(first, axis=axis, keepdims=True)
    own = type(method("group_lasso"))(by=by)
    h, root = values(strength=0.5), first.shape[axis] ** 0.5
    assert float(own.penalty(params, h)) == pytest.approx(0.5 * root * lengths.sum(), rel=1e-5)
    rate = Rate(jnp.float32(1.0), {name: jnp.full_like(w, 1.0) for name, w in params.items()})
    moved = own.update(params, params, rate, h)
    expected = first * np.maximum(0, 1 - 0.5 * root / lengths)
    np.testing.assert_allclose(moved["dense_0/kernel"], expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(moved["dense_1/kernel"], params["dense_1/kernel"])
    # with both penalties: each weight first, then its group
    sparse = type(method("sparse_group_lasso"))(by=by)
    h = values(strength=1.0, l1_ratio=0.4)
    single = np.sign(first) * np.maximum(np.abs(first) - 0.4, 0)
    rest = np.maximum(np.linalg.norm(single, axis=axis, keepdims=True), 1e-30)
    moved = sparse.update(params, params, rate, h)
    expected = single * np.maximum(0, 1 - 0.6 * root / rest)
    np.testing.assert_allclose(moved["dense_0/kernel"], expected, rtol=1e-4, atol=1e-6)
    whole = 0.4 * np.abs(first).sum() + 0.6 * root * lengths.sum()
    assert float(sparse.penalty(params, h)) == pytest.approx(whole, rel=1e-5)


def test_which_kernels_hold_groups() -> None:
    shapes = {"dense_0/kernel": (4, 3), "dense_0/bias": (3,), "dense_1/kernel": (3, 2)}
    shapes |= {"block_0/dense_0/kernel": (3, 3), "embed/numbers/kernel": (2, 4)}
    params = {name: jnp.ones(shape) for name, shape in sorted(shapes.items())}
    assert list(groups.grouped(params, "feature")) == [("dense_0/kernel", 0)]
    units = [("block_0/dense_0/kernel", 1), ("dense_0/kernel", 1)]
    assert sorted(groups.grouped(params, "unit")) == units
    alone = {"dense_0/kernel": jnp.ones((4, 2))}
    assert list(groups.grouped(alone, "feature")) == [("dense_0/kernel", 0)]
    assert not list(groups.grouped(alone, "unit"))
    images = {"conv_0/kernel": jnp.ones((3, 3, 2, 5)), "dense_0/kernel": jnp.ones((5, 2))}
    assert list(groups.grouped(images, "feature")) == [("conv_0/kernel", 2)]


def test_groups_under_steps_of_fixed_length() -> None:
    new = jnp.asarray([[0.5, 0.1], [3.0, 4.0]])
    taken = Fixed(jnp.full((2, 2), 0.1), jnp.float32(0.1))
    weak = Rate(jnp.float32(0.1), {"k": jnp.full((2, 2), 1e-3)}, {"k": taken})
    strong = Rate(jnp.float32(0.1), {"k": jnp.full((2, 2), 10.0)}, {"k": taken})
    np.testing.assert_array_equal(groups.proximal_step(new, "k", weak, jnp.float32(1.0), 0), new)
    moved = np.asarray(groups.proximal_step(new, "k", strong, jnp.float32(1.0), 0))
    start = np.asarray(new) - 0.1
    expected = np.linalg.norm(start, axis=1) - 0.1 * 2**0.5
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), expected, rtol=1e-4)


# normalizations ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6,), (4, 3, 6)])
@pytest.mark.parametrize("name", ["layer_norm", "group_norm", "rms_norm"])
def test_normalizations_of_single_examples(name: str, shape: tuple[int, ...]) -> None:
    x = RANDOM.normal(2.0, 3.0, size=(5, *shape)).astype(np.float32)
    slot = Slot("pre", 0, 6, "dense_0/pre")
    own = type(method(name))(**({"groups": 4} if name == "group_norm" else {}))
    learned = own.parameters([slot, slot._replace(kind="post", name="dense_0/post")], {}, None)  # type: ignore[arg-type]
    params = {
        key: value + jnp.asarray(RANDOM.normal(size=6), jnp.float32)
        for key, value in learned.params.items()
    }
    assert {key.rsplit("/", 1)[-1] for key in params} <= {"scale", "offset"}
    ctx = Context(False, None, jnp.ones(5), {})
    found = own.hidden(slot, jnp.asarray(x), params, values(epsilon=1e-5), ctx)
    split = 2 if name == "group_norm" else 1  # of 4 and 6
    parts = x.astype(float).reshape(5, -1, split, 6 // split)
    mean = 0.0 if name == "rms_norm" else parts.mean((1, 3), keepdims=True)
    normal = (parts - mean) / np.sqrt(np.square(parts - mean).mean((1, 3), keepdims=True) + 1e-5)
    at = f"{name}/dense_0/pre"
    expected = normal.reshape(x.shape) * params[f"{at}/scale"] + params.get(f"{at}/offset", 0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


# averages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_swa_is_the_mean_of_the_last_share(share: float) -> None:
    own, h = method("swa"), values(share=share)
    weights = RANDOM.normal(size=(20, 3)).astype(np.float32)
    state = own.init(Variables({"w": jnp.zeros(3)}, {}), h)
    for step, w in enumerate(weights):
        model = Variables({"w": jnp.asarray(w)}, {"moment": jnp.float32(step)})
        state = state._replace(model=state.model._replace(statistics=model.statistics))
        model, state = own.average(model, state, jnp.float32(step / 20), h)
        np.testing.assert_array_equal(model.params["w"], w)
    shown = own.predicting(model, state, lambda params: {"moment": jnp.float32(-1.0)}, h)
    last = max(1, round(20 * share))
    np.testing.assert_allclose(shown.params["w"], weights[-last:].mean(0), rtol=1e-5, atol=1e-6)
    assert float(shown.statistics["moment"]) == (19.0 if share == 0.0 else -1.0)


@pytest.mark.parametrize("back", [0.0, 0.5])
def test_lookahead_is_optaxs(back: float) -> None:
    own, h = type(method("lookahead"))(steps=3), values(back=back)
    steps = RANDOM.normal(size=(10, 4)).astype(np.float32)
    w = jnp.asarray(RANDOM.normal(size=4), jnp.float32)
    state = own.init(Variables({"w": w}, {}), h)
    ahead = optax.lookahead(optax.sgd(1.0), 3, 1.0 - back)
    theirs = optax.LookaheadParams(fast=w, slow=w)
    their_state = ahead.init(theirs)
    for step in steps:
        changes, their_state = ahead.update(-jnp.asarray(step), their_state, theirs)
        theirs = optax.apply_updates(theirs, changes)
        model, state = own.average(Variables({"w": w + step}, {}), state, jnp.float32(0.0), h)
        w = model.params["w"]
        np.testing.assert_allclose(w, theirs.fast, rtol=1e-5, atol=1e-6)
