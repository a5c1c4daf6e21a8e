"""`bridle extend`: what it says before it trains, what it refuses, what it leaves behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bridle.statistics import Looks
from tests.editing import edit_plan

from .conftest import Finished

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def study(finished: tuple[Path, Finished], bridle: Run, tmp_path: Path) -> Path:
    """A finished study in the current folder."""
    shutil.copytree(finished[0] / "bridle-moons", tmp_path / "bridle-moons")
    return tmp_path / "bridle-moons"


@pytest.mark.long
def test_an_extension_from_the_shell(
    finished: tuple[Path, Finished], process: Callable[..., Finished], tmp_path: Path
) -> None:
    shutil.copytree(finished[0] / "bridle-moons", tmp_path / "bridle-moons")
    done = process(
        "extend", "bridle-moons", "--replicates=2", "--anyway", "--workers=1", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "look      2, at 4 replicates after 2" in done.stderr
    page = (tmp_path / "bridle-moons" / "report.html").read_text(encoding="utf-8")
    assert "This is look 2, at 4 replicates; at 2, " in page
    assert "<dt>Earlier look</dt><dd>2 replicates: " in page
    assert "--replicates 2 " in page
    assert "bridle extend bridle-moons --replicates 2</pre>" in page
    saved = json.loads((tmp_path / "bridle-moons" / "study.json").read_text(encoding="utf-8"))
    assert saved["plan"]["replicates"] == 4
    assert saved["plan"]["looks"] == {
        "first": 0.8,
        "earlier": [{"replicates": 2, "level": 0.964}],
        "left": 1.0,
        "share": 0.9,
    }


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("extend",), ("DIR is missing",)),
        (("extend", "bridle-moon"), ("bridle-moon does not exist", "bridle-moons")),
        (("extnd", "bridle-moons"), ("Did you mean 'extend'?",)),
        (("extend", "bridle-moons", "--anyway"), ("--replicates is missing: how many further",)),
        (("extend", "bridle-moons", "--runs=3"), ("Did you mean --replicates?",)),
        (("extend", "bridle-moons", "--anyway", "--replicates=0"), ("at least 1", "received 0")),
        (("extend", "bridle-moons", "--replicates=ten"), ("a whole number; received 'ten'",)),
        (("extend", "bridle-moons", "--replicates=2", "--time-limit=2"), ("2s or 2m",)),
        (("extend", "bridle-moons", "--replicates=2", "--workers=0"), ("--workers must be",)),
    ],
)
def test_mistakes(study: Path, bridle: Run, words: tuple[str, ...], parts: tuple[str, ...]) -> None:
    before = (study / "study.json").read_bytes()
    status, out, err = bridle(*words)
    assert (status, out) == (2, "")
    told = " ".join(err.split())
    for part in parts:
        assert part in told
    assert (study / "study.json").read_bytes() == before


def test_without_a_number_it_says_what_would_decide(study: Path, bridle: Run) -> None:
    edit_plan(study, margin="0.001")  # so that all is undecided
    status, _, err = bridle("extend", "bridle-moons")
    told = " ".join(err.split())
    assert status == 2
    assert "Undecided: " in told
    assert "further replicates could decide" in told


def test_a_study_of_one_look(bridle: Run, study: Path) -> None:
    edit_plan(study, looks=Looks())
    status, _, err = bridle("extend", "bridle-moons", "--replicates=2")
    assert status == 2
    assert "with the seed 1" in " ".join(err.split())
