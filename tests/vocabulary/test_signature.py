"""One piece reads, checks, completes and writes `name(argument=value)`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.domains import Flag, Integer, IntegerList, Real
from bridle.errors import UserError
from bridle.grammar import Call, parse_call
from bridle.signature import Argument, Signature

B1 = Argument("b1", Real(0, 1, open_high=True), 0.9, "kept of the mean", aliases=("beta1", "beta"))
ADAM = Signature("adam", (B1, Argument("amsgrad", Flag(), False)), beside=("learning_rate",))
DROP = Signature(
    "drop",
    (
        Argument("rate", Real(0, 1), 0.5, "share dropped"),
        Argument("sizes", IntegerList(Integer()), (1,)),
    ),
    noun="setting",
    principal="rate",
    advice="See `bridle explain drop`.",
)
NOTHING = Signature("nothing")


def read(signature: Signature, text: str) -> Call:
    return signature.resolve(parse_call(text, unnamed=True))


@pytest.mark.parametrize(
    ("signature", "text", "full"),
    [
        (ADAM, "Adam", "adam(b1=0.9,amsgrad=false)"),
        (ADAM, "adam(amsgrad=true,BETA-1=0)", "adam(b1=0,amsgrad=true)"),
        (DROP, "drop 0.2", "drop(rate=0.2,sizes=[1])"),
        (DROP, "drop(0.2,sizes=3)", "drop(rate=0.2,sizes=[3])"),
        (NOTHING, "nothing()", "nothing"),
    ],
)
def test_calls_are_completed(signature: Signature, text: str, full: str) -> None:
    assert str(read(signature, text)) == full
    assert str(read(signature, full)) == full


def test_what_is_given_is_kept_apart_from_defaults() -> None:
    call = parse_call("adam(amsgrad=true,beta=0.8)")
    assert list(ADAM.given(call).items()) == [("b1", 0.8), ("amsgrad", True)]
    assert ADAM.given(Call("adam")) == {}


def test_a_silent_default_is_not_written() -> None:
    size = Argument("size", Integer(), 5, silent=True)
    points = Signature("points", (Argument("n", Integer(), 9), size))
    assert (
        points.write(Call("points")) == points.write(parse_call("points(size=5)")) == "points(n=9)"
    )
    assert points.write(parse_call("points(size=6)")) == "points(n=9,size=6)"
    assert points.resolve(Call("points")).arguments == {"n": 9, "size": 5}


@given(st.floats(0, 0.99), st.booleans())
def test_what_is_written_is_read(b1: float, amsgrad: bool) -> None:
    call = ADAM.resolve(Call("adam", {"amsgrad": amsgrad, "beta1": b1}))
    assert call.arguments == {"b1": b1, "amsgrad": amsgrad}
    assert read(ADAM, str(call)) == call


@pytest.mark.parametrize(
    ("signature", "text", "said", "instead"),
    [
        (ADAM, "adam(b1=1)", "adam.b1 must be a number at least 0 and less than 1; received 1.", None),
        (ADAM, "adam(b1=0,beta1=0)", "b1 of adam is given twice in 'adam(b1=0,beta1=0)'.", None),
        (ADAM, "adam(amsgrat=1)", "argument of adam 'amsgrat'. Did you mean 'amsgrad'?", ("amsgrat", "amsgrad")),
        (ADAM, "adam(x=1)", "They are written as in adam(b1=0.9,amsgrad=false).", None),
        (ADAM, "adam(0.5)", "expected key=value, as in adam(b1=0.5).", ("adam(0.5)", "adam(b1=0.5)")),
        (ADAM, "adam(7)", "where key is one of b1, amsgrad. Write it without a value: adam.", None),
        (
            ADAM,
            "adam(beta=0.5,lr=0.1)",
            "The learning rate is no argument of adam but one of its own: learning_rate=0.1.",
            ("adam(beta=0.5,lr=0.1)", "adam(beta=0.5)"),
        ),
        (DROP, "drop(p=0.3)", "The principal one is rate (share dropped), as in drop(rate=0.3). Known: ", None),
        (DROP, "drop(p=0.3)", "Unknown setting of drop 'p'.", None),
        (DROP, "drop(0.1,rate=0.2)", "rate of drop is given twice", None),
        (DROP, "drop(0.1,0.2)", "takes one value without a name, for rate; received 2", None),
        (NOTHING, "nothing(x=1)", "takes no arguments; received 'x'. Write it alone: nothing.", None),
        (NOTHING, "nothing(1)", "Write it without a value: nothing.", ("nothing(1)", "nothing")),
    ],
)  # fmt: skip
def test_mistakes_are_named(
    signature: Signature, text: str, said: str, instead: tuple[str, str] | None
) -> None:
    with pytest.raises(UserError) as caught:
        read(signature, text)
    assert said in str(caught.value)
    assert caught.value.instead == instead


def test_what_stands_beside_goes_there() -> None:
    with pytest.raises(UserError) as caught:
        read(ADAM, "adam(lr=0.1)")
    assert caught.value.further == {"learning_rate": 0.1}
