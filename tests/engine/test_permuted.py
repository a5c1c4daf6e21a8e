"""Permuted labels and part of the training rows, trained in lanes of the same population."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bridle.engine.program import Program
from bridle.engine.spec import RunSpec
from tests.engine.populations import (
    MOONS,
    WINE,
    assert_all_same,
    assert_same,
    dataset,
    program,
    program_spec,
    run,
)

SPEC = program_spec()
own_and_shared = pytest.mark.parametrize(
    "name",
    [
        pytest.param(MOONS, id="own data"),
        pytest.param(WINE, id="shared table", marks=pytest.mark.long),
    ],
)


def permuted(asked: RunSpec, permutation: int | None) -> RunSpec:
    return dataclasses.replace(asked, permutation=permutation)


@own_and_shared
def test_permuted_run_is_a_run_on_permuted_data(name: str) -> None:
    original = dataset(name)
    # another name, since data sets of one name share what lies on the device
    data = dataclasses.replace(
        original, spec="permuted", draw=lambda n, seed: original.replicate(n, seed, 3)
    )
    runs = [run(), run("l2(strength=1e-2)", replicate=1)]
    expected = Program(SPEC, 4, data).train(runs)
    assert_all_same(
        program(SPEC, data=name).train([permuted(asked, 3) for asked in runs]), expected
    )


@own_and_shared
def test_true_labels_beside_permuted_ones(name: str) -> None:
    found = program(SPEC, data=name)
    (alone,) = found.train([run()])
    beside = found.train([permuted(run(), 0), run(), permuted(run(), 1)])
    assert_same(beside[1], alone)
    assert not np.array_equal(beside[0].history, beside[2].history)
    assert_same(found.train([run()])[0], alone)  # and nothing permuted stays behind


def test_part_of_the_training_rows() -> None:
    original = dataset(MOONS)
    spec = dataclasses.replace(SPEC, examples=48)
    data = dataclasses.replace(
        original, draw=lambda n, seed: original.replicate(n, seed).shortened(48)
    )
    (expected,) = Program(SPEC, 4, data).train([run()])
    assert_same(program(spec).train([run()])[0], expected)


def test_permutations_and_parts_of_the_rows_are_other_runs() -> None:
    names = {
        run().name(SPEC, MOONS),
        run().name(SPEC, WINE),
        permuted(run(), 0).name(SPEC, MOONS),
        permuted(run(), 1).name(SPEC, MOONS),
        run().name(dataclasses.replace(SPEC, examples=48), MOONS),
    }
    assert len(names) == 5
