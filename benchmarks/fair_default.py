"""The default comparison on bundled sets, shared tables, images and noise: what it finds, and what it costs.

    python -m benchmarks.fair_default run FOLDER [NAME …]
    python -m benchmarks.fair_default tables FOLDER

`run` trains each data set with all defaults, then once more for twice as many epochs, and adds a line to
`FOLDER/results.jsonl`; `tables` prints what was found, and what twice as many epochs change. Reads the folder
`BRIDLE_DATA`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bridle
from benchmarks import protocol_sets
from bridle.api.study import Study
from bridle.data import DatasetKind, load
from bridle.data.dataset import Dataset
from bridle.report import brief
from bridle.report.recommendation import recommendation
from bridle.study.request import usual_methods

TABULAR = (
    "australian",
    "balance-scale",
    "blood-transfusion",
    "anneal",
    "arrhythmia",
    "cnae-9",
    "mfeat-factors",
    "segment",
    "kr-vs-kp",
    "concrete",
    "yacht",
    "bank-marketing",
    "adult",
)
"""Shared tables, as files with all their columns."""

MIXUP = ("digits_noise", "mnist_200", "mnist_1000")
"""Sets where mixup is known to help; it is not among the usual methods and joins them here."""

NAMED = {
    "moons": "moons",
    "circles": "circles",
    "wine": "wine",
    "breast_cancer": "breast_cancer",
    "digits": "digits",
    "digits_noise": "benchmarks.fair_default:DIGITS_NOISE",
    "mnist_200": "mnist(train=200,validation=200)",
    "mnist_1000": "mnist(train=1000,validation=500)",
    "mnist_2000": "mnist(train=2000,validation=1000)",
    "mnist_10000": "mnist(train=10000,validation=2000)",
    "noise": "noise(train=300,validation=300,test=2000)",
}
SETS = (*NAMED, *TABULAR, "made")


def _noisy(spec: str, arguments: Mapping[str, Any]) -> Dataset:
    """Return digits with 40 % wrong training labels, the same for all methods of a replicate."""
    from dataclasses import replace

    return replace(protocol_sets.SETS["digits_noise"](), spec=spec, name="digits_noise")


DIGITS_NOISE = DatasetKind(
    name="digits_noise",
    summary="digits with 40 % wrong training labels",
    arguments=(),
    design="overlapping",
    defaults=load("digits").defaults,
    source="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, 1998",
    licence="CC BY 4.0",
    build=_noisy,
)


def examples(name: str) -> tuple[Any, Any]:
    """Return what a person would give to `compare`: a name, a file and its target, or rows and labels."""
    if name in NAMED:
        return NAMED[name], None
    if name == "made":
        from sklearn.datasets import make_classification

        made: tuple[Any, Any] = make_classification(
            846, 18, n_informative=10, n_redundant=4, n_classes=4, class_sep=1.2, flip_y=0.05, random_state=1
        )  # fmt: skip
        return made
    folder = Path(os.environ["BRIDLE_DATA"])
    (file,) = folder.glob(f"*/{name}.csv.gz")
    return file, "target"


def one(name: str, epochs: int | None = None) -> dict[str, Any]:
    """Compare on one data set and return what is kept of the answer."""
    data, y = examples(name)
    methods = f"{usual_methods()},mixup" if name in MIXUP else None
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        study = bridle.compare(data, y, out=Path(folder) / "study", methods=methods, epochs=epochs)
        assert isinstance(study, Study)
        answer, choice = study.answer, recommendation(study.answer)
        study.report()
        seconds = time.perf_counter() - started
        assert answer.comparison is not None
        sizes = study.dataset.sizes
        return {
            "name": name,
            "rows": sizes.train + sizes.validation + (0 if study.plan.design == "fixed_test" else sizes.test),
            "features": len(study.dataset.features),
            "epochs": study.plan.epochs,
            "replicates": study.plan.replicates,
            "runs": answer.evidence.runs,
            "configurations": sum(answer.configurations.values()),
            "wall": round(seconds, 1),
            "score": {row.method: row.score for row in answer.rows},
            "difference": {c.method: [c.difference, c.low, c.high] for c in answer.compared},
            "verdict": {row.method: row.verdict for row in answer.rows},
            "proper": {} if answer.proper is None else {row.method: row.verdict for row in answer.proper.rows},
            "undertrained": answer.undertrained,
            "headline": " ".join(brief.verdict(answer)),
            "signal": answer.chance is None,
            "recommendation": None
            if choice is None
            else [
                choice.method,
                answer.measure.interval(choice.expected_gain, choice.low, choice.high)[0],
                choice.chance_no_worse,
            ],
        }  # fmt: skip


def measured(name: str, epochs: int | None) -> dict[str, Any]:
    """Compare in a process of its own and add the processor seconds of it and all its workers."""
    command = [sys.executable, "-m", "benchmarks.fair_default", "one", name]
    if epochs is not None:
        command += ["--epochs", str(epochs)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{' '.join(command)} failed with status {status}")
        out.seek(0)
        found: dict[str, Any] = json.loads(out.read().splitlines()[-1])
    return {**found, "processor": round(usage.ru_utime + usage.ru_stime, 1)}


def run(folder: Path, names: list[str], doubled: bool) -> None:
    """Compare on each data set that the folder has no result of yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.jsonl"
    there = read(path)
    for name in names:
        first = there.get((name, False))
        if first is None:
            first = keep(path, {**measured(name, None), "doubled": False})
        if doubled and (name, True) not in there:
            keep(path, {**measured(name, 2 * first["epochs"]), "doubled": True})


