"""The page of a study in a real browser: whole, nothing out of sight, printable."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.browser.conftest import Visit
from tests.report.invented import Invented, around

SCORES = {"none": [0.895] * 4, "dropout": around(0.914, 0.005, 4), "l1": around(0.897, 0.02, 4)}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    return Invented(folder, "moons(n=100,noise=0.3,validation=0.2)", SCORES).report()


@pytest.mark.parametrize("width", [1280, 860, 790, 721, 390])
def test_nothing_is_out_of_sight(path: Path, visit: Visit, width: int) -> None:
    """A real browser loads every picture, nothing is wider than the window, and every verdict is seen."""
    page = visit(path, width)
    pictures = page.locator("img").evaluate_all("all => all.map(i => i.complete && i.naturalWidth)")
    assert len(pictures) == 7
    assert min(pictures) > 100
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    verdicts = page.locator(".board .verdict")
    ends = verdicts.evaluate_all("all => all.map(v => v.getBoundingClientRect().right)")
    assert len(ends) == 2
    assert max(ends) <= width


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_a_printed_page_keeps_every_column(path: Path, visit: Visit, tmp_path: Path) -> None:
    """Paper cannot be scrolled."""
    printed = tmp_path / "printed.pdf"
    visit(path).pdf(path=printed)
    text = subprocess.run(
        ["pdftotext", "-layout", str(printed), "-"], capture_output=True, text=True, check=True
    ).stdout
    board = text[text.index("Leaderboard") : text.index("Intervals")]
    assert re.search(r"vs none \[interval\]\s+verdict\s+wins.*zeros", board)
    for row in (r"dropout\b.*helps.*0\W?%", r"l1\b.*undecided.*25\W?%", r"\b1e-4\b"):
        assert re.search(row, board)
