"""Measures of networks against closed forms and independent computations."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.experiments import measures


def test_an_input_is_used_if_any_weight_is_not_zero() -> None:
    kernel = np.array([[0, 0], [0, 1e-30], [-2, 0]], np.float32)
    assert measures.used(kernel).tolist() == [False, True, True]


@pytest.mark.parametrize("relevant", [1, 3, 5])
def test_selection_is_sensitivity_plus_specificity_minus_one(relevant: int) -> None:
    for mask in np.random.default_rng(relevant).random((50, 12)) < 0.4:
        sensitivity, specificity = mask[:relevant].mean(), (~mask[relevant:]).mean()
        found = measures.selection(mask, relevant)
        assert found == pytest.approx(sensitivity + specificity - 1)
    assert measures.selection(np.ones(12, bool), relevant) == 0
    assert measures.selection(np.arange(12) < relevant, relevant) == 1


def test_precision_and_recall() -> None:
    mask = np.array([True, True, False, True, False, False])
    assert measures.precision_recall(mask, 3) == (2 / 3, 2 / 3)
    none = measures.precision_recall(np.zeros(4, bool), 2)
    assert np.isnan(none[0])
    assert none[1] == 0


def test_noise_to_signal_of_known_norms() -> None:
    kernel = np.array([[3, 4], [0, 5], [0.6, 0.8], [0, 1]], np.float32)
    assert measures.noise_to_signal(kernel, 2) == pytest.approx(0.2)


def test_correlation_of_one_factor() -> None:
    random = np.random.default_rng(0)
    factor = random.normal(size=(200_000, 1))
    units = factor + random.normal(size=(200_000, 4))  # every pair correlates by 1/2
    dead = np.zeros((200_000, 1))
    assert measures.correlation(np.hstack([units, dead])) == pytest.approx(0.5, abs=0.01)
    assert measures.correlation(np.hstack([factor, -factor])) == pytest.approx(1)
    assert np.isnan(measures.correlation(dead))


def test_jitter_ignores_the_first_half() -> None:
    losses = np.array([9.0, 5, 7, 3, 1, 3, 1, 3])
    assert measures.jitter(losses) == pytest.approx(2 / 2)
    assert measures.jitter(np.full(10, 0.5)) == 0


def test_epochs_below_a_level() -> None:
    losses = np.array([2.0, 0.4, 0.6, 0.1])
    assert measures.epochs_below(losses, 0.5) == 2
    assert measures.epochs_below(losses, 0.05) == 5


def test_usable_rates() -> None:
    assert measures.usable(np.array([0.9, 0.86, 0.84, np.nan]), 0.9, 0.05) == 2


def test_drift_is_in_standard_deviations() -> None:
    random = np.random.default_rng(0)
    before = random.normal(scale=[1.0, 3.0], size=(50_000, 2))
    dead = np.zeros((50_000, 1))
    found = measures.drift(np.hstack([before, dead]), np.hstack([before + 1.5, dead + 9]))
    assert found == pytest.approx((1.5 + 0.5) / 2, rel=0.02)


@pytest.mark.parametrize("radius", [0.5, 1.0])
def test_the_length_of_a_circle(radius: float) -> None:
    x = np.linspace(-1.5, 1.5, 401)
    distance = np.hypot(*np.meshgrid(x, x)) - radius
    found = measures.boundary_length(distance, (x[1] - x[0], x[1] - x[0]))
    assert found == pytest.approx(2 * np.pi * radius, rel=1e-3)


@pytest.mark.parametrize(("slope", "tall"), [(0.0, 1.0), (0.7, 0.1), (-1.0, 3.0)])
def test_the_length_of_a_line_over_cells_that_are_no_squares(slope: float, tall: float) -> None:
    x, y = np.linspace(-1, 1, 51), np.linspace(-5, 5, 81)
    grid_x, grid_y = np.meshgrid(x, y)
    line = grid_y - slope * grid_x - 0.01234
    found = measures.boundary_length(tall * line, (x[1] - x[0], y[1] - y[0]))
    assert found == pytest.approx(2 * np.hypot(1, slope), rel=1e-6)


def test_a_saddle_has_two_lines_whichever_way_they_go() -> None:
    for middle in (0.2, -0.2):
        corners = np.array([[1.0 + middle, -1.0], [-1.0, 1.0 + middle]])
        found = measures.boundary_length(corners, (1.0, 1.0))
        a = (1 + middle) / (2 + middle)  # from a positive corner to its crossing
        short = a if middle < 0 else 1 - a
        assert found == pytest.approx(2 * np.hypot(short, short))


def test_no_boundary_has_no_length() -> None:
    assert measures.boundary_length(np.ones((5, 5)), (1.0, 1.0)) == 0


def test_hidden_units_of_a_plain_layer() -> None:
    random = np.random.default_rng(0)
    weights = {
        "dense_0/kernel": random.normal(size=(3, 5)).astype(np.float32),
        "dense_0/bias": random.normal(size=5).astype(np.float32),
    }
    x = random.normal(size=(7, 3)).astype(np.float32)
    z = x @ weights["dense_0/kernel"] + weights["dense_0/bias"]
    np.testing.assert_allclose(measures.hidden(weights, x, "relu"), np.maximum(z, 0), atol=1e-5)
    np.testing.assert_allclose(measures.hidden(weights, x, "tanh"), np.tanh(z), atol=1e-5)


def two_layers(random: np.random.Generator) -> dict[str, np.ndarray]:
    shapes = {"dense_0/kernel": (3, 4), "dense_0/bias": (4,), "dense_1/kernel": (4, 2)}
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_noise_on_weights_has_a_share_of_each_kernels_norm() -> None:
    random = np.random.default_rng(0)
    weights = two_layers(random)
    moved = measures.perturbed(weights, 0.3, random)
    for name, value in weights.items():
        norm = np.linalg.norm(moved[name] - value) / np.linalg.norm(value)
        assert norm == pytest.approx(0.3 if name.endswith("kernel") else 0, rel=1e-4)


def test_lengths_negative_weights_and_distance_count_kernels_alone() -> None:
    kernel = np.array([[3, 0], [4, -1]], np.float32)
    weights = {"dense_0/kernel": kernel, "dense_0/bias": np.array([-9, -9], np.float32)}
    assert measures.lengths(weights).tolist() == [5, 1]
    assert measures.negative(weights) == 0.25
    first = {name: np.zeros(value.shape, np.float32) for name, value in weights.items()}
    assert measures.distance(weights, first) == pytest.approx(np.sqrt(26))
    image = {"conv_0/kernel": np.ones((3, 3, 4, 2), np.float32)}
    assert measures.lengths(image).tolist() == [6, 6]


def test_overlap_is_the_mean_cosine_of_all_pairs() -> None:
    kernel = np.array([[1, 0, 2], [0, -3, 2], [0, 0, 0]], np.float32)
    assert measures.overlap(kernel) == pytest.approx(2 / 3 * np.sqrt(0.5))
    assert measures.overlap(np.array([[1, 0, 0], [0, 1, 1]], np.float32)) == pytest.approx(0)


def test_entropy_of_certain_and_of_equal_predictions() -> None:
    assert measures.entropy(np.array([[1.0, 0, 0, 0], [0.25] * 4])) == pytest.approx(np.log(4) / 2)


@pytest.mark.parametrize("shape", [(200, 8, 6), (200, 8, 6, 3)])
def test_an_erased_square_has_its_size_and_is_anywhere(shape: tuple[int, ...]) -> None:
    images = np.ones(shape, np.float32)
    found = measures.erased(images, 0.5, np.random.default_rng(0)).reshape(*shape[:3], -1)
    assert (found == found[..., :1]).all()  # all channels alike
    gone = found[..., 0] == 0
    assert (gone.sum(axis=(1, 2)) == 4 * 3).all()
    assert gone.any(axis=0).all()
    rows, columns = gone.any(axis=2), gone.any(axis=1)
    assert (gone == rows[:, :, None] & columns[:, None, :]).all()  # one rectangle each


def test_swapped_numbers_stay_in_their_column() -> None:
    x = np.arange(4000, dtype=np.float32).reshape(1000, 4)
    found = measures.swapped(x, 0.3, np.random.default_rng(0))
    assert (found % 4 == np.arange(4)).all()
    assert (found != x).mean() == pytest.approx(0.3, abs=0.03)
