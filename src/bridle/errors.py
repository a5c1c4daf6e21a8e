"""What goes wrong, and who has to act: the user (`UserError`) or this project (anything else)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """A mistake that the person at the keyboard can mend; shown without a traceback.

    The message names the argument or file, what was expected, what came, and what to do next.
    """


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `' Did you mean …?'` for a near miss among `known`, otherwise an empty string."""
    names, typed = sorted(known), name.lower()
    near = difflib.get_close_matches(typed, names, n=2, cutoff=0.6)
    if not near and len(typed) > 2:  # what is cut short, as in `acc`
        near = [one for one in names if one.startswith(typed)][:2]
    return f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""


def unknown(kind: str, name: object, known: Iterable[str], hint: str = "") -> UserError:
    """Build the error for a name that nobody knows.

    Args:
        kind: what the name should have named, such as `"method"`.
        name: what came.
        known: every name that would have been right.
        hint: what to do to see them, such as a command.
    """
    names = sorted(known)
    ending = f" {hint}" if hint else ""
    return UserError(
        f"Unknown {kind} {name!r}.{did_you_mean(str(name), names)} Known: {', '.join(names)}.{ending}"
    )
