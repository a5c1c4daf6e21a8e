"""X and y of every usual kind: read correctly, or refused with advice that works."""

from __future__ import annotations

import decimal
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import bridle
from bridle.data import from_arrays, open_saved, save
from bridle.data.dataset import Dataset
from bridle.data.examples import further
from bridle.errors import UserError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 3))
Y = np.arange(90) % 3
PRICE = RANDOM.lognormal(size=90)
WORDS = np.array(["low", "mid", "high"])[Y]
FRAME = pd.DataFrame(X, columns=["age", "bmi", "dose"])


def advised(X: Any, y: Any, task: str | None = None) -> tuple[Dataset, list[str]]:
    """Do what the messages say, line by line, until X and y are read."""
    said: list[str] = []
    for _ in range(3):
        try:
            return from_arrays(X, y, task=task), said
        except UserError as error:
            message = str(error)
        found = re.search(r"(?:by|:) ((?:X|y)(?:\[[^=]*\])? = .*?)(?:, or leave .*)?\.?$", message)
        assert found, message
        said.append(message)
        names = {"X": X, "y": y, "numpy": np, "pandas": pd}
        exec(found[1], names)
        X, y = names["X"], names["y"]
    raise AssertionError(said)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (PRICE, 3),
        (PRICE.tolist(), 3),
        (pd.DataFrame({"price": PRICE}), 3),
        (RANDOM.integers(0, 10_000, 90), 3),
        (np.eye(3)[Y], ("0", "1", "2")),
        (np.eye(3)[Y].tolist(), ("0", "1", "2")),
        (pd.get_dummies(pd.Series(WORDS)), ("high", "low", "mid")),
        (pd.get_dummies(pd.qcut(PRICE, 3)), 3),
        (pd.DataFrame({"u": Y, "v": Y}), ("0", "1", "2")),
        (
            pd.to_datetime(["2020-01-01", "2021-01-01"] * 45),
            ("2020-01-01 00:00:00", "2021-01-01 00:00:00"),
        ),
        ([(1, 2), (3, 4)] * 45, ("1", "3")),
        ([1, "a"] * 45, ("1", "a")),
        ([decimal.Decimal(1), decimal.Decimal(2)] * 45, ("1", "2")),
    ],
)
def test_advice_on_labels_is_accepted(y: object, classes: int | tuple[str, ...]) -> None:
    found, said = advised(X, y, "classification")
    assert len(said) == 1
    assert (len(found.classes) if isinstance(classes, int) else found.classes) == classes


@pytest.mark.parametrize(
    ("X", "messages"),
    [
        (X[:, 0], 1),
        (pd.Series(X[:, 0]), 1),
        (np.where(X > 1, np.nan, X), 1),
        (np.where(X > 1, np.nan, X).tolist(), 1),
        (np.column_stack([X, np.full(90, np.nan)]), 1),
        (np.ma.masked_greater(X, 1), 1),
        (X.astype(str), 1),
        (np.column_stack([X.astype(object), WORDS]), 1),
        ([{"a": row[0]} for row in X], 1),
        (X + 1j, 1),
        (np.array(["2020-01-01", "2020-01-05", "2021-01-01"] * 30, "datetime64[D]")[:, None], 1),
        (np.arange(90).astype("timedelta64[h]")[:, None], 1),
        (np.arange(270).reshape(90, 3) + 2**60, 1),
        (RANDOM.normal(size=(90, 2, 2, 2, 2)), 1),
    ],
)
def test_advice_on_examples_is_accepted(X: object, messages: int) -> None:
    found, said = advised(X, Y)
    assert len(said) == messages
    assert len(found.replicate(0, 0).inputs) == 90


def sparse_flags() -> pd.Series[Any]:
    return pd.Series(pd.arrays.SparseArray(np.arange(90) % 2))


