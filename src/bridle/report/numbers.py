"""Numbers as people read them: percent, points, strengths, durations, counts in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridle.metrics import metric as read_metric

MINUS = "\u2212"
DASH = "–"
_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


@dataclass(frozen=True)
class Measure:
    """How a metric's scores and differences are written.

    Attributes:
        metric: its name, such as `accuracy`.
        factor: from stored to shown values; 100 for fractions shown in percent.
        unit: what follows a score, such as ` %`.
        points: what a difference counts, such as `points`.
        decimals: of a score; a difference has as many, or more where it needs them.
        lower: whether lower is better.
        span: how far apart two scores can be, in stored units.
        negated: whether scores are minus a loss, so that higher is better.
    """

    metric: str
    factor: float
    unit: str
    points: str
    decimals: int = 1
    lower: bool = False
    span: float = math.inf
    negated: bool = False

    @property
    def error(self) -> str:
        """What a margin can be a share of, in words."""
        if self.lower:
            return self.metric
        if self.negated:
            return f"{self.metric}, without its sign"
        return "error" if self.points == "points" else f"1 − {self.metric}"

    def possible(self, difference: float) -> float:
        """Return a difference, or the largest there can be where it is larger.

        Intervals come from the t distribution, which knows of no bounds: verdicts are read off them as they are,
        and only what is shown ends where scores do.
        """
        return min(max(difference, -self.span), self.span)  # NaN stays NaN

    def score(self, value: float) -> str:
        """Write a score, such as `91.4 %`."""
        if not math.isfinite(value):
            return DASH
        return f"{fixed(value * self.factor, self.decimals)}{self.unit}"

    def interval(self, difference: float, low: float, high: float) -> tuple[str, str, str]:
        """Write a difference and the ends of its interval, with signs and the decimals they need."""
        shown = [self.possible(v) * self.factor for v in (difference, low, high)]
        decimals = max(decimals_for(shown), self.decimals)
        return signed(shown[0], decimals), signed(shown[1], decimals), signed(shown[2], decimals)

    def change(self, difference: float) -> str:
        """Write a difference that has no interval, with the decimals it needs."""
        return self.interval(difference, difference, difference)[0]

    def size(self, value: float) -> str:
        """Write the size of a difference without sign, such as `1.0 points`."""
        shown = abs(value) * self.factor
        decimals = max(decimals_for([shown, shown, shown]), self.decimals)
        return f"{fixed(shown, decimals)} {self.points}".strip()

    def bound(self, value: float) -> str:
        """Write a size that is not exceeded: rounded up, so that the statement stays true."""
        shown = abs(value) * self.factor
        decimals = max(decimals_for([shown, shown, shown]), self.decimals)
        shown = math.ceil(round(shown * 10**decimals, 6)) / 10**decimals
        return f"{fixed(shown, decimals)} {self.points}".strip()


_FIGURES = 4
"""Significant digits of a score that is in its target's unit."""

_OWN_UNITS = {
    "log-loss": ("nats", 3, math.inf),
    "brier": ("", 3, 2.0),
    "auroc": ("", 3, 1.0),
    "calibration-error": ("", 4, 1.0),
    "rmse": ("", 3, math.inf),
    "mae": ("", 3, math.inf),
    "r2": ("", 3, math.inf),
}
"""Unit, decimals and span of metrics that are not written in percent."""


def measure(metric: str, typical: float = math.nan) -> Measure:
    """Return how a metric of `bridle.metrics` is written.

    Args:
        metric: its name.
        typical: a score, from which scores in a target's unit get their decimals.
    """
    known = read_metric(metric)
    if known.name not in _OWN_UNITS:
        return Measure(known.words, 100.0, " %", "points", lower=known.lower, span=1.0)
    unit, decimals, span = _OWN_UNITS[known.name]
    if known.in_unit and 0 < abs(typical) < math.inf:
        decimals = min(max(_FIGURES - 1 - math.floor(math.log10(abs(typical))), 0), 12)
    return Measure(known.words, 1.0, "", unit, decimals, known.lower, span)


def fixed(value: float, decimals: int = 1) -> str:
    """Write with so many decimals and a true minus sign; never `−0.0`."""
    text = f"{value:,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def signed(value: float, decimals: int = 1) -> str:
    """Write with a sign, but for what rounds to zero; `–` for what is not known."""
    if not math.isfinite(value):
        return DASH
    text = fixed(value, decimals)
    nonzero = any(digit in text for digit in "123456789")
    return f"+{text}" if value > 0 and nonzero else text


def decimals_for(shown: Sequence[float]) -> int:
    """Return how many decimals an interval needs: one, or more where an end near 0 would look like 0.

    Args:
        shown: difference, low, high, in the units shown.
    """
    _, low, high = shown
    if not (low > 0 or high < 0):
        return 1
    near = min(abs(low), abs(high))
    return next((d for d in range(1, 6) if round(near, d) != 0), 6)


def percent(fraction: float, decimals: int = 0) -> str:
    """Write a fraction in percent; what is not quite none or all never looks like it."""
    if not math.isfinite(fraction):
        return DASH
    if 0 < fraction < 0.5 * 10 ** -(decimals + 2):
        return f"<{10.0**-decimals:g} %"
    if 1 - 0.5 * 10 ** -(decimals + 2) < fraction < 1:
        return f">{fixed(100 - 10.0**-decimals, decimals)} %"
    return f"{fixed(100 * fraction, decimals)} %"


def percents(low: float, high: float, decimals: int = 1) -> str:
    """Write an interval of fractions, `88.1 to 91.0 %`, which never leaves 0 to 100 %."""
    ends = [percent(min(max(end, 0.0), 1.0), decimals) for end in (low, high)]
    return f"{ends[0].removesuffix(' %')} to {ends[1]}"


def number(value: Any) -> str:
    """Write a hyperparameter's value as it can be typed: 0.3, 1e-4, [0.2,0.5], true."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ",".join(number(part) for part in value) + "]"
    if not isinstance(value, int | float):
        return str(value)
    if value != 0 and math.isfinite(value) and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, exponent = f"{value:.3g}".partition("e")
        if not exponent:
            mantissa, _, exponent = f"{value:.2e}".partition("e")
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:g}"


def count(amount: int) -> str:
    """Write a small count as a word."""
    return _WORDS[amount] if 0 <= amount < len(_WORDS) else f"{amount:,}"


def many(amount: int, one: str, more: str = "") -> str:
    """Write `1 replicate`, `10 replicates`."""
    return f"{amount:,} {one if amount == 1 else more or one + 's'}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Join `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def duration(seconds: float) -> str:
    """Write 41 s, 3 min 20 s, 2 h 05 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def capital(text: str) -> str:
    """Start a sentence with `text`."""
    return text[:1].upper() + text[1:]


def spoken(label: str) -> str:
    """Return a method's label as it reads in a sentence: `weight decay`."""
    return "no regularization" if label == "none" else label.replace("_", " ")
