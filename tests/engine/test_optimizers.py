"""Optimizers against optax; their rates against problems whose solution is known."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.linear_model import ElasticNet, Lasso

from bridle.engine.optimizers import SGD, Adam, optimizer
from bridle.errors import UserError
from bridle.methods.catalogue import method

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Adam(), optax.adam(0.05, eps=1e-7)),
        (Adam(0.8, 0.9, 1e-3), optax.adam(0.05, 0.8, 0.9, 1e-3)),
        (SGD(0.0), optax.sgd(0.05)),
        (SGD(0.9), optax.sgd(0.05, momentum=0.9)),
    ],
    ids=["adam", "adam-other", "sgd", "momentum"],
)
def test_against_optax(ours, theirs):
    params = {"a": jnp.asarray(RANDOM.normal(size=(3, 2)), jnp.float32), "b": jnp.zeros(4)}
    left = right = params
    state, memory = ours.init(params), theirs.init(params)
    step = jax.jit(ours.step)
    for count in range(1, 61):
        scale = 10.0 ** RANDOM.uniform(-3, 1)
        grads = {
            key: jnp.asarray(scale * RANDOM.normal(size=leaf.shape), jnp.float32)
            for key, leaf in params.items()
        }
        left, state, rate = step(left, grads, state, jnp.float32(0.05), jnp.asarray(count))
        updates, memory = theirs.update(grads, memory)
        right = optax.apply_updates(right, updates)
        for key in params:
            np.testing.assert_allclose(left[key], right[key], rtol=2e-4, atol=2e-5)
    assert float(rate.learning_rate) == pytest.approx(0.05)
    assert rate.per_weight.keys() == params.keys()


def test_epsilon_stands_outside_the_corrected_root():
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


def design():
    """A table with correlated columns, of which a few matter."""
    X = RANDOM.normal(size=(200, 8)) @ (np.eye(8) + 0.3 * RANDOM.normal(size=(8, 8)))
    truth = np.array([2.0, -1.5, 0.0, 0.0, 0.8, 0.0, 0.0, 0.0])
    return X, X @ truth + 0.5 * RANDOM.normal(size=200)


def minimize(ours, name, h, X, y, learning_rate, steps=20_000):
    """Minimize ½·mean (Xw − y)² plus a method's penalty as the training step does."""
    used = method(name)
    X, y = jnp.asarray(X, jnp.float32), jnp.asarray(y, jnp.float32)
    h = {key: jnp.float32(value) for key, value in h.items()}

    def body(i, carry):
        params, state = carry

        def loss(params):
            w = params["dense_0/kernel"]
            square = 1.0 - h.get("l1_ratio", 1.0)
            return 0.5 * jnp.square(X @ w - y).mean() + h["strength"] * square * (w * w).sum()

        new, state, rate = ours.step(
            params, jax.grad(loss)(params), state, jnp.float32(learning_rate), i + 1
        )
        return used.update(new, params, rate, h), state

    start = {"dense_0/kernel": jnp.zeros(X.shape[1])}
    params, _ = jax.jit(lambda: jax.lax.fori_loop(0, steps, body, (start, ours.init(start))))()
    return np.asarray(params["dense_0/kernel"])


@pytest.mark.parametrize("ours", [SGD(0.0), SGD(0.9), Adam()], ids=["sgd", "momentum", "adam"])
def test_proximal_l1_is_the_lasso(ours):
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
def test_proximal_elastic_net_is_scikit_learns(ours):
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


def test_orthogonal_design_has_a_closed_form():
    Q, _ = np.linalg.qr(RANDOM.normal(size=(50, 6)))
    X = Q * np.sqrt(50)  # X'X/n is the identity
    y = X @ np.array([1.0, -0.2, 0.05, 2.0, -3.0, 0.0])
    h = {"strength": 0.3, "update": 0.0, "biases": 0.0}
    b = X.T @ y / 50
    expected = np.sign(b) * np.maximum(np.abs(b) - 0.3, 0)
    for ours, rate in ((SGD(0.9), 0.01), (SGD(0.5), 0.05), (Adam(), 2e-3)):
        np.testing.assert_allclose(minimize(ours, "l1", h, X, y, rate), expected, atol=2e-3)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_rate_of_momentum_is_how_far_a_constant_force_moves(momentum):
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


def test_rate_of_adam_is_how_far_a_constant_force_moves():
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


def test_reading():
    assert optimizer("adam") == Adam()
    assert optimizer("adam(eps=1e-8,b1=0.8)") == Adam(b1=0.8, eps=1e-8)
    assert optimizer("sgd") == SGD(0.9)
    assert optimizer("sgd(momentum=0)") == SGD(0.0)
    for text, words in [
        ("adm", "Unknown optimizer 'adm'. Did you mean 'adam'?"),
        ("sgd(momentum=1)", "sgd.momentum must be a number at least 0 and less than 1"),
        ("sgd(mometum=0.5)", "Unknown argument of sgd 'mometum'. Did you mean 'momentum'?"),
        ("adam(", "expected a form like"),
    ]:
        with pytest.raises(UserError) as caught:
            optimizer(text)
        assert words in str(caught.value), text
