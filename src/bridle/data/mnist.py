"""MNIST and Fashion-MNIST: 70,000 images of 28×28 grey values, a fixed test set of 10,000."""

from __future__ import annotations

import gzip
import math
import threading
import zlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import (
    Dataset,
    DatasetKind,
    Defaults,
    Integers,
    OrAll,
    Sizes,
    Split,
)
from bridle.data.download import fetch
from bridle.data.preprocessing import rescale
from bridle.data.randomness import generator, relabelled
from bridle.data.splits import stratified
from bridle.domains import Integer, Real
from bridle.errors import UserError
from bridle.signature import Argument
from bridle.tasks import Classification

_TRAIN_IMAGES, _TEST_IMAGES, _SIDE = 60_000, 10_000, 28
_PARTS = (("train", _TRAIN_IMAGES), ("t10k", _TEST_IMAGES))
_DEFAULTS = Defaults(
    (256, 128), "relu", batch_size=128, epochs=8, learning_rate=0.001, replicates=6
)
_FEW = 10_000  # fewer training images than that need smaller batches and more epochs
_DEFAULTS_OF_FEW = replace(_DEFAULTS, batch_size=32, epochs=60, pilot=True)

_FOLDERS = {"mnist": "mnist", "fashion_mnist": "fashion-mnist"}

_MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion_mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
}

_DIGESTS = {
    "mnist": {
        "train-images-idx3-ubyte.gz": (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        "train-labels-idx1-ubyte.gz": (
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte.gz": (
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        "train-labels-idx1-ubyte.gz": (
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    },
}

_CLASSES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ),
}


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of bytes, the format of MNIST.

    The format: two zero bytes, 8 for "unsigned bytes", the number of axes, the length of each axis in
    four bytes (most significant first), then the data, with the last axis fastest.

    Raises:
        UserError: the file is damaged, is not IDX, or its size is not the one that its header states.
    """
    try:
        with gzip.open(path, "rb") as file:
            content = file.read()
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _bad(path, "a gzip file", f"damaged data ({error})") from error
    except EOFError as error:
        raise _bad(path, "a whole gzip file", "one that ends too early") from error
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error}.") from error
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise _bad(path, "an IDX file of bytes, beginning 00 00 08", content[:4].hex(" ") or "none")
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise _bad(path, f"a header of {start} bytes", f"{len(content)} bytes in all")
    shape = tuple(np.frombuffer(content[4:start], ">u4").tolist())
    expected = math.prod(shape)
    if len(content) - start != expected:
        size = "×".join(map(str, shape))
        raise _bad(path, f"{expected} bytes of data ({size})", f"{len(content) - start} bytes")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _bad(path: Path, expected: str, received: str) -> UserError:
    return UserError(
        f"{path} is damaged: expected {expected}; received {received}. Delete it to have it "
        f"downloaded again, or replace it."
    )


@cache
def _read(name: str) -> tuple[NDArray[np.uint8], Integers]:
    """Return all images [70000, 784] and labels [70000], those of the test set last."""
    images: list[NDArray[np.uint8]] = []
    labels: list[NDArray[np.uint8]] = []
    for part, count in _PARTS:
        for kind, shape in (
            ("images-idx3", (count, _SIDE, _SIDE)),
            ("labels-idx1", (count,)),
        ):
            file = f"{part}-{kind}-ubyte.gz"
            urls = [mirror + file for mirror in _MIRRORS[name]]
            path = fetch(_FOLDERS[name], file, _DIGESTS[name][file], urls)
            array = read_idx(path)
            if array.shape != shape:
                raise _bad(path, f"an array of shape {shape}", f"{array.shape}")
            (images if len(shape) > 1 else labels).append(array.reshape(count, -1))
    inputs = np.concatenate(images)
    targets = np.concatenate(labels)[:, 0].astype(np.int32)
    # every replicate and caller shares them
    inputs.setflags(write=False)
    targets.setflags(write=False)
    return inputs, targets


@cache
def _random_labels(name: str, share: float) -> Integers:
    """Return labels [70000] of which a share of all but the test set's is drawn anew, once for all replicates."""
    known, test = np.split(_read(name)[1], [_TRAIN_IMAGES])
    random = generator(0, 0, "random labels")
    drawn = np.concatenate([relabelled(known, share, len(_CLASSES[name]), random), test])
    drawn.setflags(write=False)
    return drawn


_READING = threading.Lock()


def _draw(name: str, random_labels: float, sizes: Sizes, number: int, seed: int) -> Split:
    # read here and not on load: a plan needs no images. Without the lock, two threads
    # could each hold a copy
    with _READING:
        inputs, targets = _read(name)
        if random_labels:
            targets = _random_labels(name, random_labels)
    parts = asdict(sizes)
    del parts["test"]
    train, validation = stratified(
        targets[:_TRAIN_IMAGES], parts, _CLASSES[name], generator(seed, number, "split")
    )
    test = np.arange(_TRAIN_IMAGES, _TRAIN_IMAGES + _TEST_IMAGES, dtype=np.int32)
    shift, scale = rescale(inputs.shape[1], 0, 255)
    return Split(inputs, targets, train, validation, test, shift, scale)


def _build(name: str, spec: str, arguments: Mapping[str, Any]) -> Dataset:
    validation = arguments["validation"]
    rest = _TRAIN_IMAGES - validation
    train = rest if arguments["train"] is None else arguments["train"]
    if train > rest:
        raise UserError(
            f"{name}: train and validation share {_TRAIN_IMAGES} images; received train={train} "
            f"and validation={validation}, {train + validation} together. With this validation, "
            f"train can be at most {rest}."
        )
    return Dataset(
        spec=spec,
        name=name,
        task=Classification(_CLASSES[name]),
        features=tuple(f"pixel_{row}_{column}" for row, column in np.ndindex(_SIDE, _SIDE)),
        shape=(_SIDE, _SIDE),
        design="fixed_test",
        defaults=_DEFAULTS if train >= _FEW else _DEFAULTS_OF_FEW,
        sizes=Sizes(train, validation, _TEST_IMAGES),
        shared=True,
        draw=partial(
            _draw, name, arguments["random_labels"], Sizes(train, validation, _TEST_IMAGES)
        ),
    )


def _kind(name: str, summary: str, source: str, licence: str) -> DatasetKind:
    return DatasetKind(
        name=name,
        summary=summary,
        arguments=(
            Argument("train", OrAll(Integer(10, 59_990)), None, "training images, drawn anew"),
            Argument("validation", Integer(10, 59_990), 6000, "of the 60,000, drawn anew"),
            Argument(
                "random_labels",
                Real(0, 1),
                0.0,
                "share of the 60,000 labels that is drawn at random",
                silent=True,
            ),
        ),
        design="fixed_test",
        defaults=_DEFAULTS,
        source=source,
        licence=licence,
        build=partial(_build, name),
    )


KINDS = (
    _kind(
        "mnist",
        "70,000 handwritten digits of 28×28 pixels, 10 classes",
        "Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits, 1998",
        "CC BY-SA 3.0",
    ),
    _kind(
        "fashion_mnist",
        "70,000 pictures of clothes of 28×28 pixels, 10 classes",
        "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, 2017, https://arxiv.org/abs/1708.07747",
        "MIT",
    ),
)
