"""Large networks: five methods at once on MNIST, 784-512-256-10, beside Keras and PyTorch."""

from __future__ import annotations

from typing import Any

from benchmarks.contest import Peer, contest, described
from benchmarks.moons import in_two
from benchmarks.ours import Bridle, plan_of
from benchmarks.record import Row, at_least, median, plain
from benchmarks.roof import roof, shown

METHODS = {
    "l1(strength=1e-5)": "L1",
    "l2(strength=1e-4)": "L2",
    "elastic_net(strength=2e-5)": "elastic net",
    "dropout(rate=0.3)": "dropout",
    "batch_norm": "batch norm",
}
WIDTHS, BATCH = (512, 256), 128
TRAIN_ONLY = {"dataset": "mnist(validation=10)", "widths": WIDTHS, "batch_size": BATCH}
"""Evaluation of 20 examples an epoch: training alone, with everything that belongs to it."""

LAYERS = ((784, 512), (512, 256), (256, 10))


def peers(data: str, train: int) -> list[Peer]:
    """Return the peers; one epoch each."""
    base = {"data": data, "job": "mnist", "batch": BATCH, "learning_rate": 0.001, "epochs": 1}
    threads = ({"threads": 1}, {"threads": 2})
    tuned = {"jit": False, "steps_per_execution": -(-train // BATCH)}
    alone = [
        Peer("Keras fit", "peers.keras_fit", base | {"models": 3}, ({}, tuned)),
        Peer("PyTorch eager", "peers.torch_eager", base | {"models": 3}, threads),
        Peer("PyTorch, packed", "peers.torch_packed", base | {"packs": [3, 1, 1]}, threads),
    ]
    return alone + [in_two(peer) for peer in alone[1:]]


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return steps per second of all contenders, and the share of the matrix-product rate that training reaches."""
    data = "mnist(train=6000,validation=1000)" if quick else "mnist"
    plan = plan_of(
        data,
        methods=",".join(METHODS),
        replicates=2,
        epochs=2,
        widths=WIDTHS,
        batch_size=BATCH,
        learning_rate=0.001,
    )
    ours = Bridle(plan)
    rivals = peers(data, 6000 if quick else 54_000)
    outcome = contest([ours, *rivals], repeats)
    rows: list[Row] = []
    single = [rival.name for rival in rivals[1:] if rival.processes == 1]
    best = outcome.fastest(single)
    for rival in rivals:
        ratio = outcome.ratio(ours.name, rival.name)
        what = f"steps per second over {rival.name}, validation included"
        goal = 4 if rival is rivals[0] else 1.5 if rival.name == best else None
        rows.append(at_least(what, ratio, goal, "×") if goal else plain(what, ratio, "×"))
    rate = median(outcome.rates[ours.name])
    rows.append(plain("ms a step, validation included", median([1e3 / rate]), "ms"))
    whole = [ours.whole() for _ in range(repeats)]
    what = f"seconds for {len(plan.runs)} runs of {plan.epochs} epochs with start and compilation"
    rows.append(plain(what, median(whole), "s"))
    alone = {**TRAIN_ONLY, "dataset": "mnist(train=6000,validation=10)"} if quick else TRAIN_ONLY
    found = roof(alone, METHODS, LAYERS, repeats)
    share = found["share"]["all"]
    what = "training alone, share of the matrix-product rate of both cores"
    rows.append(at_least(what, share, 65, "%"))
    return {
        "rows": rows,
        "contenders": outcome.figures(),
        "whole_seconds": whole,
        "roof": found,
        "details": [described(outcome, "MNIST"), *shown(found, "MNIST")],
    }
