"""Studies beside a new one that compared methods on the same draws before.

A study shares its error among its own looks. A second study with the same data and seed repeats the first one's
replicates. A reader of both has looked twice, and neither study accounts for the other.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bridle.errors import UserError
from bridle.study.plan import BASELINE, Plan, read_plan


@dataclass(frozen=True)
class Sibling:
    """A study with verdicts on the same data.

    Attributes:
        folder: where it lies.
        plan: what it did.
    """

    folder: Path
    plan: Plan


def siblings(plan: Plan, root: Path) -> list[Sibling]:
    """Return the studies in the folders of `root` that compared methods on the plan's data and show verdicts.

    Folders that cannot be read are skipped. A study that was asked for in the same words is the same, not another look.
    """
    found = []
    for folder in _folders(root):
        there = _read(folder, plan)
        if there is not None and (folder / "leaderboard.csv").is_file():
            found.append(Sibling(folder, there))
    return found


def further_look(plan: Plan, root: Path) -> tuple[str, ...]:
    """Say that a plan looks again at draws of studies in `root`, and what to do instead.

    Returns:
        One sentence, or none.
    """
    if not _compares(plan):
        return ()
    on_data = siblings(plan, root)
    seen = [one for one in on_data if one.plan.seed == plan.seed]
    if not seen:
        return ()
    alike = [one for one in seen if _alike(one.plan, plan)]
    first = max(alike or seen, key=lambda one: one.plan.replicates)
    shared = min(first.plan.replicates, plan.replicates)
    draws = "the draw" if shared == 1 else f"the first {shared} draws"
    name = shlex.quote(first.folder.as_posix())
    who = f"{name} and {len(seen) - 1} more have" if len(seen) > 1 else f"{name} has"
    text = (
        f"Another look at the same draws: {who} {draws} of this study (same data, seed {plan.seed}). The 95 % hold for "
        "each study alone, not for all together."
    )
    further = plan.replicates - first.plan.replicates
    fresh = f"--seed {max(one.plan.seed for one in on_data) + 1}"
    if first in alike and further <= 0:
        return (
            f"{text} It holds these replicates: bridle report {name}; for other draws: {fresh}",
        )
    if first in alike and first.plan.looks.again:
        more = f"bridle extend {name} --replicates {further}"
        return (f"{text} One study for both looks: {more}; for other draws: {fresh}",)
    return (f"{text} For other draws: {fresh}",)


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folders of `root`, and the folders within those that hold the studies of several data sets."""
    try:
        inside = sorted(path for path in root.iterdir() if path.is_dir())
    except OSError:
        return
    for folder in inside:
        yield folder
        if (folder / "studies.json").is_file():
            yield from _folders(folder)


def _read(folder: Path, plan: Plan) -> Plan | None:
    """Return the plan of a study that compares methods on the same data; None if there is none."""
    path = folder / "study.json"
    try:
        if not path.is_file():
            return None
        # most studies in a folder are of other data and are skipped early
        if json.dumps(plan.dataset, ensure_ascii=False) not in path.read_text(encoding="utf-8"):
            return None
        there, request, _ = read_plan(path)
        same = there.dataset == plan.dataset and request != plan.hash
        return there if same and _compares(there) else None
    except (UserError, OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _compares(plan: Plan) -> bool:
    return BASELINE in plan.methods and len(plan.methods) > 1


def _alike(there: Plan, plan: Plan) -> bool:
    """Say whether two plans differ only in their replicates and notes."""

    def asked(one: Plan) -> str:
        return replace(one, replicates=1, lanes={}, notes=()).hash

    return asked(there) == asked(plan)
