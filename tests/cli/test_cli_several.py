"""compare, report and resume with several data sets, as people type them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Finished

Run = Callable[..., tuple[int, str, str]]
WORDS = (
    "compare",
    "moons(n=60,noise=0.1), wine",
    "--methods=l2",
    "--replicates=2",
    "--epochs=2",
    "--configurations=1",
    "--widths=8",
    "--workers=1",
)


@pytest.fixture(scope="module")
def finished(
    process: Callable[..., Finished], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Finished]:
    folder = tmp_path_factory.mktemp("several")
    return folder, process(*WORDS, cwd=folder)


@pytest.mark.long
def test_compare_ranks_and_judges_each(finished: tuple[Path, Finished]) -> None:
    folder, done = finished
    assert done.returncode == 0, done.stderr
    assert [path.name for path in folder.iterdir()] == ["bridle-moons-wine"]
    assert "moons (1 of 2)" in done.stderr
    assert "wine (2 of 2)" in done.stderr
    assert "Over 2 data sets" in done.stdout
    assert "fewer than 6 allow no test" in " ".join(done.stdout.split())
    assert "Look: bridle-moons-wine/report.html" in done.stdout
    for name in ("report.html", "ranks.csv", "moons/report.html", "wine/results.csv"):
        assert (folder / "bridle-moons-wine" / name).is_file()


@pytest.mark.parametrize(
    "words", [WORDS, ("report", "bridle-moons-wine"), ("resume", "bridle-moons-wine")]
)
def test_again_without_training(
    words: tuple[str, ...],
    finished: tuple[Path, Finished],
    bridle: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(finished[0])
    status, out, _ = bridle(*words, "--json", "--quiet")
    assert status == 0
    document = json.loads(out)
    assert document["complete"] is True
    assert list(document["datasets"]) == ["moons", "wine"]
    assert {row["method"] for row in document["ranks"]} == {"none", "l2"}
    assert document["datasets"]["wine"]["folder"].endswith("wine")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("moons,wime", "Did you mean 'wine'"),
        ("moons,", "empty place"),
        ("moons(n=60,wine", "Cannot read 'moons(n=60,wine'"),
        ("wine,dropout", "'dropout' is a method, not a data set"),
        ("wine,wine", "stands twice"),
    ],
)
def test_mistakes(names: str, message: str, bridle: Run) -> None:
    status, out, err = bridle("compare", names)
    assert (status, out) == (2, "")
    assert message in err
    assert not list(Path().iterdir())


@pytest.mark.slow
def test_extend_gives_every_study_its_look(
    finished: tuple[Path, Finished], process: Callable[..., Finished], tmp_path: Path
) -> None:
    shutil.copytree(finished[0] / "bridle-moons-wine", tmp_path / "bridle-moons-wine")
    missing = process("extend", "bridle-moons-wine", "--anyway", cwd=tmp_path)
    assert missing.returncode == 2
    assert missing.stderr.startswith("error: --replicates is missing: how many further ones?")
    assert missing.stderr.count("\n") == 1
    words = ("extend", "bridle-moons-wine", "--replicates=1", "--anyway", "--workers=1")
    done = process(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("look      2, at 3 replicates after 2") == 2
    told = process("report", "bridle-moons-wine", "--details", cwd=tmp_path)
    assert " ".join(told.stdout.split()).count("look 2, at 3") == 2
    assert "Over 2 data sets" in done.stdout
