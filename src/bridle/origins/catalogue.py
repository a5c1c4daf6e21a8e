"""All origins."""

from __future__ import annotations

from bridle.errors import unknown
from bridle.origins import mnist_five, moons_l1, noise_labels
from bridle.origins.origin import Origin


def origins() -> dict[str, Origin]:
    """Return every origin by name."""
    found = (moons_l1.ORIGIN, mnist_five.ORIGIN, noise_labels.ORIGIN)
    return {origin.name: origin for origin in found}


def origin(name: str) -> Origin:
    """Return an origin by name; underscores are understood as hyphens.

    Raises:
        UserError: no work has that name.
    """
    plain = name.strip().lower().replace("_", "-")
    if plain not in origins():
        raise unknown("work to reproduce", name, origins(), "See `bridle reproduce`.")
    return origins()[plain]
