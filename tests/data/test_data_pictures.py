"""Folders of class folders and files of arrays as data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bridle.data import load, save
from bridle.data.intake import from_file
from bridle.errors import UserError

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (24, 6, 5), np.uint8)
COLOUR = RANDOM.integers(0, 256, (24, 6, 5, 3), np.uint8)
LABELS = ["cat", "dog"] * 12


def _folder(place: Path, images: np.ndarray) -> Path:
    for at, (pixels, label) in enumerate(zip(images, LABELS, strict=True)):
        (place / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / label / f"{at:02}.png")
    (place / ".cache").mkdir(exist_ok=True)
    return place


@pytest.mark.parametrize("images", [GREY, COLOUR], ids=["grey", "colour"])
def test_a_folder_for_each_class(images: np.ndarray, tmp_path: Path) -> None:
    found = from_file(_folder(tmp_path / "pets", images))
    assert (found.name, found.classes) == ("pets", ("cat", "dog"))
    assert found.shape == images.shape[1:]
    assert found.rows.typed == (str(tmp_path / "pets"),)
    expected = np.concatenate([images[::2], images[1::2]]).reshape(24, -1)
    np.testing.assert_array_equal(found.replicate(0, 0).inputs, expected)
    save(found, tmp_path / "study")
    assert load(found.spec, tmp_path / "study").rows.typed == found.rows.typed


def test_folders_for_training_and_testing(tmp_path: Path) -> None:
    """Named apart, or found inside one folder: the test images are the same in every replicate."""
    _folder(tmp_path / "pets" / "Train", GREY)
    test = _folder(tmp_path / "pets" / "test", GREY[::-1])
    inside = from_file(tmp_path / "pets")
    apart = from_file(tmp_path / "pets" / "Train", test=test)
    assert inside.spec == apart.spec
    assert (inside.design, vars(inside.sizes)) == (
        "fixed_test",
        {"train": 19, "validation": 5, "test": 24},
    )
    assert "test are the test images" in inside.notes[0]
    save(inside, tmp_path / "study")
    again = load(inside.spec, tmp_path / "study")
    for number in range(2):
        one, other = inside.replicate(number, 0), again.replicate(number, 0)
        assert set(one.test) == set(range(24, 48))
        np.testing.assert_array_equal(one.train, other.train)
        np.testing.assert_array_equal(one.inputs, other.inputs)
    _folder(tmp_path / "pets" / "val", GREY)
    assert from_file(tmp_path / "pets").sizes.validation == 24
    with pytest.raises(UserError, match=r"Cannot read the folder .*nothing"):
        from_file(tmp_path / "pets" / "Train", test=tmp_path / "nothing")


def test_mistakes_of_folders(tmp_path: Path) -> None:
    pets = _folder(tmp_path / "pets", GREY)
    with pytest.raises(UserError, match=r"--target|target= goes with a table"):
        from_file(pets, target="y")
    Image.fromarray(COLOUR[0, :4]).save(pets / "dog" / "odd.png")
    with pytest.raises(
        UserError, match=r"odd\.png must have the size of 00\.png, 6×5; received 4×5"
    ):
        from_file(pets)
    (pets / "dog" / "odd.png").write_bytes(b"\x89PNG no")
    with pytest.raises(UserError, match=r"odd\.png cannot be read: .*Replace it"):
        from_file(pets)
    for empty in (tmp_path / "none", tmp_path / "pets" / "cat"):
        empty.mkdir(exist_ok=True)
        with pytest.raises(UserError, match=r"a folder of images \(PNG, JPEG\) for each"):
            from_file(empty)
    (tmp_path / "none" / "study.json").write_text("{}")
    with pytest.raises(UserError, match="is a study"):
        from_file(tmp_path / "none")


def test_files_of_arrays(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, X=GREY, y=LABELS)
    found = from_file(path)
    assert (found.name, found.classes, found.shape) == ("data", ("cat", "dog"), (6, 5))
    np.savez(path, x_train=GREY[:20], y_train=LABELS[:20], x_test=GREY[20:], y_test=LABELS[20:])
    both = from_file(path)
    assert both.spec == found.spec
    assert "were joined" in both.notes[0]
    np.savez(path, a=GREY)
    with pytest.raises(UserError, match=r"arrays named X.*received a 24×6×5"):
        from_file(path)
    np.savez(path, X=np.array([{}] * 3), y=[1, 2, 3])
    with pytest.raises(UserError, match=r"data\.npz cannot be read"):
        from_file(path)
    path.write_bytes(b"PK")
    with pytest.raises(UserError, match=r"data\.npz cannot be read"):
        from_file(path)
    path.unlink()
    with pytest.raises(UserError, match="There is no file"):
        from_file(path)
