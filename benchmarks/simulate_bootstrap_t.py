"""Count how often bootstrap-t intervals err on differences with a long tail, and how wide they are.

    python -m benchmarks.simulate_bootstrap_t --studies 300

prints the table of docs/evidence/long-tails.md beside that of `benchmarks.simulate_small --only skew`, in the same
worlds.
Source: Hall, "Theoretical comparison of bootstrap confidence intervals", Annals of Statistics 16, 1988.
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.simulate_small import LEVEL, WORLDS, Floats, Generator, _textbook

METHODS = 8
RESAMPLES = 1999


def bootstrap_t(values: Floats, error: float, rng: Generator) -> tuple[float, float]:
    """Return the equal-tailed bootstrap-t interval of the mean of `values` [replicates]."""
    R, mean = len(values), values.mean()
    drawn = values[rng.integers(0, R, (RESAMPLES, R))]
    away, spread = drawn.mean(axis=1) - mean, drawn.std(axis=1, ddof=1) / np.sqrt(R)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(away == 0, 0.0, away / spread)  # infinite where all drawn are the same
    low, high = np.quantile(t, [error / 2, 1 - error / 2], method="higher")
    own = values.std(ddof=1) / np.sqrt(R)
    return mean - high * own, mean - low * own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=300, help="studies for each line")
    studies = parser.parse_args().studies
    error = -np.expm1(np.log(LEVEL) / METHODS)
    print("| world | replicates | bootstrap-t errs | width |\n|---|---|---|---|")
    for name in ("normal", "exponential", "lognormal", "1 in 10 fails"):
        for replicates in (10, 20):
            rng = np.random.default_rng([replicates, len(name)])
            wrong, ratios = 0, []
            for _ in range(studies):
                study = WORLDS["skew"][name][0](rng, replicates, METHODS)
                d = study.scores[1:] - study.scores[0]
                ends = np.array([bootstrap_t(own, error, rng) for own in d]) - study.truth
                wrong += bool(((ends[:, 0] > 0) | (ends[:, 1] < 0)).any())
                ratios += list(np.ptp(ends, axis=1) / np.ptp(_textbook(study, METHODS), axis=1))
            width = float(np.median(ratios))
            print(
                f"| {name} | {replicates} | {100 * wrong / studies:.1f} % | {width:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
