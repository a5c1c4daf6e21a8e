"""How far a force moves weights: rates of optimizers against problems whose solution is known."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import ElasticNet, Lasso

from bridle.methods.catalogue import method
from bridle.methods.hook_types import Params
from bridle.methods.l1 import L1
from bridle.optimizers.adam import Adam
from bridle.optimizers.adamw import AdamW
from bridle.optimizers.base import Optimizer
from bridle.optimizers.lion import Lion
from bridle.optimizers.muon import Muon
from bridle.optimizers.sgd import SGD

Floats = npt.NDArray[np.float64]
Carry = tuple[Params, Any]  # parameters, the optimizer's state
RANDOM = np.random.default_rng(0)


def test_epsilon_stands_outside_the_corrected_root() -> None:
    """As in Kingma and Ba's Algorithm 1; Keras adds the same number to the uncorrected root."""
    b1, b2, eps, rate, g = 0.9, 0.999, 1e-7, 0.05, 1e-7
    ours, first, second, keras = Adam(), 0.0, 0.0, 0.0
    params, state, paper = {"w": jnp.zeros(1)}, ours.init({"w": jnp.zeros(1)}), 0.0
    for t in range(1, 11):
        first, second = b1 * first + (1 - b1) * g, b2 * second + (1 - b2) * g**2
        paper -= rate * first / (1 - b1**t) / (np.sqrt(second / (1 - b2**t)) + eps)
        alpha = rate * np.sqrt(1 - b2**t) / (1 - b1**t)
        step = alpha * first / (np.sqrt(second) + eps)
        keras -= step
        elsewhere = rate * first / (1 - b1**t)
        elsewhere /= np.sqrt(second / (1 - b2**t)) + eps / np.sqrt(1 - b2**t)
        assert step == pytest.approx(elsewhere)  # the same step with a larger ε
        params, state, _ = ours.step(
            params, {"w": jnp.full(1, g)}, state, jnp.float32(rate), jnp.asarray(t)
        )
    assert float(params["w"][0]) == pytest.approx(paper, rel=1e-4)
    assert abs(keras) < abs(paper) / 4


def design() -> tuple[Floats, Floats]:
    """A table with correlated columns, of which a few matter."""
    X = RANDOM.normal(size=(200, 8)) @ (np.eye(8) + 0.3 * RANDOM.normal(size=(8, 8)))
    truth = np.array([2.0, -1.5, 0.0, 0.0, 0.8, 0.0, 0.0, 0.0])
    return X, X @ truth + 0.5 * RANDOM.normal(size=200)


def minimize(
    ours: Optimizer,
    name: str,
    given: dict[str, float],
    table: Floats,
    targets: Floats,
    learning_rate: float,
    steps: int = 20_000,
) -> npt.NDArray[np.float32]:
    """Minimize ½·mean (Xw − y)² plus a method's penalty as the training step does."""
    used = method(name)
    X, y = jnp.asarray(table, jnp.float32), jnp.asarray(targets, jnp.float32)
    h: Params = {key: jnp.float32(value) for key, value in given.items()}

    def body(i: jax.Array, carry: Carry) -> Carry:
        params, state = carry

        def loss(params: Params) -> jax.Array:
            w = params["dense_0/kernel"]
            square = 1.0 - h.get("l1_ratio", 1.0)
            fit = 0.5 * jnp.square(X @ w - y).mean()
            return fit + h["strength"] * square * (w * w).sum()

        new, state, rate = ours.step(
            params, jax.grad(loss)(params), state, jnp.float32(learning_rate), i + 1
        )
        return used.update(new, params, rate, h), state

    start = {"dense_0/kernel": jnp.zeros(X.shape[1])}
    params, _ = jax.jit(lambda: jax.lax.fori_loop(0, steps, body, (start, ours.init(start))))()
    return np.asarray(params["dense_0/kernel"])


@pytest.mark.parametrize("ours", [SGD(0.0), SGD(0.9), Adam()], ids=["sgd", "momentum", "adam"])
def test_proximal_l1_is_the_lasso(ours: Optimizer) -> None:
    X, y = design()
    strength = 0.3
    rate = 3e-3 if isinstance(ours, Adam) else 0.02 * (1 - getattr(ours, "momentum", 0.0))
    h = {"strength": strength, "update": 0.0, "biases": 0.0}
    w = minimize(ours, "l1", h, X, y, rate)
    lasso = Lasso(alpha=strength, fit_intercept=False, tol=1e-10).fit(X, y).coef_
    assert 2 <= (lasso == 0).sum() <= 6
    np.testing.assert_allclose(w, lasso, atol=2e-3)
    # zeros are exact
    np.testing.assert_array_equal(w == 0, lasso == 0)


