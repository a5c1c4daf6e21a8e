"""More of the same: moons with 64 to 4096 runs; time per run must not grow, nor memory."""

from __future__ import annotations

import os
import statistics
from typing import Any

from benchmarks.moons import bridle
from benchmarks.ours import Bridle
from benchmarks.peers import jobs
from benchmarks.record import Row, Watch, at_most, median, plain, within

RUNS = (64, 256, 1024, 4096)
EPOCHS = 80
REFERENCE = 256


class Sized(Bridle):
    """The same workers for studies of all sizes."""

    def ask(self, runs: int, seed: int) -> float:
        """Return seconds per run; samples of a seed that was not there before are drawn anew."""
        self.plan = bridle(jobs.MOONS_3, EPOCHS, runs // 16).plan
        return float(self.measure(seed)["seconds"] / runs)


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return time per run of each size over that of 256 runs, and the most memory that all processes took."""
    sizes = RUNS[:3] if quick else RUNS
    ours = Sized(bridle(jobs.MOONS_3, EPOCHS, REFERENCE // 16).plan)
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    try:
        with Watch(os.getpid(), every=0.5) as watch:
            ours.prepare()
            for repeat in range(repeats):
                for size in sizes:
                    seconds[size].append(ours.ask(size, repeat * max(sizes) + size))
    finally:
        ours.close()
    rows: list[Row] = [
        plain(f"ms a run, {REFERENCE} runs", median([1e3 * s for s in seconds[REFERENCE]]), "ms")
    ]
    for size in sizes:
        if size != REFERENCE:
            pairs = zip(seconds[size], seconds[REFERENCE], strict=True)
            change = 100 * (statistics.median(a / b for a, b in pairs) - 1)
            what = f"time per run of {size:,} runs, beside {REFERENCE}"
            rows.append(within(what, float(f"{change:.2g}"), 10, "%"))
    rows.append(at_most("peak memory of all processes", median([watch.peak_mib / 1024]), 2, "GiB"))
    return {"rows": rows, "seconds_per_run": {str(size): s for size, s in seconds.items()}}
