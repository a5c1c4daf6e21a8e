"""Random numbers: equal to a second implementation, uniform, normal, independent, and functions of their key."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats

from bridle.draws import Draws, mix, replicate_key, word
from tests.engine.numpy_draws import NumpyDraws, lowbias32

Place = str | int | jax.Array
Uniform = Callable[..., npt.NDArray[np.float64]]
N = 2**20
SMALLEST_P = 1e-4  # these draws are fixed: a test that passes once passes always


def source(seed: int = 0, replicate: int = 0, *places: Place) -> Draws:
    draws = Draws(jnp.asarray(replicate_key(seed, replicate)))
    return draws.at(*places) if places else draws


@pytest.fixture(scope="module")
def uniform() -> Uniform:
    drawn = jax.jit(lambda key: Draws(key).uniform((N,)))
    return lambda *args: np.asarray(drawn(source(*args).key), np.float64)


def test_against_numpy() -> None:
    ours, theirs = source(7, 3), NumpyDraws.of(7, 3)
    for places in [
        (),
        ("a",),
        ("a", "b"),
        ("a", 5),
        (2**31 - 1,),
        ("step", 12345, "dropout", "x/y"),
    ]:
        left, right = ours.at(*places), theirs.at(*places)
        assert (int(left.key[0]), int(left.key[1])) == (int(right.first), int(right.second))
        np.testing.assert_array_equal(left.bits((17, 3)), right.bits((17, 3)))
        np.testing.assert_array_equal(left.uniform((100,)), right.uniform((100,)))
        np.testing.assert_allclose(
            left.normal((1000,)), right.normal((1000,)), rtol=2e-5, atol=1e-6
        )
        for n in (1, 2, 31, 400, 65537):
            np.testing.assert_array_equal(left.permutation(n), right.permutation(n))
    words = np.random.default_rng(0).integers(2**32, size=1000).astype(np.uint32)
    np.testing.assert_array_equal(mix(jnp.asarray(words)), lowbias32(words))


def test_traced_and_plain_numbers_are_the_same_place() -> None:
    traced = jax.jit(lambda key, n: Draws(key).at("step", n).key)(source().key, 41)
    np.testing.assert_array_equal(traced, source().at("step", 41).key)
    np.testing.assert_array_equal(source().at("step", 41).key, source().at("step").at(41).key)


def test_mix_is_one_to_one_on_a_sample() -> None:
    words = jnp.arange(N, dtype=jnp.uint32) * jnp.uint32(4093)
    assert len(np.unique(mix(words))) == N


@pytest.mark.parametrize("place", [(0, 0), (1, 0), (0, 1), (0, 0, "dropout", "dense_0/post")])
def test_uniform(uniform: Uniform, place: tuple[int | str, ...]) -> None:
    x = uniform(*place)
    assert x.min() >= 0.0
    assert x.max() < 1.0
    assert abs(x.mean() - 0.5) < 5 * math.sqrt(1 / 12 / N)
    assert abs(x.var() - 1 / 12) < 5 * math.sqrt(1 / 180 / N)
    counts = np.bincount((x * 1024).astype(int), minlength=1024)
    assert scipy.stats.chisquare(counts).pvalue > SMALLEST_P
    # low bits of the 24 too
    counts = np.bincount((x * 2**24).astype(int) % 256, minlength=256)
    assert scipy.stats.chisquare(counts).pvalue > SMALLEST_P
    # pairs of neighbours fill the square evenly
    cells = (x[::2] * 32).astype(int) * 32 + (x[1::2] * 32).astype(int)
    assert scipy.stats.chisquare(np.bincount(cells, minlength=1024)).pvalue > SMALLEST_P
    for lag in (1, 2, 3, 32, 128, 1024):
        correlation = np.corrcoef(x[:-lag], x[lag:])[0, 1]
        assert abs(correlation) < 5 / math.sqrt(N)


def test_extreme_bits_stay_inside() -> None:
    class Extreme(Draws):
        def bits(self, shape: tuple[int, ...] = ()) -> jax.Array:
            return jnp.asarray([0, 255, 2**31, 2**32 - 256, 2**32 - 1], jnp.uint32)

    extreme = Extreme(source().key)
    uniform, normal = extreme.uniform((5,)), extreme.normal((5,))
    assert float(uniform[0]) == 0.0
    assert float(uniform.max()) < 1.0
    assert np.isfinite(normal).all()
    assert 5.2 < float(normal[-1]) < 5.4
    assert float(normal[-1]) == pytest.approx(-float(normal[0]), rel=1e-3)


def test_streams_are_independent(uniform: Uniform) -> None:
    places = [
        (0, 0),
        (0, 1),
        (1, 0),
        (0, 0, "a"),
        (0, 0, "b"),
        (0, 0, "step", 0),
        (0, 0, "step", 1),
        (0, 0, "step", 2),
    ]
    streams = [uniform(*place) for place in places]
    for a, b in itertools.combinations(streams, 2):
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / math.sqrt(N)
        assert abs(np.corrcoef(a[:-1], b[1:])[0, 1]) < 5 / math.sqrt(N)
        # equal by chance only: 2**20 pairs of 24 bits
        assert (a == b).sum() < 5


def test_streams_do_not_overlap() -> None:
    """No stretch of one stream turns up in another, at any lag."""
    draw = jax.jit(jax.vmap(lambda step: Draws(source().key).at("step", step).bits((128,))))
    streams = np.asarray(draw(jnp.arange(8_000)), np.uint64)
    pairs = (streams[:, :-1] << np.uint64(32) | streams[:, 1:]).ravel()
    # two neighbours found again elsewhere: expected 3e-8 times among a million pairs
    assert len(np.unique(pairs)) == len(pairs)


def test_twenty_thousand_streams_do_not_overlap() -> None:
    """So many streams of 1,024 words each, compared at any lag; one key word merely added would let them overlap."""
    draw = jax.jit(jax.vmap(lambda step: Draws(source().key).at("step", step).bits((1024,))))
    streams = np.asarray(draw(jnp.arange(20_000)), np.uint64)
    pairs = (streams[:, :-1] << np.uint64(32) | streams[:, 1:]).ravel()
    pairs.sort()
    # 2e14 pairs of pairs among 2**64: expected 1e-5
    assert (pairs[1:] != pairs[:-1]).all()


@pytest.mark.parametrize("many", [False, True], ids=["one stream", "sixteen thousand streams"])
def test_sixteen_million_draws_are_even(many: bool) -> None:
    """Chi-square over 2**24 draws: high bits, low bits, neighbours, and neighbours of neighbours."""
    if many:
        draw = jax.vmap(lambda step: Draws(source().key).at("step", step).bits((1024,)))
        words = np.asarray(jax.jit(draw)(jnp.arange(2**14))).ravel()
    else:
        words = np.asarray(jax.jit(lambda: source().bits((2**24,)))())
    assert len(words) == 2**24
    high, low, top = words >> 16, words & 0xFFFF, words >> 27
    groups = {
        "high 16 bits": (high, 2**16),
        "low 16 bits": (low, 2**16),
        "pairs of neighbours": (top[::2] * 32 + top[1::2], 2**10),
        "threes": (top[:-2:3] * 1024 + top[1:-1:3] * 32 + top[2::3], 2**15),
        "across a batch": (top[:-128] * 32 + top[128:], 2**10),
    }
    for what, (cells, count) in groups.items():
        p = scipy.stats.chisquare(np.bincount(cells, minlength=count)).pvalue
        assert SMALLEST_P < p < 1 - SMALLEST_P, (what, p)


def test_first_numbers_of_many_streams() -> None:
    """A number per step, as a scalar draw takes it, is as uniform as a stream."""
    draw = jax.jit(jax.vmap(lambda step: Draws(source().key).at("step", step, "a").uniform()))
    x = np.asarray(draw(jnp.arange(N)), np.float64)
    assert scipy.stats.kstest(x, "uniform").pvalue > SMALLEST_P
    assert abs(np.corrcoef(x[:-1], x[1:])[0, 1]) < 5 / math.sqrt(N)


def test_normal() -> None:
    x = np.asarray(source(4, 2, "noise").normal((N,)), np.float64)
    assert scipy.stats.kstest(x, "norm").pvalue > SMALLEST_P
    assert abs(x.mean()) < 5 / math.sqrt(N)
    assert abs(x.var() - 1) < 5 * math.sqrt(2 / N)
    assert abs(scipy.stats.kurtosis(x)) < 5 * math.sqrt(24 / N)


@pytest.mark.parametrize("n", [1, 2, 3, 31, 400, 65536, 65537, 70000])
def test_permutation(n: int) -> None:
    order = np.asarray(source(0, 0, "order", 3).permutation(n))
    assert order.dtype == np.int32
    np.testing.assert_array_equal(np.sort(order), np.arange(n))
    if n > 30:
        assert not np.array_equal(order, source(0, 0, "order", 4).permutation(n))
        assert abs(np.corrcoef(order, np.arange(n))[0, 1]) < 5 / math.sqrt(n)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_every_order_is_as_likely(n: int) -> None:
    draw = jax.jit(jax.vmap(lambda epoch: Draws(source().key).at("order", epoch).permutation(n)))
    drawn = np.asarray(draw(jnp.arange(100_000)))
    orders = dict.fromkeys(itertools.permutations(range(n)), 0)
    for order, count in zip(*np.unique(drawn, axis=0, return_counts=True), strict=True):
        orders[tuple(int(i) for i in order)] += int(count)
    assert scipy.stats.chisquare(list(orders.values())).pvalue > SMALLEST_P


def test_every_row_comes_anywhere() -> None:
    draw = jax.jit(jax.vmap(lambda epoch: Draws(source().key).at("order", epoch).permutation(31)))
    drawn = np.asarray(draw(jnp.arange(50_000)))
    for place in (0, 15, 30):
        counts = np.bincount(drawn[:, place], minlength=31)
        assert scipy.stats.chisquare(counts).pvalue > SMALLEST_P


def test_keys_differ() -> None:
    keys = {tuple(replicate_key(seed, number)) for seed in range(100) for number in range(100)}
    assert len(keys) == 10_000
    # a seed of more than 32 bits must not run into the replicate
    wide = [(3, 5), (3 + 5 * 2**32, 0), (2**64 - 1, 0), (2**64 - 1, 1), (5, 3), (0, 3 + 5), (3, 0)]
    assert len({tuple(replicate_key(*each)) for each in wide}) == len(wide)
    places = [("a",), ("b",), ("a", "b"), ("b", "a"), ("ab",), (0,), (1,), (0, 0), (0, 1), ("a", 0)]
    assert len({tuple(source(0, 0, *place).key.tolist()) for place in places}) == len(places)


def test_names_have_fixed_words() -> None:
    assert word("dropout") == 0x298C4572
    assert tuple(replicate_key(0, 0)) == tuple(np.random.SeedSequence([0, 0, 0]).generate_state(2))


def test_shapes() -> None:
    assert source().uniform().shape == ()
    assert source().normal((2, 3)).shape == (2, 3)
    np.testing.assert_array_equal(source().bits((6,)), source().bits((2, 3)).ravel())
    # a longer draw begins with a shorter one, so padding a batch changes nothing
    np.testing.assert_array_equal(source().bits((9, 3))[:4], source().bits((4, 3)))
