"""What is compiled once serves all tests of a session, in all processes; a file's own programs are then forgotten."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import settings

from bridle.engine.devices import Device

# the same examples on every machine; `pytest --hypothesis-profile search` looks for new ones
settings.register_profile("same", derandomize=True)
settings.register_profile("search", derandomize=False, print_blob=True)
settings.load_profile("same")

# tracing makes many objects that live on: walking through all of them now and then took a twentieth of the time
gc.set_threshold(200_000, 20, 100)

# before JAX is imported; workers of pytest-xdist inherit the variables
if "PYTEST_XDIST_WORKER" not in os.environ:
    cache = Path(tempfile.mkdtemp(prefix="bridle-tests-"))
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    os.environ["BRIDLE_CACHE"] = str(cache)
    # of programs in the tests' own process; with a bound, entries are read and written under a lock
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(cache / "tests")
    os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(2**30)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.3"
    # JAX starts with the settings of a study's workers. What tests compile themselves is compiled in a third of the
    # time, to slower code; programs have compiler options of their own, whatever is set here.
    os.environ.update(Device("cpu", 0).environment())
    os.environ["XLA_FLAGS"] += " --xla_backend_optimization_level=0"
    if tuple(map(int, version("jaxlib").split(".")[:2])) < (0, 11):  # later ones know no other way
        os.environ["XLA_FLAGS"] += " --xla_cpu_use_fusion_emitters=false"


CACHES = (("tests.engine.populations", "program"), ("bridle.testing.trainer", "shared_trainer"))
"""What holds programs beside JAX itself: modules, and their functions that keep what they return."""


@pytest.fixture(scope="module", autouse=True)
def _forget_programs() -> Iterator[None]:
    """Forget a file's programs after it: each keeps 24,000 objects, which every collection of garbage walks through."""
    yield
    for module, cached in CACHES:
        if module in sys.modules:
            getattr(sys.modules[module], cached).cache_clear()
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # what is left belongs to modules and stays
