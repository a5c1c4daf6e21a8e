"""The data sets and folders of studies that typed names mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridle.cli.own_data import instead_of_a_file, is_file
from bridle.errors import UserError, closest, listed_names, shortened, shown
from bridle.grammar import is_reference, split_outside
from bridle.lines import command_line

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset


def split_names(text: str) -> list[str]:
    """Return the data sets of a list such as digits,moons(n=60,noise=0.1); a list that cannot be split is one name."""
    try:
        return split_outside(text, ",")
    except UserError:  # a parenthesis is missing; the reader of the name explains it better
        return [text]


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
    if (
        (Path(name).suffix and not is_reference(name))
        or "/" in name
        or "\\" in name
        or is_file(text)
    ):
        raise UserError(instead_of_a_file(text, command))
    try:
        return load(text)
    except UserError as error:
        if known(name) is not None and "Unknown data set" in str(error):
            example = ("train", "moons", "--method") if command == "train" else _COMPARE
            raise UserError(
                f"{shown(text)} is a method, not a data set. Write the data set first, as in "
                f"`{command_line(*example, text)}`."
            ) from None
        raise


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
    folder = path.parent if path.is_file() and (path.parent / "study.json").is_file() else path
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


_NO_STUDY = "Name the folder that `bridle compare` or `bridle train` wrote."
