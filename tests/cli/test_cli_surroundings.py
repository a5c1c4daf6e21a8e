"""Bridle without streams, programs, /dev/shm, a home folder, further cores or rights, and with foreign settings."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Finished

pytestmark = pytest.mark.skipif(os.name == "nt", reason="surroundings of POSIX")

SECONDS = 400
"""Seconds after which a command counts as hanging, even on a busy machine."""

BRIDLE = (sys.executable, "-m", "bridle")

TINY = (
    *("compare", "moons(n=60)", "--methods=none,l2", "--configurations=1", "--replicates=2"),
    *("--epochs=3", "--widths=8"),
)

HOSTILE = {
    "JAX_PLATFORMS": "cuda",
    "JAX_ENABLE_X64": "1",
    "JAX_DISABLE_JIT": "1",
    "JAX_DEBUG_NANS": "1",
    "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16",
    "XLA_FLAGS": "--no_such_flag",
    "OMP_NUM_THREADS": "3",
    "COLUMNS": "0",
}
"""Environment variables that would change bits, stop JAX or hide the answer."""

NO_DEV = (
    "mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9 && "
    "exec setpriv --reuid=64321 --regid=64321 --clear-groups --inh-caps=-all,+dac_read_search "
    '--ambient-caps=+dac_read_search taskset -c "$1" env -i "${@:2}"'
)
"""A shell's words: no /dev/shm, a user that no file knows and who may write nowhere else, one core."""


def shell(text: str, folder: Path, environment: dict[str, str]) -> Finished:
    """Run a line of a shell in which "$@" is bridle."""
    return subprocess.run(
        ["bash", "-c", text, "bash", *BRIDLE],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ('"$@" compare nothing 2>/dev/full', 2),
        ('"$@" compare nothing 2>&-', 2),
        ('"$@" methods >&-', 0),
        ('"$@" methods 2>/dev/full', 0),
    ],
)
def test_streams_that_take_nothing_change_no_status(
    line: str, status: int, environment: dict[str, str], tmp_path: Path
) -> None:
    assert shell(line, tmp_path, environment).returncode == status


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["methods --json", "methods", "--help", "compare nothing --json"])
def test_an_answer_that_the_disk_does_not_take_is_a_message(
    words: str, unbuffered: str, environment: dict[str, str], tmp_path: Path
) -> None:
    done = shell(
        f'"$@" {words} >/dev/full', tmp_path, {**environment, "PYTHONUNBUFFERED": unbuffered}
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    expected = "Unknown" if "nothing" in words else "cannot be written to stdout: No space left"
    assert expected in line
    assert "--out" not in line


@pytest.mark.parametrize("columns", ["0", "1", "-5", "wide"])
def test_a_terminal_of_no_width_shows_the_answer(
    columns: str, process: Callable[..., Finished], tmp_path: Path
) -> None:
    done = process("methods", cwd=tmp_path, COLUMNS=columns)
    assert "early_stopping" in done.stdout


@pytest.fixture(scope="module")
def usual(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of a process that lacks nothing."""
    folder = tmp_path_factory.mktemp("usual")
    assert shell(f'"$@" {shlex.join(TINY)}', folder, environment).returncode == 0
    return folder / "bridle-moons"


def assert_same_tables(study: Path, usual: Path) -> None:
    for name in ("results.csv", "leaderboard.csv"):
        assert (study / name).read_bytes() == (usual / name).read_bytes()


@pytest.mark.slow
def test_foreign_settings_no_programs_and_no_home_change_no_bit(
    environment: dict[str, str], usual: Path, tmp_path: Path
) -> None:
    """Nor do workers whose stderr is closed fail to start."""
    bare = {name: value for name, value in environment.items() if name not in ("HOME", "PATH")}
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(
        [bash, "-c", '"$@" 2>&-', "bash", *BRIDLE, *TINY],
        cwd=tmp_path,
        env={**bare, **HOSTILE, "PATH": "", "TMPDIR": "/nowhere"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "no regularization" in done.stdout
    assert_same_tables(tmp_path / "bridle-moons", usual)


@pytest.mark.slow
def test_a_stripped_machine(environment: dict[str, str], usual: Path, tmp_path: Path) -> None:
    """As in a slim container: no /dev/shm, no procps, no home, one core, another user's cache, no rights."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-m", "true"], check=False).returncode:
        pytest.skip("only root may make a namespace of its own")
    tmp_path.chmod(0o777)
    bare = ["PATH=", *(f"{name}={value}" for name, value in HOSTILE.items())]
    bare += [f"{name}={environment[name]}" for name in ("PYTHONPATH", "BRIDLE_CACHE", "PYTHONUTF8")]
    core = str(min(os.sched_getaffinity(0)))
    done = subprocess.run(
        [unshare, "-m", "bash", "-c", NO_DEV, "bash", core, *bare, *BRIDLE, *TINY],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for text in ("Traceback", "Warning", "atplotlib"):
        assert text not in done.stderr
    assert_same_tables(tmp_path / "bridle-moons", usual)
