"""What is special about a method is declared in its own file, and no other room names one."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

import bridle
from bridle.methods.card import FAMILIES
from bridle.methods.catalogue import METHODS
from bridle.methods.declared import class_constants
from bridle.report import palette

SOURCE = Path(bridle.__file__).parent
EXAMPLES = {"cli/explanations.py"}
"""Files that show a method's name as an example of what may be typed."""

COLORS = {
    "none": "#707070",
    "augmentation": "#999933",
    "batch_norm": "#56B4E9",
    "dropout": "#0072B2",
    "early_stopping": "#882255",
    "elastic_net": "#CC79A7",
    "l1": "#D55E00",
    "l2": "#E69F00",
    "weight_decay": "#009E73",
}
"""Colours of the first methods, which figures in documents have."""


def test_no_other_room_names_a_method() -> None:
    names = set(METHODS.built_in) - {"none"}
    found = []
    for path in SOURCE.rglob("*.py"):
        where = path.relative_to(SOURCE).as_posix()
        if where.partition("/")[0] in ("methods", "origins") or where in EXAMPLES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in names:
                found.append(f"{where}:{node.lineno}: {node.value}")
    assert not found


def test_declarations_are_read_without_the_classes() -> None:
    assert set(class_constants()) == set(METHODS.built_in)
    for name, found in METHODS.built_in.items():
        own = {
            key: class_constants()[name].get(key, "")
            for key in ("family", "color", "marker", "inert")
        }
        assert own == {key: getattr(found, key) for key in own}
        assert found.family in ("", *FAMILIES)


def test_colours_are_what_they_were() -> None:
    looks = {name: palette.look(name) for name in METHODS.built_in}
    assert {name: looks[name].color for name in COLORS} == COLORS
    assert len({found.color for found in looks.values()}) == len(looks)  # no two share one
    assert palette.color("l1(update=subgradient)") == "#FF7B13"
    assert palette.color("dropout+l2") == "#AA4499"
    assert palette.color("somebody's") == "#6699CC"


def test_methods_of_one_study_look_different() -> None:
    combined = ["dropout+l2", "l1+l2", "l1(update=subgradient)", "dropout(rate=0.5)"]
    others = ["own.noise:Noise", "somebody's", "ours", "theirs", "a+b", "c+d"]
    shown = palette.looks([*METHODS.built_in, *combined, *others])
    assert shown == palette.looks([*others, *combined, *METHODS.built_in])
    for name in METHODS.built_in:
        assert shown[name] == palette.look(name)
    for one, other in itertools.combinations(shown, 2):
        if not one.startswith(f"{other}(") and not other.startswith(f"{one}("):  # which are shades
            near = palette.apart(shown[one].color, shown[other].color)
            assert near >= palette.LEAST_APART, (one, other)
    few = palette.looks(["none", "l1", "dropout", "batch_norm", *combined[:3], *others[:2]])
    assert len({found.marker for found in few.values()}) == len(few)
    assert all(found.marker in palette.GLYPHS for found in shown.values())
    assert palette.apart("#000000", "#FFFFFF") == pytest.approx(1.0, abs=1e-3)


def test_methods_of_others_get_colours_of_their_families() -> None:
    found = {
        family: [palette._of_family(family, f"own.module:Method{i}") for i in range(8)]
        for family in ("", *FAMILIES)
    }
    every = [*COLORS.values(), *itertools.chain(*found.values())]
    assert len(set(every)) == len(every)
    for colors in found.values():
        assert all(len(color) == 7 and color.startswith("#") for color in colors)
    reds, blues = (
        [int(c[1:3], 16) - int(c[5:7], 16) for c in found[f]] for f in ("penalty", "noise")
    )
    assert min(reds) > 0 > max(blues)
