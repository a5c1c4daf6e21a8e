"""Stops and kills comparisons at random moments, and sees that each ends and that its study goes on to the same bytes.

`python -m benchmarks soak --stops 300`. A stop is Ctrl-C, SIGTERM, SIGHUP, two Ctrl-C 10 to 300 ms apart (sent to the
whole group, as a terminal does), or SIGKILL, at a random moment after Bridle heeds signals. The study is then begun
again by the same command, and stopped again, until it is finished; then another begins.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = (
    *("compare", "moons(n=60)", "--methods=none,l2", "--configurations=2", "--replicates=4"),
    *("--epochs=30", "--batch-size=8", "--out=study"),
)
PATIENCE = 60.0
"""Whoever takes longer to end than so many seconds hangs."""

KINDS = ("SIGINT", "SIGTERM", "SIGHUP", "twice", "SIGKILL")
COMPARED = ("results.csv", "leaderboard.csv")


@dataclasses.dataclass
class Found:
    """What came of the stops."""

    stops: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    statuses: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    studies: int = 0
    seconds: list[float] = dataclasses.field(default_factory=list)
    wrong: list[str] = dataclasses.field(default_factory=list)


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of all processes: a cache of their own, and no colour."""
    return {**os.environ, "BRIDLE_CACHE": str(folder / "cache"), "NO_COLOR": "1", "COLUMNS": "100"}


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Start processes that heed Ctrl-C, also where this one is a shell's background job and ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def begin(folder: Path) -> subprocess.Popen[bytes]:
    """Start the comparison in a session of its own, and wait until it heeds signals."""
    with (
        (folder / "out").open("wb") as out,
        (folder / "err").open("wb") as err,
        heeding_interrupts(),
    ):
        process = subprocess.Popen(
            [sys.executable, "-m", "bridle", *COMMAND],
            cwd=folder,
            env=environment(folder.parent),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    while process.poll() is None and not heeds_signals(process.pid):
        time.sleep(0.002)
    return process


def heeds_signals(pid: int) -> bool:
    """Say whether a process has a handler for SIGTERM, as Python alone has not."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    mask = next(line for line in text.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def session(leader: int) -> list[int]:
    """Return the processes of a session that still run."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(place.parent.name))
    return found


def end(process: subprocess.Popen[bytes], kind: str, gap: float) -> float:
    """Send a process and its group what ends them, and return the seconds until it has ended."""
    started = time.monotonic()
    if kind == "SIGKILL":
        process.kill()
    else:
        number = signal.SIGINT if kind == "twice" else signal.Signals[kind]
        for pause in (0.0, gap) if kind == "twice" else (0.0,):
            time.sleep(pause)
            if process.poll() is None:
                os.killpg(process.pid, number)
    process.wait(PATIENCE)
    return time.monotonic() - started


def stop_once(folder: Path, kind: str, wait: float, gap: float, found: Found) -> bool:
    """Begin or go on, stop once, and say whether the study was finished before."""
    process = begin(folder)
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        try:
            seconds = end(process, kind, gap)
        except subprocess.TimeoutExpired:
            found.wrong.append(f"hang after {kind} at {wait:.2f} s")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False
        found.stops[kind] += 1
        found.seconds.append(seconds)
        found.statuses[f"{kind} → {process.returncode}"] += 1
        judge(folder, process.returncode, kind, wait, found)
    else:
        if process.returncode != 0:
            error = (folder / "err").read_text(errors="replace")
            found.wrong.append(f"exit {process.returncode} without a stop: {error[-300:]}")
    until = time.monotonic() + 10
    while session(process.pid) and time.monotonic() < until:
        time.sleep(0.02)
    if left := session(process.pid):
        found.wrong.append(f"{len(left)} processes outlive {kind} at {wait:.2f} s")
        os.killpg(process.pid, signal.SIGKILL)
    return process.returncode == 0


def judge(folder: Path, status: int, kind: str, wait: float, found: Found) -> None:
    """Note what a stop must not leave: a traceback, another's exit status, an answer of the wrong kind."""
    number = signal.SIGINT if kind == "twice" else signal.Signals[kind]
    # 0: it was finished when the signal came; minus the number: Python's own tidying up was left
    expected = {-number} if kind == "SIGKILL" else {0, 128 + number, -number}
    error = (folder / "err").read_text(errors="replace")
    if status not in expected:
        found.wrong.append(f"exit {status} after {kind} at {wait:.2f} s: {error[-300:]}")
    for text in ("Traceback", "fault", "Exception ignored"):
        if text in error:
            found.wrong.append(f"{text} after {kind} at {wait:.2f} s: {error[-600:]}")


def soak(
    stops: int, seed: int, tell: Callable[[str], None] = lambda line: None, longest: float = 0.0
) -> Found:
    """Stop comparisons at random moments.

    Args:
        stops: how many signals are sent at least.
        seed: of the random moments and kinds.
        tell: is told how far it is.
        longest: seconds within which a stop falls; by default 1.2 times what an undisturbed study takes.
    """
    random_ = random.Random(seed)
    found = Found()
    with tempfile.TemporaryDirectory(prefix="bridle-soak-") as place:
        root = Path(place)
        whole = root / "whole"
        whole.mkdir()
        begin(whole).wait()  # fills the cache
        if not longest:
            shutil.rmtree(whole / "study")
            started = time.monotonic()
            begin(whole).wait()
            longest = 1.2 * (time.monotonic() - started)
        expected = {name: (whole / "study" / name).read_bytes() for name in COMPARED}
        tell(f"Stops fall within {longest:.1f} s.")
        while sum(found.stops.values()) < stops and len(found.wrong) < 20:
            folder = root / f"study-{found.studies}"
            folder.mkdir()
            finished = False
            while not finished and sum(found.stops.values()) < stops:
                # a third in the first moments, where Python imports
                wait = random_.uniform(0.0, 2.0 if random_.random() < 0.33 else longest)
                gap = random_.uniform(0.01, 0.3)
                finished = stop_once(folder, random_.choice(KINDS), wait, gap, found)
                tell(f"{sum(found.stops.values())} stops, {found.studies} studies, {found.wrong}")
            if not finished:
                begin(folder).wait()
            found.studies += 1
            for name, content in expected.items():
                there = folder / "study" / name
                if not there.is_file() or there.read_bytes() != content:
                    error = (folder / "err").read_text(errors="replace")
                    found.wrong.append(f"{name} of study {found.studies} differs: {error[-300:]}")
            shutil.rmtree(folder)
    return found


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak")
    parser.add_argument("--stops", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--longest", type=float, default=0.0, help="seconds; see `soak`")
    asked = parser.parse_args(words)

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    found = soak(asked.stops, asked.seed, tell, asked.longest)
    seconds = sorted(found.seconds)
    print(f"{sum(found.stops.values())} stops of {found.studies} studies: {dict(found.stops)}")
    print(f"exit statuses: {dict(sorted(found.statuses.items()))}")
    print(f"seconds to the end: median {seconds[len(seconds) // 2]:.2f}, most {seconds[-1]:.2f}")
    print(f"wrong: {len(found.wrong)}", *found.wrong, sep="\n  ")
    sys.exit(bool(found.wrong))


if __name__ == "__main__":
    main()
