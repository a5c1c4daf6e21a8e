"""`bridle search` from the command line: what it shows, and what Ctrl-C keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[int, str, str]]
SMALL = (
    "search",
    "moons(n=60)",
    "--methods=l1,l2,early_stopping",
    "--trials=12",
    "--epochs=4",
    "--widths=8",
    "--replicates=2",
    "--executor=inline",
)


@pytest.mark.long
def test_it_shows_rounds_and_the_answer(
    bridle: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = bridle(*SMALL)
    assert status == 0, err
    assert "search    3 methods, at most one of each family; by validation alone" in err
    assert "12 of 12 candidates · best so far " in err
    assert out.startswith("Of 12 candidates (")
    assert (tmp_path / "bridle-moons-search" / "search.json").is_file()
    again = bridle(*SMALL, "--json")
    assert again[0] == 0
    document = json.loads(again[1])
    assert document["search"]["candidates"] == 12
    assert document["complete"]


def test_ctrl_c_keeps_the_candidates(
    bridle: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def interrupted(*arguments: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bridle.api.searching.carried_out", interrupted)
    status, out, err = bridle(*SMALL)
    assert status == 130
    assert out == ""
    kept = "interrupted; 0 candidates are kept in bridle-moons-search; the same command goes on"
    assert err.endswith(f"{kept}\n")
    status, _, err = bridle("resume", "bridle-moons-search")
    assert status == 2
    assert "holds a search that is not finished. The command that began it goes on with it" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--budget", "10"), "--budget must be a time such as 90s, 10m or 1h30m"),
        (("--budget", "10m", "--trials", "5"), "each end the search"),
        (("--methods", "cutmix"), "cutmix cannot be used here"),
    ],
)
def test_mistakes(words: tuple[str, ...], message: str, bridle: Run) -> None:
    status, _, err = bridle("search", "moons", *words)
    assert status == 2
    assert message in err
