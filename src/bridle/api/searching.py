"""Searching for a cocktail, and judging what was found."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bridle.api.study import Study
from bridle.api.training import finish
from bridle.data import save
from bridle.data.held import with_fixed_test
from bridle.data.intake import TABLE_ARGUMENTS
from bridle.domains import Integer, Real
from bridle.engine.executor import Executor
from bridle.errors import UserError, unknown
from bridle.searches import record
from bridle.searches.carry_out import SHARE, Search, carry_out, judged, planned
from bridle.searches.record import Searched
from bridle.study.begin import open_dataset
from bridle.study.driver import Watch, versions
from bridle.study.executors import check_executor, executor_for
from bridle.study.finish import time_limited
from bridle.study.folders import settle, sole_work
from bridle.study.limit import TimeLimit
from bridle.study.plan import write_plan
from bridle.study.request import Request
from bridle.wording import argument

TRIALS = 256
"""Number of candidates where neither it nor a time is given."""

LEFT_OUT = frozenset(("grid", "configurations", "select", "refine", "until_trained", "baseline"))
"""Arguments of a comparison that a search has no use for."""


def search(
    data: Any,
    y: Any = None,
    *,
    trials: int | None = None,
    budget: float | None = None,
    methods: str | list[str] | None = None,
    out: str | Path | None = None,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
    told: Callable[[Searched], None] = lambda searched: None,
    sample_weight: Any = None,
    class_weight: Any = None,
    **request: Any,
) -> Study:
    """Find a cocktail of methods, and judge it on replicates that took no part in the search.

    Candidates are proposed by Optuna's sampler (the extra `bridle[search]`), trained as populations, and ranked by
    validation scores alone. The best is then compared with no regularization, with the best single method, and with its
    own ingredients, on other replicates; of a table, on test rows that the search never saw. See
    `docs/search-and-ablate.md`.

    Args:
        data: as in `compare`, one data set.
        y: likewise.
        trials: number of candidates. The same number and seed find the same.
        budget: seconds until this returns, in place of `trials`; about three fifths of them are for the search.
        methods: the methods that may be used; by default all that suit. At most one of each family is on.
        out: the folder; by default `bridle-<data set>-search`. The same search goes on there if it was interrupted.
        executor: as in `compare`.
        watch: is called with the progress of the comparison that judges.
        told: is called with the search after every round of candidates.
        sample_weight: as in `compare`.
        class_weight: likewise.
        **request: as in `compare`: what the columns of a table are for, `task`, `replicates`, `epochs` (a number),
            `network`, `widths`, `activation`, `batch_size`, `optimizer`, `learning_rate` (kept fixed), `schedule`,
            `precision`, `device`, `seed`, `quick`, `margin`, `metric`, `one_look`, `keep`.

    Returns:
        The study that judges the find; `study.searched` holds all candidates.

    Raises:
        UserError: as of `compare`; or Optuna is not installed, or the time was too short for one round.
    """
    table = {name: request.pop(name) for name in TABLE_ARGUMENTS if name in request}
    for name in request:
        if name not in Request.__dataclass_fields__ or name in LEFT_OUT:
            known = [k for k in Request.__dataclass_fields__ if k not in LEFT_OUT]
            raise unknown("argument", name, (*known, *TABLE_ARGUMENTS))
    check_executor(executor)
    limit = time_limited(budget, Request(**request))
    dataset = open_dataset(data, y, request.get("task"), sample_weight, class_weight, **table)
    found = prepare(dataset, Request(**request), methods, trials, budget)
    return carried_out(found, begin(found, out), executor, limit, told, watch)


def prepare(
    dataset: Any,
    request: Request,
    pool: str | list[str] | None,
    trials: int | None,
    budget: float | None,
) -> Search:
    """Return the search that is asked for, with its test rows put aside.

    Raises:
        UserError: as of `search`.
    """
    if trials is not None and budget is not None:
        raise UserError(
            f"{argument('trials', trials)} and {argument('budget', budget)} each end the search. Give one of them."
        )
    if budget is not None:
        Real(0.0, open_low=True).check("budget", budget)
    elif trials is None:
        trials = TRIALS
    if trials is not None:
        Integer(1).check("trials", trials)
    held = with_fixed_test(dataset.learning(request.task), request.seed)
    return planned(held, request, pool, trials)


def begin(search: Search, out: str | Path | None) -> Path:
    """Return the folder of a search, a new one or that in which the same search goes on.

    Args:
        search: what is searched.
        out: the folder that is asked for.

    Raises:
        UserError: the folder holds something else, or a search that was judged already with fewer candidates.
    """
    name = "".join(letter if letter.isalnum() else "-" for letter in search.dataset.name)
    check = functools.partial(_is_same, search=search)
    write = functools.partial(_write, search)
    return settle(out, f"bridle-{name}-search", check, write, "a search")


def _is_same(folder: Path, search: Search) -> bool:
    """Say whether a folder holds this search.

    Raises:
        UserError: it holds another, or the search was judged with fewer candidates.
    """
    there = record.read(folder)
    if there is None:
        return False
    if there.asked != search.asked:
        raise UserError(
            f"{folder} holds another search. Choose another folder with {argument('out')}."
        )
    if there.found and search.trials is not None and search.trials > len(there.tried):
        raise UserError(
            f"The search in {folder} ended with {len(there.tried):,} candidates and was judged: searching on would "
            f"choose after its test rows were seen. Begin another with {argument('out')} and other draws, with the "
            f"seed {search.plan.seed + 1}."
        )
    return True


def _write(search: Search, folder: Path) -> None:
    save(search.dataset, folder)
    if record.read(folder) is None:
        task = search.dataset.task
        begun = Searched(search.asked, task.metric, search.pool, search.plan.epochs)
        record.write(folder, begun)


_CHUNKS = 64
"""More chunks than a machine trains at a time."""


def carried_out(
    search: Search,
    folder: Path,
    executor: Executor | str | None = None,
    limit: TimeLimit | None = None,
    told: Callable[[Searched], None] = lambda searched: None,
    watch: Watch | None = None,
    workers: int | None = None,
) -> Study:
    """Search, and judge what was found.

    Args:
        search: what is searched.
        folder: from `begin`.
        executor: where to train.
        limit: of the time, for the search and the comparison together.
        told: is told of the search after every round.
        watch: is told of the comparison's progress.
        workers: number of worker processes.
    """
    until = math.inf if limit is None else time.perf_counter() + SHARE * limit.left
    with executor_for(search.plan, executor, runs=_CHUNKS, workers=workers) as own:
        if not (folder / "study.json").is_file():
            with sole_work(folder):
                searched = carry_out(search, folder, own, told, until)
                plan = judged(search, searched)
                write_plan(folder / "study.json", plan, plan.hash, versions())
        if limit is not None:
            limit = replace(limit, request=None)
        return cast(Study, finish(folder, own, watch, limit))
