"""The data sets and folders of studies that typed names mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.cli.own_data import ColumnOptions, open_table
from bridle.errors import UserError, closest, listed_names, shortened, shown
from bridle.grammar import split_outside
from bridle.lines import command_line

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset


def split_names(text: str) -> list[str]:
    """Return the data sets of a list such as digits,moons(n=60,noise=0.1); a list that cannot be split is one name."""
    if "," in text and os.path.exists(text):
        return [text]
    try:
        return split_outside(text, ",")
    except UserError:  # a parenthesis is missing; the reader of the name explains it better
        return [text]


def open_data(
    text: str, table: ColumnOptions, task: str | None, command: str = "compare"
) -> Dataset:
    """Return the data set of a name or a file.

    Args:
        text: what was typed.
        table: the options that say what the columns of a file are for.
        task: as it was asked for.
        command: the command that uses it.

    Raises:
        UserError: there is none, or an option does not suit it.
    """
    from bridle.data.intake import means_file, refuse_beside_name

    given = table.given()
    if means_file(text):
        return open_table(text, given, task)
    dataset = open_named(text, command)
    if given:
        refuse_beside_name(text, given)
    return dataset.learning(task)


def open_named(text: str, command: str = "compare") -> Dataset:
    """Return the data set of that name.

    Args:
        text: what was typed.
        command: the command that uses it.

    Raises:
        UserError: there is none.
    """
    from bridle.data import load
    from bridle.methods.catalogue import known

    name = text.partition("(")[0].strip()
    if not text.strip():
        raise UserError("DATASET is empty; expected a name as `bridle datasets` lists them.")
    try:
        return load(text)
    except UserError as error:
        if known(name) is not None and "Unknown data set" in str(error):
            example = ("train", "moons", "--method") if command == "train" else _COMPARE
            raise UserError(
                f"{shown(text)} is a method, not a data set. Write the data set first, as in "
                f"`{command_line(*example, text)}`."
            ) from None
        if "Unknown data set" in str(error) and (near := _files_like(text)):
            raise UserError(
                f"There is no data set {shown(text)}. Did you mean the file {near}?",
                instead=(text, near),
            ) from None
        raise


def _files_like(text: str) -> str:
    """Return the table in the current folder that a name without its ending means; empty if there is none."""
    from bridle.tables.reading import is_table, stem

    there = {stem(path): path.name for path in sorted(Path().iterdir()) if is_table(path.name)}
    near = [text] if text in there else closest(text, there)
    return there[near[0]] if len(near) == 1 else ""


_COMPARE = ("compare", "moons", "--methods")


def study_folder(text: str) -> Path:
    """Return the folder of a study that is there, or of the studies of several data sets.

    Raises:
        UserError: there is none.
    """
    path = Path(text)
    if (path / "studies.json").is_file():
        return path
    # a shell's completion often gives this instead of the folder
    whole = any((path.parent / name).is_file() for name in ("study.json", _DIAGNOSIS))
    folder = path.parent if path.is_file() and whole else path
    if not (folder / "study.json").is_file() and (folder / "search.json").is_file():
        return folder  # reading it says what to do
    if (folder / _DIAGNOSIS).is_file():
        raise UserError(
            f"{folder} is a diagnosis, not a study. Open its page: {folder / 'report.html'}"
        )
    if not (folder / "study.json").is_file():
        what = "is not a study: it holds no study.json" if folder.exists() else "does not exist"
        here = sorted(found.parent.name for found in Path().glob("*/study.json"))
        studies = f"Studies in this folder: {listed_names(here)}." if here else _NO_STUDY
        meant = closest(text, here)
        raise UserError(
            f"{shortened(str(folder))} {what}. {studies}",
            instead=(text, meant[0]) if len(meant) == 1 else None,
        )
    return folder


_DIAGNOSIS = "diagnosis.json"
"""The file that `bridle diagnose` writes into its folder."""

_NO_STUDY = "Name the folder that `bridle compare` or `bridle train` wrote."
