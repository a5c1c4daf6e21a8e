"""`bridle play`: populations with and without a method, trained as one looks at them in the browser."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output


def play(
    settings: Annotated[
        str | None,
        typer.Argument(
            metavar="SETTINGS",
            help="What to begin with, as the page writes it: 'data=circles&noise=0.2', or an address of the page.",
            show_default=False,
        ),
    ] = None,
    open_page: o.OpenPage = False,
    port: o.Port = None,
    quiet: o.Quiet = False,
) -> None:
    """Play with points, networks and regularization.

    A page trains 50 networks with a method and 50 without it, and draws their boundaries, test
    errors and weights as they learn. Only this machine reaches it, until Ctrl-C.
    """
    output = Output(False, quiet)

    from bridle.cli.serving import announced
    from bridle.serving.desk import Desk
    from bridle.serving.playground.pages import Playground
    from bridle.serving.playground.settings import fragment
    from bridle.serving.server import Server

    begin = "" if settings is None else fragment(settings)
    with contextlib.suppress(KeyboardInterrupt), Server(port) as server:
        desk = Desk()
        Playground(server, desk)
        announced(server, output, open_page, begin)
        desk.work()
