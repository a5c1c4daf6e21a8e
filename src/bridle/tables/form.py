"""The form of a table's rows, by which new ones are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bridle.errors import Unquoted, UserError, listed_names
from bridle.tables.column import Column
from bridle.tables.frames import as_raw
from bridle.tables.layout import Layout
from bridle.tables.preparation import Encoder, Floats, documents, encoded, from_documents
from bridle.tables.raw import RawTable
from bridle.tables.values import values_of


@dataclass(frozen=True, eq=False)
class TableForm:
    """The form of a table's rows, by which new ones are read.

    Attributes:
        name: of the data set, for messages.
        columns: those that may be features, also those that are left out; without their values.
        encoders: how columns become numbers.
    """

    name: str
    columns: tuple[Column, ...]
    encoders: tuple[Encoder, ...]

    @cached_property
    def layout(self) -> Layout:
        """Which of the numbers are quantities, and which belong to one column of categories."""
        return Layout.of(self.encoders)

    def read(self, X: Any) -> Floats:
        """Return new examples as numbers `[n, d]`, found by the names of their columns; NaN where one is missing.

        Args:
            X: a frame, a table of Arrow or of a file, or a dictionary of columns; its columns may be in any order.

        Raises:
            UserError: a column is missing, or holds something that the table's did not; the message names the place.
        """
        raw = X if isinstance(X, RawTable) else as_raw(X, "X")
        if raw is None:
            raise UserError(
                argument="X",
                expected="a table with named columns, as the one that the network was trained on",
                received=Unquoted(type(X).__name__),
            )
        wanted = [encoder.column for encoder in self.encoders]
        missing = [name for name in wanted if name not in raw.columns]
        if missing:
            left = [name for name in raw.columns if name not in {c.name for c in self.columns}]
            also = f" It also holds {listed_names(left)}." if left else ""
            raise UserError(
                f"{raw.source} lacks the columns {listed_names(missing)}, which {self.name} has.{also}"
            )
        by_name = {column.name: column for column in self.columns}
        return encoded(self.encoders, {name: values_of(raw, by_name[name]) for name in wanted})

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds of the columns that are read, by name."""
        return {encoder.column: encoder.kind for encoder in self.encoders}

    def document(self) -> dict[str, Any]:
        """Return the form as JSON."""
        described = [asdict(replace(column, data=np.empty(0))) for column in self.columns]
        return {
            "name": self.name,
            "columns": [{k: v for k, v in one.items() if k != "data"} for one in described],
            "encoders": documents(self.encoders),
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> TableForm:
        """Return the form that `document` wrote."""
        columns = [{**one, "words": tuple(one["words"])} for one in document["columns"]]
        return cls(
            document["name"],
            tuple(Column(data=np.empty(0), **one) for one in columns),
            from_documents(document["encoders"]),
        )
