"""A limit on the time of a whole command, and how much of it may be spent on training."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from bridle.study.request import Request

ANSWER_SECONDS = 3.0
"""Approximate seconds for the statistics and tables of a trained study on an idle machine."""

PAGE_SECONDS = 12.0
"""Approximate seconds for a study's page on an idle machine."""

PAGE_SHARE = 0.25
"""Maximum share of the limit for pages; pages that would take more are left out."""

OVERRUN = 0.1
"""Share of a limit by which writing the page may exceed it."""

SLOWEST = 3.0
"""Maximum slowdown that is assumed for a busy machine."""


@dataclass(frozen=True)
class TimeLimit:
    """Time limit of a command, from its start to its answer.

    Attributes:
        seconds: the limit.
        started: time of `time.perf_counter` at which the command was given.
        training_ends: time at which training must end.
        slowness: how many times slower the machine is at present than an idle one, 1 or more.
        studies: how many studies are answered, one for each data set.
        pages: whether pages are part of the answer, as on the command line.
        request: what was asked for; settings that it leaves open may be reduced. `None` if only
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
        """Seconds left for training; negative after the end."""
        return self.training_ends - time.perf_counter()

    def reserve(self, seconds: float) -> float:
        """Return the part of a limit of `seconds` that is reserved for the answer."""
        answers = ANSWER_SECONDS * self.slowness * self.studies
        pages = PAGE_SECONDS * self.slowness * self.studies
        return answers + (pages if self.pages and pages <= PAGE_SHARE * seconds else 0.0)

    def without_pages(self) -> TimeLimit:
        """Return the same limit with the time reserved for pages given to training."""
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
