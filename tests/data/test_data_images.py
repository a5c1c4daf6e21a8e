"""Images in either order of their axes and of any range of pixels: read correctly, or refused with advice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import bridle
from bridle.data import from_arrays, load, open_saved, save
from bridle.data.dataset import Dataset
from bridle.data.examples import further
from bridle.data.images import channels
from bridle.errors import UserError

RANDOM = np.random.default_rng(0)
Y = np.arange(90) % 3
DIGITS = load_digits()
IMAGES, LABELS = DIGITS.images[:200], DIGITS.target[:200]


@pytest.mark.parametrize("count", [1, 3, 4])
def test_channels_first_or_last_are_the_same_images(count: int) -> None:
    last = RANDOM.random((60, 6, 5, count))
    first = np.moveaxis(last, -1, 1)
    one, other = from_arrays(last, Y[:60]), from_arrays(first, Y[:60])
    assert one.spec == other.spec
    assert one.shape == other.shape == (6, 5, count)
    assert not one.notes
    (note,) = other.notes
    assert f"{count}×6×5" in note
    assert f"{6}×5×{count}" in note
    for dataset in (one, other):
        for table in (last, first, last.reshape(60, -1)):
            np.testing.assert_array_equal(
                further(table, dataset), last.reshape(60, -1).astype(np.float32)
            )


@pytest.mark.parametrize(
    ("shape", "order"),
    [
        ((28, 28, 1), "last"),
        ((1, 28, 28), "first"),
        ((32, 48, 3), "last"),
        ((3, 32, 48), "first"),
        ((4, 4, 1), "last"),
        ((3, 4, 4), "first"),
        ((64, 64, 12), "last"),
        ((12, 64, 64), "first"),
        ((2, 32, 48), "first"),
        ((32, 48, 10), "last"),
        ((8, 8, 8), None),
        ((3, 3, 3), None),
        ((3, 32, 3), None),
        ((4, 4, 16), None),  # four channels of 4×16, or sixteen of 4×4
    ],
)
def test_which_axis_holds_the_channels(shape: tuple[int, int, int], order: str | None) -> None:
    if order:
        assert channels(shape) == order
    else:
        with pytest.raises(UserError, match="which does not say"):
            channels(shape)
    assert channels(shape, "first") == "first"


SIDE = st.integers(1, 40)


@given(st.tuples(SIDE, SIDE, SIDE))
def test_channels_in_mirrored_shapes_are_at_the_other_end(shape: tuple[int, int, int]) -> None:
    def said(shape: tuple[int, int, int]) -> str | None:
        try:
            return channels(shape)
        except UserError:
            return None

    assert said(shape[::-1]) == {"first": "last", "last": "first", None: None}[said(shape)]


def test_channels_that_the_shape_does_not_tell(tmp_path: Path) -> None:
    cubes = RANDOM.random((60, 8, 8, 8))
    with pytest.raises(UserError, match=r"from_arrays\(X, y, channels='last'\)"):
        from_arrays(cubes, Y[:60])
    with pytest.raises(UserError, match="'first' or 'last'; received 'middle'"):
        from_arrays(cubes, Y[:60], channels="middle")  # type: ignore[arg-type]
    last = from_arrays(cubes, Y[:60], channels="last")
    first = from_arrays(np.moveaxis(cubes, -1, 1), Y[:60], channels="first")
    assert first.spec == last.spec
    np.testing.assert_array_equal(further(cubes, last), cubes.reshape(60, -1).astype(np.float32))
    # further images are read in the order of those that were given
    for dataset in (first, replace_saved(first, tmp_path)):
        np.testing.assert_array_equal(
            further(np.moveaxis(cubes, -1, 1), dataset), further(cubes, last)
        )


def replace_saved(dataset: Dataset, folder: Path) -> Dataset:
    save(dataset, folder)
    return open_saved(dataset.spec, folder)


@pytest.mark.long
def test_channels_first_or_last_give_the_same_bytes_of_results(tmp_path: Path) -> None:
    colours = np.repeat(IMAGES[..., None], 3, 3)
    tables = []
    for name, X in {"last": colours, "first": np.moveaxis(colours, -1, 1)}.items():
        study = bridle.compare(
            X,
            LABELS,
            methods="none",
            widths=8,
            replicates=1,
            epochs=2,
            configurations=1,
            out=tmp_path / name,
        )
        assert len(study.plan.notes) == (name == "first")
        tables.append((study.folder / "results.csv").read_bytes())
    assert tables[0] == tables[1]


def seen(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    dataset = from_arrays(images, LABELS)
    split = dataset.replicate(0, 0)
    return split.seen(np.arange(200, dtype=np.int32))


def test_the_same_pictures_are_seen_alike_whatever_their_type() -> None:
    black = IMAGES > 8
    forms = (
        black,
        black.astype(float),
        black.astype("uint8"),
        black.astype("int64"),
        black * 2.0 - 1,
    )
    for form in (*forms, black.astype("uint8") * 255, black * 255.0, black * 1000):
        np.testing.assert_allclose(seen(form), black.reshape(200, -1), atol=1e-6)
    grey = IMAGES.reshape(200, -1) / 16
    for form in (IMAGES, IMAGES.astype("uint8"), IMAGES / 16, IMAGES * 15.9375, IMAGES / 8 - 1):
        np.testing.assert_allclose(seen(form), grey, atol=1e-6)
    # of the same whole numbers there is one data set
    assert from_arrays(IMAGES, LABELS).spec == from_arrays(IMAGES.astype("uint8"), LABELS).spec
    rows = np.arange(200, dtype=np.int32)
    np.testing.assert_array_equal(seen(IMAGES), load("digits").replicate(0, 0).seen(rows))


def test_a_bright_pixel_does_not_make_all_others_dark() -> None:
    for top, kind in ((1e6, float), (255, np.uint8)):
        spotted = (IMAGES > 8).astype(kind)
        spotted[0, 0, 0] = top
        dataset = from_arrays(spotted, LABELS)
        (note,) = dataset.notes
        assert "each pixel was standardized" in note
        split = dataset.replicate(0, 0)
        assert split.seen(split.train).std() > 0.5


def test_further_images_in_another_range_are_refused() -> None:
    dataset = from_arrays(IMAGES, LABELS)
    with pytest.raises(UserError, match=r"pixels from 0 to 16.*X = X \* 16"):
        further(IMAGES / 16, dataset)
    assert further(np.zeros((1, 8, 8)), dataset).shape == (1, 64)
    with pytest.raises(UserError, match="images of 8×8"):
        further(IMAGES.reshape(200, 16, 4), dataset)
    np.testing.assert_array_equal(further(IMAGES[:, None], dataset), further(IMAGES, dataset))
    with pytest.raises(UserError, match="single example"):
        further(IMAGES[0], dataset)
