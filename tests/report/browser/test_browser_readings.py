"""The leaderboard read by other margins and metrics, in place: the page says what Python says."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bridle.report import terminal
from bridle.statistics.checks import Floats
from bridle.study.progress import Improvement, least_gain
from tests.report.browser.conftest import Visit
from tests.report.browser.test_browser_page import ready
from tests.report.invented import Invented, around

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.long

DATASET = "moons(n=100,noise=0.3,validation=0.2)"
SCORES = {
    "none": [0.895] * 4,
    "dropout": around(0.914, 0.005, 4),
    "l1": around(0.897, 0.02, 4),
    "l2": around(0.895, 0.002, 4),
    "weight_decay": around(0.86, 0.004, 4),
    "batch_norm": [0.9, *[math.nan] * 3],
}


class Improving(Invented):
    """A study whose baseline, and one method for longer, was still improving when training ended."""

    @functools.cached_property
    def improvement(self) -> Improvement:
        gained = {**dict.fromkeys(SCORES, 0.0), "none": 0.065, "l1": 0.09}
        gains: dict[str, Floats] = {
            label: gain * (1 + 0.01 * np.arange(4.0)) for label, gain in gained.items()
        }
        nothing = {label: np.zeros(4) for label in SCORES}
        return Improvement(gains, gains, nothing, least_gain(self.plan, "accuracy", 0.9), 0.9)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    return Improving(tmp_path_factory.mktemp("study"), DATASET, SCORES)


@pytest.fixture(scope="module")
def path(study: Invented) -> Path:
    return study.report()


@pytest.fixture
def page(path: Path, visit: Visit) -> Page:
    return ready(visit(path))


def said(page: Page) -> dict[str, str]:
    """The verdict of every method in the table as it stands."""
    rows = page.locator(".board tbody tr:not(.more)").evaluate_all(
        """all => all.map(row => [row.querySelector(".named").textContent,
        row.querySelector(".verdict")?.textContent ?? ""])"""
    )
    return dict(rows)


def expected(study: Invented, margin: str, metric: str = "accuracy") -> dict[str, str]:
    """The verdicts that the study gives with this margin and metric in its plan, as `bridle report --margin` writes."""
    other = Improving(study.folder, DATASET, SCORES, margin=margin, metric=metric)
    return {row.name: terminal.cells(other.answer, row)["verdict"] for row in other.answer.rows}


KINDS = {"%": "share", "pt": "points", "": "score"}


def ask(page: Page, margin: str) -> None:
    unit = margin.lstrip("0123456789.e-")
    page.get_by_label("unit of the margin").select_option(KINDS[unit])
    page.get_by_label("margin", exact=True).fill(margin.removesuffix(unit))


def test_at_every_margin_the_page_says_what_python_says(page: Page, study: Invented) -> None:
    kinds = set()
    for margin in (
        "10%",
        "0%",
        "0.1pt",
        "1.9pt",
        "2.1pt",
        "4pt",
        "6pt",
        "7pt",
        "20%",
        "61%",
        "90%",
    ):
        ask(page, margin)
        assert said(page) == expected(study, margin), margin
        kinds |= set(said(page).values())
    assert {"helps (provisional)", "helps (small)", "helps (small, provisional)"} <= kinds
    assert {"hurts (small, provisional)", "hurts (provisional)", "undertrained", ""} <= kinds
    assert {"no practical difference", "undecided (provisional)", "no verdict"} <= kinds


def test_an_interval_that_just_reaches_the_margin_lies_within(page: Page, study: Invented) -> None:
    page.get_by_role("combobox", name="metric", exact=True).select_option("log-loss")
    other = Improving(study.folder, DATASET, SCORES, metric="log-loss").answer
    for c in other.compared[:2]:
        reach = max(-c.low, c.high)
        for margin in (reach, math.nextafter(reach, 0)):
            ask(page, repr(float(margin)))
            assert said(page) == expected(study, repr(float(margin)), "log-loss")


def test_another_metric_turns_table_forest_and_verdicts(page: Page, study: Invented) -> None:
    choice = page.get_by_role("combobox", name="metric", exact=True)
    assert choice.input_value() == "accuracy"
    assert (
        "accuracy, with a margin of 10 % of the baseline's error"
        in page.locator("#leaderboard").inner_text()
    )
    before = page.locator(".board .interval").first.inner_html()
    choice.select_option("log-loss")
    other = Improving(study.folder, DATASET, SCORES, metric="log-loss").answer
    texts = page.locator(".board tbody tr:not(.more)").all_inner_texts()
    for row, text in zip(other.rows, texts, strict=True):
        cells = terminal.cells(other, row)
        assert cells["score"] in text
        assert cells["difference"] in text
    assert said(page) == expected(study, "10%", "log-loss")
    assert page.locator(".board .interval").first.inner_html() != before
    assert (
        "every further metric is a further chance to err"
        in page.locator("#leaderboard").inner_text()
    )
    page.get_by_role("button", name="hide l1").click()  # methods are followed in every table
    assert page.locator('.board tr[data-method="l1"]:visible').count() == 0
    choice.select_option("accuracy")
    assert page.locator('.board tr[data-method="l1"]:visible').count() == 0
    assert said(page) == expected(study, "10%")


def test_the_band_moves_and_reset_brings_it_back(page: Page) -> None:
    band = page.locator(".board rect.margin").first
    note, number = page.locator(".margin-said"), page.get_by_label("margin", exact=True)
    reset = page.get_by_role("button", name="reset")
    begun, words = float(band.get_attribute("width") or 0), note.inner_text()
    assert reset.is_disabled()
    number.focus()
    page.keyboard.press("ArrowUp")  # 11 per cent
    assert number.input_value() == "11"
    assert float(band.get_attribute("width") or 0) > begun
    assert note.inner_text() != words
    page.get_by_label("unit of the margin").select_option("points")
    assert float(number.input_value()) == pytest.approx(1.155)
    forecasts = page.locator(".board .said .quiet:visible")
    assert forecasts.count() == 0  # they hold for the margin of the page
    for wrong in ("-1", "", "100"):
        number.fill(wrong)
        assert "0 or more" in page.locator("#leaderboard output").inner_text()
    reset.press("Enter")
    assert (number.input_value(), note.inner_text()) == ("10", words)
    assert float(band.get_attribute("width") or 0) == begun


def test_a_margin_of_afterwards_is_called_so(tmp_path: Path, visit: Visit) -> None:
    study = Invented(
        tmp_path, DATASET, {"none": [0.9] * 3, "l1": around(0.91, 0.01, 3)}, margin="2pt"
    )
    page = ready(visit(study.report()))
    text = page.locator("#leaderboard").inner_text()
    assert "accuracy, with a margin of 10 % of the baseline's error" in text
    assert "This page was written for a margin of 2 points." in text
    assert page.get_by_label("margin", exact=True).input_value() == "2"
