"""Addresses of pages on the terminal, and the page of a study while a command trains it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.cli.options import LivePage
from bridle.cli.output import Output

if TYPE_CHECKING:
    from bridle.serving.pages import Live
    from bridle.serving.server import Server


def announced(server: Server, output: Output, opened: bool, begin: str = "") -> None:
    """Print a server's address as the command's result, and open it if that is asked for.

    Args:
        server: the server.
        output: where to.
        opened: whether the browser is to open it.
        begin: what follows the address: where the page begins.
    """
    from bridle.serving.browser import open_browser

    output.result.print(server.address + begin, soft_wrap=True)
    if opened and not open_browser(server.address + begin):
        output.tell("No browser was found here: open the address yourself.")
    output.tell("Ctrl-C ends it.")


@contextlib.contextmanager
def live(folder: Path, asked: LivePage, output: Output) -> Iterator[Live | None]:
    """Show the page of a study while it trains, if that is asked for.

    Args:
        folder: of a study, or of the studies of several data sets.
        asked: whether, and where.
        output: where the address is printed.
    """
    if not asked.open_page and asked.port is None:
        yield None
        return
    from bridle.serving.browser import open_browser
    from bridle.serving.pages import Live

    with _server(asked.port, output) as server:
        page = Live(folder, server)
        page.awaited = asked.open_page and open_browser(server.address)
        # without a browser nothing but the address leads to the page, so --quiet does not hide it
        tell = output.tell if page.awaited else output.warn
        tell(f"page      {server.address}")
        yield page


def _server(port: int | None, output: Output) -> Server:
    """Return a server at a port; at a free one where it is taken, because training matters more."""
    from bridle.serving.server import PortTakenError, Server

    try:
        return Server(port)
    except PortTakenError as error:
        output.warn(f"! {error} The page gets a free one.")
        return Server()
