"""The page of the playground, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bridle.data import load
from bridle.errors import UserError
from bridle.lines import command_line
from bridle.methods.catalogue import methods
from bridle.networks.base import ACTIVATIONS
from bridle.networks.catalogue import network_for
from bridle.numbers import number
from bridle.report.interactive import script, styles
from bridle.report.packing import embedded
from bridle.report.page import render
from bridle.report.palette import GREY, looks
from bridle.serving.desk import Desk
from bridle.serving.playground.population import BAND, Populations
from bridle.serving.playground.settings import DATA, FEWEST, Settings, read
from bridle.serving.server import JSON, Response, Server
from bridle.study.grids import beyond
from bridle.study.plan import BASELINE

SCRIPTS = ("unpack", "draw", "tip", "surface", "setting", "fields", "play")

STRONGER = 3
"""Number of strengths beyond those that a comparison tries: too much is worth seeing too."""


class Playground:
    """The page of the playground, and its populations.

    Args:
        server: where to show it.
        desk: where populations are trained.
    """

    def __init__(self, server: Server, desk: Desk) -> None:
        self._desk, self._populations = desk, Populations()
        server.routes.update({"": _page, "start": self._start, "frame": self._frame})

    def _start(self, query: str) -> Response:
        return self._answer(lambda: self._populations.document(read(query)))

    def _frame(self, query: str) -> Response:
        rest, _, stop = query.rpartition("&stop=")
        if not stop.isascii() or not stop.isdigit():
            return _json({"error": "The page asked for no stop."})
        return self._answer(lambda: vars(self._populations.frame(read(rest), int(stop))))

    def _answer(self, work: Callable[[], dict[str, Any]]) -> Response:
        try:
            return _json(self._desk.ask(work))
        except UserError as error:
            return _json({"error": str(error)})


def _json(document: dict[str, Any]) -> Response:
    return Response(str(embedded(document)), JSON)


def _page(query: str) -> Response:
    return Response(
        render(
            "play.html.jinja",
            title="Playground",
            study=embedded(
                {
                    "methods": playable(),
                    "defaults": {key: _text(value) for key, value in asdict(Settings()).items()},
                    "data": DATA,
                    "activations": list(ACTIVATIONS),
                    "fewest": FEWEST,
                    "grey": GREY,
                    "band": BAND,
                    "command": command_line("play"),
                }
            ),
            script=script(SCRIPTS),
            styles=styles(),
            versions={},
        )
    )


def _text(value: Any) -> str:
    """Return a setting as an address holds it."""
    return (
        ",".join(map(str, value))
        if isinstance(value, tuple)
        else number(value)
        if isinstance(value, float)
        else str(value)
    )


def playable() -> list[dict[str, Any]]:
    """Return every method that suits points in the plane, with its strengths from weak to strong."""
    dataset, settings = load("moons"), Settings()
    built = network_for(dataset, "mlp", settings.widths, settings.activation)
    fitting = {
        name: found
        for name, found in methods().items()
        if name != BASELINE and found.refuses(built, dataset.task) is None
    }
    colors, found = looks(fitting), []
    for name, method in fitting.items():
        strength = method.strength()
        tried: list[float] = []
        if strength is not None:
            neutral = strength.neutral
            grid = sorted(float(value) for value in strength.grid if isinstance(value, int | float))
            falling = (
                neutral is not None and isinstance(neutral, int | float) and neutral > grid[-1]
            )
            more = beyond(name, strength.name, grid, -1 if falling else 1, STRONGER)
            tried = sorted({*grid, *more}, reverse=falling)
        if strength is None or tried:
            found.append(
                {
                    "name": name,
                    "color": colors[name].color,
                    "summary": method.card.summary,
                    "key": "" if strength is None else strength.name,
                    "strengths": [number(value) for value in tried],
                }
            )
    return found
