"""Data of one's own in any form: files, frames, arrays; one function for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from bridle.data import openml, pictures
from bridle.data.arrays import from_arrays
from bridle.data.catalogue import known as known_set
from bridle.data.dataset import Dataset
from bridle.data.roles import Roles
from bridle.data.tabular import from_table
from bridle.errors import UserError, listed_names, shown
from bridle.grammar import is_reference
from bridle.tables.columns import describe
from bridle.tables.frames import as_raw
from bridle.tables.raw import AppendedRows, RawTable
from bridle.tables.reading import is_table, missing, read_file, stem
from bridle.tables.texts import holds_texts
from bridle.tables.values import values_of
from bridle.wording import argument, command

TABLE_ARGUMENTS = (*(f.name for f in fields(Roles) if f.name != "held_out"), "test", "encoding")
"""The arguments that say what the columns of a table are for."""


def from_file(
    given: str | Path,
    *,
    task: str | None = None,
    class_weight: Any = None,
    test: str | Path | None = None,
    encoding: str | None = None,
    **roles: Any,
) -> Dataset:
    """Return the data set that a file or a folder holds.

    Args:
        given: a file with a table, `openml:NAME`, a folder with a folder of images for each class, or a file of NumPy's
            arrays (`.npz`).
        task: what is learned; by default it follows from the target.
        class_weight: `"balanced"`, or the weight of each class by its name.
        test: a file of the same columns whose rows are the test rows; of a folder another folder of images.
        encoding: of texts, such as `latin-1`; by default it is found.
        **roles: what the columns are for, as in `Roles`.

    Raises:
        UserError: the file cannot be read, or the roles do not suit it.
    """
    asked = {"class_weight": class_weight, "test": test, "encoding": encoding, "task": task}
    typed = tuple(_typed(given, {**roles, **asked}))
    folder = Path(given).is_dir()
    if folder or Path(given).suffix.lower() == ".npz":
        columns = {**roles, "encoding": encoding, "test": None if folder else test}
        if unsuited := [name for name, value in columns.items() if value is not None]:
            raise UserError(f"{argument(unsuited[0])} goes with a table; {given} is none.")
        return _of_pictures(Path(given), test, task, class_weight, typed)
    found, name = asked_roles(roles), stem(Path(given))
    if str(given).startswith(openml.PREFIX):
        if encoding is not None:
            raise UserError(f"{argument('encoding')} goes with a file; {given} is no file.")
        known = openml.described(str(given))
        table, name = openml.read(known), known.name
        found = replace(
            found, target=found.target or known.target, drop=(*found.drop, *known.ignored)
        )
    else:
        table = read_file(given, encoding)
    if test is not None:
        further = read_file(test, encoding)
        table = joined(table, further, found)
        found = replace(found, held_out=further.rows)
    return from_table(table, found, name=name, task=task, class_weight=class_weight, typed=typed)


def _of_pictures(
    path: Path,
    test: str | Path | None,
    task: str | None,
    class_weight: Any,
    typed: tuple[str, ...],
) -> Dataset:
    """Return the data set of a folder of images, or of a file of arrays."""
    if path.is_dir():
        if (path / "study.json").is_file():
            raise UserError(f"{path} is a study. Go on with it: {command('resume', path)}")
        read = pictures.of_folder(path, None if test is None else Path(test))
    elif path.is_file():
        read = pictures.of_npz(path)
    else:
        raise missing(path)
    name = path.resolve().name.removesuffix(".npz")
    found = from_arrays(
        read.X, read.y, task=task, class_weight=class_weight, name=name, split=read.split
    )
    rows = replace(found.rows, typed=typed)
    return replace(found, rows=rows, notes=(*read.notes, *found.notes))


def from_memory(
    X: Any,
    y: Any = None,
    *,
    task: str | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    test: Any = None,
    **roles: Any,
) -> Dataset:
    """Return the data set of arrays or of a table with named columns.

    Args:
        X: examples, or a table.
        y: targets; of a table, a column may hold them instead.
        task: what is learned; by default it follows from the targets.
        sample_weight: how much each example counts.
        class_weight: `"balanced"`, or the weight of each class by its name.
        test: a table of the same columns whose rows are the test rows.
        **roles: what the columns of a table are for, as in `Roles`; of arrays, `split` alone.

    Raises:
        UserError: X is neither, or an argument does not suit it.
    """
    if isinstance(y, str):
        raise UserError(
            argument="y",
            verb="hold",
            expected="a target for each row",
            received=y,
            advice=f"A column of a table is named by {argument('target', y)}.",
        )
    if "encoding" in roles:
        raise UserError("encoding= goes with a file; X is none.")
    table = as_raw(X, "X")
    if table is None or (y is not None and not roles and test is None):
        split = None if isinstance(roles.get("split"), str) else roles.pop("split", None)
        if roles:
            raise UserError(
                f"{next(iter(roles))}= names columns, but X has no names. Give a table: pandas.DataFrame(X)."
            )
        if test is not None:
            raise UserError(
                "test= goes with a table. Join the arrays, and say which rows are for training and which for "
                "testing: split=[(range(n), range(n, m))]."
            )
        if y is None:
            raise UserError("X was given without y; give both, or the name of a data set.")
        return from_arrays(
            X, y, task=task, sample_weight=sample_weight, class_weight=class_weight, split=split
        )
    found = asked_roles(roles)
    if test is not None:
        if y is not None:
            raise UserError(
                "test= needs the targets in a column: name it as target=, and leave y out."
            )
        further = as_raw(test, "test")
        if further is None:
            raise UserError(argument="test", expected="a table with named columns", received=test)
        table = joined(table, further, found)
        found = replace(found, held_out=further.rows)
    return from_table(
        table, found, task=task, class_weight=class_weight, y=y, sample_weight=sample_weight
    )


def means_file(text: str) -> bool:
    """Say whether a text means a file with a table, whether that exists or not, and no data set."""
    name = text.partition("(")[0].strip()
    if name.startswith(openml.PREFIX):
        return True
    if not name or is_reference(name):
        return False
    if is_table(text) or "/" in name or "\\" in name or Path(name).suffix:
        return True
    try:
        return Path(text).exists() and known_set(name) is None
    except OSError:  # a name of thousands of characters
        return False


def is_file(text: str) -> bool:
    """Say whether a text is the name of an existing file."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a name of thousands of characters
        return False


