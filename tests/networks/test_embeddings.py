"""Embeddings against the formulas of the paper in NumPy; what they are made of, and where they are refused."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, truncnorm

from bridle.data import from_arrays
from bridle.data.dataset import Dataset
from bridle.data.intake import from_memory
from bridle.draws import Draws
from bridle.errors import UserError
from bridle.methods.max_norm import bounded
from bridle.networks.catalogue import canonical, in_words, network, network_for
from bridle.networks.embedded import Embedded
from bridle.networks.embedding import at_positions
from bridle.networks.mlp import MLP
from bridle.networks.periodic import truncated_normal, waves
from bridle.networks.piecewise_linear import piecewise_linear
from bridle.optimizers.catalogue import optimizer
from bridle.tables.layout import Layout
from bridle.tasks import Classification

DRAWS = Draws(jnp.asarray([1, 2], jnp.uint32))
TWO = Classification.of(2)
RNG = np.random.default_rng(5)


def embedded(text: str, features: int, layout: Layout | None = None) -> Embedded:
    built = network(text, (features,), TWO, (6,), "relu", layout=layout)
    assert isinstance(built, Embedded)
    return built


def init(built: Embedded) -> dict[str, np.ndarray]:
    return {name: np.asarray(w) for name, w in jax.jit(lambda: built.init(DRAWS))().items()}


encode = jax.jit(piecewise_linear)


def unchanged(slot: Any, x: Any, *branches: Any) -> Any:
    return sum(branches, start=x)


def by_the_paper(value: float, edges: np.ndarray) -> list[float]:
    """Equation 1 of Gorishniy, Rubachev and Babenko 2022, for one number between different edges b₀ < … < b_T."""
    found = []
    for t in range(1, len(edges)):
        low, high = edges[t - 1], edges[t]
        if value < low and t > 1:
            found.append(0.0)
        elif value >= high and t < len(edges) - 1:
            found.append(1.0)
        else:
            found.append((value - low) / (high - low))
    return found


COLUMNS = st.lists(
    st.one_of(
        st.integers(-3, 3).map(float), st.floats(-50, 50, width=32).map(lambda v: round(v, 2))
    ),
    min_size=1,
    max_size=40,
)


@given(column=COLUMNS, others=COLUMNS, bins=st.sampled_from([1, 3, 8]))
@settings(deadline=None, max_examples=60)
def test_encoding_is_that_of_the_paper(column: list[float], others: list[float], bins: int) -> None:
    front = embedded(f"mlp(embed=ple(bins={bins}))", 1)
    train = np.array(column, np.float32)[:, None]
    edges = front.fit(train)["embed/edges"]
    assert edges.shape == front.constants()["embed/edges"] == (1, bins + 1)
    # as the reference computes them: quantiles, each once
    quantiles = np.quantile(train[:, 0].astype(float), np.linspace(0, 1, bins + 1))
    different = np.unique(quantiles.astype(np.float32))
    np.testing.assert_array_equal(np.unique(edges[0]), different)
    # of fixed length, so that it compiles once for all examples
    seen = np.resize(np.array(column + others, np.float32), 80)
    found = np.asarray(encode(seen[:, None], edges))[:, 0]
    real = np.diff(edges[0]) > 0
    assert (found[:, ~real] == 0).all()
    if len(different) == 1:
        assert not real.any()
        return
    truth = [by_the_paper(float(value), different.astype(float)) for value in seen]
    np.testing.assert_allclose(found[:, real], truth, rtol=2e-4, atol=2e-4)


def test_ties_constants_few_values_and_one_row() -> None:
    front = embedded("mlp(embed=ple(bins=4))", 4)
    train = np.column_stack([[0, 0, 0, 0, 1], [7, 7, 7, 7, 7], [0, 1, 0, 1, 1], [1, 2, 3, 4, 5]])
    edges = front.fit(train.astype(np.float32))["embed/edges"]
    np.testing.assert_array_equal(edges[0], [0, 0, 0, 0, 1])
    np.testing.assert_array_equal(edges[1], [7] * 5)
    np.testing.assert_array_equal(edges[3], [1, 2, 3, 4, 5])
    x = np.array([[0.5, 7, 1, 2.5], [2, 9, -1, 6]], np.float32)
    found = np.asarray(encode(x, edges))
    np.testing.assert_array_equal(found[:, 0], [[0, 0, 0, 0.5], [0, 0, 0, 2]])
    np.testing.assert_array_equal(found[:, 1], np.zeros((2, 4)))
    assert found[:, 2].sum(1).tolist() == [1, -1]
    np.testing.assert_array_equal(found[:, 3], [[1, 0.5, 0, 0], [1, 1, 1, 2]])
    alone = front.fit(train[:1].astype(np.float32))["embed/edges"]
    assert not np.asarray(encode(x, alone)).any()


def test_a_network_of_a_table_against_numpy() -> None:
    """Numbers 0 and 3; categories of 4 and 2 values; a flag. Only the category of 4 has more values than `size`."""
    layout = Layout((0, 7), ((1, 4), (5, 2)))
    built = embedded("mlp(embed=ple(bins=5,size=3,relu=true))", 9, layout)
    x = RNG.normal(size=(20, 9)).astype(np.float32)
    params = init(built) | built.fit(x)
    params["embed/quantities/bias"] = RNG.normal(size=6).astype(np.float32)
    kernel = params["embed/quantities/kernel"]
    assert kernel.shape == (5, 6)
    parts = []
    for at, column in enumerate((0, 7)):
        edges = np.unique(params["embed/edges"][at]).astype(float)
        encoded = np.array([by_the_paper(float(value), edges) for value in x[:, column]])
        own = encoded @ kernel[:, 3 * at : 3 * at + 3]
        parts.append(np.maximum(own + params["embed/quantities/bias"][3 * at : 3 * at + 3], 0))
    parts += [x[:, 1:5] @ params["embed/categories_4/kernel"], x[:, 5:7], x[:, 8:9]]
    seen = np.concatenate(parts, axis=1)
    hidden = np.maximum(seen @ params["dense_0/kernel"] + params["dense_0/bias"], 0)
    logit = hidden @ params["dense_1/kernel"] + params["dense_1/bias"]
    met: list[Any] = []

    def noted(slot: Any, values: Any) -> Any:
        met.append((slot.name, values.shape))
        return values

    found = jax.jit(lambda params, x: built.apply(params, x, noted))(params, x)
    np.testing.assert_allclose(found[:, 1:], logit, rtol=1e-4, atol=1e-5)
    assert met[0] == ("input", (20, 12))
    assert built.slots()[0].features == 12
    assert {n: w.shape for n, w in params.items()} == built.shapes() | built.constants()
    assert built.picture() == "9 → ple 12 → 6 → 1"


def test_periodic_against_numpy() -> None:
    built = embedded("resnet_mlp(blocks=0,embed=periodic(frequencies=3,sigma=0.7,size=2))", 2)
    x = RNG.normal(size=(11, 2)).astype(np.float32)
    params = init(built)
    c, parts = params["embed/frequencies"], []
    for at in range(2):
        angles = [2 * np.pi * c[at, k] * x[:, at] for k in range(3)]
        encoded = np.column_stack([*map(np.cos, angles), *map(np.sin, angles)])
        own = encoded @ params["embed/quantities/kernel"][:, 2 * at : 2 * at + 2]
        parts.append(np.maximum(own, 0))
    hidden = np.concatenate(parts, 1) @ params["dense_0/kernel"]
    logit = np.maximum(hidden, 0) @ params["dense_1/kernel"]
    found = jax.jit(lambda params, x: built.apply(params, x, unchanged))(params, x)
    np.testing.assert_allclose(found[:, 1:], logit, rtol=1e-4, atol=1e-5)
    assert built.constants() == {}
    assert built.fit(x) == {}


def test_cosine_and_its_gradient() -> None:
    turns = RNG.uniform(-4, 4, size=(5, 3)).astype(np.float32)
    turns[0] = [0, 2, -3]
    grad = RNG.normal(size=(5, 6)).astype(np.float32)
    found, back = jax.jit(lambda t, g: (waves(t), jax.vjp(waves, t)[1](g)[0]))(turns, grad)
    angle = 2 * np.pi * turns.astype(float)
    np.testing.assert_allclose(found, np.hstack([np.cos(angle), np.sin(angle)]), atol=2e-6)
    assert not np.asarray(found)[0, 3:].any()  # so that Adam finds no direction in rounding
    slopes = 2 * np.pi * (np.cos(angle) * grad[:, 3:] - np.sin(angle) * grad[:, :3])
    np.testing.assert_allclose(back, slopes, atol=2e-5, rtol=1e-5)


def test_first_frequencies_are_normal_and_cut() -> None:
    drawn = np.asarray(jax.jit(lambda: truncated_normal(DRAWS, (4000,)))())
    assert np.abs(drawn).max() <= 3
    assert kstest(drawn, truncnorm(-3, 3).cdf).pvalue > 0.01
    wide = init(embedded("mlp(embed=periodic(sigma=2.5,frequencies=500))", 1))
    assert wide["embed/frequencies"].std() == pytest.approx(2.5, rel=0.1)


def test_glorot_counts_the_numbers_of_one_column() -> None:
    params = init(embedded("mlp(embed=ple(bins=10,size=5))", 40))
    kernel = params["embed/quantities/kernel"]
    limit = (6 / 15) ** 0.5
    assert 0.98 * limit < np.abs(kernel).max() <= limit
    assert not params["embed/quantities/bias"].any()


def test_columns_are_taken_by_slices() -> None:
    x = np.arange(16.0, dtype=np.float32).reshape(2, 8)
    lists = ([3], [0, 1, 2], [7, 0, 1, 4, 5], [2, 1, 1])
    each = jax.jit(lambda x: [at_positions(x, positions) for positions in lists])(x)
    for positions, found in zip(lists, each, strict=True):
        np.testing.assert_array_equal(found, x[:, positions])


def test_in_the_catalogue() -> None:
    full = "mlp(embed=ple(bins=48,size=8,relu=false))"
    assert canonical("MLP(embed=Piecewise-Linear)") == canonical(full) == full
    assert canonical("mlp(embed=none)") == canonical("mlp") == "mlp"
    assert type(network("mlp(embed=none)", (4,), TWO, (6,), "relu")) is MLP
    assert (
        canonical("resnet(embed=plr(sigma=1))")
        == "resnet_mlp(blocks=2,embed=periodic(frequencies=16,sigma=1,size=8,relu=true))"
    )
    assert (
        in_words("mlp(embed=periodic)", (8,), "relu")
        == "fully connected, periodic embeddings of size 8, 8 units, relu"
    )
    assert embedded("mlp(embed=ple)", 4).kept == 4 * 48 + 4 * 8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "mlp(embed=plee)",
            r"mlp\.embed must be none or ple\(.*\) or periodic\(.*\); received 'plee'",
        ),
        ("mlp(embed=3)", r"mlp\.embed must be none or ple"),
        ("mlp(embed=ple(bins=0))", r"ple\.bins must be a whole number at least 1"),
        ("mlp(embed=periodic(sigma=0))", r"periodic\.sigma must be a number greater than 0"),
        ("mlp(embed=ple(frequencies=3))", r"argument of ple 'frequencies'"),
        ("cnn(embed=ple)", r"argument of cnn 'embed'"),
    ],
)
def test_what_is_no_embedding_is_refused(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        canonical(text)


def table(**columns: Any) -> Dataset:
    return from_memory(pd.DataFrame(columns), target="y")


def test_only_rows_of_numbers_are_embedded() -> None:
    images = from_arrays(RNG.integers(0, 255, (60, 4, 4)), np.tile(["a", "b"], 30))
    with pytest.raises(UserError, match=r"mlp\(embed=ple\) embeds the columns .*\(4, 4\)"):
        network_for(images, "mlp(embed=ple)", (6,), "relu")
    words = table(kind=np.tile(["u", "v", "w"], 20), y=np.tile(["a", "b"], 30))
    with pytest.raises(UserError, match=r"resnet_mlp\(embed=periodic\) embeds numbers, .* none"):
        network_for(words, "resnet_mlp(embed=periodic)", (6,), "relu")


def test_the_layout_of_a_table_names_its_quantities_and_categories() -> None:
    rows = 60
    data = table(
        word=np.tile(["u", "v", "w"], 20),
        gaps=np.where(np.arange(rows) % 7 == 0, np.nan, RNG.normal(size=rows)),
        day=pd.date_range("2020-01-01", periods=rows, freq="31D"),
        flag=np.tile([True, False], 30),
        size=pd.Categorical(np.tile(["S", "M", "L"], 20), ["S", "M", "L"], ordered=True),
        y=RNG.choice(["a", "b"], rows),
    )
    layout = data.layout
    assert layout is not None
    assert [data.features[at] for at in layout.quantities] == ["gaps", "day", "size"]
    ((start, values),) = layout.categories
    assert data.features[start : start + values] == ("word=u", "word=v", "word=w")
    assert {"gaps missing", "flag"} <= set(data.features)


def test_units_of_an_embedding_read_one_column_each() -> None:
    """So a bound on the norm of a unit's incoming weights is one on the numbers of its own column."""
    built = embedded("mlp(embed=ple(bins=3,size=2))", 2)
    kernel = RNG.normal(size=(3, 4))
    found = np.asarray(jax.jit(bounded)(kernel, 0.5))
    np.testing.assert_allclose(
        np.linalg.norm(found, axis=0), np.minimum(np.linalg.norm(kernel, axis=0), 0.5), rtol=1e-6
    )
    x = RNG.normal(size=(9, 2)).astype(np.float32)
    params = init(built) | built.fit(x)
    moved = x.copy()
    moved[:, 1] += 0.3
    before, after = (jax.jit(built.front.apply)(params, rows) for rows in (x, moved))
    np.testing.assert_array_equal(before[:, :2], after[:, :2])
    assert (np.asarray(before[:, 2:]) != np.asarray(after[:, 2:])).any()


def test_muon_leaves_embeddings_to_adam() -> None:
    built = network("mlp(embed=ple)", (3,), TWO, (6, 5), "relu")
    momentum = jax.eval_shape(lambda: optimizer("muon").init(built.init(DRAWS))).momentum
    assert list(momentum) == ["dense_0/kernel", "dense_1/kernel"]