@pytest.mark.parametrize("ours", [SGD(0.9), Adam()], ids=["momentum", "adam"])
def test_proximal_elastic_net_is_scikit_learns(ours: Optimizer) -> None:
    X, y = design()
    strength, share = 0.4, 0.6
    rate = 3e-3 if isinstance(ours, Adam) else 0.002
    h = {"strength": strength, "l1_ratio": share, "update": 0.0, "biases": 0.0}
    w = minimize(ours, "elastic_net", h, X, y, rate)
    # scikit-learn writes alpha·(ρ|w| + ½(1 − ρ)w²)
    l1, l2 = strength * share, 2 * strength * (1 - share)
    alpha = l1 + l2
    expected = ElasticNet(alpha=alpha, l1_ratio=l1 / alpha, fit_intercept=False, tol=1e-10).fit(
        X, y
    )
    np.testing.assert_allclose(w, expected.coef_, atol=2e-3)


def test_orthogonal_design_has_a_closed_form() -> None:
    Q, _ = np.linalg.qr(RANDOM.normal(size=(50, 6)))
    X = Q * np.sqrt(50)  # X'X/n is the identity
    y = X @ np.array([1.0, -0.2, 0.05, 2.0, -3.0, 0.0])
    h = {"strength": 0.3, "update": 0.0, "biases": 0.0}
    b = X.T @ y / 50
    expected = np.sign(b) * np.maximum(np.abs(b) - 0.3, 0)
    for ours, rate in ((SGD(0.9), 0.01), (SGD(0.5), 0.05), (Adam(), 2e-3)):
        np.testing.assert_allclose(minimize(ours, "l1", h, X, y, rate), expected, atol=2e-3)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_rate_of_momentum_is_how_far_a_constant_force_moves(momentum: float) -> None:
    ours = SGD(momentum)
    params = {"w": jnp.zeros(1)}
    state = ours.init(params)
    for count in range(1, 400):
        old = params
        params, state, rate = ours.step(
            params, {"w": jnp.ones(1)}, state, jnp.float32(0.1), jnp.asarray(count)
        )
    assert float(old["w"][0] - params["w"][0]) == pytest.approx(
        float(rate.per_weight["w"]), rel=1e-3
    )


def test_rate_of_adam_is_how_far_a_constant_force_moves() -> None:
    ours = Adam()
    params = {"w": jnp.zeros(1)}
    state = ours.init(params)
    for count in range(1, 20):
        old = params
        params, state, rate = ours.step(
            params, {"w": jnp.full(1, 0.3)}, state, jnp.float32(0.1), jnp.asarray(count)
        )
    moved = float(old["w"][0] - params["w"][0])
    assert moved == pytest.approx(0.3 * float(rate.per_weight["w"][0]), rel=1e-3)


TARGETS, PENALTY = 3, 0.3

EVERY: list[tuple[str, Optimizer, float]] = [
    ("sgd", SGD(), 0.004),
    ("nesterov", SGD(0.9, True), 0.004),
    ("adam", Adam(), 0.01),
    ("adamw", AdamW(weight_decay=0.0), 0.01),
    ("lion", Lion(), 0.003),
    ("muon", Muon(), 0.03),
]
"""Every optimizer with a learning rate for the problem below."""


def several() -> tuple[np.ndarray, np.ndarray]:
    """A table with correlated columns, and three targets of which each depends on a few."""
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 8)) @ (np.eye(8) + 0.3 * random.normal(size=(8, 8)))
    truth = np.zeros((8, TARGETS))
    truth[[0, 1, 4]] = [[2.0, -1.0, 0.0], [-1.5, 0.0, 0.5], [0.0, 0.8, 0.8]]
    return X, X @ truth + 0.5 * random.normal(size=(200, TARGETS))


