"""From a command to a verdict: seconds and width of the intervals, beside a random search with scikit-learn."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.record import Detail, Row, median, plain

SETS = {"moons": 10, "digits": 10, "made": 10, "mnist_2000": 1}
"""Data sets, and on how many splits scikit-learn searches; where it is one, its time for ten is ten times that."""

SPLITS = 10


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return seconds from command to verdict and half widths of intervals, on each data set."""
    rows: list[Row] = []
    lines, figures = [], {}
    for name, splits in (("moons", 2),) if quick else SETS.items():
        seconds: dict[str, list[float]] = {"Bridle": [], "scikit-learn": []}
        for _ in range(repeats):
            ours = timed(seconds["Bridle"], "benchmarks.fair_default", "one", name)
            tried = str(4 if quick else ours["configurations"])
            search = (
                "--splits",
                str(splits),
                "--configurations",
                tried,
                "--epochs",
                str(ours["epochs"]),
            )
            theirs = timed(seconds["scikit-learn"], "benchmarks.peers.random_search", name, *search)
        scale = SPLITS / splits
        both = [median(seconds["Bridle"]), median([scale * s for s in seconds["scikit-learn"]])]
        rows.append(plain(f"{name}, Bridle", both[0], "s"))
        rows.append(plain(f"{name}, scikit-learn", both[1], "s"))
        widths = [(high - low) / 2 for _, low, high in ours["difference"].values()]
        lines.append(
            [
                name, f"{ours['runs']:,}", f"{both[0]:,.0f}", f"{100 * median(widths):.2f}",
                f"{SPLITS * (ours['configurations'] + 2):,}",
                f"{both[1]:,.0f}" + ("" if splits > 1 else " (from one split)"),
                "–" if splits < 2 else f"{100 * theirs['half_width']:.2f}",
            ]
        )  # fmt: skip
        figures[name] = {"seconds": seconds, "ours": ours, "theirs": theirs}
    head = [
        "data set",
        "Bridle: trainings",
        "seconds",
        "half width",
        "search: trainings",
        "seconds",
        "half width",
    ]
    title = (
        "From command to verdict. Half widths in points: Bridle's are the median of its methods, of intervals that "
        "hold together; the search's is that of one comparison"
    )
    return {
        "rows": rows,
        "details": [Detail(title=title, head=head, lines=lines)],
        "figures": figures,
    }


def timed(seconds: list[float], *words: str) -> dict[str, Any]:
    """Run a module to its end, note its seconds, and return the last line that it prints."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", *words], stdout=out, check=True)
        seconds.append(time.perf_counter() - started)
        out.seek(0)
        found: dict[str, Any] = json.loads(out.read().splitlines()[-1])
    return found
