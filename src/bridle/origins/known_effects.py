"""What the papers of all methods say that these do: one experiment, made of what every method's file declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridle.grammar import format_value
from bridle.methods.catalogue import METHODS
from bridle.methods.composition import Composition
from bridle.methods.known_effect import KnownEffect
from bridle.origins.experiment import Case, Experiment, Extent, Statement, Trial

SCALE = "laptop"

_USUAL: dict[str, Any] = {
    "widths": (64, 64),
    "batch_size": 32,
    "epochs": 40,
    "learning_rate": 0.003,
    "configurations": 1,
    "replicates": 20,
}
_IMAGES = _USUAL | {"widths": (128, 64), "learning_rate": 0.001, "replicates": 10}

PLACES: Mapping[str, Trial] = {
    "digits": Trial("digits", _USUAL),
    "few digits": Trial("digits(validation=0.1,test=0.8)", _USUAL | {"epochs": 80}),
    "columns": Trial("breast_cancer", _USUAL),
    "100 labels": Trial("mnist(train=100,validation=100)", _IMAGES | {"epochs": 100}),
    "500 labels": Trial("mnist(train=500,validation=250)", _IMAGES | {"epochs": 60}),
    "1,000 labels": Trial("mnist(train=1000,validation=500)", _IMAGES),
    "wrong labels": Trial("mnist(train=1000,validation=500,random_labels=0.444)", _IMAGES),
    "constant rate": Trial(
        "digits", _USUAL | {"schedule": "constant", "learning_rate": 0.03, "epochs": 10}
    ),
    "sigmoid": Trial(
        "digits",
        _USUAL | {"widths": (100, 100, 100), "activation": "sigmoid", "schedule": "constant"},
    ),
    "selu": Trial("mnist(train=1000,validation=500)", _IMAGES | {"activation": "selu"}),
    "deep": Trial("digits", _USUAL | {"widths": (32,) * 20, "learning_rate": 0.001}),
    "large steps": Trial(
        "digits",
        _USUAL | {"optimizer": "sgd(momentum=0.9)", "learning_rate": 0.3, "schedule": "constant"},
    ),
    "plain steps": Trial(
        "digits",
        _USUAL | {"optimizer": "sgd(momentum=0.9)", "learning_rate": 0.03, "schedule": "constant"},
    ),
    "convolutions": Trial(
        "digits(validation=0.1,test=0.8)",
        _USUAL | {"network": "cnn(filters=[16,32])", "widths": (64,), "epochs": 60},
    ),
    "two examples a batch": Trial(
        "digits(validation=0.1,test=0.8)",
        _USUAL
        | {"network": "cnn(filters=[16,32])", "widths": (64,), "epochs": 20, "batch_size": 2},
    ),
    "residual blocks": Trial(
        "digits", _USUAL | {"network": "resnet_mlp(blocks=8)", "widths": (64,)}
    ),
    "two branches": Trial(
        "digits", _USUAL | {"network": "resnet_mlp(blocks=4,branches=2)", "widths": (64,)}
    ),
    "large batches": Trial("digits", _USUAL | {"batch_size": 256}),
}
"""Where effects are measured: data, network and training, by the names that methods declare."""

WORDS: Mapping[str, str] = {
    "digits": "digits, 64-64 units",
    "few digits": "digits, 180 labels, 64-64 units",
    "columns": "breast_cancer, 64-64 units",
    "100 labels": "MNIST, 100 labels, 128-64 units",
    "500 labels": "MNIST, 500 labels, 128-64 units",
    "1,000 labels": "MNIST, 1,000 labels, 128-64 units",
    "wrong labels": "MNIST, 1,000 labels, 40 % of them wrong",
    "constant rate": "digits, 10 epochs at a constant learning rate of 0.03",
    "sigmoid": "digits, three layers of 100 sigmoid units",
    "selu": "MNIST, 1,000 labels, selu",
    "deep": "digits, 20 layers of 32 units",
    "large steps": "digits, SGD with momentum, learning rate 0.3",
    "plain steps": "digits, SGD with momentum, learning rate 0.03",
    "convolutions": "digits, 180 labels, two convolutions",
    "two examples a batch": "digits, 180 labels, two convolutions, two examples a batch",
    "residual blocks": "digits, 8 residual blocks",
    "two branches": "digits, 4 residual blocks of two branches",
    "large batches": "digits, batches of 256",
}
"""The same in words."""


@dataclass(frozen=True)
class EffectRow:
    """One effect of a method at one setting and place.

    Attributes:
        method: its name.
        effect: as its file declares it.
        place: where it is measured.
        setting: the label that is measured.
        against: the label that it is measured against.
    """

    method: str
    effect: KnownEffect
    place: str
    setting: str
    against: str


def rows() -> list[EffectRow]:
    """Return every effect that a built-in method declares, at each of its settings and places."""
    return [
        EffectRow(name, effect, place, _explicit(setting), _explicit(effect.against))
        for name, one in METHODS.built_in.items()
        for effect in one.known_effects
        for place in effect.places
        for setting in effect.settings or (name,)
    ]


def _explicit(text: str) -> str:
    """Return a label with the default strength written out, so that a comparison does not choose one."""
    found = METHODS.built_in.get(text)
    strength = found.strength() if found else None
    full = f"{text}({strength.name}={format_value(strength.default)})" if strength else text
    return Composition.parse(full).label


def experiment() -> Experiment:
    """Return the experiment: each row is a statement, in the same order."""
    trained: dict[str, dict[str, None]] = {}  # labels in order, each once
    statements = []
    for row in rows():
        labels = dict.fromkeys(("none", row.against, row.setting))
        trained[row.place] = trained.get(row.place, {}) | labels
        case = Case(row.place, (row.place,), row.setting, row.against, options=row.effect.options)
        statements.append(Statement(row.setting, row.effect.text, row.effect.measure, (case,)))
    trials = {
        place: Trial(PLACES[place].dataset, {**PLACES[place].options, "methods": tuple(labels)})
        for place, labels in trained.items()
    }
    return Experiment(
        name="known-effects",
        title="What the papers of all methods say that these do, measured",
        question="Does every method show the effect that it is known for?",
        unstated=(),
        remarks=(),
        statements=tuple(statements),
        printed=(),
        scales={SCALE: Extent(trials)},
    )
