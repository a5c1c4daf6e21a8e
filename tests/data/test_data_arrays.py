from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.datasets import load_iris

from bridle.data import from_arrays, load, open_saved, save
from bridle.data.dataset import Split
from bridle.errors import UserError

X, Y = load_iris(return_X_y=True)
RANDOM = np.random.default_rng(0)


def same(one: Split, two: Split) -> bool:
    return all(np.array_equal(getattr(one, field), getattr(two, field)) for field in vars(one))


def test_a_table_becomes_a_data_set() -> None:
    dataset = from_arrays(X, Y, name="iris")
    assert (dataset.name, dataset.design, dataset.shape) == ("iris", "overlapping", (4,))
    assert dataset.classes == ("0", "1", "2")
    assert dataset.features == ("feature_0", "feature_1", "feature_2", "feature_3")
    split = dataset.replicate(0, 0)
    np.testing.assert_array_equal(split.inputs, X.astype(np.float32))
    np.testing.assert_array_equal(split.targets, Y)
    assert np.bincount(Y[split.test]).tolist() == [10, 10, 10]
    np.testing.assert_allclose(split.seen(split.train).mean(axis=0), 0, atol=1e-5)
    assert dataset.replicate(5, 0).inputs is split.inputs
    assert same(split, dataset.replicate(0, 0))


def test_frames_keep_their_names() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"]).assign(e=Y > 1, f=pd.array(Y, "Int64"))
    dataset = from_arrays(frame, pd.Series(Y).map({0: "setosa", 1: "versicolor", 2: "virginica"}))
    assert dataset.features == ("a", "b", "c", "d", "e", "f")
    assert dataset.classes == ("setosa", "versicolor", "virginica")


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (Y.tolist(), ("0", "1", "2")),
        (Y.astype(float), ("0", "1", "2")),
        (Y[:, None], ("0", "1", "2")),
        (Y > 0, ("False", "True")),
        (Y * 10 - 5, ("-5", "5", "15")),
        (Y + 2**60, tuple(str(2**60 + label) for label in range(3))),
        (np.array(["b", "c", "a"])[Y], ("a", "b", "c")),
        (pd.Series(np.array(["b", "c", "a"])[Y], dtype="category"), ("a", "b", "c")),
    ],
)
def test_labels_of_any_kind(y: object, classes: tuple[str, ...]) -> None:
    assert from_arrays(X, y).classes == classes


def test_images_of_bytes_stay_bytes() -> None:
    images = RANDOM.integers(0, 256, (60, 5, 4, 3)).astype(np.uint8)
    dataset = from_arrays(images, np.arange(60) % 3)
    split = dataset.replicate(0, 0)
    assert split.inputs.dtype == np.uint8
    assert dataset.shape == (5, 4, 3)
    assert dataset.features[:4] == ("pixel_0_0_0", "pixel_0_0_1", "pixel_0_0_2", "pixel_0_1_0")
    np.testing.assert_array_equal(split.inputs, images.reshape(60, -1))
    np.testing.assert_array_equal(split.scale, np.float32(1 / 255))


def test_the_callers_arrays_stay_as_they_were() -> None:
    mine, labels = X.astype(np.float32), Y.astype(np.int32)
    from_arrays(mine, labels)
    assert mine.flags.writeable
    assert labels.flags.writeable
    odd = np.array([[1, None], [2, 3]], dtype=object)
    with pytest.raises(UserError, match="missing"):
        from_arrays(odd, [0, 1])
    assert odd[0, 1] is None


