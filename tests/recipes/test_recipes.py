"""Recipes: programs of other frameworks that are well formed and score as Bridle does."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from bridle.api.study import Study
from bridle.api.training import compare
from bridle.data import load
from bridle.errors import UserError
from bridle.methods.catalogue import methods
from bridle.methods.counterparts import Counterpart
from bridle.metrics import metric
from bridle.models import Recipe
from bridle.optimizers.catalogue import optimizers, schedule
from bridle.recipes import FRAMEWORKS, framework
from bridle.recipes.code import enclosed, imports, literal
from bridle.recipes.data import loading
from bridle.recipes.program import Writer, writer
from bridle.recipes.scores import score
from bridle.recipes.setup import setup

JOINED = (
    "dropout+l2",
    "ema+batch_norm",
    "early_stopping+ema+weight_decay",
    "r_drop+batch_norm",
    "batch_norm+early_stopping+sam",
    "l1(update=subgradient)",
    "elastic_net+label_smoothing+mixup",
    "l2(biases=true)",
    "weight_decay(biases=true)",
    "snapshot_ensemble+dropout(rate=0.2,input_rate=0.1)",
    "realmlp",
    "cocktail",
    "l2(where=dense_*)+l1(where=dense_1)",
    "weight_decay(where=dense_1)+dropout(where=dense_0)",
    "max_norm(where=[dense_0,dense_1])",
    "dropout(rate=early(0.1,falling=false))+l2(strength=late)",
    "batch_norm+layer_norm(where=dense_0)",
    "drop_connect+spectral_norm",
    "swa+early_stopping",
    "augmentation(strength=0.5,zoom=0.2,flip=0.5,elastic=0.05)",
    "augmentation(strength=1,zoom=0.2,flip=0.5)",
)

NETWORKS = (
    ("resnet_mlp(blocks=1)", "none"),
    ("resnet_mlp(blocks=2)", "batch_norm+dropout"),
    ("resnet_mlp(blocks=1)", "stochastic_depth"),
    ("resnet_mlp(blocks=1)", "l2(where=block_0/dense_*)"),
    ("mlp(embed=ple(bins=4))", "weight_decay"),
    ("mlp(embed=periodic(frequencies=3))", "l1"),
    ("resnet_mlp(blocks=1,embed=ple)", "layer_norm"),
)
"""Networks beside `mlp` and `cnn`, each with a method."""


def program(text: str, data: str, framework_name: str, **recipe: Any) -> str | None:
    """Return a program, or None if the framework cannot do it."""
    dataset, asked = load(data), framework(framework_name)
    given = {"widths": (16, 8), "epochs": 2, "batch_size": 32, **recipe}
    found = setup(Recipe(method=text, **given), dataset)
    writing = Writer(found, asked)
    if writing.refusal():
        return None
    shape = (len(dataset.features),) if asked.plain else found.shape
    code = loading(dataset, shape), score(metric(dataset.task.metric), dataset.task)
    return writing.program(*code, about=f"{text} on {data}", command="bridle recipe").text


def fits(text: str, data: str) -> bool:
    """Say whether a method suits the data."""
    try:
        setup(Recipe(method=text, epochs=1), load(data))
    except UserError:
        return False
    return True


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with programs of every method in every framework."""
    folder = tmp_path_factory.mktemp("programs")

    def write(name: str, text: str | None) -> None:
        if text is not None:
            (folder / f"{name}.py").write_text(text, encoding="utf-8")

    for one in FRAMEWORKS:
        for data in ("moons", "friedman", "digits"):
            for number, text in enumerate((*methods(), *JOINED)):
                if fits(text, data):
                    write(f"{one.name}_{data}_{number}", program(text, data, one.name))
        for data in (
            "spirals(classes=3)",
            "circles",
            "noise",
            "wine",
            "friedman(loss=huber,features=30)",
        ):
            write(f"{one.name}_{len(data)}_{data[:5]}", program("none", data, one.name))
        for number, text in enumerate(("none", "l1", "weight_decay")):
            for optimizer, rates, activation in (
                ("sgd", "cosine(warmup=0.1)", "tanh"),
                ("lion", "warmup", "gelu"),
                ("adamw", "flat_cosine(final=0.1)", "relu"),
                ("lion(weight_decay=0.1)", "constant", "silu"),
            ):
                name = f"{one.name}_{optimizer[:4]}_{rates[:4]}_{number}"
                trained = {"optimizer": optimizer, "schedule": rates, "activation": activation}
                write(name, program(text, "moons", one.name, **trained))
        for number, (network, text) in enumerate(NETWORKS):
            given = {"network": network, "widths": (8,)}
            write(f"{one.name}_network_{number}", program(text, "wine", one.name, **given))
        for text in (
            "none",
            "batch_norm",
            "augmentation",
            "max_norm",
            "spatial_dropout",
            "group_norm",
        ):
            cnn = {"network": "cnn(filters=[4,8])", "widths": (8,)}
            write(f"{one.name}_cnn_{text}", program(text, "digits", one.name, **cnn))
    return folder


