"""The page of all methods agrees with their cards."""

from __future__ import annotations

from docs import methods

from bridle.methods.base import FAMILIES
from bridle.methods.catalogue import METHODS


def test_the_committed_page_is_todays() -> None:
    assert methods.PAGE.read_text(encoding="utf-8") == methods.page(), "run `make docs`"


def test_every_method_is_in_its_family() -> None:
    text = methods.page()
    titles = [text.index(f"## {title}\n") for title in FAMILIES.values()] + [len(text)]
    for name, found in METHODS.built_in.items():
        if name != "none":
            place = list(FAMILIES).index(found.family)
            assert titles[place] < text.index(f"### {name}\n") < titles[place + 1]
