"""Beta, Dirichlet and Bernoulli draws: as SciPy says, the same in every lane, equal to a second implementation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from bridle.draws import Draws, replicate_key
from tests.engine.numpy_draws import NumpyDraws

N = 2**16
SMALLEST_P = 1e-4  # these draws are fixed: a test that passes once passes always
SOURCE = Draws(jnp.asarray(replicate_key(0, 0)))

log_gamma = jax.jit(lambda a: SOURCE.at("test").log_gamma(a, (N,)))
beta = jax.jit(lambda a, b: SOURCE.at("beta").beta(a, b, (N,)))


@pytest.mark.parametrize("a", [0.05, 0.2, 1.0, 3.0, 50.0])
def test_log_gamma(a: float) -> None:
    drawn = np.asarray(log_gamma(jnp.float32(a)), np.float64)
    assert scipy.stats.kstest(drawn, scipy.stats.loggamma(np.float32(a)).cdf).pvalue > SMALLEST_P
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 5 / N**0.5


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (1.0, 1.0), (2.0, 5.0), (0.7, 30.0)])
def test_beta(a: float, b: float) -> None:
    drawn = np.asarray(beta(jnp.float32(a), jnp.float32(b)), np.float64)
    assert scipy.stats.kstest(drawn, scipy.stats.beta(a, b).cdf).pvalue > SMALLEST_P


def test_small_and_large_parameters_stay_inside() -> None:
    for a in (1e-3, 0.01, 1e4):
        drawn = np.asarray(beta(jnp.float32(a), jnp.float32(a)))
        assert np.isfinite(drawn).all()
        assert drawn.min() >= 0.0
        assert drawn.max() <= 1.0
        assert abs(drawn.mean() - 0.5) < 5 * scipy.stats.beta(a, a).std() / N**0.5


def test_dirichlet() -> None:
    a = np.array([0.3, 1.0, 4.0], np.float32)
    drawn = np.asarray(jax.jit(lambda a: SOURCE.dirichlet(a, (N,)))(jnp.asarray(a)), np.float64)
    assert drawn.shape == (N, 3)
    np.testing.assert_allclose(drawn.sum(1), 1.0, rtol=1e-5)
    for i, own in enumerate(a):  # each part alone has a beta distribution
        marginal = scipy.stats.beta(own, a.sum() - own)
        assert scipy.stats.kstest(drawn[:, i], marginal.cdf).pvalue > SMALLEST_P
    expected = scipy.stats.dirichlet(a.astype(float)).cov()
    np.testing.assert_allclose(np.cov(drawn.T), expected, atol=2e-3)


def test_bernoulli() -> None:
    for p in (0.0, 0.3, 1.0):
        count = int(SOURCE.at("coin").bernoulli(p, (N,)).sum())
        assert scipy.stats.binomtest(count, N, p).pvalue > SMALLEST_P


def test_against_numpy() -> None:
    """The same rejection, one number after another."""
    a, source = 0.4, NumpyDraws.of(0, 0).at("test")
    shape = (8, 300)
    normals, accepts = source.at("normal").normal(shape), centred(source.at("accept"), shape)
    boosts = centred(source.at("boost"), (300,))
    d = a + 1 - 1 / 3
    expected = []
    for i in range(300):
        for x, u in zip(normals[:, i], accepts[:, i], strict=True):
            v = (1 + x / np.sqrt(9 * d)) ** 3
            if v > 0 and np.log(u) < 0.5 * x * x + d * (1 - v + np.log(v)):
                break
        expected.append(np.log(d * v) + np.log(boosts[i]) / a)
    found = SOURCE.at("test").log_gamma(a, (300,))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def centred(source: NumpyDraws, shape: tuple[int, ...]) -> np.ndarray:
    found: np.ndarray = ((source.bits(shape) >> np.uint32(9)) + 0.5) / 2.0**23
    return found


def test_lanes_draw_what_they_draw_alone() -> None:
    keys = jnp.asarray(np.stack([replicate_key(0, replicate) for replicate in range(5)]))
    strengths = jnp.asarray([0.1, 0.4, 1.0, 3.0, 20.0], jnp.float32)

    def one(key: jax.Array, a: jax.Array) -> jax.Array:
        return Draws(key).beta(a, a)

    together = jax.jit(jax.vmap(one))(keys, strengths)
    for key, a, drawn in zip(keys, strengths, together, strict=True):
        np.testing.assert_allclose(one(key, a), drawn, rtol=1e-5)
