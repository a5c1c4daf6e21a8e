"""Turn arrays, lists and frames into clean numbers, or say what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data import images
from bridle.data.dataset import Channels, Dataset, Inputs
from bridle.data.frames import as_float, in_order, is_number
from bridle.errors import Unquoted, UserError, shown
from bridle.tables.dense import dense
from bridle.tables.frames import as_raw
from bridle.tables.raw import RawTable
from bridle.tables.values import numbers_of

_LARGEST = 1e30  # squares of sums must stay finite in single precision


@dataclass(frozen=True)
class Examples:
    """Examples as a data set holds them.

    Attributes:
        inputs: [n, d], uint8 for images of whole numbers from 0 to 255, otherwise float32.
        names: of the d features.
        shape: of one example.
        channels: which axis held the channels of images.
        notes: sentences on how they were read, if that is not obvious.
    """

    inputs: Inputs
    names: tuple[str, ...]
    shape: tuple[int, ...]
    channels: Channels = "last"
    notes: tuple[str, ...] = ()


def examples(X: Any, channels: Any = None) -> Examples:
    """Check the examples and flatten them.

    Args:
        X: [n, d] numbers: an array, nested lists, or a frame; or images [n, height, width],
            [n, height, width, channels] or [n, channels, height, width].
        channels: which axis of images holds the channels, `first` or `last`; by default it follows from the shape.

    Raises:
        UserError: not of that form, not numbers, missing or infinite values, values that
            single precision cannot tell apart, or a shape with ambiguous channels.
    """
    X = dense(X, "X")
    frame = as_raw(X, "X")
    table = _array(X) if frame is None else numbers_of(frame, list(frame.columns))
    if table.ndim not in (2, 3, 4):
        hint = ""
        if table.ndim == 1:
            column = (
                "X.reshape(-1, 1)" if isinstance(X, np.ndarray) else "numpy.reshape(X, (-1, 1))"
            )
            hint = f"For a single feature: X = {column}."
        elif table.ndim > 4:
            hint = "To read each example as a row of numbers: X = numpy.reshape(X, (len(X), -1))."
        raise UserError(
            argument="X",
            verb="have",
            expected="a row for each example and a column for each feature (or be images)",
            received=Unquoted(f"an array of shape {table.shape}"),
            advice=hint,
        )
    if 0 in table.shape:
        raise UserError(
            argument="X",
            verb="hold",
            expected="examples and features",
            received=Unquoted(f"shape {table.shape}"),
        )
    order: Channels = "last"
    notes: tuple[str, ...] = ()
    if table.ndim == 4:
        given = table.shape[1:]
        order = images.channels((given[0], given[1], given[2]), channels)
        if order == "first":
            table = np.moveaxis(table, 1, -1)
            notes = (
                f"The images of X, {_times(given)}, were read as channels × height × width and turned into "
                f"{_times(table.shape[1:])}.",
            )
    shape = table.shape[1:]
    if len(shape) > 1:
        table = images.as_bytes(table)
    names = feature_names(shape) if frame is None else tuple(frame.columns)
    flat = table.reshape(len(table), -1)
    if flat.dtype == np.uint8 and len(shape) > 1:
        inputs: Inputs = np.ascontiguousarray(flat)
    else:
        wide = flat.astype(np.float64)
        _check_finite(wide, names, frame is not None, X)
        inputs = np.ascontiguousarray(wide.astype(np.float32))
        _check_resolution(wide, inputs, names)
    if len(inputs) > 1 and (inputs == inputs[0]).all():
        raise UserError(
            "All rows of X are equal, so nothing can tell the classes apart; expected columns that vary."
        )
    return Examples(inputs, names, shape, order, notes)


@dataclass(frozen=True)
class Form:
    """The form of examples that are arrays, by which new ones are read.

    Attributes:
        name: of the data set, for messages.
        features: the names of the d columns.
        shape: of one example.
        channels: which axis held the channels in the images as given.
        highest: the largest of images of whole numbers; 0 of other examples.
    """

    name: str
    features: tuple[str, ...]
    shape: tuple[int, ...]
    channels: Channels = "last"
    highest: int = 0

    @classmethod
    def of(cls, dataset: Dataset) -> Form:
        """Return the form of a data set's examples."""
        highest = 0
        if len(dataset.shape) > 1:
            inputs = dataset.replicate(0, 0).inputs
            highest = int(inputs.max()) if inputs.dtype == np.uint8 else 0
        return cls(dataset.name, dataset.features, dataset.shape, dataset.channels, highest)

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds of the columns of a table that are read, by name: numbers."""
        return dict.fromkeys(self.features, "number")

    def read(self, X: Any) -> NDArray[np.float32]:
        """Read new examples, for prediction.

        Named columns are found by their names if the data set has names. Images may have their
        channels first or last, or be flattened.

        Args:
            X: [n, d] numbers, or images.

        Returns:
            [n, d] float32, to be given to `Split.prepared`.

        Raises:
            UserError: columns are missing or unknown, the shape differs, or X holds something other than finite
                numbers.
        """
        frame = self._named(X)
        X = dense(X, "X") if frame is None else X
        found = _array(X) if frame is None else numbers_of(frame, list(frame.columns))
        table = _shaped(found, self)
        wide = table.reshape(len(table), len(self.features)).astype(np.float64)
        if not len(wide):
            return wide.astype(np.float32)
        _check_finite(wide, self.features, frame is not None, X)
        _check_range(wide, self)
        return wide.astype(np.float32)

    def _named(self, X: Any) -> RawTable | None:
        """Return a table with its columns in order, of a file only those that are known; None if X has no names."""
        generic = self.features == feature_names(self.shape)
        if isinstance(X, RawTable):
            X = X.without([name for name in X.columns if name not in set(self.features)])
            return in_order(X, self.features, self.name)
        table = as_raw(X, "X")
        if table is None or (generic and set(table.columns) != set(self.features)):
            return table
        return in_order(table, self.features, self.name)


def further(X: Any, dataset: Dataset) -> NDArray[np.float32]:
    """Read new examples of a data set, for prediction: by the names of a table's columns, or as `Form.read` does."""
    return (dataset.form or Form.of(dataset)).read(X)


