"""What stops a training step: operations and bytes as XLA counts them, beside what both cores do at that moment."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.contest import Crew
from benchmarks.record import Detail, median

Layers = Sequence[tuple[int, int]]


def roof(
    spec: dict[str, Any], methods: dict[str, str], layers: Layers, repeats: int, epochs: int = 1
) -> dict[str, Any]:
    """Measure training alone beside the machine's rates, by turns, both cores at once.

    Args:
        spec: fields of a `ProgramSpec` with hardly any validation.
        methods: labels by method; one run fills every lane.
        layers: inputs and outputs of the dense layers.
        repeats: turns.
        epochs: of every run.

    Returns:
        Shares of the matrix-product rate in per cent, by method and for `all`; the rates; one step's cost.
    """
    crew = Crew("lab", {})
    try:
        counts = {
            label: crew.ask(ask="count", method=m, spec=spec)[0] for m, label in methods.items()
        }
        rates: dict[str, list[float]] = {}
        shares: dict[str, list[float]] = {}
        for turn in range(-1, repeats):  # the first compiles
            seen = machine_rates(crew, spec["batch_size"], layers)
            steps = {
                label: step_seconds(crew, method, spec, epochs) for method, label in methods.items()
            }
            if turn < 0:
                continue
            done = {label: counts[label]["operations"] / steps[label] for label in steps}
            operations = sum(count["operations"] for count in counts.values())
            done["all"] = operations / sum(steps.values())
            for label, rate in done.items():
                shares.setdefault(label, []).append(100 * rate / seen["square"])
            for name, rate in (seen | {"training": done["all"]}).items():
                rates.setdefault(name, []).append(rate)
    finally:
        crew.close()
    return {
        "share": {name: median(values) for name, values in shares.items()},
        "billions_per_second": {
            name: median([value / 1e9 for value in values]) for name, values in rates.items()
        },
        "one_step": counts,
    }


def step_seconds(crew: Crew, method: str, spec: dict[str, Any], epochs: int) -> float:
    """Return the seconds of one step of one run while both cores train."""
    answers = crew.ask(ask="train", method=method, spec=spec, epochs=epochs)
    return float(statistics.mean(answer["step_seconds"] for answer in answers) / len(answers))


def machine_rates(crew: Crew, batch: int, layers: Layers) -> dict[str, float]:
    """Return what the cores can do together, single-threaded, at the same time: operations and bytes per second.

    `square` is the faster of XLA and NumPy's BLAS on large square matrices; the rest are the products of one
    layer: forward (x W), its weights' gradient (xᵀ g) and its input's gradient (g Wᵀ).
    """

    def total(**request: Any) -> float:
        return float(sum(answer["rate"] for answer in crew.ask(**request)))

    side = [2048, 2048, 2048]
    by = {name: total(ask="product", shape=side, by=name) for name in ("xla", "numpy")}
    rates = {f"square by {name}": rate for name, rate in by.items()}
    rates["square"] = max(by.values())
    for n_in, n_out in layers:
        for kind, shape in (
            ("forward", [batch, n_in, n_out]),
            ("weights' gradient", [n_in, batch, n_out]),
            ("input's gradient", [batch, n_out, n_in]),
        ):
            rates[f"{n_in}-{n_out} {kind}"] = total(ask="product", shape=shape, seconds=0.1)
    rates["memory"] = total(ask="bandwidth", seconds=0.2)
    return rates


def shown(found: dict[str, Any], name: str) -> list[Detail]:
    """Return tables of what was found."""
    rates = found["billions_per_second"]
    units = [
        [key, f"{rate:.3g} {'GB/s' if key == 'memory' else 'GFLOP/s'}"]
        for key, rate in rates.items()
    ]
    steps = [
        [
            label,
            f"{count['operations'] / 1e6:.3g}",
            f"{count['bytes'] / 1e6:.3g}",
            f"{found['share'][label]:.3g} %",
        ]
        for label, count in found["one_step"].items()
    ]
    return [
        Detail(
            title=f"{name}: what both cores do at once, one thread each",
            head=["what", "rate"],
            lines=units,
        ),
        Detail(
            title=f"{name}: one step of one run, by XLA's cost analysis",
            head=[
                "method",
                "million operations",
                "million bytes",
                "share of the square products' rate",
            ],
            lines=steps,
        ),
    ]
