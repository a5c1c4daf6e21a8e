"""How often intervals for log-loss, balanced accuracy, AUROC, Brier score and calibration error hold.

    python benchmarks/simulate_metrics.py [--studies N]

Networks are simulated on one fixed test set: what they predict for an example is the truth, blurred by
what method and example have in common and by what a replicate adds, and then sharpened by a factor that
leaves it overconfident. Two methods are compared; *alike*: drawn from the same law; *sharper*: the second
is overconfident, and what the difference truly is comes from a large sample. `docs/evidence/metrics.md`
holds its output. A small version is among the tests.
"""

from __future__ import annotations

import argparse
import functools
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.metrics import METRICS, of_task
from bridle.statistics import compare

Floats = npt.NDArray[np.float64]

NAMES = tuple(found.name for found in of_task("classification") if not found.noise)
SHARPNESS = {"alike": (1.0, 1.0), "sharper": (1.0, 1.8), "both": (1.8, 1.8)}
"""By how much the logits of either method are too large."""

BLUR = {"method": 0.5, "replicate": 0.4}
"""Standard deviations of the errors in a logit that a method, or one replicate of it, makes on an example."""


@dataclass
class Counts:
    """Of `studies`, how many intervals held the true difference, and how many from replicates alone."""

    studies: int
    covered: int = 0
    naive: int = 0


def networks(rng: np.random.Generator, sharpness: float, replicates: int, truth: Floats) -> Floats:
    """Simulate a method's networks: logits [replicates, examples, classes]."""
    method = BLUR["method"] * rng.standard_normal(truth.shape)
    own = BLUR["replicate"] * rng.standard_normal((replicates, *truth.shape))
    # a replicate as a whole is more or less sure of itself
    sure = np.exp(0.1 * rng.standard_normal((replicates, 1, 1)))
    blurred: Floats = truth + method + own
    # shrunk as much as blurring asks for, so that a sharpness of 1 is close to calibrated
    return sharpness * sure * blurred / float(1 + sum(b**2 for b in BLUR.values()) / truth.var())


def examples(
    rng: np.random.Generator, count: int, classes: int
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Draw true logits [examples, classes] of unevenly frequent classes, and labels [examples]."""
    truth = 1.5 * rng.standard_normal((count, classes)) + np.linspace(0, 1.0, classes)
    return truth, (truth + rng.gumbel(size=truth.shape)).argmax(axis=1)


def scored(name: str, logits: Floats, targets: npt.NDArray[np.int64]) -> Floats:
    """Return each example's part of the score in each replicate, higher is better."""
    metric = METRICS[name]
    return metric.sign * np.stack([metric.parts(one, targets) for one in logits])


@functools.cache
def true_difference(name: str, world: str, classes: int) -> float:
    """Return by how much the second method is better, from 400 networks on 5,000 examples each."""
    first, second = SHARPNESS[world]
    if first == second:
        return 0.0
    rng = np.random.default_rng([7, classes])
    found = []
    for _ in range(400):
        truth, targets = examples(rng, 5_000, classes)
        parts = [scored(name, networks(rng, s, 1, truth), targets) for s in (second, first)]
        found.append(parts[0].mean() - parts[1].mean())
    return float(np.mean(found))


def coverage(
    name: str,
    world: str,
    replicates: int,
    studies: int,
    count: int = 400,
    classes: int = 2,
    seed: int = 0,
) -> Counts:
    """Count how often the interval of a study holds the true difference."""
    rng = np.random.default_rng([seed, replicates, count, classes, list(SHARPNESS).index(world)])
    difference, result = true_difference(name, world, classes), Counts(studies)
    for _ in range(studies):
        truth, targets = examples(rng, count, classes)
        tables = {
            label: scored(name, networks(rng, s, replicates, truth), targets)
            for label, s in zip(("none", "method"), SHARPNESS[world], strict=True)
        }
        found = compare(design="fixed_test", examples=tables, margin=1e-3, error="plain")["method"]
        result.covered += found.low <= difference <= found.high
        alone = {label: table.mean(axis=1) for label, table in tables.items()}
        naive = compare(alone, design="fresh", margin=1e-3, error="plain")["method"]
        result.naive += naive.low <= difference <= naive.high
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=4000, help="studies for each line")
    studies = parser.parse_args().studies
    start = time.perf_counter()
    print(
        "| metric | methods | classes | test examples | replicates | coverage | replicates alone |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in NAMES:
        for world, classes, count, replicates in (
            ("alike", 2, 400, 5),
            ("alike", 2, 400, 10),
            ("alike", 2, 400, 30),
            ("both", 5, 1000, 10),
            ("sharper", 2, 400, 10),
            ("sharper", 5, 1000, 10),
        ):
            n = studies if replicates < 30 else studies // 2
            found = coverage(name, world, replicates, n, count, classes)
            print(
                f"| {METRICS[name].words} | {world} | {classes} | {count:,} | {replicates} "
                f"| {100 * found.covered / n:.1f} % | {100 * found.naive / n:.1f} % |",
                flush=True,
            )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
