"""Comparison of names: usual spellings, synonyms of other tools, and typing mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

SYNONYMS = {
    "lr": "learning_rate",
    "rate": "learning_rate",
    "step_size": "learning_rate",
    "batch": "batch_size",
    "bs": "batch_size",
    "layers": "widths",
    "hidden": "widths",
    "hidden_layers": "widths",
    "hidden_layer_sizes": "widths",
    "hidden_size": "widths",
    "hidden_units": "widths",
    "units": "widths",
    "width": "widths",
    "net": "network",
    "arch": "network",
    "architecture": "network",
    "model": "network",
    "lr_schedule": "schedule",
    "lr_scheduler": "schedule",
    "scheduler": "schedule",
    "learning_rate_schedule": "schedule",
    "lr_decay": "schedule",
    "decay": "schedule",
    "annealing": "schedule",
    "opt": "optimizer",
    "optim": "optimizer",
    "act": "activation",
    "nonlinearity": "activation",
    "epoch": "epochs",
    "num_epochs": "epochs",
    "n_epochs": "epochs",
    "max_epochs": "epochs",
    "max_iter": "epochs",
    "n": "replicates",
    "runs": "replicates",
    "n_runs": "replicates",
    "seeds": "replicates",
    "n_seeds": "replicates",
    "num_seeds": "replicates",
    "trials": "replicates",
    "n_trials": "replicates",
    "repeat": "replicates",
    "repeats": "replicates",
    "repetitions": "replicates",
    "folds": "replicates",
    "cv": "replicates",
    "random_state": "seed",
    "random_seed": "seed",
    "rng": "seed",
    "score": "metric",
    "scoring": "metric",
    "metrics": "metric",
    "regularizer": "methods",
    "regularizers": "methods",
    "regularization": "methods",
    "search_space": "grid",
    "param_grid": "grid",
    "params": "grid",
    "configs": "configurations",
    "n_iter": "configurations",
    "dtype": "precision",
    "fast": "quick",
    "time": "time_limit",
    "timeout": "time_limit",
    "budget": "time_limit",
    "max_time": "time_limit",
    "limit": "time_limit",
    "output": "out",
    "output_dir": "out",
    "outdir": "out",
    "out_dir": "out",
    "folder": "out",
    "dir": "out",
    "save": "out",
    "looks": "one_look",
    "keep_weights": "keep",
    "save_weights": "keep",
}
"""Names of arguments in other tools, with the arguments that they mean here."""


def fold(name: str) -> str:
    """Return a name in the form that is compared: without case, hyphens, underscores and spaces."""
    return re.sub(r"[-_\s]+", "", name).casefold()


def find(name: str, known: Iterable[str], aliases: Mapping[str, str] | None = None) -> str | None:
    """Return the `known` name that a spelling of it or of an alias means; `None` if there is none.

    Args:
        name: the name as written.
        known: the proper names.
        aliases: other names, each with the proper one.
    """
    wanted = fold(name)
    spelled = {fold(alias): proper for alias, proper in (aliases or {}).items()}
    spelled |= {fold(proper): proper for proper in known}
    return spelled.get(wanted)


def near(name: str, known: Iterable[str], most: int = 2) -> list[str]:
    """Return the `known` names that a typing mistake explains, the nearest first.

    One letter in four, but not the first, may be wrong, missing, added or swapped with its neighbour: `kmnist` is
    not taken for `mnist`, nor `iris` for `digits`. A name may also be cut short, as in `elastic`.
    """
    typed = fold(name)
    if len(typed) < 3:
        return []
    found = []
    for proper in sorted(known):
        other = fold(proper)
        allowed = max(1, min(len(typed), len(other)) // 4)
        starts = typed[0] == other[:1] or typed == other[1:] or typed[:2] == other[1::-1]
        if starts and abs(len(typed) - len(other)) <= allowed:
            apart = distance(typed, other)
            if apart <= allowed:
                found.append((apart, proper))
    if not found:
        return [proper for proper in sorted(known) if fold(proper).startswith(typed)][:most]
    return [proper for _, proper in sorted(found)][:most]


def distance(one: str, other: str) -> int:
    """Return the number of letters to insert, delete, change or swap with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, opposite in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != opposite))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
