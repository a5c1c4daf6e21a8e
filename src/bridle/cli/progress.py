"""Progress of a study: an estimate from the first chunk, then a bar, or a line now and then."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bar,
)
from rich.text import Text

from bridle.cli.output import Output
from bridle.numbers import duration

if TYPE_CHECKING:
    from bridle.study.driver import Progress

SECONDS_BETWEEN_LINES = 10.0


class _TimeLeft(ProgressColumn):
    """The time left, which counts down between two chunks."""

    def render(self, task: Task) -> Text:
        """Draw it."""
        ends = task.fields.get("ends")
        if ends is None:
            return Text("measuring …")
        return Text(f"{duration(max(0.0, ends - time.monotonic()), tenths=False)} left")


class Watcher:
    """Shows progress on stderr, unless quiet. Used as a context, and called with a `Progress`.

    Args:
        output: where to.
        kept: sentence on what Ctrl-C keeps.
    """

    def __init__(self, output: Output, kept: str = "Ctrl-C keeps what is done.") -> None:
        self.output, self.kept = output, kept
        self.started_with: int | None = None
        self._estimated = False
        self._last_line = time.monotonic()
        self._bar = bar_of(output, "{task.completed:.0f} of {task.total:.0f} runs", _TimeLeft())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show the progress of the study."""
        if self.started_with is None:
            self._start(progress)
        if progress.note:
            self.output.tell(f"! {progress.note}", style="yellow")
        if (
            progress.remaining is not None
            and not self._estimated
            and progress.done < progress.total
        ):
            self._estimated = True
            self._estimate(progress)
        if self._bar is not None:
            self._update(self._bar, progress)
        else:
            self._line(progress)

    def _start(self, progress: Progress) -> None:
        self.started_with = progress.done
        if progress.done:
            self.output.tell(f"{progress.done:,} of {progress.total:,} runs are there already.")
        if self._bar is not None:
            self._bar.start()
            self._bar.add_task("", total=progress.total, completed=progress.done, ends=None)

    def _estimate(self, progress: Progress) -> None:
        runs = progress.total - (self.started_with or 0)
        whole = progress.seconds + (progress.remaining or 0.0)
        self.output.tell(f"About {duration(whole, tenths=False)} for {runs:,} runs. {self.kept}")

    def _update(self, bar: Bar, progress: Progress) -> None:
        ends = None if progress.remaining is None else time.monotonic() + progress.remaining
        bar.update(bar.task_ids[0], completed=progress.done, total=progress.total, ends=ends)

    def _line(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.remaining is None or now - self._last_line < SECONDS_BETWEEN_LINES:
            return
        self._last_line = now
        left = duration(progress.remaining, tenths=False)
        self.output.tell(f"{progress.done:,} of {progress.total:,} runs · about {left} left")


class RowsBar:
    """Shows on a terminal how many rows are done, unless quiet. Used as a context.

    Args:
        output: where to.
        total: number of rows.
        shown: whether to show it.
    """

    def __init__(self, output: Output, total: int, shown: bool = True) -> None:
        text = "{task.completed:,.0f} of {task.total:,.0f} rows"
        self._bar = bar_of(output, text, TimeRemainingColumn()) if shown else None
        self._total = total

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._bar.add_task("", total=self._total)
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def add(self, rows: int) -> None:
        """Show further rows as done."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], rows)


def bar_of(output: Output, text: str, left: ProgressColumn) -> Bar | None:
    """Return a bar that stderr shows; None where that is no terminal, or quiet.

    Args:
        output: where to.
        text: before the bar.
        left: the time that is left.
    """
    remarks = output.remarks
    if not remarks.is_terminal or remarks.is_dumb_terminal or output.quiet:
        return None
    return Bar(
        TextColumn(text),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        left,
        console=remarks,
        transient=True,
        expand=True,
    )


@contextlib.contextmanager
def one_by_one(output: Output, names: Sequence[str]) -> Iterator[Callable[[str], Watcher]]:
    """Show the progress of studies that are trained one after another.

    Args:
        output: where to.
        names: of their data sets.

    Yields:
        A function that returns the watcher of a data set, and ends the previous one.
    """
    with contextlib.ExitStack() as shown:
        watchers: list[Watcher] = []

        def watch(name: str) -> Watcher:
            if len(names) > 1 or not watchers:
                shown.close()
                if len(names) > 1:
                    output.tell(f"{name} ({names.index(name) + 1} of {len(names)})")
                watchers.append(shown.enter_context(Watcher(output)))
            return watchers[-1]

        yield watch
