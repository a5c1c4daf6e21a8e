"""The tables of docs/evidence/protocol.md, read from a pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from benchmarks.protocol_pool import (
    ALL,
    FOUR,
    HALVES,
    METHODS,
    PARTS,
    QUARTERS,
    REDRAWN,
    SGD,
)
from benchmarks.protocol_rules import Rule, by_set, chosen, error, overall
from benchmarks.protocol_sets import SETS, described

TODAY = Rule((0,), ALL, (-16, -11, -5, 0, 5, 11, 16))
"""Seven strengths at the default rate; seven rates from a tenth to ten times the default for `none`."""

RATES = {
    "1/3, 3": (-8, 8),
    "1, 3": (0, 8),
    "1/3, 1, 3": (-8, 0, 8),
    "1/10, 1, 10": (-16, 0, 16),
    "1, 3, 10": (0, 8, 16),
    "1/10, 1/3, 1, 3": (-16, -8, 0, 8),
    "1/10, 1/3, 1, 3, 10": (-16, -8, 0, 8, 16),
}
"""Shared learning rates as factors on the default; 3 stands for the root of ten."""

STRENGTHS = {"1/3, 3": (3, 4), "1/3, 1, 3": (2, 3, 4, 7), "1/10, 1/3, 1, 3, 10": (3, 7)}
"""Numbers of strengths for some of the rates; for others three."""

RULES = {
    ("1", 7): TODAY,
    **{
        (name, strengths): Rule.product(steps, strengths)
        for name, steps in RATES.items()
        for strengths in STRENGTHS.get(name, (3,))
    },
}
GRIDS = {"constant": "grid", "linear": "linear_grid"}
"""The part that holds the whole grid under a schedule."""

REFERENCE = ("1/3, 1, 3", 4)

SMALL = Rule((-8, 0, 8), FOUR, (-8, -4, 0, 4, 8))
"""What schedules, optimizers and epochs are compared by."""

SPLITS = 6

NOISY = "digits_noise"
"""The data set whose differences are ten times those of all others."""

PROTOCOLS = (
    ("constant", ("1", 7)),
    ("constant", ("1/3, 1, 3", 3)),
    ("linear", ("1", 7)),
    ("linear", ("1/3, 1, 3", 3)),
    ("linear", ("1/3, 1, 3", 4)),
)
"""Schedules and rules that are compared as a whole, today's first."""

GROUPS = {
    "40 % wrong labels": (NOISY,),
    "200 to 1,000 images": ("mnist_200", "mnist_1000", "fashion_1000"),
    "tables": (
        "australian", "adult_1000", "bank_500", "breast_cancer", "segment_800", "balance_scale",
        "blood_transfusion", "adult_500", "wine",
    ),
}  # fmt: skip
"""Data sets where textbooks promise that regularization helps."""

HEAD = "methods | none | best of all | spread of differences"


def whole(pool: pd.DataFrame) -> str:
    """Return what whole protocols give, beside today's, on the data sets that have all of them."""
    sets = set.intersection(
        *(set(pool.loc[pool["part"] == part, "dataset"]) for part in GRIDS.values())
    )
    both = only(pool, pool["dataset"].isin(sets))
    found = [
        (schedule, rule, _scores(both[both["part"] == GRIDS[schedule]], RULES[rule]))
        for schedule, rule in PROTOCOLS
    ]
    lines = [f"| schedule | rates | strengths | runs | data sets | {HEAD} |", "|" + "---|" * 9]
    for schedule, rule, scores in found:
        cells = f"{schedule} | {rule[0]} | {rule[1]} | {RULES[rule].runs}"
        lines.append(f"| {cells} | {_against(scores, found[0][2])} |")
    return "\n".join(lines)


