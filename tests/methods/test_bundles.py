"""Bundles: names that stand for joined methods."""

from __future__ import annotations

import json
from typing import Any

import pytest

import bridle
from bridle.errors import UserError
from bridle.methods.bundles import BUNDLES, bundle
from bridle.methods.catalogue import known, methods
from bridle.methods.composition import Composition, check_refusals, parse_methods
from bridle.networks.catalogue import network
from bridle.study.ablation import combinations
from bridle.study.settings import short_names
from bridle.tasks import Classification, Regression


@pytest.mark.parametrize("name", list(BUNDLES))
def test_a_bundle_is_what_could_be_written_instead(name: str) -> None:
    one = BUNDLES[name]
    composition = Composition.parse(name)
    assert composition == Composition.parse(one.methods)
    assert composition.label == one.methods
    assert set(composition.names) <= methods().keys()
    assert all(not known(word) for word in (name, *one.aliases))
    task = Classification.of(3)
    for text in ("mlp", "cnn"):
        check_refusals([composition], network(text, (8, 8), task, (5,), "relu"), task)
    card = one.card
    assert all([card.title, card.summary, card.formula, card.when, card.beware, card.papers])
    assert short_names(["none", composition.label]) == {"none": "none", composition.label: name}


def test_the_strengths_of_realmlp_are_those_of_its_paper() -> None:
    found = Composition.parse("RealMLP-TD")
    assert {k: dict(v) for k, v in found.pinned.items()} == {
        "dropout": {"rate": 0.15},
        "label_smoothing": {"strength": 0.1},
        "weight_decay": {"strength": 0.02},
    }
    assert not found.tunable()
    task = Regression()
    built = network("mlp", (4,), task, (5,), "relu")
    with pytest.raises(UserError, match="label_smoothing cannot be used here"):
        check_refusals([found], built, task)


def test_tabm_is_an_ensemble_with_the_start_of_its_paper() -> None:
    found = Composition.parse("tabm")
    assert {k: dict(v) for k, v in found.pinned.items() if v} == {
        "batch_ensemble": {"strength": 1.0, "members": 32, "start": "input"},
        "early_stopping": {"patience": 16.0},
    }
    assert [(name, declared.name) for name, declared in found.tunable()] == [
        ("dropout", "rate"),
        ("weight_decay", "strength"),
    ]
    task = Classification.of(2)
    built = network("resnet_mlp", (4,), task, (5,), "relu")
    with pytest.raises(UserError, match="batch_ensemble cannot be used here"):
        check_refusals([found], built, task)


def test_bundles_join_methods_and_take_no_values() -> None:
    assert "sam" in Composition.parse("realmlp+sam").names
    assert Composition.parse("realmlp+sam").bare.startswith("dropout(rate=flat_cosine(flat=0.5))+")
    assert bundle("regularization cocktail") is BUNDLES["cocktail"]
    with pytest.raises(UserError, match="realmlp takes no hyperparameters"):
        Composition.parse("realmlp(rate=0.1)")
    with pytest.raises(UserError, match="dropout stands twice"):
        Composition.parse("realmlp+dropout")
    with pytest.raises(UserError, match="Did you mean 'realmlp'"):
        Composition.parse("relmlp")
    with pytest.raises(UserError, match="stands twice"):
        parse_methods(f"tabm,{BUNDLES['tabm'].methods}")


@pytest.mark.long
def test_a_comparison_shows_the_name(tmp_path: Any) -> None:
    study: Any = bridle.compare(
        "moons(n=60)", methods="none,realmlp", replicates=3, epochs=2, widths=[4],
        learning_rate=0.01, out=tmp_path / "study",
    )  # fmt: skip
    assert "realmlp" in study.summary.lower()
    label = BUNDLES["realmlp"].methods
    (settings,) = set(study.results().set_index("method").loc[label, "hyperparameters"])
    assert json.loads(settings)["dropout.rate"] == 0.15
    assert label in study.plan.methods


@pytest.mark.parametrize("name", BUNDLES)
def test_commands_write_the_name(name: str) -> None:
    whole = Composition.parse(name)
    assert whole.short == name
    assert Composition.parse(whole.label).short == name
    other = Composition.parse(f"{whole.label}+adversarial")
    assert other.short == other.label


def test_what_cannot_be_used_is_left_out_of_a_list_or_of_a_cocktail() -> None:
    task = Classification(("a", "b"))
    built = network("mlp", (2,), task, (4,), "relu")
    listed = [Composition.parse(text) for text in ("none", "cutout", "realmlp")]
    with pytest.raises(UserError) as caught:
        check_refusals(listed, built, task)
    assert "leave it out: methods='none,realmlp'" in str(caught.value)
    for cocktail, said in (
        ("cutout+l2+dropout", "leave it out of the cocktail: dropout(rate=0.3)+l2(strength="),
        ("cutout+l2", "the cocktail has one ingredient: l2(strength="),
    ):
        apart = [Composition.parse(text) for text in combinations(cocktail)]
        with pytest.raises(UserError) as caught:
            check_refusals(apart, built, task)
        assert said in str(caught.value)
        assert "methods=" not in str(caught.value)
