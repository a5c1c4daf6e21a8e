"""What lanes and workers cost on a GPU: `python -m benchmarks.gpu`, in three minutes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bridle.engine.devices import Device

SHAPES: dict[str, tuple[dict[str, Any], tuple[int, ...], int]] = {
    "2-128-128-1, batch 32": (
        {"dataset": "moons(n=600,noise=0.3,validation=0.25)", "widths": (128, 128)},
        (32, 128, 1024),
        20,
    ),
    "64-256-128-10, batch 32": ({"dataset": "digits", "widths": (256, 128)}, (32, 128, 1024), 10),
    "784-256-128-10, batch 128": (
        {"dataset": "mnist", "widths": (256, 128), "batch_size": 128},
        (8, 32, 512),
        1,
    ),
}
"""Programs, the lanes that are tried, and the epochs that are timed."""

RUNS = 32
"""Runs that are trained, as in a study of some replicates; where there are fewer lanes, as many."""

WORKERS = (1, 2, 4, 8)


def widths() -> None:
    """Print the seconds of an epoch of all runs against the number of lanes. JAX must see the GPU."""
    from benchmarks.lab import program_spec
    from bridle.engine.program import Program
    from bridle.engine.spec import RunSpec

    for name, (given, tried, epochs) in SHAPES.items():
        spec, dataset, run = program_spec("none", {"batch_size": 32, **given})
        for width in tried:
            program, count = Program(spec, width, dataset), min(width, RUNS)

            def seconds(
                length: int, program: Program = program, count: int = count, run: RunSpec = run
            ) -> float:
                runs = [
                    RunSpec(run.setting, run.learning_rate, length, lane, run.seed)
                    for lane in range(count)
                ]
                start = time.perf_counter()
                program.train(runs)
                return time.perf_counter() - start

            seconds(1)  # compiles
            short = seconds(1)
            epoch = (seconds(1 + epochs) - short) / epochs
            print(f"{name}: {count} runs in {width} lanes, {epoch:.4f} s an epoch", flush=True)


def workers() -> None:
    """Print how long a study takes with workers that share the GPU, nothing compiled before."""
    from bridle import Study

    for count in WORKERS:
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study"
            asked = f"compare digits --device gpu --workers {count} --quiet --out".split()
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "bridle", *asked, str(study)],
                env={**os.environ, "BRIDLE_CACHE": folder},
                stdout=subprocess.DEVNULL,
                check=True,
            )
            whole = time.perf_counter() - start
            trained = Study(study).facts()["seconds"]
            print(f"{count} workers: {trained:.1f} s of training, {whole:.1f} s in all", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["widths"]:
        widths()
    else:
        environment = Device("gpu", 0).environment()
        subprocess.run(
            [sys.executable, "-m", "benchmarks.gpu", "widths"], env=environment, check=True
        )
        workers()
