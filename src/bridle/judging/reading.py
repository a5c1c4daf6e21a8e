"""Tables as people have them: files and frames, whose columns are found, checked and turned into arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import UserError, did_you_mean
from bridle.statistics.checks import Floats

EMPTY = frozenset(
    ("", "nan", "na", "n/a", "<na>", "none", "null", "inf", "+inf", "-inf", "infinity")
)
"""What stands for no number: a run that is missing or diverged."""

_TRUE = {"true": "1", "false": "0", "yes": "1", "no": "0"}

_OTHERS_SAY: Mapping[str, tuple[str, ...]] = {
    "method": ("model", "algorithm", "name", "regularization", "regularizer", "variant"),
    "replicate": ("seed", "run", "trial", "fold", "repeat", "split", "rep"),
    "score": ("accuracy", "acc", "test_acc", "test_accuracy", "f1", "auc", "loss", "test_loss", "error", "value"),
    "example": ("index", "id", "row", "sample", "example_id"),
    "correct": ("hit", "right", "is_correct"),
}  # fmt: skip
"""What other people call our columns."""


class Table:
    """A table with a name and places, so that every mistake can be found in it.

    Attributes:
        name: the file's path, or what the argument is called.
        frame: its rows; the index counts them as `place` says.
    """

    def __init__(self, given: Any, argument: str) -> None:
        """Read a file, or take a DataFrame or what makes one.

        Args:
            given: a path, a DataFrame, or a dictionary of columns.
            argument: what it is called where it is no file.

        Raises:
            UserError: it cannot be read, or holds no row.
        """
        self.is_file = isinstance(given, str | Path)
        self.name = str(given) if self.is_file else argument
        self._first, self._commas = 0, False
        if self.is_file:
            frame, self._first, self._commas = _read(Path(given))
        else:
            try:
                frame = pd.DataFrame(given)
                named = any(name is not None for name in frame.index.names)
                frame = frame.reset_index(drop=not named)
            except (TypeError, ValueError):
                raise UserError(
                    f"{argument}: expected a DataFrame or the path of a CSV file, "
                    f"received {type(given).__name__}."
                ) from None
        twice = frame.columns[frame.columns.duplicated()]
        if len(twice):
            raise UserError(f"{self.name} has two columns {str(twice[0])!r}. Keep one of them.")
        self._names = {str(column).strip().lower(): column for column in reversed(frame.columns)}
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
        """Return what people count a row as."""
        return int(row) + self._first

    def column(self, name: str) -> pd.Series[Any]:
        """Return a column as it came."""
        found: pd.Series[Any] = self.frame[self._names[name]]
        return found

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""
        return name in self._names

    def need(self, names: Sequence[str], example: str) -> None:
        """See that there are columns of these names; of `a|b` either will do.

        Raises:
            UserError: one is missing; the message says what may have been meant.
        """
        for name in names:
            if any(self.has(one) for one in name.split("|")):
                continue
            known = [str(column).strip() for column in self.frame.columns]
            first = name.split("|")[0]
            other = next((c for c in known if c.lower() in _OTHERS_SAY.get(first, ())), None)
            meant = f" Did you mean {other!r}? Rename it." if other else did_you_mean(first, known)
            either = " or ".join(repr(one) for one in name.split("|"))
            raise UserError(
                f"{self.name} has no column {either}.{meant} Its columns: {', '.join(known)}. "
                f"Expected at least {example}."
            )

    def texts(self, name: str, plain: bool = False) -> pd.Series[str]:
        """Return a column of names, none of which may be missing; where `plain`, `1.0` is `1`.

        Raises:
            UserError: one is; the message says where.
        """
        column = self.frame[self._names[name]]
        if column.dtype.kind == "f":
            column = column.astype(object)
        missing = column.isna()
        write = _plain if plain else _stripped
        found = {value: write(value) for value in column[~missing].unique()}
        named = column.map(found)
        missing |= named.isna() | (named == "")
        if missing.any():
            row = missing[missing].index[0]
            raise UserError(f"{self.place(row)}: the column {name!r} is empty; expected a {name}.")
        return named.astype(str)

    def numbers(self, name: str) -> Floats:
        """Return a column of numbers, NaN where one is missing or infinite.

        Where every number has a percent sign, `91.4%` is 0.914; in files separated by semicolons commas
        may be decimal ones.

        Raises:
            UserError: a text is no number, or above 100 %; the message says where.
        """
        column = self.frame[self._names[name]]
        if column.dtype.kind in "biuf":
            values = column.to_numpy(np.float64)
        else:
            texts = column.astype(str).str.strip().str.lower().replace(_TRUE)
            given = texts[~texts.isin(EMPTY)]
            if self._commas and not given.str.contains(".", regex=False).any():
                given = given.str.replace(",", ".", regex=False)
            percent = bool(given.str.endswith("%").all())
            if percent:  # an exponent, for a division would round once more
                given = given.str.removesuffix("%").str.rstrip() + "e-2"
            parsed = pd.to_numeric(given, errors="coerce").reindex(texts.index)
            values = parsed.to_numpy(np.float64)
            self._see(name, (parsed.notna() | texts.isin(EMPTY)).to_numpy(), "a number")
            if percent:
                self._see(name, ~(values > 1.0), "at most 100 %, or no percent signs")
        return np.where(np.isfinite(values), values, np.nan)

    def truths(self, name: str) -> npt.NDArray[np.bool_]:
        """Return a column of true and false.

        Raises:
            UserError: something else stands there; the message says where.
        """
        values = self.numbers(name)
        self._see(name, np.isin(values, (0, 1)), "true or false")
        return np.asarray(values == 1)

    def zeros_and_ones(self, name: str) -> Floats:
        """Return a column of 0 and 1 (or true and false) as numbers.

        Raises:
            UserError: something else stands there; the message says where.
        """
        values = self.numbers(name)
        self._see(name, np.isin(values, (0, 1)), "1 (correct) or 0 (not)")
        return values

    def _see(self, name: str, good: npt.NDArray[np.bool_], wanted: str) -> None:
        if not good.all():
            position = int(np.flatnonzero(~good)[0])
            given = self.frame[self._names[name]].iloc[position]
            row = self.frame.index[position]
            raise UserError(
                f"{self.place(row)}, column {name!r}: expected {wanted}, received {given!r}."
                f"{_advice(wanted, str(given))}"
            )


def _advice(wanted: str, text: str) -> str:
    """Say how a number is to be written that was not understood."""
    if wanted == "a number" and text.strip().endswith("%"):
        return " Give every number of the column a percent sign, or none."
    return " Write a decimal point." if re.fullmatch(r"\s*[-+]?\d*,\d+\s*", text) else ""


def in_order(labels: Sequence[str]) -> list[str]:
    """Sort labels, numbers by their size and before names."""

    def key(label: str) -> tuple[bool, float, str]:
        try:
            return False, float(label), label
        except ValueError:
            return True, 0.0, label

    return sorted(labels, key=key)


def _stripped(value: Any) -> str:
    return str(value).strip()


def _plain(value: Any) -> str:
    """Write a name; a whole number, however it came, without decimals."""
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    if np.isnan(number):
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else text


def _read(path: Path) -> tuple[pd.DataFrame, int, bool]:
    """Read a CSV file as texts, separated by commas, semicolons or tabs.

    Returns:
        Its rows, the number of the line in which the first stands, and whether commas can be decimal ones.
    """
    advice = "Expected a CSV file with a line of column names, and one row a run."
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            blank = 0
            while (head := file.readline()) and not head.strip(" ,;\t\r\n"):
                blank += 1
            file.seek(0)
            separator = max(",;\t", key=head.count)
            read: Callable[..., pd.DataFrame] = pd.read_csv
            frame = read(
                file,
                sep=separator,
                dtype=str,
                keep_default_na=False,
                skip_blank_lines=False,
                skiprows=blank,
            )
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}.") from None
    except pd.errors.EmptyDataError:
        raise UserError(f"{path} is empty. {advice}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is no text in UTF-8. {advice}") from None
    except pd.errors.ParserError as error:
        reason = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise UserError(f"{path} cannot be read as a table: {reason}. {advice}") from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise UserError(
            f"{path}: its rows have more fields than there are column names "
            f"({', '.join(map(str, frame.columns))}). {advice}"
        )
    # rows with fewer fields than the first are filled up
    return frame.fillna(""), blank + 2, separator == ";"
