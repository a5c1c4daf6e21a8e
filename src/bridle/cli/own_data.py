"""Data of one's own on the command line: files with tables, and what their columns are for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridle.errors import UserError, shown
from bridle.lines import command_line

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset

Names = list[str] | None


def _names(words: str) -> Any:
    return typer.Option(metavar="A,B", help=words)


@dataclass(frozen=True, kw_only=True)
class ColumnOptions:
    """Options that say what the columns of a table are for; of `compare`, `train` and `diagnose`."""

    target: Annotated[
        Names, _names("Of a file: the column to predict, or several columns of numbers.")
    ] = None
    drop: Annotated[Names, _names("Of a file: columns to leave out.")] = None
    features: Annotated[Names, _names("Of a file: the only columns to predict from.")] = None
    types: Annotated[
        Names,
        typer.Option(
            "--type",
            "--types",
            metavar="COLUMN=KIND",
            help="Of a file: number, category, ordinal, date or boolean, as in zip=category; or the order "
            "of words, as in 'size=S<M<L'. May be given again for another.",
        ),
    ] = None
    scaling: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Of a file's numbers: standard, robust (median and quartiles) or quantile (to a normal "
            "distribution). Default: standard.",
        ),
    ] = None
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Of a file: rows with the same value stay in the same part."
        ),
    ] = None
    time: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Of a file: rows are split in this order, training before validation before test.",
        ),
    ] = None
    weights: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Of a file: how much each row counts.")
    ] = None
    class_weight: Annotated[
        str | None,
        typer.Option(
            metavar="WEIGHTS",
            help="Of a file: balanced, or a weight for each class, as in yes=5,no=1.",
        ),
    ] = None
    split: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Of a file: says train, validation or test of each row, or numbers its fold.",
        ),
    ] = None
    test: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A file of the same columns whose rows are the test rows; of a folder of images another folder.",
        ),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Of a text file: such as latin-1. Default: it is found, and shown unless it is UTF-8.",
        ),
    ] = None

    def given(self) -> dict[str, Any]:
        """Return the options that were given, as `bridle.compare` takes them.

        Raises:
            UserError: one is not written as it should be.
        """
        found: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        found = {name: value for name, value in found.items() if value is not None}
        for name in ("target", "drop", "features"):
            if name in found:
                found[name] = _split(name, found[name])
        if "types" in found:
            found["types"] = _pairs("types", _split("types", found["types"]), "zip=category")
        weights = found.get("class_weight")
        if weights is not None and "=" in weights:
            pairs = _pairs("class_weight", _split("class_weight", [weights]), "yes=5,no=1")
            found["class_weight"] = {name: _number(name, text) for name, text in pairs.items()}
        return found


def _split(name: str, given: list[str]) -> list[str]:
    """Return the parts of a list that is written with commas, given once or several times."""
    parts = [part.strip() for text in given for part in text.split(",")]
    if not all(parts):
        raise UserError(
            argument=name,
            verb="hold",
            expected="names with commas, as in a,b",
            received=",".join(given),
        )
    return parts


def _pairs(name: str, given: list[str], example: str) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for key, _, value in pairs:
        if not key.strip() or not value.strip():
            raise UserError(
                argument=name,
                verb="hold",
                expected=f"pairs such as {example}",
                received=",".join(given),
            )
    return {key.strip(): value.strip() for key, _, value in pairs}


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(
            argument="class_weight", verb="hold", expected=f"a number for {name}", received=text
        ) from None


def open_table(text: str, given: dict[str, Any], task: str | None) -> Dataset:
    """Return the data set that a file holds.

    Args:
        text: the file, as it was typed.
        given: the options, as `ColumnOptions.given` returns them.
        task: as it was asked for.

    Raises:
        UserError: the file cannot be read, or an option does not suit it.
    """
    from bridle.data.intake import from_file
    from bridle.data.roles import NoTargetError

    try:
        return from_file(text, task=task, **given)
    except NoTargetError as error:
        if {"method", "score"} <= {name.lower() for name in error.columns}:
            line = command_line("judge", Path(text))
            raise UserError(
                f"{shown(text)} is a table of runs, which is judged: `{line}`."
            ) from None
        raise
