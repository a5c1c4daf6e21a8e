"""methods, explain, datasets: what there is."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any, get_args

import pytest

from bridle.cli.options import Optimizer, Schedule
from bridle.data import describe, load, names
from bridle.methods.bundles import BUNDLES
from bridle.methods.card import FAMILIES
from bridle.methods.catalogue import methods
from bridle.methods.schedules.catalogue import SCHEDULES
from bridle.optimizers.catalogue import optimizers, schedules
from bridle.study.configurations import parse_grid
from bridle.study.request import Request, make_plan

Run = Callable[..., tuple[int, str, str]]


def test_methods_lists_every_method(bridle: Run) -> None:
    status, out, err = bridle("methods")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["method", "strength", "technique"]
    assert max(map(len, lines)) <= 80
    begun = {line.split()[0] for line in lines if line and not line.startswith(" ")}
    assert set(methods()) <= begun
    (row,) = [line for line in lines if line.startswith("dropout ")]
    assert row.split() == ["dropout", "rate=0.3", "Dropout"]
    titles = [line for line in lines if line in FAMILIES.values()]
    assert titles == list(FAMILIES.values())
    (penalties,) = out.split(f"\n{titles[0]}\n")[1].split("\n\n")[:1]
    assert {line.split()[0] for line in penalties.splitlines()} == {
        name for name, found in methods().items() if found.family == "penalty"
    }


def test_methods_as_json(bridle: Run) -> None:
    documents = json.loads(bridle("methods", "--json")[1])
    assert [document["name"] for document in documents] == [*methods(), *BUNDLES]
    dropout = next(document for document in documents if document["name"] == "dropout")
    rate = dropout["hyperparameters"][0]
    assert (rate["name"], rate["default"], rate["neutral"]) == ("rate", 0.3, 0.0)
    assert rate["grid"] == [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


EXPLAINED: dict[str, Any] = {**methods(), **optimizers(), **SCHEDULES.all()}


@pytest.mark.parametrize("name", list(EXPLAINED))
def test_explain_shows_the_whole_card(name: str, bridle: Run) -> None:
    status, out, err = bridle("explain", name)
    assert (status, err) == (0, "")
    joined = " ".join(out.split())
    card = EXPLAINED[name].card
    for text in (card.title, card.summary, card.formula, card.when, card.beware, card.paper):
        assert " ".join(text.split()) in joined
    for argument in EXPLAINED[name].signature().arguments:
        assert argument.help in joined
        assert argument.domain.describe() in joined
    assert json.loads(bridle("explain", name, "--json")[1])["name"] == name


def test_optimizers_and_schedules_are_listed(bridle: Run) -> None:
    status, out, err = bridle("optimizers")
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    for kind in (*optimizers().values(), *SCHEDULES.all().values()):
        assert f"\n{kind.name} " in out
        assert kind.card.summary in " ".join(out.split())
        for argument in kind.signature().arguments:
            assert f"{argument.name}=" in out
    documents = json.loads(bridle("optimizers", "--json")[1])
    assert [one["name"] for one in documents["optimizers"]] == list(optimizers())
    assert [one["name"] for one in documents["schedules"]] == list(SCHEDULES.all())
    assert "bridle optimizers" in bridle("methods")[1]
    assert bridle("explain", "Beta", "sgd(0.5)", "AdamW")[0] == 2
    assert bridle("explain", "sgd(0.5)", "AdamW", "l1")[1].count("Paper: ") == 3


def test_help_of_the_options_names_every_optimizer_and_schedule() -> None:
    for option, kinds in ((Optimizer, optimizers()), (Schedule, schedules())):
        _, said = get_args(option)
        words = said.help
        assert all(name in words for name in kinds)


@pytest.mark.parametrize("name", list(EXPLAINED))
def test_the_example_of_explain_is_a_command_that_works(name: str, bridle: Run) -> None:
    (example,) = [line for line in bridle("explain", name)[1].splitlines() if "Try: " in line]
    words = shlex.split(example.removeprefix("Try: "))
    assert words[:2] in (["bridle", "compare"], ["bridle", "train"])
    given = dict(zip(words[3::2], words[4::2], strict=True))
    chosen = given.get("--methods") or given.get("--method")
    grid = parse_grid([given["--grid"]] if "--grid" in given else [])
    schedule = given.get("--schedule", "constant")
    asked = Request(
        methods=chosen,
        grid=grid,
        optimizer=given.get("--optimizer"),
        schedule=schedule,
        network=given.get("--network"),
        activation=given.get("--activation"),
    )
    assert make_plan(load(words[2]), asked).runs


@pytest.mark.parametrize("name", list(BUNDLES))
def test_explain_says_what_a_bundle_stands_for(name: str, bridle: Run) -> None:
    out = bridle("explain", name)[1]
    one = BUNDLES[name]
    assert one.methods in out
    for text in (one.card.summary, one.card.beware, one.card.paper):
        assert " ".join(text.split()) in " ".join(out.split())
    assert f"bridle compare moons --methods none,{name}" in out
    assert json.loads(bridle("explain", name, "--json")[1])["methods"] == one.methods


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
    assert "every replicate draws its own data" in out
    assert "Licence: " in out


def test_datasets_as_json(bridle: Run) -> None:
    documents = {d["name"]: d for d in json.loads(bridle("datasets", "--json")[1])}
    assert list(documents) == list(names())
    assert documents["digits"]["sizes"]["train"] > 1000
    assert documents["moons"]["features"] == 2
    assert documents["mnist"]["sizes"]["test"] == 10_000
    assert load(documents["spirals"]["spec"]).spec == documents["spirals"]["spec"]
