"""Tables of other libraries: frames of pandas, polars, Arrow and others, dictionaries of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bridle.errors import UserError, shown
from bridle.tables.dense import dense
from bridle.tables.raw import RawTable


def named_columns(data: Any) -> list[tuple[Any, Any]] | None:
    """Return the columns of a table with names, each with its name, as its own library holds them; None if it is none.

    Args:
        data: a frame that narwhals knows, an array with named fields, or a dictionary of columns.
    """
    import narwhals as nw

    if isinstance(data, np.ndarray) and data.dtype.names:
        data = {name: data[name] for name in data.dtype.names}
    if isinstance(data, Mapping):
        return list(data.items())
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        # pandas and libraries with its interface, whose columns may hold mixed objects
        return [(name, data.iloc[:, at]) for at, name in enumerate(data.columns)]
    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        return None
    return [(name, frame.get_column(name).to_native()) for name in frame.columns]


def as_raw(data: Any, source: str) -> RawTable | None:
    """Return a table with named columns as Arrow holds it; None if it is none.

    Args:
        data: as of `named_columns`.
        source: what messages call it.

    Raises:
        UserError: two columns have the same name, or a column cannot be read.
    """
    columns = named_columns(data)
    if columns is None:
        return None
    names = [name for name, _ in columns]
    return RawTable.of(source, names, [_array(values, name, source) for name, values in columns])


def _array(values: Any, name: Any, source: str) -> Any:
    import narwhals as nw
    import pyarrow as pa

    if not hasattr(values, "iloc"):
        series = nw.from_native(values, pass_through=True, allow_series=True)
        if isinstance(series, nw.Series):
            return series.to_arrow()
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise UserError(
            argument=f"Column {shown(str(name))} of {source}",
            verb="hold",
            expected="a value for each row",
            received=values,
        )
    values = dense(values, f"Column {shown(str(name))} of {source}")
    if hasattr(values, "sparse"):
        values = values.sparse.to_dense()
    if hasattr(values, "cat"):  # intervals and numbers are categories by their text
        values = values.cat.rename_categories([str(word) for word in values.cat.categories])
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        plain = [None if value is None or value != value else value for value in list(values)]
        if all(
            value is None or isinstance(value, str | bytes | int | float | np.generic)
            for value in plain
        ):
            return pa.array([None if value is None else str(value) for value in plain])
        raise UserError(
            f"Column {shown(str(name))} of {source} cannot be read: {str(error).rstrip('.')}."
        ) from None