@pytest.mark.parametrize(
    ("X", "last"),
    [
        (FRAME.where(FRAME < 1), "dose missing"),
        (FRAME.assign(lost=np.nan), "dose"),
        (FRAME.assign(n=pd.array([1, 2] * 44 + [1, None], dtype="Int64")), "n missing"),
        (FRAME.assign(n=pd.array([True, False] * 44 + [True, None], dtype="boolean")), "n missing"),
        (FRAME.assign(t=pd.date_range("2020", periods=90)), "t cos of week"),
        (FRAME.assign(t=pd.to_timedelta(np.arange(0, 180, 2), unit="h")), "t"),
        (FRAME.assign(t=X[:, 0].astype(str)), "t"),
        (FRAME.assign(t=["?", *X[1:, 0].astype(str)]), "t missing"),
        (FRAME.assign(town=WORDS), "town=mid"),
        (FRAME.assign(town=pd.Series(WORDS, dtype="category")), "town=mid"),
        (FRAME.assign(code=pd.Series(Y, dtype="category")), "code=2"),
        (FRAME.assign(price=pd.cut(PRICE, 3)), "price"),
        (FRAME.assign(flag=sparse_flags()), "flag"),
        (pd.concat({"u": FRAME, "v": FRAME.assign(age=WORDS)}, axis=1), "('v', 'dose')"),
        (
            np.array([tuple(row) for row in zip(X[:, 0], WORDS.astype("S"), strict=True)], "f8,S4"),
            "f1=mid",
        ),
    ],
)
def test_frames_are_prepared(X: Any, last: str) -> None:
    found = from_arrays(X, Y)
    assert found.features[-1] == last
    split = found.replicate(0, 0)
    assert np.isfinite(split.seen(split.test)).all()


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (pd.qcut(PRICE, 3, labels=["low", "mid", "high"]), ("low", "mid", "high")),
        (pd.Series(pd.qcut(PRICE, 3, labels=["low", "mid", "high"])), ("low", "mid", "high")),
        (pd.Categorical(Y, [2, 0, 1, 7], ordered=True), ("2", "0", "1")),
        (pd.Series(Y.astype(float), dtype="category"), ("0", "1", "2")),
        (WORDS.astype("S"), ("high", "low", "mid")),
        (pd.DataFrame({"label": WORDS}), ("high", "low", "mid")),
        (pd.array(WORDS, dtype="string"), ("high", "low", "mid")),
        (np.ma.masked_array(Y), ("0", "1", "2")),
        ([10**400, 3] * 45, ("3", str(10**400))),
    ],
)
def test_labels_keep_their_order_and_text(y: object, classes: tuple[str, ...]) -> None:
    assert from_arrays(X, y).classes == classes


