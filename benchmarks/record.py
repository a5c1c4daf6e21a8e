"""What every benchmark shares: the machine's name, timing a command as a whole, writing results."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bridle.study.driver import cpu_name

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("bridle", "jax", "jaxlib", "numpy", "tensorflow", "keras", "torch", "scikit-learn")


@dataclass(frozen=True)
class Usage:
    """What a command used, all its processes together.

    Attributes:
        seconds: wall time.
        peak_mib: most memory at one moment, shared pages counted once (PSS), sampled 5 times a second.
    """

    seconds: float
    peak_mib: float


def measure(command: list[str], environment: dict[str, str] | None = None) -> Usage:
    """Run a command to its end and return what it used; its output is shown only if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.2):
            peak = max(peak, tree_mib(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    over.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{output}")
    return Usage(seconds, peak)


def tree_mib(pid: int) -> float:
    """Return the memory of a process and all its descendants, shared pages counted once."""
    import psutil

    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            try:
                total += process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
    except psutil.NoSuchProcess:
        pass
    return total / 2**20


def median(values: list[float]) -> float:
    """Return the median, rounded to three digits."""
    return float(f"{statistics.median(values):.3g}")


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, versions."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": versions,
    }


def keep(name: str, figures: dict[str, Any]) -> Path:
    """Put a benchmark's figures into the results of this machine."""
    facts = machine()
    slug = "".join(c if c.isalnum() else "-" for c in f"{facts['cpu']}-{facts['cores']}-cores")
    while "--" in slug:
        slug = slug.replace("--", "-")
    path = RESULTS / f"{slug.strip('-').lower()}.json"
    RESULTS.mkdir(exist_ok=True)
    content = json.loads(path.read_text()) if path.is_file() else {}
    content[name] = {"machine": facts, **figures}
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    return path


def as_figures(usages: list[Usage]) -> dict[str, Any]:
    """Return the medians of some runs, and all of them."""
    return {
        "seconds": median([usage.seconds for usage in usages]),
        "peak_mib": median([usage.peak_mib for usage in usages]),
        "runs": [{key: round(value, 2) for key, value in asdict(u).items()} for u in usages],
    }
