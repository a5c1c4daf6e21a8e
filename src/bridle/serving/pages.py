"""A study's page while it trains, and when it is finished."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from bridle.api.folder import open_folder
from bridle.api.studies import Studies
from bridle.errors import UserError
from bridle.report import live, page, several_page
from bridle.serving.desk import Desk
from bridle.serving.server import EVENTS, Response, Server
from bridle.study.members import members

if TYPE_CHECKING:
    from bridle.study.driver import Progress, Watch

LOOK_SECONDS = 1.0
"""Seconds between two looks at a study's folder while its page is open."""

BEAT_SECONDS = 10.0
"""Seconds after which an open page is sent something in any case, so that one that was closed is noticed."""

GOING_SECONDS = 10.0
"""Maximum number of seconds that an open page gets to fetch the finished one before the server ends."""


class Following:
    """How far the studies of a folder are, told to open pages as it changes.

    Args:
        folder: of a study, or of the studies of several data sets.
        ended: is set when the server ends.
        finished: says whether nothing is left to train; by default the folder tells.
    """

    def __init__(
        self, folder: Path, ended: threading.Event, finished: Callable[[], bool] | None = None
    ) -> None:
        self.folder, self.places = folder, members(folder)
        self.readers = 0
        self.finished = finished or self._complete
        self._ended, self._lock = ended, threading.Lock()
        self._followers = [live.Follower(*place) for place in self.places.items()]
        self._told: list[tuple[Progress, float]] = []

    def page(self, trained_here: bool) -> Response:
        """Return the page that asks for the events."""
        return Response(live.page(self.places, self.folder, trained_here))

    def watch(self, other: Watch | None) -> Watch:
        """Return what tells open pages, and another watcher, of the progress."""

        def told(progress: Progress) -> None:
            self._told = [(progress, time.monotonic())]
            if other is not None:
                other(progress)

        return told

    def events(self, query: str = "") -> Response:
        """Return how far the studies are, now and whenever that changes, until they are finished."""
        return Response(self._events(), EVENTS)

    def _events(self) -> Iterator[str]:
        with self._lock:
            self.readers += 1
        try:
            before: list[Any] = []
            last = time.monotonic()
            while not self.finished():
                try:
                    now = [*self.read(), *self._told]
                except UserError:  # a file is being written; the next look reads it
                    now = before
                if not _same(now, before):
                    before, last = now, time.monotonic()
                    yield _event("state", self._state())
                elif time.monotonic() - last > BEAT_SECONDS:
                    last = time.monotonic()
                    yield ": still here\n\n"
                if self._ended.wait(LOOK_SECONDS):
                    yield _event("over")
                    return
            yield _event("finished")
        finally:
            with self._lock:
                self.readers -= 1

    def read(self) -> list[live.Underway]:
        """Return how far each study is; the same objects as before where nothing has changed."""
        with self._lock:  # several open pages read the folder once
            return [follower.read() for follower in self._followers]

    def _state(self) -> str:
        if not self._told:
            return live.state(self.read())
        progress, at = self._told[0]
        left = progress.remaining
        left = left if left is None else max(0.0, left - (time.monotonic() - at))
        return live.state(self.read(), remaining=left, note=progress.note or None)

    def _complete(self) -> bool:
        return all(one.complete for one in self.read())


def _event(name: str, data: str = "") -> str:
    return f"event: {name}\ndata: {data}\n\n"


class Live:
    """The page of studies that this process trains; at the end it becomes the finished page.

    Args:
        folder: of a study, or of the studies of several data sets.
        server: where to show it.

    Attributes:
        awaited: whether a browser was asked to open the page.
    """

    def __init__(self, folder: Path, server: Server) -> None:
        self.awaited = False
        self._over, self._fetched = threading.Event(), threading.Event()
        self._page = ""
        self.following = Following(folder, server.ended, self._over.is_set)
        server.routes.update({"": self._whole, "events": self.following.events})

    @property
    def watch(self) -> Callable[[Watch | None], Watch]:
        """What returns a watcher that tells the page too."""
        return self.following.watch

    def end(self, path: Path | None) -> None:
        """Show the finished page, and wait a moment until open pages have fetched it.

        Args:
            path: where it was written; None if it was not.
        """
        if path is None:
            return
        self._page = _with_place(path.read_text(encoding="utf-8"), path)
        awaited = self.awaited or self.following.readers > 0
        self._over.set()
        if awaited:
            with contextlib.suppress(KeyboardInterrupt):  # all is done
                self._fetched.wait(GOING_SECONDS)

    def _whole(self, query: str) -> Response:
        if not self._page:
            return self.following.page(trained_here=True)
        return Response(self._page, sent=self._fetched.set)


def _with_place(text: str, path: Path) -> str:
    """Return a page that says where it is kept."""
    said = Markup(
        '<p class="note" id="kept">The training has ended, and with it the address of this page. The page is kept as '
        "the file <code>{}</code>.</p>"
    ).format(str(path))
    return text.replace("<main>\n", f"<main>\n{said}\n", 1)


class FolderPage:
    """The page of a folder's studies, written by nobody: read when asked for, live while runs are missing.

    Args:
        folder: of a study, or of the studies of several data sets.
        server: where to show it.
        desk: where pages are made.

    Raises:
        UserError: the folder holds no study, or one that is damaged.
    """

    def __init__(self, folder: Path, server: Server, desk: Desk) -> None:
        self.folder, self._desk = folder, desk
        self.following = Following(folder, server.ended)
        self.following.read()
        server.routes.update({"": self._whole, "events": self.following.events})
        self._made: dict[str, tuple[list[live.Underway], str]] = {}
        if folder not in self.following.places.values():
            for name, place in self.following.places.items():
                path = f"{quote(place.name)}/report.html"
                server.routes[path] = partial(self._one, name)

    def _whole(self, query: str) -> Response:
        if not self.following.finished():
            return self.following.page(trained_here=False)
        return self._one("", query)

    def _one(self, name: str, query: str) -> Response:
        return Response(self._desk.ask(lambda: self._made_of(name)))

    def _made_of(self, name: str) -> str:
        """Return a page, made anew if the study has changed since."""
        now = self.following.read()
        before, text = self._made.get(name, ([], ""))
        if not _same(now, before):
            text = _page(self.folder, name)
            self._made[name] = now, text
        return text


def _same(one: Sequence[object], other: Sequence[object]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _page(folder: Path, name: str) -> str:
    """Return the page of a data set's study, or without a name that of the whole folder."""
    held = open_folder(folder)
    if isinstance(held, Studies) and not name:
        return several_page.text(held.studies, held.several)
    study = held.studies[name] if name else next(iter(held.studies.values()))
    return page.page(study, study.answer)
