"""Pages of `bridle show` and of a study while it trains: real commands, a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.report.browser.conftest import Visit

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

SMALL = (
    "compare",
    "moons(n=60)",
    "--methods=l2",
    "--replicates=3",
    "--epochs=4",
    "--configurations=2",
    "--workers=1",
    "--out=study",
)


@contextmanager
def begun(folder: Path, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command of Bridle that is ended in any case."""
    # a shell's background jobs ignore it, and so would their children
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "bridle", *words],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address(lines: Iterable[str]) -> str:
    """The first address that a command prints."""
    said = []
    for line in lines:
        said.append(line)
        if "http://" in line:
            return line.split()[-1]
    raise AssertionError("".join(said))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def trained(folder: Path) -> Callable[[Visit], None]:
    """Trains the study of this module once, while the page that its browser opens is watched."""
    done: list[bool] = []

    def train(visit: Visit) -> None:
        if done:
            return
        done.append(True)
        asked = folder / "asked"
        browser = folder / "browser"
        browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > "{asked}"\n', encoding="utf-8")
        browser.chmod(0o755)
        with begun(folder, *SMALL, "--open", BROWSER=f"{browser} %s") as process:
            page = visit(address(process.stderr or []))
            assert "no verdict" in page.inner_text("main")
            page.locator(".panel .dot").first.wait_for()
            assert page.locator(".verdict").count() == 0
            page.wait_for_selector("#kept")  # the live page became the finished one
            page.wait_for_selector("html[data-ready]", state="attached")
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "Look: study/report.html" in out
        assert asked.read_text(encoding="utf-8") == page.url
        assert "study/report.html" in page.inner_text("#kept")
        assert page.locator(".board tbody tr:not(.more)").count() == 2
        # the page holds all it needs: it works on when its server has ended
        page.get_by_role("slider").last.press("Home")

    return train


def test_a_page_shows_runs_as_they_come_and_becomes_the_finished_one(
    trained: Callable[[Visit], None], visit: Visit
) -> None:
    trained(visit)


@pytest.mark.long
def test_a_finished_study_is_shown_until_ctrl_c(
    trained: Callable[[Visit], None], folder: Path, visit: Visit
) -> None:
    trained(visit)
    written = (folder / "study" / "report.html").stat().st_mtime_ns
    with begun(folder, "show", "study", DISPLAY="", WAYLAND_DISPLAY="", BROWSER="") as process:
        page = visit(address(process.stdout or []))
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.locator(".board tbody tr:not(.more)").count() == 2
        assert page.locator("#kept").count() == 0
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert (folder / "study" / "report.html").stat().st_mtime_ns == written


def test_a_study_that_is_not_finished_shows_what_there_is(
    trained: Callable[[Visit], None], folder: Path, tmp_path: Path, visit: Visit
) -> None:
    """More replicates are planned than trained: the page says how far it is, and nothing of a verdict."""
    from bridle.study.plan import read_plan, write_plan

    trained(visit)
    partly = tmp_path / "partly"
    shutil.copytree(folder / "study", partly)
    plan, request, versions = read_plan(partly / "study.json")
    write_plan(partly / "study.json", plan.extended(2), request, versions)
    with begun(tmp_path, "show", "partly") as process:
        page = visit(address(process.stdout or []), 390)
        page.locator(".panel .dot").first.wait_for()
        assert page.inner_text("#far") == "9 of 15 runs"
        assert "bridle resume partly" in page.inner_text("#training")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator(".verdict").count() == 0
        process.terminate()
        process.communicate(timeout=30)
        page.wait_for_selector("#over:not([hidden])")


def test_a_killed_study_leaves_no_server(folder: Path) -> None:
    import socket
    from urllib.parse import urlsplit

    words = [word for word in SMALL if not word.startswith(("--out", "--epochs"))]
    words += ["--out=killed", "--epochs=2000", "--open"]
    with begun(folder, *words, BROWSER="true") as process:
        place = urlsplit(address(process.stderr or []))
        assert place.port is not None
        socket.create_connection((place.hostname or "", place.port), timeout=10).close()
        process.kill()
        process.wait(30)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname or "", place.port), timeout=10)
