"""Studies that nobody trained: real data sets and statistics, invented scores, linear "networks"."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bridle.data import load
from bridle.metrics import of_task
from bridle.statistics import Comparison, Looks, compare, failed, looked
from bridle.statistics.looks import FIRST
from bridle.study.claims import Claimed


@dataclass(frozen=True)
class Plan:
    dataset: str
    design: str
    methods: tuple[str, ...]
    configurations: dict[str, list[dict[str, Any]]]
    replicates: int
    epochs: int = 6
    network: str = "mlp"
    precision: str = "float32"
    device: str = "cpu"
    arithmetic: str = "float32 on cpu"
    widths: tuple[int, ...] = (8, 4)
    activation: str = "relu"
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 0.01
    seed: int = 0
    notes: tuple[str, ...] = ()
    origin: str | None = None
    published: tuple[dict[str, Any], ...] = ()
    margin: str = "10%"
    metric: str = "accuracy"
    primary: str = "accuracy"
    criterion: str = "accuracy"
    select: str = "best"

    @property
    def rounds(self) -> int:
        rounds = (c.get("round", 0) for found in self.configurations.values() for c in found)
        return max(rounds, default=0)

    @property
    def asked(self) -> dict[str, list[dict[str, Any]]]:
        return {m: [c for c in f if "round" not in c] for m, f in self.configurations.items()}

    looks: Looks = field(default_factory=lambda: Looks(FIRST))


def configurations(label: str, key: str | None, values: tuple[float, ...]) -> list[dict[str, Any]]:
    """One configuration a value of `key`, or of the learning rate."""
    if key is None:
        return [{"hyperparameters": {}, "learning_rate": v} for v in values]
    return [{"hyperparameters": {key: v}, "learning_rate": 0.01} for v in values]


GRIDS: dict[str, list[dict[str, Any]]] = {
    "none": configurations("none", None, (0.001, 0.01, 0.1)),
    "l1": configurations("l1", "strength", (1e-5, 1e-4, 1e-3)),
    "l2": configurations("l2", "strength", (1e-5, 1e-4, 1e-3)),
    "dropout": configurations("dropout", "rate", (0.1, 0.3, 0.5)),
    "weight_decay": configurations("weight_decay", "strength", (0.001, 0.01, 0.1)),
    "batch_norm": configurations("batch_norm", None, (0.001, 0.01, 0.1)),
    "early_stopping": configurations("early_stopping", "patience", (1, 3, 5)),
    "dropout+l2": [
        {"hyperparameters": {"dropout.rate": r, "l2.strength": s}, "learning_rate": 0.01}
        for r, s in ((0.1, 1e-4), (0.3, 1e-5), (0.5, 1e-3))
    ],
}


@dataclass
class FakeStudy:
    """A study with given test scores.

    Attributes:
        scores: for each method its test scores, [replicates]; NaN for a diverged run.
        looks: replicates at the looks before; None for a study that is looked at once.
        chosen: for each method the configuration selected (in all replicates); the middle one by default.
    """

    folder: Path
    dataset_spec: str
    scores: dict[str, list[float]]
    chosen: dict[str, int] = field(default_factory=dict)
    grids: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    looks: tuple[int, ...] | None = ()
    planned: int | None = None
    diverged: dict[str, int] = field(default_factory=dict)
    at_edge: dict[str, str] = field(default_factory=dict)
    published: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    claimed: tuple[tuple[str, str, str], ...] = ()
    rankings: Claimed | None = None
    select: str = "best"
    versions: dict[str, str] = field(default_factory=lambda: {"bridle": "0.1.0"})

    def __post_init__(self) -> None:
        self.dataset = load(self.dataset_spec)
        self.planned_replicates = max(len(values) for values in self.scores.values())
        self.plan = Plan(
            dataset=self.dataset.spec,
            design=self.dataset.design,
            methods=tuple(self.scores),
            configurations={m: self.grids.get(m, GRIDS.get(m, [])) for m in self.scores},
            replicates=self.planned_replicates,
            looks=self._looks(),
            published=self.published,
            notes=self.notes,
            origin="noise-labels" if self.published else None,
            select=self.select,
        )

    def _looks(self) -> Looks:
        if self.looks is None:
            return Looks()
        return looked((*self.looks, self.planned_replicates), max(len(self.scores) - 1, 1))

    def _choice(self, label: str) -> int:
        return self.chosen.get(label, len(self.plan.configurations[label]) // 2)

    def results(self) -> pd.DataFrame:
        rows = []
        for label, values in self.scores.items():
            for number, configuration in enumerate(self.plan.configurations[label]):
                flat = configuration["hyperparameters"] | {
                    "learning_rate": configuration["learning_rate"]
                }
                for replicate, score in enumerate(values):
                    selected = number == self._choice(label)
                    own = score if selected else score - 0.02 * abs(number - self._choice(label))
                    rows.append(
                        {
                            "dataset": self.plan.dataset,
                            "method": label,
                            "hyperparameters": json.dumps(flat, sort_keys=True),
                            "replicate": replicate,
                            "selected": selected,
                            "status": "done" if math.isfinite(score) else "diverged",
                            "epochs_run": self.plan.epochs,
                            "best_epoch": 3 if label == "early_stopping" else self.plan.epochs,
                            "metric": "accuracy",
                            "train_score": own + 0.05,
                            "val_score": own,
                            "test_score": own,
                            "train_loss": 0.3,
                            "val_loss": 0.4,
                            "test_loss": 0.4,
                            "penalty": 0.0,
                            "weight_norm": 5.0,
                            "exact_zeros": 0.25 if label == "l1" else 0.0,
                        }
                    )
        return pd.DataFrame(rows)

    def comparison(self) -> Comparison | None:
        return self._compared(self.planned_replicates, self.plan.looks)

    def earlier(self) -> list[Comparison]:
        looks = self.plan.looks
        found = [
            self._compared(look.replicates, Looks(looks.first, looks.earlier[:place]))
            for place, look in enumerate(looks.earlier)
        ]
        return [c for c in found if c is not None]

    def _compared(self, replicates: int, looks: Looks) -> Comparison | None:
        if "none" not in self.scores or len(self.scores) < 2:
            return None
        sizes = self.dataset.sizes
        examples = None
        if not any(np.isfinite(v).any() for v in self.scores.values()):
            return None
        if self.plan.design == "fixed_test" or self.plan.replicates == 1:
            examples = {m: self._examples(m) for m in self.scores}
            examples = {m: v[:replicates] for m, v in examples.items()}
        return compare(
            {m: v.mean(axis=1) for m, v in examples.items()}
            if examples
            else {m: v[:replicates] for m, v in self.scores.items()},
            looks=looks,
            design=self.plan.design,
            examples=examples,
            sizes=(sizes.train, sizes.test) if self.plan.design == "overlapping" else None,
        )

    def _examples(self, label: str) -> np.ndarray:
        n = self.dataset.sizes.test
        random = np.random.default_rng(zlib.crc32(label.encode()))
        return np.stack(
            [random.permutation(np.arange(n) < round(s * n)) for s in self.scores[label]]
        ).astype(float)

    def leaderboard(self) -> pd.DataFrame:
        comparison = self.comparison()
        rows = []
        for label, values in self.scores.items():
            flat = self.plan.configurations[label][self._choice(label)]
            score = float(np.nanmean(values)) if np.isfinite(values).any() else math.nan
            row = {
                "method": label,
                "hyperparameters": json.dumps(flat["hyperparameters"]),
                "metric": "accuracy",
                "score": score,
                "difference": math.nan,
                "difference_low": math.nan,
                "difference_high": math.nan,
                "wins": pd.NA,
                "train_score": score + 0.05,
                "gap": 0.05,
                "exact_zeros": 0.25 if label == "l1" else 0.0,
                "replicates": int(np.isfinite(values).sum()),
                "failed": int(failed(np.asarray(values)).sum()),
                "verdict": "baseline" if label == "none" else "no verdict",
            }
            if comparison is not None and label != "none":
                c = comparison[label]
                row |= {
                    "difference": c.difference,
                    "difference_low": c.low,
                    "difference_high": c.high,
                    "wins": c.wins,
                    "verdict": c.verdict.label,
                }
            rows.append(row)
        rows.sort(key=lambda row: -row["score"] if row["score"] == row["score"] else math.inf)
        for rank, row in enumerate(rows, 1):
            row["rank"] = rank
        return pd.DataFrame(rows)

    def test_scores(self) -> dict[str, np.ndarray]:
        return {label: np.asarray(values, np.float64) for label, values in self.scores.items()}

    def metrics(self) -> pd.DataFrame:
        known = [m for m in of_task(self.dataset.task.kind) if not m.noise]
        rows = []
        for label, values in self.scores.items():
            for replicate, score in enumerate(values):
                if math.isfinite(score):
                    split = self.dataset.replicate(replicate, self.plan.seed)
                    logits = self.predictions(label, replicate)["test"]
                    own = {m.name: m.parts(logits, split.targets[split.test]).mean() for m in known}
                    rows.append({"method": label, "replicate": replicate, **own})
        return pd.DataFrame(rows, columns=["method", "replicate", *(m.name for m in known)])

    def claims(self) -> pd.DataFrame:
        columns = ["claim", "better", "worse", "difference", "difference_low", "difference_high"]
        rows = [[text, b, "none", 0.01, 0.002, 0.018, verdict] for text, b, verdict in self.claimed]
        return pd.DataFrame(rows, columns=[*columns, "verdict"])

    def histories(self) -> pd.DataFrame:
        epochs = np.arange(1, self.plan.epochs + 1)
        frames = []
        for label, values in self.scores.items():
            for replicate, score in enumerate(values):
                if math.isfinite(score):
                    loss = 1 / epochs + 0.01 * replicate
                    frames.append(
                        pd.DataFrame(
                            {
                                "method": label,
                                "replicate": replicate,
                                "epoch": epochs,
                                "train_loss": loss / 2,
                                "train_score": 1 - loss / 4,
                                "val_loss": loss,
                                "val_score": 1 - loss / 3,
                                "penalty": 0.0,
                                "weight_norm": 5.0,
                                "exact_zeros": 0.0,
                            }
                        )
                    )
        return pd.DataFrame() if not frames else pd.concat(frames, ignore_index=True)

    def weights(self, method: str, replicate: int) -> dict[str, np.ndarray]:
        random = np.random.default_rng(zlib.crc32(method.encode()) + replicate)
        d, k = len(self.dataset.features), len(self.dataset.classes)
        kernel = random.normal(size=(d, k)).astype(np.float32)
        if method == "l1":
            kernel[: d // 2] = 0
        return {"output/kernel": kernel, "output/bias": np.full(k, 9.0, np.float32)}

    def predictions(self, method: str, replicate: int) -> dict[str, np.ndarray]:
        random = np.random.default_rng(replicate)
        split = self.dataset.replicate(replicate, self.plan.seed)
        k = len(self.dataset.classes)
        found = {}
        for part in ("validation", "test"):
            truth = split.targets[getattr(split, part)]
            logits = random.normal(size=(len(truth), k))
            right = random.random(len(truth)) < (self.scores[method][replicate] - 1 / k) / (
                1 - 1 / k
            )
            logits[np.arange(len(truth)), truth] += 10 * right
            found[part] = logits
        return found

    def probabilities(self, method: str, replicate: int, X: np.ndarray) -> np.ndarray:
        z = X @ self.weights(method, replicate)["output/kernel"].astype(np.float64)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def facts(self) -> dict[str, Any]:
        runs = sum(len(self.plan.configurations[m]) * len(v) for m, v in self.scores.items())
        return {
            "runs": runs,
            "planned_runs": self.planned or runs,
            "seconds": 41.2,
            "costs": {"lane_epochs": 0.75 * runs * self.plan.epochs, "idle_lane_epochs": 20.0},
            "diverged": self.diverged,
            "at_edge": self.at_edge,
            "configurations": {m: len(c) for m, c in self.plan.configurations.items()},
            "idle": {},
        }


def around(mean: float, spread: float = 0.002, replicates: int = 10) -> list[float]:
    """Scores of the given mean that lie `spread` to both sides of it in turn."""
    steps = [(-1) ** i * spread for i in range(replicates)]
    return [mean + step - sum(steps) / replicates for step in steps]
