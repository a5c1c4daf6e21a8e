"""Studies that nobody trained: a real plan and real data, with invented results in place of the stored ones.

Selection, tables, evidence and answer are the study's own; only what would be read from files is invented.
"""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from bridle.api.study import Study
from bridle.data import load
from bridle.engine.spec import HISTORY
from bridle.metrics import Metric
from bridle.origins import PublishedRankings
from bridle.statistics import Looks, looked
from bridle.study.configurations import Configuration
from bridle.study.measuring import ScoreParts
from bridle.study.plan import Plan, PlannedRun
from bridle.study.progress import Improvement
from bridle.study.stored import StoredRun
from bridle.verdict.answer import Answer, conclude
from bridle.verdict.claims import ClaimVerdict
from bridle.verdict.study_evidence import evidence_of


def configurations(label: str, key: str | None, values: tuple[float, ...]) -> list[Configuration]:
    """One configuration a value of `key`, or of the learning rate."""
    if key is None:
        return [Configuration(hyperparameters={}, learning_rate=v) for v in values]
    return [Configuration(hyperparameters={key: v}, learning_rate=0.01) for v in values]


GRIDS: dict[str, list[Configuration]] = {
    "none": configurations("none", None, (0.001, 0.01, 0.1)),
    "l1": configurations("l1", "strength", (1e-5, 1e-4, 1e-3)),
    "l2": configurations("l2", "strength", (1e-5, 1e-4, 1e-3)),
    "dropout": configurations("dropout", "rate", (0.1, 0.3, 0.5)),
    "weight_decay": configurations("weight_decay", "strength", (0.001, 0.01, 0.1)),
    "batch_norm": configurations("batch_norm", None, (0.001, 0.01, 0.1)),
    "early_stopping": configurations("early_stopping", "patience", (1, 3, 5)),
    "dropout+l2": [
        Configuration(hyperparameters={"dropout.rate": r, "l2.strength": s}, learning_rate=0.01)
        for r, s in ((0.1, 1e-4), (0.3, 1e-5), (0.5, 1e-3))
    ],
}

EPOCHS = 6


