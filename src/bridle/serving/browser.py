"""Opening an address in a browser, where there is one to be seen."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import webbrowser


def has_display() -> bool:
    """Say whether a browser can show a window: a browser in the terminal would take over the command's own."""
    if os.environ.get("BROWSER") or sys.platform in ("win32", "darwin", "cygwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_browser(address: str) -> bool:
    """Let the user's browser open an address, without waiting for it; return whether there is one."""
    if not has_display():
        return False
    try:
        known = webbrowser.get()
    except webbrowser.Error:
        return False

    def show() -> None:
        with contextlib.suppress(Exception):  # the address is printed in any case
            known.open(address)

    threading.Thread(target=show, daemon=True).start()
    return True