def feature_names(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of the features of arrays without names."""
    stem = "feature" if len(shape) == 1 else "pixel"
    return tuple("_".join([stem, *map(str, place)]) for place in np.ndindex(shape))


def _shaped(table: NDArray[Any], form: Form) -> NDArray[Any]:
    """Return examples with their axes in the order of the data set's; flattened ones as they are."""
    shape, given, width = form.shape, table.shape[1:], len(form.features)
    turned = (shape[-1], *shape[:-1]) if len(shape) == 3 else None
    if given == turned and (given != shape or form.channels == "first"):
        return np.moveaxis(table, 1, -1)
    grey = {shape, (*shape, 1), (1, *shape)} if len(shape) == 2 else {shape}
    if len(shape) == 3 and shape[-1] == 1:
        grey.add(shape[:-1])
    if given in grey or given == (width,):
        return table
    one = table.shape in {*grey, turned, (width,)}
    hint = "For a single example: X = numpy.asarray(X)[None]." if one else ""
    each = f"{width} features in each row" if len(shape) == 1 else f"images of {_times(shape)}"
    raise UserError(
        argument="X",
        verb="have",
        expected=f"{each}, as {form.name} has",
        received=Unquoted(f"an array of shape {table.shape}"),
        advice=hint,
    )


def _check_range(table: NDArray[np.float64], form: Form) -> None:
    """Refuse pixels from 0 to 1 where a network was trained on whole numbers up to 255, or up to 16."""
    if form.highest <= 1 or not 0 <= table.min() <= table.max() <= 1:
        return
    if not (table == np.floor(table)).all():
        raise UserError(
            argument="X",
            verb="hold",
            expected=f"pixels from 0 to {form.highest}, as {form.name} has",
            received=Unquoted(f"fractions up to {table.max():.3g}"),
            advice=f"If 1 is the brightest: X = X * {form.highest}.",
        )


def _array(X: Any) -> NDArray[Any]:
    """Return X as an array of numbers, or say which entry is not one."""
    if isinstance(X, np.ma.MaskedArray):
        X = np.ma.filled(X.astype(np.float64), np.nan) if np.ma.is_masked(X) else X.data
    try:
        table = np.asarray(X)
    except (ValueError, TypeError, RuntimeError) as error:
        raise UserError(_ragged(X, error)) from error
    if table.dtype.kind in "biuf":
        return table
    if table.dtype.kind in "US" and not isinstance(X, np.ndarray):
        table = np.array(X, dtype=object)  # NumPy makes words of the numbers beside words
    if table.ndim == 0:
        raise UserError(
            argument="X",
            expected="an array, nested lists or a DataFrame",
            received=Unquoted(type(X).__name__),
        )
    if table.dtype.kind in "mM":
        unit = "numpy.timedelta64(1, 'D')"
        days = f"X / {unit}" if table.dtype.kind == "m" else f"(X - X.min()) / {unit}"
        raise UserError(
            argument="X",
            verb="hold",
            expected="numbers",
            received=Unquoted(f"times ({table.dtype})"),
            advice=f"Make days of them: X = {days}.",
        )
    table = table.astype(object)  # a copy, so that the caller's array does not change
    for place in np.ndindex(table.shape):
        entry: object = table[place]
        if not is_number(entry):
            raise _not_a_number(table, place)
        table[place] = as_float(entry)
    return table.astype(np.float64)


def _ragged(X: Any, error: Exception) -> str:
    if not isinstance(X, Sequence):
        return (
            f"X must be an array of numbers; NumPy cannot make one of {type(X).__name__}: {error}"
        )
    lengths = [len(row) if hasattr(row, "__len__") else 1 for row in X]
    odd = next((row for row, size in enumerate(lengths) if size != lengths[0]), None)
    if odd is None:
        return f"All rows of X must have the same shape; NumPy says: {error}"
    return (
        f"All rows of X must have the same length; row 0 has {lengths[0]} entries and row {odd} has "
        f"{lengths[odd]}."
    )


def _not_a_number(table: NDArray[Any], place: tuple[int, ...]) -> UserError:
    entry = table[place]
    where = f"row {place[0]}" + (f", column {place[1]}" if len(place) > 1 else "")
    return UserError(
        argument="X",
        verb="hold",
        expected="numbers",
        received=Unquoted(f"{shown(entry)} ({type(entry).__name__}) in {where}"),
        advice=_encoding(table, entry),
    )


def _encoding(table: NDArray[Any], entry: Any) -> str:
    """Return how to turn what holds `entry` into numbers."""
    if isinstance(entry, dict):
        return "Make a table of it: X = pandas.DataFrame(X)."
    if isinstance(entry, complex):
        return "Give two numbers for each: X = numpy.concatenate([X.real, X.imag], axis=-1)."
    try:
        table.astype(np.float64)
    except (TypeError, ValueError):
        if table.ndim == 2:
            encoded = "X = pandas.get_dummies(pandas.DataFrame(X).convert_dtypes())"
            return f"Make a column for each word: {encoded}."
        return "Encode it as numbers first."
    return "Read text as numbers first: X = numpy.asarray(X, dtype=float)."


def _check_finite(table: NDArray[np.float64], names: Sequence[str], named: bool, X: Any) -> None:
    bad = ~(np.abs(table) <= _LARGEST)  # NaN compares as false
    if not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    value = table[row, column]
    others = f" ({bad.sum()} such entries in all)" if bad.sum() > 1 else ""
    if not np.isnan(value):
        what, advice = f"{value:g}", "Cap such values, or leave such rows out"
        if abs(value) < math.inf:
            advice = f"Divide the column by a constant such as {abs(value):.0e}"
    else:
        what = "a missing value (NaN)"
        if named:
            advice = "Fill in what is missing, or leave such rows out"
        elif isinstance(X, np.ma.MaskedArray):
            advice = (
                "Fill in what is masked, such as by X = X.filled(X.mean()), or leave such rows out"
            )
        elif np.isnan(table[:, column]).all() and np.ndim(X) == 2:
            drop = f"numpy.delete(X, {column}, axis=1)"
            advice = f"Leave out the column, which holds nothing else: X = {drop}"
        else:
            advice = (
                "Fill in what is missing, such as by X = numpy.asarray(X, dtype=float); "
                "X = numpy.where(numpy.isnan(X), numpy.nanmedian(X, axis=0), X), or leave such rows out"
            )
    raise UserError(
        argument="X",
        verb="hold",
        expected=f"finite numbers up to {_LARGEST:g}",
        received=Unquoted(f"{what} in row {row}, column {names[column]!r}{others}"),
        advice=f"{advice}.",
    )


def _check_resolution(
    wide: NDArray[np.float64], narrow: NDArray[np.float32], names: Sequence[str]
) -> None:
    """Refuse columns such as seconds since 1970, whose differences are lost in single precision."""
    error = np.abs(wide - narrow).max(axis=0)
    blurred = error > 0.01 * wide.std(axis=0)
    blurred &= wide.min(axis=0) < wide.max(axis=0)
    if blurred.any():
        column = int(np.argmax(blurred))
        raise UserError(
            f"Column {names[column]!r} of X varies too little for its size: values around "
            f"{wide[0, column]:.10g} are rounded by {error[column]:.2g} in single precision, with "
            f"a standard deviation of only {wide[:, column].std():.2g}. Subtract a constant from "
            f"it first, such as its minimum: X = X - X.min(axis=0)."
        )


def _times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))
