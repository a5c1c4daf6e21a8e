"""Many small networks: 256 runs of 2-128-128-1 on moons, validated every epoch, beside five peers."""

from __future__ import annotations

from typing import Any

from benchmarks.contest import Peer, contest, described
from benchmarks.ours import Bridle, plan_of
from benchmarks.peers import jobs
from benchmarks.record import Detail, Row, at_least, median, plain
from benchmarks.roof import roof, shown

ONE_OR_TWO = ({"threads": 1}, {"threads": 2})
TRAIN_ONLY = {"dataset": jobs.MOONS_64, "widths": (128, 128), "batch_size": 32}
LAYERS = ((2, 128), (128, 128), (128, 1))
SHAPE = {"batch": 32, "learning_rate": 0.01}


def bridle(data: str, epochs: int, replicates: int = 16) -> Bridle:
    """Return the contender that trains sixteen settings on each of `replicates` samples."""
    grid = {
        "l1": {"strength": jobs.STRENGTHS},
        "l2": {"strength": jobs.STRENGTHS},
        "dropout": {"rate": jobs.RATES},
    }
    methods = "l1,l2,dropout"
    return Bridle(
        plan_of(
            data,
            methods=methods,
            grid=grid,
            replicates=replicates,
            epochs=epochs,
            learning_rate=SHAPE["learning_rate"],
        )
    )


def peers(data: str, steps: int, scale: float) -> list[Peer]:
    """Return the peers; each takes as many epochs as give a stable rate in a few seconds."""

    def epochs(count: float) -> int:
        return max(1, round(count * scale))

    base = {**SHAPE, "data": data}
    keras = base | {"job": "moons", "epochs": epochs(48 / steps + 6), "models": 2}
    eager = base | {"job": "moons", "epochs": epochs(1500 / steps), "models": 2}
    sklearn = base | {"epochs": epochs(1500 / steps), "models": 2}
    packed = base | {"job": "moons", "epochs": epochs(300 / steps), "packs": [32, 32]}
    vmap = base | {"epochs": epochs(300 / steps), "runs": 128}
    tuned = {"steps_per_execution": steps, "jit": False}
    alone = [
        Peer("Keras fit", "peers.keras_fit", keras, ({}, tuned)),
        Peer(
            "PyTorch eager",
            "peers.torch_eager",
            eager,
            ({"threads": 1}, {"threads": 2}, {"threads": 2, "fused": False}),
        ),
        Peer("scikit-learn", "peers.sklearn_fit", sklearn, ONE_OR_TWO),
        Peer("PyTorch, 32 packed", "peers.torch_packed", packed, ONE_OR_TWO),
        Peer(
            "jax.vmap, one device",
            "peers.jax_vmap",
            vmap,
            ({"width": 32}, {"threads": 1, "width": 32}, {"threads": 1, "width": 8}),
        ),
    ]
    return alone + ([in_two(peer) for peer in alone[1:4]] if steps == 3 else [])


def in_two(peer: Peer) -> Peer:
    """Return two processes of a peer with one thread each, as `n_jobs=2` would start them."""
    name = f"{peer.name}, two processes"
    return Peer(name, peer.module, {**peer.settings, "threads": 1}, processes=2)


GOALS: dict[str, float] = {
    "Keras fit": 1000,
    "PyTorch eager": 12,
    "scikit-learn": 12,
    "PyTorch, 32 packed": 2,
    "jax.vmap, one device": 1.7,
}


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return trained steps per second of all contenders, with 3 and with 64 steps an epoch."""
    rows: list[Row] = []
    figures: dict[str, Any] = {}
    details: list[Detail] = []
    scale = 0.2 if quick else 1.0
    for data, steps, epochs in ((jobs.MOONS_3, 3, 240), (jobs.MOONS_64, 64, 12)):
        ours = bridle(data, max(2, round(epochs * scale)), 2 if quick else 16)
        rivals = peers(data, steps, scale)
        outcome = contest([ours, *rivals], repeats)
        figures[f"{steps} steps an epoch"] = outcome.figures()
        details.append(described(outcome, f"moons, {steps} steps an epoch"))
        for rival in rivals:
            ratio = outcome.ratio(ours.name, rival.name)
            what = f"steps per second over {rival.name}, {steps} steps an epoch"
            goal = GOALS.get(rival.name) if steps == 3 else None
            rows.append(at_least(what, ratio, goal, "×") if goal else plain(what, ratio, "×"))
        rate = median(outcome.rates[ours.name])
        rows.append(plain(f"µs a step, {steps} steps an epoch", median([1e6 / rate]), "µs"))
        if steps == 3:
            whole = [ours.whole() for _ in range(repeats)]
            figures["whole_seconds"] = whole
            what = f"seconds for {len(ours.plan.runs)} runs of {ours.plan.epochs} epochs with start and compilation"
            rows.append(plain(what, median(whole), "s"))
    found = roof(TRAIN_ONLY, {"none": "penalties", "dropout": "dropout"}, LAYERS, repeats, epochs=8)
    details += shown(found, "moons")
    return {"rows": rows, "contenders": figures, "roof": found, "details": details}
