"""Permuted labels and part of the training rows, trained in lanes of the same population."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from populations import WINE, assert_all_same, assert_same, dataset, program, program_spec, run

from bridle.engine.program import Program

MOONS = program_spec()
TABLE = program_spec(data=WINE)


def permuted(asked, permutation):
    return dataclasses.replace(asked, permutation=permutation)


@pytest.mark.parametrize("spec", [MOONS, TABLE], ids=["own data", "shared table"])
def test_permuted_run_is_a_run_on_permuted_data(spec):
    original = dataset(spec.dataset)
    # another name, since data sets of one name share what lies on the device
    data = dataclasses.replace(
        original, spec="permuted", draw=lambda n, seed: original.replicate(n, seed, 3)
    )
    runs = [run(), run("l2(strength=1e-2)", replicate=1)]
    expected = Program(spec, 4, data).train(runs)
    assert_all_same(program(spec).train([permuted(asked, 3) for asked in runs]), expected)


@pytest.mark.parametrize("spec", [MOONS, TABLE], ids=["own data", "shared table"])
def test_true_labels_beside_permuted_ones(spec):
    found = program(spec)
    (alone,) = found.train([run()])
    beside = found.train([permuted(run(), 0), run(), permuted(run(), 1)])
    assert_same(beside[1], alone)
    assert not np.array_equal(beside[0].history, beside[2].history)
    assert_same(found.train([run()])[0], alone)  # and nothing permuted stays behind


def test_part_of_the_training_rows():
    original = dataset(MOONS.dataset)
    spec = dataclasses.replace(MOONS, examples=48)
    data = dataclasses.replace(
        original, draw=lambda n, seed: original.replicate(n, seed).shortened(48)
    )
    (expected,) = Program(MOONS, 4, data).train([run()])
    assert_same(program(spec).train([run()])[0], expected)


def test_names_of_old_runs_stay():
    assert run("l1(strength=1e-3)", epochs=9).name(MOONS) == "9590994e33efa973"
    names = {
        run().name(MOONS),
        permuted(run(), 0).name(MOONS),
        permuted(run(), 1).name(MOONS),
        run().name(dataclasses.replace(MOONS, examples=48)),
    }
    assert len(names) == 4
