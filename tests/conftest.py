"""What is compiled once serves all tests of a session, also in other processes of it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# before JAX is imported; workers of pytest-xdist inherit the variables
if "PYTEST_XDIST_WORKER" not in os.environ:
    cache = Path(tempfile.mkdtemp(prefix="bridle-tests-"))
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    os.environ["BRIDLE_CACHE"] = str(cache)
    # of programs in the tests' own process; with a bound, entries are read and written under a lock
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(cache / "tests")
    os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(2**30)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.3"