class Invented(Study):
    """A study with given test scores.

    Args:
        folder: where its page is written.
        dataset: as `bridle.data.load` reads it.
        scores: for each method its test scores, [replicates]; NaN for a diverged run.
        looks: replicates at the looks before; None for a study that is looked at once.
        chosen: for each method the configuration selected (in all replicates); the middle one by default.
        grids: configurations in place of `GRIDS`.
        claims: what is said of published rankings.
        published: figures of the work that is reproduced.
        changes: fields of the evidence in place of the study's own: `diverged`, `at_edge`, `planned_runs` and so on.
        plan: fields of the plan.
    """

    def __init__(
        self,
        folder: Path,
        dataset: str,
        scores: dict[str, list[float]],
        *,
        looks: tuple[int, ...] | None = (),
        chosen: Mapping[str, int] | None = None,
        grids: Mapping[str, list[Configuration]] | None = None,
        claims: Sequence[ClaimVerdict] = (),
        published: tuple[dict[str, Any], ...] = (),
        changes: Mapping[str, Any] | None = None,
        **plan: Any,
    ) -> None:
        data = load(dataset)
        replicates = max(len(values) for values in scores.values())
        grids = {**GRIDS, **(grids or {})}
        self.folder, self.scores, self.versions = folder, scores, {"bridle": "0.1.0"}
        self.plan = Plan(
            dataset=data.spec,
            design=data.design,
            methods=tuple(scores),
            configurations={label: grids[label] for label in scores},
            widths=(8, 4),
            activation="relu",
            epochs=EPOCHS,
            batch_size=32,
            optimizer="adam",
            learning_rates=(0.01,),
            replicates=replicates,
            seed=0,
            published=published,
            origin="noise-labels" if published else None,
            looks=Looks()
            if looks is None
            else looked((*looks, replicates), max(len(scores) - 1, 1)),
            **plan,
        )
        self._claims = tuple(claims)
        self._changes = {"diverged": {}, "at_edge": {}, "test_size": None, **(changes or {})}
        self._measured, self._damaged = {}, []
        self._runs: dict[str, PlannedRun] = {run.name: run for run in self.plan.runs}
        choice = {m: (chosen or {}).get(m, len(grids[m]) // 2) for m in scores}
        self._stored = {
            run.name: self._result(run, abs(run.configuration - choice[run.method]))
            for run in self.plan.runs
        }
        runs = len(self._stored)
        self._costs = {
            "wall_seconds": 41.2,
            "lane_epochs": 0.75 * runs * EPOCHS,
            "idle_lane_epochs": 20.0,
        }

    def _result(self, run: PlannedRun, off: int) -> StoredRun:
        """Invent what is stored of a run whose configuration lies `off` places from the chosen one."""
        score = self._score(run)
        status = "done" if math.isfinite(score) else "diverged"
        own = score - 0.02 * off
        scores = {
            "train_score": own + 0.05,
            "val_score": own,
            "test_score": own,
            "train_loss": 0.3 + len(run.method) * 1e-6,  # or it would have done nothing
            "val_loss": 0.4,
            "test_loss": 0.4,
            "penalty": 0.0,
            "weight_norm": 5.0,
            "exact_zeros": 0.25 if run.method == "l1" else 0.0,
        }
        if status == "diverged":
            scores = dict.fromkeys(scores, math.nan)
        best = 3 if run.method == "early_stopping" else EPOCHS
        return StoredRun(run.name, status, EPOCHS, best, scores, 0.1)

    def _score(self, run: PlannedRun) -> float:
        values = self.scores[run.method]
        score = values[run.replicate] if run.replicate < len(values) else math.nan
        if math.isnan(score) or (self.plan.design != "fixed_test" and self.plan.replicates > 1):
            return score
        tested = self.dataset.sizes.test  # examples are counted
        return round(score * tested) / tested

    @functools.cached_property
    def answer(self) -> Answer:
        found = conclude(replace(evidence_of(self), **self._changes))
        if not self._claims:
            return found
        rankings = PublishedRankings("noise-labels", tuple(c.claim for c in self._claims))
        evidence = replace(found.evidence, rankings=rankings)
        return replace(found, evidence=evidence, claims=self._claims)

    def parts(self, metric: Metric) -> ScoreParts:
        """Invented predictions only come near the scores, but for those that count the examples."""
        counted = self.plan.design == "fixed_test" or self.plan.replicates == 1
        return super().parts(metric) if counted else {}

    @functools.cached_property
    def improvement(self) -> Improvement:
        none = {label: np.zeros(self.plan.replicates) for label in self.plan.methods}
        return Improvement(none, none, none, 0.01, 0.9)

    def histories(self, selected: bool = True) -> pd.DataFrame:
        epochs = np.arange(1, EPOCHS + 1)
        frames = []
        runs = self._finished().values() if selected else self.plan.runs
        for run in runs:
            label, replicate = run.method, run.replicate
            loss = 1 / epochs + 0.01 * replicate
            values = {
                **dict.fromkeys(HISTORY, 0.0),
                "train_loss": loss / 2,
                "train_score": 1 - loss / 4,
                "val_loss": loss,
                "val_score": 1 - loss / 3,
                "weight_norm": 5.0,
            }
            place = {"method": label, "replicate": replicate, "epoch": epochs}
            place |= {} if selected else {"configuration": run.configuration}
            frames.append(pd.DataFrame({**place, **values}))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def _read(self, kind: str, name: str) -> dict[str, np.ndarray]:
        run = self._runs[name]
        if kind == "predictions":
            return self._logits(run)
        random = np.random.default_rng(zlib.crc32(run.method.encode()) + run.replicate)
        d, k = len(self.dataset.features), len(self.dataset.classes)
        kernel = random.normal(size=(d, k)).astype(np.float32)
        if run.method == "l1":
            kernel[: d // 2] = 0
        return {"output/kernel": kernel, "output/bias": np.full(k, 9.0, np.float32)}

    def _logits(self, run: PlannedRun) -> dict[str, np.ndarray]:
        """Invent logits of which as many are right as the score says."""
        random = np.random.default_rng([run.replicate, zlib.crc32(run.method.encode())])
        split = self.dataset.replicate(run.replicate, self.plan.seed)
        k, found = len(self.dataset.classes), {}
        for part in ("validation", "test"):
            truth = split.targets[getattr(split, part)]
            wrong = (truth + random.integers(1, k, len(truth))) % k
            share = np.nan_to_num(self._score(run))
            right = random.permutation(np.arange(len(truth)) < round(share * len(truth)))
            logits = random.normal(size=(len(truth), k))
            said = np.where(right, truth, wrong)
            logits[np.arange(len(truth)), said] = logits.max(axis=1) + random.exponential(
                2, len(truth)
            )
            found[part] = logits
        return found

    def asked(self, method: str, replicate: int, configuration: int, x: np.ndarray) -> np.ndarray:
        return self.probabilities(method, replicate, x)

    def probabilities(self, method: str, replicate: int, X: Any) -> np.ndarray:
        z = X @ self.weights(method, replicate)["output/kernel"].astype(np.float64)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return cast(np.ndarray, e / e.sum(axis=1, keepdims=True))


def around(mean: float, spread: float = 0.002, replicates: int = 10) -> list[float]:
    """Scores of the given mean that lie `spread` to both sides of it in turn."""
    steps = [(-1) ** i * spread for i in range(replicates)]
    return [mean + step - sum(steps) / replicates for step in steps]
