"""Run all benchmarks, or those named; write the results and the table of docs/performance.md. Or `soak --stops 300`."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time

from benchmarks import soak, table
from benchmarks.record import keep

BENCHMARKS = (
    "moons",
    "mnist",
    "cnn",
    "growth",
    "methods",
    "start",
    "width",
    "saved",
    "drive",
    "answer",
)


def main() -> None:
    if sys.argv[1:2] == ["soak"]:  # says whether anything is wrong, measures nothing
        soak.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument(
        "--repeats", type=int, default=5, help="every figure is a median of so many"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small and rough, to try; keeps nothing"
    )
    parser.add_argument("--table", action="store_true", help="only write the table again")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown benchmark {unknown.pop()!r}; known: {', '.join(BENCHMARKS)}")
    names = () if given.table else given.names or BENCHMARKS
    for name in names:
        started = time.perf_counter()
        figures = importlib.import_module(f"benchmarks.{name}").run(given.repeats, given.quick)
        for row in figures["rows"]:
            print(table.line(name, row), flush=True)
        seconds = round(time.perf_counter() - started)
        print(f"{name}: {seconds} s", flush=True)
        if given.quick:
            print(json.dumps(figures, indent=1, ensure_ascii=False))
        else:
            keep(name, {"repeats": given.repeats, "seconds_in_all": seconds, **figures})
    if not given.quick:
        print(f"written: {table.write()}")


if __name__ == "__main__":
    main()
