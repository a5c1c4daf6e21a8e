"""The playground in a real browser: a real command trains while the page plays."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.report.browser.conftest import Visit
from tests.report.browser.test_browser_live import address, begun

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

TINY = "n=16&widths=4&epochs=6&networks=4&wrong=0"


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a playground with tiny populations, without its end."""
    with begun(tmp_path_factory.mktemp("play"), "play", TINY) as process:
        yield address(process.stdout or []).partition("#")[0]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err


def played(
    visit: Visit, playground: str, more: str = "", width: int = 1280, **context: str
) -> Page:
    return settled(visit(f"{playground}#{TINY}{more}", width, **context))


def settled(page: Page) -> Page:
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    return page


def changed(page: Page, text: str) -> Page:
    """The page when its address holds a text and its populations are there."""
    page.wait_for_url(lambda url: text in url)
    return settled(page)


def at(page: Page, epoch: int) -> None:
    page.get_by_text(f"{epoch} of 6", exact=True).wait_for()


def colors(page: Page) -> list[str]:
    return [
        canvas.evaluate("canvas => canvas.toDataURL()")
        for canvas in page.locator(".boundary canvas").all()
    ]


def test_it_plays_steps_and_rewinds_to_the_same_start(visit: Visit, playground: str) -> None:
    page = played(visit, playground, "&method=l1(strength=0.1)")
    begin, said = colors(page), page.inner_text("#difference")
    assert len(begin) == 2
    assert "Difference: 0.0 points" in said  # nothing has been learned
    page.locator("main").press("ArrowRight")
    at(page, 1)
    changed(page, "stop=1")
    page.locator("main").press(" ")
    at(page, 6)
    page.get_by_role("button", name="play").wait_for()  # stops by itself at the end
    at(page, 6)
    trained = colors(page)
    assert trained != begin
    assert page.locator("tbody tr").count() == 1
    page.locator("main").press("Home")
    at(page, 0)
    assert colors(page) == begin
    assert page.inner_text("#difference") == said
    page.get_by_role("slider").press("End")
    at(page, 6)
    assert colors(page) == trained
    assert page.locator("tbody tr").count() == 1  # each setting once


def test_the_address_holds_the_whole_state(visit: Visit, playground: str) -> None:
    page = played(visit, playground, "&method=l1(strength=0.1)&stop=4")
    at(page, 4)
    page.get_by_label("noise", exact=True).fill("0.5")
    page.get_by_label("noise", exact=True).press("Enter")
    changed(page, "noise=0.5")
    at(page, 4)  # as far as the networks before
    page.get_by_role("button", name="a step on").click()
    at(page, 5)
    changed(page, "stop=5")
    other = settled(visit(page.url))
    assert other.get_by_label("noise", exact=True).input_value() == "0.5"
    assert other.get_by_label("method", exact=True).input_value() == "l1"
    assert other.get_by_label("strength", exact=True).input_value() == "0.1"
    assert colors(other) == colors(page)
    assert f"bridle play '{page.url.partition('#')[2]}'" in other.inner_text("main")


def test_methods_are_compared_in_a_table(visit: Visit, playground: str) -> None:
    page = played(visit, playground, "&method=l1(strength=0.1)&stop=6")
    page.get_by_label("method", exact=True).select_option("dropout")
    changed(page, "dropout")
    page.locator("tbody tr").nth(1).wait_for()
    rows = page.locator("tbody tr").all_inner_texts()
    assert rows[0].startswith("dropout(rate=")
    assert rows[1].startswith("l1(strength=0.1)")
    assert all("[" in row and "%" in row for row in rows)
    page.get_by_role("button", name="show l1(strength=0.1) again").click()
    at(page, 6)
    assert page.get_by_label("method", exact=True).input_value() == "l1"


def test_points_are_clicked(visit: Visit, playground: str) -> None:
    page = played(visit, playground, "&method=l2(strength=0.003)")
    page.get_by_label("points", exact=True).select_option("own")
    changed(page, "data=own")
    box = page.get_by_label("own points: x,y,class")
    before = box.input_value().split(";")
    assert len(before) == 16
    page.get_by_label("class of a clicked point").select_option("1")
    canvas = page.locator(".boundary canvas").first
    size = canvas.bounding_box()
    assert size is not None
    canvas.click(position={"x": size["width"] / 2, "y": size["height"] / 4})
    after = box.input_value().split(";")
    assert after[:-1] == before
    x, y, label = after[-1].split(",")
    assert label == "1"
    assert (float(x), float(y)) == pytest.approx((0, 0.75), abs=0.02)
    changed(page, after[-1])
    page.get_by_label("points", exact=True).select_option("circles")
    changed(page, "data=circles")
    assert "points=" not in page.url  # they say nothing of circles
    page.get_by_label("points", exact=True).select_option("own")
    changed(page, after[-1])  # and are still there
    page.get_by_role("button", name="remove all points").click()
    page.get_by_role("alert").wait_for()
    assert "4 of each class at least" in page.get_by_role("alert").inner_text()


def test_mistakes_are_told_and_mended(visit: Visit, playground: str) -> None:
    page = played(visit, playground, "&method=dropuot&cost=1")
    assert "dropuot" in page.get_by_role("alert").inner_text()
    page.get_by_label("method", exact=True).select_option("l2")
    page.locator(".boundary canvas").nth(1).wait_for()
    assert page.get_by_role("alert").count() == 0
    for name, value in (("training points", "5000"), ("layers of units", "8,many")):
        page.get_by_label(name, exact=True).fill(value)
        page.get_by_label(name, exact=True).press("Enter")
        # by the name that the field has here
        page.get_by_role("alert").filter(has_text=f"{name} must be").wait_for()
        page.get_by_label(name, exact=True).fill("16" if "points" in name else "4")
        page.get_by_label(name, exact=True).press("Enter")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_out_of_sight(visit: Visit, playground: str, width: int, tmp_path: Path) -> None:
    page = played(visit, playground, "&method=l1(strength=0.1)&stop=6", width, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / "play.png", full_page=True)
    ends = page.locator("canvas, svg, select, input").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(ends) <= width


def test_a_wrong_setting_ends_the_command(tmp_path: Path) -> None:
    with begun(tmp_path, "play", "noise=9") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "noise must be" in err
