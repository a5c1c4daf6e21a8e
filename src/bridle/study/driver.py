"""Carries out a plan: sends chunks to the executor and results to the store. It may be stopped at any moment."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bridle.data import load
from bridle.engine import underway
from bridle.engine.datasets import FolderData
from bridle.engine.executor import Executor
from bridle.engine.spec import Chunk, ChunkResult, OutOfMemory, ProgramSpec
from bridle.errors import UserError
from bridle.numbers import duration
from bridle.refusals import working_in
from bridle.study.bounds import ROUNDS
from bridle.study.folders import sole_work
from bridle.study.keeping import Keeping, kept
from bridle.study.lengthening import halved, lengthened, longer
from bridle.study.limit import TimeLimit
from bridle.study.plan import Plan, PlannedRun, read_plan, write_plan
from bridle.study.progress import improvement
from bridle.study.queue import Queue
from bridle.study.refinement import MORE, at_edges, refined
from bridle.study.schema import KINDS
from bridle.study.selection import select
from bridle.study.store import Store
from bridle.study.stored import StoredRun, as_stored
from bridle.wording import command, subject


@dataclass(frozen=True)
class Progress:
    """Progress of a study.

    Attributes:
        done: runs finished, of all sessions.
        total: runs planned.
        seconds: since this session began.
        remaining: seconds left, estimated from what was measured so far; `None` before that.
        note: a sentence for the reader, where something changed.
    """

    done: int
    total: int
    seconds: float
    remaining: float | None
    note: str = ""


Watch = Callable[[Progress], None]

LONGEST_CHUNK = 0.05
"""Maximum share of a time limit that a chunk should take."""

NO_TIME_FOR_REPLICATES = "replicates do not fit the time limit"
NO_TIME_FOR_REFINEMENT = "refinement does not fit the time limit"


def carry_out(
    folder: Path,
    executor: Executor,
    watch: Watch | None = None,
    limit: TimeLimit | None = None,
) -> None:
    """Train every run of the study in `folder` that is not there yet.

    Args:
        folder: holds `study.json`.
        executor: where chunks run.
        watch: called with the progress.
        limit: if the plan takes longer, later replicates are left out, and the plan says so.

    Raises:
        UserError: another process is working on the study, or the limit passed before anything could be answered.
    """
    then = f"`{command('resume', folder)}` goes on"
    with working_in(folder, then), sole_work(folder):
        _Session(folder, executor, watch or (lambda progress: None), limit).run()


def tidy(folder: Path) -> None:
    """Delete what a session killed at its very end left in the folder of a finished study.

    Raises:
        NotWritableError: the folder may not be written to.
    """
    plan, _, _ = read_plan(folder / "study.json")
    with Store(folder) as store:
        wanted = kept(plan, store.runs(), load(plan.dataset, folder))
        if not store.stray(wanted):
            return
    then = f"`{command('resume', folder)}` goes on"
    with working_in(folder, then), sole_work(folder), Store(folder, write=True) as store:
        store.sweep(wanted)


class _Session:
    """One session of work on a study."""

    def __init__(
        self, folder: Path, executor: Executor, watch: Watch, limit: TimeLimit | None
    ) -> None:
        self.folder, self.executor, self.watch, self.limit = folder, executor, watch, limit
        self.plan, self.request, self.versions = read_plan(folder / "study.json")
        self.dataset = load(self.plan.dataset, folder)
        self.asked = self.plan.replicates
        self.started = time.perf_counter()
        self.done: dict[str, StoredRun] = {}
        self.keeping: Keeping
        self.epochs_done = 0
        self.device_seconds = 0.0
        self.compile_seconds = 0.0
        self.programs: set[object] = set()
        self.in_flight_epochs = 0
        self.unplanned = 0

    def run(self) -> None:
        """Train what is missing, lengthen and refine where asked for, and delete files that the plan does not keep."""
        with Store(self.folder, write=True) as store:
            self._discard_damaged(store)
            try:
                while True:
                    if missing := self._missing(store):
                        if self._out_of_time():
                            self._give_up(missing)
                        else:
                            self._train(missing, store)
                    elif not (self._lengthen(store) or self._refine()):
                        break
            finally:
                store.add_session(time.perf_counter() - self.started)
            store.sweep(kept(self.plan, self.done, self.dataset))
            underway.forget(self.folder / underway.FOLDER)

    def _discard_damaged(self, store: Store) -> None:
        """Discard the runs whose rows in the database were altered: they are trained again."""
        self.done, damaged = store.read()
        if damaged:
            store.discard(damaged)

    def _missing(self, store: Store) -> list[PlannedRun]:
        """Return the runs that are not there, or whose needed files are missing, altered or damaged."""
        lost = store.without_files(kept(self.plan, self.done, self.dataset))
        missing = [run for run in self.plan.runs if run.name not in self.done or run.name in lost]
        if self.done and missing:
            self._note_other_versions()
        for name in lost:
            del self.done[name]
        return missing

    def _train(self, missing: list[PlannedRun], store: Store) -> None:
        """Train the runs that are missing."""
        self.keeping = Keeping(self.plan, self.done, self.dataset)
        # runs of fewer epochs, say
        self.unplanned = len(self.done.keys() - {run.name for run in self.plan.runs})
        queue = Queue(self.plan, missing, self.executor.devices)
        until = math.inf
        if self.limit is not None:
            until = self.limit.training_ends
            queue.hurry()
        self._tell(queue, self._fit_time(queue))

        def pull(last: ProgramSpec | None) -> Chunk | None:
            chunk = queue.pull(last)
            if chunk is not None:
                self.in_flight_epochs += sum(run.epochs for run in chunk.runs)
                self.programs.add(chunk.program)
            return chunk

        data, scratch = FolderData(self.folder), self.folder / underway.FOLDER
        for chunk, outcome in self.executor.run(pull, data, scratch, until):
            if isinstance(outcome, OutOfMemory):
                self._narrow(chunk, outcome, queue)
            else:
                self._receive(chunk, outcome, queue, store)

    def _lengthen(self, store: Store) -> bool:
        """Give every run more epochs where that is asked for and due; return whether it was."""
        if not self.plan.lengthen:
            return False
        recorded = self.dataset.task.metric
        further = longer(self.plan, improvement(self.plan, self.done, store.history, recorded))
        if further is None:
            self._rewrite(replace(self.plan, lengthen=False))
            return False
        if self._out_of_time() or not self._fits(further.epochs * further.count):
            self.plan = further  # in memory alone
            self._tell(None, self._halve())
            return False
        self._rewrite(further)
        self._tell(None, further.notes[-1])
        return True

    def _fits(self, epochs: int) -> bool:
        """Say whether there is time for that many epochs; true while the time of an epoch is unknown."""
        if self.limit is None or not self.epochs_done:
            return True
        needed = epochs * self.device_seconds / self.epochs_done / self.executor.devices
        return needed <= self.limit.left

    def _halve(self) -> str:
        """Write the plan with the epochs before, for which all runs are there, and return why."""
        assert self.limit is not None
        plan, note = halved(self.plan, duration(self.limit.seconds, tenths=False))
        self._rewrite(plan)
        return note

    def _refine(self) -> bool:
        """Extend the grids of a finished plan where that is asked for and due; return whether it was."""
        if not self.plan.refine:
            return False
        selected = select(self.plan, self.done, self.dataset)
        edges, further = at_edges(self.plan, selected), refined(self.plan, selected)
        if further is None:
            self._rewrite(replace(self.plan, refine=False))
            return False
        self._rewrite(further)
        who = f"The best setting of {edges[0]} lies" if len(edges) == 1 else "Best settings lie"
        names = "" if len(edges) == 1 else f" ({', '.join(edges)})"
        self._tell(
            None,
            f"{who} at the edge of what was tried{names}: every method tries {MORE} more "
            f"(round {further.rounds} of at most {ROUNDS}).",
        )
        return True

    def _narrow(self, chunk: Chunk, outcome: OutOfMemory, queue: Queue) -> None:
        """Halve the recorded width of a program that a device could not hold, and say so."""
        if chunk.width == 1:
            raise UserError(
                f"Not even one run of {self.plan.dataset} can be trained at a time: {outcome.reason}. Choose smaller "
                f"{subject('widths')} or {subject('batch_size')}, or a machine with more memory; "
                f"`{command('resume', self.folder)}` goes on."
            )
        plan, note = self.plan, ""
        if (
            plan.width(chunk.program) >= chunk.width
        ):  # otherwise another chunk of this program came first
            plan = plan.narrowed(chunk.program, chunk.width // 2)
            note = (
                f"{outcome.reason[:1].upper()}{outcome.reason[1:]}: from here on {chunk.width // 2} runs are trained "
                f"side by side, not {chunk.width}; runs may differ in their last digits."
            )
            self._rewrite(replace(plan, notes=(*plan.notes, note)))
        queue.put_back(chunk, self.plan)
        self.in_flight_epochs -= sum(run.epochs for run in chunk.runs)
        self._tell(queue, note)

    def _receive(self, chunk: Chunk, result: ChunkResult, queue: Queue, store: Store) -> None:
        """Store a chunk's results, and re-plan if time is short."""
        planned = queue.runs(chunk)
        for run, one in zip(planned, result.results, strict=True):
            self.done[run.name] = as_stored(run.name, one)
        superseded = self.keeping.add(run.name for run in planned)
        store.add(planned, result, self.keeping.wants)
        for kind in KINDS:
            for name in superseded:
                if not self.keeping.wants(kind, name):
                    store.drop(kind, name)

        epochs = sum(run.epochs for run in chunk.runs)
        self.in_flight_epochs -= epochs
        self.epochs_done += epochs
        self.device_seconds += result.seconds
        self.compile_seconds = max(self.compile_seconds, result.compile_seconds)
        if self.limit is not None:
            queue.hurry(LONGEST_CHUNK * self.limit.seconds * epochs / max(result.seconds, 1e-3))
        self._tell(queue, self._fit_time(queue))

    def _out_of_time(self) -> bool:
        return self.limit is not None and self.limit.left <= 0

    def _give_up(self, missing: list[PlannedRun]) -> None:
        """Leave out what the time limit did not allow: a round of refinement, or incomplete replicates.

        Raises:
            UserError: not one replicate is complete that was not there at an earlier look.
        """
        assert self.limit is not None
        if lengthened(self.plan):
            self._tell(None, self._halve())
            return
        if self.plan.refine and self.plan.rounds:
            self._tell(None, self._leave_out_round())
            return
        keep = min(run.replicate for run in missing)
        seen = [look.replicates for look in self.plan.looks.earlier]
        if keep <= max(seen, default=0) and self.plan.until_decided:
            self._rewrite(self.plan.before_look())  # the last answer stands
            return
        if keep <= max(seen, default=0):
            kept_notes = tuple(n for n in self.plan.notes if NO_TIME_FOR_REPLICATES not in n)
            self._rewrite(replace(self.plan, replicates=self.asked, notes=kept_notes))
            raise UserError(
                f"The time limit of {duration(self.limit.seconds, tenths=False)} passed before all methods had been "
                f"trained for one more replicate. What is done is kept; go on with: {command('resume', self.folder)}"
            )
        self._tell(None, self._keep_replicates(keep))

    def _remaining(self, queue: Queue) -> float | None:
        """Estimate the seconds left from measured seconds per epoch, divided among the devices."""
        if self.epochs_done == 0:
            return None
        left = queue.waiting_epochs() + 0.5 * self.in_flight_epochs
        unseen = {self.plan.program(label) for label in self.plan.methods} - self.programs
        compiling = len(unseen) * self.compile_seconds if queue.waiting_epochs() else 0.0
        work = left * self.device_seconds / self.epochs_done + compiling
        return work / self.executor.devices

    def _fit_time(self, queue: Queue) -> str:
        """Leave out later replicates where the plan would take longer than the limit, and say so."""
        remaining, waiting = self._remaining(queue), queue.waiting_epochs()
        if self.limit is None or not remaining or not waiting or remaining <= self.limit.left:
            return ""
        if lengthened(self.plan):
            queue.clear()
            return self._halve()
        if self.plan.refine and self.plan.rounds:
            queue.clear()
            return self._leave_out_round()
        per_replicate = self.plan.epochs * self.plan.count / self.plan.replicates
        affordable = waiting * max(0.0, self.limit.left) / remaining
        give_up = -(-(waiting - affordable) // per_replicate)
        # at least one more than at the previous look
        seen = [look.replicates for look in self.plan.looks.earlier]
        keep = max(max(seen, default=0) + 1, self.plan.replicates - int(give_up))
        if keep >= self.plan.replicates:
            return ""
        queue.drop_replicates(keep)
        return self._keep_replicates(keep)

    def _leave_out_round(self) -> str:
        """Write the plan without its last round of refinement, and return why."""
        assert self.limit is not None
        limit = duration(self.limit.seconds, tenths=False)
        note = f"A further round of {NO_TIME_FOR_REFINEMENT} of {limit}: it is left out."
        before = self.plan.up_to(self.plan.rounds - 1)
        self._rewrite(replace(before, refine=False, notes=(*before.notes, note)))
        return note

    def _keep_replicates(self, keep: int) -> str:
        """Write the plan with its first replicates only, and return why."""
        assert self.limit is not None
        limit = duration(self.limit.seconds, tenths=False)
        kept_notes = tuple(note for note in self.plan.notes if NO_TIME_FOR_REPLICATES not in note)
        note = f"{self.asked} {NO_TIME_FOR_REPLICATES} of {limit}: {keep} are kept."
        self._rewrite(replace(self.plan, replicates=keep, notes=(*kept_notes, note)))
        return note

    def _note_other_versions(self) -> None:
        """Add a note to the plan where other software or another processor continues a study."""
        now = versions()
        changed = [
            f"{key} {self.versions.get(key, '?')}, now {value}"
            for key, value in now.items()
            if self.versions.get(key) != value
        ]
        if changed:
            self.versions = now
            note = f"Gone on with elsewhere ({'; '.join(changed)}): runs may differ in their last digits."
            self._rewrite(replace(self.plan, notes=(*self.plan.notes, note)))

    def _rewrite(self, plan: Plan) -> None:
        self.plan = plan
        write_plan(self.folder / "study.json", plan, self.request, self.versions)

    def _tell(self, queue: Queue | None, note: str) -> None:
        total = self.plan.count
        seconds = time.perf_counter() - self.started
        remaining = None if queue is None else self._remaining(queue)
        done = min(len(self.done) - self.unplanned, total)
        self.watch(Progress(done, total, seconds, remaining, note))


def versions() -> dict[str, str]:
    """Return what a study's bits depend on beside its plan."""
    from importlib.metadata import version

    packages = {name: version(name) for name in ("bridle", "jax", "jaxlib", "numpy")}
    return {**packages, "python": platform.python_version(), "cpu": cpu_name()}


def cpu_name() -> str:
    """Return the processor's name, as far as the system tells it: several generations may share a name."""
    facts: dict[str, str] = {}
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            facts.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    name = facts.get("model name") or platform.processor() or platform.machine()
    if {"cpu family", "model"} <= facts.keys():
        name += f" (family {facts['cpu family']}, model {facts['model']})"
    return name
