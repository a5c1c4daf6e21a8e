"""Methods read from text."""

from __future__ import annotations

import math

import pytest

from bridle.errors import UserError
from bridle.methods.catalogue import method, methods, shared_methods
from bridle.methods.composition import Composition, hyperparameter_of, parse_methods

SHIPPED = list(methods())


def test_catalogue() -> None:
    assert ["none", *sorted(name for name in SHIPPED if name != "none")] == SHIPPED
    assert {"none", "dropout", "batch_norm", "ema"} <= set(SHIPPED)
    assert set(shared_methods()) == {"early_stopping", "elastic_net", "l1", "l2", "weight_decay"}
    assert method(" Early-Stopping ") is methods()["early_stopping"]
    with pytest.raises(UserError, match=r"Unknown method 'droput'\. Did you mean 'dropout'\?"):
        method("droput")


@pytest.mark.parametrize("name", SHIPPED)
def test_labels_come_back(name: str) -> None:
    composition = Composition.parse(name)
    assert composition.label == name
    assert composition.names == (name,)
    setting = composition.setting()
    given = ",".join(
        f"{key}={str(value).lower() if isinstance(value, bool) else value}"
        for key, value in setting[name].items()
    )
    written = Composition.parse(f"{name}({given})")
    assert Composition.parse(written.label) == written
    assert written.setting() == setting
    assert written.tunable() == []


def test_order_of_writing_does_not_matter() -> None:
    a = Composition.parse("l2 + dropout(input_rate=0.1,rate=[0.2,.5])")
    b = Composition.parse("dropout(rate=[0.2,0.5],input_rate=1e-1)+l2")
    assert a == b
    assert a.label == b.label == "dropout(rate=[0.2,0.5],input_rate=0.1)+l2"
    assert a.setting()["dropout"] == {"rate": (0.2, 0.5), "input_rate": 0.1}
    assert [(name, strength.name) for name, strength in a.tunable()] == [("l2", "strength")]


def test_chosen_values_come_before_pinned_and_default_ones() -> None:
    composition = Composition.parse("l1(strength=0.5)+dropout")
    setting = composition.setting({("dropout", "rate"): 0.7})
    assert setting["dropout"] == {"rate": 0.7, "input_rate": 0.0}
    assert setting["l1"] == {"strength": 0.5, "update": "proximal", "biases": False}
    assert Composition.parse("early_stopping(patience=inf)").setting()["early_stopping"] == {
        "patience": math.inf,
        "min_delta": 0.0,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("l1+l1", "l1 stands twice"),
        ("none+l1", "joins none with a method"),
        ("none(x=1)", "none takes no hyperparameters"),
        ("l1(strenght=1)", "Unknown hyperparameter of l1 'strenght'. Did you mean 'strength'?"),
        ("l1(strength=-1)", "l1.strength must be a number at least 0; received -1"),
        ("l1(strength=true)", "l1.strength must be a number"),
        ("l1(update=prox)", "l1.update must be one of proximal, subgradient"),
        ("dropout(rate=1)", "less than 1"),
        ("dropout(rate=[])", "dropout.rate must be"),
        ("early_stopping(patience=0)", "at least 1"),
        ("", "Cannot read ''"),
        ("l1+", "Cannot read ''"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        Composition.parse(text)
    assert words in str(caught.value)


def test_lists() -> None:
    found = parse_methods("none, l1,dropout(rate=[0.1,0.2])+l2")
    assert [composition.label for composition in found] == [
        "none",
        "l1",
        "dropout(rate=[0.1,0.2])+l2",
    ]
    for text, words in [
        ("none,,l1", "empty place"),
        ("l1,l1", "stands twice"),
        ("", "empty place"),
    ]:
        with pytest.raises(UserError, match=words):
            parse_methods(text)


def test_a_rate_for_each_layer() -> None:
    rate = hyperparameter_of("dropout", "rate")
    assert rate.encode(0.2, layers=3) == [0.2, 0.2, 0.2]
    assert rate.encode((0.1, 0.2), layers=2) == [0.1, 0.2]
    with pytest.raises(UserError, match="each of the network's 3 hidden layers; received 2"):
        rate.encode((0.1, 0.2), layers=3)
    assert hyperparameter_of("l1", "update").encode("subgradient", layers=3) == [1.0]
    assert hyperparameter_of("l1", "biases").encode(True, layers=3) == [1.0]
