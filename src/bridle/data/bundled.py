"""Small real data sets that come with scikit-learn: nothing to download."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from bridle.data.dataset import Dataset, DatasetKind, Defaults, Inputs, Integers
from bridle.data.overlapping import FRACTIONS, overlapping
from bridle.tasks import Classification

_TABLE = Defaults((64, 64), "relu", batch_size=32, epochs=60, learning_rate=0.001, replicates=20)
_DIGITS = Defaults((128, 64), "relu", batch_size=32, epochs=40, learning_rate=0.005)


@cache
def _read(name: str) -> tuple[Inputs, Integers, tuple[str, ...], tuple[str, ...]]:
    """Return inputs, targets, classes and features of one of scikit-learn's sets."""
    from sklearn import datasets  # importing it takes a second, too long for a list of names

    bunch = getattr(datasets, f"load_{name}")()
    # the grey values of digits are whole numbers from 0 to 16
    kind = np.uint8 if name == "digits" else np.float32
    inputs: Inputs = bunch.data.astype(kind)
    classes = tuple(map(str, bunch.target_names))
    return inputs, bunch.target.astype(np.int32), classes, tuple(map(str, bunch.feature_names))


def _build(name: str, spec: str, arguments: Mapping[str, Any]) -> Dataset:
    inputs, targets, classes, features = _read(name)
    digits = name == "digits"
    return overlapping(
        spec,
        name,
        inputs,
        targets,
        task=Classification(classes),
        features=features,
        shape=(8, 8) if digits else (len(features),),
        defaults=_DIGITS if digits else _TABLE,
        validation=arguments["validation"],
        test=arguments["test"],
        pixels=(0, 16) if digits else None,
    )


def _kind(name: str, summary: str, defaults: Defaults, source: str) -> DatasetKind:
    return DatasetKind(
        name=name,
        summary=summary,
        arguments=FRACTIONS,
        design="overlapping",
        defaults=defaults,
        source=source,
        licence="CC BY 4.0 (UCI)",
        build=partial(_build, name),
    )


KINDS = (
    _kind(
        "digits",
        "1,797 handwritten digits of 8×8 pixels, 10 classes",
        _DIGITS,
        "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI, 1998, "
        "https://archive.ics.uci.edu/dataset/80",
    ),
    _kind(
        "breast_cancer",
        "569 tumours, 30 measurements each, benign or malignant",
        _TABLE,
        "W. Wolberg, O. Mangasarian, N. Street, W. Street: Breast Cancer Wisconsin (Diagnostic), "
        "UCI, 1993, https://archive.ics.uci.edu/dataset/17",
    ),
    _kind(
        "wine",
        "178 wines, 13 chemical measurements each, 3 growers",
        _TABLE,
        "S. Aeberhard, M. Forina: Wine, UCI, 1992, https://archive.ics.uci.edu/dataset/109",
    ),
)
