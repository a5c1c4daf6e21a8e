"""What cards say of other libraries: every one says something, and the names are there."""

from __future__ import annotations

import importlib
import importlib.util
import re
from functools import reduce

import pytest

from bridle.methods.card import LIBRARIES, Card
from bridle.methods.catalogue import METHODS
from bridle.optimizers.catalogue import OPTIMIZERS

CARDS: dict[str, Card] = {name: one.card for name, one in METHODS.built_in.items()} | {
    name: one.card for name, one in OPTIMIZERS.built_in.items()
}
PACKAGES = ("keras", "optax", "timm", "torch", "torch_optimizer", "torchvision")
NAME = re.compile(rf"\b(?:{'|'.join(PACKAGES)})(?:\.\w+)+")


@pytest.mark.parametrize("name", CARDS)
def test_cards_say_what_others_call_it(name: str) -> None:
    said = CARDS[name].elsewhere
    assert said is not None
    assert set(said) <= set(LIBRARIES)
    assert list(said) == sorted(said, key=LIBRARIES.index)
    assert all(text and not text.endswith(".") for text in said.values())
    assert CARDS[name].others.endswith(".")


@pytest.mark.parametrize("package", PACKAGES)
def test_names_are_there(package: str) -> None:
    names = {
        found
        for card in CARDS.values()
        for text in (card.elsewhere or {}).values()
        for found in NAME.findall(text)
        if found.partition(".")[0] == package
    }
    assert names
    pytest.importorskip(package)
    for name in sorted(names):
        parts = name.split(".")
        module, rest = package, parts[1:]
        while rest and importlib.util.find_spec(f"{module}.{rest[0]}") is not None:
            module, rest = f"{module}.{rest[0]}", rest[1:]
        assert reduce(getattr, rest, importlib.import_module(module)) is not None
