"""Proposals of candidates by Optuna, a round at a time.

A round asks for some sets of methods, and for several candidates of each: the first is free, the others keep to subsets
of its methods, so that one program trains them all. Every method of the set is also tried alone. The sampler is made
anew for each round from what was tried before, so that a search that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridle.errors import UserError
from bridle.searches.record import Tried
from bridle.searches.space import Candidate, Space, can_be_off
from bridle.study.learning_rates import finer

SETS = 2
"""Sets of methods in a round."""

EACH = 16
"""Candidates of a set."""

PLAIN = 8
"""Learning rates at which no regularization is tried in the first round."""

STARTUP = 64
"""Candidates that are drawn at random before Optuna's sampler learns from them."""


@dataclass(frozen=True)
class Proposal:
    """A candidate and the parameters that Optuna knows it by."""

    candidate: Candidate
    proposed: dict[str, Any]


def need_optuna() -> Any:
    """Return Optuna.

    Raises:
        UserError: it is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise UserError(
            "A search needs the package optuna, which is not installed. Install it with: pip install 'bridle[search]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def propose(
    space: Space, tried: Sequence[Tried], number: int, seed: int, most: int
) -> list[list[Proposal]]:
    """Return the candidates of a round, by set of methods.

    Args:
        space: what may be proposed.
        tried: what the rounds before tried.
        number: of the round, from 0.
        seed: of the search.
        most: maximum number of candidates.
    """
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Optuna calls several of its samplers' options experimental
        study = _study(space, tried, number, seed)
        sets: list[list[Proposal]] = [] if number else [_plain(space, most)]
        while len(sets) < SETS and (left := most - sum(map(len, sets))) > 0:
            sets.append(_of_one_set(space, study, min(EACH, left)))
        return sets


def _plain(space: Space, most: int) -> list[Proposal]:
    """Return no regularization at learning rates over the whole range."""
    low, high = space.rates
    rates = finer((low, high), PLAIN) if high > low else (low,)
    off: dict[str, Any] = {f"use {family}": False for family in space.families}
    known = [off if high == low else {**off, "learning_rate": rate} for rate in rates]
    pairs = zip(rates, known, strict=True)
    return [Proposal(Candidate({}, rate), proposed) for rate, proposed in pairs][:most]


def _of_one_set(space: Space, study: Any, most: int) -> list[Proposal]:
    """Return a free candidate, and others of subsets of its methods."""
    trial = study.ask()
    first = space.propose(trial)
    found = [Proposal(first, dict(trial.params))]
    methods = first.methods
    always = [name for name in methods if not can_be_off(name)]
    alone = [name for name in methods if not set(always) - {name}] if len(methods) > 1 else []
    for at in range(most - 1):
        only = (alone[at],) if at < len(alone) else None
        study.enqueue_trial(space.kept(methods, only))
        trial = study.ask()
        found.append(Proposal(space.propose(trial), dict(trial.params)))
    return found


def _study(space: Space, tried: Sequence[Tried], number: int, seed: int) -> Any:
    """Return a study of Optuna that knows what was tried."""
    optuna = need_optuna()
    sampler = optuna.samplers.TPESampler(
        seed=(1_000_003 * seed + number) % 2**32, n_startup_trials=STARTUP, constant_liar=True
    )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    states = optuna.trial.TrialState
    for one in tried:
        if not one.merit:
            continue
        study.add_trial(
            optuna.trial.create_trial(
                state=states.COMPLETE if one.full else states.PRUNED,
                value=one.merit[0] if one.full else None,
                intermediate_values={1: one.merit[0]},
                params=one.proposed,
                distributions={name: _distribution(optuna, space, name) for name in one.proposed},
            )
        )
    return study


def _distribution(optuna: Any, space: Space, name: str) -> Any:
    """Return the distribution of a parameter, which is that of a proposal of the space."""
    recorder = _Recorder(optuna, name)
    for names in space.families.values():
        for method in names:
            recorder.wanted = method
            space.propose(recorder)
            if recorder.found is not None:
                return recorder.found
    raise AssertionError(f"{name} is no parameter of the space")


class _Recorder:
    """A trial that uses every family, with a wanted method where there is one, and keeps one distribution."""

    def __init__(self, optuna: Any, name: str) -> None:
        self._distributions, self._name, self.wanted = optuna.distributions, name, ""
        self.found: Any = None

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """Choose what leads to the wanted method."""
        if name == self._name:
            self.found = self._distributions.CategoricalDistribution(choices)
        return self.wanted if self.wanted in choices else choices[-1]

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """Choose the least."""
        if name == self._name:
            self.found = self._distributions.FloatDistribution(low, high, log=log)
        return low
