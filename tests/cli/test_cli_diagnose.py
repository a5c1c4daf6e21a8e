"""`bridle diagnose` in a process of its own, and what it says to mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Finished

NOISE = (
    "diagnose",
    "noise(train=20,validation=20,features=3,classes=2)",
    "--replicates=2",
    "--epochs=3",
    "--widths=8",
    "--workers=1",
)


@pytest.mark.long
def test_words_and_files(process: Callable[..., Finished], tmp_path: Path) -> None:
    done = process(*NOISE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "with permuted labels and fewer examples 126 runs" in done.stderr
    assert "signal" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    folder = tmp_path / "bridle-diagnose-noise"
    assert {"report.html", "diagnosis.json", "runs.csv"} <= {p.name for p in folder.iterdir()}
    written = json.loads((folder / "diagnosis.json").read_text(encoding="utf-8"))
    again = process(*NOISE, "--json", "--quiet", cwd=tmp_path)  # replaces what is there
    assert again.stderr == ""
    found = json.loads(again.stdout)
    del found["report"], found["seconds"], written["seconds"]
    assert found == written


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("diagnose", "moonz"), "Unknown data set 'moonz'. Did you mean 'moons'?"),
        (("diagnose", "moons", "--permutations", "5"), "permutations must be a whole number"),
        (("diagnose", "moons", "--out", "."), "exists and is not a diagnosis"),
    ],
)
def test_mistakes(
    bridle: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    words: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "mine.txt").touch()
    status, _, err = bridle(*words)
    assert status == 2
    assert message in " ".join(err.split())
    assert "Traceback" not in err
