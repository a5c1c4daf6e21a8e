"""The figure of predicted against true values: what it gathers, what it says, and that it draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import r2_score, root_mean_squared_error

from bridle.report import brief, words
from bridle.report.encode import encode
from bridle.report.figures import predictions
from bridle.report.figures.base import NotShownError
from bridle.report.figures.registry import picture
from bridle.tasks import Classification, Regression
from bridle.verdict.answer import Answer, conclude
from bridle.verdict.evidence import Array, Evidence, Predictions
from bridle.verdict.measure import measure_of

METHODS = {"none": 3.0, "l2": 1.0, "dropout": 2.0}


def answer(targets: int = 1, examples: int = 40, replicates: int = 2) -> Answer:
    """What may be said of three methods with errors of known sizes."""
    units = 100.0 ** np.arange(targets)
    truth = [np.random.default_rng(r).normal(size=(examples, targets)) for r in range(replicates)]

    def decided(method: str, replicate: int) -> Array:
        noise = np.random.default_rng(9 + replicate).normal(size=truth[replicate].shape)
        return (truth[replicate] + METHODS[method] * noise) * units

    scores = {m: np.full(replicates, -error) for m, error in METHODS.items()}
    return conclude(
        Evidence(
            name="lines",
            metric="rmse",
            measure=measure_of("rmse"),
            error="loss",
            methods=tuple(METHODS),
            baseline="none",
            design="fresh",
            replicates=replicates,
            scores=scores,
            runs=3 * replicates,
            planned_runs=3 * replicates,
            predictions=Predictions(
                Regression(tuple("abcdef"[:targets])),
                decided,
                lambda replicate: truth[replicate] * units,
                (100, examples),
            ),
        )
    )


def test_one_target_for_every_method() -> None:
    found = answer()
    record = predictions.record(found)
    (row,) = record.rows
    assert [panel.method for panel in row.panels] == ["none", "l2", "dropout"]
    there = found.evidence.predictions
    assert there is not None
    for panel in row.panels:
        assert len(panel.true) == panel.size == 80
        errors = [
            root_mean_squared_error(there.targets(r), there.decided(panel.method, r))
            for r in (0, 1)
        ]
        assert panel.error == f"RMSE {np.mean(errors):.3f}"
        inside = (row.low <= panel.predicted) & (panel.predicted <= row.high)
        assert (~inside).sum() == panel.outside
    text = predictions.caption(record)
    assert "the mean over 2 replicates" in text
    assert "are drawn" not in text


def test_several_targets_for_the_baseline_and_the_best() -> None:
    record = predictions.record(answer(targets=6))
    assert [row.target for row in record.rows] == list("abcd")
    for place, row in enumerate(record.rows):
        assert [panel.method for panel in row.panels] == ["none", "l2"]
        assert row.high - row.low > 100.0**place  # each in its own unit
    text = predictions.caption(record)
    assert "no regularization and the best are shown" in text
    assert "Of 6 targets the first 4 are shown" in text


def test_many_points_are_thinned_and_it_is_said() -> None:
    record = predictions.record(answer(examples=900))
    panel = record.rows[0].panels[0]
    assert len(panel.true) == predictions.POINTS < panel.size == 1800
    text = predictions.caption(record)
    assert "Of 1,800 predictions 500 are drawn" in text
    assert ("Triangles" in text) == any(p.outside for p in record.rows[0].panels)


@pytest.mark.parametrize("targets", [1, 2])
def test_it_draws(targets: int) -> None:
    found = picture("predictions")
    record = predictions.record(answer(targets))
    figure = found.draw(record)
    assert len(encode(figure, found.format)) > 5_000
    assert figure.get_figwidth() <= 11
    assert len([axes for axes in figure.axes if axes.get_visible()]) == (3 if targets == 1 else 4)
    assert found.alt(record).endswith(".")


def test_without_predictions_it_says_why() -> None:
    evidence = replace(answer().evidence, predictions=None)
    with pytest.raises(NotShownError, match="no predictions are available"):
        predictions.record(conclude(evidence))


def test_tasks_declare_which_figures_suit_them() -> None:
    assert Regression.figures ^ Classification.figures == {
        "predictions",
        "data",
        "boundaries",
        "reliability",
        "confusion",
        "changed",
    }
    for name in Regression.figures | Classification.figures:
        assert picture(name).name == name


def test_numbers_that_their_mean_predicts_as_well_are_told() -> None:
    bad = answer()
    there = bad.evidence.predictions
    assert there is not None
    shares = [
        np.mean([r2_score(there.targets(r), there.decided(label, r)) for r in (0, 1)])
        for label in METHODS
    ]
    assert max(shares) < 0
    assert bad.explained == pytest.approx(max(shares))
    said = brief.caution(bad)
    assert said.startswith("No method predicts the test targets better than their own mean does")
    assert f"(R² −{-max(shares):.2f} at best)" in said
    assert said in words.sentences(bad)

    near = replace(there, outputs=lambda label, r: there.targets(r) + 0.1 * there.decided(label, r))
    good = conclude(replace(bad.evidence, predictions=near))
    assert good.explained > 0.9
    assert "own mean" not in " ".join(words.sentences(good)) + brief.caution(good)
