"""Figure records against values worked out by hand; every figure drawn for every kind of data."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_rgba_array

from bridle.errors import UserError
from bridle.report.draw.boundaries import finer, painted
from bridle.report.draw.strength import draw as strength_drawing
from bridle.report.encode import encode
from bridle.report.figures import boundaries, curves, data, differences, strength, weights
from bridle.report.figures.base import NotShownError
from bridle.report.figures.registry import EVERY, collect
from bridle.report.palette import VERDICTS
from bridle.study.configurations import Configuration
from tests.report.conftest import Make, reading
from tests.report.invented import GRIDS, around, configurations

SCORES = {
    "none": around(0.895),
    "l1": around(0.9),
    "dropout+l2": around(0.88),
    "early_stopping": around(0.9),
}


def test_data_of_the_plane(make: Make) -> None:
    study = make(SCORES)
    record = data.collect(reading(study))
    assert [(p.title, p.size) for p in record.parts] == [
        ("training", 80),
        ("validation", 20),
        ("test", 10_000),
    ]
    assert len(record.parts[2].points) == data.POINTS
    split = study.dataset.replicate(0, 0)
    np.testing.assert_allclose(record.parts[0].points, split.inputs[split.train])
    assert record.parts[0].counts.sum() == 80
    assert record.images is None


def test_data_of_images(make: Make) -> None:
    record = data.collect(reading(make({"none": around(0.9, replicates=2)}, "digits")))
    assert record.images is not None
    assert record.images.shape == (10, 8, 8, 8)
    assert record.images.min() == 0
    assert record.images.max() == 1
    assert all(len(part.points) == 0 for part in record.parts)


def test_boundaries_need_two_features(make: Make) -> None:
    with pytest.raises(UserError, match="need data with 2 features, and digits has 64"):
        make({"none": around(0.9, replicates=2)}, "digits").figure("boundaries")


def test_boundaries(make: Make) -> None:
    record = boundaries.collect(reading(make(SCORES)))
    assert [s.method for s in record.surfaces] == ["none", "l1", "early_stopping", "dropout+l2"]
    surface = record.surfaces[0]
    n = boundaries.RESOLUTION
    assert surface.probabilities.shape == (boundaries.REPLICATES, n, n, 2)
    study = make(SCORES)
    point = np.array([[record.x[5], record.y[70]]])
    expected = study.probabilities("none", 2, point)[0]
    np.testing.assert_allclose(surface.probabilities[2, 70, 5], expected, rtol=1e-5)


def test_panels_of_boundaries_carry_the_score_of_the_network_they_show(make: Make) -> None:
    """A panel shows one network, so the mean over all replicates would be another network's number."""
    scores = {"none": [0.7, 0.9, 0.92], "l1": [0.8, 0.91, 0.93]}
    record = boundaries.collect(reading(make(scores)))
    assert record.replicate == 0
    assert [s.scores[0] for s in record.surfaces] == pytest.approx([0.7, 0.8])
    assert record.surfaces[1].scores == pytest.approx([0.8, 0.91, 0.93])


def test_all_panels_of_boundaries_show_one_replicate(make: Make) -> None:
    """A diverged run must not put one replicate's network over another's points."""
    nan = np.nan
    late, gone = [nan, 0.91, 0.93], [0.8, nan, nan]
    study = make({"none": [0.7, 0.9, 0.92], "l1": late, "dropout": late, "l2": gone})
    record = boundaries.collect(reading(study))
    assert record.replicate == 1
    assert {s.method: s.scores[0] for s in record.surfaces} == {
        "none": 0.9,
        "l1": 0.91,
        "dropout": 0.91,
    }
    assert {s.replicates[0] for s in record.surfaces} == {1}
    split = study.dataset.replicate(1, study.plan.seed)
    points, labels = record.examples[1]
    np.testing.assert_array_equal(points, split.inputs[split.train].astype(np.float64))
    np.testing.assert_array_equal(labels, split.targets[split.train])
    assert list(record.examples) == [1, 0, 2]  # the one shown first, then those drawn as lines
    assert record.absent == ("l2",)
    assert "Without a result in this replicate: l2." in boundaries.caption(record)


