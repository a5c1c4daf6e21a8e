"""Pictures of statements are drawn from their records, whatever these hold."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.report.draw.experiments import draw
from bridle.report.encode import encode
from bridle.report.figures.experiment_captions import alt, caption
from bridle.report.figures.experiments import (
    CorrelationsFigure,
    ExperimentFigure,
    FeaturesFigure,
    LinePanel,
    LinesFigure,
    PairsFigure,
    ReplicateLine,
    SetsFigure,
    WeightSizesFigure,
)

LONG = "dropout(input_rate=0.2,rate=0.5)+max_norm(limit=2)"
SOME = np.array([0.9, np.nan, 0.95])
RECORDS = {
    "pairs": PairsFigure("test accuracy", True, (("a case", LONG, "none", SOME, SOME - 0.1),)),
    "alone": PairsFigure("index", False, (("a case", "l1", "", SOME, np.array([])),) * 6),
    "lines": LinesFigure(
        "units",
        "test error",
        (
            LinePanel(
                "", np.array([1.0, 10.0, 100.0]), (ReplicateLine(LONG, np.stack([SOME, SOME])),)
            ),
        ),
        logarithmic=True,
        percent=True,
    ),
    "weights": WeightSizesFigure(
        (("none", np.array([1e-12, 0.1, 3.0]), 0.0), (LONG, SOME[:1], 1 / 3))
    ),
    "features": FeaturesFigure(2, (("l1", np.zeros((3, 5)), float("nan"), 0.0),) * 4),
    "correlations": CorrelationsFigure((("none", np.eye(3), 0.0), (LONG, np.eye(1), np.nan))),
    "sets": SetsFigure(
        ("moons", "mnist_1d train 1000"), ("l1", "l2"), np.array([[0.0, 0.3], [0.01, 0.0]])
    ),
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_record_is_drawn_and_described(record: ExperimentFigure) -> None:
    content = encode(draw(record), "svg")
    assert b"U+000A" not in content
    assert content == encode(draw(record), "svg")
    assert caption(record)[0].isupper()
    assert alt(record).endswith(".")
