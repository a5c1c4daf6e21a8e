"""Compiled programs on disk, so that a second start need not compile: JAX's own cache, bounded, keyed by versions."""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from pathlib import Path
from typing import Any

import jax
from filelock import FileLock, Timeout

CACHE_BYTES = 512 * 2**20
"""Maximum size of the cache of compiled programs in bytes; the least recently used are deleted first."""

_DAMAGED = "Error reading persistent compilation cache entry"
_UNWRITTEN = "Error writing persistent compilation cache entry"

LOCK_SECONDS = 1.0


def keep_programs(cache: Path) -> None:
    """Let JAX keep compiled programs in a folder of bounded size, or do without where the folder cannot be used."""
    if not _usable(cache):
        return
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_compilation_cache_max_size", CACHE_BYTES)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    jax.config.update("jax_raise_persistent_cache_errors", False)


def compile_kept(lowered: Any, options: dict[str, str | bool]) -> Any:
    """Compile a lowered function, or take it from the cache; a damaged entry is deleted and compiled again."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_UNWRITTEN)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", message=_DAMAGED)
                return lowered.compile(options)
        except UserWarning as damaged:
            # JAX would keep the damaged entry and compile at every start; its warning names the function only
            found = re.search(r"'([^']+)'", str(damaged))
            name = found[1] if found else ""
            for entry in Path(str(jax.config.values["jax_compilation_cache_dir"])).glob(
                f"{name}-*"
            ):
                with contextlib.suppress(OSError):  # another user's
                    entry.unlink(missing_ok=True)
        warnings.filterwarnings("ignore", message=_DAMAGED)
        return lowered.compile(options)


def _usable(cache: Path) -> bool:
    """Say whether entries can be read and written in a folder, which is made if it is not there."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        # the lock that JAX takes for every entry
        with FileLock(cache / ".lockfile", timeout=LOCK_SECONDS):
            _forget_half_written(cache)
    except Timeout:
        pass  # somebody uses it
    except (OSError, NotImplementedError):
        return False
    return os.access(cache, os.R_OK | os.W_OK | os.X_OK)


def _forget_half_written(cache: Path) -> None:
    """Delete entries without a time stamp, left by a killed writer: JAX adds nothing to a cache that holds one."""
    for entry in cache.glob("*-cache"):
        if not entry.with_name(f"{entry.name.removesuffix('cache')}atime").exists():
            entry.unlink()
