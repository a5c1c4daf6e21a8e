"""The command-line face of Bridle, one file per command.

Results go to stdout, everything else (what is about to happen, progress, mistakes) to stderr.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status.

    Args:
        argv: the words after `bridle`; by default those of this process.

    Returns:
        0 done, 2 the user's mistake, 1 ours, 130 interrupted.
    """
    # worker processes import this module again, and need nothing of what follows
    from bridle.cli import clock

    clock.start(whole_process=argv is None)
    from bridle.cli.app import run

    # else a tenth of the time goes into looking for garbage among what imports leave
    gc.set_threshold(100_000)
    return run(argv)
