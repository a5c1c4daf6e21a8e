"""What residual blocks add in training, written out from the papers' formulas."""

from __future__ import annotations

from typing import Any

from tests.frameworks.ours import SIZE, WIDTHS
from tests.frameworks.pytorch_training import H, torch
from tests.frameworks.pytorch_weights import draws


def uniform(step: int, *places: Any) -> Any:
    """Our draw for each example."""
    return torch.tensor(draws(step, *places).uniform((SIZE, 1)))


def passed(added: Any, forward: Any, backward: Any) -> Any:
    """A branch times a factor, whose gradient is that of another factor."""
    return backward * added + ((forward - backward) * added).detach()


def skipped(step: int, place: str, number: int, added: Any, h: H) -> Any:
    """Stochastic depth: a share of the branches is left out, for each example (Huang et al. 2016)."""
    survives = uniform(step, "stochastic_depth", place, number) >= h["rate"]
    return added * survives / (1 - h["rate"])


def mixed(step: int, place: str, number: int, added: Any, h: H) -> Any:
    """Shake-shake: α of one branch and 1 − α of the other, twice as large; backwards β (Gastaldi 2017)."""
    shares = []
    for way in ("forward", "backward"):
        first = 0.5 + h["strength"] * (uniform(step, "shake_shake", place, way) - 0.5)
        shares.append((first, 1 - first)[number])
    alpha, beta = shares
    return passed(added, 2 * alpha, 2 * beta)


def shaken(step: int, place: str, number: int, added: Any, h: H) -> Any:
    """ShakeDrop: b + α − b·α of a branch, backwards b + β − b·β, b rarer in later blocks (Yamada et al. 2019)."""
    block = int(place.removeprefix("block_").removesuffix("/merge")) + 1
    at = ("shake_drop", place, number)
    b = (uniform(step, *at, "passes") >= h["rate"] * block / len(WIDTHS)).double()
    alpha = 2 * uniform(step, *at, "forward") - 1
    beta = uniform(step, *at, "backward")
    return passed(added, b + alpha - b * alpha, b + beta - b * beta)
