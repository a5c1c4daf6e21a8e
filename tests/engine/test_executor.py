"""Worker processes give the same bits as one process; a death loses only the time of its chunk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

import pytest

from bridle.engine import executor as module
from bridle.engine.devices import Device, devices
from bridle.engine.executor import (
    ATTEMPTS,
    ChunkOutcome,
    InProcessExecutor,
    LocalExecutor,
    Pull,
    WorkerStartError,
)
from bridle.engine.process import WorkerProcess
from bridle.engine.spec import Chunk, ChunkResult, OutOfMemory, ProgramSpec, RunResult
from bridle.errors import UserError
from tests.engine.populations import assert_all_same, chunk, program_spec, run

SPEC = program_spec()
CHUNKS = [
    chunk(SPEC, 4, (run(epochs=4, replicate=r) for r in replicates))
    for replicates in ((0, 1), (2, 3, 4), (5,), (6, 7))
]
DEVICES = [Device("cpu", 0), Device("cpu", 1)]


def feed(chunks: Iterable[Chunk]) -> Pull:
    waiting = deque(chunks)
    return lambda last: waiting.popleft() if waiting else None


def by_name(pairs: Iterable[tuple[Chunk, ChunkOutcome]]) -> dict[str, list[RunResult]]:
    found = {}
    for asked, outcome in pairs:
        assert isinstance(outcome, ChunkResult)
        found[asked.name] = outcome.results
    return found


def worker_pids(executor: LocalExecutor) -> list[int]:
    return [worker.pid for worker in executor._workers.values()]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at Linux's /proc")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def here() -> dict[str, list[RunResult]]:
    """What this process computes."""
    return by_name(InProcessExecutor().run(feed(CHUNKS)))


def test_devices() -> None:
    assert devices("cpu", 1) == [Device("cpu", 0)]
    assert 1 <= len(devices("cpu")) <= (os.cpu_count() or 1)
    assert LocalExecutor(DEVICES).devices == 2
    assert InProcessExecutor().devices == 1
    InProcessExecutor().close()


@pytest.mark.parametrize("devices", [DEVICES[:1], DEVICES], ids=["one", "two"])
def test_workers_give_the_bits_of_one_process(
    devices: list[Device], cache: str, here: dict[str, list[RunResult]]
) -> None:
    asked: list[ProgramSpec | None] = []
    waiting = deque(CHUNKS if len(devices) == 1 else CHUNKS[::-1])

    def pull(last: ProgramSpec | None) -> Chunk | None:
        asked.append(last)
        return waiting.popleft() if waiting else None

    with LocalExecutor(devices, cache) as executor:
        found = by_name(executor.run(pull))
        pids = worker_pids(executor)
    assert len(pids) == len(devices)
    assert found.keys() == here.keys()
    for name, results in found.items():
        assert_all_same(results, here[name])
    # a device is asked with the program it ran last
    assert asked[: len(devices)] == [None] * len(devices)
    assert set(asked[len(devices) :]) == {SPEC}


@needs_proc
def test_killed_worker_costs_nothing_but_time(cache: str, here: dict[str, list[RunResult]]) -> None:
    # a chunk that is long enough to be killed in the middle, then those with known results
    long = chunk(SPEC, 4, (run(epochs=6000, replicate=r) for r in range(4)))
    with LocalExecutor(DEVICES[:1], cache) as executor:
        stream = executor.run(feed([CHUNKS[0], long, CHUNKS[1]]))
        asked, first = next(stream)
        assert isinstance(first, ChunkResult)
        assert_all_same(first.results, here[asked.name])
        (victim,) = worker_pids(executor)
        killer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
        killer.start()
        rest = by_name(stream)
        killer.join()
        (successor,) = worker_pids(executor)
    assert successor != victim
    assert set(rest) == {long.name, CHUNKS[1].name}
    assert_all_same(rest[CHUNKS[1].name], here[CHUNKS[1].name])
    _, undisturbed = next(InProcessExecutor().run(feed([long])))
    assert isinstance(undisturbed, ChunkResult)
    assert_all_same(rest[long.name], undisturbed.results)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"", id="empty", marks=pytest.mark.slow),
        pytest.param(b"no program", id="foreign", marks=pytest.mark.slow),
        pytest.param(None, id="cut"),
    ],
)
def test_damaged_programs_are_compiled_again(
    damage: bytes | None,
    tmp_path: Path,
    here: dict[str, list[RunResult]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    with LocalExecutor(DEVICES[:1], str(tmp_path)) as executor:
        list(executor.run(feed(CHUNKS[:1])))
    entries = [path for path in tmp_path.iterdir() if path.name.endswith("-cache")]
    assert entries
    before = {path: path.read_bytes() for path in entries}
    for path, content in before.items():
        path.write_bytes(content[: len(content) // 2] if damage is None else damage)
    capfd.readouterr()
    with LocalExecutor(DEVICES[:1], str(tmp_path)) as executor:
        ((asked, outcome),) = executor.run(feed(CHUNKS[:1]))
    assert isinstance(outcome, ChunkResult)
    assert_all_same(outcome.results, here[asked.name])
    assert capfd.readouterr().err == ""  # nothing that a user could act on
    for path, content in before.items():
        assert len(path.read_bytes()) > 0.9 * len(
            content
        )  # a good program takes the damaged one's place


def _die(chunk: Chunk, scratch: Path | None = None) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(chunk: Chunk, scratch: Path | None = None) -> None:
    raise UserError(f"{chunk.data} is not to be had")


def test_three_deaths_are_taken_for_want_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "train_chunk", _die)
    with LocalExecutor(DEVICES[:1]) as executor:
        ((asked, outcome),) = executor.run(feed(CHUNKS[:1]))
    assert asked is CHUNKS[0]
    assert outcome == OutOfMemory(
        "its worker process was killed by SIGKILL 3 times, as happens when memory runs out"
    )


def _never_start(cache: str | None) -> None:
    os._exit(3)


def _killed_at_start(cache: str | None) -> None:
    _die(CHUNKS[0])


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (_never_start, "cpu 0 ended 3 times .* ended with exit status 3. Its own message"),
        (
            _killed_at_start,
            "cpu 0 ended 3 times .* was killed by SIGKILL. Systems kill when memory",
        ),
    ],
)
def test_workers_that_never_start_end_the_study_with_the_cause(
    start: Callable[..., object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "start_worker", start)
    with (
        LocalExecutor(DEVICES[:1]) as executor,
        pytest.raises(WorkerStartError, match=message),
    ):
        list(executor.run(feed(CHUNKS[:1])))


@needs_proc
def test_workers_killed_while_they_start_are_replaced(
    cache: str, here: dict[str, list[RunResult]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often as it takes for two of three attempts to fail on both devices."""
    with LocalExecutor(DEVICES, cache) as executor:
        killed: Counter[Device] = Counter()

        def watching(
            device: Device, start: Callable[[Device], WorkerProcess] = executor._worker
        ) -> WorkerProcess:
            worker = start(device)
            if killed[device] < ATTEMPTS - 1 and worker not in executor._ready:
                killed[device] += 1
                os.kill(worker.pid, signal.SIGKILL)
            return worker

        monkeypatch.setattr(executor, "_worker", watching)
        found = by_name(executor.run(feed(CHUNKS)))
    assert set(killed.values()) == {ATTEMPTS - 1}
    assert found.keys() == here.keys()
    for name, results in found.items():
        assert_all_same(results, here[name])


