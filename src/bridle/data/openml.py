"""Tables of OpenML (https://www.openml.org), by name or number, kept in the cache."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bridle.data.download import cache_folder, document, fetch
from bridle.errors import UserError, shown
from bridle.files import write_bytes
from bridle.tables import arff
from bridle.tables.raw import RawTable

PREFIX = "openml:"
"""What stands before the name or number of a data set of OpenML."""

SERVER = "https://www.openml.org/api/v1/json"
"""Where OpenML describes its data sets."""


@dataclass(frozen=True)
class Described:
    """A data set as OpenML describes it.

    Attributes:
        number: its number.
        name: its name.
        version: of the name.
        url: of its ARFF file.
        md5: of that file.
        target: the column to predict, or several; empty if none is named.
        ignored: columns that number the rows, or are to be ignored.
    """

    number: int
    name: str
    version: str
    url: str
    md5: str
    target: tuple[str, ...]
    ignored: tuple[str, ...]


def described(text: str) -> Described:
    """Return the description of a data set, `openml:1590` or `openml:adult`; of a name the first active version.

    Raises:
        UserError: there is none, or OpenML cannot be reached and the cache does not hold it.
    """
    wanted = text.removeprefix(PREFIX).strip()
    if not wanted:
        raise UserError(
            argument=text,
            verb="name",
            expected="a data set of OpenML, as in openml:1590 or openml:adult",
        )
    number = int(wanted) if wanted.isdigit() else _number(wanted)
    answer = _answer(f"data/{number}", f"{number}.json", f"There is no data set {number} on OpenML")
    try:
        found = answer["data_set_description"]
        return Described(
            number,
            str(found["name"]),
            str(found["version"]),
            str(found["url"]),
            str(found["md5_checksum"]).lower(),
            _names(found.get("default_target_attribute")),
            (*_names(found.get("row_id_attribute")), *_names(found.get("ignore_attribute"))),
        )
    except (KeyError, TypeError) as error:
        raise UserError(
            f"OpenML describes data set {number} in an unknown form ({error!r})."
        ) from None


def read(data: Described) -> RawTable:
    """Return the table of a data set.

    Raises:
        UserError: it cannot be downloaded, or is no table.
    """
    path = fetch("openml", f"{data.number}.arff", data.md5, [data.url])
    table = arff.read(path.read_bytes(), f"openml:{data.number}")
    note = f"Data set {data.number} of OpenML: {data.name}, version {data.version}."
    return replace(table, notes=(*table.notes, note))


def _number(name: str) -> int:
    place = f"data/list/data_name/{urllib.parse.quote(name, safe='')}/limit/100"
    file = f"name-{urllib.parse.quote(name, safe='')}.json"
    answer = _answer(place, file, f"OpenML has no data set named {shown(name)}")
    try:
        rows = answer["data"]["dataset"]
        active = [row for row in rows if row.get("status", "active") == "active"] or rows
        return min(int(row["did"]) for row in active)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"OpenML lists {shown(name)} in an unknown form ({error!r}).") from None


def _answer(place: str, file: str, without: str) -> dict[str, Any]:
    """Return a document of OpenML from the cache, or from the network and then kept in the cache.

    Args:
        place: its address below the server's.
        file: its name in the cache.
        without: begins the message if there is no such document.
    """
    path = cache_folder() / "openml" / file
    try:
        return _object(path.read_bytes())
    except (OSError, ValueError):
        pass
    try:
        content = document(f"{SERVER}/{place}")
        found = _object(content)
    except ValueError as error:
        message = error.message if isinstance(error, UserError) else "the answer is no JSON"
        if " 412 " in message or " 404 " in message:  # OpenML's way of saying that there is none
            raise UserError(f"{without}. Search it on https://www.openml.org.") from None
        raise UserError(
            f"{message} Connect to the network and try again; what was downloaded once is kept."
        ) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)
    return found


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, Mapping):
        raise ValueError("no object")
    return dict(found)


def _names(value: Any) -> tuple[str, ...]:
    """Return the names in a list, or in a text with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(str(part).strip() for part in parts if str(part).strip())
