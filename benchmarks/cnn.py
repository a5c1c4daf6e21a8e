"""Convolutional networks: two 3×3 convolutions and a dense layer, 8 runs, on 8×8 digits and on MNIST."""

from __future__ import annotations

from typing import Any

from benchmarks.contest import Peer, contest, described
from benchmarks.moons import in_two
from benchmarks.ours import Bridle, plan_of
from benchmarks.record import Detail, Row, at_least, plain

DATA = {"8×8 digits": "digits", "28×28 MNIST": "mnist"}
BATCH = {"8×8 digits": 32, "28×28 MNIST": 128}


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return trained steps per second of all contenders on both sizes of images."""
    rows: list[Row] = []
    figures = {}
    details: list[Detail] = []
    for label, data in DATA.items():
        small = "digits" in label
        epochs = 2 if quick else 20 if small else 2
        plan = plan_of(
            data,
            methods="l2(strength=1e-5)",
            network="cnn",
            replicates=8,
            epochs=epochs,
            batch_size=BATCH[label],
            learning_rate=0.001,
        )
        base = {"data": data, "job": "cnn", "batch": BATCH[label], "learning_rate": 0.001}
        base |= {"epochs": epochs if small else 1, "models": 1 if quick else 2}
        alone = [
            Peer("Keras fit", "peers.keras_fit", base, ({}, {"jit": False})),
            Peer("PyTorch eager", "peers.torch_eager", base, ({"threads": 1}, {"threads": 2})),
        ]
        rivals = [*alone, in_two(alone[1])]
        ours = Bridle(plan)
        outcome = contest([ours, *rivals], repeats)
        figures[label] = outcome.figures()
        details.append(described(outcome, label))
        best = outcome.fastest([rival.name for rival in alone])
        for rival in rivals:
            ratio = outcome.ratio(ours.name, rival.name)
            what = f"steps per second over {rival.name}, {label}"
            is_best = rival.name == best
            rows.append(at_least(what, ratio, 2, "×") if is_best else plain(what, ratio, "×"))
    return {"rows": rows, "contenders": figures, "details": details}
