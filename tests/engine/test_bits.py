"""A run's result is the same bits whatever trains beside it, before it or where."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridle.engine import worker
from bridle.engine.datasets import BY_NAME
from bridle.engine.program import Program
from bridle.engine.spec import HISTORY, ChunkResult, DataWanted, RunResult, RunSpec
from bridle.engine.worker import hold, train_chunk
from tests.engine.populations import (
    MOONS,
    WINE,
    assert_all_same,
    assert_same,
    chunk,
    dataset,
    program,
    program_spec,
    run,
)

WIDTH = 4
SPEC = program_spec(activation="relu", optimizer="sgd(momentum=0.9)")
RUNS = [
    run("none", epochs=6),
    run("l1(strength=1e-3)", epochs=9),
    run("early_stopping(patience=1)", learning_rate=0.2, epochs=30, replicate=1),
    run("weight_decay", epochs=1, replicate=2),
    run("l2(strength=1e-2)", epochs=7, replicate=1),
    run("elastic_net", epochs=4, learning_rate=0.05),
    run("none", epochs=3, seed=5),
]
DIVERGING = run("none", learning_rate=1e6, epochs=8)


@pytest.fixture(scope="module")
def alone() -> dict[str, RunResult]:
    """Each run trained by itself, all other lanes empty."""
    found = {}
    for asked in [*RUNS, DIVERGING]:
        (found[asked.name(SPEC, MOONS)],) = program(SPEC, WIDTH).train([asked])
    return found


def expected(alone: dict[str, RunResult], runs: list[RunSpec]) -> list[RunResult]:
    return [alone[asked.name(SPEC, MOONS)] for asked in runs]


def train(runs: list[RunSpec]) -> list[RunResult]:
    return program(SPEC, WIDTH).train(runs)


def test_runs_end_at_different_times(alone: dict[str, RunResult]) -> None:
    lengths = [result.epochs_run for result in expected(alone, RUNS)]
    assert lengths[0] == 6
    assert lengths[1] == 9
    assert lengths[2] < 30
    assert len(set(lengths)) > 4


def test_companions_and_recycled_lanes(alone: dict[str, RunResult]) -> None:
    # seven runs in four lanes: three take over lanes that others left
    assert_all_same(train(RUNS), expected(alone, RUNS))


def test_permuted(alone: dict[str, RunResult]) -> None:
    backwards = RUNS[::-1]
    assert_all_same(train(backwards), expected(alone, backwards))


def test_same_run_in_every_lane(alone: dict[str, RunResult]) -> None:
    assert_all_same(train([RUNS[1]] * WIDTH), expected(alone, [RUNS[1]] * WIDTH))


def test_behind_a_long_queue(alone: dict[str, RunResult]) -> None:
    queue = [RUNS[3]] * (2 * WIDTH + 1) + [RUNS[4]]
    assert_same(train(queue)[-1], alone[RUNS[4].name(SPEC, MOONS)])


def test_diverging_neighbour(alone: dict[str, RunResult]) -> None:
    runs = [DIVERGING, *RUNS, DIVERGING, RUNS[0]]
    assert_all_same(train(runs), expected(alone, runs))


def test_diverged_is_recorded(alone: dict[str, RunResult]) -> None:
    result = alone[DIVERGING.name(SPEC, MOONS)]
    assert result.diverged
    assert 1 <= result.epochs_run <= DIVERGING.epochs
    assert result.history.shape == (result.epochs_run, len(HISTORY))
    assert np.isfinite(result.history[:-1]).all()
    assert not np.isfinite(result.history[-1]).all()
    assert all(np.isnan(value) for value in result.scores.values())
    assert not any(other.diverged for name, other in alone.items() if other is not result)


def test_another_program_object(alone: dict[str, RunResult]) -> None:
    again = Program(SPEC, WIDTH, dataset(MOONS))
    assert_all_same(again.train(RUNS[:3]), expected(alone, RUNS[:3]))


def test_one_epoch_a_call(alone: dict[str, RunResult], monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a call to the device lasts decides nothing."""
    monkeypatch.setattr("bridle.engine.program.SECONDS_PER_CALL", 0.0)
    assert_all_same(train(RUNS), expected(alone, RUNS))


def test_no_compilation_for_other_values() -> None:
    one = program(SPEC, WIDTH)
    one.train(RUNS)
    before = one.compiled.compilations
    one.train(
        [run("l1(strength=0.5,biases=true)", learning_rate=0.3, epochs=2, replicate=9, seed=3)]
    )
    assert one.compiled.compilations == before


def test_lane_epochs_are_accounted_for() -> None:
    one = program(SPEC, WIDTH)
    before = one.lane_epochs, one.idle_lane_epochs
    results = one.train([run(epochs=5), run(epochs=3)])
    assert one.lane_epochs - before[0] == sum(result.epochs_run for result in results) == 8
    assert one.idle_lane_epochs - before[1] == WIDTH * 5 - 8


def test_nothing_to_train() -> None:
    assert train([]) == []


def test_chunk_in_this_process(alone: dict[str, RunResult]) -> None:
    asked = chunk(SPEC, WIDTH, RUNS[:5])
    worker._held.clear()
    assert train_chunk(asked) == DataWanted(MOONS)
    hold(MOONS, BY_NAME)
    result = train_chunk(asked)
    assert isinstance(result, ChunkResult)
    assert_all_same(result.results, expected(alone, RUNS[:5]))


def test_names_tell_specifications_apart() -> None:
    names = {asked.name(SPEC, MOONS) for asked in RUNS}
    assert len(names) == len(RUNS)
    other = dataclasses.replace(SPEC, batch_size=16)
    assert RUNS[0].name(other, MOONS) != RUNS[0].name(SPEC, MOONS)
    chunks = {
        chunk(SPEC, width, RUNS[:n], data).name
        for width in (2, 4)
        for n in (1, 2)
        for data in (MOONS, WINE)
    }
    assert len(chunks) == 8


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.lists(st.integers(0, len(RUNS)), min_size=1, max_size=9))
def test_any_mix(alone: dict[str, RunResult], order: list[int]) -> None:
    runs = [[*RUNS, DIVERGING][i] for i in order]
    assert_all_same(train(runs), expected(alone, runs))


def test_shared_data_too() -> None:
    """Tables are on the device once, not once a lane."""
    spec = program_spec(optimizer="sgd(momentum=0.9)")
    runs = [run(epochs=n, replicate=r) for n, r in ((2, 0), (5, 1), (3, 2), (4, 0), (6, 3))]
    one = program(spec, 2, WINE)
    together = one.train(runs)
    assert_all_same([one.train([asked])[0] for asked in runs], together)
    assert not np.array_equal(
        together[0].weights["dense_0/kernel"], together[1].weights["dense_0/kernel"]
    )


def test_neutral_strengths_are_none_in_other_programs() -> None:
    baseline = program(program_spec(), WIDTH).train([run(epochs=10)])[0]
    for text, neutral in [
        ("dropout", "dropout(rate=0.0,input_rate=0.0)"),
        ("augmentation", "augmentation(strength=0.0)"),
        ("none", "l1(strength=0)+l2(strength=0)+weight_decay(strength=0)+elastic_net(strength=0)"),
        ("none", "early_stopping(patience=inf)"),
    ]:
        (result,) = program(program_spec(text), WIDTH).train([run(neutral, epochs=10)])
        assert_same(result, baseline)
