"""What each method's step costs beside that of `none`, on the same shape, one core each."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.contest import Crew
from benchmarks.record import Row, at_most, median, plain

METHODS = {
    "l1(strength=0.001)": 1.1,
    "l2(strength=0.001)": 1.1,
    "elastic_net(strength=0.001)": 1.1,
    "weight_decay(strength=0.01)": 1.1,
    "early_stopping(patience=1000)": None,
    "dropout(rate=0.3)": 1.2,
    "batch_norm": 1.4,
    "augmentation": None,
}
SHAPES: dict[str, dict[str, Any]] = {
    "2-128-128-1": {
        "dataset": "moons(n=2068,noise=0.3,validation=0.00967)",
        "widths": (128, 128),
        "batch_size": 32,
    },
    "784-512-256-10": {
        "dataset": "mnist(train=8000,validation=10)",
        "widths": (512, 256),
        "batch_size": 128,
    },
}
"""Hardly any validation: almost all the time is steps."""


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return every method's cost; `bare` leaves out the methods that every program holds."""
    rows: list[Row] = []
    figures: dict[str, Any] = {}
    crew = Crew("lab", {})
    try:
        for shape, spec in SHAPES.items():
            asked: dict[str, dict[str, Any]] = {"none": {"method": "none"}}
            asked |= {method.partition("(")[0]: {"method": method} for method in METHODS}
            asked["bare"] = {"method": "none", "bare": True}
            seconds: dict[str, list[float]] = {name: [] for name in asked}
            epochs = 10 if "moons" in spec["dataset"] else 3
            for turn in range(-1, repeats):  # the first compiles
                for name, request in asked.items():
                    answers = crew.ask(
                        ask="train", spec=spec, epochs=2 if quick else epochs, **request
                    )
                    if turn >= 0:
                        each = statistics.mean(answer["step_seconds"] for answer in answers)
                        seconds[name].append(each)
            for name, goal in [(m.partition("(")[0], g) for m, g in METHODS.items()]:
                ratio = _ratio(seconds[name], seconds["none"])
                what = f"{name}, {shape}"
                rows.append(at_most(what, ratio, goal, "×") if goal else plain(what, ratio, "×"))
            what = f"without the methods that every program holds, {shape}"
            rows.append(plain(what, _ratio(seconds["bare"], seconds["none"]), "×"))
            figures[shape] = {
                name: median([1e6 * value for value in values]) for name, values in seconds.items()
            }
    finally:
        crew.close()
    return {"rows": rows, "microseconds a step on one core": figures}


def _ratio(one: list[float], other: list[float]) -> float:
    return median([a / b for a, b in zip(one, other, strict=True)])