def with_entry(value: float | str, row: int = 7, column: int = 2) -> npt.NDArray[Any]:
    changed: npt.NDArray[Any] = X.astype(object) if isinstance(value, str) else X.copy()
    changed[row, column] = value
    return changed


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (with_entry(np.nan), r"missing value \(NaN\) in row 7, column 'feature_2'\. Fill"),
        (
            np.where([[1, 0, 0, 1]] * 150, np.nan, X),
            r"column 'feature_0' \(300 such entries in all\)",
        ),
        (np.ma.masked_invalid(with_entry(np.nan)), "missing value .* in row 7, column 'feature_2'"),
        (with_entry(np.inf), "received inf in row 7, column 'feature_2'"),
        (with_entry(1e35), r"received 1e\+35 in row 7"),
        (with_entry("tall"), r"received 'tall' \(str\) in row 7, column 2"),
        (X[:, 0], r"reshape\(-1, 1\)"),
        (X[:0], r"received shape \(0, 4\)"),
        (X[:, :0], r"received shape \(150, 0\)"),
        (X[:149], "150 in y|149 in X and 150 in y"),
        (np.float64(3), "row for each example"),
        ([[1, 2], [1, 2, 3]], "row 0 has 2 entries and row 1 has 3"),
        (X + 0j, "must hold numbers"),
        (
            csr_array((10**6, 10**6)),
            "at most 2 GB once it is dense; received 1,000,000 × 1,000,000",
        ),
        (X * 1e-3 + 1.7e9, "Column 'feature_0' of X varies too little"),
        (pd.DataFrame(with_entry(np.inf), columns=list("abcd")), "Column 'c' of X .* inf in row 7"),
    ],
)
def test_bad_examples_are_named(bad: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_arrays(bad, Y)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros(150), "at least two classes; received only 0.0"),
        (np.eye(3)[Y], r"one-hot.*argmax"),
        (np.zeros((150, 2, 2)), "one label for each row"),
        (Y + 0.5, "received 0.5, not a whole number, in row 0.*cut"),
        (np.where(Y > 1, np.inf, Y), "received inf"),
        (np.where(Y > 1, np.nan, Y), "missing value in row 100"),
        (["a"] * 149 + [None], "missing value in row 149"),
        (pd.array([1] * 149 + [None], "Int64"), "missing value in row 149"),
        (["a"] * 149 + [1], "received 'a' in row 0 and 1 in row 149"),
        (
            [1] * 149 + [b"a"],
            r"must not mix numbers and words; received 1 in row 0 and 'a' in row 149",
        ),
        ([0] * 148 + [1] * 2, "Class '1' has 2 rows.*train, validation, test needs at least 3"),
        ([f"class {row}" for row in range(150)], "Class 'class 0' has 1 row"),
    ],
)
def test_bad_labels_are_named(bad: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_arrays(X, bad)


def test_fractions_are_checked() -> None:
    with pytest.raises(UserError, match=r"arrays\.test must be a number greater than 0"):
        from_arrays(X, Y, test=0)
    with pytest.raises(UserError, match="add up to less than 1"):
        from_arrays(X, Y, test=0.5, validation=0.6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(15, 60), st.integers(1, 5), st.integers(2, 3))
def test_saved_sets_come_back(
    tmp_path_factory: pytest.TempPathFactory, seed: int, n: int, d: int, classes: int
) -> None:
    folder = tmp_path_factory.mktemp("study")
    random = np.random.default_rng(seed)
    words = np.array([f"class {label}" for label in range(classes)])
    y = words[np.arange(n) % classes]
    dataset = from_arrays(random.normal(size=(n, d)), y, validation=0.25, name="mine")
    path = save(dataset, folder)
    for again in (open_saved(dataset.spec, folder), load(dataset.spec, folder)):
        assert again == dataset
        assert same(again.replicate(3, 1), dataset.replicate(3, 1))
    digest = dataset.spec.split("=x")[1][:12]
    assert path == folder / f"arrays-{digest}.safetensors"
    assert sorted(file.name for file in folder.iterdir()) == [
        f"arrays-{digest}.json",
        f"arrays-{digest}.safetensors",
    ]


def test_the_digest_names_the_content() -> None:
    digest = from_arrays(X, Y).spec[:30]
    assert digest.startswith("arrays(sha256=x")
    assert from_arrays(X.tolist(), Y.tolist(), test=0.3, name="other").spec[:30] == digest
    changed = X.copy()
    changed[0, 0] += 1
    assert from_arrays(changed, Y).spec[:30] != digest
    assert from_arrays(pd.DataFrame(X, columns=list("abcd")), Y).spec[:30] != digest
    assert from_arrays(X, Y[::-1]).spec[:30] != digest


def test_other_fractions_of_saved_rows(tmp_path: Path) -> None:
    dataset = from_arrays(X, Y)
    save(dataset, tmp_path)
    digest = dataset.spec.split("=")[1].split(",")[0]
    assert load(f"arrays(sha256={digest},test=0.4)", tmp_path).sizes.test == 60


def test_named_sets_need_no_file(tmp_path: Path) -> None:
    assert save(load("moons"), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    dataset = from_arrays(X, Y)
    with pytest.raises(UserError, match="Name the folder where they were saved"):
        load(dataset.spec)
    with pytest.raises(UserError, match=r"arrays-.*safetensors is missing"):
        load(dataset.spec, tmp_path)
    path = save(dataset, tmp_path)
    assert path
    about = path.with_suffix(".json")
    good = about.read_text()
    about.write_text(json.dumps(json.loads(good) | {"classes": ["x", "y", "z"]}))
    with pytest.raises(UserError, match="does not have its digest"):
        load(dataset.spec, tmp_path)
    about.write_text(good[:30])
    with pytest.raises(UserError, match=r"Cannot read .*JSONDecodeError"):
        load(dataset.spec, tmp_path)
    about.write_text(good)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=r"Cannot read .*SafetensorError"):
        load(dataset.spec, tmp_path)
    about.unlink()
    with pytest.raises(UserError, match="json is missing"):
        load(dataset.spec, tmp_path)


def test_save_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("bridle.data.stored.os.replace", fail)
    with pytest.raises(UserError, match="disk full"):
        save(from_arrays(X, Y), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_open_saved_wants_arrays(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was never saved"):
        open_saved("moons", tmp_path)
    with pytest.raises(UserError, match="an x followed by 12 hexadecimal digits"):
        open_saved("arrays(sha256=123456789012)", tmp_path)