def test_programs_are_formatted_and_use_what_they_import(programs: Path) -> None:
    assert len(list(programs.iterdir())) > 200
    for command in (
        ("format", "--isolated", "--diff"),
        ("check", "--isolated", "--select", "F,I,E4,E7,E9"),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(programs)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr


@pytest.mark.parametrize(
    "text",
    ["constant", "linear", "linear(final=0.1)", "linear(warmup=0.05)", "cosine(warmup=0.1,final=0.1)",
     "flat_cosine", "flat_cosine(final=0.2)", "warmup"],
)  # fmt: skip
def test_schedules_as_code(text: str) -> None:
    found = schedule(text)
    lines = found.code().format(min="min", cos="np.cos", pi="np.pi").splitlines()
    space: dict[str, Any] = {"np": np}
    exec("def factor(progress):\n" + "\n".join(f"    {line}" for line in lines), space)
    progress = np.linspace(0, 1, 21)
    ours = [space["factor"](one) for one in progress]
    np.testing.assert_allclose(ours, found.factor(jnp.asarray(progress)), atol=1e-6)


def test_every_declared_piece_has_a_place() -> None:
    places = {one.name: one.places for one in FRAMEWORKS}
    declared: list[Mapping[str, Counterpart]] = [one.counterparts for one in methods().values()]
    declared += [one.counterparts for one in optimizers().values()]
    assert sum(map(len, declared)) > 50
    for counterparts in declared:
        for name, counterpart in counterparts.items():
            assert set(counterpart.code) <= places[name]


def run(text: str, repeats: int) -> float:
    """Run a program in this process and return the mean score that it prints."""
    out = io.StringIO()
    space: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(text, "recipe.py", "exec"), space)
    arguments = sys.argv
    sys.argv = ["recipe.py", "--repeats", str(repeats)]
    try:
        with contextlib.redirect_stdout(out):
            space["main"]()
    finally:
        sys.argv = arguments
    return float(out.getvalue().rpartition(": ")[2])


@pytest.mark.parametrize("name", ["optax", "pytorch"])
@pytest.mark.parametrize(
    "text", ["mc_dropout(rate=0.2,passes=3)", "ghost_batch_norm(momentum=0.9,size=8)"]
)
def test_recipes_whose_passes_differ_when_they_predict_learn(name: str, text: str) -> None:
    if name == "pytorch":
        pytest.importorskip("torch")
    written = program(text, "moons", name, epochs=20, learning_rate=0.03)
    assert written is not None
    assert run(written, 1) > 0.8


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("studies") / "moons"
    found = compare(
        "moons(n=120,test=1000)",
        methods=["l2", "dropout"],
        grid={"l2": {"strength": [0.003]}, "dropout": {"rate": [0.2]}},
        widths=[32, 32],
        epochs=30,
        learning_rate=0.02,
        replicates=10,
        out=folder,
    )
    assert isinstance(found, Study)
    return found


