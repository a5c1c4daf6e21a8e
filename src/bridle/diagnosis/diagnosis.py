"""A diagnosis: trains its runs, measures, and says in words and tables what was found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.data import load, save
from bridle.data.dataset import Dataset
from bridle.data.own import is_stored, typed
from bridle.diagnosis.findings import Finding, findings, memory_sentence, signal_sentence
from bridle.diagnosis.measured import Measured, measure
from bridle.diagnosis.trainings import Trained, planned, replicates, select, train
from bridle.diagnosis.wording import Wording
from bridle.domains import Integer
from bridle.engine.executor import Executor
from bridle.errors import UserError
from bridle.files import named_folder
from bridle.refusals import check_free
from bridle.statistics.signal import LEAST
from bridle.study.auto import AUTO
from bridle.study.bounds import MOST_CONFIGURATIONS
from bridle.study.driver import Watch
from bridle.study.executors import executor_for
from bridle.study.learning_rates import LEARNING_RATE, middle, usual_rates
from bridle.study.plan import Plan
from bridle.study.request import Request, make_plan
from bridle.verdict.answer import Answer
from bridle.wording import argument

if TYPE_CHECKING:
    import pandas as pd

NAME = "diagnosis.json"

REPLICATES = {"fixed_test": 3}
"""Default replicates by design; other designs use the data set's own number."""

LEARNING_RATES = 3
"""Default number of learning rates."""

PERMUTATIONS = {"fixed_test": 1}
"""Default number of permutations of the targets to train on, by design. On a fixed test set the test for signal
permutes the test targets instead, and one permutation shows how much is memorized."""

ASKED = (
    "replicates",
    "epochs",
    "network",
    "precision",
    "device",
    "widths",
    "activation",
    "batch_size",
    "optimizer",
    "learning_rate",
    "schedule",
    "configurations",
    "seed",
)


@dataclass(frozen=True, eq=False)
class Diagnosed:
    """What was found on a data set.

    Attributes:
        folder: of the page and the tables.
        plan: the baseline that was trained: network, learning rates, replicates.
        dataset: what it was trained on.
        permutations: number of permutations of the targets that it was trained on.
        measured: every number that the findings rest on.
        answer: the network compared with a simple predictor and with itself on half of the examples; None if every run
            diverged.
        found: the findings: no signal and a failing optimization first, then by their effect on accuracy (or R²).
        trained: all runs.
        seconds: how long it took.
    """

    folder: Path
    plan: Plan
    dataset: Dataset
    permutations: int
    measured: Measured
    answer: Answer | None
    found: tuple[Finding, ...]
    trained: tuple[Trained, ...]
    seconds: float

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.plan.dataset}: {', '.join(self.kinds) or 'nothing found'})"

    @property
    def wording(self) -> Wording:
        """How its numbers are written, and its words."""
        return Wording(self.dataset.task, _typed(self.dataset), middle(self.plan.learning_rates))

    @property
    def kinds(self) -> list[str]:
        """The kinds of the findings."""
        return [finding.kind for finding in self.found]

    @property
    def sentences(self) -> list[str]:
        """The diagnosis in words, sentence by sentence."""
        w = self.wording
        said = [signal_sentence(self.measured, w)]
        others = [finding.short(w) for finding in self.found if finding.kind != "no signal found"]
        if others:
            said.append(f"What hinders learning: {', '.join(others)}.")
        elif not self.found:
            said.append("Nothing was found that hinders learning.")
        return [*said, *filter(None, [memory_sentence(self.measured, w)])]

    @property
    def summary(self) -> str:
        """The diagnosis in words."""
        return " ".join(self.sentences)

    @property
    def chosen(self) -> list[Trained]:
        """The run chosen on validation data for each replicate, on true targets and all examples."""
        return [one for one in replicates(select(self.trained)) if not one.diverged]

    def findings(self) -> pd.DataFrame:
        """Return one row for each finding: `finding`, `cost` (in accuracy or R²), `evidence`, `advice`, `command`."""
        import pandas as pd

        columns = ["finding", "cost", "evidence", "advice", "command"]
        rows = [(f.kind, f.cost, f.evidence, f.advice, f.command) for f in self.found]
        return pd.DataFrame(rows, columns=columns)

    def curve(self) -> pd.DataFrame:
        """Return the learning curve: `examples`, `test_score`, `low`, `high` (95 %)."""
        import pandas as pd

        columns = ["examples", "test_score", "low", "high"]
        steps = self.measured.curve
        rows = [(s.examples, s.score.value, s.score.low, s.score.high) for s in steps]
        return pd.DataFrame(rows, columns=columns)

    def runs(self) -> pd.DataFrame:
        """Return one row for each run; `permutation` is missing for true targets."""
        import pandas as pd

        chosen = {one.run.name for one in select(self.trained).values()}
        rows = []
        for one in self.trained:
            spec = one.run.spec
            row = {
                "permutation": spec.permutation,
                "examples": one.run.program.examples or self.dataset.sizes.train,
                "replicate": spec.replicate,
                "learning_rate": spec.learning_rate,
                "epochs": spec.epochs,
                "chosen": one.run.name in chosen,
                "diverged": one.diverged,
            }
            rows.append({**row, **{name: one.scores[name] for name in _SCORES}})
        return pd.DataFrame(rows).astype({"permutation": "Int64"})

    def document(self) -> dict[str, Any]:
        """Return the content of `diagnosis.json`."""
        return {
            "folder": str(self.folder),
            "dataset": self.plan.dataset,
            "runs": len(self.trained),
            "permutations": self.permutations,
            "seconds": self.seconds,
            "task": str(self.dataset.task),
            "share": self.wording.share,
            "summary": self.sentences,
            "findings": [asdict(finding) for finding in self.found],
            "measured": asdict(self.measured),
            "plan": asdict(self.plan),
        }


