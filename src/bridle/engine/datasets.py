"""How data reach workers: a chunk names its data set, and a worker that does not hold it asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.data.own import saved_files


class DataStore(Protocol):
    """Finds the data set that a specification names; pickled, it does so in another process."""

    def dataset(self, spec: str) -> Dataset:
        """Return a data set.

        Raises:
            UserError: there is none, or it is damaged.
        """

    def content(self, spec: str) -> dict[str, bytes]:
        """Return the files that hold the rows, by name; empty for data sets that can be loaded by name alone."""


@dataclass(frozen=True)
class FolderData:
    """Data sets whose rows lie in a folder of this machine, such as a study's.

    Attributes:
        folder: where `bridle.data.save` put them.
    """

    folder: Path

    def dataset(self, spec: str) -> Dataset:
        """Return a data set, opened in the folder."""
        return load(spec, self.folder)

    def content(self, spec: str) -> dict[str, bytes]:
        """Return the files of the folder that hold a data set's rows."""
        return {path.name: path.read_bytes() for path in saved_files(spec, self.folder)}


@dataclass(frozen=True)
class SentData:
    """The rows of one data set as they were sent from another machine.

    Attributes:
        files: what `DataStore.content` returned there.
    """

    files: Mapping[str, bytes]

    def dataset(self, spec: str) -> Dataset:
        """Return the data set, after checking that its digest is that of its specification."""
        if not self.files:
            return load(spec)
        with tempfile.TemporaryDirectory(prefix="bridle-") as folder:
            for name, content in self.files.items():
                (Path(folder) / name).write_bytes(content)
            return load(spec, folder)

    def content(self, spec: str) -> dict[str, bytes]:
        """Return the files."""
        return dict(self.files)


BY_NAME: DataStore = SentData({})
"""Finds data sets that can be loaded by name alone."""