def signs(pool: pd.DataFrame) -> str:
    """Return on how many data sets a method is above `none`, and above or below by more than two standard errors."""
    lines = [f"| where | schedule | rates | strengths | {' | '.join(METHODS)} |", "|" + "---|" * 9]
    for where, names in GROUPS.items():
        for schedule, (rates, strengths) in PROTOCOLS[:2] + PROTOCOLS[3:4]:
            own = only(pool, (pool["part"] == GRIDS[schedule]) & pool["dataset"].isin(names))
            scores = chosen(own, RULES[rates, strengths])
            grouped = scores[list(METHODS)].sub(scores["none"], axis=0).groupby("dataset")
            size, scale = grouped.mean(), grouped.sem()
            cells = [
                f"{(size[m] > 0).sum()} of {len(size)} ({(size[m] > 2 * scale[m]).sum()}, "
                f"{(size[m] < -2 * scale[m]).sum()})"
                for m in METHODS
            ]
            lines.append(f"| {where} | {schedule} | {rates} | {strengths} | {' | '.join(cells)} |")
    return "\n".join(lines)


def rules(pool: pd.DataFrame, schedule: str) -> str:
    """Return the table of the rules: differences to the reference, and what a method that does nothing gets."""
    part = GRIDS[schedule]
    own = only(pool, pool["part"] == part)
    reference, known = _scores(own, RULES[REFERENCE]), best_known(pool)
    lines = [
        "| rates | strengths | runs | below best known | methods | none | best of all "
        "| does nothing, redrawn | does nothing, the same | spread |",
        "|" + "---|" * 10,
    ]
    for (name, strengths), rule in RULES.items():
        found = _scores(own, rule)
        same = Rule(rule.rates, rule.strengths, rule.rates)
        inert = chosen(only(own, own["method"] == "none"), same)["none"]
        cells = [
            name,
            str(strengths),
            str(rule.runs),
            f"{(known - found['methods']).mean():.2f}",
            *(mean(found[key] - reference[key]) for key in ("methods", "none", "best of all")),
            mean(found["redrawn"]),
            mean(by_set(inert - found["splits of none"])),
            f"{found['spread of differences'].mean():.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def effects(pool: pd.DataFrame, schedule: str, rates: str, strengths: int) -> str:
    """Return every method's difference to `none` on every data set, with its standard error over splits."""
    part = GRIDS[schedule]
    scores = chosen(only(pool, pool["part"] == part), RULES[rates, strengths])
    differences = scores[list(METHODS)].sub(scores["none"], axis=0)
    lines = [f"| data set | none | {' | '.join(METHODS)} |", "|" + "---|" * (len(METHODS) + 2)]
    none = by_set(scores["none"])
    for name in (name for name in SETS if name in none.index):
        cells = [mean(differences.loc[name][method]) for method in METHODS]
        lines.append(f"| {name} | {none[name]:.1f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def epochs(pool: pd.DataFrame, schedule: str) -> str:
    """Return what other numbers of epochs give, beside the default."""
    reference = _scores(small(pool, "adam", schedule, 1.0), SMALL)
    lines = [f"| epochs | data sets | {HEAD} |", "|" + "---|" * 6]
    for times in (0.25, 0.5, 2.0, 4.0):
        found = _scores(small(pool, "adam", schedule, times), SMALL)
        lines.append(f"| {times:g}× | {_against(found, reference)} |")
    return "\n".join(lines)


def schedules(pool: pd.DataFrame) -> str:
    """Return what schedules give, beside others with as many epochs."""
    lines = [f"| epochs | schedule | beside | data sets | {HEAD} |", "|" + "---|" * 8]
    pairs = [(name, "constant") for name in ("linear", "cosine", "flat_cosine", "warmup")]
    pairs += [("linear", "cosine"), ("linear", "flat_cosine")]
    for times in (1.0, 2.0):
        for name, other in pairs:
            own, beside = (small(pool, "adam", each, times) for each in (name, other))
            if len(own):
                cells = _against(_scores(own, SMALL), _scores(beside, SMALL))
                lines.append(f"| {times:g}× | {name} | {other} | {cells} |")
    return "\n".join(lines)


def optimizers(pool: pd.DataFrame) -> str:
    """Return what other optimizers give, beside Adam with the same schedule."""
    lines = [f"| optimizer | schedule | data sets | {HEAD} |", "|" + "---|" * 7]
    for optimizer, schedule in (("adamw", "constant"), (SGD, "constant"), (SGD, "linear")):
        reference = _scores(small(pool, "adam", schedule, 1.0), SMALL)
        found = _scores(small(pool, optimizer, schedule, 1.0), SMALL)
        lines.append(f"| {optimizer} | {schedule} | {_against(found, reference)} |")
    return "\n".join(lines)


def rates(pool: pd.DataFrame, schedule: str) -> str:
    """Return the mean test score of `none`, untuned, by learning rate."""
    part = GRIDS[schedule]
    own = pool[(pool["part"] == part) & (pool["method"] == "none")]
    score = 100 * own.groupby(["dataset", "step"], observed=True)["test_score"].mean().unstack()
    factors = [f"{10 ** (step / 16):.2g}" for step in QUARTERS]
    lines = [f"| data set | default | {' | '.join(factors)} |", "|" + "---|" * 13]
    for name in (name for name in SETS if name in score.index):
        cells = [f"{value:.1f}" for value in score.loc[name, list(QUARTERS)]]
        rate = described(name)["rate"]
        lines.append(f"| {name} | {rate:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def seconds(pool: pd.DataFrame) -> str:
    """Return the milliseconds of a core for a run of the default number of epochs, by schedule."""
    kinds = ["constant", "linear", "cosine", "flat_cosine"]
    own = pool[(pool["device"] == "cpu") & pool["part"].isin(kinds) & (pool["times"] == 1)]
    spent = 1000 * own.groupby(["dataset", "part"])["seconds"].mean().unstack()[kinds]
    lines = [f"| data set | {' | '.join(kinds)} |", "|" + "---|" * 5]
    for name, row in [*spent.iterrows(), ("all", spent.mean())]:
        lines.append(f"| {name} | {' | '.join(f'{value:.1f}' for value in row)} |")
    return "\n".join(lines)


def devices(pool: pd.DataFrame) -> str:
    """Return how test scores of the same runs differ between a GPU and a CPU."""
    keys = ["dataset", "program", "method", "times", "step", "strength", "split"]
    named = pool.assign(program=pool["part"].map(lambda part: "/".join(program(part))))
    named = named[named["method"] != REDRAWN]
    cpu, gpu = (
        named[named["device"] == kind].drop_duplicates(keys).set_index(keys)["test_score"]
        for kind in ("cpu", "gpu")
    )
    difference = 100 * (gpu.astype(float) - cpu.astype(float)).dropna()
    lines = ["| data set | runs | GPU − CPU | equal scores |", "|---|---|---|---|"]
    for name, own in difference.groupby("dataset", observed=True):
        splits = own.groupby("split").mean()
        lines.append(
            f"| {name} | {len(own):,} | {mean(splits)} | {100 * (own == 0).mean():.0f} % |"
        )
    lines.append(f"| all | {len(difference):,} | {mean(by_set(difference))} | |")
    return "\n".join(lines)


def sets(pool: pd.DataFrame) -> str:
    """Return the table of the data sets."""
    lines = [
        "| data set | training | validation | test | features | classes | epochs | batch | rate |",
        "|" + "---|" * 9,
    ]
    for name in SETS:
        lines.append(f"| {name} | {' | '.join(f'{v:,}' for v in described(name).values())} |")
    return "\n".join(lines)


TABLES: dict[str, Callable[[pd.DataFrame], str]] = {
    "sets": sets,
    "whole": whole,
    "signs": signs,
    "rules": lambda pool: rules(pool, "linear"),
    "rules_constant": lambda pool: rules(pool, "constant"),
    "effects": lambda pool: effects(pool, "linear", "1/3, 1, 3", 3),
    "effects_four": lambda pool: effects(pool, "linear", "1/10, 1/3, 1, 3", 3),
    "effects_constant": lambda pool: effects(pool, "constant", "1/3, 1, 3", 3),
    "effects_today": lambda pool: effects(pool, "constant", "1", 7),
    "epochs": lambda pool: epochs(pool, "linear"),
    "epochs_constant": lambda pool: epochs(pool, "constant"),
    "schedules": schedules,
    "optimizers": optimizers,
    "rates": lambda pool: rates(pool, "linear"),
    "rates_constant": lambda pool: rates(pool, "constant"),
    "seconds": seconds,
    "devices": devices,
}


def program(part: str) -> tuple[str, str]:
    """Return the optimizer and the schedule of a part."""
    return PARTS[part].optimizer, PARTS[part].schedule


def only(pool: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Return some rows of a pool, which then knows of no other data sets."""
    found = pool[rows]
    return found.assign(dataset=found["dataset"].astype(str))


def small(pool: pd.DataFrame, optimizer: str, schedule: str, times: float) -> pd.DataFrame:
    """Return the runs that every part has, of a program and a number of epochs; those of a CPU where there are both."""
    parts = [part for part in PARTS if program(part) == (optimizer, schedule)]
    own = only(
        pool,
        pool["part"].isin(parts) & (pool["times"] == times) & (pool["split"] < SPLITS)
        & (pool["method"] != REDRAWN) & pool["step"].isin(QUARTERS),
    )  # fmt: skip
    tried = own["step"].isin(HALVES) & own["strength"].isin(FOUR)
    own = own[(own["method"] == "none") | tried]
    keys = ["dataset", "method", "step", "strength", "split"]
    return own.sort_values("device", kind="stable").drop_duplicates(keys)


def best_known(pool: pd.DataFrame) -> pd.Series:
    """Return for each data set the best mean score of a method under any rule of one of the two grids."""
    found = {}
    for part in GRIDS.values():
        own = only(pool, pool["part"] == part)
        for name, rule in RULES.items():
            scores = chosen(own, rule).drop(columns=REDRAWN)
            found[part, *name] = scores.groupby("dataset").mean().max(axis=1)
    return pd.DataFrame(found).max(axis=1)


def _scores(own: pd.DataFrame, rule: Rule) -> dict[str, pd.Series]:
    """Return what a rule gives on each data set, in points."""
    scores = chosen(own, rule)
    differences = scores[list(METHODS)].sub(scores["none"], axis=0)
    found = {
        "methods": by_set(scores[list(METHODS)].mean(axis=1)),
        "none": by_set(scores["none"]),
        "best of all": by_set(overall(own, rule)),
        "spread of differences": differences.groupby("dataset").std().mean(axis=1),
        "splits of none": scores["none"],
    }
    if REDRAWN in scores:
        found["redrawn"] = by_set(scores[REDRAWN] - scores["none"])
    return found


def _against(found: dict[str, pd.Series], reference: dict[str, pd.Series]) -> str:
    """Return cells: the number of data sets, and mean differences over them."""
    differences = {key: (found[key] - reference[key]).dropna() for key in HEAD.split(" | ")}
    count = len(differences["none"])
    return f"{count} | {' | '.join(mean(own) for own in differences.values())}"


def mean(values: pd.Series) -> str:
    """Return a mean with its standard error; without the noisy data set in brackets where it is one of them."""
    text = f"{values.mean():+.2f} ± {error(values):.2f}"
    if NOISY in values.index:
        rest = values.drop(NOISY)
        text += f" [{rest.mean():+.2f} ± {error(rest):.2f}]"
    return text.replace("-", "−")


def read(paths: Sequence[str]) -> pd.DataFrame:
    """Return the rows of several pools."""
    found = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    return found.astype(dict.fromkeys(("dataset", "part", "device", "method"), str))
