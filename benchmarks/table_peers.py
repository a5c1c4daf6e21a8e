"""Bridle's recommended network on real tables, beside what people use there.

    python -m benchmarks.table_peers run FOLDER [NAME …] [--contenders bridle hgb …] [--splits 3]
    python -m benchmarks.table_peers tables FOLDER [--contenders …] [--splits 3]

All contenders get the same rows: a fifth of a table is the test part, drawn anew for each split; of larger tables
`ROWS` rows are drawn before. `run` adds a line to `FOLDER/results.jsonl` for each model, and goes on where it stopped;
a process on one thread trains a contender on all tables of a split. Seconds are without its start and imports.
`tables` prints the tables of docs/evidence/tables-and-peers.md. Reads the folder `BRIDLE_DATA`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers.tables import CONTENDERS, VARIANTS, load
from benchmarks.table_peers_tables import REGRESSION, SETS, TEST, read, tables
from bridle.engine.devices import Device

ROWS = 2_500
"""Rows of larger tables that are used."""

LIMIT = 900
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


def results(name: str, number: int, contender: str) -> Iterator[dict[str, Any]]:
    """Train a contender on a split, and yield a result for each of its models."""
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, root_mean_squared_error
    from sklearn.preprocessing import LabelEncoder

    train, y, test, truth = split(name, number)
    classes = name not in REGRESSION
    if classes:
        codes = LabelEncoder().fit(pd.concat([y, truth]).astype(str))
        y, truth = (pd.Series(codes.transform(t.astype(str)), t.index, name="target") for t in (y, truth))  # fmt: skip
    used, wall = time.process_time(), time.perf_counter()
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
            "seconds": round(time.process_time() - used, 2),
            "wall": round(time.perf_counter() - wall, 2),
        }


def _too_long(*_: object) -> None:
    raise TimeoutError(f"more than {LIMIT} processor seconds")


def train(names: list[str], number: int, contender: str) -> None:
    """Print the results on all tables, a line each, or why there is none."""
    load(contender)
    signal.signal(signal.SIGPROF, _too_long)
    for name in names:
        common = {"name": name, "split": number, "contender": contender}
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        try:
            for found in results(name, number, contender):
                print(json.dumps({**common, **found}), flush=True)
        except Exception as error:  # of any library: the others' results stay
            traceback.print_exc()
            print(
                json.dumps({**common, "label": contender, "failed": repr(error)[:200]}), flush=True
            )
        signal.setitimer(signal.ITIMER_PROF, 0)


def run(folder: Path, names: list[str], contenders: list[str], splits: int) -> None:
    """Train what the folder has no result of yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.jsonl"
    for number in range(splits):
        for contender in contenders:
            there = {
                row["name"]
                for row in read(path)
                if (row["split"], row["contender"]) == (number, contender)
            }
            left = [name for name in names if name not in there]
            words = [sys.executable, "-W", "ignore", "-m", "benchmarks.table_peers", "train", *left]
            words += ["--split", str(number), "--contenders", contender]
            environment = Device("cpu", 0).environment()
            if not left:
                continue
            with subprocess.Popen(
                words, stdout=subprocess.PIPE, text=True, env=environment
            ) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    if line.startswith('{"name"'):
                        with path.open("a", encoding="utf-8") as file:
                            file.write(line)
                        print(line, end="", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_peers", description=__doc__)
    parser.add_argument("what", choices=("run", "train", "tables"))
    parser.add_argument(
        "where", nargs="+", help=f"the folder of results, then any of {', '.join(SETS)}"
    )
    parser.add_argument(
        "--contenders", nargs="*", default=list(CONTENDERS), help=f"of {', '.join(KNOWN)}"
    )
    parser.add_argument("--splits", type=int, default=3, help="number of splits")
    parser.add_argument(
        "--split", type=int, default=0, help="of `train`, which has no folder: which"
    )
    given = parser.parse_args()
    if given.what == "train":
        train(given.where, given.split, *given.contenders)
    elif given.what == "run":
        folder, *names = given.where
        run(Path(folder), names or list(SETS), given.contenders, given.splits)
    else:
        print(tables(Path(*given.where), given.splits, given.contenders))


if __name__ == "__main__":
    main()
