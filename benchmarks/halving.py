"""How much training is saved by ending runs early on validation data, and what that does to the answer.

    python -m benchmarks.halving fill pool.parquet --workers 2
    python -m benchmarks.halving rules pool.parquet

The first command trains the settings of default comparisons and keeps their validation curves; the second replays
rules on these curves. Needs the folder that `BRIDLE_DATA` names.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.halving_pool import METHODS, SETS, fill
from benchmarks.halving_rules import Bracket, Fewer, Key, Rule, brackets
from benchmarks.protocol_pool import REDRAWN
from benchmarks.protocol_rules import error

if TYPE_CHECKING:
    import pandas as pd

RULES: tuple[Rule | Fewer, ...] = (
    Rule((1 / 4,), (3,)),
    Rule((1 / 3,), (3,)),
    Rule((1 / 2,), (3,)),
    Rule((1 / 4, 1 / 2), (5, 3)),
    Rule((1 / 3, 2 / 3), (5, 3)),
    Rule((1 / 9, 1 / 3), (5, 3)),
    Rule((1 / 4,), (3,), smoothed=True),
    Rule((1 / 3,), (3,), smoothed=True),
    Rule((1 / 2,), (3,), smoothed=True),
    Rule((1 / 4, 1 / 2), (5, 3), smoothed=True),
    Rule((1 / 3, 2 / 3), (5, 3), smoothed=True),
    Rule((1 / 4, 1 / 2), (5, 3), smoothed=True, each_rate=True),
    Rule((1 / 3, 2 / 3), (5, 3), smoothed=True, each_rate=True),
    Rule((1 / 3, 2 / 3), (5, 3), smoothed=True, by="loss"),
    Fewer("3 rates, weakest and strongest", (0, 2, 3, 5, 6, 8), (0, 1, 3, 4, 6, 8)),
    Fewer("2 rates, weakest and strongest", (0, 2, 6, 8), (0, 3, 5, 8)),
    Fewer("3 rates, middle strength", (1, 4, 7), (0, 4, 8)),
)

COLUMNS = (
    "what", "epochs saved", "other choices", "methods", "none", "difference", "does nothing", "spread",
)  # fmt: skip


def read(paths: Sequence[str]) -> pd.DataFrame:
    """Return the runs of one or several pools; a data set trained for other numbers of epochs counts as another."""
    import pandas as pd

    pool = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    pool["dataset"] += pool["times"].map(lambda times: "" if times == 1 else f" x {times:g}")
    return pool


def row(found: Mapping[Key, Bracket], rule: Rule | Fewer) -> tuple[str, ...]:
    """Return a line of the table: what a rule saves, and what it changes in points of test score.

    Args:
        found: brackets by data set, method and split.
        rule: which runs are trained, and how long.
    """
    import pandas as pd

    records = []
    for (dataset, method, split), bracket in found.items():
        going, trained = rule.of(bracket, method)
        whole, cut = bracket.best(), bracket.best(going)
        records.append(
            {
                "dataset": dataset, "method": method, "split": split, "trained": trained,
                "planned": bracket.lengths.sum(), "other": whole != cut,
                "whole": 100 * bracket.final[whole, 2], "cut": 100 * bracket.final[cut, 2],
            }
        )  # fmt: skip
    runs = pd.DataFrame(records)
    sums = runs.groupby("dataset")[["trained", "planned"]].sum()
    before, after = (
        runs.set_index(["dataset", "split", "method"])[c].unstack() for c in ("whole", "cut")
    )
    real = [name for name in before if name not in ("none", REDRAWN)]
    differences = [own[real].sub(own["none"], axis=0) for own in (before, after)]
    spreads = [own.groupby("dataset").std(ddof=1).mean(axis=1) for own in differences]
    columns = (
        (after - before)[real].mean(axis=1),
        (after - before)["none"],
        (differences[1] - differences[0]).mean(axis=1),
        (after - before)[REDRAWN] - (after - before)["none"],
    )
    means = [values.groupby("dataset").mean() for values in columns]
    return (
        rule.words,
        f"{(1 - sums['trained'] / sums['planned']).mean():.0%}",
        f"{runs.groupby('dataset')['other'].mean().mean():.0%}",
        *(_points(values) for values in (*means, spreads[1] - spreads[0])),
    )


def _points(values: pd.Series) -> str:
    """Return a mean over data sets with its standard error."""
    return f"{values.mean():+.2f} ± {error(values):.2f}".replace("-", "−").replace("−0.00", "+0.00")


def table(pool: pd.DataFrame, rules: Sequence[Rule | Fewer] = RULES) -> str:
    """Return the table of rules, in Markdown."""
    found = dict(brackets(pool))
    lines = [COLUMNS, ["---"] * len(COLUMNS), *(row(found, rule) for rule in rules)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def scores(pool: pd.DataFrame) -> str:
    """Return the mean test score of every method in percent, and which methods would be called undertrained."""
    import numpy as np
    import pandas as pd

    from bridle.statistics.undertrained import gains, speedups, undertrained

    records = []
    for (dataset, method, split), bracket in brackets(pool):
        epochs = bracket.scores.shape[1]
        rates = 1 - (np.arange(epochs) + 0.5) / epochs  # of the linear schedule
        score, loss = bracket.scores.max(axis=0), -bracket.losses.min(axis=0)
        records.append(
            {
                "dataset": dataset, "method": method, "split": split, "epochs": epochs,
                "test": 100 * bracket.final[bracket.best(), 2], "end": score[-1],
                "score": gains(score, rates), "loss": gains(loss, rates), "faster": speedups(loss, rates),
            }
        )  # fmt: skip
    runs = pd.DataFrame(records)
    methods = [name for name in runs["method"].unique() if name != REDRAWN]
    lines = [["data set", "epochs", *methods, "undertrained"], ["---"] * (len(methods) + 3)]
    for title, own in runs.groupby("dataset", sort=False):
        by = {name: own[own["method"] == name] for name in methods}
        gained, lost, faster = (
            {name: one[column].to_numpy(float) for name, one in by.items() if len(one)}
            for column in ("score", "loss", "faster")
        )
        margin = 0.1 * (1 - by["none"]["end"].mean())
        found = [name for name, said in undertrained(gained, lost, faster, margin).items() if said]
        lines.append(
            [
                str(title), str(own["epochs"].iloc[0]),
                *(f"{one['test'].mean():.1f}" if len(one) else "" for one in by.values()),
                ", ".join(found) or "–",
            ]
        )  # fmt: skip
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


PRINTED: dict[str, Callable[[pd.DataFrame], str]] = {"rules": table, "scores": scores}


def main() -> None:
    """Train a pool, or print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.halving", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    own = commands.add_parser("fill", help="train a pool")
    own.add_argument("pool", type=Path, help="a Parquet file")
    own.add_argument("--sets", nargs="+", default=list(SETS))
    own.add_argument("--methods", nargs="+", default=list(METHODS), help="none first")
    own.add_argument("--splits", type=int, default=10)
    own.add_argument("--times", type=float, default=1.0, help="factor on the data sets' epochs")
    own.add_argument("--workers", type=int, default=1)
    for name in PRINTED:
        own = commands.add_parser(name, help=f"print the table of {name}")
        own.add_argument("pools", nargs="+")
    given = parser.parse_args()
    if given.command in PRINTED:
        print(PRINTED[given.command](read(given.pools)))
        return
    fill(given.pool, given.sets, given.splits, given.times, given.methods, given.workers)


if __name__ == "__main__":
    main()