def keep(path: Path, found: dict[str, Any]) -> dict[str, Any]:
    """Add a result to the file and show it."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found) + "\n")
    print(f"{found['name']}: {found['headline']} ({found['processor']} s)", flush=True)
    return found


def read(path: Path) -> dict[tuple[str, bool], dict[str, Any]]:
    """Return the results by name and whether epochs were doubled."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {(row["name"], row["doubled"]): row for row in map(json.loads, lines)}


DECIDED = ("helps", "hurts", "no practical difference")


def tables(folder: Path) -> str:
    """Return both tables: what was found, and what twice as many epochs change."""
    found = read(folder / "results.jsonl")
    lines = [
        "| data set | rows × features | epochs | replicates | helps | hurts | no practical difference | undecided "
        "| log-loss decides | recommended | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(found[name, False]) for name in SETS if (name, False) in found]
    lines += [
        "",
        "| data set | epochs | decided before | after | turned around | other changes |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        _changes(found[name, False], found[name, True])
        for name in SETS
        if (name, False) in found and (name, True) in found
    ]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    def those(label: str) -> list[str]:
        return [method for method, verdict in row["verdict"].items() if verdict == label]

    more = [
        f"{method} {row['proper'][method]}"
        for method in those("undecided")
        if row["proper"].get(method) in ("helps", "hurts")
    ]
    advised = "–"
    if row["recommendation"]:
        method, gain, chance = row["recommendation"]
        advised = method if method == "none" else f"{method} ({gain}; {100 * chance:.0f} %)"
    signal = "" if row["signal"] else " (no signal)"
    cells = [
        row["name"] + signal, f"{row['rows']:,} × {row['features']}", row["epochs"], row["replicates"],
        *(", ".join(_marked(row, those(label))) or "–" for label in DECIDED), len(those("undecided")),
        ", ".join(more) or "–", advised, f"{row['processor'] / 2:.0f}",
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _marked(row: dict[str, Any], methods: list[str]) -> list[str]:
    """Mark the methods whose verdict is provisional."""
    late = row["undertrained"]
    return [f"{m}*" if m in late or "none" in late else m for m in methods]


def _changes(before: dict[str, Any], after: dict[str, Any]) -> str:
    old, new = before["verdict"], after["verdict"]
    turned = [m for m in old if {old[m], new[m]} == {"helps", "hurts"}]
    other = [f"{m}: {old[m]} → {new[m]}" for m in old if old[m] != new[m] and m not in turned]
    cells = [
        before["name"], f"{before['epochs']} → {after['epochs']}",
        *(sum(v in DECIDED for v in verdicts.values()) for verdicts in (old, new)),
        ", ".join(turned) or "–", "; ".join(other) or "–",
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fair_default", description=__doc__)
    parser.add_argument("what", choices=("run", "one", "tables"))
    parser.add_argument("where", help="the folder of results; for `one` the name of a data set")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SETS)}")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--once", action="store_true", help="without twice as many epochs")
    given = parser.parse_args()
    if given.what == "one":
        print(json.dumps(one(given.where, given.epochs)))
    elif given.what == "run":
        run(Path(given.where), given.names or list(SETS), not given.once)
    else:
        print(tables(Path(given.where)))


if __name__ == "__main__":
    main()
