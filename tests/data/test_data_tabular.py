"""Tables as data sets: roles of columns, splits, storage, new rows by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.data import from_arrays, load, open_saved, save
from bridle.data.intake import from_file, from_memory
from bridle.data.parts import TEST, TRAIN, Parts
from bridle.errors import UserError
from bridle.tables.blocks import read_blocks
from bridle.tables.form import TableForm

PETS = pd.DataFrame(
    {
        "age": [3.0, None, 5.0, 2.0, 9.0, 4.0] * 10,
        "kind": ["cat", "dog", "cat", None, "dog", "owl"] * 10,
        "size": ["S", "M", "L", "S", "M", "L"] * 10,
        "born": pd.date_range("2020-01-01", periods=60, freq="7D"),
        "owner": [f"owner {at // 4}" for at in range(60)],
        "weight": np.linspace(1, 2, 60),
        "sold": ["yes", "no"] * 30,
        "price": np.linspace(5, 9, 60) + np.tile([0.5, -0.25, 0], 20),
    }
)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    PETS.to_csv(tmp_path / "pets.csv", index=False)
    return tmp_path / "pets.csv"


def test_a_table_of_numbers_is_trained_on_as_arrays_are() -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(3, 2, (60, 3)), columns=["a", "b", "c"])
    y = np.repeat(["x", "y", "z"], 20)
    table, arrays = from_memory(X.assign(y=y), target="y"), from_arrays(X, y)
    for number in range(2):
        one, other = table.replicate(number, 7), arrays.replicate(number, 7)
        for name in ("inputs", "targets", "train", "validation", "test", "shift", "scale"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert table.shared
    assert table.features == ("a", "b", "c")


def test_a_file_is_read_with_its_roles(pets: Path) -> None:
    found = from_file(
        pets, target="sold", drop=["owner"], types={"size": "S<M<L"}, weights="weight"
    )
    assert found.task.names == ("no", "yes")
    assert found.name == "pets"
    assert found.features[:6] == (
        "age",
        "age missing",
        "kind=cat",
        "kind=dog",
        "kind=owl",
        "kind missing",
    )
    assert {"size", "born", "price"} <= set(found.features)
    assert not found.shared
    split = found.replicate(0, 0)
    assert np.isfinite(split.seen(split.test)).all()
    assert split.weights is not None
    assert split.weights[split.train].mean() == pytest.approx(1, rel=1e-5)
    assert found.rows.typed == (
        str(pets),
        *("--target", "sold", "--drop", "owner", "--type", "size=S<M<L", "--weights", "weight"),
    )


def test_several_targets_and_class_weights(pets: Path) -> None:
    both = from_file(pets, target=["price", "weight"])
    assert both.task.names == ("price", "weight")
    assert both.replicate(0, 0).targets.shape == (60, 2)
    balanced = from_file(pets, target="sold", class_weight={"yes": 3.0, "no": 1.0})
    weights = balanced.replicate(0, 0).weights
    assert weights is not None
    assert weights.max() / weights.min() == pytest.approx(3)


@pytest.mark.parametrize(
    "library", [lambda frame: frame, pl.from_pandas, lambda frame: pl.from_pandas(frame).to_arrow()]
)
def test_frames_of_any_library(library: Any) -> None:
    found = from_memory(library(PETS), target="sold")
    assert "kind=dog" in found.features
    assert found.spec == from_memory(PETS, target="sold").spec
    beside = from_memory(library(PETS.drop(columns="sold")), PETS["sold"].tolist())
    np.testing.assert_array_equal(beside.replicate(0, 0).targets, found.replicate(0, 0).targets)


def test_it_is_stored_and_opened(pets: Path, tmp_path: Path) -> None:
    made = from_file(pets, target="price", group="owner", types={"size": "S<M<L"})
    path = save(made, tmp_path / "study")
    assert path is not None
    for found in (open_saved(made.spec, path.parent), load(made.spec, path.parent)):
        assert found == made
        assert (found.rows.typed, found.notes) == (made.rows.typed, made.notes)
        one, other = made.replicate(1, 3), found.replicate(1, 3)
        np.testing.assert_array_equal(one.seen(one.train), other.seen(other.train))
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps({**json.loads(beside.read_text()), "scaling": "robust"}))
    with pytest.raises(UserError, match="does not have its digest"):
        open_saved(made.spec, path.parent)
    assert save(made, path.parent) == path  # replaces what is damaged
    assert open_saved(made.spec, path.parent) == made


def test_new_rows_are_found_by_name(pets: Path) -> None:
    found = from_file(pets, target="sold", drop="owner", types={"size": "S<M<L"})
    assert found.form is not None
    rows = PETS.drop(columns=["sold", "owner"])
    known = found.form.read(rows)
    np.testing.assert_array_equal(known, found.rows.encoded)
    shuffled = rows[rows.columns[::-1]].assign(more=1)
    np.testing.assert_array_equal(found.form.read(shuffled), known)
    np.testing.assert_array_equal(found.form.read(pl.from_pandas(rows)), known)
    strange = found.form.read(rows.head(2).assign(kind=pd.Series(["unicorn", None])))
    place = found.features.index("kind=cat")
    np.testing.assert_array_equal(strange[:, place : place + 4], [[0, 0, 0, 0], [0, 0, 0, 1]])
    with pytest.raises(UserError, match="X lacks the columns age, which pets has"):
        found.form.read(rows.drop(columns="age"))
    with pytest.raises(UserError, match=r"numbers, since its kind is number.*'old' in row 1"):
        found.form.read(rows.head(2).assign(age=["3", "old"]))
    with pytest.raises(UserError, match="one of S, M, L; received 'XL' in row 0"):
        found.form.read(rows.head(1).assign(size="XL"))
    with pytest.raises(UserError, match="table with named columns"):
        found.form.read(np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("trained", "new"),
    [
        (["05/25/2024", "01/02/2024"], "03/05/2024"),
        (["25/05/2024", "01/02/2024"], "03/05/2024"),
        (["1,5", "2"], "1.234"),
        (["1.5", "2"], "1.234"),
    ],
)
def test_a_new_row_is_read_in_the_notation_of_the_training_rows(
    trained: list[str], new: str, tmp_path: Path
) -> None:
    rows = pd.DataFrame({"a": trained * 10})
    written = from_memory(rows, [0, 1] * 10).form
    assert written is not None
    # beside a row that fits one notation only, there is no doubt
    expected = written.read(pd.DataFrame({"a": [trained[0], new]}))[1]
    file = tmp_path / "new.csv"
    pd.DataFrame({"a": [new]}).to_csv(file, index=False)
    for form in (written, TableForm.of_document(written.document())):
        (block,) = read_blocks(file, form.kinds, 8)
        for alone in (pd.DataFrame({"a": [new]}), block):
            np.testing.assert_array_equal(form.read(alone)[0], expected)


def test_groups_never_straddle_a_split(pets: Path) -> None:
    found = from_file(pets, target="sold", group="owner")
    owners = PETS["owner"].to_numpy()
    drawn = set()
    for number in range(5):
        split = found.replicate(number, 0)
        parts = [set(owners[rows]) for rows in (split.train, split.validation, split.test)]
        assert sum(map(len, parts)) == len(set.union(*parts))
        assert [len(split.train), len(split.validation), len(split.test)] == list(
            vars(found.sizes).values()
        )
        drawn.add(tuple(sorted(split.test)))
    assert len(drawn) > 1
    assert "owner" not in " ".join(found.features)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=30, max_size=80), st.integers(1, 3), st.integers(0, 99)
)
def test_grouped_parts_hold_for_any_groups(groups: list[int], classes: int, seed: int) -> None:
    strata = np.arange(len(groups), dtype=np.int32) % classes
    names = tuple(map(str, range(classes)))
    try:
        parts = Parts(strata, names, 0.2, 0.2, groups=np.array(groups, np.int32))
        train, validation, test = parts.draw(0, seed)
    except UserError:
        return  # some groups cannot be split
    of = np.array(groups)
    assert not set(of[train]) & set(of[validation])
    assert not set(of[train]) & set(of[test])
    assert not set(of[validation]) & set(of[test])
    assert (len(train), len(validation), len(test)) == tuple(vars(parts.sizes).values())
    assert all(len(set(strata[part])) == classes for part in (train, validation, test))


def test_time_splits_in_order(pets: Path) -> None:
    found = from_file(pets, target="sold", time="born")
    assert found.design == "fixed_test"
    split = found.replicate(3, 1)
    born = PETS["born"].to_numpy()
    assert born[split.train].max() < born[split.validation].min()
    assert born[split.validation].max() < born[split.test].min()
    assert not any(name.startswith("born") for name in found.features)
    assert (
        from_file(pets, target="sold", time="born", features=["age", "born"]).features[-1] == "born"
    )
    assert vars(found.sizes) == {"train": 36, "validation": 12, "test": 12}
    with pytest.raises(UserError, match="too few different values"):
        from_memory(
            PETS.assign(t=1.0).assign(t=lambda f: f["t"].where(f.index > 0, 2.0)),
            target="sold",
            time="t",
        )


def test_test_rows_from_a_file_of_their_own(pets: Path, tmp_path: Path) -> None:
    later = PETS.head(12).assign(kind="emu")
    later.to_csv(tmp_path / "later.csv", index=False)
    found = from_file(pets, target="sold", test=tmp_path / "later.csv")
    assert found.design == "fixed_test"
    for number in range(2):
        split = found.replicate(number, 0)
        assert list(split.test) == list(range(60, 72))  # in order: compared row by row
        assert len(np.intersect1d(split.train, split.validation)) == 0
    later.drop(columns="sold").to_csv(tmp_path / "later.csv", index=False)
    later.assign(age="old").to_csv(tmp_path / "later.csv", index=False)
    with pytest.raises(UserError, match=r"'age' of later\.csv must hold numbers.*'old' in line 2"):
        from_file(pets, target="sold", test=tmp_path / "later.csv")
    from_file(pets, target="sold", test=tmp_path / "later.csv", features=["size"])
    with pytest.raises(UserError, match="Class 'emu' has 12 test rows and no training rows"):
        from_file(pets, target="kind", test=tmp_path / "later.csv", types={"age": "category"})
    later.drop(columns="sold").to_csv(tmp_path / "later.csv", index=False)
    with pytest.raises(
        UserError,
        match=r"later\.csv must have the columns of pets\.csv; it lacks sold\. Test rows need",
    ):
        from_file(pets, target="sold", test=tmp_path / "later.csv")


def test_predefined_splits() -> None:
    words = np.array(["train", "val", "test"])[np.arange(60) // 20]
    named = from_memory(PETS.assign(part=words), target="sold", split="part").replicate(4, 0)
    assert (named.train.max(), named.validation.max(), named.test.min()) == (19, 39, 40)
    folds = from_memory(PETS.assign(fold=np.arange(60) % 5), target="sold", split="fold")
    assert folds.design == "overlapping"
    tests = [set(folds.replicate(number, 0).test) for number in range(6)]
    assert len(set.union(*tests[:5])) == 60
    assert tests[5] == tests[0]
    pairs = [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))]
    listed = from_memory(PETS, target="sold", split=pairs).replicate(1, 0)
    assert sorted(listed.test) == list(range(20))
    assert set(listed.train) | set(listed.validation) == set(range(20, 60))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ("X holds 8 columns", "target='price'")),
        ({"target": "prize"}, ("no column 'prize'", "Did you mean 'price'?")),
        ({"target": "sold", "drop": "sold"}, ("is the target and cannot be dropped",)),
        ({"target": "sold", "group": "sold"}, ("cannot be both target and group",)),
        ({"target": "sold", "features": ["sold"]}, ("is the target and no feature",)),
        ({"target": "sold", "features": ["age", "kindd"]}, ("Did you mean 'kind'?",)),
        ({"target": ["sold", "price"]}, ("Several targets must be numbers", "'sold'")),
        ({"target": "sold", "task": "regression"}, ("numbers for a regression", "'yes' in row 0")),
        ({"target": "born"}, ("is a date",)),
        ({"target": "sold", "weights": "kind"}, ("'kind'", "numbers")),
        ({"target": "sold", "time": "born", "group": "owner"}, ("both split the rows",)),
        ({"target": "sold", "split": "size"}, ("train, validation or test", "'S' in row 0")),
        ({"target": "sold", "split": "kind"}, ("train, validation or test", "nothing in row 3")),
        ({"target": "sold", "split": [([0], [60])]}, ("row numbers from 0 to 59",)),
        ({"target": "sold", "split": [([0, 1], [1])]}, ("row in two parts: row 1",)),
        ({"target": "sold", "group": [1, 2]}, ("group must name a column of the table", "[1, 2]")),
        ({"target": "sold", "test": {"age": 1}}, ("Column 'age' of test", "value for each row")),
        ({"target": 5}, ("no column '5'",)),
        ({"y": "sold"}, ("a target for each row", "named by target='sold'")),
        ({"target": "sold", "encoding": "utf-8"}, ("encoding= goes with a file",)),
        ({"target": "sold", "scaling": "robus"}, ("Did you mean 'robust'?",)),
        ({"target": "sold", "class_weight": {"maybe": 1.0}}, ("'maybe'", "no, yes")),
    ],
)
def test_mistakes(options: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as caught:
        from_memory(PETS, **options)
    for word in words:
        assert word in str(caught.value)


def test_classes_too_rare_to_be_split_are_left_out_openly() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0) ** 2, "y": ["x"] * 24 + ["z"] * 24 + ["odd"] * 2})
    found = from_memory(frame, target="y")
    assert found.task.names == ("x", "z")
    assert sum(vars(found.sizes).values()) == 48
    assert "2 rows left out" in found.notes[0]
    assert "'odd' (2)" in found.notes[0]
    with pytest.raises(UserError, match=r"at least 3 rows.*first in row 0"):
        from_memory(pd.DataFrame({"a": np.arange(9.0) ** 2, "y": list("abcdefghi")}), target="y")
    with pytest.raises(UserError, match="always 'x', so there is nothing to predict"):
        from_memory(frame.head(24), target="y")


def test_rows_without_a_target_are_left_out_openly(pets: Path, tmp_path: Path) -> None:
    """The rest is what the table without them is, whatever names rows."""
    there = PETS.age.notna().to_numpy()
    whole = PETS.assign(fold=np.arange(60) % 3)
    rest = whole[there].reset_index(drop=True)
    number = np.cumsum(there) - 1
    pairs = [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))]
    fewer = [[number[part[there[part]]] for part in pair] for pair in pairs]
    weights = np.arange(60.0)
    for options, own in (
        ({}, {}),
        ({"split": "fold"}, {}),
        ({"split": pairs}, {"split": fewer}),
        ({"sample_weight": weights}, {"sample_weight": weights[there]}),
    ):
        found = from_memory(whole, target="age", task="regression", **options)
        expected = from_memory(rest, target="age", task="regression", **{**options, **own})
        assert found.spec == expected.spec
        assert "10 rows left out: the target 'age' is missing there; the first is row 1" in str(
            found.notes
        )
    both = from_memory(PETS, target=["age", "price"])
    assert "the target 'age' is missing" in both.notes[0]
    PETS.head(12).to_csv(tmp_path / "later.csv", index=False)
    tested = from_file(pets, target="kind", test=tmp_path / "later.csv", drop="owner")
    assert tested.sizes.test == 10
    assert "12 rows left out, 2 test rows among them: the target 'kind'" in tested.notes[0]
    with pytest.raises(UserError, match="values to learn from; received none in any row"):
        from_memory(PETS.assign(sold=None), target="sold")


def test_a_table_without_anything_to_predict_from() -> None:
    frame = pd.DataFrame({"a": [1.0] * 12, "b": [None] * 12, "y": ["x", "z"] * 6})
    with pytest.raises(UserError, match="none that varies: a, b"):
        from_memory(frame, target="y")


def test_row_codes_of_parts() -> None:
    strata = np.zeros(10, np.int32)
    given_ = np.array([[TRAIN] * 8 + [TEST] * 2], np.int8)
    assert Parts(strata, ("rows",), 0.25, 0.2, given=given_).sizes.validation == 2
    with pytest.raises(UserError, match="no test rows"):
        Parts(strata, ("rows",), 0.25, 0.2, given=given_[:, :1].repeat(10, axis=1))
