"""The command-line face of Bridle, one file per command.

Results go to stdout, everything else (what is about to happen, progress, mistakes) to stderr.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from bridle.cli.signals import interruptible


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status.

    Args:
        argv: the words after `bridle`; by default those of this process, which then ends with the command.

    Returns:
        0 done, 2 the user's mistake, 1 ours, 130 interrupted, 143 terminated.
    """
    from bridle.cli import clock

    clock.start(whole_process=argv is None)
    # first of all, because users often stop a mistyped command within its first second
    with interruptible(to_the_end=argv is None) as stop:
        try:
            from bridle.cli.app import run
            from bridle.engine.devices import own_environment

            # otherwise a tenth of the time goes into garbage collection of what imports leave
            gc.set_threshold(100_000)
            if argv is not None:
                return run(argv, stop)
            own_environment()
            return run(sys.argv[1:], stop)
        except KeyboardInterrupt:
            # raised outside the code that reports more
            print("interrupted", file=sys.stderr)
    return stop.status
