"""Domains accept what they describe, and nothing else."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.domains import Choice, Domain, Flag, Integer, IntegerList, PerLayer, Real
from bridle.errors import UserError

RATE = Real(0.0, 1.0, open_high=True)
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.floats(), max_size=3)
    | st.just(10**400)
)
DOMAINS = [
    Real(),
    RATE,
    Real(0.0, open_low=True),
    Real(1.0, infinite=True),
    Integer(),
    Integer(2, 5),
    Choice(("adam", "sgd")),
    Flag(),
    PerLayer(RATE),
    IntegerList(Integer(1, 5)),
]


@pytest.mark.parametrize(
    ("domain", "given_value", "result"),
    [
        (RATE, 0, 0.0),
        (RATE, 0.999, 0.999),
        (RATE, np.float32(0.5), 0.5),
        (RATE, np.float64(0.5), 0.5),
        (RATE, Fraction(1, 2), 0.5),
        (Real(0.0, open_low=True), 1e-300, 1e-300),
        (Real(0.0), -0.0, 0.0),
        (Real(1.0, infinite=True), math.inf, math.inf),
        (Integer(1, 3), 1, 1),
        (Integer(1, 3), 3.0, 3),
        (Integer(), np.int64(7), 7),
        (Integer(), 2**70, 2**70),
        (Choice(("a", "b")), "b", "b"),
        (Flag(), False, False),
        (PerLayer(RATE), [0, 0.5], (0.0, 0.5)),
        (PerLayer(RATE), 0.5, 0.5),
        (IntegerList(Integer(1)), [3, 4.0], (3, 4)),
        (IntegerList(Integer(1)), 3, (3,)),
    ],
)
def test_inside(domain: Domain, given_value: object, result: object) -> None:
    checked = domain.check("x", given_value)
    assert checked == result
    assert type(checked) is type(result)


@pytest.mark.parametrize(
    ("domain", "given_value"),
    [
        (RATE, 1.0),
        (RATE, -1e-9),
        (RATE, math.nan),
        (RATE, True),
        (RATE, "0.5"),
        (RATE, None),
        (RATE, [0.5]),
        (RATE, np.bool_(True)),
        (RATE, 0.5j),
        (Real(0.0, open_low=True), 0.0),
        (Real(0.0, 1.0), math.nextafter(1.0, 2.0)),
        (Real(), math.inf),
        (Real(), -math.inf),
        (Real(), 10**400),
        (Real(), 1e39),
        (Real(1.0, infinite=True), 1e39),
        (Real(1.0, infinite=True), math.nan),
        (Real(1.0, infinite=True), -math.inf),
        (Integer(1, 3), 0),
        (Integer(1, 3), 4),
        (Integer(1, 3), 1.5),
        (Integer(), math.nan),
        (Integer(), math.inf),
        (Integer(), True),
        (Integer(), "3"),
        (Integer(0), -1),
        (Choice(("a", "b")), "c"),
        (Choice(("a", "b")), None),
        (Choice(("a", "b")), ["a"]),
        (Flag(), 1),
        (Flag(), "true"),
        (Flag(), None),
        (PerLayer(RATE), []),
        (PerLayer(RATE), [0.5, 1.0]),
        (PerLayer(RATE), "0.5"),
    ],
)
def test_outside(domain: Domain, given_value: object) -> None:
    with pytest.raises(UserError) as caught:
        domain.check("dropout.rate", given_value)
    assert "dropout.rate must be " in str(caught.value)
    assert "received " in str(caught.value)


@given(st.sampled_from(DOMAINS), ANYTHING)
def test_checked_values_stay_inside(domain: Domain, value: object) -> None:
    try:
        checked = domain.check("x", value)
    except UserError:
        return
    assert domain.check("x", checked) == checked


def test_messages() -> None:
    with pytest.raises(UserError) as caught:
        RATE.check("dropout.rate", 1.5)
    assert str(caught.value) == (
        "dropout.rate must be a number at least 0 and less than 1; received 1.5."
    )
    with pytest.raises(UserError) as caught:
        Choice(("proximal", "subgradient")).check("l1.update", "proximl")
    assert str(caught.value) == (
        "l1.update must be one of proximal, subgradient; received 'proximl'. Did you mean 'proximal'?"
    )
    assert Integer(1).describe() == "a whole number at least 1"
    assert Integer(1, 9).describe() == "a whole number at least 1 and at most 9"
    assert Real().describe() == "a number"
    assert Real(0.0, open_low=True).describe() == "a number greater than 0"
    assert Flag().describe() == "true or false"
    assert "one for each hidden layer" in PerLayer(RATE).describe()
