"""Unfinished runs on disk: a process that is killed loses at most a minute of a long run.

Each run has one file, named by the run's specification. Any later chunk can continue it, in any lane.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from bridle.files import write_arrays

SECONDS = 60.0
"""Seconds between saves of the runs in a program's lanes."""

FOLDER = "underway"
"""Name of the folder for unfinished runs in a study's folder."""

_HISTORY = "history"


def save(folder: Path, name: str, state: Any, history: np.ndarray) -> None:
    """Save a run in training.

    Where the disk is full or cannot be reached, nothing is saved and the training goes on.

    Args:
        folder: where to; created if it does not exist.
        name: the run's.
        state: a tree of NumPy arrays, the run's own.
        history: `[epochs, columns]` so far.
    """
    with contextlib.suppress(OSError):
        path = _path(folder, name)
        path.parent.mkdir(exist_ok=True)
        write_arrays(path, {**_by_name(state), _HISTORY: history})


def load(folder: Path, name: str, like: Any) -> tuple[Any, np.ndarray] | None:
    """Return the state and history of a saved run; `None` if there is none that fits.

    Args:
        folder: where it was saved.
        name: the run's.
        like: a tree of arrays, or of their shapes and types; the state must have the same structure.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        found = load_file(_path(folder, name))
    except (OSError, SafetensorError):
        return None
    history = found.pop(_HISTORY, None)
    wanted = {key: (leaf.shape, leaf.dtype) for key, leaf in _by_name(like).items()}
    if history is None or {key: (leaf.shape, leaf.dtype) for key, leaf in found.items()} != wanted:
        return None
    leaves = [found[key] for key in wanted]
    return jax.tree.unflatten(jax.tree.structure(like), leaves), history


def forget(folder: Path, names: Iterable[str] | None = None) -> None:
    """Delete the saved state of some runs, or of all, once they have ended."""
    if names is None:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for name in names:
        with contextlib.suppress(OSError):
            _path(folder, name).unlink(missing_ok=True)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.safetensors"


def _by_name(tree: Any) -> dict[str, Any]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {f"state{jax.tree_util.keystr(path)}": leaf for path, leaf in leaves}
