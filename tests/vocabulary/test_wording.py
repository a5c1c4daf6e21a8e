"""Messages are data: one message, worded for Python and for a shell, and copied with all its parts."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.cli.wording import shell
from bridle.errors import Unquoted, UserError
from bridle.methods.catalogue import method
from bridle.wording import argument, command, python, worded

IN_COMPARE = shell(["compare", "moons"])


@pytest.mark.parametrize(
    ("message", "for_python", "for_shell"),
    [
        (argument("out"), "out=", "--out"),
        (argument("batch_size", 32), "batch_size=32", "--batch-size 32"),
        (argument("design", "fresh"), "design='fresh'", "--design fresh"),
        (argument("sizes", (80, 20)), "sizes=(80, 20)", "--sizes 80,20"),
        (argument("anyway", True), "anyway=True", "--anyway"),
        (argument("baseline", False), "baseline=False", "--no-baseline"),
        (argument("lower_is_better", False), "lower_is_better=False", "--higher-is-better"),
        (
            command("extend", Path("my study"), replicates=5),
            "bridle.extend('my study', replicates=5)",
            "bridle extend 'my study' --replicates 5",
        ),
        (command("resume", Path("-x")), "bridle.resume('./-x')", "bridle resume ./-x"),
    ],
)
def test_each_face_words_a_mark(message: str, for_python: str, for_shell: str) -> None:
    assert worded(f"Give {message}.", python) == f"Give {for_python}."
    assert worded(f"Give {message}.", IN_COMPARE) == f"Give {for_shell}."


def test_an_argument_is_called_as_the_command_calls_it() -> None:
    message = f"Give {argument('form', 'md')}."
    assert worded(message, python) == "Give form='md'."
    assert worded(message, shell(["report", "study"])) == "Give --format md."


def test_a_subject_is_an_option_where_the_command_has_it() -> None:
    error = UserError(argument="batch_size", expected="a whole number", received="x")
    assert str(error) == "batch_size must be a whole number; received 'x'."
    assert error.worded(IN_COMPARE) == "--batch-size must be a whole number; received 'x'."
    # `judge` has no such option, and no hyperparameter is one
    assert error.worded(shell(["judge"])) == str(error)
    hyperparameter = UserError(argument="dropout.rate", expected="a number", received="x")
    assert hyperparameter.worded(IN_COMPARE) == "dropout.rate must be a number; received 'x'."


def test_words_of_our_own_are_not_quoted() -> None:
    error = UserError(
        argument="widths",
        verb="hold",
        expected="whole numbers",
        received=Unquoted("an array of shape (2, 2)"),
        advice=f"Leave out {argument('widths')}.",
    )
    assert error.worded(IN_COMPARE) == (
        "--widths must hold whole numbers; received an array of shape (2, 2). Leave out --widths."
    )
    assert error.parts["received"] == "an array of shape (2, 2)"


def test_what_is_likened_to_a_method_is_worded_by_face() -> None:
    with pytest.raises(UserError) as caught:
        method("adamw")
    assert "optimizer='adamw'" in str(caught.value)
    assert "--optimizer adamw" in caught.value.worded(IN_COMPARE)
    with pytest.raises(UserError) as caught:
        method("Deep Ensembles")
    assert "Refit a study with ensemble=8" in str(caught.value)
    assert "Refit a study with --ensemble 8" in caught.value.worded(IN_COMPARE)


def test_a_message_says_its_advice_last() -> None:
    error = UserError("Nothing fits.", advice=f"Choose a smaller {argument('batch_size')}.")
    assert str(error) == "Nothing fits. Choose a smaller batch_size=."
    assert error.parts == {}


def test_nothing_is_lost_in_a_copy() -> None:
    error = UserError(
        argument="epochs",
        expected="a number",
        received=0,
        advice="Say 3.",
        further={"epochs": 3},
    )
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.parts, copy.advice, copy.further) == (
        str(error),
        {"argument": "epochs", "expected": "a number", "received": "0"},
        "Say 3.",
        {"epochs": 3},
    )


@given(st.text())
def test_no_value_is_taken_for_a_mark(text: str) -> None:
    quoted = UserError(argument="name", expected="a name", received=text)
    assert worded(str(quoted), python) == str(quoted)
    assert quoted.worded(IN_COMPARE) == str(quoted)