@pytest.mark.parametrize(
    ("name", "method"),
    [
        pytest.param("sklearn", "l2", marks=pytest.mark.slow),
        pytest.param("optax", "dropout", marks=pytest.mark.long),
        ("pytorch", "dropout"),
        ("keras", "l2"),
    ],
)
def test_ten_runs_of_a_recipe_score_as_the_study(study: Study, name: str, method: str) -> None:
    for needed in {"pytorch": ["torch"], "keras": ["keras", "tensorflow"]}.get(name, []):
        pytest.importorskip(needed)
    ours = study.test_scores()[method]
    mean = run(study.recipe(name, method), 10)
    # of the mean of ten further replicates, with the study's margin
    width = stats.t.ppf(0.975, len(ours) - 1) * ours.std(ddof=1) * np.sqrt(2 / len(ours))
    margin = 0.1 * (1 - study.test_scores()["none"].mean())
    assert abs(mean - ours.mean()) < width + margin


def test_what_cannot_be_done_is_said(study: Study) -> None:
    cases: dict[tuple[str, str | None], str] = {
        ("pytroch", None): "Did you mean 'pytorch'",
        (
            "sklearn",
            "dropout",
        ): "scikit-learn has no counterpart of dropout; recipes for keras, pytorch, optax do it",
        ("optax", "mixup"): "'mixup' is no method of .*: it compared none, l2, dropout",
        (
            "sklearn",
            "mixup(strength=0.3)",
        ): "recipes for keras, pytorch, optax do it: framework='keras'",
        ("optax", "stochastic_depth(rate=0.1)"): "it drops the branches of residual blocks",
        (
            "keras",
            "spectral_norm(limit=2)",
        ): "counterpart of spectral_norm; nearest to it is weight_decay; recipes for",
        (
            "optax",
            "hierarchical_lasso(strength=9)",
        ): "no other framework has a recipe for this setting",
        (
            "keras",
            "weight_decay(strength=cosine)",
        ): "strength cannot change while the network is trained",
        (
            "sklearn",
            "l2(strength=0.1,where=dense_0)",
        ): "it acts on all layers there; leave where= out",
        ("pytorch", "max_norm(limit=cosine(2))"): "would be infinite where the schedule is 0",
    }
    for (name, method), message in cases.items():
        with pytest.raises(UserError, match=message):
            study.recipe(name, method)
    text = study.recipe("keras", "l1(strength=0.001)")
    assert "hardly any exact zero" in " ".join(text.split())
    assert "kernel_regularizer=keras.regularizers.L1L2(l1=0.001, l2=0.0)" in text
    found = setup(Recipe(optimizer="muon", epochs=1), load("moons"))
    with pytest.raises(UserError, match="Optax has no optimizer muon, and no other framework"):
        writer(found, framework("optax"), FRAMEWORKS)


def test_code_is_laid_out_as_ruff_does() -> None:
    assert literal('say "x"') == "'say \"x\"'"
    assert literal("it's\n") == repr("it's\n")
    assert literal(0.1 + 0.2) == "0.3"
    assert literal((3,)) == "(3,)"
    assert literal(float("inf")) == 'float("inf")'
    assert enclosed("f(", ["a"], ")") == "f(a)"
    assert enclosed("function(", ["a" * 38, "b" * 36], ")") == (
        f"function(\n    {'a' * 38}, {'b' * 36}\n)"
    )
    assert enclosed("f(", ["a" * 50, "b" * 50], ")") == f"f(\n    {'a' * 50},\n    {'b' * 50},\n)"
    wanted = ["from b import c", "import z", "import math", "from b import A", "import z"]
    assert imports(wanted) == "import math\n\nimport z\nfrom b import A, c"
