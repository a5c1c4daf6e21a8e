"""Tables of other libraries: frames of pandas, polars, Arrow and others, dictionaries of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridle.errors import UserError, shown
from bridle.tables.dense import dense
from bridle.tables.raw import RawTable


def as_raw(data: Any, source: str) -> RawTable | None:
    """Return a table with named columns as Arrow holds it; None if it is none.

    Args:
        data: a frame that narwhals knows, an array with named fields, or a dictionary of columns.
        source: what messages call it.

    Raises:
        UserError: two columns have the same name, or a column cannot be read.
    """
    import narwhals as nw
    import pyarrow as pa

    if isinstance(data, np.ndarray) and data.dtype.names:
        data = {name: data[name] for name in data.dtype.names}
    if isinstance(data, Mapping):
        names: list[Any] = list(data)
        return RawTable.of(source, names, [_array(data[name], name, source) for name in names])
    if hasattr(data, "iloc") and hasattr(
        data, "columns"
    ):  # pandas, whose columns may hold mixed objects
        names = list(data.columns)
        series = [data.iloc[:, at] for at in range(len(names))]
        return RawTable.of(
            source, names, [_array(s, n, source) for s, n in zip(series, names, strict=True)]
        )
    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        return None
    arrow: pa.Table = frame.to_arrow()
    return RawTable.of(source, arrow.column_names, list(arrow.columns))


def _array(values: Any, name: Any, source: str) -> Any:
    import pyarrow as pa

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
