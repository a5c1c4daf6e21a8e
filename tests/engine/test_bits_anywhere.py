"""One property: a run's bits do not depend on neighbouring strengths or runs, order, queue, workers or interruption."""

from __future__ import annotations

import contextlib
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridle.engine import underway
from bridle.engine.devices import Device
from bridle.engine.executor import Executor, InProcessExecutor, LocalExecutor
from bridle.engine.spec import Chunk, ChunkResult, RunResult, RunSpec
from tests.engine.populations import MOONS, assert_same, chunk, program, program_spec, run

WIDTH = 4
SPEC = program_spec("dropout")
ALONE: dict[str, RunResult] = {}


def strength(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda power: f"1e{power}")


METHODS = st.one_of(
    st.just("none"),
    st.builds("l1(strength={})".format, strength(-5, -1)),
    st.builds("dropout(rate={})".format, st.sampled_from([0.0, 0.2, 0.5])),
    st.builds("dropout(rate=[0.1,{}])+l2(strength=1e-3)".format, st.sampled_from([0.3, 0.6])),
    st.builds("early_stopping(patience={})".format, st.integers(1, 4)),
    st.builds("elastic_net(strength=1e-3)+weight_decay(strength={})".format, strength(-3, -1)),
)
RUNS = st.builds(
    run,
    METHODS,
    learning_rate=st.sampled_from([1e-3, 0.02, 0.3, 1e7]),  # the last diverges
    epochs=st.integers(1, 12),
    replicate=st.integers(0, 2),
    seed=st.integers(0, 1),
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Executor]]:
    cache = str(tmp_path_factory.mktemp("programs"))
    one = LocalExecutor([Device("cpu", 0)], cache)
    two = LocalExecutor([Device("cpu", 0), Device("cpu", 1)], cache)
    yield {"this process": InProcessExecutor(), "one worker": one, "two workers": two}
    one.close()
    two.close()


def alone(asked: RunSpec) -> RunResult:
    """Return what a run gives with no other run beside it; each is trained once."""
    name = asked.name(SPEC, MOONS)
    if name not in ALONE:
        (ALONE[name],) = program(SPEC, WIDTH).train([asked])
    return ALONE[name]


class StoppedError(Exception):
    pass


def begin(runs: list[RunSpec], folder: Path, writings: int) -> None:
    """Train until so many times a run was written down, and stop as a killed process would."""
    with pytest.MonkeyPatch.context() as patch:
        written: list[Any] = []

        def save(*arguments: Any) -> None:
            original(*arguments)
            written.append(arguments)
            if len(written) == writings:
                raise StoppedError

        original = underway.save
        patch.setattr(underway, "SECONDS", 0.0)
        patch.setattr("bridle.engine.program.SECONDS_PER_CALL", 0.0)
        patch.setattr(underway, "save", save)
        with contextlib.suppress(StoppedError):
            program(SPEC, WIDTH).train(runs, folder)


def train(executor: Executor, chunks: list[Chunk], scratch: Path) -> dict[str, ChunkResult]:
    waiting = deque(chunks)
    found = {}

    def pull(last: object) -> Chunk | None:
        return waiting.popleft() if waiting else None

    for asked, outcome in executor.run(pull, scratch=scratch):
        assert isinstance(outcome, ChunkResult)
        found[asked.name] = outcome
    return found


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    queues=st.lists(st.lists(RUNS, min_size=1, max_size=6), min_size=1, max_size=3),
    place=st.sampled_from(["this process", "one worker", "two workers"]),
    writings=st.one_of(st.none(), st.integers(1, 30)),
)
def test_a_run_depends_on_nothing_but_itself(
    places: dict[str, Executor], queues: list[list[RunSpec]], place: str, writings: int | None
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if writings is not None:
            begin(queues[0][::-1], folder, writings)
        chunks = [chunk(SPEC, WIDTH, runs) for runs in queues]
        found = train(places[place], chunks, folder)
    for one in chunks:
        for asked, result in zip(one.runs, found[one.name].results, strict=True):
            assert_same(result, alone(asked))
