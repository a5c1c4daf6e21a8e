"""Time per run against the number of lanes, both cores at once: the widths of `engine/width.py` are found by it."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.contest import Crew
from benchmarks.record import Detail, Row, median, plain
from bridle.engine.width import lanes

SHAPES: dict[str, tuple[dict[str, Any], int]] = {
    "2-128-128-1, batch 32": (
        {"dataset": "moons(n=2068,noise=0.3,validation=0.00967)", "widths": (128, 128)},
        128,
    ),
    "64-256-128-10, batch 32": ({"dataset": "digits", "widths": (256, 128)}, 64),
    "784-512-256-10, batch 128": (
        {"dataset": "mnist(train=2560,validation=10)", "widths": (512, 256), "batch_size": 128},
        16,
    ),
}
"""Programs, and the most lanes that are tried."""

ENOUGH = 0.4
"""About so many seconds a measurement takes."""


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return microseconds per step and run at every width, and how near the width we choose is to the best."""
    rows: list[Row] = []
    curves: dict[str, Any] = {}
    crew = Crew("lab", {})
    try:
        for shape, (given, most) in SHAPES.items():
            spec = {"batch_size": 32, **given}
            widths = [2**i for i in range((8 if quick else most).bit_length())]
            seconds: dict[int, list[float]] = {width: [] for width in widths}
            epochs = dict.fromkeys(widths, 1)
            for turn in range(
                -1, repeats
            ):  # the first compiles, and says how many epochs are enough
                for width in widths:
                    request = {"method": "none", "spec": spec, "width": width}
                    answers = crew.ask(ask="train", epochs=epochs[width], **request)
                    each = statistics.mean(answer["step_seconds"] for answer in answers)
                    if turn < 0:
                        epochs[width] = max(1, round(ENOUGH / (each * answers[0]["steps"])))
                    else:
                        seconds[width].append(each / len(answers))
            chosen = chosen_width(spec)
            curve = {width: median([1e6 * s for s in values]) for width, values in seconds.items()}
            best = min(curve, key=lambda width: curve[width])
            curves[shape] = {"chosen": chosen, "best": best, "microseconds": curve}
            ratio = median([a / b for a, b in zip(seconds[chosen], seconds[best], strict=True)])
            what = f"time per run at {chosen} lanes over that at {best}, the best, {shape}"
            rows.append(plain(what, ratio, "×"))
    finally:
        crew.close()
    return {"rows": rows, "curves": curves, "details": [_shown(curves)]}


def _shown(curves: dict[str, Any]) -> Detail:
    """Return the curves as a table; the chosen width is marked."""
    widths = sorted({width for curve in curves.values() for width in curve["microseconds"]})
    lines = [
        [
            shape,
            *(
                f"{curve['microseconds'][w]:,.3g}{'*' if w == curve['chosen'] else ''}"
                if w in curve["microseconds"]
                else ""
                for w in widths
            ),
        ]
        for shape, curve in curves.items()
    ]
    head = ["µs per step and run, by lanes (* as chosen)", *map(str, widths)]
    return Detail(title="Time per run against width, both cores at once", head=head, lines=lines)


def chosen_width(spec: dict[str, Any]) -> int:
    """Return the width that a study would record."""
    from benchmarks.lab import program_spec

    program, dataset, _ = program_spec("none", spec)
    return lanes(program, dataset)
