"""Recipes that read a table of one's own and prepare it as the study does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bridle.data.dataset import Dataset
from bridle.data.intake import from_file
from bridle.errors import UserError
from bridle.metrics import metric
from bridle.models import Recipe
from bridle.recipes import framework
from bridle.recipes.data import loading
from bridle.recipes.program import Writer
from bridle.recipes.scores import score
from bridle.recipes.setup import setup

ROWS = 200
SIZES = "S<M<L"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the same table in several forms: gaps, rare words, dates, names that need care."""
    random = np.random.default_rng(0)
    days = pd.to_timedelta(random.integers(0, 900, ROWS), unit="D")
    table = pd.DataFrame(
        {
            "age": random.normal(40, 10, ROWS).round(1),
            'in"come\\': random.lognormal(size=ROWS).round(3),
            "region": random.choice(
                ["north", "south", "east", "rare"], ROWS, p=[0.4, 0.3, 0.29, 0.01]
            ),
            "smoker": random.choice(["no", "yes"], ROWS),
            "size": random.choice(["S", "M", "L"], ROWS),
            "when": pd.Timestamp("2020-01-01") + days,
            "patient": random.integers(0, 30, ROWS),
            "zip": random.choice(["01234", "04567"], ROWS),
        }
    )
    table["target"] = np.where(table["age"] + random.normal(0, 5, ROWS) > 40, "ill", "=well()")
    table["price"] = 2 * table["age"] + random.normal(size=ROWS)
    table.loc[::7, "age"] = np.nan
    table.loc[::11, "region"] = None
    table.loc[::13, "smoker"] = None
    table.to_csv(tmp_path / "data.csv", index=False)
    table.to_csv(
        tmp_path / "semi.csv", index=False, sep=";", decimal=",", date_format="%Y-%m-%dT%H:%MZ"
    )
    table.to_parquet(tmp_path / "data.parquet")
    # the kinds of pandas have a missing value of their own
    table.astype({"region": "string"}).convert_dtypes().to_parquet(tmp_path / "own.parquet")
    table[:60].to_csv(tmp_path / "test.csv", index=False)
    # words that are missing values among numbers, and values elsewhere; rows without a target
    written = table["age"].astype(object)
    written[::14], written[7::14] = "-", "Unknown"
    words = table.assign(age=written, target=table["target"].where(table.index % 50 > 0))
    words["region"] = words["region"].replace({"north": "unknown", "south": "süd"})
    words["price"] = [f"{1000 * price:,.2f}" for price in words["price"]]
    words["when"] = words["when"].dt.strftime("%d.%m.%Y")
    words.to_csv(tmp_path / "words.csv", index=False, encoding="latin-1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def program(dataset: Dataset) -> str:
    found = setup(Recipe(method="l2", epochs=1, widths=(4,)), dataset)
    code = loading(dataset, (1,)), score(metric(dataset.task.metric), dataset.task, found.weighted)
    return Writer(found, framework("sklearn")).program(*code, about="a table", command="").text


@pytest.mark.parametrize(
    ("file", "roles"),
    [
        ("data.csv", {"target": "target", "types": {"size": SIZES}, "drop": ["price"]}),
        ("semi.csv", {"target": "price", "scaling": "robust"}),
        ("data.parquet", {"target": "target", "scaling": "quantile"}),
        ("own.parquet", {"target": "target", "drop": ["price"]}),
        ("words.csv", {"target": "target", "encoding": "latin-1"}),
    ],
)
def test_rows_are_prepared_as_by_the_study(folder: Path, file: str, roles: dict[str, Any]) -> None:
    dataset = from_file(file, **roles)
    near = (
        0.05 if roles.get("scaling") == "quantile" else 2e-3
    )  # Bridle's quantiles are in single precision
    text = program(dataset)
    for command in (["format", "--diff"], ["check", "--select", "F,I,E4,E7"]):
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "-"],
            input=text.encode(),
            check=True,
        )
    space: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(text, "recipe.py", "exec"), space)
    split = dataset.replicate(0, 0)
    drawn = iter(
        [(np.append(split.train, split.validation), split.test), (split.train, split.validation)]
    )
    space["train_test_split"] = lambda *rows, **how: next(drawn)
    loaded = space["load"](0)
    if dataset.task.predicts == "values":
        loaded = loaded[0]
    for (inputs, targets), rows in zip(
        loaded, (split.train, split.validation, split.test), strict=True
    ):
        assert inputs.dtype == np.float32
        seen = split.seen(rows)
        assert inputs.shape == seen.shape
        # the columns stand in another order
        apart = np.abs(inputs[:, :, None] - seen[:, None, :]).max(axis=0)
        assert apart.min(axis=0).max() < near
        assert apart.min(axis=1).max() < near
        if dataset.task.predicts == "classes":
            np.testing.assert_array_equal(targets, split.targets[rows])


def test_groups_and_test_rows_of_their_own(folder: Path) -> None:
    grouped = program(from_file("data.csv", target="target", group="patient"))
    space: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(grouped, "recipe.py", "exec"), space)
    parts = space["load"](0)
    assert sum(len(y) for _, y in parts) == ROWS
    apart = program(from_file("data.csv", target="target", test="test.csv"))
    exec(compile(apart, "recipe.py", "exec"), space)
    assert [len(y) for _, y in space["load"](1)][2] == 60
    with pytest.raises(UserError, match="are given, by a column or by time"):
        program(from_file("data.csv", target="target", time="when"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weights": "age"}, 'frame["age"].to_numpy(float)'),
        ({"class_weight": "balanced"}, 'compute_sample_weight("balanced", y)'),
        ({"class_weight": {"ill": 3.0, "=well()": 1.0}}, "by_class[y]"),
    ],
)
def test_examples_count_as_in_the_study(folder: Path, given: dict[str, Any], said: str) -> None:
    whole = pd.read_csv("data.csv").dropna(subset=["age"])
    whole.to_csv("whole.csv", index=False)
    dataset = from_file("whole.csv", target="target", drop=["price"], **given)
    text = program(dataset)
    assert said in text
    assert "partial_fit(xs, ys, ws, classes=np.arange(2))" in text
    assert "accuracy_score(y, p.argmax(axis=1), sample_weight=w)" in text
    space: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(text, "recipe.py", "exec"), space)
    split = dataset.replicate(0, 0)
    drawn = iter(
        [(np.append(split.train, split.validation), split.test), (split.train, split.validation)]
    )
    space["train_test_split"] = lambda *rows, **how: next(drawn)
    loaded = space["load"](0)
    for part, rows in zip(loaded, (split.train, split.validation, split.test), strict=True):
        assert split.weights is not None
        np.testing.assert_allclose(part[2], split.weights[rows], rtol=1e-4)
    space["EPOCHS"] = 1
    model = space["train"](loaded[0], loaded[1], 0)
    assert space["predict"](model, loaded[2][0]).shape == (len(split.test), 2)