_SCORES = ("train_score", "val_score", "test_score", "train_loss", "val_loss", "test_loss")


def make_baseline(
    dataset: Dataset, permutations: int | None = None, **request: Any
) -> tuple[Plan, int]:
    """Return the plan of the baseline, and the number of permutations of the targets that it is trained on.

    Raises:
        UserError: an argument lies outside its domain, or the task leaves numbers unscaled.
    """
    task = dataset.task
    if task.predicts == "values" and task.scaling(np.eye(2, task.outputs)) is None:
        raise UserError(
            f"A diagnosis compares losses of standardized targets, and the task {task} does not standardize them. "
            f"Diagnose the same rows with {argument('task', 'regression')}."
        )
    least = 1 if dataset.design == "fixed_test" else LEAST
    wanted = Integer(least, 10_000).check(
        "permutations",
        PERMUTATIONS.get(dataset.design, LEAST) if permutations is None else permutations,
    )
    asked = Request(methods="none", **request)
    if asked.replicates is None:
        own = dataset.defaults.replicates
        asked = replace(asked, replicates=min(own, REPLICATES.get(dataset.design, own)))
    if asked.learning_rate is None:
        amount = Integer(1, MOST_CONFIGURATIONS).check(
            "configurations", asked.configurations or LEARNING_RATES
        )
        usual = usual_rates(dataset.defaults.learning_rate, amount)
        asked = replace(asked, grid={LEARNING_RATE: {LEARNING_RATE: usual}}, configurations=amount)
    Integer(2).check("replicates", asked.replicates)
    plan = make_plan(dataset, asked)
    if plan.pilot is not None:
        raise UserError(argument="epochs", expected="a number in a diagnosis", received=AUTO)
    return plan, wanted


def prepare(dataset: Dataset, plan: Plan, out: str | Path | None) -> Path:
    """Return the folder, which is made if it does not exist.

    Raises:
        UserError: it holds something else, or cannot be written to.
    """
    stem = "".join(letter if letter.isalnum() else "-" for letter in dataset.name)
    folder = named_folder(f"bridle-diagnose-{stem}" if out is None else out)
    dataset.replicate(0, plan.seed)  # downloads the data, if necessary, before a folder is made
    try:
        if folder.is_file() or (folder.is_dir() and not _ours(folder)):
            raise UserError(
                f"{folder} exists and is not a diagnosis. Choose another folder with {argument('out')}."
            )
        folder.mkdir(parents=True, exist_ok=True)
        check_free(folder, (NAME, "runs.csv", "report.html"))
        save(dataset, folder)
    except OSError as error:
        raise UserError(
            f"Cannot write to {folder}: {error.strerror}. Choose another folder with {argument('out')}."
        ) from error
    return folder


def investigate(
    dataset: Dataset,
    plan: Plan,
    permutations: int,
    folder: Path,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
) -> Diagnosed:
    """Train all runs, measure, and find what hinders learning; the caller holds the folder's lock."""
    started = time.perf_counter()
    runs = planned(plan, dataset, permutations)
    told: Callable[[Any], None] = watch or (lambda progress: None)
    with executor_for(plan, executor, runs=len(runs)) as own:
        trained = train(plan, runs, own, folder, told)
    measured, answer = measure(trained, dataset, plan.seed, permutations)
    return Diagnosed(
        folder,
        plan,
        dataset,
        permutations,
        measured,
        answer,
        tuple(findings(measured, dataset.task, _typed(dataset), middle(plan.learning_rates))),
        tuple(trained),
        time.perf_counter() - started,
    )


def _typed(dataset: Dataset) -> str:
    """Return the shortest text that names a data set in a shell; empty for rows given as arrays."""
    named = not is_stored(dataset.spec) and load(dataset.name).spec == dataset.spec
    return dataset.name if named else typed(dataset)


def _ours(folder: Path) -> bool:
    """Say whether a folder is a diagnosis, is empty, or holds only files of an interrupted start."""
    if (folder / NAME).is_file():
        return True
    left = ("arrays-", "table-", "study.lock", "underway")
    return all(path.name.startswith(left) for path in folder.iterdir())
