"""Every method gets the same number of configurations."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.data import load
from bridle.errors import UserError
from bridle.methods.catalogue import methods
from bridle.methods.composition import Composition, parse_methods
from bridle.study.command import command_of
from bridle.study.configurations import (
    Configuration,
    canonical_grid,
    configure,
    flatten,
    parse_grid,
    unflatten,
)
from bridle.study.learning_rates import shared_rates
from bridle.study.request import Request, make_plan


def strengths(configurations: list[Configuration], name: str) -> list[Any]:
    return [c["hyperparameters"][name] for c in configurations]


def rates(configurations: list[Configuration]) -> list[float]:
    return [c["learning_rate"] for c in configurations]


RATES = (0.003, 0.01, 0.03)


def test_by_default_every_method_and_the_baseline_get_three_strengths_at_three_rates() -> None:
    found = configure(parse_methods(",".join(methods())), RATES)
    assert {len(configurations) for configurations in found.values()} == {9}
    tried = {(c["hyperparameters"]["strength"], c["learning_rate"]) for c in found["l1"]}
    assert tried == {(s, rate) for s in (1e-5, 3e-4, 1e-2) for rate in RATES}


def test_without_a_strength_as_many_learning_rates_are_tried_within_the_shared_range() -> None:
    found = configure(parse_methods("none,batch_norm,l1"), RATES)
    assert rates(found["none"]) == rates(found["batch_norm"])
    assert set(RATES) < set(rates(found["none"]))
    assert (min(rates(found["none"])), max(rates(found["none"]))) == (0.003, 0.03)
    assert len(set(rates(found["none"]))) == 9


def test_every_run_has_its_pair_without_regularization() -> None:
    found = configure(parse_methods("none,l1,dropout+l2,early_stopping"), RATES)
    for configurations in found.values():
        assert set(RATES) <= set(rates(found["none"])) & set(rates(configurations))


def test_a_pinned_learning_rate_leaves_the_strengths() -> None:
    found = configure(parse_methods("none,l1,batch_norm"), [0.02])
    assert {label: len(c) for label, c in found.items()} == {"none": 1, "l1": 7, "batch_norm": 1}
    assert {rate for c in found.values() for rate in rates(c)} == {0.02}


def test_pinned_methods_alone_are_tuned_over_the_shared_rates() -> None:
    found = configure(parse_methods("none,l1(strength=0.001),batch_norm"), RATES)
    assert {tuple(rates(c)) for c in found.values()} == {RATES}


def test_a_pinned_method_beside_a_tuned_one_spends_its_budget_on_the_learning_rate() -> None:
    found = configure(parse_methods("none,l1,dropout(rate=0.2)"), RATES)
    assert len(set(rates(found["dropout(rate=0.2)"]))) == 9
    assert set(strengths(found["dropout(rate=0.2)"], "rate")) == {0.2}


@pytest.mark.parametrize("most", [3, 4, 5, 7, 8, 13, 60])
def test_any_budget_spreads_over_both_axes_and_is_the_same_for_all(most: int) -> None:
    text = "none,l1,dropout+l2,early_stopping,batch_norm"
    found = configure(parse_methods(text), RATES, most=most)
    for configurations in found.values():
        assert len({str(c) for c in configurations}) == most
        assert set(rates(configurations)) >= set(RATES)
    amounts = [rates(found["l1"]).count(rate) for rate in RATES]
    assert max(amounts) - min(amounts) <= 1
    assert amounts[1] == max(amounts)  # the middle rate has what is left over


def test_strengths_reach_the_ends_of_their_range() -> None:
    few = configure(parse_methods("l1"), [0.01], most=2)["l1"]
    assert strengths(few, "strength") == [1e-5, 1e-2]
    assert strengths(configure(parse_methods("l1"), [0.01], most=1)["l1"], "strength") == [1e-4]
    many = configure(parse_methods("l1"), [0.01], most=9)["l1"]
    assert strengths(many, "strength")[0] == 1e-5
    assert strengths(many, "strength")[-1] == 1e-2


def test_joined_methods_share_the_budget_and_mix_small_with_large_differently_at_every_rate() -> (
    None
):
    found = configure(parse_methods("none,dropout+l2"), RATES)["dropout+l2"]
    pairs = [*zip(strengths(found, "dropout.rate"), strengths(found, "l2.strength"), strict=True)]
    assert len(set(pairs)) == 9
    for place in range(0, 9, 3):
        own = pairs[place : place + 3]
        assert len({rate for rate, _ in own}) == len({strength for _, strength in own}) == 3
    order = [strength for _, strength in pairs[:3]]
    assert order not in (sorted(order), sorted(order, reverse=True))


def test_fewer_configurations_than_learning_rates_are_refused() -> None:
    with pytest.raises(UserError, match="configurations=2 is too small for 3 learning rates"):
        configure(parse_methods("none,l1"), RATES, most=2)


def test_a_grid_replaces_the_methods_own_and_sets_the_budget() -> None:
    grid = parse_grid(["l1.strength=1e-5,1e-4", "none.learning_rate=0.1,0.2"])
    found = configure(parse_methods("none,l1,batch_norm"), RATES, grid)
    assert strengths(found["l1"], "strength") == [1e-5, 1e-4] * 3
    assert rates(found["none"]) == [0.1, 0.2]
    assert len(found["batch_norm"]) == 6


def test_learning_rates_of_one_method_leave_its_strengths() -> None:
    grid = parse_grid(["l1.lr=0.1,0.2"])
    found = configure(parse_methods("none,l1"), RATES, grid)
    assert set(rates(found["l1"])) == {0.1, 0.2}
    assert len(found["l1"]) == len(found["none"]) == 9


@pytest.mark.parametrize("name", ["learning_rate", "learning-rate", "lr"])
def test_a_grid_of_learning_rates_is_for_every_method(name: str) -> None:
    grid = canonical_grid(parse_grid([f"{name}=0.1,0.001"]))
    assert grid == canonical_grid({"learning_rate": (0.1, 0.001)})
    shared = shared_rates(0.01, None, grid, None)
    assert shared == (0.001, 0.1)
    found = configure(parse_methods("none,l1"), shared, grid)
    assert sorted(set(rates(found["l1"]))) == [0.001, 0.1]
    assert len(found["none"]) == len(found["l1"]) == 6


def test_a_grid_over_two_hyperparameters_is_their_product() -> None:
    grid = parse_grid(["dropout.rate=0.1,0.5", "dropout.learning_rate=0.01,0.1"])
    found = configure(parse_methods("none,dropout"), RATES, grid)
    pairs = {(c["hyperparameters"]["rate"], c["learning_rate"]) for c in found["dropout"]}
    assert pairs == {(0.1, 0.01), (0.1, 0.1), (0.5, 0.01), (0.5, 0.1)}
    assert len(found["none"]) == 4


def test_a_grid_of_lists_gives_rates_per_layer() -> None:
    grid = parse_grid(["dropout.rate=[0.1,0.2],[0.3,0.4]"])
    found = configure(parse_methods("none,dropout"), RATES, grid)
    assert strengths(found["dropout"], "rate")[:2] == [(0.1, 0.2), (0.3, 0.4)]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["l1"], "grid must be method.hyperparameter=value"),
        (["l1.strength"], "grid must be method.hyperparameter=value"),
        (["l1.strength="], "grid must be method.hyperparameter=value"),
        (["l1.strenght=1"], "Did you mean 'strength'"),
        (["l1.strength=-1"], "at least 0"),
        (["l1.strength=much"], "received 'much'"),
        (["l2.strength=1"], "not among the methods compared"),
        (["dropuot.rate=0.1"], "Unknown method in grid"),
        (["none.rate=0.1"], "none takes no hyperparameters"),
        (["none.learning_rate=0"], "greater than 0"),
    ],
)
def test_a_wrong_grid_says_what_is_wrong(texts: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        configure(parse_methods("none,l1"), RATES, parse_grid(texts))


@given(st.sampled_from(["l1", "dropout+l2", "batch_norm+dropout+weight_decay", "none"]))
def test_flat_names_lead_back_to_the_setting(text: str) -> None:
    composition = Composition.parse(text)
    setting = composition.setting()
    assert unflatten(composition.names, flatten(setting)) == setting


def test_infinity_is_written_as_json_knows_it() -> None:
    composition = Composition.parse("early_stopping(patience=inf)")
    flat = flatten(composition.setting())
    assert json.loads(json.dumps(flat, allow_nan=False)) == {"patience": "inf", "min_delta": 0.0}
    assert unflatten(composition.names, flat) == composition.setting()


@pytest.mark.parametrize("key", ["rate", "input_rate"])
def test_a_grid_that_a_pinned_value_hides_is_refused(key: str) -> None:
    grid = parse_grid([f"dropout.{key}=0.1,0.2"])
    with pytest.raises(UserError, match="would never be read"):
        configure(parse_methods(f"none,dropout({key}=0.5)"), RATES, grid)


def test_one_value_may_stand_for_a_list_and_an_empty_list_is_refused() -> None:
    found = configure(parse_methods("none,l1"), RATES, {"l1": {"strength": 1e-3}})  # type: ignore[dict-item]
    assert strengths(found["l1"], "strength") == [1e-3] * 3
    with pytest.raises(UserError, match="is empty"):
        configure(parse_methods("none,l1"), RATES, {"l1": {"strength": []}})


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"configurations": 3},
        {"configurations": 7},
        {"learning_rate": 0.5},
        {"grid": {"learning_rate": [0.1, 0.2]}},
        {"grid": {"l2": {"strength": [0.1, 0.2]}}},
        {"grid": {"none": {"learning_rate": [0.1, 0.2]}}},
        {
            "grid": {
                "none": {"learning_rate": [0.1, 0.2]},
                "l2": {"learning_rate": [0.1], "strength": [0.1]},
                "dropout": {"learning_rate": [0.3], "rate": [0.2]},
            }
        },
    ],
)
def test_the_command_of_a_plan_tries_the_same(asked: dict[str, Any]) -> None:
    dataset = load("moons(n=60)")
    plan = make_plan(dataset, Request(methods="none,l2,dropout", **asked))
    words = shlex.split(command_of(plan))
    given = [*pairwise(words)]
    again: dict[str, Any] = {"grid": parse_grid([v for k, v in given if k == "--grid"])}
    if "--configurations" in words:
        again["configurations"] = int(dict(given)["--configurations"])
    if "--learning-rate" in words:
        again["learning_rate"] = float(dict(given)["--learning-rate"])
    repeated = make_plan(dataset, Request(methods="none,l2,dropout", **again))
    assert repeated.configurations == plan.configurations


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({}, []),
        ({"quick": True}, ["--configurations", "4"]),
        ({"configurations": 4}, ["--configurations", "4"]),
        ({"grid": {"l2": {"strength": [0.1, 0.2]}}}, ["--grid", "l2.strength=0.1,0.2"]),
    ],
)
def test_the_command_of_a_plan_is_the_shortest(asked: dict[str, Any], options: list[str]) -> None:
    plan = make_plan(load("moons(n=60)"), Request(methods="none,l2,dropout", **asked))
    words = shlex.split(command_of(plan))
    settings = ("--configurations", "--grid", "--learning-rate")
    found = [word for pair in pairwise(words) if pair[0] in settings for word in pair]
    assert found == options
