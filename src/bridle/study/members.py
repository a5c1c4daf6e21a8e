"""A folder of studies, one for each of several data sets."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bridle.data.dataset import Dataset
from bridle.domains import Integer
from bridle.engine.spec import content_hash
from bridle.errors import UserError, told
from bridle.files import read_json, write_json
from bridle.grammar import parse_call
from bridle.refusals import check_free
from bridle.study.begin import prepare
from bridle.study.folders import settle
from bridle.study.formats import OtherVersionError, check_format
from bridle.study.limit import TimeLimit
from bridle.study.plan import Plan, read_plan
from bridle.study.request import Request, make_plan
from bridle.study.schema import FORMAT
from bridle.study.shorten import identity
from bridle.wording import argument, command

FILE = "studies.json"

MOST_NAMED = 3
"""Maximum number of data sets that a folder is named after."""


def is_several(folder: Path) -> bool:
    """Say whether a folder holds studies of several data sets."""
    return (folder / FILE).is_file()


def members(folder: Path) -> dict[str, Path]:
    """Return for each data set the folder of its study; for a single study, that folder itself.

    Raises:
        UserError: the folder holds no study, or the file that lists the studies is damaged.
    """
    if not is_several(folder):
        plan, _, _ = read_plan(folder / "study.json")
        return {parse_call(plan.dataset).name: folder}
    return {name: folder / place for name, place in _places_in(folder).items()}


def _places_in(folder: Path) -> dict[str, str]:
    """Return for each data set the name of its study's folder.

    Raises:
        UserError: the file that lists them is damaged.
    """
    from bridle.study import fields  # which imports JAX

    path = folder / FILE
    try:
        content = read_json(path)
        check_format(path, content, FORMAT)
        checks = {
            "format": Integer(FORMAT, FORMAT).check,
            "hash": fields.text,
            "studies": fields.by_name(fields.text),
            "digest": fields.text,
        }
        found = fields.record("the document", content, checks)
        places: dict[str, str] = found["studies"]
        if not places:
            raise UserError("studies must name one; received none")
        if any(Path(place).name != place or place in ("", "..") for place in places.values()):
            raise UserError("a study's folder must lie beside it")
        if found["digest"] != _digest(content):
            raise UserError("it does not have the digest of its content")
    except OtherVersionError:
        raise
    except (ValueError, OSError) as error:
        raise UserError(
            f"{path} is damaged: {told(error).rstrip('.')}. Restore it from a copy, or read the studies one by one: "
            f"{_one_by_one(folder)}"
        ) from error
    return places


def _one_by_one(folder: Path) -> str:
    """Return the command that shows the first study in a folder."""
    there = sorted(path.parent for path in folder.glob("*/study.json"))
    return command("report", there[0] if there else folder / "FOLDER")


def _digest(content: Mapping[str, Any]) -> str:
    return content_hash({key: value for key, value in content.items() if key != "digest"})


def named(datasets: Sequence[tuple[str, Dataset]]) -> dict[str, Dataset]:
    """Return data sets by names that tell them apart.

    Args:
        datasets: the text of each, with the data set that it means.

    Raises:
        UserError: there is none, or one is listed twice.
    """
    if not datasets:
        raise UserError("The list of data sets is empty; expected names such as 'digits'.")
    specs = Counter(dataset.spec for _, dataset in datasets)
    often = Counter(dataset.name for _, dataset in datasets)
    for text, dataset in datasets:
        if specs[dataset.spec] > 1:
            raise UserError(
                f"The data set {text} stands twice. Ranks count each data set once; leave one out."
            )
    return {text if often[found.name] > 1 else found.name: found for text, found in datasets}


def make_plans(datasets: Mapping[str, Dataset], request: Request) -> dict[str, Plan]:
    """Return the plan of each data set's study.

    Raises:
        UserError: an argument does not fit one of the data sets, which the message names.
    """
    plans = {}
    for name, dataset in datasets.items():
        try:
            plans[name] = make_plan(dataset, request)
        except UserError as error:
            raise error.within(f"For {name}: ") from None
    return plans


def prepare_all(
    datasets: Mapping[str, Dataset],
    plans: Mapping[str, Plan],
    out: str | Path | None,
    limit: TimeLimit | None = None,
) -> Path:
    """Return the folder of all studies: a new one or that of the same studies, each with its `study.json`.

    Raises:
        UserError: `out` holds something else.
    """
    asked = identity(content_hash([plan.hash for plan in plans.values()]), limit)
    places = _places(datasets)

    def write(folder: Path) -> None:
        check_free(folder, ("ranks.csv", "leaderboard.csv", "report.html"))
        content = {"format": FORMAT, "hash": asked, "studies": places}
        write_json(folder / FILE, {**content, "digest": _digest(content)})

    folder = settle(out, _stem(datasets), functools.partial(_check_same, asked=asked), write)
    for name, dataset in datasets.items():
        prepare(dataset, plans[name], folder / places[name], limit, folder.parent)
    return folder


def _stem(datasets: Mapping[str, Dataset]) -> str:
    names = list(dict.fromkeys(dataset.name for dataset in datasets.values()))
    if len(names) > MOST_NAMED:
        return f"bridle-{len(datasets)}-data-sets"
    return f"bridle-{'-'.join(map(_safe, names))}"


def _places(datasets: Mapping[str, Dataset]) -> dict[str, str]:
    """Return a folder's name for each data set: the data set's own, numbered where several share it."""
    seen: Counter[str] = Counter()
    places = {}
    for name, dataset in datasets.items():
        stem = _safe(dataset.name)
        seen[stem] += 1
        places[name] = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
    return places


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _check_same(folder: Path, asked: str) -> bool:
    """Say whether a folder holds these studies.

    Raises:
        UserError: it holds others.
    """
    path = folder / FILE
    if path.is_file():
        _places_in(folder)
        if _hash(path) != asked:
            raise UserError(
                f"{folder} holds other studies. Choose another folder with {argument('out')}, or go on with "
                f"those by `{command('resume', folder)}`."
            )
        return True
    return False


def _hash(path: Path) -> str:
    try:
        return str(read_json(path)["hash"])
    except (OSError, ValueError, KeyError):
        return ""
