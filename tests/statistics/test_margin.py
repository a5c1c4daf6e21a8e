"""The margin: what users may write, and what it means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.statistics import Margin, compare


@pytest.mark.parametrize(
    ("text", "margin", "fraction", "percent", "loss"),
    [
        (None, Margin(10.0, "share"), 0.02, 2.0, 0.08),
        ("10%", Margin(10.0, "share"), 0.02, 2.0, 0.08),
        (" 25 % ", Margin(25.0, "share"), 0.05, 5.0, 0.2),
        ("0.5pt", Margin(0.5, "points"), 0.005, 0.5, None),
        ("1 point", Margin(1.0, "points"), 0.01, 1.0, None),
        ("0.005", Margin(0.005, "score"), 0.005, 0.005, 0.005),
        ("5e-3", Margin(0.005, "score"), 0.005, 0.005, 0.005),
        (0.005, Margin(0.005, "score"), 0.005, 0.005, 0.005),
        (0, Margin(0.0, "score"), 0.0, 0.0, 0.0),
    ],
)
def test_what_it_means_on_every_scale(
    text: float | str | None, margin: Margin, fraction: float, percent: float, loss: float | None
) -> None:
    found = Margin.parse(text)
    assert found == margin
    assert found.absolute("accuracy", 0.8) == pytest.approx(fraction)
    assert found.absolute("percent", 80.0) == pytest.approx(percent)
    if loss is None:
        with pytest.raises(UserError, match="percentage points, which these scores do not have"):
            found.absolute("loss", -0.8)
    else:
        assert found.absolute("loss", -0.8) == pytest.approx(loss)


@given(
    st.floats(0, 1e6, allow_nan=False).map(lambda v: float(f"{v:.6g}")),
    st.sampled_from(["%", "pt", ""]),
)
def test_it_is_written_as_it_can_be_read(value: float, unit: str) -> None:
    margin = Margin.parse(f"{value:.12g}{unit}")
    assert Margin.parse(str(margin)) == margin


@pytest.mark.parametrize(
    "wrong", ["", "much", "-1%", "1 mile", "%", "nan", np.nan, -1, True, "1,5%"]
)
def test_what_is_no_margin(wrong: float | str) -> None:
    with pytest.raises(UserError, match="margin must be"):
        Margin.parse(wrong)


def test_a_margin_as_wide_as_the_scale_is_a_slip() -> None:
    with pytest.raises(UserError, match="Did you mean 10% or 10pt"):
        Margin.parse(10).absolute("accuracy", 0.8)
    with pytest.raises(UserError, match="as large as the scale"):
        Margin.parse("100pt").absolute("percent", 80.0)


def test_the_comparison_says_what_was_asked() -> None:
    scores = {"none": [0.8, 0.82, 0.81], "l1": [0.81, 0.82, 0.83]}
    found = compare(scores, margin="0.5pt")
    assert (found.margin, str(found.asked)) == (0.005, "0.5pt")
    assert all(c.verdict.margin == 0.005 for c in found.methods)
    with pytest.raises(UserError, match="no error or loss to take a share of"):
        compare(scores, error="plain")
