"""The blocks of `docs/write-your-own-method.md` run, from a package in an environment of its own."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "write-your-own-method.md").read_text(encoding="utf-8")
MODULE, TESTS, PROJECT = re.findall(r"```(?:python|toml)\n(.*?)```", TEXT, flags=re.DOTALL)
TRIED, NAMED = re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)
SMALL = "--replicates 2 --epochs 2 --configurations 2 --widths 4 --workers 1 --quiet"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with Bridle, and a project beside it."""

    python: Path
    project: Path

    def run(self, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run Python with these words, where nothing of this checkout's folder can be found by chance."""
        names = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        return subprocess.run(
            [self.python, *words],
            cwd=folder or self.project.parent,
            env={key: value for key, value in os.environ.items() if key not in names},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def bridle(self, line: str, folder: Path | None = None) -> str:
        """Run a line of the document, a comparison with few and small runs, and return what it answers."""
        words = shlex.split(line)
        assert words[0] == "bridle"
        if words[1] == "compare":
            words = ["bridle", "compare", "moons(n=40,test=100)", *words[3:], *SMALL.split()]
        # as the console script does, without the current folder on the path
        found = self.run("-P", "-m", *words, folder=folder)
        assert found.returncode == 0, found.stderr
        return found.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment that sees what this one has installed, and the document's files."""
    folder = tmp_path_factory.mktemp("own")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "what-tests-have.pth").write_text("\n".join(path for path in sys.path if path))
    project = folder / "project"
    for name, content in (
        ("src/noisy/__init__.py", ""),
        ("src/noisy/noise.py", MODULE),
        ("tests/test_noise.py", TESTS),
        ("pyproject.toml", PROJECT),
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)
    return Environment(folder / "venv" / "bin" / "python", project)


def test_a_module_in_the_current_folder(environment: Environment) -> None:
    source = environment.project / "src"
    explain, compare = TRIED.splitlines()
    assert "Adds fresh Gaussian noise" in environment.bridle(explain, source)
    compared = environment.bridle(compare, source)
    assert "noisy.noise:InputNoise" in compared
    leaderboard = (source / "tried" / "leaderboard.csv").read_text()
    assert '"l2(strength=' not in leaderboard
    assert "l2+noisy.noise:InputNoise(sigma=0.2)" in leaderboard

    report = environment.run("-P", "-m", "bridle", "report", str(source / "tried"))
    assert report.returncode == 2
    assert "there is no module 'noisy' here. Install the package" in report.stderr
    assert "Traceback" not in report.stderr


def test_an_installed_package(environment: Environment) -> None:
    installed = environment.run(
        *("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"),
        str(environment.project),
    )
    assert installed.returncode == 0, installed.stderr
    methods, explain, compare, resume = NAMED.splitlines()
    (site,) = environment.python.parents[1].glob("lib/python*/site-packages")
    broken = site / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (broken / "entry_points.txt").write_text("[bridle.methods]\nbad = broken:Bad\n")
    listed = environment.run("-P", "-m", *shlex.split(methods))
    assert "\ninput_noise " in listed.stdout
    assert "Not listed: The method bad of the package broken 1.0 (broken:Bad)" in listed.stderr
    assert "(input_noise)" in environment.bridle(explain)
    environment.bridle(compare)
    study = environment.project.parent / "named"
    before = (study / "results.csv").read_bytes()
    assert before.count(b"input_noise") >= 8
    # what was trained of the method is lost, and trained again by another process
    with sqlite3.connect(study / "study.db") as database:
        lost = database.execute("DELETE FROM run WHERE method = 'input_noise'").rowcount
    database.close()
    assert lost == 4
    environment.bridle(resume)
    assert (study / "results.csv").read_bytes() == before


def test_the_contract_is_kept(environment: Environment) -> None:
    source = environment.project / "src"
    checked = environment.run(
        *(
            "-c",
            "import sys; sys.path[:0] = sys.argv[1:]; import test_noise as t; t.test_input_noise()",
        ),
        str(source),
        str(environment.project / "tests"),
    )
    assert checked.returncode == 0, checked.stderr