_DURATION = re.compile(r"\d+(\.\d+)?\s*(s|sec|m|min|h|hours?)(\d.*)?\Z", re.IGNORECASE)


def refuse_beside_name(data: str | Dataset, given: Mapping[str, Any]) -> None:
    """Raise a UserError for arguments that say what columns are for, beside a data set that knows its own."""
    name = data if isinstance(data, str) else data.name
    if _DURATION.match(str(given.get("time", ""))):
        raise UserError(
            f"{argument('time')} names the column of a table by which its rows are ordered; received "
            f"{shown(given['time'])}. Write: {command('compare', name, time_limit=given['time'])}"
        )
    also = f" There is a file of that name; write it {shown(f'./{name}')}." if is_file(name) else ""
    raise UserError(
        f"{argument(next(iter(given)))} goes with a table, such as data.csv; {shown(name)} is a data set that knows "
        f"its columns.{also}"
    )


def asked_roles(given: dict[str, Any]) -> Roles:
    """Return the roles that were asked for; one name stands for a list of one.

    Raises:
        UserError: something else stands where a column is named.
    """
    plain: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for name in {"target", "drop", "features"} & set(plain):
        names = [plain[name]] if isinstance(plain[name], str | int) else plain[name]
        if not isinstance(names, Iterable):
            raise UserError(argument=name, verb="name", expected="columns", received=names)
        plain[name] = tuple(map(str, names))
    for name in {"group", "time", "weights"} & set(plain):
        if not isinstance(plain[name], str | int):
            raise UserError(
                argument=name,
                verb="name",
                expected="a column of the table",
                received=plain[name],
                advice="Make the values a column first.",
            )
        plain[name] = str(plain[name])
    return Roles(**plain)


def joined(table: RawTable, further: RawTable, roles: Roles) -> RawTable:
    """Return both tables as one, the rows of the further one last.

    Args:
        table: the rows to learn from.
        further: the rows to test on.
        roles: what the columns are for.

    Raises:
        UserError: the columns differ, or one holds numbers, dates or truth values in the table and something else in
            the further one.
    """
    import pyarrow as pa

    missing = [name for name in table.columns if name not in further.columns]
    extra = [name for name in further.columns if name not in table.columns]
    if missing or extra:
        said = [f"lacks {listed_names(missing)}"] if missing else []
        said += [f"also has {listed_names(extra)}"] if extra else []
        advice = (
            " Test rows need the target too, so that they can be scored."
            if set(missing) & set(roles.target)
            else ""
        )
        raise UserError(
            f"{further.source} must have the columns of {table.source}; it {' and '.join(said)}.{advice}"
        )
    columns = {}
    for name, array in table.columns.items():
        other = further.columns[name]
        if array.type != other.type:
            try:
                other = other.cast(array.type)
            except pa.ArrowException:
                raise UserError(
                    f"Column {shown(name)} holds {array.type} in {table.source} and {other.type} in {further.source}."
                ) from None
        columns[name] = pa.concat_arrays([array, other])
    asked = {*roles.features, *roles.target} if roles.features else {*columns} - {*roles.drop}
    for name in columns:
        if name in asked and holds_texts(columns[name]) and name not in roles.types:
            column = describe(table, name)
            if column.kind in ("number", "date", "boolean"):
                values_of(further, column)  # refuses others
    begin = AppendedRows(table.rows, further.source, further.first_line)
    return replace(table, columns=columns, notes=table.notes + further.notes, further=begin)


def _typed(given: str | Path, arguments: Mapping[str, Any]) -> list[str]:
    """Return the words that name the same data on a command line."""
    words: list[Any] = [
        str(Path(given)) if not str(given).startswith(openml.PREFIX) else str(given)
    ]
    for name, value in arguments.items():
        if value is None:
            continue
        option = f"--{name.replace('_', '-')}"
        if name == "types":
            for column, kind in value.items():
                words += ["--type", f"{column}={kind}"]
        elif isinstance(value, dict):
            words += [option, ",".join(f"{key}={one:g}" for key, one in value.items())]
        else:
            words += [option, value if isinstance(value, str | Path) else ",".join(map(str, value))]
    return [str(word) for word in words]
