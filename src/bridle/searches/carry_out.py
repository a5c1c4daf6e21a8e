"""Carrying out a search: rounds until the trials or the time are over, then the comparison that judges the find."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bridle.data.dataset import Dataset
from bridle.engine.executor import Executor
from bridle.engine.spec import content_hash
from bridle.errors import UserError
from bridle.methods.base import Method
from bridle.methods.catalogue import method, methods
from bridle.methods.composition import Composition
from bridle.networks.catalogue import network_for
from bridle.searches import record
from bridle.searches.record import Searched, Tried
from bridle.searches.sampling import EACH, SETS, need_optuna, propose
from bridle.searches.space import RATE, Space
from bridle.searches.training import CandidateTrainer, TimeOverError
from bridle.study.plan import BASELINE, Plan
from bridle.study.request import Request, make_plan
from bridle.wording import argument

SHARE = 0.6
"""Share of the time for the search; the rest is for the comparison that judges the find."""

Told = Callable[[Searched], None]
"""Is told of a search after every round."""


@dataclass(frozen=True)
class Search:
    """A search before it is carried out.

    Attributes:
        plan: of the baseline, with the seed, network and training of all candidates.
        dataset: whose replicates share their test rows, which the search never reads, or share no rows.
        space: what may be proposed.
        request: of the comparison that judges the find, without its methods.
        trials: number of candidates; None where time alone decides.
    """

    plan: Plan
    dataset: Dataset
    space: Space
    request: Request
    trials: int | None = None

    @property
    def asked(self) -> str:
        """The hash of what is searched; more candidates or more time are the same search."""
        return content_hash([self.plan.hash, self.space.families, self.space.rates])

    @property
    def pool(self) -> int:
        """Number of methods that may be used."""
        return sum(map(len, self.space.families.values()))


def planned(
    dataset: Dataset,
    request: Request,
    pool: str | Sequence[str] | None = None,
    trials: int | None = None,
) -> Search:
    """Return a search with every default written out.

    Args:
        dataset: as of `Search`.
        request: of training and of the comparison that judges; `methods` are not read.
        pool: the methods that may be used; by default all that suit the data and the network.
        trials: as of `Search`.

    Raises:
        UserError: something asked for does not exist, lies outside its domain or does not suit, or Optuna is missing.
    """
    need_optuna()
    epochs = dataset.defaults.epochs if request.epochs is None else request.epochs
    if not isinstance(epochs, int):
        raise UserError(
            argument="epochs", expected="a whole number in a search", received=request.epochs
        )
    request = replace(request, epochs=epochs)
    plan = make_plan(dataset, replace(request, methods=BASELINE))
    found = _pool(dataset, plan, pool)
    return Search(plan, dataset, Space.of(found, plan.learning_rates), request, trials)


def _pool(dataset: Dataset, plan: Plan, given: str | Sequence[str] | None) -> list[Method]:
    """Return the methods that may be used, all of which suit the data and the network.

    Raises:
        UserError: one does not exist or does not suit, or none is left.
    """
    built = network_for(dataset, plan.network, plan.widths, plan.activation)
    texts = given.split(",") if isinstance(given, str) else list(given or methods())
    named = given is not None and texts != ["all"]
    found: dict[str, Method] = {}
    for text in texts if named else methods():
        own = method(text.strip())
        reason = own.refuses(built, dataset.task)
        if not reason and own.least_batch > plan.batch_size:
            reason = f"it needs batches of at least {own.least_batch} examples"
        if reason and named:
            raise UserError(f"{own.name} cannot be used here: {reason}.")
        if not reason and own.name != BASELINE:
            found[own.name] = own
    if not found:
        raise UserError(
            f"A search needs a method that may be used: {argument('methods', 'all')}, or names of some."
        )
    return list(found.values())


def carry_out(
    search: Search,
    folder: Path,
    executor: Executor,
    told: Told = lambda searched: None,
    until: float = math.inf,
) -> Searched:
    """Search until the candidates or the time are over, and return what was found; `search.json` holds every round.

    Args:
        search: what is searched.
        folder: with `search.json`, and the rows of the data set.
        executor: where candidates are trained.
        told: is told after every round.
        until: time of `time.perf_counter` at which the search ends.

    Raises:
        UserError: time was over before anything was found.
    """
    searched = record.read(folder)
    assert searched is not None
    trainer = CandidateTrainer(search.plan, search.dataset, folder, executor, until)
    seconds = 0.0
    while not searched.found:
        left = SETS * EACH if search.trials is None else search.trials - len(searched.tried)
        # a round takes about as long as the last one
        if left <= 0 or time.perf_counter() + seconds > until:
            break
        began = time.perf_counter()
        sets = propose(search.space, searched.tried, searched.rounds, search.plan.seed, left)
        try:
            tried = trainer.round(sets, searched.rounds)
        except TimeOverError:
            break
        seconds = time.perf_counter() - began
        searched = replace(
            searched, tried=(*searched.tried, *tried), seconds=searched.seconds + seconds
        )
        record.write(folder, searched)
        told(searched)
    if not searched.found:
        searched = _ended(searched)
        record.write(folder, searched)
    return searched


def _ended(searched: Searched) -> Searched:
    """Return a search that is over.

    Raises:
        UserError: no candidate was trained in full.
    """
    best, single = searched.best, searched.best_single
    if best is None:
        raise UserError(
            "The time was over before one round of candidates was trained. What was begun is kept: give the same "
            "command more time, a smaller pool of methods, or fewer epochs."
        )
    return replace(
        searched,
        found=best.candidate.label,
        single="" if single is None else single.candidate.label,
    )


def judged(search: Search, searched: Searched) -> Plan:
    """Return the plan of the comparison that judges a find.

    It compares no regularization, the find, its ingredients alone, the find without each of them, and the best single
    method, every strength fixed as it was found. Each tries the learning rates of the best find, the best single method
    and the best network without any.
    """
    best, single, plain = searched.best, searched.best_single, searched.plain
    assert best is not None
    candidate = best.candidate
    names = candidate.methods
    labels = [BASELINE, candidate.label]
    labels += [candidate.part([name]).label for name in names]
    labels += [candidate.part([n for n in names if n != name]).label for name in names]
    if single is not None:
        labels.append(single.candidate.label)
    found: list[Tried] = [one for one in (best, single, plain) if one is not None]
    rates = sorted({one.rate for one in found})
    grid: dict[str, Any] = {} if search.plan.learning_rates == (rates[0],) else {RATE: rates}
    request = replace(
        search.request, methods=tuple(dict.fromkeys(labels)), grid=grid, configurations=None
    )
    plan = make_plan(search.dataset, request)
    gained = Composition.parse(searched.found).names
    note = (
        f"Found by a search of {len(searched.tried):,} candidates on other replicates; the comparison of "
        f"{' + '.join(gained)} with the others is the first look at its test rows."
    )
    return replace(plan, notes=(*plan.notes, note))
