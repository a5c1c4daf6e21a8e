"""Every method gets the same number of configurations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.methods.catalogue import methods
from bridle.methods.composition import Composition, parse_methods
from bridle.study.configurations import Configuration, configure, flatten, parse_grid, unflatten


def strengths(configurations: list[Configuration], name: str) -> list[Any]:
    return [c["hyperparameters"][name] for c in configurations]


def rates(configurations: list[Configuration]) -> list[float]:
    return [c["learning_rate"] for c in configurations]


def test_by_default_every_method_and_the_baseline_get_seven() -> None:
    found = configure(parse_methods(",".join(methods())), 0.01)
    assert {len(configurations) for configurations in found.values()} == {7}
    assert strengths(found["l1"], "strength") == [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2]
    assert set(rates(found["l1"])) == {0.01}


def test_baseline_and_on_off_methods_spend_theirs_on_the_learning_rate() -> None:
    found = configure(parse_methods("none,batch_norm,l1"), 0.01)
    expected = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]
    assert rates(found["none"]) == pytest.approx(expected)
    assert rates(found["batch_norm"]) == pytest.approx(expected)


def test_pinned_methods_alone_get_one_configuration_each() -> None:
    found = configure(parse_methods("none,l1(strength=0.001),batch_norm"), 0.01)
    assert {label: len(c) for label, c in found.items()} == {
        "none": 1,
        "l1(strength=0.001)": 1,
        "batch_norm": 1,
    }
    assert rates(found["none"]) == [0.01]


def test_a_pinned_method_beside_a_tuned_one_spends_its_budget_on_the_learning_rate() -> None:
    found = configure(parse_methods("none,l1,dropout(rate=0.2)"), 0.01)
    assert len(set(rates(found["dropout(rate=0.2)"]))) == 7
    assert set(strengths(found["dropout(rate=0.2)"], "rate")) == {0.2}


@pytest.mark.parametrize("most", [1, 2, 3, 5, 7, 8, 13])
def test_any_budget_spreads_over_the_grid_and_is_the_same_for_all(most: int) -> None:
    text = "none,l1,dropout+l2,early_stopping,batch_norm"
    found = configure(parse_methods(text), 0.01, most=most)
    for configurations in found.values():
        assert len({str(c) for c in configurations}) == most
    assert {len(configurations) for configurations in found.values()} == {most}
    if most > 1:
        assert strengths(found["l1"], "strength")[0] == 1e-5
        assert strengths(found["l1"], "strength")[-1] == 1e-2
    else:
        assert strengths(found["l1"], "strength") == [1e-4]
    assert min(rates(found["none"])) <= 0.01 <= max(rates(found["none"]))


def test_joined_methods_try_each_strength_once_and_mix_small_with_large() -> None:
    found = configure(parse_methods("none,dropout+l2"), 0.01)["dropout+l2"]
    rate, strength = strengths(found, "dropout.rate"), strengths(found, "l2.strength")
    assert sorted(rate) == sorted(set(rate))
    assert len(set(strength)) == 7
    ranks = [sorted(strength).index(value) for value in strength]
    assert ranks not in (sorted(ranks), sorted(ranks, reverse=True))


def test_a_grid_replaces_the_methods_own_and_sets_the_budget() -> None:
    grid = parse_grid(["l1.strength=1e-5,1e-4", "none.learning_rate=0.1,0.2"])
    found = configure(parse_methods("none,l1,batch_norm"), 0.01, grid)
    assert strengths(found["l1"], "strength") == [1e-5, 1e-4]
    assert rates(found["none"]) == [0.1, 0.2]
    assert len(found["batch_norm"]) == 2


def test_a_grid_over_two_hyperparameters_is_their_product() -> None:
    grid = parse_grid(["dropout.rate=0.1,0.5", "dropout.learning_rate=0.01,0.1"])
    found = configure(parse_methods("none,dropout"), 0.01, grid)
    pairs = {(c["hyperparameters"]["rate"], c["learning_rate"]) for c in found["dropout"]}
    assert pairs == {(0.1, 0.01), (0.1, 0.1), (0.5, 0.01), (0.5, 0.1)}
    assert len(found["none"]) == 4


def test_a_grid_of_lists_gives_rates_per_layer() -> None:
    grid = parse_grid(["dropout.rate=[0.1,0.2],[0.3,0.4]"])
    found = configure(parse_methods("none,dropout"), 0.01, grid)
    assert strengths(found["dropout"], "rate") == [(0.1, 0.2), (0.3, 0.4)]


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
        configure(parse_methods("none,l1"), 0.01, parse_grid(texts))


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
        configure(parse_methods(f"none,dropout({key}=0.5)"), 0.01, grid)


def test_one_value_may_stand_for_a_list_and_an_empty_list_is_refused() -> None:
    found = configure(parse_methods("none,l1"), 0.01, {"l1": {"strength": 1e-3}})  # type: ignore[dict-item]
    assert strengths(found["l1"], "strength") == [1e-3]
    with pytest.raises(UserError, match="is empty"):
        configure(parse_methods("none,l1"), 0.01, {"l1": {"strength": []}})
