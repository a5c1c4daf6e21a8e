"""All data sets that have a name."""

from __future__ import annotations

import re
from pathlib import Path

from bridle.data import arrays, bundled, generated, mnist
from bridle.data.dataset import Dataset, Kind
from bridle.errors import UserError, shown, unknown
from bridle.grammar import Call, parse_call
from bridle.names import find

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (*generated.KINDS, *bundled.KINDS, *mnist.KINDS)
}

ALIASES = {
    "two_moons": "moons",
    "make_moons": "moons",
    "make_circles": "circles",
    "spiral": "spirals",
    "friedman1": "friedman",
    "make_friedman1": "friedman",
    "load_digits": "digits",
    "load_wine": "wine",
    "load_breast_cancer": "breast_cancer",
    "fmnist": "fashion_mnist",
}
"""What others call these data sets."""

_OTHERWISE = re.compile(r"\s*([\w-]+)\s*[\s\[{:?]\s*(\w+\s*=[^()\[\]{}]*)[\]}]?\s*\Z")
"""Such as `moons n=500` or `moons[n=500]`."""

_OWN = "For data of your own, from Python: bridle.compare(X, y)."


def names() -> tuple[str, ...]:
    """Return the names of all data sets, in the order in which lists show them."""
    return tuple(KINDS)


def describe(name: str) -> Kind:
    """Return the entry of a data set: its summary, arguments, source and so on.

    Raises:
        UserError: no data set has that name.
    """
    key = _key(name)
    if key not in KINDS:
        raise unknown("data set", name, KINDS, _OWN)
    return KINDS[key]


def load(spec: str | Call, folder: str | Path | None = None) -> Dataset:
    """Return the data set that a specification means, such as `moons(n=200,noise=0.1)`.

    Nothing is downloaded before the first `replicate`.

    Args:
        spec: a name, with arguments where the defaults do not suit. `fashion-mnist` may be
            written for `fashion_mnist`.
        folder: where `save` put the rows of `arrays(...)`; other data sets need none.

    Raises:
        UserError: the text cannot be read, a name or argument is unknown, an argument is outside
            its domain, or the rows of `arrays(...)` are not in the folder.
    """
    if isinstance(spec, str):
        spec = _numbered(spec)
    elif not isinstance(spec, Call):
        raise UserError(
            f"A data set is named by text such as 'moons(n=200)'; received {shown(spec)}."
        )
    name = _key(spec.name)
    if name != arrays.KIND.name:
        return describe(spec.name).load(spec.arguments)
    call = arrays.KIND.resolve(spec.arguments)
    if folder is None:
        raise UserError(
            f"{call} stands for rows that were given as arrays, and says nothing of where they "
            f"are. Name the folder where they were saved: load(spec, folder)."
        )
    return arrays.open_saved(call, folder)


def lies_in_folder(spec: str) -> bool:
    """Say whether a specification stands for rows that a folder holds, and not for what its name alone brings back."""
    return parse_call(spec).name == arrays.KIND.name


def _numbered(spec: str) -> Call:
    """Read a specification; of arguments that are written otherwise, say how they are written here."""
    if (other := _OTHERWISE.match(spec)) and find(other[1], KINDS, ALIASES):
        raise UserError(
            f"Cannot read {shown(spec)}: arguments go in parentheses, as in {other[1]}({other[2]}).",
            instead=(spec.strip(), f"{other[1]}({other[2].strip()})"),
        )
    call = parse_call(spec, unnamed=True)
    if not call.unnamed:
        return call
    kind = describe(call.name)
    first, value = kind.arguments[0].name, call.unnamed[0]
    meant = Call(kind.name, {first: value, **call.arguments})
    raise UserError(
        f"Cannot read {shown(str(value))} in {shown(spec)}: expected key=value, as in {meant}.",
        instead=(spec.strip(), str(meant)),
    )


def _key(name: str) -> str:
    """Return the proper name of a data set, whatever its spelling; a name that is unknown stays as it is."""
    return find(name, [*KINDS, arrays.KIND.name], ALIASES) or name
