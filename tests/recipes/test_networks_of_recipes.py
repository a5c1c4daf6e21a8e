"""The networks of recipes compute what Bridle's networks compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.data.intake import from_file
from bridle.metrics import metric
from bridle.models import Recipe
from bridle.networks.catalogue import network_for
from bridle.recipes import framework
from bridle.recipes.data import loading
from bridle.recipes.program import Writer
from bridle.recipes.scores import score
from bridle.recipes.setup import setup

WIDTHS = (6, 5)


def space_of(dataset: Dataset, method: str = "none", network: str = "mlp") -> dict[str, Any]:
    """Return what the program of a setting in Optax defines."""
    found = setup(
        Recipe(method=method, network=network, widths=WIDTHS, epochs=1, batch_size=16), dataset
    )
    code = loading(dataset, found.shape), score(metric(dataset.task.metric), dataset.task)
    text = Writer(found, framework("optax")).program(*code, about="one", command="").text
    space: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(text, "recipe.py", "exec"), space)
    return space


@pytest.mark.parametrize(
    ("data", "network"),
    [
        ("wine", "mlp"),
        ("moons(n=40)", "resnet_mlp(blocks=2)"),
        ("digits", "cnn(filters=[2,3])"),
        ("wine", "mlp(embed=ple(bins=5))"),
        ("friedman(n=60)", "resnet_mlp(blocks=1,embed=periodic(frequencies=3))"),
    ],
)
def test_networks_compute_the_same(data: str, network: str) -> None:
    dataset = load(data)
    space = space_of(dataset, network=network)
    split = dataset.replicate(0, 0)
    x = split.seen(split.train[:40])
    seen = x.reshape(-1, *dataset.shape, 1) if "cnn" in network else x
    embedded = "embed" in network
    found = space["initial"](jax.random.key(3), x if embedded else x.shape[1])
    params, statistics = found if isinstance(found, tuple) else (found, {})
    given = (params, statistics) if statistics else (params,)
    outputs = space["forward"](*given, jnp.asarray(seen))
    outputs = outputs[0] if statistics else outputs
    ours = network_for(dataset, network, WIDTHS, "relu")
    named = {f"{layer}/{key}": w for layer, own in params.items() for key, w in own.items()}
    apart = {"waves/frequencies": "embed/frequencies"}
    named = {
        apart.get(name, f"embed/{name}" if name.startswith("quantities") else name): w
        for name, w in named.items()
    }
    assert {name: w.shape for name, w in named.items()} == ours.shapes()
    expected = ours.apply(
        named | ours.fit(x),
        jnp.asarray(x.reshape(-1, *dataset.shape)),
        lambda slot, x, *more: sum(more, start=x),
    )
    expected = expected[:, -outputs.shape[1] :] if dataset.task.outputs == 1 else expected
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=2e-5)


def test_columns_of_a_table_are_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "size": random.normal(size=150),
            "place": random.choice([f"town {i}" for i in range(12)], 150),
            "kind": random.choice(["a", "b", "c"], 150),
            "target": random.choice(["no", "yes"], 150),
        }
    )
    table.to_csv("data.csv", index=False)
    dataset = from_file("data.csv", target="target")
    space = space_of(dataset, network="mlp(embed=ple(bins=4,size=2))")
    (x, _), *_ = space["load"](0)
    params, statistics = space["initial"](jax.random.key(0), x)
    assert params["category_0"]["kernel"].shape == (12, 2)
    found = space["embedded"](params, statistics, jnp.asarray(x))
    # one quantity and two categories of more than two values, each as two numbers
    assert found.shape == (len(x), 6)
    places = x[:, 1:13] @ params["category_0"]["kernel"]
    np.testing.assert_allclose(found[:, 2:4], places, rtol=1e-5)
    ours = network_for(dataset, "mlp(embed=ple(bins=4,size=2))", WIDTHS, "relu")
    assert params["dense_0"]["kernel"].shape == ours.shapes()["dense_0/kernel"]


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        (
            "dropout(rate=flat_cosine(0.2,flat=0.5))",
            lambda p: 0.1 * (1 + np.cos(np.pi * max(2 * p - 1, 0))),
        ),
        ("dropout(rate=early(0.3,until=0.5))", lambda p: 0.3 * max(1 - 2 * p, 0)),
        ("dropout(rate=early(0.3,until=0.5,falling=false))", lambda p: 0.3 * (p < 0.5)),
        ("dropout(rate=late(0.4,since=0.25))", lambda p: 0.4 * (p >= 0.25)),
    ],
)
def test_strengths_follow_their_schedules(text: str, factor: Any) -> None:
    rate = space_of(load("moons(n=40)"), text)["dropout_rate"]
    for progress in (0.0, 0.1, 0.3, 0.6, 1.0):
        assert float(rate(progress)) == pytest.approx(factor(progress), abs=1e-6)


def test_where_reaches_the_named_layers_only() -> None:
    space = space_of(load("moons(n=40)"), "weight_decay(strength=0.5,where=dense_1)")
    params = space["initial"](jax.random.key(0), 2)
    x, y = jnp.zeros((4, 2)), jnp.eye(2)[jnp.array([0, 1, 0, 1])]
    state = space["OPTIMIZER"].init(params)
    new, _ = space["step"](params, state, x, y, jax.random.key(1), 0.1)
    # with inputs and biases of 0 no kernel has a gradient: what moves, decays
    for name, share in (("dense_0", 1.0), ("dense_1", 0.95), ("dense_2", 1.0)):
        np.testing.assert_allclose(new[name]["kernel"], share * params[name]["kernel"], rtol=1e-5)
