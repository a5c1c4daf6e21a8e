"""Figures of image data: first-layer weights, changed examples, and confusion matrices, against values by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.errors import UserError
from bridle.metrics.contributions import probabilities
from bridle.report.encode import encode
from bridle.report.figures import changed, filters
from bridle.report.figures.registry import EVERY, picture
from tests.report.conftest import Make, reading
from tests.report.invented import Invented, around

SCORES = {name: around(mean, replicates=2) for name, mean in (("none", 0.8), ("l1", 0.85))}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    return Invented(tmp_path_factory.mktemp("study"), "digits", SCORES)


def test_first_layer_weights_are_images(digits: Invented) -> None:
    record = filters.collect(reading(digits))
    assert [(one.method, one.replicate, one.units) for one in record.methods] == [
        ("none", 0, 10),
        ("l1", 0, 10),
    ]
    kernel = digits.weights("none", 0)["output/kernel"]
    largest = int(np.argmax((kernel**2).sum(axis=0)))
    shown = record.methods[0].images
    assert shown.shape == (10, 8, 8, 1)
    np.testing.assert_array_equal(shown[0, :, :, 0], kernel[:, largest].reshape(8, 8))
    assert (np.abs(shown) <= record.limit).mean() > 0.98
    # half of the inputs have no weight under l1: the upper rows of pixels
    assert not record.methods[1].images[:, :4].any()


def test_changed_examples(digits: Invented) -> None:
    record = changed.collect(reading(digits))
    none, l1 = record.methods
    assert (none.method, none.better, l1.method, record.replicate) == ("none", (), "l1", 0)
    split = digits.dataset.replicate(0, 0)
    truth = split.targets[split.test]
    before, after = (probabilities(digits.predictions(name, 0)["test"]) for name in ("none", "l1"))
    rows = np.arange(len(truth))
    change = after[rows, truth] - before[rows, truth]
    best = int(change.argmax())
    first = l1.better[0]
    assert first.change == pytest.approx(change[best])
    assert (first.true, first.before, first.after) == (
        str(truth[best]),
        str(before[best].argmax()),
        str(after[best].argmax()),
    )
    inputs = split.inputs[split.test[best]].reshape(8, 8)
    np.testing.assert_allclose(first.image, inputs / split.inputs[split.test].max())
    assert len(l1.better) == len(l1.worse) == changed.SHOWN
    assert [one.change for one in l1.worse] == sorted(change)[: changed.SHOWN]
    assert all(one.true != one.after and not one.before for one in none.worse)


@pytest.mark.parametrize("name", ["filters", "changed", "confusion"])
def test_they_are_drawn_and_described(digits: Invented, name: str) -> None:
    one = picture(name)
    record = one.collect(reading(digits))
    assert encode(one.draw(record), one.format)
    assert len(one.caption(record)) > 40
    assert "l1" in one.alt(record)


@pytest.mark.parametrize("name", ["filters", "changed"])
def test_other_data_have_none(name: str, make: Make) -> None:
    with pytest.raises(UserError, match=f"no figure {name!r}: moons holds no images"):
        make(SCORES).figure(name)


def test_every_figure_has_one_name() -> None:
    assert len({one.name for one in EVERY}) == len(EVERY)
