"""`bridle show`: a study's page in the browser, from a server that only this machine reaches."""

from __future__ import annotations

import contextlib

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output


def show(
    folder: o.FolderArgument,
    open_page: o.OpenPage = False,
    port: o.Port = None,
    quiet: o.Quiet = False,
) -> None:
    """Show a study's page at an address of this machine.

    Only this machine reaches it, until Ctrl-C. A study that is being trained shows its runs as they
    finish. Nothing is trained or written.
    """
    output = Output(False, quiet)
    path = named.study_folder(folder)

    from bridle.cli.serving import announced
    from bridle.serving.desk import Desk
    from bridle.serving.pages import FolderPage
    from bridle.serving.server import Server

    with contextlib.suppress(KeyboardInterrupt), Server(port) as server:
        desk = Desk()
        FolderPage(path, server, desk)
        announced(server, output, open_page)
        desk.work()
