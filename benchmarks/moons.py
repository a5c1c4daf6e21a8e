"""`bridle compare moons` with its defaults, as a newcomer runs it: cold, then with programs in the cache."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.record import as_figures, measure


def run(repeats: int = 3) -> dict[str, Any]:
    """Return seconds and memory of cold and warm runs, whole processes, report included."""
    cold, warm = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            environment = {"BRIDLE_CACHE": f"{folder}/cache"}
            for place in (cold, warm):
                out = Path(folder) / f"study-{place is cold}"
                command = ["bridle", "compare", "moons", "--out", str(out)]
                place.append(measure(command, environment))
    return {
        "command": "bridle compare moons",
        "cold": as_figures(cold),
        "warm": as_figures(warm),
        "goal": "cold under 60 s",
    }
