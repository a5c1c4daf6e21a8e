"""Images of one's own: folders of class folders, and NumPy's files of arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.parts import PARTS, TEST, TRAIN, of_codes
from bridle.errors import Unquoted, UserError, listed_names

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
"""Endings of the names of images."""

_EXAMPLES = ("X", "x", "data", "images", "inputs", "features", "arr_0")
_TARGETS = ("y", "labels", "label", "targets", "target", "classes", "arr_1")
_PAIRS = (("x_train", "x_test"), ("X_train", "X_test"), ("train_images", "test_images"))
_PAIRS_OF_TARGETS = (("y_train", "y_test"), ("train_labels", "test_labels"))


@dataclass(frozen=True, eq=False)
class Pictures:
    """Examples and targets, and how they are split.

    Attributes:
        X: of images [n, height, width] if all are grey, otherwise [n, height, width, 3].
        y: [n], their classes or numbers.
        split: as `bridle.data.from_arrays` takes it; None if splits are to be drawn.
        notes: sentences on what was done.
    """

    X: NDArray[Any]
    y: Any
    split: Any = None
    notes: tuple[str, ...] = ()


def of_folder(folder: Path, test: Path | None = None) -> Pictures:
    """Read images from a folder that holds a folder for each class, or folders train and test that do.

    Args:
        folder: the folder.
        test: another folder, whose images are the test images.

    Raises:
        UserError: there are none, one cannot be read, or they differ in size; the message names the file.
    """
    parts = _parts(folder) if test is None else {TRAIN: folder, TEST: test}
    found = [(*file, code) for code, part in parts.items() for file in _files(part)]
    X = _read([path for path, _, _ in found])
    y = [name for _, name, _ in found]
    if TEST not in parts:
        return Pictures(X, y)
    codes = np.array([code for _, _, code in found])
    note = f"The images of {parts[TEST]} are the test images of every replicate."
    return Pictures(X, y, of_codes(codes[None]), (note,))


def _parts(folder: Path) -> dict[int, Path]:
    """Return the folders of a split by the code of their part; the folder itself if it holds none for testing."""
    inside = {PARTS.get(path.name.lower(), 0): path for path in _folders(folder)}
    whole = 0 in inside or not {TRAIN, TEST} <= set(inside)
    return {TRAIN: folder} if whole else dict(sorted(inside.items()))


def _files(folder: Path) -> list[tuple[Path, str]]:
    """Return the images of a folder of class folders, each with its class."""
    classes = _folders(folder)
    files = [(path, of.name) for of in classes for path in _images(of)]
    if len({name for _, name in files}) < 2:
        there = f"folders {listed_names(p.name for p in classes)}" if classes else "no folders"
        loose = len(_images(folder))
        raise UserError(
            argument=f"{folder}",
            verb="hold",
            expected="a folder of images (PNG, JPEG) for each of two classes or more",
            received=Unquoted(f"{there}, {loose} images beside them" if loose else there),
            advice="A table is named by its file, such as data.csv.",
        )
    return files


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError as error:
        raise UserError(f"Cannot read the folder {folder}: {error.strerror}.") from None


def _read(files: Sequence[Path]) -> NDArray[np.uint8]:
    """Return images [n, height, width] if all are grey, otherwise [n, height, width, 3]."""
    grey = all(_mode(path) in ("1", "L") for path in files)
    first = _pixels(files[0], grey)
    found = np.empty((len(files), *first.shape), np.uint8)
    for at, path in enumerate(files):
        pixels = _pixels(path, grey)
        if pixels.shape != first.shape:
            raise UserError(
                argument=f"The image {path}",
                verb="have",
                expected=f"the size of {files[0].name}, {_size(first)}",
                received=Unquoted(_size(pixels)),
                advice="Bring all images to one size first, such as by mogrify -resize '32x32!'.",
            )
        found[at] = pixels
    return found


def _images(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.iterdir() if p.suffix.lower() in ENDINGS and not p.name.startswith(".")
    )


def _mode(path: Path) -> str:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return str(image.mode)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _broken(path, error) from None


def _pixels(path: Path, grey: bool) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L" if grey else "RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> UserError:
    said = str(error).partition("\n")[0].rstrip(".")
    return UserError(f"The image {path} cannot be read: {said}. Replace it, or take it away.")


def _size(pixels: NDArray[np.uint8]) -> str:
    return "×".join(map(str, pixels.shape[:2]))


def of_npz(path: Path) -> Pictures:
    """Read examples and targets from a file of named arrays, `X` and `y` or other usual names.

    Raises:
        UserError: it is no such file, or has no such arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        said = str(error).partition("\n")[0].rstrip(".")
        raise UserError(f"{path.name} cannot be read as NumPy's file of arrays: {said}.") from None
    X, y = _first(arrays, _EXAMPLES), _first(arrays, _TARGETS)
    if X is not None and y is not None:
        return Pictures(X, y)
    pair, targets = _both(arrays, _PAIRS), _both(arrays, _PAIRS_OF_TARGETS)
    if pair is not None and targets is not None and pair[0].shape[1:] == pair[1].shape[1:]:
        note = f"The training and test examples of {path.name} were joined; every replicate splits them anew."
        y = np.concatenate([t.reshape(-1) for t in targets])
        return Pictures(np.concatenate(pair), y, notes=(note,))
    there = [f"{name} {'×'.join(map(str, array.shape))}" for name, array in arrays.items()]
    raise UserError(
        argument=path.name,
        verb="hold",
        expected="arrays named X, the examples, and y, their targets",
        received=Unquoted(listed_names(there) or "none"),
        advice="From Python: bridle.compare(X, y).",
    )


def _first(arrays: dict[str, NDArray[Any]], names: Sequence[str]) -> NDArray[Any] | None:
    return next((arrays[name] for name in names if name in arrays), None)


def _both(
    arrays: dict[str, NDArray[Any]], pairs: Sequence[tuple[str, str]]
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    found = next((pair for pair in pairs if pair[0] in arrays and pair[1] in arrays), None)
    return None if found is None else (arrays[found[0]], arrays[found[1]])