def test_a_stream_that_is_given_up_leaves_no_worker_in_the_middle_of_a_chunk(
    cache: str, here: dict[str, list[RunResult]]
) -> None:
    endless = chunk(SPEC, 4, (run(epochs=10**8) for _ in range(4)))
    with LocalExecutor(DEVICES[:1], cache) as executor:
        stream = executor.run(feed([CHUNKS[0], endless]))
        next(stream)
        assert isinstance(stream, Generator)
        stream.close()
        found = by_name(executor.run(feed(CHUNKS[1:2])))  # which waits for nothing
    assert_all_same(found[CHUNKS[1].name], here[CHUNKS[1].name])


class _UnsendableError(Exception):
    def __init__(self, first: str, second: int) -> None:
        super().__init__(first)


def _raise_unsendable(chunk: Chunk, scratch: Path | None = None) -> None:
    raise _UnsendableError("what went wrong", 2)


def test_errors_that_cannot_be_sent_arrive_as_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "train_chunk", _raise_unsendable)
    with (
        LocalExecutor(DEVICES[:1]) as executor,
        pytest.raises(RuntimeError, match="UnsendableError: what went wrong"),
    ):
        list(executor.run(feed(CHUNKS[:1])))


MEMORY = r"""
import dataclasses, re, resource, sys
from collections import deque
from pathlib import Path

from bridle.engine.executor import InProcessExecutor
from bridle.engine.spec import Chunk, ProgramSpec
from tests.engine.populations import chunk, program_spec, run

one = chunk(program_spec(widths=(1024, 1024)), 1, [run(epochs=1)])
waiting = deque([one])

def pull(last: ProgramSpec | None) -> Chunk | None:
    return waiting.popleft() if waiting else None

[(_, result)] = InProcessExecutor().run(pull)
size = int(re.search(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (size + 600 * 2**20,) * 2)
waiting.append(dataclasses.replace(one, width=64))
for asked, outcome in InProcessExecutor().run(pull):
    print(asked.width, type(outcome).__name__)
    if asked.width > 2:
        waiting.append(dataclasses.replace(one, width=2))
"""


@pytest.mark.long
@needs_proc
def test_what_a_device_cannot_hold_may_be_pulled_again_narrower() -> None:
    """Under a real limit of memory: 64 networks of a million weights do not fit, two do."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    found = subprocess.run(
        [sys.executable, "-c", MEMORY], env=environment, capture_output=True, text=True, check=False
    )
    assert found.stdout.splitlines() == ["64 OutOfMemory", "2 ChunkResult"], found.stderr


def test_errors_in_workers_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "train_chunk", _raise)
    with (
        LocalExecutor(DEVICES[:1]) as executor,
        pytest.raises(UserError, match="not to be had"),
    ):
        list(executor.run(feed(CHUNKS[:1])))


@needs_proc
def test_close_leaves_no_children(cache: str) -> None:
    endless = chunk(SPEC, 4, (run(epochs=10**8) for _ in range(4)))
    executor = LocalExecutor(DEVICES, cache)
    stream = executor.run(feed([CHUNKS[0], endless, endless]))
    next(stream)
    pids = worker_pids(executor)
    assert len(pids) == 2
    executor.close()
    deadline = time.monotonic() + 30
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)
    executor.close()  # a second time does no harm


def test_a_time_that_passes_ends_chunks_under_way_and_no_more(
    cache: str, here: dict[str, list[RunResult]]
) -> None:
    endless = chunk(SPEC, 4, (run(epochs=10**8) for _ in range(4)))
    with LocalExecutor(DEVICES[:1], cache) as executor:
        assert list(executor.run(feed([endless]), until=time.perf_counter() + 0.2)) == []
        # and it can be used again
        found = by_name(executor.run(feed(CHUNKS[:1])))
        assert_all_same(found[CHUNKS[0].name], here[CHUNKS[0].name])
    assert list(InProcessExecutor().run(feed(CHUNKS[:1]), until=time.perf_counter())) == []
