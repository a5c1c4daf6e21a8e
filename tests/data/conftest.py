"""Fixtures of the data tests: no test sees the user's own folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridle.data import mnist

BESIDE = Path(__file__).parents[2].parent / "shared" / "data"
REAL = Path(os.environ.get("BRIDLE_DATA", BESIDE))


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BRIDLE_DATA", raising=False)
    monkeypatch.delenv("BRIDLE_QUIET", raising=False)
    monkeypatch.setenv("BRIDLE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def real_images(monkeypatch: pytest.MonkeyPatch) -> Path:
    if not (REAL / "mnist").is_dir():
        pytest.skip(f"{REAL} does not hold the MNIST files; set BRIDLE_DATA to a folder that does")
    monkeypatch.setenv("BRIDLE_DATA", str(REAL))
    return REAL


@pytest.fixture
def forget_images() -> Iterator[None]:
    mnist._read.cache_clear()
    yield
    mnist._read.cache_clear()
