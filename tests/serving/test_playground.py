"""The playground's settings, points and populations."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import UserError
from bridle.methods.composition import Composition
from bridle.serving.playground.data import TEST, played
from bridle.serving.playground.pages import playable
from bridle.serving.playground.population import Populations, probabilities
from bridle.serving.playground.settings import OWN, Settings, fragment, read

TINY = "n=16&widths=4&epochs=6&networks=6&wrong=0"
POINTS = ";".join(f"{x / 10},{(-1) ** x * 0.5},{x % 2}" for x in range(-8, 8))


def test_an_address_holds_everything() -> None:
    assert read("") == Settings()
    found = read(f"data=own&points={POINTS}&method=dropout(rate=0.5)%2Bl2&widths=4,8&seed=3")
    assert (found.data, found.method, found.widths, found.seed) == (OWN, "dropout(rate=0.5)+l2", (4, 8), 3)  # fmt: skip
    assert len(found.clicked()) == 16
    assert fragment("http://127.0.0.1:8000/token/#data=circles&stop=4") == "#data=circles&stop=4"
    assert fragment("noise=0.1") == "#noise=0.1"


@given(st.integers(1, 2000))
def test_stops_go_from_the_start_to_the_last_epoch(epochs: int) -> None:
    stops = Settings(epochs=epochs).stops
    assert (stops[0], stops[-1]) == (0, epochs)
    assert all(a < b for a, b in pairwise(stops))
    assert len(stops) <= 52


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colour=red", "Unknown setting 'colour'"),
        ("noise=x", "noise must be a number"),
        ("noise=nan", "noise must be"),
        ("n=7", "n must be"),
        ("networks=51", "networks must be"),
        ("widths=", "widths must be a number"),
        ("widths=1,2,3,4,5", "one to four layers"),
        ("widths=0", "widths must be"),
        ("data=sea", "data must be"),
        ("method=dropuot", "dropuot"),
        ("method=dropout(rate=1)", "rate must be"),
        ("data=own&points=0,0,0", "4 of each class"),
        ("data=own&points=0,0", "points must be x,y,class"),
        ("data=own&points=9,0,0", "x must be"),
        ("seed=-1", "seed must be"),
    ],
)
def test_wrong_addresses_are_told(query: str, said: str) -> None:
    with pytest.raises(UserError, match=said.replace("(", r"\(")):
        read(query)


def test_wrong_labels_are_those_of_training_points_only() -> None:
    right, wrong = (played(read(f"n=40&wrong={share}")) for share in (0, 0.25))
    truth, shown = (found.dataset.replicate(0, 0).targets for found in (right, wrong))
    changed = np.flatnonzero(truth != shown)
    assert len(changed) == 10
    assert set(changed) == set(wrong.train[wrong.flipped])
    assert len(right.test) == TEST
    assert right.dataset.spec != wrong.dataset.spec


def test_own_points_are_parted_by_class() -> None:
    found = played(read(f"data=own&points={POINTS}&wrong=0"))
    split = found.dataset.replicate(0, 0)
    assert (len(split.train), len(split.validation), len(split.test)) == (8, 4, 4)
    for part in (split.train, split.validation, split.test):
        assert split.targets[part].mean() == 0.5
    parts = [*split.train, *split.validation, *split.test, *found.grid]
    assert sorted(parts) == list(range(len(split.inputs)))
    seen = split.inputs[split.train].astype(float)
    assert (split.inputs[split.train] - split.shift) * split.scale == pytest.approx(
        (seen - seen.mean(axis=0)) / seen.std(axis=0), abs=1e-5
    )


def test_every_method_listed_can_be_played() -> None:
    listed = playable()
    assert {"dropout", "l1", "batch_norm", "early_stopping"} <= {one["name"] for one in listed}
    assert "stochastic_depth" not in {one["name"] for one in listed}  # the network has no blocks
    for one in listed:
        for strength in one["strengths"]:
            Composition.parse(f"{one['name']}({one['key']}={strength})")
    patience = next(one for one in listed if one["name"] == "early_stopping")["strengths"]
    assert float(patience[0]) > float(patience[-1])  # from weak to strong


@pytest.fixture(scope="module")
def populations() -> Populations:
    return Populations()


def test_a_neutral_method_changes_nothing(populations: Populations) -> None:
    settings = read(f"{TINY}&method=l2(strength=0)")
    for stop in (6, 0):
        frame = populations.frame(settings, stop)
        assert frame.epoch == stop
        assert frame.without.errors.tolist() == frame.regularized.errors.tolist()
        assert frame.difference[0] == 0
        assert np.array_equal(frame.without.surfaces, frame.regularized.surfaces)


def test_the_difference_is_the_paired_one(populations: Populations) -> None:
    frame = populations.frame(read(f"{TINY}&method=l1(strength=0.1)"), 6)
    one, other = frame.regularized.errors, frame.without.errors
    ours = frame.difference
    assert ours[0] == pytest.approx(np.mean(one - other))
    low, high = stats.ttest_rel(one, other).confidence_interval()
    # at least the t interval: a long tail extends it on one side
    assert ours[1] <= low + 1e-12
    assert ours[2] >= high - 1e-12
    assert frame.regularized.zeros > frame.without.zeros == 0
    assert frame.without.test[0] == pytest.approx(np.mean(other))


def test_rewinding_keeps_the_seeds(populations: Populations) -> None:
    settings = read(f"{TINY}&method=l1(strength=0.1)")
    again = Populations()
    for stop in (6, 3):
        one, other = populations.frame(settings, stop), again.frame(settings, stop)
        assert one.regularized.surfaces.tobytes() == other.regularized.surfaces.tobytes()
        assert one.regularized.errors.tobytes() == other.regularized.errors.tobytes()
    other = again.frame(replace(settings, seed=1), 3)
    assert one.regularized.errors.tolist() != other.regularized.errors.tolist()
    with pytest.raises(UserError, match="stop must be"):
        again.frame(settings, 7)


def test_probabilities_are_those_of_the_logits() -> None:
    found = probabilities(np.array([[0.0, 0.0], [0.0, np.log(3)], [1000.0, -1000.0]]))
    assert found == pytest.approx(np.array([[0.5, 0.5], [0.25, 0.75], [1, 0]]))
