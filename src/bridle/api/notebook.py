"""Progress in notebooks: a line for each data set that is brought up to date, where nobody else watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from html import escape
from typing import Any

from bridle.numbers import duration
from bridle.study.driver import Progress, Watch

_SECONDS = 0.2
"""Least time between two changes of a line."""


class ProgressLine:
    """A line in a notebook that says how far a study is, called with a `Progress`.

    Args:
        display: IPython's function of that name.
        name: of the data set; empty where there is only one.
    """

    def __init__(self, display: Callable[..., Any], name: str = "") -> None:
        self._display, self._name = display, name
        self._handle: Any = None
        self._notes: list[str] = []
        self._shown = -_SECONDS

    def __call__(self, progress: Progress) -> None:
        """Show the progress."""
        if progress.note:
            self._notes.append(progress.note)
        now = time.monotonic()
        over = progress.done >= progress.total
        if self._handle is not None and not over and now - self._shown < _SECONDS:
            return
        self._shown = now
        plain, html = self._texts(progress, over)
        content = {"text/plain": plain, "text/html": html}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def _texts(self, progress: Progress, over: bool) -> tuple[str, str]:
        """Return the line as text, and as HTML with a bar."""
        said = f"{progress.done:,} of {progress.total:,} runs"
        if over:
            said += f" in {duration(progress.seconds)}"
        elif progress.remaining is not None:
            said += f", about {duration(progress.remaining, tenths=False)} left"
        said = f"{self._name}: {said}" if self._name else said
        bar = f'<progress value="{progress.done}" max="{max(progress.total, 1)}"></progress>'
        notes = "".join(f"<div>! {escape(note)}</div>" for note in self._notes)
        plain = "\n".join([said, *(f"! {note}" for note in self._notes)])
        return plain, f"<div>{bar} {escape(said)}</div>{notes}"


def watches(names: int) -> Callable[[str], Watch | None]:
    """Return for the name of each data set what shows its progress; None where this is no notebook.

    Args:
        names: number of data sets.
    """
    display, lines = _display(), dict[str, ProgressLine]()

    def line(name: str) -> Watch | None:
        if display is None:
            return None
        return lines.setdefault(name, ProgressLine(display, name if names > 1 else ""))

    return line


def _display() -> Callable[..., Any] | None:
    """Return IPython's function `display` in a notebook, else None; IPython is not imported for it."""
    python: Any = sys.modules.get("IPython")
    shell = None if python is None else python.get_ipython()
    # a terminal's IPython has no kernel
    found: Callable[..., Any] | None = (
        None if getattr(shell, "kernel", None) is None else python.display.display
    )
    return found
