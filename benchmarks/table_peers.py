"""Bridle's recommended network on real tables, beside what people use there.

    python -m benchmarks.table_peers run FOLDER [NAME …] [--contenders bridle hgb …] [--splits 3]
    python -m benchmarks.table_peers tables FOLDER

All contenders get the same rows: a fifth of a table is the test part, drawn anew for each split; of larger tables
`ROWS` rows are drawn before. `run` adds a line to `FOLDER/results.jsonl` for each split and model, trained in a process
of its own on one thread, and goes on where it stopped; `tables` prints the tables of
docs/evidence/tables-and-peers.md (`benchmarks/table_peers_tables.py`). Reads the folder `BRIDLE_DATA`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers.tables import CONTENDERS, VARIANTS
from benchmarks.table_peers_tables import REGRESSION, SETS, TEST, read, tables
from bridle.engine.devices import Device

ROWS = 5_000
"""Rows of larger tables that are used."""

LIMIT = 1_500
"""Processor seconds after which a training is ended."""

KNOWN = CONTENDERS | VARIANTS


def split(name: str, number: int) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, pd.Series]:
    """Return training rows and targets, test rows and targets."""
    from sklearn.model_selection import train_test_split

    (file,) = Path(os.environ["BRIDLE_DATA"]).glob(f"*/{name}.csv.gz")
    frame = pd.read_csv(file)
    if len(frame) > ROWS:
        frame = frame.sample(ROWS, random_state=0).reset_index(drop=True)
    y = frame.pop("target")
    train, test, y_train, y_test = train_test_split(
        frame, y, test_size=TEST, random_state=number, stratify=None if name in REGRESSION else y
    )
    return train, y_train, test, y_test


def one(name: str, number: int, contender: str, started: float) -> Iterator[dict[str, Any]]:
    """Train a contender on a split, and yield a result for each of its models."""
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, root_mean_squared_error
    from sklearn.preprocessing import LabelEncoder

    train, y, test, truth = split(name, number)
    classes = name not in REGRESSION
    if classes:
        codes = LabelEncoder().fit(pd.concat([y, truth]).astype(str))
        y, truth = (pd.Series(codes.transform(t.astype(str)), t.index, name="target") for t in (y, truth))  # fmt: skip
    for label, predicted in KNOWN[contender](train, y, test, classes):
        values = np.asarray(predicted).ravel().astype(int if classes else float)
        if classes:
            scores = {
                "score": balanced_accuracy_score(truth, values),
                "accuracy": accuracy_score(truth, values),
            }
        else:
            scores = {"score": -root_mean_squared_error(truth, values)}
        yield {
            "label": label,
            **{key: float(value) for key, value in scores.items()},
            "seconds": round(time.process_time(), 1),
            "wall": round(time.time() - started, 1),
        }


def measured(name: str, number: int, contender: str) -> Iterator[dict[str, Any]]:
    """Train in a process of its own, and yield what it prints, or that it failed."""
    words = [sys.executable, "-W", "ignore", "-m", "benchmarks.table_peers", "one", name]
    words += ["--split", str(number), "--contenders", contender]
    environment = Device("cpu", 0).environment()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith('{"label"'):
                yield json.loads(line)
    if process.returncode:
        yield {"label": contender, "score": None, "failed": process.returncode}


def run(folder: Path, names: list[str], contenders: list[str], splits: int) -> None:
    """Train what the folder has no result of yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.jsonl"
    there = {(row["name"], row["split"], row["contender"]) for row in read(path)}
    for number in range(splits):
        for name in names:
            for contender in contenders:
                if (name, number, contender) in there:
                    continue
                found = list(measured(name, number, contender))
                with path.open("a", encoding="utf-8") as file:
                    for result in found:
                        row = {"name": name, "split": number, "contender": contender, **result}
                        file.write(json.dumps(row) + "\n")
                        print(json.dumps(row), flush=True)


def main() -> None:
    started = time.time()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_peers", description=__doc__)
    parser.add_argument("what", choices=("run", "one", "tables"))
    parser.add_argument("where", help="the folder of results; for `one` the name of a table")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SETS)}")
    parser.add_argument(
        "--contenders", nargs="*", default=list(CONTENDERS), help=f"of {', '.join(KNOWN)}"
    )
    parser.add_argument("--splits", type=int, default=3, help="number of splits")
    parser.add_argument("--split", type=int, default=0, help="of `one`: which")
    given = parser.parse_args()
    if given.what == "one":
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
        (contender,) = given.contenders
        for found in one(given.where, given.split, contender, started):
            print(json.dumps(found), flush=True)
    elif given.what == "run":
        run(Path(given.where), given.names or list(SETS), given.contenders, given.splits)
    else:
        print(tables(Path(given.where)))


if __name__ == "__main__":
    main()
