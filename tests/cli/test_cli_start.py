"""Start, output and exit of `bridle`, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bridle
from bridle.cli.application import COMMANDS

from .conftest import Finished

HEAVY = ("jax", "numpy", "pandas", "matplotlib", "sklearn", "scipy", "loky", "statsmodels")
WRITTEN = [
    name for name in COMMANDS if (Path(bridle.__file__).parent / "cli" / f"{name}.py").is_file()
]


@pytest.mark.parametrize("words", [["--help"], ["--version"], *([n, "--help"] for n in WRITTEN)])
def test_help_imports_nothing_heavy(words: list[str], environment: dict[str, str]) -> None:
    program = (
        "import sys; from bridle.cli import main; status = main(sys.argv[1:]); "
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)), status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "HEAVY [] 0"
    assert done.stderr == ""


def test_help_names_every_command(process: Callable[..., Finished], tmp_path: Path) -> None:
    for words in ([], ["--help"], ["-h"]):
        done = process(*words, cwd=tmp_path)
        assert done.returncode == 0
        for name in WRITTEN:
            assert f"\n  {name} " in done.stdout
        # no summary is cut off
        assert "..." not in done.stdout.partition("Commands:")[2]
        assert max(map(len, done.stdout.splitlines())) <= 80


def test_version(process: Callable[..., Finished], tmp_path: Path) -> None:
    done = process("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"bridle {bridle.__version__}\n")


@pytest.mark.parametrize("words", [["methods"], ["datasets"], ["methods", "--json"], ["--help"]])
def test_a_reader_that_goes_away_is_no_error(
    words: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    read, write = os.pipe()
    os.close(read)  # gone before the first line
    done = subprocess.run(
        [sys.executable, "-m", "bridle", *words],
        cwd=tmp_path,
        env=environment,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_terminals_that_lack_characters(
    encoding: str, environment: dict[str, str], tmp_path: Path
) -> None:
    for words in (["explain", "dropout"], ["datasets"]):
        done = subprocess.run(
            [sys.executable, "-m", "bridle", *words],
            cwd=tmp_path,
            env={**environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == b""
        text = done.stdout.decode(encoding)
        if (words[0], encoding) == ("explain", "ascii"):
            assert "h <- h|m/(1 - rate)" in text


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_colour(variable: str, coloured: bool, environment: dict[str, str], tmp_path: Path) -> None:
    plain = {k: v for k, v in environment.items() if k != "NO_COLOR"} | {"TERM": "xterm"}
    done = subprocess.run(
        [sys.executable, "-m", "bridle", "datasets"],
        cwd=tmp_path,
        env={**plain, variable: "1"},
        capture_output=True,
        check=True,
    )
    assert (b"\x1b[" in done.stdout) is coloured
