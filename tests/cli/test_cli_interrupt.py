"""Ctrl-C and SIGTERM: a real signal to a real process leaves a study that can be resumed."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import SMALL, Finished

Process = Callable[..., Finished]

pty = pytest.importorskip("pty", reason="signals and terminals of POSIX")

LONG = (
    "compare",
    "moons(n=60)",
    "--methods=l2",
    "--replicates=8",
    "--epochs=60",
    "--batch-size=8",
    "--configurations=7",
    "--widths=128,128",
    "--out=study",
)


@pytest.fixture(autouse=True)
def ctrl_c_is_not_ignored() -> Iterator[None]:
    """Undo what shells do to background jobs: our children inherit it, and heed it as they should."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def begin(words: tuple[str, ...], cwd: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start a study in a session of its own, and wait until its first chunk is stored."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bridle", *words],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("About "):
            return process
    raise AssertionError(f"ended before the first chunk: {process.wait()}")


def alive(session: int) -> list[str]:
    """Return the processes of a session that still run."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "sid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
    return [row[2] for row in rows if row[0] == str(session) and not row[1].startswith("Z")]


def wait_until_gone(session: int) -> None:
    until = time.monotonic() + 10
    while alive(session):
        assert time.monotonic() < until, alive(session)
        time.sleep(0.1)


def test_ctrl_c_leaves_a_study_that_goes_on(
    process: Process, environment: dict[str, str], tmp_path: Path
) -> None:
    started = begin(LONG, tmp_path, environment)
    # a terminal sends Ctrl-C to workers too
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert started.returncode == 130
    assert out == ""
    found = re.search(
        r"^interrupted; (\d+) of 112 runs are kept; go on with: bridle resume study$", err, re.M
    )
    assert found, err
    kept = int(found[1])
    assert 0 < kept < 112
    assert "Traceback" not in err
    wait_until_gone(started.pid)

    partly = process("report", "study", "--json", cwd=tmp_path)
    assert partly.returncode == 0, partly.stderr
    document = json.loads(partly.stdout)
    assert document["complete"] is False
    assert document["runs"] == kept
    assert f"{kept} of 112 runs are there; go on with: bridle resume study" in partly.stderr


@pytest.mark.long
def test_sigterm_and_json(environment: dict[str, str], tmp_path: Path) -> None:
    started = begin((*LONG, "--json"), tmp_path, environment)
    started.terminate()
    out, err = started.communicate(timeout=30)
    assert started.returncode == 143
    document = json.loads(out)
    assert document["status"] == 143
    assert document["resume"] == "bridle resume study"
    assert 0 < document["runs"] < document["planned_runs"] == 112
    assert document["error"] in err
    wait_until_gone(started.pid)


@pytest.mark.long
def test_resume_trains_what_is_missing_and_nothing_twice(
    process: Process, environment: dict[str, str], finished: tuple[Path, Finished], tmp_path: Path
) -> None:
    # one worker and small chunks: the signal comes somewhere in the middle
    started = begin((*SMALL, "--out=bridle-moons"), tmp_path, environment)
    os.killpg(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=30)
    assert started.returncode == 130, err

    done = process("resume", "bridle-moons", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "of 12 runs are there already" in done.stderr
    for name in ("results.csv", "leaderboard.csv"):
        whole = finished[0] / "bridle-moons" / name
        assert (tmp_path / "bridle-moons" / name).read_bytes() == whole.read_bytes()


def test_ctrl_c_before_training(environment: dict[str, str], tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "bridle", *LONG],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    while not started.stderr.readline().startswith("folder"):
        pass
    time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=30)
    assert started.returncode == 130
    assert "interrupted; 0 of 112 runs are kept; go on with: bridle resume study" in err
    assert "Traceback" not in err


@pytest.mark.long
def test_a_terminal_shows_a_bar_and_is_left_in_order(
    environment: dict[str, str], tmp_path: Path
) -> None:
    master, terminal = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "bridle", "train", "moons(n=60)", "--epochs=2"],
        cwd=tmp_path,
        env={**environment, "TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    seen = b""
    while select.select([master], [], [], 60)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(master)
    assert started.wait(timeout=30) == 0
    text = seen.decode()
    assert "0 of 1 runs" in text
    assert "left" in text or "measuring" in text
    assert "Model: bridle-moons" in text
    # the cursor is shown again
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
