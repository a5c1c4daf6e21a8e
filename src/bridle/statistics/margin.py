"""The margin: how large a difference must be to matter in practice."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bridle.errors import UserError, unknown
from bridle.wording import subject

Scale: TypeAlias = Literal["accuracy", "percent", "loss", "plain"]
"""Kinds of scores: fractions of 1, percent, minus a loss (higher is better), or anything."""

ErrorOf: TypeAlias = Scale | Callable[[float], float]

WHOLE = {"accuracy": 1.0, "percent": 100.0}
"""The perfect score of the kinds that have one."""

_NOTATION = "10% (of the baseline's error or loss), 0.5pt (percentage points) or 0.005 (in the score's unit)"
_FORM = re.compile(r"(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)\s*(%|pts?|points?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Margin:
    """A practical difference as it is given.

    Attributes:
        value: 0 or more, in the unit that `kind` names.
        kind: `"share"` of the baseline's error or loss, in percent; `"points"`, percentage points; or
            `"score"`, the unit of the scores.
    """

    value: float = 10.0
    kind: Literal["share", "points", "score"] = "share"

    def __post_init__(self) -> None:
        """Raise a UserError for a value that is negative or not finite."""
        if not 0 <= self.value < math.inf:
            raise UserError(argument="margin", expected="0 or more", received=self.value)

    @classmethod
    def parse(cls, given: Margin | str | float | None) -> Margin:
        """Read `10%`, `0.5pt` or `0.005`; a number is in the score's unit, None the default.

        Raises:
            UserError: it is none of these.
        """
        if given is None:
            return cls()
        if isinstance(given, Margin):
            return given
        if isinstance(given, int | float) and not isinstance(given, bool):
            return cls(float(given), "score")
        found = _FORM.fullmatch(given.strip()) if isinstance(given, str) else None
        if found is None:
            raise UserError(argument="margin", expected=_NOTATION, received=given)
        unit = (found[2] or "").lower()
        return cls(float(found[1]), "share" if unit == "%" else "points" if unit else "score")

    def __str__(self) -> str:
        """Write it as it can be typed."""
        return f"{self.value:.12g}" + {"share": "%", "points": "pt", "score": ""}[self.kind]

    def absolute(self, error: ErrorOf, baseline: float) -> float:
        """Return the margin in score units.

        Args:
            error: the kind of scores, or a function from a mean score to an error.
            baseline: the baseline's mean score; NaN if it has none. Then a share is 0, since there
                is no verdict to apply it to.

        Raises:
            UserError: scores of this kind have no such margin, or the margin is as large as their scale.
        """
        if not callable(error) and error not in ("accuracy", "percent", "loss", "plain"):
            raise unknown("error", str(error), ("accuracy", "percent", "loss", "plain"))
        whole = None if callable(error) else WHOLE.get(error)
        if self.kind == "share":
            return self.value / 100 * _error(error, baseline) if math.isfinite(baseline) else 0.0
        if self.kind == "score":
            size = self.value
        elif whole is None:
            raise UserError(
                f"{subject('margin')} {self} means percentage points, which these scores do not have. "
                f"It must be {_NOTATION}."
            )
        else:
            size = self.value * whole / 100
        if whole is not None and size >= whole:
            raise UserError(
                f"{subject('margin')} {self} is as large as the scale of the scores, which ends at {whole:g}. "
                f"Did you mean {self.value:g}% or {self.value:g}pt?"
            )
        return size


def _error(error: ErrorOf, baseline: float) -> float:
    """Return the baseline's error, which a margin can be a share of."""
    if callable(error):
        base = float(error(baseline))
    elif error == "plain":
        raise UserError(
            f"{subject('margin')}: these scores have no error or loss to take a share of. "
            "Give a margin in their own unit, such as 0.5."
        )
    else:
        base = -baseline if error == "loss" else WHOLE[error] - baseline
    if base < -1e-9:
        raise UserError(
            f"{subject('margin')} is a share of the baseline error, which must be 0 or more; received {base:.4g} from "
            f"a mean score of {baseline:.4g} (error={error!r}).",
            argument="margin",
            advice="Give an absolute margin, in the score's unit, instead.",
        )
    return max(base, 0.0)
