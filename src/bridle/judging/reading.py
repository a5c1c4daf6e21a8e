"""Tables of users: files and frames, with columns that are found, checked and converted to arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import UserError, shown, visible
from bridle.judging.columns import METHODS, REPLICATES, Columns, key
from bridle.judging.shapes import hint
from bridle.judging.sources import called, read_file, read_frame
from bridle.statistics.checks import Floats

EMPTY = frozenset(("", "nan", "na", "n/a", "<na>", "nat", "none", "null")) | {
    sign + word for sign in ("", "+", "-") for word in ("inf", "infinity")
}
"""Texts for a missing number: a run that is missing or diverged."""

_TRUE = {"true": "1", "false": "0", "yes": "1", "no": "0"}

LONGEST_NAME = 300
"""Maximum number of characters of a method's or data set's name."""


class LocatedTable:
    """A table that knows the place of each cell, so that messages can name it.

    Attributes:
        name: the file's path, or what the argument is called.
        frame: its rows, with columns numbered from 0; the index counts the rows as `place` says.
        columns: their roles.
    """

    def __init__(
        self,
        given: Any,
        argument: str,
        asked: Mapping[str, Any] | None = None,
        all_asked: bool = True,
    ) -> None:
        """Read a file, or take a DataFrame or data for one.

        Args:
            given: a path (`-` is standard input), a DataFrame of any library, or a dictionary of columns.
            argument: its name in messages if it is not a file.
            asked: the columns that the caller names, by role.
            all_asked: whether all of these columns must be there.

        Raises:
            UserError: it cannot be read, or holds no row.
        """
        self.is_file = isinstance(given, str | Path)
        self.name = called(given) if self.is_file else argument
        self._first, self._commas = 0, False
        if self.is_file:
            frame, self._first, self._commas = read_file(given)
        else:
            frame = read_frame(given, argument)
        self.columns = Columns(self.name, list(frame.columns), asked or {}, all_asked)
        frame.columns = pd.RangeIndex(frame.shape[1])
        self._all = frame
        blank = frame.isin([""]) if self.is_file else frame.isna()
        self.frame = frame[~blank.all(axis=1)]
        if not len(self.frame):
            raise UserError(
                f"{self.name} holds no row. Expected one row a run below the column names."
            )

    def place(self, row: Any) -> str:
        """Say where a row is: `results.csv, line 7`."""
        return f"{self.name}, {'line' if self.is_file else 'row'} {self.number(row)}"

    def number(self, row: Any) -> int:
        """Return the number of a row as users count it."""
        if not self.is_file:
            return int(row)
        above = self._all.iloc[: int(row)]  # cells may hold line ends
        broken = sum(int(above[column].str.count("\n").sum()) for column in above)
        return int(row) + self._first + broken

    def column(self, role: str) -> pd.Series[Any]:
        """Return a column unchanged."""
        found: pd.Series[Any] = self.frame[self.columns.place(role)]
        return found

    def has(self, role: str) -> bool:
        """Say whether there is such a column."""
        return self.columns.place(role) is not None

    def called(self, role: str) -> str:
        """Return the name of a column in the table, for messages."""
        return shown(self.columns.label(role))

    def need(self, roles: Sequence[str], example: str) -> None:
        """Check that there are columns of these roles; for `a|b` one of them is enough.

        Raises:
            UserError: one is missing; the message says what may have been meant.
        """
        self.columns.need(roles, example, self._is_number, self._shape)

    def _is_number(self, place: int) -> bool:
        """Say whether a column holds only numbers and missing values."""
        column = self.frame[place]
        if column.dtype.kind in "iuf":
            return True
        texts = _lowered(column)
        given = texts[~texts.isin(EMPTY)].head(1000).str.removesuffix("%").str.strip()
        if self._commas:
            given = given.str.replace(",", ".", regex=False)
        return column.dtype.kind != "b" and bool(
            pd.to_numeric(given, errors="coerce").notna().all()
        )

    def _shape(self) -> str:
        """Say how the table could be reshaped if it does not have one row for each run."""
        frame = self.frame.set_axis([str(label) for label in self.columns.labels], axis=1)
        frame = frame[[label for label in frame.columns if label.strip()]]
        names = METHODS | REPLICATES | {"dataset", "dataset_name"}
        named = [label for label in frame.columns if key(label) in names]
        return hint(self.name, self.is_file, frame, named)

    def texts(self, name: str, plain: bool = False) -> pd.Series[str]:
        """Return a column of names, none of which may be missing; if `plain`, `1.0` becomes `1`.

        Raises:
            UserError: one is missing or too long; the message says where.
        """
        column = self.column(name).astype(object)
        missing = column.isna()
        write = _plain if plain else _stripped
        try:
            found = {value: write(value) for value in column[~missing].unique()}
        except TypeError:  # lists and similar values cannot be hashed
            column = column.map(str)
            found = {value: write(value) for value in column[~missing].unique()}
        named = column.map(
            found.get, na_action="ignore"
        )  # an Arrow index, as of `map(found)`, lacks surrogates
        missing |= named.isna() | (named == "")
        if missing.any():
            row = missing[missing].index[0]
            raise UserError(
                f"{self.place(row)}: the column {self.called(name)} is empty; expected a {name}."
            )
        long = next((text for text in found.values() if len(text) > LONGEST_NAME), None)
        if long is not None:
            raise UserError(
                f"{self.place(named[named == long].index[0])}, column {self.called(name)}: expected a name of at "
                f"most {LONGEST_NAME} characters, received {shown(long)}."
            )
        return named.astype(str)

    def optional_texts(self, name: str) -> pd.Series[str]:
        """Return a column of texts that may be empty."""
        return self.column(name).astype(object).where(lambda own: own.notna(), "").map(_stripped)

    def numbers(self, name: str) -> Floats:
        """Return a column of numbers, NaN where one is missing or infinite.

        If every number has a percent sign, `91.4%` is 0.914. In files separated by semicolons, commas may be decimal
        commas.

        Raises:
            UserError: a text is no number, or above 100 %; the message says where.
        """
        return self._numbers(name, words=False)

    def _numbers(self, name: str, words: bool) -> Floats:
        """Return a column of numbers; if `words`, `true` and `yes` are 1, `false` and `no` are 0."""
        column = self.column(name)
        if column.dtype.kind in ("iufb" if words else "iuf"):
            values = column.to_numpy(np.float64, na_value=np.nan)
        else:
            texts = _lowered(column)
            given = texts[~texts.isin(EMPTY)]
            if words:
                given = given.replace(_TRUE)
            if self._commas and not given.str.contains(".", regex=False).any():
                given = given.str.replace(",", ".", regex=False)
            percent = len(given) > 0 and bool(given.str.endswith("%").all())
            if percent:  # by the exponent, because a division would round again
                given = given.str.removesuffix("%").str.rstrip() + "e-2"
            parsed = pd.to_numeric(given, errors="coerce").reindex(texts.index)
            values = parsed.to_numpy(np.float64, na_value=np.nan)
            self._see(name, (parsed.notna() | texts.isin(EMPTY)).to_numpy(), "a number")
            if percent:
                self._see(name, ~(values > 1.0), "at most 100 %, or no percent signs")
        return np.where(np.isfinite(values), values, np.nan)

    def truths(self, name: str) -> npt.NDArray[np.bool_]:
        """Return a column of true and false.

        Raises:
            UserError: a cell holds something else; the message says where.
        """
        values = self._numbers(name, words=True)
        self._see(name, np.isin(values, (0, 1)), "true or false")
        return np.asarray(values == 1)

    def zeros_and_ones(self, name: str) -> Floats:
        """Return a column of 0 and 1 (or true and false) as numbers.

        Raises:
            UserError: a cell holds something else; the message says where.
        """
        values = self._numbers(name, words=True)
        self._see(name, np.isin(values, (0, 1)), "1 (correct) or 0 (not)")
        return values

    def _see(self, name: str, good: npt.NDArray[np.bool_], wanted: str) -> None:
        if not good.all():
            position = int(np.flatnonzero(~good)[0])
            given = self.column(name).iloc[position]
            row = self.frame.index[position]
            raise UserError(
                f"{self.place(row)}, column {self.called(name)}: expected {wanted}, received {shown(given)}."
                f"{_advice(wanted, str(given))}"
            )


def _advice(wanted: str, text: str) -> str:
    """Say how to write a number that was not understood."""
    if wanted == "a number" and text.strip().endswith("%"):
        return " Give every number of the column a percent sign, or none."
    return " Write a decimal point." if re.fullmatch(r"\s*[-+]?\d*,\d+\s*", text) else ""


def in_order(labels: Sequence[str]) -> list[str]:
    """Sort labels, numbers by their size and before names."""

    def key(label: str) -> tuple[bool, float, str]:
        try:
            number = float(label)
        except ValueError:
            number = np.nan
        return (True, 0.0, label) if np.isnan(number) else (False, number, label)

    return sorted(labels, key=key)


def _lowered(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the cells of any kind of column as texts, with missing ones empty."""
    cells = zip(column, column.isna(), strict=True)
    texts = ["" if missing else str(value).strip().lower() for value, missing in cells]
    return pd.Series(texts, column.index, dtype=object)


def _stripped(value: Any) -> str:
    """Write a cell, with control characters and invalid text escaped."""
    return visible(str(value)).replace("\n", " ").strip()


def _plain(value: Any) -> str:
    """Write a name; a whole number is written without decimals."""
    text = _stripped(value)
    return str(int(float(text))) if _WHOLE.fullmatch(text) else text


_WHOLE = re.compile(r"[-+]?[0-9]{1,15}(?:\.0*)?")
