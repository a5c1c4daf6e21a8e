"""A limit on the time of a whole command, and what of it may be spent on training."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from bridle.study.request import Request

ANSWER_SECONDS = 3.0
"""About what a trained study's statistics and tables take on an idle machine."""

PAGE_SECONDS = 12.0
"""About what a study's page takes on an idle machine."""

PAGE_SHARE = 0.25
"""Pages that would take a larger part of the limit are left out."""

OVERRUN = 0.1
"""The share of a limit by which writing the page may exceed it."""

SLOWEST = 3.0
"""A busy machine is assumed to be slowed down no more than this many times."""


@dataclass(frozen=True)
class TimeLimit:
    """How long a command may take, from the moment it was given to its answer.

    Attributes:
        seconds: the limit.
        started: when the command was given, as `time.perf_counter` counts.
        training_ends: when training must end, likewise.
        slowness: how many times longer than on an idle machine things take at present, 1 or more.
        studies: how many studies are answered, one for each data set.
        pages: whether pages are part of the answer, as on the command line.
        request: what was asked for, which may be reduced as far as it leaves things open; `None` where only
            replicates may be, as in a study that has begun.
    """

    seconds: float
    started: float
    training_ends: float
    slowness: float = 1.0
    studies: int = 1
    pages: bool = False
    request: Request | None = None

    @classmethod
    def begun(
        cls,
        seconds: float,
        started: float,
        *,
        slowness: float = 1.0,
        studies: int = 1,
        pages: bool = False,
        request: Request | None = None,
    ) -> TimeLimit:
        """Return the limit of a command that was given at `started`."""
        limit = cls(seconds, started, 0.0, min(slowness, SLOWEST), studies, pages, request)
        return replace(limit, training_ends=started + seconds - limit.reserve(seconds))

    @property
    def elapsed(self) -> float:
        """Seconds since the command was given."""
        return time.perf_counter() - self.started

    @property
    def left(self) -> float:
        """Seconds left to train; negative where there are none."""
        return self.training_ends - time.perf_counter()

    def reserve(self, seconds: float) -> float:
        """Return what a limit of so many `seconds` keeps back for the answer."""
        answers = ANSWER_SECONDS * self.slowness * self.studies
        pages = PAGE_SECONDS * self.slowness * self.studies
        return answers + (pages if self.pages and pages <= PAGE_SHARE * seconds else 0.0)

    def without_pages(self) -> TimeLimit:
        """Return the same limit with the time that was kept back for pages given to training."""
        limit = replace(self, pages=False)
        freed = self.reserve(self.seconds) - limit.reserve(self.seconds)
        return replace(limit, training_ends=self.training_ends + freed)

    def page_fits(self) -> bool:
        """Say whether there is time to write the pages now."""
        needed = PAGE_SECONDS * self.slowness * self.studies
        return self.elapsed + needed <= (1 + OVERRUN) * self.seconds

    def part(self, share: float) -> TimeLimit:
        """Return the limit of a study that gets a share of the time left to train."""
        return replace(self, training_ends=time.perf_counter() + max(self.left, 0.0) * share)
