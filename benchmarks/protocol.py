"""Train a pool of runs, or print the tables of docs/evidence/protocol.md from pools.

    python -m benchmarks.protocol fill gpu.parquet --device gpu --workers 5 --parts grid epochs linear_grid
    python -m benchmarks.protocol tables gpu.parquet cpu.parquet --only rules effects

Needs the folder that `BRIDLE_DATA` names.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.protocol_pool import PARTS, fill, groups
from benchmarks.protocol_sets import SETS
from benchmarks.protocol_tables import TABLES, read


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.protocol", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    own = commands.add_parser("fill", help="train a pool")
    own.add_argument("pool", type=Path, help="a Parquet file")
    own.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    own.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    own.add_argument("--splits", type=int, default=10, help="at most")
    own.add_argument("--workers", type=int, default=1)
    own.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    own = commands.add_parser("tables", help="print tables")
    own.add_argument("pools", nargs="+")
    own.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES))
    given = parser.parse_args()
    if given.command == "tables":
        pool = read(given.pools)
        for name in given.only:
            print(f"{name}:\n\n{TABLES[name](pool)}\n", flush=True)
        return
    jobs = [(name, parts) for name in given.sets for parts in groups(given.parts)]
    fill(given.pool, jobs, given.splits, given.workers, given.device)


if __name__ == "__main__":
    main()
