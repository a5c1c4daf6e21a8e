"""Worker processes: the same bits as in one process; deaths cost a chunk's time and nothing else."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque

import pytest
from populations import MOONS, assert_all_same, program_spec, run

from bridle.engine import executor as module
from bridle.engine.executor import InProcessExecutor, LocalExecutor, WorkerLostError
from bridle.engine.spec import Chunk
from bridle.engine.worker import Device, cpu_devices
from bridle.errors import UserError

SPEC = program_spec()
CHUNKS = [
    Chunk(SPEC, 4, tuple(run(epochs=4, replicate=r) for r in replicates))
    for replicates in ((0, 1), (2, 3, 4), (5,), (6, 7))
]
DEVICES = [Device("cpu", 0), Device("cpu", 1)]


def feed(chunks):
    waiting = deque(chunks)
    return lambda last: waiting.popleft() if waiting else None


def by_name(pairs):
    return {chunk.name: result.results for chunk, result in pairs}


def worker_pids(executor: LocalExecutor) -> list[int]:
    return [pid for pool in executor._pools.values() for pid in list(pool._processes or ())]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at Linux's /proc")


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def here():
    """What this process computes."""
    return by_name(InProcessExecutor().run(feed(CHUNKS)))


def test_devices():
    assert cpu_devices(1) == [Device("cpu", 0)]
    assert 1 <= len(cpu_devices()) <= (os.cpu_count() or 1)
    assert LocalExecutor(DEVICES).devices == 2
    assert InProcessExecutor().devices == 1
    InProcessExecutor().close()


@pytest.mark.parametrize("devices", [DEVICES[:1], DEVICES], ids=["one", "two"])
def test_workers_give_the_bits_of_one_process(devices, cache, here):
    asked = []
    waiting = deque(CHUNKS if len(devices) == 1 else CHUNKS[::-1])

    def pull(last):
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
def test_killed_worker_costs_nothing_but_time(cache, here):
    # a chunk that is long enough to be killed in the middle, then those with known results
    long = Chunk(SPEC, 4, tuple(run(epochs=6000, replicate=r) for r in range(4)))
    with LocalExecutor(DEVICES[:1], cache) as executor:
        stream = executor.run(feed([CHUNKS[0], long, CHUNKS[1]]))
        chunk, first = next(stream)
        assert_all_same(first.results, here[chunk.name])
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
    assert_all_same(rest[long.name], undisturbed.results)


def _die(chunk: Chunk) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(chunk: Chunk) -> None:
    raise UserError(f"{chunk.program.dataset} is not to be had")


def test_three_deaths_are_reported(monkeypatch):
    monkeypatch.setattr(module, "train_chunk", _die)
    with (
        LocalExecutor(DEVICES[:1]) as executor,
        pytest.raises(WorkerLostError, match=f"died 3 times while training chunk {CHUNKS[0].name}"),
    ):
        list(executor.run(feed(CHUNKS[:1])))


def test_errors_in_workers_arrive(monkeypatch):
    monkeypatch.setattr(module, "train_chunk", _raise)
    with (
        LocalExecutor(DEVICES[:1]) as executor,
        pytest.raises(UserError, match="not to be had"),
    ):
        list(executor.run(feed(CHUNKS[:1])))


@needs_proc
def test_close_leaves_no_children(cache):
    endless = Chunk(SPEC, 4, tuple(run(epochs=10**8) for _ in range(4)))
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
    assert MOONS in SPEC.dataset


def test_a_worker_that_grows_is_kept():
    # loky would replace it, with a warning, and all its programs would be compiled again
    assert float(Device("cpu", 0).environment()["LOKY_MAX_MEMORY_LEAK_SIZE"]) >= 1e12
