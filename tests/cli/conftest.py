from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridle.cli import main

Finished = subprocess.CompletedProcess[str]
SMALL = (
    "compare",
    "moons(n=60)",
    "--methods=l2,dropout",
    "--replicates=2",
    "--epochs=3",
    "--grid=learning_rate=0.01,0.02",
    "--configurations=2",
    "--workers=1",  # two would compile every program twice
)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What processes see: 80 columns, no colour."""
    source = str(Path(__file__).parents[2] / "src")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("FORCE_COLOR", "BRIDLE_DEBUG", "BRIDLE_QUIET")
    }
    return {
        **kept,
        "PYTHONPATH": source,
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
    }


@pytest.fixture(scope="session")
def process(environment: dict[str, str]) -> Callable[..., Finished]:
    """Run `bridle` in a process of its own."""

    def run(*words: str, cwd: Path, **more: str) -> Finished:
        return subprocess.run(
            [sys.executable, "-m", "bridle", *words],
            cwd=cwd,
            env={**environment, **more},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=400,  # also on a busy machine
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def finished(
    process: Callable[..., Finished], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Finished]:
    """A folder that holds a finished study `bridle-moons`, and what the command said."""
    folder = tmp_path_factory.mktemp("finished")
    return folder, process(*SMALL, cwd=folder)


@pytest.fixture
def bridle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `bridle` in this process, in an empty folder: status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("BRIDLE_DEBUG", raising=False)
    # set, so that what --quiet sets is taken back
    monkeypatch.setenv("BRIDLE_QUIET", "")

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        out, err = capsys.readouterr()
        return status, out, err

    return run
