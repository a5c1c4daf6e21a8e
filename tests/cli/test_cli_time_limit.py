"""--time-limit as people type it: a limit of the whole command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from .conftest import SMALL, Finished

Process = Callable[..., Finished]
Run = Callable[..., tuple[int, str, str]]


def test_a_limit_that_is_too_short_is_refused_with_what_to_type(
    process: Process, tmp_path: Path
) -> None:
    done = process("compare", "moons", "--epochs=7", "--time-limit=1s", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    said = " ".join(done.stderr.split())
    assert "--time-limit 1s: a useful answer needs about" in said
    assert "4 of 9 configurations, 3 of 10 replicates, 3 of 8 methods" in said
    assert "Nothing was trained. Give it the time: --time-limit " in said
    assert "less than --epochs 7, which is kept as given" in said
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_several_data_sets_are_refused_together(process: Process, tmp_path: Path) -> None:
    done = process("compare", "moons,circles", "--time-limit=1s", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert "a useful answer needs about" in json.loads(done.stdout)["error"]
    assert list(tmp_path.iterdir()) == []


def test_the_answer_comes_before_a_page_that_does_not_fit(
    finished: tuple[Path, Finished], bridle: Run, tmp_path: Path
) -> None:
    shutil.copytree(finished[0] / "bridle-moons", tmp_path / "bridle-moons")
    page = tmp_path / "bridle-moons" / "report.html"
    page.unlink()
    status, out, err = bridle("resume", "bridle-moons", "--time-limit=1s")
    assert status == 0
    assert "verdict" in out
    assert "Look:" not in out
    assert "bridle report bridle-moons" in " ".join(err.split())
    status, out, _ = bridle(*SMALL, "--time-limit=1s", "--json", "--quiet")
    assert status == 0
    assert json.loads(out)["report"] is None
    assert not page.exists()
    status, out, err = bridle("resume", "bridle-moons", "--time-limit=1h")
    assert status == 0
    assert "Look:" in out
    assert page.is_file()