def test_intervals_are_classes_named_as_text() -> None:
    for cut in (pd.cut, pd.qcut):
        for y in (
            cut(X[:, 0], 3),
            pd.Series(cut(X[:, 0], 3)),
            pd.Series(cut(X[:, 0], 3)).astype(object),
        ):
            expected = cut(X[:, 0], 3)
            found = from_arrays(X, y)
            assert found.classes == tuple(map(str, expected.categories))
            np.testing.assert_array_equal(found.replicate(0, 0).targets, expected.codes)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.ma.masked_equal(Y, 2), "missing value in row 2"),
        (np.array(["a", "b", np.nan] * 30), "row 2 of y is missing.*'nan'"),
        (pd.Series(["a", "b", None] * 30), "missing value in row 2"),
        (pd.cut(X[:, 0], [-1, 0, 1]), "missing value"),
        ("abc", "one label for each row; received one str"),
        ({"a": 1}, "received one dict"),
    ],
)
def test_labels_that_are_none(bad: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_arrays(X, bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (pd.concat([FRAME, FRAME], axis=1), "'age' names columns 1, 4"),
        (pd.DataFrame(X, columns=[1, "1", 2]), "'1' names columns 1, 2"),
        (np.ones((90, 3)), "All rows of X are equal"),
        (np.ones((90, 8, 8), np.uint8), "All rows of X are equal"),
        (FRAME[[]], "must hold rows; received no columns"),
        (np.array([[10**400]] * 90, object), "received inf"),
        (FRAME.assign(cell=pd.Series([[1]] * 90)), "Column 'cell' of X must hold numbers, texts"),
    ],
)
def test_examples_that_are_none(bad: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_arrays(bad, Y)


def test_kinds_of_frames_keep_names_and_numbers() -> None:
    same = from_arrays(FRAME, Y)
    structured = FRAME.to_records(index=False)
    sparsely = FRAME.astype(pd.SparseDtype(float))
    for frame in (structured, sparsely, FRAME.astype(object)):
        found = from_arrays(frame, Y)
        assert (found.spec, found.features) == (same.spec, ("age", "bmi", "dose"))


def test_other_libraries_keep_names_and_numbers(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(X, schema=["age", "bmi", "dose"])
    same = from_arrays(FRAME, WORDS)
    for table in (frame, frame.lazy()):
        assert from_arrays(table, polars.Series(WORDS)).spec == same.spec
    assert from_arrays(frame, polars.DataFrame({"y": WORDS})).spec == same.spec
    shuffled = frame.select("dose", "age", "bmi")
    np.testing.assert_array_equal(further(shuffled, same), X.astype(np.float32))
    holey = from_arrays(frame.with_columns(age=polars.Series([1.0, None, *X[2:, 0]])), Y)
    assert holey.features == ("age", "age missing", "bmi", "dose")


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    dataset = from_arrays(FRAME, Y)
    save(dataset, tmp_path)
    expected = X.astype(np.float32)
    for known in (dataset, open_saved(dataset.spec, tmp_path)):
        for table in (
            FRAME,
            FRAME[["dose", "age", "bmi"]],
            X,
            X.tolist(),
            FRAME.to_records(index=False),
        ):
            np.testing.assert_array_equal(further(table, known), expected)
        with pytest.raises(UserError, match="lacks 'age' and also holds 'years'"):
            further(FRAME.rename(columns={"age": "years"}), known)
        with pytest.raises(UserError, match="lacks 'bmi'"):
            further(FRAME[["dose", "age"]], known)
        with pytest.raises(UserError, match=r"also holds 'label'\. Leave them out"):
            further(FRAME.assign(label=WORDS), known)
        with pytest.raises(UserError, match=r"3 features.*shape \(90, 2\)"):
            further(X[:, :2], known)
        with pytest.raises(UserError, match=r"single example: X = numpy.asarray\(X\)\[None\]"):
            further(X[0], known)
    # a data set without names takes columns as they come
    np.testing.assert_array_equal(further(FRAME, from_arrays(X, Y)), expected)


def test_a_few_rows_may_lie_close_together() -> None:
    dataset = from_arrays(X, Y)
    close = 1e6 + np.array([[0.0, 0, 0], [1e-9, 0, 0]])  # too close to train on
    assert further(close, dataset).shape == (2, 3)
    assert further(X[:0], dataset).shape == (0, 3)


@pytest.mark.long
def test_a_study_finds_columns_by_their_names(tmp_path: Path) -> None:
    y = np.where(FRAME["age"] > 0, "yes", "no")
    study = bridle.compare(
        FRAME, y, methods="none", replicates=1, epochs=3, configurations=1, out=tmp_path / "study"
    )
    for again in (study, bridle.Study(study.folder)):
        expected = again.probabilities("none", 0, X)
        shuffled = again.probabilities("none", 0, FRAME[["bmi", "dose", "age"]])
        np.testing.assert_array_equal(shuffled, expected)
        with pytest.raises(UserError, match="lacks 'age'"):
            again.probabilities("none", 0, FRAME.rename(columns={"age": "years"}))


def test_sparse_matrices_are_read_as_dense_ones() -> None:
    dense, found = from_arrays(X, Y), from_arrays(sparse.csr_array(X), sparse.csc_array(Y[:, None]))
    assert found.spec == dense.spec


def test_arrays_with_given_splits() -> None:
    pairs = [(np.arange(60), np.arange(60, 90)), (np.arange(30, 90), np.arange(30))]
    found = from_arrays(X, Y, split=pairs)
    assert (found.design, found.sizes.train, found.sizes.test) == ("overlapping", 48, 30)
    for number, (train, test) in enumerate(pairs):
        split = found.replicate(number, 5)
        assert set(split.test) == set(test)
        assert set(split.train) | set(split.validation) == set(train)
    with pytest.raises(UserError, match="row numbers from 0 to 89"):
        from_arrays(X, Y, split=[([0], [90])])


def test_tensors_are_read_as_arrays() -> None:
    torch = pytest.importorskip("torch")
    plain = from_arrays(X.astype(np.float32), Y)
    tensor = torch.tensor(X.astype(np.float32), requires_grad=True)
    for found in (tensor, tensor.to_sparse()):
        assert from_arrays(found, torch.tensor(Y)).spec == plain.spec
    assert from_arrays(list(tensor), list(torch.tensor(Y))).spec == plain.spec
    with pytest.raises(UserError, match=r"X must be a tensor that NumPy can hold.*no data"):
        from_arrays(tensor.to("meta"), Y)
    rounded = tensor.bfloat16()
    assert from_arrays(rounded, Y).spec == from_arrays(rounded.detach().float().numpy(), Y).spec
