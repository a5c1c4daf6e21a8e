"""Numbers as people read them: percent, points, strengths, durations, counts in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from bridle.grammar import format_value

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


def fixed(value: float, decimals: int = 1) -> str:
    """Write with a number of decimals and a true minus sign; never `−0.0`."""
    text = f"{value:,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def signed(value: float, decimals: int = 1) -> str:
    """Write with a sign, unless the number rounds to zero; `–` for an unknown one."""
    if not math.isfinite(value):
        return DASH
    text = fixed(value, decimals)
    nonzero = any(digit in text for digit in "123456789")
    return f"+{text}" if value > 0 and nonzero else text


def decimals_for(shown: Sequence[float]) -> int:
    """Return the number of decimals that an interval needs: one, or more if an end near 0 would look like 0.

    Args:
        shown: difference, low, high, in the units shown.
    """
    _, low, high = shown
    if not (low > 0 or high < 0):
        return 1
    near = min(abs(low), abs(high))
    return next((d for d in range(1, 6) if round(near, d) != 0), 6)


def percent(fraction: float, decimals: int = 0) -> str:
    """Write a fraction in percent; only exact values are written as 0 or 100 %."""
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
    """Write `1 replicate`, `10 replicates`.

    Args:
        amount: how many.
        one: the word for one.
        more: the word for several; by default that for one with an s, or es after an s.
    """
    ending = "es" if one.endswith("s") else "s"
    return f"{amount:,} {one if amount == 1 else more or one + ending}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Join `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def tallied(found: Sequence[str], words: Iterable[tuple[str, str, str]]) -> list[str]:
    """Say how many there are of each: `two hold`, `one is undecided`.

    Args:
        found: verdicts.
        words: each verdict, with what is said of one and of several.
    """
    return [
        f"{count(amount)} {one if amount == 1 else more}"
        for verdict, one, more in words
        if (amount := found.count(verdict))
    ]


def duration(seconds: float, tenths: bool = True) -> str:
    """Write 41 s, 3 min 20 s, 2 h 05 min; below ten seconds with `tenths`, unless it is an estimate: 4.2 s."""
    if tenths and seconds < 9.95:
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


def short_form(seconds: float) -> str:
    """Return a duration as `--time-limit` reads it: `90s`, `4m`, `1h10m`."""
    if seconds % 60 or seconds < 60:
        return f"{format_value(round(seconds, 3))}s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