def lasso(ours: Optimizer, rate: float, update: str) -> tuple[np.ndarray, int]:
    """Fit several targets by the lasso with a rate that falls to 0; return the kernel and how often zeros were left.

    The kernel is one of a hidden layer, for Muon; a further one stands for the output layer's.
    """
    X, Y = (jnp.asarray(part, jnp.float32) for part in several())
    method, steps = L1(), 4000
    given = {"strength": PENALTY, "update": float(update == "subgradient"), "biases": 0.0}
    h: Params = {key: jnp.float32(value) for key, value in given.items()}

    def one(carry: Carry, i: jax.Array) -> tuple[Carry, jax.Array]:
        params, state = carry

        def loss(params: Params) -> jax.Array:
            w = params["dense_0/kernel"]
            fit = 0.5 * jnp.square(X @ w - Y).sum() / len(Y)
            return fit + h["update"] * PENALTY * jnp.abs(w).sum()

        lr = jnp.float32(rate) * (1 - i / steps)
        new, state, moves = ours.step(params, jax.grad(loss)(params), state, lr, i + 1)
        new = method.update(new, params, moves, h)
        old, w = params["dense_0/kernel"], new["dense_0/kernel"]
        return (new, state), ((old == 0) & (w != 0)).sum()

    start = {"dense_0/kernel": jnp.zeros((8, TARGETS)), "dense_1/kernel": jnp.zeros((2, 2))}
    fitted = jax.jit(lambda: jax.lax.scan(one, (start, ours.init(start)), jnp.arange(steps)))
    (params, _), left = fitted()
    return np.asarray(params["dense_0/kernel"]), int(left[steps // 2 :].sum())


@pytest.mark.parametrize(("ours", "rate"), [e[1:] for e in EVERY], ids=[e[0] for e in EVERY])
def test_l1_means_the_same_under_every_optimizer(ours: Optimizer, rate: float) -> None:
    X, Y = several()
    models = [Lasso(alpha=PENALTY, fit_intercept=False, tol=1e-10) for _ in range(TARGETS)]
    expected = np.stack([m.fit(X, y).coef_ for m, y in zip(models, Y.T, strict=True)], 1)
    assert 6 <= (expected == 0).sum() <= 18
    proximal, left = lasso(ours, rate, "proximal")
    np.testing.assert_allclose(proximal, expected, atol=3e-3)
    np.testing.assert_array_equal(proximal == 0, expected == 0)
    assert left == 0  # zeros stay
    subgradient, _ = lasso(ours, rate, "subgradient")
    np.testing.assert_allclose(subgradient, expected, atol=3e-3)
    assert not (subgradient == 0).any()


def test_a_proximal_step_under_lion_is_its_subgradient_s_step() -> None:
    """Which the penalty directs where it is stronger than the gradient, and which ends at zero."""
    random, lr = np.random.default_rng(0), 0.01
    w = jnp.asarray(random.normal(size=1000) * 0.02, jnp.float32)
    g = jnp.asarray(random.normal(size=1000), jnp.float32)
    h = {"strength": jnp.float32(0.5), "update": jnp.float32(0.0), "biases": jnp.float32(0.0)}
    params, ours = {"dense_0/kernel": w}, Lion(b1=0.0)
    state, rate, count = ours.init(params), jnp.float32(lr), jnp.asarray(1)
    new, _, moves = ours.step(params, {"dense_0/kernel": g}, state, rate, count)
    proximal = L1().update(new, params, moves, h)["dense_0/kernel"]
    pulled = {"dense_0/kernel": g + 0.5 * jnp.sign(w)}
    subgradient = ours.step(params, pulled, state, rate, count)[0]["dense_0/kernel"]
    stopped = (jnp.abs(g) < 0.5) & (jnp.abs(w) < lr)
    assert 50 < int(stopped.sum()) < 500
    np.testing.assert_allclose(proximal[~stopped], subgradient[~stopped], atol=1e-7)
    assert not proximal[stopped].any()


@pytest.mark.parametrize("ours", [e[1] for e in EVERY], ids=[e[0] for e in EVERY])
def test_a_penalty_of_zero_changes_no_bit(ours: Optimizer) -> None:
    """Also where a gradient is zero, and where a schedule makes the learning rate zero."""
    params = {"dense_0/kernel": jnp.ones((3, 2)), "dense_1/kernel": jnp.ones((2, 1))}
    h = {"strength": jnp.float32(0.0), "update": jnp.float32(0.0), "biases": jnp.float32(1.0)}
    state = ours.init(params)
    grads = {"dense_0/kernel": jnp.zeros((3, 2)), "dense_1/kernel": jnp.asarray([[0.0], [2.0]])}
    for rate in (0.0, 0.1):
        new, _, moves = ours.step(params, grads, state, jnp.float32(rate), jnp.asarray(1))
        after = L1().update(new, params, moves, h)
        for name, leaf in new.items():
            np.testing.assert_array_equal(after[name], leaf)
            assert bool(jnp.isfinite(leaf).all())
