"""What JAX computes of rows, as ONNX computes it: operation by operation, for any number of rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest
from jax import lax

from bridle.exports.graph import Graph
from bridle.exports.operations import UntranslatedError
from bridle.exports.tracing import trace

RANDOM = np.random.default_rng(5)
KERNEL = jnp.asarray(RANDOM.normal(size=(3, 3, 3, 4)), jnp.float32)
TABLE = jnp.asarray(RANDOM.normal(size=(4, 5, 6)), jnp.float32)
NAMES = ("NHWC", "HWIO", "NHWC")


def ran(function: Callable[..., Any], x: np.ndarray) -> np.ndarray:
    """What the exported function gives for rows; it was exported for any number of them."""
    graph = Graph()
    rows = graph.input("x", np.float32, x.shape[1:])
    made = jax.eval_shape(function, x)
    result = trace(graph, function, rows, x.shape[1:], np.float32)
    graph.output("y", result, made.dtype, made.shape[1:])
    session = onnxruntime.InferenceSession(graph.model("test", {}).SerializeToString())
    return np.asarray(session.run(None, {"x": x})[0])


def counting(state: Any, row: Any) -> tuple[Any, Any]:
    return state + row, state * row


VECTORS: dict[str, Callable[[Any], Any]] = {
    "activations": lambda x: sum(
        f(x) for f in (jax.nn.relu, jax.nn.gelu, jax.nn.elu, jax.nn.selu, jax.nn.silu)
    ),
    "softplus and its kin": lambda x: jax.nn.softplus(x) + jnp.expm1(x) + jax.lax.erf(x),
    "roots": lambda x: lax.rsqrt(1 + x**2) + jnp.sqrt(jnp.abs(x)) + x**3 + jax.lax.erfc(x),
    "whole numbers": lambda x: jnp.round(2 * x) / 2 + jnp.floor(x) - jnp.ceil(3 * x) + jnp.sign(x),
    "comparisons": lambda x: jnp.where((x > 0) & (x != 1) | (x < -1), x, jnp.clip(x, -0.5, 0.5)),
    "softmax": lambda x: jax.nn.softmax(x) + jax.nn.log_softmax(x) + jax.nn.logsumexp(x),
    "moments": lambda x: (x - x.mean(1, keepdims=True)) / (x.std(1, keepdims=True) + 0.1),
    "extremes": lambda x: x.max(1) - x.min(1) + x.prod(1) + x.argmax(1) - x.argmin(1),
    "parts": lambda x: jnp.concatenate([x[:, ::2], x[:, 1:3], x[:, ::-1], x[:, 2:3]], 1),
    "chosen columns": lambda x: x[:, np.array([3, 0, 0, 2])] * x[:, 1:2],
    "an embedding": lambda x: jnp.einsum("nk,kde->nde", x, TABLE).transpose(0, 2, 1),
    "a batched product": lambda x: jnp.einsum("nk,nk->n", x, jnp.cumsum(x, 1)),
    "vectors per number": lambda x: jnp.sin(x[:, :, None] * TABLE[:, 0]).reshape(x.shape[0], -1),
    "something of no row": lambda x: jnp.ones((x.shape[0], 2)) * TABLE[0, 0, :2],
    "a loop": lambda x: sum(lax.scan(counting, x[:, 0], x.T)[1]),
    "a loop from the end": lambda x: lax.scan(counting, x[:, 0], x.T, reverse=True)[1].T,
    "models in turn": lambda x: lax.map(lambda w: x @ w, TABLE.transpose(1, 0, 2)).mean(0),
    "columns apart": lambda x: jnp.unstack(x, axis=1)[0] - 2 * jnp.unstack(x, axis=1)[2],
    "columns together": lambda x: jnp.stack([x, jnp.sin(x)], axis=1),
    "half of the bits": lambda x: jnp.matmul(
        x.astype("bfloat16"),
        TABLE[0, :4].astype("bfloat16"),
        preferred_element_type=jnp.float32,
    ),
}
IMAGES: dict[str, Callable[[Any], Any]] = {
    "a convolution": lambda x: lax.conv_general_dilated(
        x, KERNEL, (2, 1), ((1, 1), (0, 2)), rhs_dilation=(1, 2), dimension_numbers=NAMES
    ),
    "groups": lambda x: lax.conv_general_dilated(
        x, KERNEL[:, :, :1, :3], (1, 1), "SAME", dimension_numbers=NAMES, feature_group_count=3
    ),
    "corners": lambda x: jnp.maximum(x[:, ::2, 1::2], x[:, 1::2, ::2]),
    "a margin": lambda x: jnp.pad(x, ((0, 0), (1, 2), (0, 1), (0, 0)), constant_values=7.0),
    "one channel": lambda x: x[..., 1],
}


@pytest.mark.parametrize("name", [*VECTORS, *IMAGES])
def test_an_operation_means_the_same(name: str) -> None:
    shape = (4,) if name in VECTORS else (6, 4, 3)
    function = {**VECTORS, **IMAGES}[name]
    for rows in (1, 5):
        x = RANDOM.normal(size=(rows, *shape)).astype(np.float32)
        expected = np.asarray(jax.jit(function)(x))
        found = ran(function, x)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, atol=2e-6, rtol=2e-6)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: jnp.sort(x, axis=1), "JAX's sort"),
        (lambda x: lax.round(x), "away from zero"),
        (lambda x: np.exp(x), "any number of rows"),
        (lambda x: x.reshape(len(x), 2, 2), "any number of rows"),
        (lambda x: x if x.sum() > 0 else -x, "any number of rows"),
        (lambda x: jnp.take(TABLE[0, 0], x[:, 0].astype(int)), "gather of other than"),
        (lambda x: lax.while_loop(lambda y: y.sum() < 9, lambda y: y + 1, x), "JAX's while"),
        (lambda x: x[:1] + x, "gather of other than"),
    ],
)
def test_what_has_no_translation_is_named(function: Callable[[Any], Any], said: str) -> None:
    graph = Graph()
    with pytest.raises(UntranslatedError, match=said), warnings.catch_warnings():
        trace(graph, function, graph.input("x", np.float32, [4]), [4], np.float32)


def test_names_of_tensors_differ_and_equal_constants_are_one() -> None:
    graph = Graph()
    first, second = (graph.input("x", np.float32, [2]) for _ in range(2))
    assert (first, second) == ("x", "x_2")
    assert graph.constant([1.0]) == graph.constant([1.0]) != graph.constant([1])
    assert graph.constant(np.array(["a"], object)) != graph.constant(np.array(["b"], object))
