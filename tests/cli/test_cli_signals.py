"""Signals at difficult moments: during imports and destructors, twice, and against code that does not end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.soak import heeding_interrupts, soak

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

MAIN = """
import os, signal, sys, time
sys.path.insert(0, os.getcwd())
from bridle.cli import signals
signals.GRACE_SECONDS, signals.IMPORT_SECONDS, signals.AGAIN_SECONDS = 1.0, 1.0, 0.5
with signals.interruptible(to_the_end=True) as stop:
    try:
        import awkward
        time.sleep(60)
    except KeyboardInterrupt:
        print("in good order", flush=True)
sys.exit(stop.status)
"""

ME = "import os, signal, time\n"
SIGNAL = "os.kill(os.getpid(), signal.SIGINT)\n"

IMPORT = f"""{ME}
try:
    {SIGNAL}
    for _ in range(10):
        time.sleep(0.01)
except BaseException as error:
    raise ImportError("as pandas does") from error
print("imported", flush=True)
"""

DESTRUCTOR = """
def work():
    import os, signal, time
    class Closing:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(10):
                time.sleep(0.01)
    Closing()
    time.sleep(60)
"""

STUBBORN = """
def work():
    import os, signal, time
    while True:
        try:
            os.kill(os.getpid(), signal.SIGTERM) if not os.path.exists("sent") else None
            open("sent", "w").close()
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""

TWICE = """
def work():
    import os, signal, time
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
    finally:
        os.kill(os.getpid(), signal.SIGINT)  # at once: it does not disturb
        time.sleep(0.1)
        print("tidied up", flush=True)
"""

TIDYING = """
def work():
    import time
    try:
        print("on", flush=True)
        time.sleep(60)
    finally:
        print("tidying", flush=True)
        time.sleep(60)
"""

ENDLESS = f"{ME}{SIGNAL}while True:\n    time.sleep(0.01)\n"


@pytest.mark.parametrize(
    ("awkward", "called", "status", "said"),
    [
        (IMPORT, False, 130, "imported\nin good order\n"),
        (DESTRUCTOR, True, 130, "in good order\n"),
        (STUBBORN, True, 143, ""),
        (TWICE, True, 130, "tidied up\nin good order\n"),
        (ENDLESS, False, 130, ""),
    ],
    ids=["import", "destructor", "stubborn", "twice", "endless import"],
)
def test_a_signal_ends_a_process_whatever_it_does(
    awkward: str, called: bool, status: int, said: str, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "awkward.py").write_text(awkward)
    program = MAIN.replace("import awkward", "import awkward; awkward.work()") if called else MAIN
    with heeding_interrupts():
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    assert done.returncode == status, done.stderr
    assert done.stdout == said
    # the last resort says itself what happened; otherwise the caller does
    assert done.stderr == ("" if said else "interrupted\n")


def test_a_second_signal_that_is_meant_ends_what_tidies_up_for_ever(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "awkward.py").write_text(TIDYING)
    program = MAIN.replace("import awkward", "import awkward; awkward.work()")
    started = subprocess.Popen(
        [sys.executable, "-c", program.replace("GRACE_SECONDS, ", "_UNUSED, ")],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "on\n"
    started.send_signal(signal.SIGTERM)
    assert started.stdout.readline() == "tidying\n"
    time.sleep(0.6)  # more than AGAIN_SECONDS
    started.send_signal(signal.SIGTERM)
    _, err = started.communicate(timeout=50)
    assert (started.returncode, err) == (143, "interrupted\n")


@pytest.mark.slow
def test_a_short_soak() -> None:
    """`python -m benchmarks soak` does more of the same."""
    found = soak(stops=3, seed=1, longest=4.0)
    assert found.wrong == []
    assert sum(found.stops.values()) >= 3
