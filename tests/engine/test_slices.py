"""A population trained some epochs at a time has the bits of one trained at once."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.data import load
from bridle.engine.program import Program
from bridle.engine.slices import Slices
from bridle.engine.spec import ProgramSpec, RunResult, RunSpec
from bridle.methods.composition import Composition

DATA = load("moons(n=60,test=100)")
SPEC = ProgramSpec((8,), "relu", (), "adam", batch_size=8)
SETTINGS = ("none", "l1(strength=0.05)", "early_stopping(patience=1)", "early_stopping(patience=2)")
RUNS = [RunSpec(Composition.parse(text).setting(), 0.05, 9, 3, 7) for text in SETTINGS]


@pytest.fixture(scope="module")
def whole() -> list[RunResult]:
    results = Program(SPEC, len(RUNS), DATA, bucketed=True).train(RUNS)
    # some stop by themselves, at different times
    assert len({result.epochs_run for result in results}) == 3
    return results


@pytest.mark.parametrize("sizes", [(9,), (2, 1, 3, 3), (1,) * 9])
def test_slices_have_the_bits_of_whole_training(
    whole: list[RunResult], sizes: tuple[int, ...]
) -> None:
    slices = Slices(SPEC, DATA, RUNS)
    for size in sizes:
        assert slices.running.any()
        slices.advance(size)
    assert not slices.running.any()
    assert slices.epochs.tolist() == [result.epochs_run for result in whole]
    split = DATA.replicate(3, 7)
    predicted = slices.predict(split.test)
    for lane, result in enumerate(whole):
        kernels = [v.ravel() for k, v in sorted(result.weights.items()) if k.endswith("/kernel")]
        assert slices.kernels[lane].tobytes() == np.concatenate(kernels).tobytes()
        # asked of other numbers of examples at once, so last bits differ
        assert predicted[lane] == pytest.approx(result.predictions["test"], abs=1e-5)


def test_before_training_networks_are_as_drawn() -> None:
    slices = Slices(SPEC, DATA, RUNS)
    assert slices.epochs.tolist() == [0] * 4
    assert all(np.array_equal(slices.kernels[0], other) for other in slices.kernels)
    slices.advance(1)
    assert not np.array_equal(slices.kernels[0], slices.kernels[1])
