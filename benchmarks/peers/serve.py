"""What a peer's process does: prepare, then measure once for each line it is sent."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Measure = Callable[..., dict[str, Any]]


def serve(prepare: Callable[..., Measure]) -> None:
    """Answer requests over standard input and output, both in lines of JSON."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not come between
    measure = prepare(**json.loads(sys.argv[1]))
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(**json.loads(line))), file=answers, flush=True)


def timed(train: Callable[[], int]) -> dict[str, Any]:
    """Return how many steps of one network were taken, and in how many seconds."""
    started = time.perf_counter()
    steps = train()
    return {"steps": steps, "seconds": time.perf_counter() - started}
