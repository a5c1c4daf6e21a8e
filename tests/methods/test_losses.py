"""Methods that change losses of examples, and penalties on activations and outputs, against NumPy, SciPy and optax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.special

from bridle.draws import Draws
from bridle.methods.bootstrap import own_loss
from bridle.methods.catalogue import method
from bridle.methods.confidence_penalty import entropy
from bridle.methods.focal import focused
from bridle.methods.hook_types import Forward, Params
from bridle.methods.orthogonal import distance
from bridle.methods.trimmed import trim
from bridle.methods.virtual_adversarial import directions, relative_entropy
from tests.methods.one_step import (
    CLASSES,
    NETWORK,
    NUMBERS,
    RANDOM,
    WEIGHT,
    Setting,
    X,
    Y,
    assert_close,
    first_params,
    grads,
)

LOGITS = RANDOM.normal(size=(6, 4)).astype(np.float32)
P = scipy.special.softmax(LOGITS.astype(float), axis=-1)


def outputs(params: Params, x: Any = X) -> Any:
    return NETWORK.apply(params, jnp.asarray(x), lambda slot, x: x)


def mean(values: Any) -> Any:
    return (values * WEIGHT).sum() / WEIGHT.sum()


def cross_entropy(params: Params, x: Any = X) -> Any:
    return optax.softmax_cross_entropy(outputs(params, x), jnp.asarray(Y))


def test_who_wants_classes() -> None:
    for name in ("confidence_penalty", "focal", "bootstrap", "virtual_adversarial"):
        assert method(name).refuses(NETWORK, CLASSES) is None
        assert "regression" in str(method(name).refuses(NETWORK, NUMBERS))


@pytest.mark.parametrize("strength", [0.0, 0.1, 1.0])
def test_confidence_penalty(strength: float) -> None:
    np.testing.assert_allclose(
        entropy(jnp.asarray(LOGITS)), scipy.special.entr(P).sum(-1), rtol=1e-5
    )

    def expected(params: Params) -> Any:
        p = jax.nn.softmax(outputs(params))
        return mean(cross_entropy(params) + strength * (p * jnp.log(p)).sum(-1))

    found, _ = grads(confidence_penalty={"strength": strength})
    assert_close(found, jax.grad(expected)(first_params()))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_loss(gamma: float) -> None:
    def expected(params: Params) -> Any:
        p = (jax.nn.softmax(outputs(params)) * Y).sum(-1)
        return mean(-((1 - p) ** gamma) * jnp.log(p))

    found, _ = grads(focal={"gamma": gamma})
    assert_close(found, jax.grad(expected)(first_params()))
    # certain examples have a finite gradient
    for loss in (0.0, 1e-9, 90.0):
        slope = jax.grad(lambda loss: focused(loss, gamma))(jnp.float32(loss))
        assert bool(jnp.isfinite(slope))


@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_bootstrapped_targets(strength: float, kind: str) -> None:
    alone = scipy.special.entr(P).sum(-1) if kind == "soft" else -np.log(P.max(-1))
    np.testing.assert_allclose(own_loss(jnp.asarray(LOGITS), kind), alone, rtol=1e-5)

    def expected(params: Params) -> Any:
        log_p = jax.nn.log_softmax(outputs(params))
        own = jnp.exp(log_p) if kind == "soft" else jax.nn.one_hot(log_p.argmax(-1), 3)
        return mean(-(((1 - strength) * Y + strength * own) * log_p).sum(-1))

    # kinds are programs of their own: the hook is called as a step of that program does
    own_kind = type(method("bootstrap"))(kind=kind)

    def found(params: Params) -> Any:
        def plain(params: Params, batch: Any, ctx: Any) -> Any:
            return optax_forward(params)

        h = {"strength": jnp.float32(strength)}
        return mean(own_kind.objective(plain, h)(params, None, None).losses)  # type: ignore[arg-type]

    assert_close(jax.grad(found)(first_params()), jax.grad(expected)(first_params()))


def optax_forward(params: Params) -> Forward:
    return Forward(cross_entropy(params), outputs(params))


@pytest.mark.parametrize(
    ("share", "left_out"), [(0.0, 0), (0.3, 3), (0.7, 7), (0.29, 2), (0.99, 9)]
)
def test_the_largest_losses_are_trimmed(share: float, left_out: int) -> None:
    losses = np.random.default_rng(0).permutation(12).astype(np.float32) + 1
    weight = np.array([1] * 10 + [0] * 2, np.float32)
    found = np.asarray(trim(jnp.asarray(losses), jnp.asarray(weight), share))[:10]
    kept = np.sort(losses[:10])[: 10 - left_out]
    assert set(np.flatnonzero(found)) == {i for i in range(10) if losses[i] in kept}
    assert found.mean() == pytest.approx(kept.mean(), rel=1e-6)


def test_trimmed_trains_on_the_rest() -> None:
    found, _ = grads(trimmed={"share": 0.5})
    losses = np.asarray(cross_entropy(first_params()))
    best = np.argsort(losses[:6])[:3]  # of the six that count

    def expected(params: Params) -> Any:
        return cross_entropy(params)[best].mean()

    assert_close(found, jax.grad(expected)(first_params()))


@pytest.mark.parametrize("epsilon", [0.0, 0.1])
def test_adversarial_examples(epsilon: float) -> None:
    params = first_params()
    uphill = jax.grad(lambda x: cross_entropy(params, x).sum())(jnp.asarray(X))
    moved = X + epsilon * np.sign(uphill)
    assert np.asarray(cross_entropy(params, moved)).sum() >= np.asarray(cross_entropy(params)).sum()

    def expected(params: Params) -> Any:
        return mean(0.5 * cross_entropy(params) + 0.5 * cross_entropy(params, moved))

    found, _ = grads(adversarial={"epsilon": epsilon})
    assert_close(found, jax.grad(expected)(params))


@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_virtual_adversarial_examples(strength: float) -> None:
    other = RANDOM.normal(size=LOGITS.shape).astype(np.float32)
    q = scipy.special.softmax(other.astype(float), axis=-1)
    divergence = scipy.special.rel_entr(P, q).sum(-1)
    np.testing.assert_allclose(
        relative_entropy(jnp.asarray(LOGITS), jnp.asarray(other)), divergence, rtol=1e-4
    )
    params = first_params()
    fixed = outputs(params)

    def change(r: Any, params: Params) -> Any:
        p = jax.nn.softmax(fixed)
        return (p * (jnp.log(p) - jax.nn.log_softmax(outputs(params, X + r)))).sum(-1)

    drawn = (
        Draws(jnp.asarray([3, 4], jnp.uint32)).at("step", 0, "virtual_adversarial").normal(X.shape)
    )
    r = directions(drawn)
    np.testing.assert_allclose(np.linalg.norm(r, axis=1), 1, rtol=1e-5)
    r = directions(jax.grad(lambda r: change(0.01 * r, params).sum())(r))

    def expected(params: Params) -> Any:
        return mean(cross_entropy(params) + strength * change(0.5 * r, params))

    found, _ = grads(virtual_adversarial={"strength": strength, "epsilon": 0.5})
    for name, value in jax.grad(expected)(
        params
    ).items():  # the direction is a difference of small numbers
        np.testing.assert_allclose(found[name], value, rtol=0.02, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_jacobian_penalty(strength: float) -> None:
    drawn = Draws(jnp.asarray([3, 4], jnp.uint32)).at("step", 0, "jacobian").normal((8, 3))
    v = np.asarray(drawn) / np.linalg.norm(drawn, axis=1, keepdims=True)

    def expected(params: Params) -> Any:
        w0, b0, w1 = (params[f"dense_{k}"] for k in ("0/kernel", "0/bias", "1/kernel"))
        slope = 1 - jnp.tanh(X @ w0 + b0) ** 2  # [B, units]
        each = jnp.einsum("iu,bu,uk,bk->bi", w0, slope, w1, v)
        return mean(cross_entropy(params) + strength / 2 * 3 * jnp.square(each).sum(-1))

    found, _ = grads(jacobian={"strength": strength})
    assert_close(found, jax.grad(expected)(first_params()))


def test_random_directions_estimate_the_frobenius_norm() -> None:
    jacobian = RANDOM.normal(size=(5, 7))
    v = RANDOM.normal(size=(20_000, 5))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    estimate = 5 * np.square(v @ jacobian).sum(1).mean()
    assert estimate == pytest.approx(np.square(jacobian).sum(), rel=0.03)


@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (3, 3, 2, 5)])
def test_orthogonality(shape: tuple[int, ...]) -> None:
    kernel = RANDOM.normal(size=shape).astype(np.float32)
    singular = np.linalg.svd(kernel.reshape(-1, shape[-1]).astype(float), compute_uv=False)
    expected = np.square(singular**2 - 1).sum()
    assert float(distance(jnp.asarray(kernel))) == pytest.approx(expected, rel=1e-4)
    orthogonal, _ = np.linalg.qr(RANDOM.normal(size=(6, 4)))
    assert float(distance(jnp.asarray(orthogonal))) == pytest.approx(0, abs=1e-9)


def test_orthogonality_counts_every_kernel() -> None:
    params = first_params()
    expected = 0.1 * sum(float(distance(params[f"dense_{i}/kernel"])) for i in range(2))
    h = {"strength": jnp.float32(0.1)}
    assert float(method("orthogonal").penalty(params, h)) == pytest.approx(expected, rel=1e-5)
    found, _ = grads(orthogonal={"strength": 0.1})
    bare, _ = grads()
    rest = jax.grad(lambda params: method("orthogonal").penalty(params, h))(params)
    assert_close(found, {name: bare[name] + rest[name] for name in params})


@pytest.mark.parametrize(("name", "of"), [("activity_l1", np.abs), ("activity_l2", np.square)])
@pytest.mark.parametrize("strength", [0.0, 0.2])
def test_penalties_on_activations(name: str, of: Any, strength: float) -> None:
    size = jnp.abs if of is np.abs else jnp.square

    def expected(params: Params) -> Any:
        hidden = jnp.tanh(X @ params["dense_0/kernel"] + params["dense_0/bias"])
        return mean(cross_entropy(params) + strength * size(hidden).sum(-1))

    setting: Setting = {name: {"strength": strength}}
    found, _ = grads(**setting)
    assert_close(found, jax.grad(expected)(first_params()))
