"""What `compare`, `resume` and `report` do with several data sets: one study each, then ranks over all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bridle.cli import options as o
from bridle.cli.judge import show_all
from bridle.cli.mistakes import InterruptedStudyError
from bridle.cli.output import Output
from bridle.cli.progress import Watcher
from bridle.cli.training import (
    Where,
    document,
    plan_lines,
    resume_command,
    write_page,
)
from bridle.errors import UserError
from bridle.study.studies import is_studies

if TYPE_CHECKING:
    from bridle.study.limit import TimeLimit
    from bridle.study.request import Request
    from bridle.study.studies import Studies

__all__ = ["compare", "is_studies", "report", "resume"]


def compare(
    names: Sequence[str],
    request: Request,
    out: str | None,
    output: Output,
    limit: TimeLimit | None,
    where: Where,
) -> None:
    """Compare methods on each of several data sets, and rank them over all.

    Raises:
        UserError: a name, an option or the folder is not what it should be; then nothing was trained.
    """
    from bridle.study import studies

    if not all(names):
        raise UserError(f"The list of data sets {','.join(names)!r} has an empty place; write a,b.")
    datasets = studies.named([(name, o.open_named(name)) for name in names])
    plans = studies.make_plans(datasets, request)
    folder = studies.prepare_all(datasets, plans, out, limit)
    for name, place in studies.members(folder).items():
        for line in plan_lines(datasets[name], plans[name], folder / place):
            output.tell(line)
        output.tell()
    resume(folder, None, None, output, limit, where)


def resume(
    folder: Path,
    margin: str | None,
    metric: str | None,
    output: Output,
    limit: TimeLimit | None,
    where: Where,
) -> None:
    """Train what is missing in every study, and show the answer."""
    from bridle.study.executors import executor_for
    from bridle.study.studies import Studies, finish_all, set_readings

    set_readings(folder, margin, metric)
    there = Studies(folder)
    if all(study.settled() for study in there.studies.values()):
        output.tell("These studies are finished already: nothing was trained.")
        _answer(there, output, limit)
        return
    plans = [study.plan for study in there.studies.values()]
    most = max(plan.count for plan in plans)
    try:
        with (
            _Watchers(output, list(there.studies)) as watchers,
            executor_for(plans[0], where.executor, runs=most, workers=where.workers) as executor,
        ):
            found = finish_all(folder, executor, watchers, limit)
    except KeyboardInterrupt:
        command = resume_command(folder)
        facts = [study.facts() for study in Studies(folder).studies.values()]
        runs, planned = (sum(fact[key] for fact in facts) for key in ("runs", "planned_runs"))
        raise InterruptedStudyError(
            f"interrupted; {runs} of {planned} runs are kept; go on with: {command}",
            {"folder": str(folder), "runs": runs, "planned_runs": planned, "resume": command},
        ) from None
    _answer(found, output, limit)


def report(folder: Path, margin: str | None, metric: str | None, output: Output) -> None:
    """Write the tables and pages of several studies anew, and show the answer."""
    from bridle.study.studies import Studies, set_readings

    set_readings(folder, margin, metric)
    studies = Studies(folder)
    if not studies.complete:
        output.tell(f"! Not finished; go on with: {resume_command(folder)}", style="yellow")
    _answer(studies, output)


class _Watchers:
    """Gives each data set's study its own watcher, and ends the one before."""

    def __init__(self, output: Output, names: Sequence[str]) -> None:
        self._output, self._names = output, list(names)
        self._current: Watcher | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._current is not None:
            self._current.__exit__(kind, error, trace)

    def __call__(self, name: str) -> Watcher:
        """Say whose turn it is."""
        self.__exit__(None, None, None)
        place = self._names.index(name) + 1
        self._output.tell(f"{name} ({place} of {len(self._names)})")
        self._current = Watcher(self._output)
        return self._current


def limit(folder: Path, text: str | None) -> TimeLimit | None:
    """Return the limit of a command that goes on with the studies in `folder`."""
    from bridle.study.studies import members

    return o.limit(text, studies=len(members(folder)))


def _answer(studies: Studies, output: Output, limit: TimeLimit | None = None) -> None:
    """Write all pages if there is time, then show ranks and verdicts, or one JSON document."""
    page, refusal = write_page(studies, output, limit)
    if output.as_json:
        output.document({**_document(studies), "report": page and str(page)})
    else:
        show_all(studies.over, output)
        if page:
            output.result.print(f"Look: {page}", soft_wrap=True)
    if refusal:
        output.warn(refusal)


def _document(studies: Studies) -> dict[str, Any]:
    """Return what programs want to know of several studies."""
    return {
        "folder": str(studies.folder),
        "complete": studies.complete,
        "summary": studies.sentences(),
        "ranks": studies.ranks().to_dict("records"),
        "datasets": {name: document(study) for name, study in studies.studies.items()},
    }
