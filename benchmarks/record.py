"""What every benchmark shares: rows with goals, medians, timing a command as a whole, writing results."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self, TypedDict

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
    with Watch(process.pid) as watch:
        output, _ = process.communicate()
        seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{output}")
    return Usage(seconds, watch.peak_mib)


class Watch:
    """Looks at the memory of a process and its descendants now and then, while the block runs."""

    def __init__(self, pid: int, every: float = 0.2) -> None:
        self.peak_mib = 0.0
        self._pid, self._every = pid, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._over.wait(self._every):
            self.peak_mib = max(self.peak_mib, tree_mib(self._pid))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()


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


def median(values: Sequence[float]) -> float:
    """Return the median, rounded to three digits."""
    return float(f"{statistics.median(values):.3g}")


class Row(TypedDict):
    """One line of the table: what was measured, and the goal where there is one.

    `sense` is `at least`, `at most` or `within`, which asks for |measured| at most the goal.
    """

    what: str
    measured: float
    unit: str
    sense: str
    goal: float | None


class Detail(TypedDict):
    """A further table: of cells that are text already."""

    title: str
    head: list[str]
    lines: list[list[str]]


def at_least(what: str, measured: float, goal: float, unit: str) -> Row:
    """Return a row whose goal is reached from `goal` upwards."""
    return Row(what=what, measured=measured, unit=unit, sense="at least", goal=goal)


def at_most(what: str, measured: float, goal: float, unit: str) -> Row:
    """Return a row whose goal is reached up to `goal`."""
    return Row(what=what, measured=measured, unit=unit, sense="at most", goal=goal)


def within(what: str, measured: float, goal: float, unit: str) -> Row:
    """Return a row whose goal is reached from -`goal` to `goal`."""
    return Row(what=what, measured=measured, unit=unit, sense="within", goal=goal)


def plain(what: str, measured: float, unit: str) -> Row:
    """Return a row without a goal."""
    return Row(what=what, measured=measured, unit=unit, sense="", goal=None)


def reached(row: Row) -> bool | None:
    """Say whether a row's goal is reached; `None` where it has none."""
    goal, measured = row["goal"], row["measured"]
    if goal is None:
        return None
    if row["sense"] == "at least":
        return measured >= goal
    return (abs(measured) if row["sense"] == "within" else measured) <= goal


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
