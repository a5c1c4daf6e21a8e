"""The environment of worker processes, and messages about missing devices. The tests need no GPU."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

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


def test_samples_of_ten_million_points_are_few() -> None:
    """Lanes that each draw their own data must fit in memory together, however small the network."""
    huge = "moons(n=10000000,noise=0.3,validation=0.2)"
    width = lanes(program_spec(), dataset(huge))
    assert 1 <= width * 10_010_000 * 3 * 4 <= ROOMS["cpu"].data
