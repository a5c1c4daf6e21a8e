"""Run all benchmarks, or those named: `python -m benchmarks [moons] [mnist]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from benchmarks import mnist, moons
from benchmarks.record import keep

BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {"moons": moons.run, "mnist": mnist.run}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all by default")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown benchmark {unknown.pop()!r}; known: {', '.join(BENCHMARKS)}")
    for name in names:
        figures = BENCHMARKS[name]()
        path = keep(name, figures)
        print(name, json.dumps(figures, indent=1))
        print(f"written to {path}")


if __name__ == "__main__":
    main()
