"""Which weights and predictions a study keeps: the declared policy, and what selection may still need."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from bridle.data.dataset import Dataset
from bridle.study.influence import pairs
from bridle.study.plan import Plan, PlannedRun
from bridle.study.schema import PREDICTIONS, WEIGHTS
from bridle.study.selection import Place, leading, select
from bridle.study.stored import StoredRun

Names = dict[str, set[str]]
"""Names of runs, for each kind of file."""


def kept(plan: Plan, done: Mapping[str, StoredRun], dataset: Dataset) -> Names:
    """Return the runs whose files a finished study keeps.

    It keeps weights and predictions of the selected runs and their pairs, and the weights that `plan.keep` adds.
    """
    own = pairs(plan)
    chosen = {run.name for run in select(plan, done, dataset).values()}
    chosen |= {own[name].name for name in chosen if name in own}
    # a pair may be missing if an earlier session left out its replicate
    return {
        PREDICTIONS: chosen & done.keys(),
        WEIGHTS: (chosen | always_kept(plan)) & done.keys(),
    }


def always_kept(plan: Plan) -> set[str]:
    """Return the names of the runs whose weights are always kept, selected or not."""
    return {run.name for run in plan.runs if run.replicate in plan.kept_replicates}


class Keeping:
    """The files that are kept while a study trains, updated with every run.

    They are the files of all runs that may yet be selected, by the plan and by the plan without its last round of
    refinement, which may be left out when time runs out; of all runs without regularization that are a pair;
    and the weights that `plan.keep` adds.

    Args:
        plan: the study's.
        done: the finished runs by name. The caller adds further ones to it, and then calls `add`.
        dataset: what the plan trains on.
    """

    def __init__(self, plan: Plan, done: Mapping[str, StoredRun], dataset: Dataset) -> None:
        self._plan, self._done, self._dataset = plan, done, dataset
        self._runs: dict[str, list[PlannedRun]] = defaultdict(list)
        for run in plan.runs:
            self._runs[run.name].append(run)
        self._pairs = {pair.name for pair in pairs(plan).values()}
        self._always = always_kept(plan)
        # contenders of each plan, and the number of these lists that hold a run
        self._lists: list[dict[Place, list[PlannedRun]]] = [{}, {}] if plan.rounds else [{}]
        self._count: Counter[str] = Counter()
        self.add(done)

    def wants(self, kind: str, name: str) -> bool:
        """Say whether a finished run's file of a kind is kept for now."""
        return (
            self._count[name] > 0
            or name in self._pairs
            or (kind == WEIGHTS and name in self._always)
        )

    def add(self, names: Iterable[str]) -> set[str]:
        """Add finished runs, and return the runs that can no longer be selected because of them."""
        new: dict[Place, list[PlannedRun]] = defaultdict(list)
        for name in names:
            for run in self._runs.get(name, ()):
                new[run.method, run.replicate].append(run)
        left: set[str] = set()
        for rounds, lists in zip(
            (self._plan.rounds, self._plan.rounds - 1), self._lists, strict=False
        ):
            for place, runs in new.items():
                before = lists.get(place, [])
                group = before + [run for run in runs if self._plan.round_of(run) <= rounds]
                if not group:
                    continue
                lists[place] = leading(self._plan, group, self._done, self._dataset)
                self._count.subtract(run.name for run in before)
                self._count.update(run.name for run in lists[place])
                left |= {run.name for run in before}
        return {name for name in left if self._count[name] <= 0}
