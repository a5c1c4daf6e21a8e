"""Documents of other versions of Bridle are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridle.errors import UserError
from bridle.wording import argument


class OtherVersionError(UserError):
    """A file was written by a version of Bridle with another format."""


def check_format(path: Path, content: Mapping[str, Any], known: int) -> None:
    """Check that a document's `format` is the `known` one.

    Raises:
        OtherVersionError: it is an earlier or a later one.
    """
    given = content.get("format")
    if not isinstance(given, int) or isinstance(given, bool) or given == known:
        return
    if given > known:
        raise OtherVersionError(
            f"{path} was written by a later version of Bridle (format {given}; this one reads {known}). "
            "Upgrade Bridle to read it."
        )
    raise OtherVersionError(
        f"{path} was written by an earlier version of Bridle (format {given}; this one reads {known}). "
        f"Read it with that version, or train anew in another folder: {argument('out')}."
    )
