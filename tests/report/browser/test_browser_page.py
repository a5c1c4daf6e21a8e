"""The page of a study in a real browser: whole, nothing out of sight, moved and read, printable."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridle.tasks import Classification
from tests.report.browser.conftest import Visit
from tests.report.invented import Invented, around, configurations

if TYPE_CHECKING:
    from playwright.sync_api import Page

DATASET = "moons(n=100,noise=0.3,validation=0.2)"
SCORES = {"none": [0.895] * 4, "dropout": around(0.914, 0.005, 4), "l1": around(0.897, 0.02, 4)}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    return Invented(folder, DATASET, SCORES).report()


@pytest.fixture
def page(path: Path, visit: Visit) -> Page:
    return ready(visit(path))


def ready(page: Page) -> Page:
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def colors(page: Page, selector: str) -> list[str]:
    """The colours of a few places of a canvas."""
    found: list[str] = page.locator(selector).evaluate(
        """canvas => { const pen = canvas.getContext("2d");
        return [.1, .3, .5, .7, .9].flatMap(u => [.2, .5, .8].map(v =>
            String(pen.getImageData(u * canvas.width, v * canvas.height, 1, 1).data))) }"""
    )
    return found


@pytest.mark.parametrize("width", [1280, 860, 790, 721, 390])
def test_nothing_is_out_of_sight(path: Path, visit: Visit, width: int) -> None:
    """Every picture is loaded, nothing is wider than the window, and every verdict is seen."""
    page = ready(visit(path, width))
    pictures = page.locator("img").evaluate_all("all => all.map(i => i.complete && i.naturalWidth)")
    assert len(pictures) == 7
    assert min(pictures) > 100
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for seen in (".board .verdict", ".board td.number:visible", ".view svg", ".view canvas"):
        ends = page.locator(seen).evaluate_all(
            "all => all.map(v => v.getBoundingClientRect().right)"
        )
        assert ends
        assert max(ends) <= width


def test_intervals_do_not_break_on_a_telephone(path: Path, visit: Visit) -> None:
    page = ready(visit(path, 390))
    shown = page.locator(".board td.difference .whole")
    assert [text[0] for text in shown.all_inner_texts()] == ["[", "["]
    assert shown.evaluate_all("all => all.map(one => one.getClientRects().length)") == [1, 1]


def test_sliders_have_colors_that_are_seen_on_white(path: Path, visit: Visit) -> None:
    page = ready(visit(path, color_scheme="light"))
    sliders = page.locator(".side input[type=range]")
    lights = sliders.evaluate_all(
        """all => all.map(one => { const pen = new OffscreenCanvas(1, 1).getContext("2d");
        pen.fillStyle = getComputedStyle(one).accentColor; pen.fillRect(0, 0, 1, 1);
        const [r, g, b] = Array.from(pen.getImageData(0, 0, 1, 1).data, v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b })"""
    )
    assert len(lights) == 2
    assert all(1.05 / (light + 0.05) > 5.5 for light in lights)  # contrast as of WCAG


def test_the_strength_slider_moves_everything_together(page: Page) -> None:
    right = page.locator(".side").nth(1)
    slider = right.get_by_role("slider")
    assert right.get_by_label("method").input_value() == "dropout"  # the one advised
    assert "replicate 0, the first" in page.locator("#slider").inner_text()
    stops, seen = [], []
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(4):
        stops.append(slider.get_attribute("aria-valuetext"))
        seen.append(
            (
                right.locator("output").inner_text(),
                *(right.locator(f".{view} svg").inner_html() for view in ("weights", "scores")),
            )
        )
        page.keyboard.press("ArrowRight")
    assert stops == ["no regularization", "rate 0.1", "rate 0.3", "rate 0.5"]
    assert len({text for text, _, _ in seen}) == 4
    assert "chosen in 4 of 4 replicates" in seen[2][0]
    assert seen[0][1] != seen[1][1]  # the weights of none are not those of dropout
    assert len({scores for _, _, scores in seen}) == 4


def test_two_methods_side_by_side_move_together_or_apart(page: Page) -> None:
    left, right = (page.locator(".side").nth(i) for i in (0, 1))
    left.get_by_label("method").select_option("l1")
    before = colors(page, ".side:nth-child(1) canvas")
    one, other = left.get_by_role("slider"), right.get_by_role("slider")
    one.press("Home")
    assert other.get_attribute("aria-valuetext") == "no regularization"
    assert colors(page, ".side:nth-child(1) canvas") != before
    assert colors(page, ".side:nth-child(1) canvas") == colors(page, ".side:nth-child(2) canvas")
    assert "exactly zero: 0 %" in left.locator(".weights").inner_text()
    one.press("End")
    assert (one.input_value(), other.input_value()) == ("3", "3")
    assert "exactly zero: 50 %" in left.locator(".weights").inner_text()
    page.get_by_label("move both sliders together").uncheck()
    one.press("Home")
    assert (one.input_value(), other.input_value()) == ("0", "3")


def test_another_replicate_is_shown_on_choice(tmp_path: Path, visit: Visit) -> None:
    page = ready(visit(Invented(tmp_path, DATASET, SCORES, keep="all").report()))
    choice = page.locator("#slider").get_by_label("replicate")
    assert choice.locator("option").all_inner_texts() == ["0, fixed before training", "1", "2", "3"]
    views = [page.locator(f".side:nth-child(2) .{view}") for view in ("weights", "learning")]
    before = [view.inner_html() for view in views], colors(page, ".side:nth-child(2) canvas")
    choice.select_option("2")
    after = [view.inner_html() for view in views], colors(page, ".side:nth-child(2) canvas")
    assert after[0][0] != before[0][0]
    assert after[0][1] != before[0][1]
    assert after[1] != before[1]
    choice.select_option("0, fixed before training")
    assert [view.inner_html() for view in views] == before[0]


def test_boundaries_and_curves_are_of_any_replicate(page: Page) -> None:
    panel = page.locator("#boundaries .panel").nth(1)
    before, said = colors(page, "#boundaries .panel:nth-child(2) canvas"), panel.inner_text()
    page.locator("#boundaries").get_by_role("combobox", name="replicate").select_option("3")
    assert colors(page, "#boundaries .panel:nth-child(2) canvas") != before
    assert panel.inner_text() != said  # its own test score
    assert "replicate 3" in (panel.locator("canvas").get_attribute("aria-label") or "")
    page.locator("#curves").get_by_role("combobox").select_option("replicate 1")
    page.locator("#curves .panel svg").first.hover()
    tip = page.locator(".tip").inner_text()
    assert tip.startswith("none, replicate 1, epoch")
    epoch = int(re.findall(r"epoch (\d)", tip)[0])
    assert tip.endswith(f"validation {round(1 / epoch + 0.01, 3):g}")


def test_play_goes_from_nothing_to_too_much(page: Page) -> None:
    slider = page.locator(".side").nth(1).get_by_role("slider")
    page.get_by_role("button", name="play").press("Enter")
    assert slider.input_value() == "0"
    for stop in ("1", "2", "3"):
        page.wait_for_function(
            "value => document.querySelector('#strength-1').value === value", arg=stop
        )
    page.get_by_role("button", name="play").wait_for()  # stops by itself


def test_the_table_sorts_and_says_everything_about_a_method(page: Page) -> None:
    names = page.locator(".board tbody tr:not(.more) .named")
    assert names.all_inner_texts() == ["dropout", "l1", "none"]
    page.get_by_role("button", name="zeros").click()
    assert names.all_inner_texts()[0] == "l1"
    page.get_by_role("button", name="method", exact=True).click()
    assert names.all_inner_texts() == ["dropout", "l1", "none"]
    head = page.locator("th[aria-sort]")
    assert head.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="l1", exact=True).first.focus()
    page.locator(".board .named", has_text="l1").press("Enter")
    more = page.locator(".more:visible")
    assert "Tibshirani 1996" in more.inner_text()
    assert "strength 1e-4, learning rate 0.01 (4×)" in more.inner_text()
    more.get_by_role("button", name="from nothing to too much").click()
    assert page.locator(".side").nth(1).get_by_label("method").input_value() == "l1"


def test_a_method_is_followed_and_hidden_in_every_picture(page: Page) -> None:
    places = ("tr[data-method]", "#boundaries .panel", "#curves .panel", "#weights .panel")
    page.locator(".bar .follow", has_text="l1").click()
    for place in places[1:]:
        assert page.locator(f"{place}.followed").count() == 1
        assert page.locator(f"{place}.dim").count() == 2
    page.get_by_role("button", name="hide dropout").click()
    for place in places:
        assert page.locator(f'{place}[data-method="dropout"]:visible').count() == 0
        assert page.locator(f'{place}[data-method="l1"]:visible').count() == 1
    page.get_by_role("button", name="show all").click()
    for place in places:
        assert page.locator(f'{place}[data-method="dropout"]:visible').count() == 1
        assert page.locator(f"{place}.dim").count() == 0


def test_pictures_say_what_is_under_the_pointer(page: Page) -> None:
    tip = page.locator(".tip")
    page.locator("#curves .panel svg").first.hover()
    assert re.fullmatch(r"none, epoch \d: training [\d.]+, validation [\d.]+", tip.inner_text())
    page.locator(".board .interval.helps circle").last.hover()
    assert tip.inner_text().startswith("dropout: +1.9 [")
    page.locator("#strength .ring").nth(1).hover()
    assert "validation accuracy" in tip.inner_text()


def test_dark_pages_have_no_white_cards(path: Path, visit: Visit) -> None:
    """Below the text of the dark page no larger place is bright: neither panels nor pictures."""
    page = ready(visit(path, color_scheme="dark"))
    for place in (
        "#slider",
        "#data",
        "#boundaries",
        "#curves",
        "#reliability",
        "#weights",
        "#strength",
    ):
        shot = page.locator(place).screenshot()
        assert brightness(shot) < 0.4, place


def brightness(png: bytes) -> float:
    """The mean brightness of a picture, 0 to 1."""
    import io

    import numpy as np
    from PIL import Image

    return float(np.asarray(Image.open(io.BytesIO(png)).convert("L")).mean() / 255)


def test_without_scripts_todays_pictures_are_seen(path: Path, visit: Visit) -> None:
    page = visit(path, java_script_enabled=False)
    for name in ("differences", "boundaries", "curves", "weights", "strength"):
        assert page.locator(f"#{name} img").is_visible()
    assert not page.locator("#slider").is_visible()
    assert page.get_by_role("link", name="From nothing").count() == 0


def test_every_run_is_found(page: Page) -> None:
    page.get_by_text("Sort and filter all runs").click()
    rows = page.locator("#runs tbody tr")
    rows.first.wait_for()  # the table is made when it is opened
    assert rows.count() == 3 * 3 * 4
    page.get_by_label("only rows with").fill("L1 chosen")
    assert rows.count() == 4
    assert "4 of 36 runs" in page.locator("#runs").inner_text()
    page.locator("#runs").get_by_role("button", name="test").click()
    scores = [row.split("%")[2].split()[-1] for row in rows.all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    assert "strength 1e-4" in rows.first.inner_text()


def test_confusion_of_two_methods_and_their_difference(page: Page) -> None:
    section = page.locator("#confusion")
    section.get_by_label("method").select_option("l1")
    cells = section.locator("svg").evaluate_all(
        "all => all.map(svg => [...svg.querySelectorAll('g')].map(g => g.dataset.tip))"
    )
    numbers = [re.findall(r": [+]?(\S+) ", "\n".join(own).replace("−", "-")) for own in cells]
    shown = [[float(number) for number in own] for own in numbers]
    one, other, difference = shown
    assert one[0] + one[1] == pytest.approx(100, abs=0.2)  # per cent of the true class
    assert [a - b for a, b in zip(one, other, strict=True)] == pytest.approx(difference, abs=0.11)


def test_one_panel_is_enlarged(page: Page) -> None:
    page.get_by_role("button", name="enlarge l1").first.click()
    large = page.get_by_role("dialog")
    box = large.locator("canvas").bounding_box()
    assert box is not None
    assert box["width"] > 600
    page.keyboard.press("Escape")
    assert large.count() == 0


@pytest.mark.parametrize(
    ("dataset", "scores"),
    [
        ("moons(n=100,noise=0.3,validation=0.2)", {"dropout": [0.9]}),
        ("digits", {"none": [0.9, 0.95], "l1": [0.95, 0.9]}),
    ],
)
def test_pages_of_one_method_and_of_wider_data_open(
    tmp_path: Path, visit: Visit, dataset: str, scores: dict[str, list[float]]
) -> None:
    page = ready(visit(Invented(tmp_path, dataset, scores).report()))
    slider = page.get_by_role("slider").last
    before = page.locator(".side").last.locator("output").inner_text()
    slider.press("Home")
    assert page.locator(".side").last.locator("output").inner_text() != before
    assert page.locator(".side canvas").count() == page.locator(".side").count()
    assert ("two principal axes" in page.locator("#slider").inner_text()) == (dataset == "digits")
    opacities = (
        page.locator("#confusion svg")
        .last.locator(".cell")
        .evaluate_all("all => all.map(cell => Number(cell.getAttribute('fill-opacity')))")
    )
    assert len(opacities) == len(set(page.locator(".legend .class").all_inner_texts())) ** 2
    assert 0 <= min(opacities) <= max(opacities) <= 0.75


def test_hostile_names_stay_text(tmp_path: Path, visit: Visit) -> None:
    hostile = "</script><img src=x onerror=document.title='stolen'>&lt;"
    study = Invented(tmp_path, DATASET, SCORES)
    task = Classification((hostile, "lower"))
    vars(study)["dataset"] = replace(study.dataset, task=task)
    page = ready(visit(study.report()))
    assert page.locator(".legend .class").first.inner_text() == hostile
    assert page.locator("img[src=x]").count() == 0
    assert "Bridle" in page.title()


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_a_printed_page_keeps_every_column(page: Page, tmp_path: Path) -> None:
    """Paper cannot be scrolled."""
    printed = tmp_path / "printed.pdf"
    page.pdf(path=printed)
    text = subprocess.run(
        ["pdftotext", "-layout", str(printed), "-"], capture_output=True, text=True, check=True
    ).stdout
    board = text[text.index("Leaderboard") : text.index("Intervals")]
    for name in ("method", "setting", "vs none [interval]", "verdict", "wins", "gap", "zeros"):
        assert name in board
    for row in (r"dropout\b.*helps.*0\W?%", r"l1\b.*undecided.*25\W?%", r"\b1e-4\b"):
        assert re.search(row, board)


@pytest.mark.long
def test_of_many_methods_a_row_is_one_line(tmp_path: Path, visit: Visit) -> None:
    """The interval stands beside its numbers, and remarks are in the row that a name opens."""
    names = ["none", "l1", "l2", "dropout", "weight_decay", "batch_norm", "early_stopping"]
    names += [f"dropout(rate={rate / 10})" for rate in range(1, 8)]
    names.append("weight_standardization")
    grids = {name: configurations(name, None, (0.01,)) for name in names[7:]}
    scores = {name: around(0.9, 0.01 + 0.001 * i, 3) for i, name in enumerate(names)}
    study = Invented(tmp_path, DATASET, scores, grids=grids)
    page = ready(visit(study.report()))
    heights = page.locator(".board tbody tr:not(.more)").evaluate_all(
        "all => all.map(row => row.getBoundingClientRect().height)"
    )
    assert len(heights) == 15
    assert sorted(heights)[2] < 40
    assert page.locator(".board .forest svg").count() == 16
    words = page.locator(".board .named", has_text="standard").locator(".whole")
    assert words.all_inner_texts() == ["weight_", "standardization"]  # no break inside a word
    page.locator(".board .named", has_text="early_stopping").click()
    assert "further replicates could decide" in page.locator(".more:visible").inner_text()
