"""Each method's pure functions against independent computations: SciPy, NumPy, scikit-learn, closed forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from sklearn.preprocessing import StandardScaler

from bridle.draws import Draws
from bridle.grammar import Value
from bridle.methods.batch_norm import BatchNorm, moments, standardize
from bridle.methods.catalogue import method
from bridle.methods.dropout import Dropout, drop
from bridle.methods.hook_types import Batch, Context, Forward, Params, Rate, Slot
from bridle.methods.penalties import absolute_sum, soft_threshold, square_sum

RANDOM = np.random.default_rng(0)
PARAMS = {
    "dense_0/kernel": jnp.asarray(RANDOM.normal(size=(4, 3)), jnp.float32),
    "dense_0/bias": jnp.asarray(RANDOM.normal(size=3), jnp.float32),
    "batch_norm/dense_0/pre/scale": jnp.asarray(RANDOM.normal(size=3), jnp.float32),
}
OLD = {name: value + 0.25 for name, value in PARAMS.items()}
DRAWS = Draws(jnp.asarray([1, 2], jnp.uint32))


def context(
    train: bool = True, weight: Array | None = None, statistics: Params | None = None
) -> Context:
    weight = jnp.ones(8) if weight is None else weight
    return Context(train, DRAWS if train else None, weight, statistics or {})


def values(name: str, **given: Value) -> dict[str, Array]:
    """Hyperparameters as a program holds them, for two hidden layers."""
    found = {}
    for declared in method(name).hyperparameters:
        numbers = declared.encode(given.get(declared.name, declared.default), layers=2)
        found[declared.name] = jnp.asarray(
            numbers if declared.per_layer else numbers[0], jnp.float32
        )
    return found


def rate(learning_rate: float = 0.1, step: float = 0.3) -> Rate:
    return Rate(
        jnp.float32(learning_rate), {name: step * jnp.ones_like(w) for name, w in PARAMS.items()}
    )


def norms(biases: bool) -> tuple[float, float]:
    kept = [w for name, w in PARAMS.items() if biases or name == "dense_0/kernel"]
    flat = np.concatenate([np.ravel(w) for w in kept]).astype(float)
    return float(np.linalg.norm(flat, 1)), float(np.linalg.norm(flat, 2) ** 2)


# penalties -----------------------------------------------------------------------------------


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("strength", [0.0, 0.01, 1.0, 100.0])
def test_penalties(strength: float, biases: bool) -> None:
    one, two = norms(biases)
    given = {"strength": strength, "biases": biases}
    expected = {
        "l1": strength * one,
        "l2": strength * two,  # Keras: no half
        "elastic_net": strength * (0.3 * one + 0.7 * two),
    }
    for name, total in expected.items():
        extra = {"l1_ratio": 0.3} if name == "elastic_net" else {}
        h = values(name, **given, **extra)
        assert float(method(name).penalty(PARAMS, h)) == pytest.approx(total, rel=1e-5)
    h = values("l2", **given)
    assert float(absolute_sum(PARAMS, h)) == pytest.approx(one, rel=1e-5)
    assert float(square_sum(PARAMS, h)) == pytest.approx(two, rel=1e-5)


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize(
    ("name", "given", "l1", "l2"),
    [
        ("l1", {"strength": 0.3}, 0.0, 0.0),
        ("l1", {"strength": 0.3, "update": "subgradient"}, 0.3, 0.0),
        ("l2", {"strength": 0.3}, 0.0, 0.3),
        ("elastic_net", {"strength": 0.5, "l1_ratio": 0.4}, 0.0, 0.3),
        ("elastic_net", {"strength": 0.5, "l1_ratio": 0.4, "update": "subgradient"}, 0.2, 0.3),
    ],
)
def test_what_penalties_add_to_the_gradient(
    name: str, given: dict[str, float | str], l1: float, l2: float, biases: bool
) -> None:
    h = values(name, **given, biases=biases)
    nothing = Forward(jnp.zeros(8), jnp.zeros((8, 2)))
    loss = method(name).objective(lambda params, batch, ctx: nothing, h)
    batch = Batch(jnp.zeros((8, 4)), jnp.zeros((8, 2)), jnp.ones(8))

    def total(params: Params) -> Array:
        ctx = context()
        return loss(params, batch, ctx).losses.sum() + sum(ctx.terms.values())

    grads = jax.grad(total)(PARAMS)
    for key, w in PARAMS.items():
        factor = 1.0 if biases or key.endswith("kernel") else 0.0
        expected = factor * (l1 * np.sign(w) + 2 * l2 * np.asarray(w))
        np.testing.assert_allclose(grads[key], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.5, 10.0])
def test_soft_threshold_minimizes_its_objective(threshold: float) -> None:
    x = np.concatenate([np.linspace(-2, 2, 41), [0.0, threshold, -threshold]]).astype(np.float32)
    got = np.asarray(soft_threshold(jnp.asarray(x), threshold))
    grid = np.linspace(-3, 3, 60_001)
    objective = 0.5 * (grid[None] - x[:, None]) ** 2 + threshold * np.abs(grid)[None]
    np.testing.assert_allclose(got, grid[objective.argmin(1)], atol=1.01e-4)
    assert (got[np.abs(x) <= threshold] == 0).all()


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("strength", [0.0, 0.5, 50.0])
@pytest.mark.parametrize("name", ["l1", "elastic_net", "weight_decay"])
def test_updates(name: str, strength: float, biases: bool) -> None:
    extra = {"l1_ratio": 0.25} if name == "elastic_net" else {}
    h = values(name, strength=strength, biases=biases, **extra)
    moved = method(name).update(PARAMS, OLD, rate(), h)
    for key, param in PARAMS.items():
        w = np.asarray(param)
        force = strength if biases or key.endswith("kernel") else 0.0
        if name == "weight_decay":
            expected = w - 0.1 * force * np.asarray(OLD[key])
        else:
            threshold = 0.3 * force * extra.get("l1_ratio", 1.0)
            expected = np.sign(w) * np.maximum(np.abs(w) - threshold, 0)
        np.testing.assert_allclose(moved[key], expected, rtol=1e-5, atol=1e-6)
        if force == 0.0:
            np.testing.assert_array_equal(moved[key], w)
    if strength == 50.0 and name != "weight_decay":
        assert not np.any(moved["dense_0/kernel"])


@pytest.mark.parametrize("name", ["l1", "elastic_net"])
def test_subgradient_leaves_the_update_alone(name: str) -> None:
    moved = method(name).update(PARAMS, OLD, rate(), values(name, update="subgradient"))
    for key, w in PARAMS.items():
        np.testing.assert_array_equal(moved[key], w)


# dropout -------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_drop(share: float) -> None:
    x = jnp.asarray(RANDOM.normal(size=(1000, 100)) + 3.0, jnp.float32)
    uniform = DRAWS.at("test").uniform(x.shape)
    out, slope = jax.jvp(lambda x: drop(x, uniform, jnp.float32(share)), (x,), (jnp.ones_like(x),))
    out, slope = np.asarray(out), np.asarray(slope)
    kept = np.asarray(uniform) >= share
    assert abs(kept.mean() - (1 - share)) < 0.01
    assert (out[~kept] == 0).all()
    assert (slope[~kept] == 0).all()
    if share < 1:  # rates that round to 1 drop everything, and their gradient is 0, not NaN
        np.testing.assert_allclose(out[kept], np.asarray(x)[kept] / (1 - share), rtol=1e-6)
        np.testing.assert_allclose(slope[kept], 1 / (1 - share), rtol=1e-6)
        assert out.mean() == pytest.approx(float(x.mean()), rel=0.02)
    if share == 0:
        np.testing.assert_array_equal(out, x)


def test_dropout_acts_where_it_says() -> None:
    x = jnp.ones((8, 50))
    h = values("dropout", rate=(0.2, 0.6), input_rate=0.5)
    shares = {}
    for slot in (
        Slot("input", 0, 50, "input"),
        Slot("pre", 0, 50, "dense_0/pre"),
        Slot("post", 0, 50, "dense_0/post"),
        Slot("post", 1, 50, "dense_1/post"),
        Slot("logits", 2, 50, "logits"),
    ):
        shares[slot.name] = float((Dropout().hidden(slot, x, {}, h, context()) == 0).mean())
        np.testing.assert_array_equal(Dropout().hidden(slot, x, {}, h, context(train=False)), x)
    assert shares["input"] == pytest.approx(0.5, abs=0.1)
    assert shares["dense_0/post"] == pytest.approx(0.2, abs=0.1)
    assert shares["dense_1/post"] == pytest.approx(0.6, abs=0.1)
    assert shares["dense_0/pre"] == shares["logits"] == 0


# batch normalization -------------------------------------------------------------------------


SHARE = np.where(np.arange(12) < 9, 1 / 9, 0.0).astype(np.float32)
"""Nine examples of equal weight, and padding."""


def test_moments() -> None:
    x = RANDOM.normal(2.0, 3.0, size=(12, 5)).astype(np.float32)
    mean, variance = moments(jnp.asarray(x), jnp.asarray(SHARE))
    scaler = StandardScaler().fit(x[:9])
    np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-5)
    np.testing.assert_allclose(variance, scaler.var_, rtol=1e-4)


@pytest.mark.parametrize("epsilon", [1e-3, 0.5])
def test_the_gradient_of_standardize_is_that_of_its_formula(epsilon: float) -> None:
    def plain(x: Array, scale: Array, offset: Array) -> Array:
        mean = (SHARE[:, None] * x).sum(0)
        variance = (SHARE[:, None] * (x - mean) ** 2).sum(0)
        scaled: Array = (x - mean) / jnp.sqrt(variance + epsilon)
        return scaled * scale + offset

    def ours(x: Array, scale: Array, offset: Array) -> Array:
        return standardize(x, jnp.asarray(SHARE), scale, offset, jnp.float32(epsilon))[0]

    arrays = [RANDOM.normal(2.0, 3.0, size=s).astype(np.float32) for s in ((12, 5), 5, 5)]
    wanted = RANDOM.normal(size=(12, 5)).astype(np.float32) * (SHARE[:, None] > 0)
    expected, found = (
        jax.grad(lambda *given, f=f: (f(*given) * wanted).sum(), argnums=(0, 1, 2))(*arrays)
        for f in (plain, ours)
    )
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


def test_batch_norm_of_images_is_that_of_their_pixels() -> None:
    images = RANDOM.normal(2.0, 3.0, size=(12, 2, 3, 5)).astype(np.float32)
    slot = Slot("pre", 0, 5, "conv_0/pre")
    own = BatchNorm().parameters([slot], {}, DRAWS)
    h = values("batch_norm")
    outcomes = []
    for x, weight in ((images, SHARE), (images.reshape(-1, 5), np.repeat(SHARE, 6))):
        ctx = context(statistics=dict(own.statistics), weight=jnp.asarray(weight))
        out = BatchNorm().hidden(slot, jnp.asarray(x), own.params, h, ctx)
        outcomes.append((np.asarray(out).reshape(-1, 5), ctx.statistics))
    np.testing.assert_allclose(outcomes[0][0], outcomes[1][0], rtol=1e-5)
    for name, value in outcomes[0][1].items():
        np.testing.assert_allclose(value, outcomes[1][1][name], rtol=1e-5)


def test_batch_norm() -> None:
    slot = Slot("pre", 0, 5, "dense_0/pre")
    own = BatchNorm().parameters([slot, Slot("post", 0, 5, "dense_0/post")], {}, DRAWS)
    at = "batch_norm/dense_0/pre"
    assert set(own.params) == {f"{at}/scale", f"{at}/offset"}
    x = RANDOM.normal(2.0, 3.0, size=(8, 5)).astype(np.float32)
    params = {f"{at}/scale": jnp.full(5, 2.0), f"{at}/offset": jnp.full(5, -1.0)}
    h = values("batch_norm", momentum=0.9, epsilon=0.01)
    ctx = context(statistics=dict(own.statistics))
    out = BatchNorm().hidden(slot, jnp.asarray(x), params, h, ctx)
    expected = 2 * (x - x.mean(0)) / np.sqrt(x.var(0) + 0.01) - 1
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ctx.statistics[f"{at}/mean"], 0.1 * x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(ctx.statistics[f"{at}/variance"], 0.9 + 0.1 * x.var(0), rtol=1e-5)
    moving = dict(ctx.statistics)
    still = context(train=False, statistics=dict(moving))
    out = BatchNorm().hidden(slot, jnp.asarray(x), params, h, still)
    mean, variance = (np.asarray(moving[f"{at}/{name}"]) for name in ("mean", "variance"))
    np.testing.assert_allclose(
        out, 2 * (x - mean) / np.sqrt(variance + 0.01) - 1, rtol=1e-4, atol=1e-5
    )
    assert still.statistics == moving
