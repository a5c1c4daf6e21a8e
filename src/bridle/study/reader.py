"""A study as its folder holds it: the plan and the results."""

from __future__ import annotations

import functools
import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.domains import Integer
from bridle.engine.spec import HISTORY
from bridle.errors import UserError, unknown
from bridle.files import named_folder
from bridle.metrics import Metric, of_task
from bridle.metrics import metric as read_metric
from bridle.study import measuring
from bridle.study.influence import Influence, influences, parts, throughout
from bridle.study.keeping import kept
from bridle.study.plan import Plan, PlannedRun, read_plan
from bridle.study.progress import Improvement, improvement
from bridle.study.results import results_table
from bridle.study.selection import Selected, at_edge, select
from bridle.study.store import Store
from bridle.study.stored import StoredRun
from bridle.wording import command

if TYPE_CHECKING:
    import pandas as pd


class StudyReader:
    """Read a study, finished or not. Reading it changes nothing.

    Attributes:
        folder: where it lies.
        plan: what is compared, and how.

    Args:
        folder: what `bridle compare` or `bridle train` wrote.

    Raises:
        UserError: the folder is not a study, or is damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = named_folder(folder, "folder")
        self.plan: Plan
        self.plan, self.request, self.versions = read_plan(self.folder / "study.json")
        with Store(self.folder) as store:
            self._stored, self._damaged = store.read()
            self._costs = store.costs()
        self._measured: dict[str, measuring.ScoreParts] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r}: {self.plan.dataset}, {', '.join(self.plan.methods)})"

    @property
    def complete(self) -> bool:
        """Whether every planned run is finished, and neither refinement nor more epochs may be due."""
        due = self.plan.refine or self.plan.lengthen
        return not due and all(run.name in self._stored for run in self.plan.runs)

    @property
    def runs(self) -> int:
        """How many runs are finished."""
        return sum(run.name in self._stored for run in self.plan.runs)

    @property
    def planned_runs(self) -> int:
        """How many runs are planned."""
        return len(self.plan.runs)

    def settled(self) -> bool:
        """Say whether it is complete, with undamaged weights and predictions of every selected run and its pair."""
        if not self.complete or self._damaged:
            return False
        with Store(self.folder) as store:
            return not store.without_files(kept(self.plan, self._stored, self.dataset))

    @property
    def _done(self) -> dict[str, StoredRun]:
        """The finished runs by name.

        Raises:
            UserError: the database holds altered or damaged rows.
        """
        if self._damaged:
            count = len(self._damaged) - 1
            others = f", nor do {count} others" if count else ""
            raise UserError(
                f"{self.folder / 'study.db'} was altered or damaged: the row of {self._damaged[0]} does not have its "
                f"digest{others}. Restore it from a copy, or train these runs again: "
                f"{command('resume', self.folder)}"
            )
        return self._stored

    @functools.cached_property
    def dataset(self) -> Dataset:
        """The data set; its examples are generated or loaded again when asked for."""
        return load(self.plan.dataset, self.folder)

    @functools.cached_property
    def selected(self) -> Selected:
        """The selected run of each method and replicate."""
        return select(self.plan, self._done, self.dataset)

    @functools.cached_property
    def influences(self) -> dict[str, Influence]:
        """The influence of the method on each finished run, by the run's name."""

        def arrays(kind: str, name: str) -> dict[str, np.ndarray] | None:
            # before a study is finished it may lack the files of a pair
            there = (self.folder / kind / f"{name}.safetensors").exists()
            return self._read(kind, name) if there or self.complete else None

        return influences(
            self.dataset.task,
            self.plan,
            self._done,
            self._shares,
            self.selected.values(),
            arrays,
        )

    @property
    def _shares(self) -> dict[str, float]:
        """The methods' shares of their runs' training, by the run's name, where they are known."""
        return {run.name: run.share for run in self._done.values() if run.share == run.share}

    @functools.cached_property
    def _influenced(self) -> dict[str, Influence]:
        """The same, without the quantities that need weights and predictions."""
        return influences(
            self.dataset.task, self.plan, self._done, self._shares, (), lambda kind, name: None
        )

    @functools.cached_property
    def idle(self) -> dict[str, tuple[list[str], list[str]]]:
        """The joined methods with parts that did nothing in any selected run: these parts, and the others."""
        found = throughout(
            self.selected,
            self._done,
            lambda name: name in self._influenced and self._influenced[name].idle,
        )
        return {label: parts(label) for label in self.plan.methods if label in found}

    @functools.cached_property
    def improvement(self) -> Improvement:
        """How much every method still improved at the end of training, on validation data."""
        with Store(self.folder) as store:
            return improvement(self.plan, self._done, store.history, self.dataset.task.metric)

    def stored(self, method: str, replicate: int) -> StoredRun | None:
        """Return the measurements of the selected run of a method and replicate; None without one.

        Args:
            method: as in the plan.
            replicate: from 0.
        """
        run = self.selected.get((method, replicate))
        return None if run is None else self._done[run.name]

    def results(self) -> pd.DataFrame:
        """Return one row for each finished run, in plan order."""
        return self._results.copy()

    @functools.cached_property
    def _results(self) -> pd.DataFrame:
        return results_table(
            self.plan, self._done, self.selected, self.influences, self.dataset.task.metric
        )

    @property
    def metric(self) -> Metric:
        """What the selected runs are judged by."""
        return read_metric(self.plan.metric)

    def test_scores(self, metric: Metric | str | None = None) -> dict[str, np.ndarray]:
        """Return each method's test scores `[replicates]`, NaN if no run finished.

        Args:
            metric: such as `"log-loss"`; by default the study's.

        Raises:
            UserError: there is no such metric.
        """
        kind = self.dataset.task.kind
        return self._scores(self.metric if metric is None else read_metric(metric, kind))

    def parts(self, metric: Metric) -> measuring.ScoreParts:
        """Return each test example's part of those scores, for each method [replicates, n]; NaN without a run.

        Args:
            metric: such as `METRICS["log-loss"]`.
        """
        return dict(self._parts(metric))

    def metrics(self) -> pd.DataFrame:
        """Return every selected run's test score in all metrics that need its predictions alone.

        Columns: `method`, `replicate`, then the metrics by name, such as `log-loss`.
        """
        return self._metrics.copy()

    @functools.cached_property
    def _metrics(self) -> pd.DataFrame:
        import pandas as pd

        known = [m for m in of_task(self.dataset.task.kind) if not m.noise]
        rows = measuring.table(known, self._finished(), self.dataset, self.predictions)
        return pd.DataFrame(rows, columns=["method", "replicate", *(m.name for m in known)])

    def histories(self, selected: bool = True) -> pd.DataFrame:
        """Return runs epoch by epoch: `method`, `replicate`, `epoch`, then `HISTORY`.

        Args:
            selected: the selected runs alone. Otherwise all finished ones, in plan order, with the column
                `configuration` (from 0, as in `plan.configurations`) behind `replicate`.
        """
        import pandas as pd

        runs = self.selected.values() if selected else self.plan.runs
        keys = ["method", "replicate", *([] if selected else ["configuration"])]
        frames = []
        with Store(self.folder) as store:
            for run in runs:
                if run.name not in self._done:
                    continue
                history = store.history(run.name)
                columns = {key: getattr(run, key) for key in keys}
                columns["epoch"] = np.arange(1, len(history) + 1)
                frames.append(pd.DataFrame(columns | dict(zip(HISTORY, history.T, strict=True))))
        if not frames:
            return pd.DataFrame(columns=[*keys, "epoch", *HISTORY])
        return pd.concat(frames, ignore_index=True)

    def weights(
        self, method: str, replicate: int = 0, configuration: int | None = None
    ) -> dict[str, np.ndarray]:
        """Return a run's weights by name: `dense_0/kernel [in, out]`, `conv_0/kernel [3, 3, in, out]`.

        Args:
            method: as in the plan.
            replicate: from 0.
            configuration: which of `plan.configurations[method]`, from 0; by default the selected one.

        Raises:
            UserError: there is no such run, it has not finished, or its weights were not kept.
        """
        if configuration is None:
            return self._read("weights", self._run(method, replicate).name)
        run = self._configured(method, replicate, configuration)
        if run.name not in self.kept_weights:
            raise UserError(
                f"The weights of configuration {configuration} of {method} in replicate {replicate} were not kept "
                f'(keep="{self.plan.keep}"). The same comparison with keep="all" trains such runs again and keeps them.'
            )
        return self._read("weights", run.name)

    @functools.cached_property
    def kept_weights(self) -> set[str]:
        """The names of the runs whose weights a finished study keeps."""
        return kept(self.plan, self._done, self.dataset)["weights"]

    def predictions(self, method: str, replicate: int = 0) -> dict[str, np.ndarray]:
        """Return the selected run's predictions on `validation` and `test`: logits `[n, K]`, or values `[n, T]`.

        Args:
            method: as in the plan.
            replicate: from 0.
        """
        return self._read("predictions", self._run(method, replicate).name)

    def probabilities(self, method: str, replicate: int, X: Any) -> np.ndarray:
        """Return class probabilities `[n, K]`, or values `[n, T]`, of raw examples `X [n, ...]` by a selected model.

        Args:
            method: as in the plan.
            replicate: the replicate of the model that predicts.
            X: examples as they were given for training. The columns of a frame are found by their names; arrays
                have the columns in the order of training.

        Raises:
            UserError: there is no such model, or `X` does not hold examples like those it was trained on.
        """
        from bridle.study.prediction import predict

        run = self._run(method, replicate)
        return predict(run, self.weights(method, replicate), self.dataset, X)

    def asked(self, method: str, replicate: int, configuration: int, x: np.ndarray) -> np.ndarray:
        """Return predictions `[n, K]` of prepared examples `x [n, d]` by a network that was kept.

        Args:
            method: as in the plan.
            replicate: from 0.
            configuration: as of `weights`.
            x: the examples.
        """
        from bridle.study.prediction import predict_seen

        run, split = self._configured(method, replicate, configuration), self.dataset.replicate
        weights = self.weights(method, replicate, configuration)
        return predict_seen(run, weights, self.dataset, split(replicate, self.plan.seed), x)

    def facts(self) -> dict[str, Any]:
        """Return further facts about the study: runs, time, divergence, grid edges, configurations."""
        diverged = Counter(
            run.method
            for run in self.plan.runs
            if run.name in self._done and self._done[run.name].status == "diverged"
        )
        edges = {label: at_edge(self.plan, self.selected, label) for label in self.plan.methods}
        return {
            "runs": self.runs,
            "planned_runs": self.planned_runs,
            "seconds": self._costs["wall_seconds"],
            "costs": self._costs,
            "diverged": {label: diverged[label] for label in self.plan.methods if diverged[label]},
            "at_edge": {label: edge[0] for label, edge in edges.items() if edge},
            "configurations": {
                label: len(found) for label, found in self.plan.configurations.items()
            },
            "idle": self.idle,
        }

    def _run(self, method: str, replicate: int) -> PlannedRun:
        if method not in self.plan.methods:
            raise unknown("method of this study", method, self.plan.methods)
        replicate = Integer(0, self.plan.replicates - 1).check("replicate", replicate)
        if (method, replicate) not in self.selected:
            raise UserError(
                f"This study holds no finished run of {method} for replicate {replicate}."
            )
        return self.selected[method, replicate]

    def _configured(self, method: str, replicate: int, configuration: int) -> PlannedRun:
        """Return the finished run of a configuration."""
        self._run(method, replicate)
        tried = len(self.plan.configurations[method])
        Integer(0, tried - 1).check("configuration", configuration)
        wanted = method, replicate, configuration
        for run in self.plan.runs:
            if (run.method, run.replicate, run.configuration) == wanted and run.name in self._done:
                return run
        raise UserError(
            f"Configuration {configuration} of {method} in replicate {replicate} has not finished yet. Go on with: "
            f"{command('resume', self.folder)}"
        )

    def _read(self, kind: str, name: str) -> dict[str, np.ndarray]:
        """Return the `weights` or `predictions` of a run by its name."""
        with Store(self.folder) as store:
            return store.arrays(kind, name)

    def _scores(self, metric: Metric) -> dict[str, np.ndarray]:
        """Return the test scores of each method's selected runs `[replicates]`, NaN if there is none."""
        if metric.name != self.dataset.task.metric:
            return {label: own.mean(axis=1) for label, own in self._parts(metric).items()}
        scores = {label: np.full(self.plan.replicates, math.nan) for label in self.plan.methods}
        for (label, replicate), run in self.selected.items():
            scores[label][replicate] = self._done[run.name].scores["test_score"]
        return scores

    def _finished(self) -> Selected:
        """Return the selected runs that did not diverge."""
        return {
            place: run
            for place, run in self.selected.items()
            if self._done[run.name].status == "done"
        }

    def _parts(self, metric: Metric) -> measuring.ScoreParts:
        """Return each test example's part of those scores `[replicates, n]`."""
        if metric.name not in self._measured:
            shape = (self.plan.replicates, self.dataset.sizes.test)
            done = self._finished()
            if metric.noise:
                cache = self.folder / "robustness" / f"{metric.noise:.9g}"
                found = measuring.noisy_parts(
                    metric, done, self.dataset, shape, self.weights, cache
                )
            else:
                found = measuring.parts(metric, done, self.dataset, shape, self.predictions)
            nothing = np.full(shape, math.nan)
            self._measured[metric.name] = {
                label: found.get(label, nothing) for label in self.plan.methods
            }
        return self._measured[metric.name]
