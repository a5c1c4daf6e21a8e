"""A pool of runs with their validation histories, on which rules that end runs early are replayed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.protocol_pool import REDRAWN
from benchmarks.protocol_sets import DRAWS, dataset
from bridle.engine.devices import Device
from bridle.engine.spec import HISTORY, ProgramSpec, RunSpec
from bridle.methods.composition import Composition
from bridle.optimizers.catalogue import USUAL_SCHEDULE
from bridle.study.configurations import configure, unflatten
from bridle.study.learning_rates import RATES, usual_rates

if TYPE_CHECKING:
    import pandas as pd

METHODS = (
    "none", "l1", "l2", "weight_decay", "dropout", "mixup", "batch_norm", "early_stopping",
)  # fmt: skip

SETS = (
    "moons", "circles", "digits", "digits_noise", "segment_800", "adult_500", "australian",
    "balance_scale",
)  # fmt: skip

PROGRAMS = (("dropout", "mixup"), ("batch_norm",))
"""The methods that programs hold beside those that every one does."""


@dataclass(frozen=True)
class Planned:
    """One run of a pool.

    Attributes:
        method: `none` first; `REDRAWN` does nothing: it is `none` from other initial weights, once for each strength.
        configuration: which of the method's, from 0.
        rate: place of its learning rate among the method's.
        split: of the data.
        spec: the engine's specification.
    """

    method: str
    configuration: int
    rate: int
    split: int
    spec: RunSpec


def planned(rate: float, epochs: int, splits: int, methods: Sequence[str]) -> list[Planned]:
    """Return the runs of a default comparison, in plan order.

    Args:
        rate: the data set's learning rate.
        epochs: of a run.
        splits: number of splits.
        methods: `none` first.
    """
    rates = usual_rates(rate, RATES)
    plan = configure([Composition.parse(name) for name in methods], rates)
    settings = []
    for name, configurations in plan.items():
        tried = sorted({c["learning_rate"] for c in configurations})
        for number, one in enumerate(configurations):
            setting = unflatten((name,), one["hyperparameters"])
            place = tried.index(one["learning_rate"])
            settings.append((name, number, place, setting, one["learning_rate"], 0))
    draws = len(plan[methods[0]]) // RATES
    for number in range(RATES * draws):
        place, draw = divmod(number, draws)
        settings.append((REDRAWN, number, place, {"none": {}}, rates[place], draw + 1))
    return [
        Planned(name, number, place, split, RunSpec(setting, own, epochs, DRAWS * split + draw, 0))
        for name, number, place, setting, own, draw in settings
        for split in range(splits)
    ]


def train(name: str, splits: int, times: float, methods: Sequence[str]) -> pd.DataFrame:
    """Train methods on a data set in this process.

    Args:
        name: of the data set.
        splits: how many.
        times: factor on the data set's number of epochs.
        methods: `none` first.

    Returns:
        A row for each run: its places, final scores, and its validation scores and losses after every epoch.
    """
    import pandas as pd

    from bridle.engine.program import Program
    from bridle.engine.width import lanes

    data = dataset(name)
    own, epochs = data.defaults, max(1, round(data.defaults.epochs * times))
    runs = planned(own.learning_rate, epochs, splits, methods)
    rows, began = [], time.perf_counter()
    for held in PROGRAMS:
        mine = [
            one
            for one in runs
            if (one.method in held) or ("dropout" in held and one.method != "batch_norm")
        ]
        mine.sort(key=lambda one: one.method == "early_stopping")  # runs of one length end together
        if not mine:
            continue
        program = ProgramSpec(
            own.widths, own.activation, tuple(c for m in held for c in Composition.parse(m).compiled),
            "adam", min(own.batch_size, data.sizes.train), schedule=USUAL_SCHEDULE,
        )  # fmt: skip
        trainer = Program(program, min(lanes(program, data), len(mine)), data)
        results = trainer.train([one.spec for one in mine])
        for one, result in zip(mine, results, strict=True):
            rows.append(
                {
                    "dataset": name, "times": times, "epochs": epochs, "method": one.method,
                    "configuration": one.configuration, "rate": one.rate, "split": one.split,
                    **{s: np.float32(result.scores[s]) for s in ("val_score", "val_loss", "test_score")},
                    "epochs_run": result.epochs_run, "best_epoch": result.best_epoch,
                    "val_scores": result.history[:, HISTORY.index("val_score")].astype(np.float32),
                    "val_losses": result.history[:, HISTORY.index("val_loss")].astype(np.float32),
                }
            )  # fmt: skip
    print(f"{name}: {len(rows)} runs in {time.perf_counter() - began:.0f} s", flush=True)
    return pd.DataFrame(rows)


def fill(
    path: Path,
    names: Sequence[str],
    splits: int,
    times: float,
    methods: Sequence[str],
    workers: int,
) -> None:
    """Train methods on every data set in several processes, and write the pool after each of them."""
    import pandas as pd

    os.environ.update(Device("cpu", 0).environment())
    found: list[pd.DataFrame] = []
    with ProcessPoolExecutor(workers, get_context("spawn"), max_tasks_per_child=1) as processes:
        waiting = [processes.submit(train, name, splits, times, methods) for name in names]
        for done in as_completed(waiting):
            found.append(done.result())
            pool = pd.concat(found, ignore_index=True)
            part = path.with_suffix(".part")
            pool.to_parquet(part, compression="zstd", index=False)
            part.replace(path)
