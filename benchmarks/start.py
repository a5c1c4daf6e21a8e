"""From nothing: how long a newcomer waits, with an empty cache of programs and with a full one."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.record import Row, at_most, measure, median, plain

FIRST = [sys.executable, "-m", "benchmarks.first_epoch"]
COMPARE = ["bridle", "compare", "moons", "--out"]


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return seconds of whole processes, by turns: first epoch, whole comparison, help."""
    found: dict[str, list[float]] = {}
    peaks: list[float] = []

    def note(name: str, command: list[str], environment: dict[str, str]) -> None:
        usage = measure(command, environment)
        found.setdefault(name, []).append(usage.seconds)
        peaks.append(usage.peak_mib)

    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            other = {"BRIDLE_CACHE": f"{folder}/first"}
            note("to the first epoch, cold", FIRST, other)
            note("to the first epoch, warm", FIRST, other)
            cache = {"BRIDLE_CACHE": f"{folder}/compare"}
            few = ["--quick"] if quick else []
            note("bridle compare moons, cold", [*COMPARE, str(Path(folder) / "cold"), *few], cache)
            note("bridle compare moons, warm", [*COMPARE, str(Path(folder) / "warm"), *few], cache)
            note("bridle --help", ["bridle", "--help"], {})
    goals = (8, 3, 30, 15, 0.5)
    rows: list[Row] = [
        at_most(name, median(seconds), goal, "s")
        for (name, seconds), goal in zip(found.items(), goals, strict=True)
    ]
    rows.append(plain("peak memory of all processes", median([max(peaks) / 1024]), "GiB"))
    return {"rows": rows, "seconds": found}
