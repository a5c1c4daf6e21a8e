"""A file on the command line: to an answer, or to one message that says what is wrong."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import bridle as package
from bridle.cli.columns import data_lines
from bridle.data import Dataset
from bridle.errors import UserError
from bridle.study.command import again, command_of
from bridle.verdict.study_evidence import evidence_of
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
        (
            "compare pets.csv --target sold --keep age",
            ("--keep says whose weights are kept: selected, paths, all.", "--features age"),
        ),
        (
            "train pets.csv --target sold --keep age",
            (
                "Did you mean --features?",
                "Write: bridle train pets.csv --target sold --features age",
            ),
        ),
        ("train pets.csv --target sold --encoding latin9000", ("--encoding must be the name of",)),
        (
            "train pets.csv --target sold --class-weight no=2,maybe=3",
            ("--class-weight has 'maybe'",),
        ),
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
    pets = pd.read_csv("pets.csv")
    pets.assign(owner=np.arange(len(pets)) // 2).to_csv("pets.csv", index=False)
    words = ("compare", "pets.csv", "--target=sold", "--group=owner", "--type", "age=number")
    status, out, err = bridle(*words, *SMALL)
    assert status == 0, err
    for line in (
        "data      pets.csv --target sold --type age=number --group owner",
        "columns   age   number, as declared",
        "          kind  category: 3 values",
        "folder    bridle-pets",
    ):
        assert line in err
    assert out.startswith("pets · 1 method against no regularization")
    study = cast(package.Study, package.open_folder(here / "bridle-pets"))
    assert study.dataset.features == ("age", "kind=cat", "kind=dog", "kind=owl")
    table = pd.read_csv(here / "pets.csv").drop(columns="sold")
    found = evidence_of(study)
    assert found.groups is not None
    assert found.rows is not None
    np.testing.assert_array_equal(found.groups, found.rows // 2)
    one, other = (study.probabilities("l2", 0, f) for f in (table, table[["kind", "age"]]))
    np.testing.assert_array_equal(one, other)
    typed = " pets.csv --target sold --type age=number --group owner --methods none,l2"
    for text in (
        command_of(study.plan, dataset=study.dataset),
        again(study.plan, "", dataset=study.dataset),
    ):
        assert typed in text
    status, _, err = bridle(*words, *SMALL)
    assert status == 0
    assert "finished already" in err


@pytest.mark.long
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


PAGE = Path(__file__).parents[2] / "docs" / "own-data.md"


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the page on own data names."""
    monkeypatch.chdir(tmp_path)
    random, at = np.random.default_rng(0), np.arange(60)
    houses = pd.DataFrame(
        {
            "name": [f"house {n}" for n in at],
            "rooms": np.where(at % 10, at % 7, np.nan),
            "area": random.normal(90, 20, 60).round(1),
            "zip": np.array(["01067", "20095", "80331"])[at % 3],
            "size": np.array(["S", "M", "L"])[at % 3],
            "built": pd.date_range("1990-01-01", periods=60, freq="100D"),
            "heated": np.array(["yes", "no"])[at % 2],
            "country": "DE",
            "part": np.array(["train", "train", "train", "validation", "test"])[at % 5],
            "count": at % 4 + 1,
            "width": random.normal(8, 1, 60),
            "height": random.normal(5, 1, 60),
            "price": random.normal(300, 40, 60).round(2),
        }
    )
    houses.to_csv("data.csv", index=False)
    houses.head(20).to_csv("later.csv", index=False)
    visits = pd.DataFrame({"patient": at // 3, "dose": random.normal(size=60), "ill": at % 2})
    visits.to_csv("visits.csv", index=False)
    sales = pd.DataFrame(
        {"day": pd.date_range("2024-01-01", periods=60), "sold": random.normal(size=60)}
    )
    sales.assign(rain=random.normal(size=60)).to_csv("sales.csv", index=False)
    np.savez("data.npz", X=random.normal(size=(30, 4, 4)), y=["a", "b"] * 15)
    for label in ("cat", "dog"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for n in range(6):
            pixels = random.integers(0, 255, (4, 4), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / label / f"{n}.png")
    return tmp_path


def test_what_the_page_on_own_data_shows(
    documented: Path, bridle: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def begin(dataset: Dataset, *rest: object) -> None:
        told.extend(data_lines(dataset))
        raise UserError("enough")

    monkeypatch.setattr("bridle.cli.training.begin", begin)
    page = PAGE.read_text(encoding="utf-8").splitlines()
    lines = [
        line[4:] for line in page if line.startswith("    bridle compare ") and "openml" not in line
    ]
    assert len(lines) > 12
    for line in lines:
        assert bridle(*shlex.split(line)[1:])[2] == "error: enough\n", line
    start = page.index(next(line for line in page if line.startswith("    columns ")))
    shown = [line[4:] for line in page[start : page.index("", start)]]
    place = told.index(shown[0])
    assert told[place : place + len(shown)] == shown


@pytest.mark.long
def test_formulas_and_markup_stay_inert(here: Path, bridle: Run) -> None:
    markup, formula = "<script>alert(1)</script>", "=cmd|' /C calc'!A0"
    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"{markup}x": random.normal(size=40), formula: [markup, formula] * 20})
    frame.assign(y=np.where(random.random(40) < 0.5, markup, formula)).to_csv(
        "=odd.csv", index=False
    )
    status, _, err = bridle("compare", "=odd.csv", "--target", "y", *SMALL)
    assert status == 0, err
    page = (here / "bridle--odd" / "report.html").read_text(encoding="utf-8")
    for inert in (
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        r"\u003cscript\u003ealert(1)\u003c/script\u003e",
    ):
        page = page.replace(inert, "")
    assert "alert(1)" not in page
    for table in (here / "bridle--odd").glob("*.csv"):
        cells = pd.read_csv(table, dtype=str).to_numpy().ravel()
        assert not [cell for cell in cells if str(cell).startswith(("=", "@"))], table
