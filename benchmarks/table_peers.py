"""Bridle's recommended network on real tables, beside what people use there.

    python -m benchmarks.table_peers run FOLDER [NAME …] [--contenders bridle hgb …]
    python -m benchmarks.table_peers tables FOLDER

All contenders get the same rows: a fifth of a table is the test part, drawn anew for each of `SPLITS` splits; of
larger tables `ROWS` rows are drawn before. `run` adds a line to `FOLDER/results.jsonl` for each split and contender,
trained in a process of its own; `tables` prints scores, differences to Bridle's network with intervals of the corrected
resampled t (Nadeau and Bengio 2003), and processor seconds. Reads the folder `BRIDLE_DATA`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.peers.tables import CONTENDERS

SPLITS, TEST = 5, 0.2
ROWS = 10_000
"""Rows of larger tables that are used."""

REGRESSION = ("concrete", "yacht")
SETS = (
    "australian", "balance-scale", "blood-transfusion", "segment", "anneal", "kr-vs-kp", "mfeat-factors", "cnae-9",
    "arrhythmia", *REGRESSION, "bank-marketing", "adult",
)  # fmt: skip


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


def one(name: str, number: int, contender: str) -> list[dict[str, Any]]:
    """Train a contender on a split, and score its predictions."""
    from sklearn.metrics import balanced_accuracy_score, root_mean_squared_error
    from sklearn.preprocessing import LabelEncoder

    train, y, test, truth = split(name, number)
    classes = name not in REGRESSION
    if classes:
        codes = LabelEncoder().fit(pd.concat([y, truth]).astype(str))
        y, truth = (pd.Series(codes.transform(t.astype(str)), t.index, name="target") for t in (y, truth))  # fmt: skip
    found = []
    for label, predicted in CONTENDERS[contender](train, y, test, classes).items():
        values = np.asarray(predicted).ravel()
        score = (
            balanced_accuracy_score(truth, values.astype(int))
            if classes
            else -root_mean_squared_error(truth, values.astype(float))
        )
        found.append({"label": label, "score": float(score)})
    return found


def measured(name: str, number: int, contender: str) -> list[dict[str, Any]]:
    """Train in a process of its own, and add the processor seconds of it and its children."""
    words = [sys.executable, "-m", "benchmarks.table_peers", "one", name]
    words += ["--split", str(number), "--contenders", contender]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(words, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            return [{"label": contender, "score": math.nan, "failed": True}]
        out.seek(0)
        found: list[dict[str, Any]] = json.loads(out.read().splitlines()[-1])
    seconds = round(usage.ru_utime + usage.ru_stime, 1)
    return [{**row, "seconds": seconds} for row in found]


def run(folder: Path, names: list[str], contenders: list[str]) -> None:
    """Train what the folder has no result of yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.jsonl"
    there = {(row["name"], row["split"], row["contender"]) for row in read(path)}
    for number in range(SPLITS):
        for name in names:
            for contender in contenders:
                if (name, number, contender) in there:
                    continue
                for found in measured(name, number, contender):
                    row = {"name": name, "split": number, "contender": contender, **found}
                    with path.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
                    print(json.dumps(row), flush=True)


def read(path: Path) -> list[dict[str, Any]]:
    """Return all results."""
    return (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        if path.is_file()
        else []
    )


OURS = "Bridle"


def tables(folder: Path) -> str:
    """Return the table of scores and differences, and that of seconds."""
    rows = [row for row in read(folder / "results.jsonl") if math.isfinite(row["score"])]
    scores: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        scores[row["name"]][row["label"]][row["split"]] = row["score"]
        seconds[row["name"]][row["label"]].append(row["seconds"])
    labels = list(dict.fromkeys(row["label"] for row in rows))
    head = f"| data set | {' | '.join(labels)} |\n|---|{'---|' * len(labels)}"
    names = [name for name in SETS if name in scores]
    lines = [head, *(_line(name, scores[name], labels) for name in names), "", head]
    for name in names:
        means = (
            f"{np.mean(seconds[name][label]):.0f}" if seconds[name][label] else "–"
            for label in labels
        )
        lines.append(f"| {name} | {' | '.join(means)} |")
    return "\n".join(lines)


def _line(name: str, found: dict[str, dict[int, float]], labels: list[str]) -> str:
    """Return a row: our score, and how much better the others' are."""
    ours = found[OURS]
    unit = 1.0 if name in REGRESSION else 100.0
    cells = []
    for label in labels:
        theirs = found.get(label, {})
        both = sorted(ours.keys() & theirs.keys())
        if label == OURS or not both:
            cells.append(
                f"{unit * abs(np.mean(list(ours.values()))):.2f}" if label == OURS else "–"
            )
            continue
        gaps = unit * np.asarray([theirs[k] - ours[k] for k in both])
        half = math.nan
        if len(gaps) > 1:
            variance = gaps.var(ddof=1) * (1 / len(gaps) + TEST / (1 - TEST))
            half = float(stats.t.ppf(0.975, len(gaps) - 1) * math.sqrt(variance))
        cells.append(f"{gaps.mean():+.2f} ± {half:.2f}".replace("-", "−"))
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_peers", description=__doc__)
    parser.add_argument("what", choices=("run", "one", "tables"))
    parser.add_argument("where", help="the folder of results; for `one` the name of a table")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SETS)}")
    parser.add_argument("--contenders", nargs="*", default=list(CONTENDERS))
    parser.add_argument("--split", type=int, default=0)
    given = parser.parse_args()
    if given.what == "one":
        (contender,) = given.contenders
        print(json.dumps(one(given.where, given.split, contender)))
    elif given.what == "run":
        run(Path(given.where), given.names or list(SETS), given.contenders)
    else:
        print(tables(Path(given.where)))


if __name__ == "__main__":
    main()
