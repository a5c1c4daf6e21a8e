"""The test scores of a study's selected runs in any metric, from their stored predictions or weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from bridle.data.dataset import Dataset, Targets
from bridle.data.randomness import generator
from bridle.files import write_arrays
from bridle.metrics import Metric
from bridle.metrics.contributions import Weights
from bridle.statistics.checks import Floats
from bridle.study.plan import PlannedRun

Arrays = dict[str, np.ndarray]
ScoreParts = dict[str, Floats]
"""Each example's part of the score, for each method [replicates, test examples]; NaN without a run."""

BLOCK = 1000
"""Examples predicted at once: a number of images that surely fits in memory for a CNN."""


def parts(
    metric: Metric,
    runs: Mapping[tuple[str, int], PlannedRun],
    dataset: Dataset,
    shape: tuple[int, int],
    predictions: Callable[[str, int], Arrays],
) -> ScoreParts:
    """Return each test example's part of the score, from the predictions of the test examples.

    Args:
        metric: one without noise.
        runs: the finished selected run of each method and replicate.
        dataset: what they were trained on.
        shape: (replicates, test examples).
        predictions: returns the predictions on `test` for a method and replicate.
    """
    found = {label: np.full(shape, math.nan) for label, _ in runs}
    truth = _truth(runs, dataset)
    for label, replicate in runs:
        predicted = predictions(label, replicate)["test"]
        found[label][replicate] = metric.parts(predicted, *truth[replicate])
    return found


def _truth(
    runs: Mapping[tuple[str, int], PlannedRun], dataset: Dataset
) -> dict[int, tuple[Targets, Weights]]:
    """Return the test targets and weights of every replicate that has a run, drawn once for all methods."""
    seeds = {replicate: run.spec.seed for (_, replicate), run in runs.items()}
    splits = ((number, dataset.replicate(number, seed)) for number, seed in seeds.items())
    return {
        number: (split.targets[split.test], split.weights_of(split.test))
        for number, split in splits
    }


def table(
    metrics: Iterable[Metric],
    runs: Mapping[tuple[str, int], PlannedRun],
    dataset: Dataset,
    predictions: Callable[[str, int], Arrays],
) -> list[dict[str, str | int | float]]:
    """Return for each run its `method`, `replicate` and test score in every metric; see `parts`."""
    rows: list[dict[str, str | int | float]] = []
    truth = _truth(runs, dataset)
    for label, replicate in runs:
        predicted = predictions(label, replicate)["test"]
        scores = {m.name: float(m.parts(predicted, *truth[replicate]).mean()) for m in metrics}
        rows.append({"method": label, "replicate": replicate, **scores})
    return rows


def noise_draws(examples: int) -> int:
    """Return how often noise is drawn for every example: more often where there are fewer examples."""
    return max(3, min(20, math.ceil(20_000 / examples)))


def noisy_parts(
    metric: Metric,
    runs: Mapping[tuple[str, int], PlannedRun],
    dataset: Dataset,
    shape: tuple[int, int],
    weights: Callable[[str, int], Arrays],
    cache: Path,
) -> ScoreParts:
    """Return each test example's part of the score with noise on its inputs, averaged over draws.

    All methods of a replicate get the same noise. Results are cached.

    Args:
        metric: one with noise.
        runs: the finished selected run of each method and replicate.
        dataset: what they were trained on.
        shape: (replicates, test examples).
        weights: returns the weights for a method and replicate.
        cache: a folder for results.
    """
    found = {label: np.full(shape, math.nan) for label, _ in runs}
    for replicate in range(shape[0]):
        missing = {}
        for (label, number), run in runs.items():
            if number == replicate:
                kept = _read(cache / f"{run.name}.safetensors", shape[1])
                if kept is None:
                    missing[label] = run
                else:
                    found[label][replicate] = kept
        if missing:
            own = {label: weights(label, replicate) for label in missing}
            for label, values in _under_noise(metric, missing, own, dataset, replicate).items():
                _keep(cache / f"{missing[label].name}.safetensors", values)
                found[label][replicate] = values
    return found


def _under_noise(
    metric: Metric,
    runs: Mapping[str, PlannedRun],
    weights: Mapping[str, Arrays],
    dataset: Dataset,
    replicate: int,
) -> ScoreParts:
    """Return the parts [test examples] of one replicate's runs, averaged over draws of noise."""
    from bridle.study.prediction import predict_seen

    seed = next(iter(runs.values())).spec.seed
    split = dataset.replicate(replicate, seed)
    x, targets, own = (
        split.seen(split.test),
        split.targets[split.test],
        split.weights_of(split.test),
    )
    random = generator(seed, replicate, "robustness")
    draws = noise_draws(len(x))
    sums = {label: np.zeros(len(x)) for label in runs}
    for _ in range(draws):
        noise = metric.noise * random.standard_normal(x.shape, dtype=np.float32)
        # a feature that was constant in training does not reach the network, and neither does its noise
        noisy = x + noise * (split.scale > 0)
        for label, run in runs.items():
            predicted = [
                predict_seen(run, weights[label], dataset, split, noisy[start : start + BLOCK])
                for start in range(0, len(x), BLOCK)
            ]
            sums[label] += metric.parts(np.concatenate(predicted), targets, own)
    return {label: total / draws for label, total in sums.items()}


def _read(path: Path, examples: int) -> Floats | None:
    """Return the cached results, or None if there are none that can be used."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        found = load_file(path)["parts"]
    except (OSError, SafetensorError, KeyError):
        return None
    return found.astype(np.float64) if found.shape == (examples,) else None


def _keep(path: Path, values: Floats) -> None:
    """Cache results where the study may be written to; otherwise they are computed again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(path, {"parts": values})
    except OSError:
        return
