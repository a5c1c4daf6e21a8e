"""Studies without any effect, trained for real: how often their statistics find one (small; see benchmarks)."""

import numpy as np
import pytest
from benchmarks import null_studies as null
from benchmarks.null_worlds import MOONS, Draws, World

from bridle.data.dataset import Design

pytestmark = pytest.mark.slow

STUDIES, REPLICATES, EPOCHS = 40, 5, 3

DESIGNS: tuple[Design, ...] = ("fresh", "fixed_test", "overlapping")


@pytest.mark.parametrize(
    ("design", "draws"), [("fresh", "own"), ("fixed_test", "paired"), ("overlapping", "paired")]
)
def test_none_against_none(design: Design, draws: Draws) -> None:
    world = World(MOONS, design, draws, methods=4)
    found = null.count(world, REPLICATES, range(STUDIES), EPOCHS)
    assert found.studies == STUDIES
    assert found.intervals == 3 * STUDIES
    assert found.wrong <= null.most(STUDIES)
    assert STUDIES - found.best <= null.most(STUDIES)


@pytest.mark.parametrize("design", ["fixed_test", "overlapping"])
def test_methods_that_differ_on_meaningless_labels(design: Design) -> None:
    world = World(MOONS, design, methods=len(null.DIFFERENT), meaningless=True)
    found = null.count(world, REPLICATES, range(STUDIES // 2), EPOCHS)
    assert found.wrong <= null.most(STUDIES // 2)
    assert found.found <= null.most(STUDIES // 2)


def test_a_method_that_works_is_found() -> None:
    """The same methods where labels mean something: what hinders learning hurts."""
    world = World(MOONS, "fresh", methods=len(null.DIFFERENT))
    assert null.count(world, 2 * REPLICATES, range(5)).wrong == 5


def test_what_runs_share() -> None:
    for design in DESIGNS:
        own = World(MOONS, design, "own", methods=2).dataset()
        paired = World(MOONS, design, "paired", methods=2).dataset()
        assert np.array_equal(paired.replicate(2, 7).train, paired.replicate(3, 7).train)
        assert not np.array_equal(own.replicate(2, 7).train, own.replicate(3, 7).train)
        splits = [own.replicate(number, 7) for number in (0, 5)]
        same = [np.array_equal(a, b) for a, b in zip(*(s.inputs for s in splits), strict=True)]
        assert all(same) == (design != "fresh")
        tests = np.array_equal(splits[0].test, splits[1].test)
        assert tests == (design != "overlapping")
        other = own.replicate(0, 8)
        assert not np.array_equal(splits[0].inputs, other.inputs)


def test_meaningless_labels_keep_their_classes_balanced() -> None:
    for source in ("digits", "wine"):
        for design in ("fixed_test", "overlapping"):
            world = World(source, design, meaningless=True)
            split, after = (world.dataset().replicate(0, study) for study in (0, 1))
            assert np.array_equal(split.inputs, after.inputs)
            assert not np.array_equal(split.targets, after.targets)
            for rows in (split.train, split.validation, split.test):
                assert len(set(np.bincount(split.targets[rows]).tolist())) == 1
