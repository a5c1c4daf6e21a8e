"""Exported models: onnxruntime gives what the model gives, from columns as their owner has them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from scipy.special import ndtri

from bridle.data import from_arrays
from bridle.data.examples import Form
from bridle.data.intake import from_memory
from bridle.draws import replicate_key
from bridle.engine.compiled import Shapes, build_step, encode_setting, methods_of
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.engine.step import Run
from bridle.errors import UserError
from bridle.exports.graph import Graph
from bridle.exports.normal import to_normal
from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.catalogue import METHODS
from bridle.methods.composition import Composition
from bridle.methods.hook_types import Context, Params, Slot, Values
from bridle.models import Model, TrainedNetwork
from bridle.networks.base import ACTIVATIONS
from bridle.networks.catalogue import NETWORKS
from bridle.tasks import TASKS, Classification, Regression
from bridle.tasks.base import Scaling, Task

RANDOM = np.random.default_rng(3)
CLOSE: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-5}


def table(rows: int = 150) -> pd.DataFrame:
    """A column of every kind, with gaps; seconds since 1970, which single precision cannot tell apart."""
    days = pd.to_timedelta(RANDOM.integers(0, 1500, rows), "D")
    frame = pd.DataFrame(
        {
            "price": 100 * RANDOM.normal(size=rows),
            "tied": RANDOM.integers(0, 4, rows) / 2,
            "gaps": np.where(RANDOM.random(rows) < 0.1, np.nan, RANDOM.exponential(size=rows)),
            "label": RANDOM.choice(np.array(["x", "y", "z", None]), rows),  # named as an output
            "rare": np.where(np.arange(rows) < 3, "odd", RANDOM.choice(["p", "q"], rows)),
            "code": RANDOM.choice([1.0, 2.0, 30.0], rows),
            "flag": RANDOM.choice(["yes", "no"], rows),
            "truth": RANDOM.random(rows) < 0.5,
            "size": RANDOM.choice(["S", "M", "L"], rows),
            "when": pd.Timestamp("2020-01-01") + days,
            "seconds": 1.7e9 + RANDOM.integers(0, 1000, rows),
        }
    )
    frame["t"] = frame["price"] + 50.0 * (frame["label"] == "x")
    frame["u"] = frame["gaps"].fillna(0) / 1000
    frame["c"] = np.where(frame["t"] > 20, "high", np.where(frame["t"] > -20, "mid", "low"))
    return frame


UNIT = np.array([5], np.float32), np.array([2], np.float32)
TARGETS = ["t", "u", "c"]
TRAINED = table()


def fresh() -> pd.DataFrame:
    """Rows that no model was trained on: gaps in every column, new categories, values outside of all others."""
    rows = table(40).drop(columns=TARGETS)
    rows.loc[0, ["price", "gaps"]] = 1e7
    rows.loc[1, ["price", "tied"]] = -1e7
    rows.loc[2, ["label", "rare"]] = "new"
    rows = rows.astype({"truth": object})
    for at, name in enumerate(rows.columns):
        rows.loc[3 + at, name] = None
    return rows


def program(**given: Any) -> ProgramSpec:
    usual = {"widths": (5,), "activation": "relu", "methods": (), "optimizer": "adam"}
    return ProgramSpec(**{**usual, "batch_size": 8, **given})


def untrained(
    program: ProgramSpec,
    shape: tuple[int, ...],
    task: Task,
    models: int = 0,
    members: int = 1,
    scaling: tuple[Any, Any] = (0.0, 1.0),
    targets: Scaling | None = None,
) -> TrainedNetwork:
    """A network with weights near those that it begins with, none of them 0; of several `models`, or members."""
    shapes = Shapes(shape, task.nameless, 40, True)
    setting = Composition.parse("+".join(program.methods) or "none").setting()
    run = RunSpec(setting, 0.01, 2, 0, 0)
    step = build_step(program, shapes, methods_of(program))
    hyper = encode_setting(step.methods, run, step.network.layers)
    key = jnp.asarray(replicate_key(0, 0))
    fitted = step.network.fit(RANDOM.normal(size=(40, int(np.prod(shape)))).astype(np.float32))
    begun = jax.jit(step.init)(Run(key, hyper, jnp.float32(0.01), jnp.int32(2)), fitted or ())

    def weights() -> dict[str, np.ndarray]:
        found = {}
        for name, value in {**begun.model.params, **begun.model.statistics}.items():
            sides = (models, *value.shape) if models else value.shape
            moved = np.asarray(value + RANDOM.normal(0, 0.1, sides), np.float32)
            found[name] = np.abs(moved) if "variance" in name else moved
        return found

    size = int(np.prod(shape))
    shift, scale = (np.broadcast_to(np.float32(one), size) for one in scaling)
    runs = tuple((run, weights()) for _ in range(members))
    return TrainedNetwork(program, shapes, runs, shift, scale, targets)


def model_of(targets: list[str], members: int = 1, **roles: Any) -> Model:
    """A model of the table; its network is untrained, but for what is fitted on rows."""
    drop = [name for name in TARGETS if name not in targets]
    types = {"size": "S<M<L", "code": "category"}
    data = from_memory(TRAINED, target=targets, drop=drop, types=types, **roles)
    assert data.prepared is not None
    _, fit = data.prepared(np.arange(len(TRAINED), dtype=np.int32))
    scaling = data.task.scaling(data.replicate(0, 0).targets)
    network = untrained(
        program(), data.shape, data.task, 0, members, (fit.shift, fit.scale), scaling
    )
    assert data.form is not None
    return Model(data.name, network, data.task, data.form, fit, {"method": "none"})


def ran(path: Path, rows: pd.DataFrame | np.ndarray) -> dict[str, np.ndarray]:
    """The outputs of an exported model by their names, for rows as its description asks for them."""
    session = onnxruntime.InferenceSession(path)
    given = {}
    for wanted in session.get_inputs():
        if isinstance(rows, np.ndarray):
            given[wanted.name] = rows.astype(np.float32)
            continue
        column = rows[wanted.name]
        if wanted.type == "tensor(string)":
            texts = column.map(lambda v: "" if pd.isna(v) else f"{v:g}" if v == 30.0 else str(v))
            given[wanted.name] = texts.str.removesuffix(".0").to_numpy(object)[:, None]
        else:
            assert wanted.type == "tensor(double)"
            if column.dtype.kind == "M":
                column = (column - pd.Timestamp(0)) / pd.Timedelta("1D")
            given[wanted.name] = column.to_numpy(np.float64)[:, None]
    names = [found.name for found in session.get_outputs()]
    return dict(zip(names, session.run(None, given), strict=True))


@pytest.mark.parametrize("scaling", ["standard", "quantile"])
def test_classes_of_a_table(tmp_path: Path, scaling: str) -> None:
    model = model_of(["c"], members=2, scaling=scaling)
    path = model.export(tmp_path / "model")
    assert path.name == "model.onnx"
    rows = fresh()
    found, expected = ran(path, rows), model.answers(rows)
    np.testing.assert_allclose(found["probabilities"], expected, **CLOSE)
    np.testing.assert_array_equal(found["label_2"], model.predict(rows))
    assert not np.allclose(expected[:15], expected[15:30])
    # one row is enough, and no other row matters
    np.testing.assert_allclose(ran(path, rows[2:3])["probabilities"], expected[2:3], **CLOSE)


def test_several_numbers_in_their_units(tmp_path: Path) -> None:
    model = model_of(["t", "u"], scaling="robust")
    rows = fresh()
    found = ran(model.export(tmp_path / "model.onnx"), rows)
    assert list(found) == ["predictions"]
    expected = model.predict(rows)
    assert expected.shape == (40, 2)
    assert np.ptp(expected, axis=0)[0] > 100 * np.ptp(expected, axis=0)[1] > 0
    np.testing.assert_allclose(found["predictions"], expected, **CLOSE)


def test_what_the_file_says_of_itself(tmp_path: Path) -> None:
    one, other = model_of(["c"]), model_of(["c"], members=2)
    paths = [m.export(tmp_path / f"{at}.onnx") for at, m in enumerate((one, one, other))]
    abouts = [
        onnxruntime.InferenceSession(path).get_modelmeta().custom_metadata_map for path in paths
    ]
    about = abouts[0]
    assert json.loads(about["classes"]) == ["high", "low", "mid"]
    columns = {column["name"]: column for column in json.loads(about["columns"])}
    assert list(columns) == [name for name in TRAINED if name not in TARGETS]
    assert columns["size"]["words"] == ["S", "M", "L"]
    assert columns["when"]["holds"].startswith("days since 1970")
    assert json.loads(about["facts"]) == {"method": "none"}
    assert json.loads(about["recipe"])["runs"][0]["learning_rate"] == 0.01
    hashes = [found["recipe_hash"] for found in abouts]
    assert hashes[0] == hashes[1] != hashes[2]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_quantiles_of_the_normal_distribution() -> None:
    knots = np.sort(RANDOM.normal(size=40).round(1)).astype(np.float32)  # some equal
    x = np.concatenate([knots, RANDOM.normal(size=200), [-9, 9]]).astype(np.float32)[:, None]
    graph = Graph()
    result = to_normal(graph, graph.input("x", np.float32, [1]), knots)
    graph.output("y", result, np.float32, [1])
    session = onnxruntime.InferenceSession(graph.model("test", {}).SerializeToString())
    levels = np.linspace(0, 1, 40)
    ends = [np.interp(x, knots, levels), 1 - np.interp(-x, -knots[::-1], levels)]
    share = np.where(x <= knots[0], 0, np.where(x >= knots[-1], 1, np.mean(ends, axis=0)))
    expected = ndtri(np.clip(share, 1e-7, 1 - 1e-7))
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("channels", ["last", "first"])
def test_images_as_their_owner_has_them(tmp_path: Path, channels: str) -> None:
    shape = (30, 3, 8, 9) if channels == "first" else (30, 8, 9)
    X = RANDOM.integers(0, 256, shape)
    data = from_arrays(X, np.arange(30) % 3)
    split = data.replicate(0, 0)
    convolving, scaling = program(network="cnn(filters=[3])"), (split.shift, split.scale)
    network = untrained(convolving, data.shape, data.task, scaling=scaling)
    model = Model(data.name, network, data.task, Form.of(data))
    found = ran(model.export(tmp_path / "images"), X[:5])
    np.testing.assert_allclose(found["probabilities"], model.answers(X[:5]), **CLOSE)
    assert list(found["label"]) == list(model.predict(X[:5]))


def same_in_onnx(network: TrainedNetwork, path: Path) -> None:
    task, size = network.task, len(network.shift)
    form = Form("test", tuple(map(str, range(size))), (size,))
    x = RANDOM.normal(size=(3, size)).astype(np.float32)
    found = ran(Model("test", network, task, form).export(path), x)
    kind = "predictions" if isinstance(task, Regression) else "probabilities"
    np.testing.assert_allclose(found[kind], network.predict(x), **CLOSE)


ACTING = [
    name
    for name, method in METHODS.built_in.items()
    if any(
        getattr(type(method), hook) is not getattr(Method, hook)
        for hook in ("weights", "hidden", "merge", "final")
    )
]
"""Methods that may change how a network predicts."""


@pytest.mark.parametrize(
    "name",
    [
        *NETWORKS.built_in,
        "mlp(embed=ple)",
        pytest.param("resnet_mlp(embed=periodic)", marks=pytest.mark.long),
        pytest.param("resnet_mlp(blocks=1,branches=2)", marks=pytest.mark.long),
    ],
)
def test_every_network_with_every_method_that_may_act(name: str, tmp_path: Path) -> None:
    assert {"batch_norm", "dropout", "spectral_norm", "snapshot_ensemble"} <= set(ACTING)
    shape = (4, 4) if name == "cnn" else (4,)
    convolved = ("cnn" in name, ("drop_block", "spatial_dropout"))
    residual = (name.startswith("resnet_mlp"), ("stochastic_depth", "shake_drop"))
    branched = ("branches=2" in name, ("shake_shake",))
    plain = (not name.startswith("resnet_mlp"), ("batch_ensemble",))
    dense = ("cnn" not in name, ("hierarchical_lasso",))
    methods = [
        m
        for m in ACTING
        if all(
            there or m not in own for there, own in (convolved, residual, branched, plain, dense)
        )
    ]
    few = {"mc_dropout": "mc_dropout(passes=2)", "batch_ensemble": "batch_ensemble(members=2)"}
    joined = Composition.parse("+".join(few.get(m, m) for m in methods)).compiled
    several = untrained(
        program(network="cnn(filters=[3])" if name == "cnn" else name, methods=joined),
        shape,
        Classification.of(3),
        models=2,
    )
    same_in_onnx(several, tmp_path / "several")


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_every_activation(activation: str, tmp_path: Path) -> None:
    same_in_onnx(
        untrained(program(activation=activation), (4,), Regression(), targets=Scaling(*UNIT)),
        tmp_path / "model",
    )


class Sorting(Method):
    """Sorts the units of every layer, which no operator of ONNX does as JAX does."""

    name = "sorting"
    family, color, marker = "noise", "#000000", "o"
    card = Card(title="Sorting", summary="Sorts.", formula="-", when="-", beware="-")
    hyperparameters: ClassVar[Any] = ()
    order = Order.NORMALIZATION

    def hidden(
        self, slot: Slot, x: jax.Array, params: Params, h: Values, ctx: Context
    ) -> jax.Array:
        return jnp.sort(x, axis=-1) if slot.kind == "post" else x


def test_what_cannot_be_exported_is_refused_by_name(tmp_path: Path) -> None:
    counts = TASKS.get("tests.tasks.counts:Counts").of(("0",))
    network = untrained(program(), (4,), counts)
    with pytest.raises(
        UserError, match=r"'tests\.tasks\.counts:Counts' cannot be exported to ONNX"
    ):
        same_in_onnx(network, tmp_path / "counts")
    own = f"{__name__}:Sorting"
    network = untrained(program(methods=(own,)), (4,), Regression(), targets=Scaling(*UNIT))
    with pytest.raises(UserError, match=rf"'{own}' cannot .* knows no operator for JAX's sort"):
        same_in_onnx(network, tmp_path / "sorting")
    assert not list(tmp_path.iterdir())


def test_a_package_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(["c"])
    with pytest.raises(UserError, match=r"path must end in \.onnx; received .*model\.pb"):
        model.export(tmp_path / "model.pb")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"pip install 'bridle\[onnx\]'"):
        model.export(tmp_path / "model")
    assert not list(tmp_path.iterdir())
