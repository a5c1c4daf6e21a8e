"""methods, explain, datasets: what there is."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import pytest

from bridle.data import describe, load, names
from bridle.methods.catalogue import methods
from bridle.study.configurations import parse_grid
from bridle.study.request import Request, make_plan

Run = Callable[..., tuple[int, str, str]]


def test_methods_lists_every_method(bridle: Run) -> None:
    status, out, err = bridle("methods")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["method", "strength", "default", "neutral", "tried"]
    assert max(map(len, lines)) <= 80
    begun = {line.split()[0] for line in lines if line and not line.startswith(" ")}
    assert set(methods()) <= begun
    (row,) = [line for line in lines if line.startswith("dropout ")]
    assert row.split() == ["dropout", "rate", "0.3", "0", "0.05", "…", "0.6", "(7)"]


def test_methods_as_json(bridle: Run) -> None:
    documents = json.loads(bridle("methods", "--json")[1])
    assert [document["name"] for document in documents] == list(methods())
    dropout = next(document for document in documents if document["name"] == "dropout")
    rate = dropout["hyperparameters"][0]
    assert (rate["name"], rate["default"], rate["neutral"]) == ("rate", 0.3, 0.0)
    assert rate["grid"] == [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.mark.parametrize("name", list(methods()))
def test_explain_shows_the_whole_card(name: str, bridle: Run) -> None:
    status, out, err = bridle("explain", name)
    assert (status, err) == (0, "")
    joined = " ".join(out.split())
    card = methods()[name].card
    for text in (card.title, card.summary, card.formula, card.when, card.beware, card.paper):
        assert " ".join(text.split()) in joined
    for hyperparameter in methods()[name].hyperparameters:
        assert hyperparameter.help in joined
        assert hyperparameter.domain.describe() in joined
    assert bridle("explain", name, "--json")[0] == 0


@pytest.mark.parametrize("name", list(methods()))
def test_the_example_of_explain_is_a_command_that_works(name: str, bridle: Run) -> None:
    (example,) = [line for line in bridle("explain", name)[1].splitlines() if "Try: " in line]
    words = shlex.split(example.removeprefix("Try: "))
    assert words[:3] in (["bridle", "compare", "moons"], ["bridle", "train", "moons"])
    given = dict(zip(words[3::2], words[4::2], strict=True))
    chosen = given.get("--methods") or given["--method"]
    grid = parse_grid([given["--grid"]] if "--grid" in given else [])
    request = Request(methods=chosen, grid=grid, network=given.get("--network"))
    assert make_plan(load("moons"), request).runs


def test_explain_joined_methods_and_hyphens(bridle: Run) -> None:
    status, out, _ = bridle("explain", "weight-decay+Batch-Norm")
    assert status == 0
    assert "(weight_decay)" in out
    assert "(batch_norm)" in out
    assert len(json.loads(bridle("explain", "dropout+l2", "--json")[1])) == 2


def test_datasets(bridle: Run) -> None:
    status, out, err = bridle("datasets")
    assert (status, err) == (0, "")
    for name in names():
        assert f"\n{name}  " in f"\n{out}"
    n = describe("moons").arguments[0]
    assert f"n={n.default}: {n.help}" in out
    assert "every replicate draws a fresh sample" in out
    assert "Licence: " in out


def test_datasets_as_json(bridle: Run) -> None:
    documents = {d["name"]: d for d in json.loads(bridle("datasets", "--json")[1])}
    assert list(documents) == list(names())
    assert documents["digits"]["sizes"]["train"] > 1000
    assert documents["moons"]["features"] == 2
    assert documents["mnist"]["sizes"]["test"] == 10_000
    assert load(documents["spirals"]["spec"]).spec == documents["spirals"]["spec"]
