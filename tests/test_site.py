"""The documentation is built as a site without a warning, and loads nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built beside a copy of the documents."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(
        ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    shutil.copy(ROOT / "zensical.toml", folder)
    built = subprocess.run(
        [Path(sys.executable).parent / "zensical", "build", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "build" / "site"


def test_every_document_is_a_page(site: Path) -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        page = path.relative_to(ROOT / "docs").with_suffix(".html")
        page = page.with_name("index.html") if page.stem == "README" else page
        text = (site / page).read_text(encoding="utf-8")
        title = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert title is not None
        first = re.split(r"[`&'’:<]", title[1])[0].strip()
        assert first in re.sub(r"<[^>]+>", "", text), page


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for tag, address in re.findall(
            r"<(script|link|img)[^>]+(?:src|href)=\"?(https?:[^\" >]+)", text
        ):
            assert tag == "link", (page, address)
            assert re.search(
                rf"<link[^>]+rel=\"?(canonical|sitemap)[^>]*{re.escape(address)}", text
            ), address


def test_the_navigation_names_every_guide() -> None:
    text = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    tomllib.loads(text)
    docs = ROOT / "docs"
    for path in [*docs.glob("*.md"), *(docs / "origins").glob("*.md")]:
        assert f'"{path.relative_to(docs).as_posix()}"' in text, path
