"""Lane-epochs that early stopping and recycled lanes save: counted, not timed."""

from __future__ import annotations

from typing import Any

from benchmarks.ours import plan_of, train
from benchmarks.record import Row, plain
from bridle.engine.executor import LocalExecutor
from bridle.engine.spec import Chunk, ChunkResult

EPOCHS = 200


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return the share of lane-epochs saved in a study of early stopping on moons; `repeats` changes nothing."""
    plan = plan_of(
        "moons",
        methods="early_stopping",
        epochs=EPOCHS,
        learning_rate=0.01,
        replicates=5 if quick else 40,
    )
    counts = {"trained": 0, "idle": 0, "without recycling": 0, "without stopping": 0}

    def receive(chunk: Chunk, result: ChunkResult) -> None:
        counts["trained"] += result.lane_epochs
        counts["idle"] += result.idle_lane_epochs
        epochs = [run.epochs_run for run in result.results]
        for at in range(0, len(epochs), chunk.width):  # lanes filled once wait for the last of them
            counts["without recycling"] += chunk.width * max(epochs[at : at + chunk.width])
            counts["without stopping"] += chunk.width * EPOCHS

    with LocalExecutor() as executor:
        train(executor, plan, receive)
    spent = counts["trained"] + counts["idle"]

    def saved(of: str) -> float:
        return float(f"{100 * (1 - spent / counts[of]):.3g}")

    rows: list[Row] = [
        plain("lane-epochs saved by recycling lanes", saved("without recycling"), "%"),
        plain("lane-epochs saved by stopping and recycling", saved("without stopping"), "%"),
        plain("of the lane-epochs spent, idle", float(f"{100 * counts['idle'] / spent:.3g}"), "%"),
    ]
    return {"rows": rows, "lane_epochs": counts, "runs": len(plan.runs)}