def luminance(color: str) -> float:
    """WCAG 2.1's relative luminance."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("paper", ["#ffffff", "#f5f6f8"])
def test_verdicts_can_be_read(verdict: str, paper: str) -> None:
    """WCAG 2.1 asks for a contrast of 4.5 for text."""
    contrast = (luminance(paper) + 0.05) / (luminance(VERDICTS[verdict]) + 0.05)
    assert contrast >= 4.5


def test_finer_grid_and_paint() -> None:
    p = np.array([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]], np.float32)
    fine = finer(p, 3)
    assert fine.shape == (6, 6, 2)
    np.testing.assert_allclose(fine[0, :, 0], np.linspace(1, 0, 6), atol=1e-6)
    rgb = painted(p, ["#ff0000", "#0000ff"])
    assert rgb[0, 0, 0] == pytest.approx(1)
    assert rgb[0, 1, 2] == pytest.approx(1)
    assert painted(np.full((1, 1, 2), 0.5, np.float32), ["#ff0000", "#0000ff"]).min() > 0.9


def test_band_ends_where_most_runs_have_stopped() -> None:
    nan = np.nan
    values = np.array([[1.0, 3.0, 5.0], [2.0, 4.0, nan], [9.0, nan, nan]])
    b = curves.band(np.array([1.0, 2.0, 3.0]), values)
    assert b.epochs.tolist() == [1, 2]
    assert b.mean.tolist() == [3, 11 / 3]  # the third run keeps its 5
    assert b.low.tolist() == [1, 2]
    assert b.high.tolist() == [5, 5]
    four = curves.band(np.array([1.0]), np.array([[0.0, 1.0, 2.0, 3.0]]))
    assert (four.low[0], four.high[0]) == (0.75, 2.25)


def test_curves(make: Make) -> None:
    record = curves.collect(reading(make(SCORES)))
    by_name = {c.method: c for c in record.curves}
    # loss 1/epoch + 0.01 replicate, replicates 0 to 9
    np.testing.assert_allclose(by_name["l1"].bands["val", "loss"].mean, 1 / np.arange(1, 7) + 0.045)
    assert by_name["early_stopping"].best.tolist() == [3] * 10
    assert len(by_name["l1"].best) == 0
    assert record.baseline is by_name["none"]
    assert not record.log_loss


def test_weights(make: Make) -> None:
    study = make(
        {"none": around(0.9, replicates=2), "l1": around(0.9, replicates=2)}, "breast_cancer"
    )
    record = weights.collect(reading(study))
    none, l1 = record.distributions
    pooled = np.concatenate([study.weights("none", r)["output/kernel"].ravel() for r in (0, 1)])
    np.testing.assert_allclose(none.quantiles, np.quantile(pooled.astype(float), weights.QUANTILES))
    assert (none.zeros, l1.zeros) == (0, 0.5)
    assert (none.count, none.networks) == (60, 2)
    step = record.centers[1] - record.centers[0]
    assert none.density.sum() * step == pytest.approx(1, abs=0.05)
    assert record.place([0.0]) == 0


def test_strength(make: Make) -> None:
    record = strength.collect(reading(make(SCORES)))
    by_name = {t.method: t for t in record.tunings}
    l1 = by_name["l1"]
    assert l1.x.tolist() == [1e-5, 1e-4, 1e-3]
    assert l1.log
    np.testing.assert_allclose(l1.mean, [0.88, 0.9, 0.88])
    assert l1.chosen.tolist() == [0, 10, 0]
    deviation = np.std(around(0.9), ddof=1)
    np.testing.assert_allclose(l1.high - l1.mean, deviation)
    assert record.reference == pytest.approx(0.895)
    (joined,) = record.surfaces
    assert (joined.method, joined.axes) == ("dropout+l2", ("dropout rate", "l2 strength"))
    assert joined.x.tolist() == [0.1, 0.3, 0.5]
    assert joined.y.tolist() == [1e-5, 1e-4, 1e-3]
    tried = np.isfinite(joined.mean)
    np.testing.assert_array_equal(tried, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    assert joined.chosen.sum() == joined.chosen[tried].sum() == 10
    assert by_name["early_stopping"].axis == "patience"
    assert not by_name["early_stopping"].log


def test_bands_of_accuracies_stay_between_none_and_all(make: Make) -> None:
    study = make({"none": [1.0, 0.9, 1.0, 1.0], "l1": [0.06, 0.02, 0.02, 0.02]})
    record = strength.collect(reading(study))
    for tuning in record.tunings:
        assert tuning.low.min() >= 0
        assert tuning.high.max() <= 1


def test_the_path_shows_edges_and_what_refinement_added(make: Make) -> None:
    added = [{**c, "round": 1} for c in configurations("l1", "strength", (1e-6, 1e-2))]
    grids = {"l1": GRIDS["l1"] + added}
    study = make(
        SCORES, grids=grids, chosen={"l1": 4, "none": 0}, changes={"at_edge": {"l1": "strength"}}
    )
    record = strength.collect(reading(study))
    by_name = {t.method: t for t in record.tunings}
    assert by_name["l1"].x.tolist() == [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]
    assert by_name["l1"].added.tolist() == [True, False, False, False, True]
    assert by_name["l1"].edge == 1
    assert by_name["none"].edge == 0  # the study does not warn of it
    said = strength.caption(record)
    assert "settings that refinement added." in said
    assert "the last one tried" in said
    assert "l1 best at strength 0.01, chosen at the edge" in strength.alt(record)
    axes = next(a for a in strength_drawing(record).axes if a.get_title(loc="left") == "◆ l1")
    assert [text.get_text() for text in axes.texts] == ["edge →"]
    faces = {line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "D"}
    assert faces == {"#D55E00", "white"}  # its own marker, hollow where refinement added a setting
    plain = strength.caption(strength.collect(reading(make(SCORES))))
    assert "Hollow" not in plain
    assert "Edge" not in plain


def test_differences(make: Make) -> None:
    record = differences.record(make(SCORES).answer)
    first = record.differences[0]
    assert [d.method for d in record.differences] == ["early_stopping", "l1", "dropout+l2"]
    np.testing.assert_allclose(first.pairs, 0.5)
    assert first.difference == pytest.approx(0.5)
    assert record.margin == pytest.approx(1.05)


def test_names_and_did_you_mean(make: Make) -> None:
    assert {picture.name for picture in EVERY} == {
        "ablation",
        "data",
        "filters",
        "changed",
        "confusion",
        "boundaries",
        "curves",
        "reliability",
        "weights",
        "strength",
        "differences",
        "predictions",
    }
    with pytest.raises(UserError, match="Did you mean 'curves'"):
        make(SCORES).figure("curvs")
    with pytest.raises(UserError, match="nothing was compared with no regularization"):
        make({"l1": around(0.9)}).figure("differences")


@pytest.mark.parametrize(
    "dataset",
    ["spirals(n=90,classes=3)", "digits", "breast_cancer"],
)
def test_every_figure_draws(make: Make, dataset: str) -> None:
    scores = {m: v[:3] for m, v in SCORES.items()}
    asked = reading(make(scores, dataset))
    for picture in EVERY:
        try:
            record = collect(asked, picture)
        except NotShownError:
            continue
        content = encode(picture.draw(record), picture.format)
        assert len(content) > 5_000
        assert picture.caption(record).endswith(".")
        assert picture.alt(record).endswith(".")


def test_many_methods_and_one_replicate_draw(make: Make) -> None:
    labels = [f"dropout(rate=0.{i})+l2(strength=0.000{i})" for i in range(1, 13)]
    grid = [{"hyperparameters": {"dropout.rate": 0.1, "l2.strength": 0.1}, "learning_rate": 0.01}]
    study = make({"none": [0.9]} | {m: [0.9] for m in labels}, grids=dict.fromkeys(labels, grid))
    for name in ("curves", "weights", "differences", "boundaries", "strength"):
        drawn = study.figure(name)
        assert drawn.get_figwidth() <= 11


def test_same_bytes_for_the_same_figure(make: Make) -> None:
    asked = reading(make(SCORES))
    picture = next(p for p in EVERY if p.name == "differences")
    record = picture.collect(asked)
    assert encode(picture.draw(record), "svg") == encode(picture.draw(record), "svg")


def test_importing_the_room_is_light() -> None:
    code = "import sys, bridle.report; print(sorted({'matplotlib', 'jax', 'pandas', 'rich'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_drawing_leaves_matplotlib_as_it_was(make: Make) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    make(SCORES).figure("differences")
    assert dict(mpl.rcParams) == before
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )


def test_strengths_at_several_learning_rates_are_squares_of_one_scale(make: Make) -> None:
    tried = [
        Configuration(hyperparameters={"strength": strength}, learning_rate=rate)
        for rate in (0.001, 0.01)
        for strength in (1e-4, 1e-3, 1e-2)
    ]
    grids = {
        "l1": [
            *tried,
            Configuration(hyperparameters={"strength": 0.1}, learning_rate=0.01, round=1),
        ]
    }
    record = strength.collect(reading(make(SCORES, grids=grids, chosen={"l1": 4})))
    surface = next(s for s in record.surfaces if s.method == "l1")
    assert surface.axes == ("strength", "learning rate")
    assert surface.mean.shape == (2, 4)
    assert np.isnan(surface.mean[0, 3])  # refinement went on at one learning rate alone
    assert surface.added.tolist() == [[False] * 4, [False] * 3 + [True]]
    assert surface.chosen[1, 1] == 10
    panel = next(a for a in strength_drawing(record).axes if a.get_title(loc="left") == "◆ l1")
    shades = to_rgba_array([patch.get_facecolor() for patch in panel.patches])
    assert len(shades) == 7
    darkest = int(np.argmin(shades[:, :3].sum(axis=1)))
    best = np.argmax(surface.mean[np.isfinite(surface.mean)])
    assert darkest == best
