"""A file on the command line: to an answer, or to one message that says what is wrong."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest

import bridle as package
from bridle.study.command import again, command
from tests.cli.conftest import Finished

Run = Callable[..., tuple[int, str, str]]

AGES, KINDS = ["1", "5", "", "2", "7", "4"] * 8, ["cat", "dog", "owl", "dog"] * 12
PETS = "age,kind,sold\n" + "".join(
    f"{age},{kind},{'yes' if int(age) > 3 else 'no'}\n"
    for age, kind in zip(AGES, KINDS, strict=True)
    if age
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pets.csv").write_text(PETS)
    (tmp_path / "runs.csv").write_text("method,replicate,score\nnone,0,0.5\n")
    (tmp_path / "wine").write_text(PETS)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("compare pets.csv", ("pets.csv holds 3 columns: age, kind, sold", "--target sold")),
        (
            "compare pets.csv --target solt",
            ("Did you mean 'sold'?", "Write: bridle compare pets.csv --target sold"),
        ),
        (
            "compare pet.csv --target sold",
            ("There is no file pet.csv. Did you mean 'pets.csv'?", "Write: "),
        ),
        (
            "compare pets --target sold",
            ("no data set 'pets'. Did you mean the file pets.csv?", "Write: "),
        ),
        (
            "compare ./none.csv --target sold",
            ("There is no file none.csv.", "Tables there: pets.csv"),
        ),
        ("compare runs.csv", ("is a table of runs", "`bridle judge runs.csv`")),
        (
            "compare wine --target sold",
            ("'wine' is a data set", "There is a file of that name; write it './wine'"),
        ),
        ("compare moons --time 10m", ("Write: bridle compare moons --time-limit 10m",)),
        ("compare moons,digits --drop a", ("--drop", "goes with a table")),
        (
            "compare pets.csv --target sold --type age",
            ("--type must hold pairs such as zip=category",),
        ),
        ("compare pets.csv --target sold --drop a,,b", ("--drop must hold names with commas",)),
        (
            "compare pets.csv --target sold --class-weight yes=x",
            ("a number for yes; received 'x'",),
        ),
        ("compare pets.csv --target sold --types age=nummer", ("--type must hold one of number",)),
        ("train pets.csv --target sold --drop age,kind", ("a column to predict from",)),
        ("diagnose pets.csv", ("Name the one to predict: --target",)),
    ],
)
def test_mistakes(typed: str, words: tuple[str, ...], here: Path, bridle: Run) -> None:
    status, out, err = bridle(*shlex.split(typed))
    assert (status, out) == (2, "")
    for word in words:
        assert word in err
    assert "Traceback" not in err
    assert not list(here.glob("bridle-*"))


SMALL = (
    *("--methods=l2", "--replicates=2", "--epochs=2", "--configurations=1"),
    *("--learning-rate=0.01", "--executor=inline"),
)


def test_a_file_to_an_answer(here: Path, bridle: Run) -> None:
    words = ("compare", "pets.csv", "--target", "sold", "--type", "age=number")
    status, out, err = bridle(*words, *SMALL)
    assert status == 0, err
    for line in (
        "data      pets.csv --target sold --type age=number",
        "columns   age   number, as declared",
        "          kind  category: 3 values",
        "folder    bridle-pets",
    ):
        assert line in err
    assert out.startswith("pets · 1 method against no regularization")
    study = cast(package.Study, package.open_folder(here / "bridle-pets"))
    assert study.dataset.features == ("age", "kind=cat", "kind=dog", "kind=owl")
    table = pd.read_csv(here / "pets.csv").drop(columns="sold")
    one, other = (study.probabilities("l2", 0, f) for f in (table, table[["kind", "age"]]))
    np.testing.assert_array_equal(one, other)
    typed = " pets.csv --target sold --type age=number --methods none,l2"
    for text in (
        command(study.plan, dataset=study.dataset),
        again(study.plan, "", dataset=study.dataset),
    ):
        assert typed in text
    status, _, err = bridle(*words, *SMALL)
    assert status == 0
    assert "finished already" in err


def test_a_process_of_its_own_trains_on_a_file(
    here: Path, process: Callable[..., Finished]
) -> None:
    done = process("train", "pets.csv", "--target=sold", "--epochs=2", "--workers=1", cwd=here)
    assert done.returncode == 0, done.stderr
    assert "Model: bridle-pets/weights/" in done.stdout
    moved = (here / "pets.csv").rename(here / "gone.csv")
    assert moved.exists()
    again = process("resume", "bridle-pets", cwd=here)  # needs the folder alone
    assert again.returncode == 0, again.stderr
