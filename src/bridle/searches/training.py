"""Training the candidates of a round as populations, halving them by validation.

All candidates of a set train for a quarter of the epochs on one replicate; the best quarter of each set is then trained
in full on several. Only validation scores are read. The replicates are none that a study of the same seed ever has.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bridle.data.dataset import Dataset
from bridle.engine.datasets import FolderData
from bridle.engine.executor import Executor
from bridle.engine.spec import Chunk, OutOfMemory, ProgramSpec, RunResult, RunSpec
from bridle.engine.width import lanes
from bridle.errors import UserError
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition, Setting
from bridle.searches.record import Tried
from bridle.searches.sampling import Proposal
from bridle.searches.space import Candidate
from bridle.study.bounds import MOST_REPLICATES
from bridle.study.plan import BASELINE, Plan
from bridle.tasks import CRITERIA
from bridle.wording import subject

FIRST = 100 * MOST_REPLICATES
"""Number of the first replicate of a search."""

REPLICATES = 3
"""Number of replicates of a full training."""

SHORT = 4
"""A first training has the epochs of a full one divided by this, and this divides how many go on."""


class TimeOverError(Exception):
    """Time was over before a round was finished."""


@dataclass(frozen=True)
class CandidateTrainer:
    """Trains candidates where a study's runs are trained.

    Attributes:
        plan: of the baseline, from which everything but methods, strengths and rates is taken.
        dataset: what they train on.
        folder: where workers find the data.
        executor: where they train.
        until: time of `time.perf_counter` at which a round is given up.
    """

    plan: Plan
    dataset: Dataset
    folder: Path
    executor: Executor
    until: float = math.inf

    def round(self, sets: Sequence[Sequence[Proposal]], number: int) -> list[Tried]:
        """Train the candidates of a round, and return what became of each.

        Raises:
            TimeOverError: there was not enough time.
        """
        programs = [self._program(own) for own in sets]
        short = max(1, self.plan.epochs // SHORT)
        asked = [
            (at, place, short, FIRST) for at, own in enumerate(sets) for place in range(len(own))
        ]
        first = self._results(sets, programs, asked)
        best = {at: self._ranked(first, at, len(own)) for at, own in enumerate(sets)}
        chosen = [(at, place) for at, places in best.items() for place in places]
        asked = [
            (at, place, self.plan.epochs, FIRST + replicate)
            for at, place in chosen
            for replicate in range(REPLICATES)
        ]
        full = self._results(sets, programs, asked)
        return [
            self._tried(proposal, first[at, place], full.get((at, place)), number)
            for at, own in enumerate(sets)
            for place, proposal in enumerate(own)
        ]

    def _program(self, proposals: Sequence[Proposal]) -> ProgramSpec:
        """Return the program that trains all candidates of a set."""
        return replace(self.plan.program(BASELINE), methods=_joint(proposals).compiled)

    def _results(
        self,
        sets: Sequence[Sequence[Proposal]],
        programs: Sequence[ProgramSpec],
        asked: Sequence[tuple[int, int, int, int]],
    ) -> dict[tuple[int, int], list[RunResult]]:
        """Train candidates, by set and place, for some epochs on a replicate; return all results of each."""
        waiting: deque[tuple[Chunk, list[tuple[int, int]]]] = deque()
        for at, program in enumerate(programs):
            own = [one for one in asked if one[0] == at]
            if own:
                joint = _joint(sets[at])
                width = min(lanes(program, self.dataset, self.plan.device), len(own))
                runs = [
                    RunSpec(
                        setting=setting(sets[at][place].candidate, joint),
                        learning_rate=sets[at][place].candidate.rate,
                        epochs=epochs,
                        replicate=replicate,
                        seed=self.plan.seed,
                    )
                    for _, place, epochs, replicate in own
                ]
                chunk = Chunk(program, self.dataset.spec, width, tuple(runs))
                waiting.append((chunk, [(at, place) for _, place, *_ in own]))
        total = len(asked)
        owners: dict[str, deque[list[tuple[int, int]]]] = defaultdict(
            deque
        )  # sets may have equal runs
        found: dict[tuple[int, int], list[RunResult]] = defaultdict(list)

        def pull(last: ProgramSpec | None) -> Chunk | None:
            if not waiting:
                return None
            chunk, places = waiting.popleft()
            owners[chunk.name].append(places)
            return chunk

        data = FolderData(self.folder)
        for chunk, outcome in self.executor.run(pull, data, None, self.until):
            places = owners[chunk.name].popleft()
            if isinstance(outcome, OutOfMemory):
                if chunk.width == 1:
                    raise UserError(
                        f"Not even one run can be trained at a time: {outcome.reason}. Choose smaller "
                        f"{subject('widths')} or {subject('batch_size')}."
                    )
                waiting.append((replace(chunk, width=chunk.width // 2), places))
                continue
            for place, result in zip(places, outcome.results, strict=True):
                found[place].append(result)
        if sum(map(len, found.values())) < total:
            raise TimeOverError
        return found

    def _ranked(
        self, results: dict[tuple[int, int], list[RunResult]], at: int, amount: int
    ) -> list[int]:
        """Return the places of the best of a set."""
        merits = [(self._merit(results[at, place]), -place) for place in range(amount)]
        able = sorted((one for one in merits if one[0]), reverse=True)
        return sorted(-place for _, place in able[: math.ceil(amount / SHORT)])

    def _merit(self, results: Sequence[RunResult]) -> tuple[float, ...]:
        """Return what candidates are ranked by, means over replicates; empty if a training diverged."""
        if any(result.diverged for result in results):
            return ()
        order = CRITERIA[self.plan.criterion].order
        return tuple(
            float(np.mean([sign * result.scores[column] for result in results]))
            for column, sign in order
        )

    def _tried(
        self,
        proposal: Proposal,
        first: Sequence[RunResult],
        full: Sequence[RunResult] | None,
        number: int,
    ) -> Tried:
        results = first if full is None else full
        merit = self._merit(results)
        score = float(np.mean([r.scores["val_score"] for r in results])) if merit else 0.0
        return Tried(
            strengths=dict(proposal.candidate.strengths),
            rate=proposal.candidate.rate,
            proposed=proposal.proposed,
            merit=merit,
            full=full is not None,
            score=score,
            round=number,
        )


def _joint(proposals: Sequence[Proposal]) -> Composition:
    """Return all methods of a set's candidates, joined."""
    names = sorted({name for one in proposals for name in one.candidate.methods})
    return Composition.parse("+".join(names) or BASELINE)


def setting(candidate: Candidate, joint: Composition) -> Setting:
    """Return every hyperparameter of the methods of a program: those that the candidate lacks are neutral."""
    own = Composition.parse(candidate.label).setting()
    neutral = {
        (name, strength.name): strength.neutral
        for name in joint.names
        if name not in own and (strength := method(name).strength()) is not None
    }
    return {**joint.setting(neutral), **own}
