"""A real browser for the tests of pages: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Visit = Callable[..., "Page"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this folder."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    root = os.name == "posix" and os.getuid() == 0
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=not root, args=["--disable-gpu"]
        )
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a page from disk or of this machine's; a console error, a failed request or one to elsewhere is a fault."""
    faults: list[str] = []
    contexts = []
    own = ["file:", "data:", "blob:"]

    def asked(url: str) -> None:
        if not url.startswith(tuple(own)):
            faults.append(f"the page asks for {url}")

    def failed(url: str) -> None:
        if not url.endswith("/events"):  # a page that has heard all closes it
            faults.append(f"{url[:200]} failed")

    def opened(place: Path | str, width: int = 1280, height: int = 900, **context: Any) -> Page:
        url = place if isinstance(place, str) else place.as_uri()
        own.extend([url.partition("#")[0]] if isinstance(place, str) else [])
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **context))
        page = contexts[-1].new_page()
        # what a command shows, it may first have to train or to draw
        page.set_default_timeout(120_000 if isinstance(place, str) else 15_000)
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: failed(request.url))
        page.on("request", lambda request: asked(request.url))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
