"""All data sets that have a name."""

from __future__ import annotations

from pathlib import Path

from bridle.data import arrays, bundled, generated, mnist
from bridle.data.dataset import Dataset, Kind
from bridle.errors import UserError, unknown
from bridle.grammar import Call, parse_call

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (*generated.KINDS, *bundled.KINDS, *mnist.KINDS)
}

_OWN = "For data of your own: bridle.data.from_arrays(X, y)."


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
        # the grammar knows no hyphen in names
        name, bracket, rest = spec.partition("(")
        spec = parse_call(_key(name) + bracket + rest)
    elif not isinstance(spec, Call):
        raise UserError(f"A data set is named by text such as 'moons(n=200)'; received {spec!r}.")
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


def _key(name: str) -> str:
    return name.strip().lower().replace("-", "_")
