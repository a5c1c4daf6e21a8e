from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from bridle.data import load, mnist
from bridle.errors import UserError


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def test_idx_round_trip(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5))
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(idx(array)))
    np.testing.assert_array_equal(mnist.read_idx(path), array)


GOOD = idx(np.arange(24).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(GOOD[:-1], mtime=0), "expected 24 bytes of data .2×3×4.; received 23 bytes"),
        (
            gzip.compress(GOOD + b"!", mtime=0),
            "expected 24 bytes of data .2×3×4.; received 25 bytes",
        ),
        (gzip.compress(GOOD[:9], mtime=0), "expected a header of 16 bytes; received 9 bytes"),
        (
            gzip.compress(b"\0\0\x0d\1" + GOOD[4:], mtime=0),
            "beginning 00 00 08; received 00 00 0d 01",
        ),
        (gzip.compress(b"", mtime=0), "beginning 00 00 08; received none"),
        (gzip.compress(GOOD, mtime=0)[:-9], "a whole gzip file; received one that ends too early"),
        (
            gzip.compress(GOOD, mtime=0)[:-8] + b"12345678",
            "expected a gzip file; received damaged data",
        ),
        (GOOD, "expected a gzip file; received damaged data"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "train-images.gz"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        mnist.read_idx(path)
    assert str(path) in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Cannot read .*nothing.gz"):
        mnist.read_idx(tmp_path / "nothing.gz")


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_real_images(name: str, real_images: Path) -> None:
    dataset = load(name)
    split = dataset.replicate(0, 1)
    assert split.inputs.shape == (70_000, 784)
    assert split.inputs.dtype == np.uint8
    assert (dataset.design, dataset.shape, dataset.shared) == ("fixed_test", (28, 28), True)
    assert np.array_equal(split.test, np.arange(60_000, 70_000))
    drawn = np.concatenate([split.train, split.validation])
    assert np.array_equal(np.sort(drawn), np.arange(60_000))
    whole = np.bincount(split.targets[:60_000])
    part = np.bincount(split.targets[split.validation])
    assert np.abs(part - whole / 10).max() < 2
    assert split.seen(split.test[:100]).max() == pytest.approx(1)
    other = dataset.replicate(1, 1)
    assert other.inputs is split.inputs
    assert not np.array_equal(other.validation, split.validation)
    # the published counts of the test sets
    zeros, ones = np.bincount(split.targets[split.test])[:2]
    assert (zeros, ones) == ((980, 1135) if name == "mnist" else (1000, 1000))


def test_a_few_training_images(real_images: Path) -> None:
    dataset = load("mnist(train=500,validation=1000)")
    split = dataset.replicate(0, 0)
    assert (len(split.train), len(split.validation)) == (500, 1000)
    assert not set(split.train) & set(split.validation)
    whole = np.bincount(split.targets[:60_000]) * 500 / 60_000
    assert np.abs(np.bincount(split.targets[split.train]) - whole).max() < 2


@pytest.mark.parametrize(("train", "few"), [(200, True), (9_999, True), (10_000, False)])
def test_few_training_images_get_small_batches_and_as_many_epochs_as_they_need(
    train: int, few: bool
) -> None:
    own = load(f"mnist(train={train})").defaults
    assert own.pilot == few
    assert (own.batch_size, own.epochs) == ((32, 60) if few else (128, 8))


def test_copied_file_that_is_damaged(
    real_images: Path, forget_images: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own" / "mnist"
    own.mkdir(parents=True)
    (own / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(GOOD))
    monkeypatch.setenv("BRIDLE_DATA", str(own.parent))
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte\.gz is not the original"):
        load("mnist").replicate(0, 0)


def test_loading_by_name_reads_nothing(forget_images: None) -> None:
    assert load("mnist").sizes.train == 54_000
