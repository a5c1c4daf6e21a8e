"""Compiled programs on disk, so that a second start need not compile: JAX's own cache, bounded, keyed by versions."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import jax

CACHE_BYTES = 512 * 2**20
"""The cache of compiled programs may grow to this size; the least recently used go first."""

_DAMAGED = "Error reading persistent compilation cache entry"


def keep_programs(cache: Path) -> None:
    """Let JAX keep compiled programs in a folder of bounded size."""
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_compilation_cache_max_size", CACHE_BYTES)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    jax.config.update("jax_raise_persistent_cache_errors", False)


def compile_kept(lowered: Any, options: dict[str, str | bool]) -> Any:
    """Compile a lowered function, or take it from the cache; what cannot be read there makes room for a new one."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=_DAMAGED)
            return lowered.compile(options)
    except UserWarning as damaged:
        # JAX would leave the entry and compile at every start; of its name it tells the function's alone
        found = re.search(r"'([^']+)'", str(damaged))
        name = found[1] if found else ""
        for entry in Path(str(jax.config.values["jax_compilation_cache_dir"])).glob(f"{name}-*"):
            entry.unlink(missing_ok=True)
        return lowered.compile(options)
