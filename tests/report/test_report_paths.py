"""Every setting of every method, from no regularization to the strongest."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.data import load
from bridle.report.figures import confusion, paths
from bridle.report.figures.planes import plane
from tests.report.conftest import Make, reading
from tests.report.invented import around, configurations


def test_stops_go_from_no_regularization_to_the_strongest_setting(make: Make) -> None:
    rates = configurations("none", None, (0.01, 0.1))
    study = make({"none": around(0.9), "early_stopping": around(0.9)}, grids={"none": rates})
    found = paths.collect(reading(study))
    (path,) = (path for path in found.paths if path.method == "early_stopping")
    assert path.rates == (0.01,)
    stops = [found.settings[place] for place in path.stops[0]]
    # a longer patience is nearer to none: its neutral value is infinite
    assert [(s.method, s.text) for s in stops] == [
        ("none", ""),
        *(("early_stopping", f"patience {patience}") for patience in (5, 3, 1)),
    ]
    assert stops[path.start[1]].chosen == 10
    (none,) = (path for path in found.paths if path.method == "none")
    assert none.rates == (0.01, 0.1)
    assert [[found.settings[place].rate for place in own] for own in none.stops] == [[0.01], [0.1]]


def test_a_setting_holds_all_replicates_and_the_first_ones_network(make: Make) -> None:
    study = make({"none": [0.9, 0.8, 0.7], "l1": [0.8, 0.9, 0.8]})
    found = paths.collect(reading(study))
    (shown,) = found.shown
    assert shown.replicate == 0
    (place,) = (i for i, s in enumerate(found.settings) if s.method == "l1" and s.chosen == 3)
    setting, weights, surface = found.settings[place], shown.weights[place], shown.surfaces[place]
    np.testing.assert_allclose(setting.scores[2], [0.8, 0.9, 0.8])
    (mean, low, high), own = (
        setting.traces[1],
        shown.traces[place, 1],
    )  # validation loss: 1 / epoch + 0.01 · replicate
    np.testing.assert_allclose(own, 1 / np.arange(1, 7))
    np.testing.assert_allclose(
        [mean - own, low - own, high - own], np.outer([0.01, 0, 0.02], np.ones(6)), atol=1e-12
    )
    assert weights is not None
    assert weights.zeros == 0.5
    assert weights.density.sum() == pytest.approx(0.5)
    assert surface is not None
    assert surface.shape == (paths.SIDE, paths.SIDE, 2)
    np.testing.assert_allclose(surface.sum(axis=-1), 1)


def test_other_replicates_are_shown_where_all_weights_are_kept(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make({"none": [0.9, 0.8, 0.7], "l1": [0.8, 0.9, 0.8]}, keep="all")
    found = paths.collect(reading(study))
    assert [one.replicate for one in found.shown] == [0, 1, 2]
    for one in found.shown:
        np.testing.assert_allclose(one.traces[4, 1], 1 / np.arange(1, 7) + 0.01 * one.replicate)
        split = study.dataset.replicate(one.replicate, 0)
        assert one.plane is not None
        np.testing.assert_allclose(one.plane.points, split.inputs[split.train])
        assert one.surfaces[4] is not None
        corner = np.array([[one.plane.x[0], one.plane.y[0]]])
        label, place = "l1", 1
        assert found.settings[4].method == label
        expected = study.asked(label, one.replicate, place, split.prepared(corner))
        np.testing.assert_allclose(one.surfaces[4][0, 0], expected[0], rtol=1e-4)
    assert "others, up to replicate 2, can be chosen" in paths.caption(found)
    monkeypatch.setattr(paths, "NETWORKS", 2 * len(found.settings))
    assert [one.replicate for one in paths.collect(reading(study)).shown] == [0, 1]


def test_a_run_that_ended_early_keeps_its_last_value() -> None:
    values = np.array([[3.0, 2.0, 2.0], [4.0, 4.0, 1.0]])[:, None].repeat(4, axis=1)
    mean, low, high = paths.over_replicates(values)[0]
    np.testing.assert_allclose(mean, [3.5, 3, 1.5])
    np.testing.assert_allclose([low, high], [[3, 2, 1], [4, 4, 2]])


def test_wider_data_are_drawn_over_their_principal_axes() -> None:
    from sklearn.decomposition import PCA

    data = load("wine")
    split = data.replicate(0, 0)
    found, grid = plane(split, data.features, 7)
    seen = split.prepared(split.inputs[split.train].astype(np.float64))
    oracle = PCA(2, svd_solver="full").fit(seen)
    assert found.share == pytest.approx(oracle.explained_variance_ratio_.sum())
    np.testing.assert_allclose(
        np.abs(found.points), np.abs(oracle.transform(seen))[:300], atol=1e-6
    )
    # the grid's examples lie where the axes say, and in the plane
    axes = np.stack(np.meshgrid(found.x, found.y), axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(np.abs(oracle.transform(grid)), np.abs(axes), atol=1e-4)
    np.testing.assert_allclose(oracle.inverse_transform(oracle.transform(grid)), grid, atol=1e-4)


def test_a_plane_of_two_features_is_theirs() -> None:
    data = load("moons(n=100,noise=0.3,validation=0.2)")
    split = data.replicate(0, 0)
    found, grid = plane(split, data.features, 5)
    assert (found.axes, found.share) == (("x1", "x2"), 1)
    np.testing.assert_allclose(found.points, split.inputs[split.train])
    raw = grid / split.scale + split.shift
    np.testing.assert_allclose(raw.reshape(5, 5, 2)[:, 0, 1], found.y, atol=1e-5)
    np.testing.assert_allclose(raw.reshape(5, 5, 2)[0, :, 0], found.x, atol=1e-5)


def test_confusion_counts_every_test_example(make: Make) -> None:
    record = confusion.record(make({"none": [0.9, 0.8], "l1": [0.85, 0.85]}).answer)
    assert [own.method for own in record.methods] == ["none", "l1"]
    for own in record.methods:
        assert own.counts.sum() == 2 * 10_000
        assert np.trace(own.counts) / own.counts.sum() == pytest.approx(0.85)


def test_weights_that_were_not_kept_leave_curves(make: Make) -> None:
    study = make({"none": [0.9, 0.9], "l1": [0.9, 0.9]}, keep="selected")
    found = paths.collect(reading(study))
    there = [weights is not None for weights in found.shown[0].weights]
    assert any(there)
    assert not all(there)
    assert all(np.isfinite(s.traces).all() for s in found.settings)
    assert np.isfinite(found.shown[0].traces).all()
    assert "replicate 0" in paths.caption(found)
