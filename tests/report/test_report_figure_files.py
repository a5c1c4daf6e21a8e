"""Figures as files: every one of a study, the same bytes again, and a glyph for every character."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from bridle.api.study import Study
from bridle.errors import UserError
from bridle.report.draw import fonts
from bridle.report.draw.common import new_figure, style
from bridle.report.encode import Form, encode
from bridle.report.figures import differences
from bridle.report.figures.registry import picture
from tests.report.conftest import reading
from tests.report.invented import Invented, around

BEGINNINGS = {"png": b"\x89PNG\r\n", "svg": b"<?xml", "pdf": b"%PDF-"}
NO_FONT_HAS = "\U0003fff0"
"""No character yet, so no font has it."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    scores = {"none": around(0.895, replicates=3), "l1": around(0.9, replicates=3)}
    folder = tmp_path_factory.mktemp("study")
    return Invented(folder, "moons(n=60,noise=0.3,validation=0.2)", scores)


def named(study: Study, *names: str) -> Figure:
    """The figure of differences with other names of methods."""
    record = differences.record(reading(study).answer)
    rows = tuple(replace(record.differences[0], method=name) for name in names)
    return picture("differences").draw(replace(record, differences=rows))


def test_every_figure_is_a_file(study: Invented, tmp_path: Path) -> None:
    written = study.write_figures(tmp_path / "new" / "place")
    names = [
        "differences",
        "data",
        "boundaries",
        "curves",
        "reliability",
        "weights",
        "strength",
        "confusion",
    ]
    assert [path.name for path in written.paths] == [f"{name}.png" for name in names]
    assert sorted(written.paths) == sorted((tmp_path / "new" / "place").iterdir())
    assert all(path.read_bytes().startswith(BEGINNINGS["png"]) for path in written.paths)
    assert written.left_out == {
        "ablation": "it does not compare all combinations of some ingredients",
        "predictions": "it does not suit a classification",
        "filters": "moons holds no images",
        "changed": "moons holds no images",
    }
    assert written.lacking == ""


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_bytes_again(study: Invented, form: Form) -> None:
    one, other = (encode(named(study, "l1", "猫"), form, "Title <", "見") for _ in range(2))
    assert one == other
    assert one.startswith(BEGINNINGS[form])
    assert b"Date" not in one.replace(b"CreationDate null", b"")


def test_a_format_that_there_is_not(study: Invented) -> None:
    with pytest.raises(UserError, match="figure_format must be one of png, svg, pdf"):
        study.write_figures(figure_format="gif")


def test_a_folder_that_cannot_be_made(study: Invented, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"Cannot make the folder .*file"):
        study.write_figures(tmp_path / "file" / "figures")


def test_characters_get_a_font_that_has_them() -> None:
    found = fonts.fonts_for(["猫 and γ"])
    assert found.lacking in ("", "猫")
    for path in found.files:
        assert ord("猫") in FT2Font(path).get_charmap()


def test_characters_without_a_font_are_written_out(study: Invented) -> None:
    figure = named(study, f"a{NO_FONT_HAS}{NO_FONT_HAS}b")
    assert fonts.fit(figure) == NO_FONT_HAS
    encode(figure, "svg")
    assert "[U+3FFF0 U+3FFF0]b" in figure.axes[0].get_yticklabels()[0].get_text()


def test_symbols_without_a_font_are_written_by_name() -> None:
    assert fonts.standing_in("my 🧪 data", "🧪") == "my [test tube] data"
    assert fonts.fonts_for(["■ two\nlines"]).lacking == ""


def test_dollar_signs_are_no_mathematics(study: Invented) -> None:
    figure = named(study, "$x^2$")
    content = encode(figure, "svg")
    found: Any = [text for text in figure.findobj(Text) if "$" in text.get_text()]
    assert found
    assert not any(text.get_parse_math() for text in found)
    assert b"Oblique" not in content  # letters of formulas are


@settings(max_examples=10, deadline=None)  # each may look through all installed fonts
@given(st.lists(st.text(max_size=8), min_size=1, max_size=3))
def test_any_text_can_be_drawn(texts: list[str]) -> None:
    """A character without a glyph would be a warning, and warnings are errors."""
    with style():
        figure = new_figure(12, 8)
        axes = figure.add_subplot()
        axes.set_yticks(range(len(texts)), texts)
        axes.set_title(texts[0])
    encode(figure, "svg")
