"""Data sets whose rows are stored in a study's folder: those of arrays, and those of tables."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from bridle.data import arrays, tabular
from bridle.data.dataset import Dataset
from bridle.data.stored import paths, read, signature_of, write
from bridle.errors import UserError
from bridle.grammar import Call, parse_call
from bridle.names import fold

_KINDS: dict[str, Any] = {arrays.KIND.name: arrays.ArrayRows, tabular.KIND.name: tabular.TableRows}


def is_stored(spec: str | Call) -> bool:
    """Say whether a specification stands for rows in a folder, and not for a data set that can be loaded by name."""
    return fold(_call(spec).name) in _KINDS


def save(dataset: Dataset, folder: str | Path) -> Path | None:
    """Keep the rows of `dataset` in `folder`, so that its specification can be opened there.

    Writes `<kind>-<digest>.safetensors` and, beside it, a `.json` with names. Existing files are kept, and damaged
    ones are replaced.

    Returns:
        The path of the safetensors file; None for data sets that can be loaded by name alone, for
        which nothing is written.

    Raises:
        UserError: the folder cannot be written.
    """
    call = parse_call(dataset.spec)
    if not is_stored(call):
        return None
    return write(call, dataset.rows, dataset.name, folder, lambda: open_saved(call, folder).name)


def open_saved(spec: str | Call, folder: str | Path) -> Dataset:
    """Return the data set that `save` kept in `folder`.

    Args:
        spec: of the data set, `arrays(sha256=x…,validation=…,test=…)`, or `table(…)`.
        folder: where it was saved.

    Raises:
        UserError: it is not there, or is not what was saved.
    """
    call = _call(spec)
    if not is_stored(call):
        raise UserError(f"{call} was never saved; expected a form like arrays(sha256=x…).")
    kind = fold(call.name)
    call = signature_of(kind, call).resolve(call)
    dataset: Dataset = read(call, folder, _KINDS[kind].stored).dataset(call)
    return dataset


def saved_files(spec: str, folder: str | Path) -> list[Path]:
    """Return the files in `folder` that `open_saved` reads; empty for data sets that can be loaded by name alone."""
    return paths(parse_call(spec), folder) if is_stored(spec) else []


def typed(dataset: Dataset) -> str:
    """Return what names a data set in a shell: with every argument, or a file with what its columns are for.

    Empty for rows that were given from Python.
    """
    if is_stored(dataset.spec):
        return shlex.join(getattr(dataset.rows, "typed", ()))
    return shlex.quote(dataset.spec)


def _call(spec: str | Call) -> Call:
    return parse_call(spec) if isinstance(spec, str) else spec
