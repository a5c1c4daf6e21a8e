"""The table of a study's runs: every finished run in plan order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from bridle.study.influence import Influence
from bridle.study.plan import Plan, hyperparameters_json
from bridle.study.schema import SCORES
from bridle.study.selection import Selected
from bridle.study.stored import StoredRun

if TYPE_CHECKING:
    import pandas as pd

RESULTS = (
    "dataset",
    "method",
    "hyperparameters",
    "replicate",
    "selected",
    "status",
    "epochs_run",
    "best_epoch",
    "metric",
    *SCORES,
    "share",
    "score_change",
    "weights_change",
    "predictions_changed",
    "inert",
)


def results_table(
    plan: Plan,
    done: Mapping[str, StoredRun],
    selected: Selected,
    influences: Mapping[str, Influence],
    metric: str,
) -> pd.DataFrame:
    """Return one row for each finished run, in plan order, with the columns `RESULTS`; runs are scored by `metric`."""
    import pandas as pd

    rows = []
    for run in plan.runs:
        if run.name not in done:
            continue
        stored = done[run.name]
        chosen = selected.get((run.method, run.replicate))
        rows.append(
            {
                "dataset": plan.dataset,
                "method": run.method,
                "hyperparameters": hyperparameters_json(
                    plan.configurations[run.method][run.configuration]
                ),
                "replicate": run.replicate,
                "selected": chosen is not None and chosen.name == run.name,
                "status": stored.status,
                "epochs_run": stored.epochs_run,
                "best_epoch": stored.best_epoch,
                "metric": metric,
                **stored.scores,
                **(asdict(influences[run.name]) if run.name in influences else {}),
            }
        )
    frame = pd.DataFrame(rows, columns=list(RESULTS))
    return frame.astype({"inert": "boolean"})
