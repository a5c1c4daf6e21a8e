"""What is written can be read back, and unreadable text gives a clear message."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.errors import UserError, did_you_mean, unknown
from bridle.grammar import (
    Call,
    Value,
    format_value,
    parse_call,
    parse_sum,
    parse_value,
    split_outside,
)

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
WORDS = NAMES.filter(
    lambda text: (
        text.lower() not in ("true", "false", "none", "nan", "inf", "infinity")
        and not text.lstrip("_").isdigit()
    )
)
SIMPLE = (
    st.booleans()
    | st.none()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=True)
    | WORDS
)
VALUES = st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)
CALLS = st.builds(Call, NAMES, st.dictionaries(NAMES, VALUES, max_size=4))


def same(a: Value, b: Value) -> bool:
    """Equal, where a whole number may come back for a float without fraction, but true is not 1."""
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or a is None:
        return a is b
    return a == b


@given(VALUES)
def test_values_come_back(value: Value) -> None:
    assert same(value, parse_value(format_value(value)))


@given(CALLS)
def test_calls_come_back(call: Call) -> None:
    read = parse_call(str(call))
    assert read.name == call.name
    assert list(read.arguments) == list(call.arguments)
    assert all(same(value, read.arguments[key]) for key, value in call.arguments.items())


@given(st.lists(CALLS, min_size=1, max_size=4))
def test_sums_come_back(calls: list[Call]) -> None:
    assert [str(call) for call in parse_sum("+".join(map(str, calls)))] == [str(c) for c in calls]


@given(st.text(alphabet="ab1e+-.,=()[] ", max_size=20))
def test_nothing_but_user_errors(text: str) -> None:
    try:
        calls = parse_sum(text)
    except UserError:
        return
    assert [call.name for call in parse_sum("+".join(map(str, calls)))] == [c.name for c in calls]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e+5", 1e5),
        ("1e-5", 1e-5),
        ("-3", -3),
        ("+3", 3),
        (".5", 0.5),
        ("inf", math.inf),
        ("TRUE", True),
        ("False", False),
        ("None", None),
        ("relu", "relu"),
        ("[]", ()),
        ("[ ]", ()),
        ("[1, 2.5,x]", (1, 2.5, "x")),
        ("[[1,2],[3]]", ((1, 2), (3,))),
        (" 7 ", 7),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


def test_calls() -> None:
    assert parse_call(" dropout ( rate = [0.2, 0.5] , input_rate = 1e+0 ) ") == Call(
        "dropout", {"rate": (0.2, 0.5), "input_rate": 1.0}
    )
    assert parse_call("none()") == Call("none")
    assert str(Call("a", {"x": 1e-4, "y": (1, 2.0), "z": True})) == "a(x=0.0001,y=[1,2],z=true)"
    assert format_value(0.1 + 0.2) == "0.30000000000000004"
    assert format_value(1e16) == "1e+16"


def test_sums() -> None:
    calls = parse_sum("dropout(rate=1e+0)+l2(strength=1e-4) + l1")
    assert [call.name for call in calls] == ["dropout", "l2", "l1"]
    # a name that ends like a number is a name
    assert [call.name for call in parse_sum("layer1e+l2")] == ["layer1e", "l2"]


def test_split_outside() -> None:
    assert split_outside("a,b(c,d),[e,f],g", ",") == ["a", "b(c,d)", "[e,f]", "g"]
    assert split_outside("", ",") == [""]
    assert split_outside("a,,b", ",") == ["a", "", "b"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Cannot read ''"),
        ("1a", "expected a form like name or name(key=value)"),
        ("a(", "ends before its ')'"),
        ("a)", "Unmatched ')' at character 2"),
        ("a(b=[1,2)", "Unmatched ')'"),
        ("a(b=1", "ends before its ')'"),
        ("a(b=)", "expected key=value"),
        ("a(=1)", "expected key=value"),
        ("a(b=1,)", "expected key=value"),
        ("a(b=1,b=2)", "'b' is given twice"),
        ("a(b=1)c", "expected a form like"),
        ("a+", "Cannot read ''"),
        ("a(b=[1],2])", "Unmatched ']'"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_sum(text)
    assert words in str(caught.value)


def test_did_you_mean() -> None:
    known = ["dropout", "early_stopping", "l1", "l2"]
    assert did_you_mean("droput", known) == " Did you mean 'dropout'?"
    assert did_you_mean("DROPOUT", known) == " Did you mean 'dropout'?"
    assert did_you_mean("zzz", known) == ""
    message = str(unknown("method", "earlystopping", known, "See `bridle methods`."))
    assert message.startswith("Unknown method 'earlystopping'. Did you mean 'early_stopping'?")
    assert message.endswith("Known: dropout, early_stopping, l1, l2.")
    # one thing to do next: to look it up where nothing is near
    message = str(unknown("method", "mixup", known, "See `bridle methods`."))
    assert message.endswith("Known: dropout, early_stopping, l1, l2. See `bridle methods`.")
