"""The environment of worker processes, and messages about missing devices. The tests need no GPU."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bridle.engine import devices as devices_module
from bridle.engine.devices import KINDS, Device, cores, devices, gpus, resolve
from bridle.engine.width import ROOMS, lanes
from bridle.errors import UserError
from tests.engine.populations import MOONS, dataset, program_spec

no_gpu = pytest.mark.skipif(gpus() > 0, reason="there is a GPU")


def test_one_device_a_core() -> None:
    assert devices("cpu", 1) == [Device("cpu", 0)]
    assert devices("cpu") == [Device("cpu", index) for index in range(cores())]
    assert 1 <= cores() <= (os.cpu_count() or 1)


@no_gpu
def test_no_gpu() -> None:
    assert resolve("auto") == "cpu"
    for asked in (lambda: devices("gpu"), lambda: resolve("gpu")):
        with pytest.raises(UserError, match=r"No GPU that JAX can use was found.*device='cpu'"):
            asked()


@pytest.mark.parametrize(
    ("seen", "index", "own"),
    [(None, 0, "0"), (None, 3, "3"), ("2, 5", 1, "5"), ("GPU-8f", 0, "GPU-8f")],
)
def test_a_worker_sees_its_own_gpu(
    seen: str | None, index: int, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if seen is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", seen)
    environment = Device("gpu", index).environment()
    assert environment["CUDA_VISIBLE_DEVICES"] == own
    assert "JAX_PLATFORMS" not in environment


@pytest.mark.parametrize(
    ("count", "memory", "most", "workers", "own"),
    [
        (1, 60, None, None, [(0, 4), (0, 4), (0, 4), (0, 4)]),
        (1, 60, 2, None, [(0, 2), (0, 2)]),
        (1, 60, None, 1, [(0, 1)]),
        (1, 18, None, None, [(0, 2), (0, 2)]),
        (1, 6, None, None, [(0, 1)]),
        (1, 6, None, 3, [(0, 3), (0, 3), (0, 3)]),
        (2, 6, None, None, [(0, 1), (1, 1)]),
        (2, 6, None, 3, [(0, 2), (1, 1), (0, 2)]),
    ],
)
def test_workers_share_gpus(
    count: int,
    memory: int,
    most: int | None,
    workers: int | None,
    own: list[tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many as its memory and the cores have room for, or as the user says; no two are the same to an executor."""
    monkeypatch.setattr("bridle.engine.devices._seen", lambda: (count, memory * 2**30))
    monkeypatch.setattr("bridle.engine.devices.cores", lambda: 16)
    found = devices("gpu", most, workers)
    assert [(device.index, device.sharers) for device in found] == own
    assert len(set(found)) == len(own)
    for device in found:
        taken = device.environment().get("XLA_PYTHON_CLIENT_MEM_FRACTION", "0.75")
        assert float(taken) * device.sharers == pytest.approx(0.75, abs=0.01)


def test_a_core_has_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridle.engine.devices.cores", lambda: 2)
    assert devices("cpu", 100, 8) == [Device("cpu", 0), Device("cpu", 1)]


@pytest.mark.parametrize(
    ("told", "seen"), [("1\n8000\n", (1, 8000)), ("2\n", (2, 0)), ("", (0, 0))]
)
def test_a_gpu_counts_though_its_memory_is_not_told(
    told: str, seen: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridle.engine.devices.find_spec", lambda name: name)
    monkeypatch.setattr("bridle.engine.devices._LOOK", f"print({told!r}, end='')")
    monkeypatch.setenv("JAX_PLATFORMS", "")
    monkeypatch.delenv("BRIDLE_JAX_PLATFORMS", raising=False)
    assert devices_module._seen.__wrapped__() == seen


def test_a_core_keeps_to_one_thread() -> None:
    code = "import jax; print(jax.default_backend(), jax.local_device_count())"
    environment = {**os.environ, **Device("cpu", 0).environment()}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["cpu", "1"]


def test_widths_are_powers_of_two_within_their_room() -> None:
    small, large = program_spec(), program_spec(widths=(1024, 1024))
    for kind in KINDS:
        room = ROOMS[kind]
        assert lanes(small, dataset(MOONS), kind) == room.lanes
        width = lanes(large, dataset(MOONS), kind)
        assert width & (width - 1) == 0
        assert 1 <= width < room.lanes
    assert lanes(large, dataset(MOONS)) == 1


def test_width_counts_what_the_optimizer_keeps() -> None:
    """Parameters, gradients, and Adam's two moments: four numbers a weight; three with one momentum, five in all."""
    specs = {
        o: program_spec(widths=(128, 128), optimizer=o) for o in ("adam", "sgd", "lion", "muon")
    }
    weights = 2 * 128 + 128 + 128 * 128 + 128 + 128 + 1
    room = ROOMS["cpu"].state
    for name, kept in (("adam", 4), ("sgd", 3), ("lion", 3)):
        width = lanes(specs[name], dataset(MOONS))
        assert width * weights * kept * 4 <= room < 2 * width * weights * kept * 4
    assert (
        lanes(specs["muon"], dataset(MOONS)) == 16
    )  # one momentum for hidden kernels, Adam's two for the rest


def test_lanes_of_a_gpu_hold_the_runs_and_no_more() -> None:
    spec = program_spec()
    for runs in (1, 2, 3, 32, 33, 1000, 5000):
        width = lanes(spec, dataset(MOONS), "gpu", runs)
        assert width == min(1 << (runs - 1).bit_length(), ROOMS["gpu"].lanes)
        assert lanes(spec, dataset(MOONS), "cpu", runs) == lanes(spec, dataset(MOONS))


def test_samples_of_ten_million_points_are_few() -> None:
    """Lanes that each draw their own data must fit in memory together, however small the network."""
    huge = "moons(n=10000000,noise=0.3,validation=0.2)"
    width = lanes(program_spec(), dataset(huge))
    assert 1 <= width * 10_010_000 * 3 * 4 <= ROOMS["cpu"].data
