"""All data sets that have a name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from bridle.data import bundled, generated, mnist, mnist_1d
from bridle.data.dataset import Dataset, DatasetKind, Defaults, Design
from bridle.data.own import is_stored, open_saved
from bridle.data.stored import signature_of
from bridle.domains import Choice
from bridle.errors import UserError, shown
from bridle.grammar import Call, is_reference, parse_call
from bridle.names import find, fold
from bridle.registry import Registry, check_declared, check_name
from bridle.signature import Argument

_ALIASES = {
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
    "mnist1d": "mnist_1d",
}
"""Other names of these data sets."""

_OTHERWISE = re.compile(r"\s*([\w-]+)\s*[\s\[{:?]\s*(\w+\s*=[^()\[\]{}]*)[\]}]?\s*\Z")
"""Such as `moons n=500` or `moons[n=500]`."""

_OWN = "For data of your own: `bridle compare data.csv --target COLUMN`, or from Python bridle.compare(X, y)."


def _built_in() -> tuple[DatasetKind, ...]:
    return (*generated.KINDS, mnist_1d.KIND, *bundled.KINDS, *mnist.KINDS)


def _accept(found: Any, name: str, origin: str) -> DatasetKind:
    if not isinstance(found, DatasetKind):
        raise UserError(argument=origin, expected="a bridle.data.DatasetKind", received=found)
    declares = {"summary": str, "arguments": [Argument], "defaults": Defaults, "source": str}
    check_declared(found, origin, {**declares, "licence": str})
    Choice(get_args(Design)).check(f"{origin}.design", found.design)
    if not is_reference(name):
        check_name(found.name, name, origin)
    return replace(found, name=name)


DATASETS: Registry[DatasetKind] = Registry(
    "bridle.datasets", "data set", _built_in, _accept, _ALIASES, _OWN
)
"""Data sets by name, in the order in which lists show them."""


def names() -> tuple[str, ...]:
    """Return the names of all data sets, in the order in which lists show them."""
    return tuple(DATASETS.all())


def describe(name: str) -> DatasetKind:
    """Return the entry of a data set: its summary, arguments, source and so on.

    Args:
        name: in any usual spelling.

    Raises:
        UserError: no data set has that name.
    """
    return DATASETS.get(name)


def known(name: str) -> DatasetKind | None:
    """Return the entry of a data set, in any usual spelling of its name; `None` if there is none."""
    try:
        return DATASETS.known(name)
    except UserError:
        return None


def load(spec: str | Call, folder: str | Path | None = None) -> Dataset:
    """Return the data set that a specification means, such as `moons(n=200,noise=0.1)`.

    Nothing is downloaded before the first `replicate`.

    Args:
        spec: a name, with arguments where the defaults do not suit. `fashion-mnist` may be
            written for `fashion_mnist`.
        folder: where `save` put the rows of `arrays(...)` or `table(...)`; other data sets need none.

    Raises:
        UserError: the text cannot be read, a name or argument is unknown, an argument is outside
            its domain, or the rows are not in the folder.
    """
    if isinstance(spec, str):
        spec = _numbered(spec)
    elif not isinstance(spec, Call):
        raise UserError(
            f"A data set is named by text such as 'moons(n=200)'; received {shown(spec)}."
        )
    if not is_stored(spec):
        return describe(spec.name).load(spec)
    if folder is None:
        call = signature_of(fold(spec.name), spec).resolve(spec)
        raise UserError(
            f"{call} stands for rows that were given as arrays or a table, and says nothing of where they "
            f"are. Name the folder where they were saved: load(spec, folder)."
        )
    return open_saved(spec, folder)


def shortest(spec: str) -> str:
    """Return a specification without its arguments where these are the defaults, otherwise with every argument.

    Args:
        spec: of a data set, such as `moons(n=200)`.
    """
    full, name = load(spec).spec, parse_call(spec).name
    return name if load(name).spec == full else full


def _numbered(spec: str) -> Call:
    """Read a specification; explain the notation where arguments are written in another way."""
    if (other := _OTHERWISE.match(spec)) and known(other[1]):
        raise UserError(
            f"Cannot read {shown(spec)}: arguments go in parentheses, as in {other[1]}({other[2]}).",
            instead=(spec.strip(), f"{other[1]}({other[2].strip()})"),
        )
    whole = find(spec, DATASETS.built_in, _ALIASES)  # MNIST 1D is a name, not MNIST with a value
    return parse_call(spec, unnamed=True) if whole is None else Call(whole)
