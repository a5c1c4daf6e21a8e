"""What trains: the cores of this machine, each for one worker process, or its GPUs, which several may share."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec

from bridle.errors import UserError
from bridle.wording import argument

KINDS = ("cpu", "gpu")
"""Kinds of devices. Programs, and so bits, differ between them."""

ALIASES = (("cuda", "gpu"), ("rocm", "gpu"))
"""What others call them."""

_VISIBLE = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
_MEMORY = "XLA_PYTHON_CLIENT_MEM_FRACTION"
MEMORY = 0.75
"""Of a GPU, the share of memory that its workers take together; what JAX takes for a process of its own."""

_LOOK = """import jax
found = jax.local_devices(backend="gpu")
print(len(found), flush=True)
print(min(device.memory_stats()["bytes_limit"] for device in found))
"""

SHARERS, NEEDED = 4, 8 * 2**30
"""Workers that share a GPU by default: so many train fastest, if each has that many bytes of its memory."""

_ASKED = "BRIDLE_JAX_PLATFORMS"
"""Environment variable in which `own_environment` keeps the platforms that the user lets JAX see."""


@dataclass(frozen=True)
class Device:
    """One device that one worker process owns, or its share of one.

    Attributes:
        kind: `cpu`, where each core is a device of its own, or `gpu`.
        index: which one.
        sharers: number of workers that share it.
        sharer: which of them.
    """

    kind: str
    index: int
    sharers: int = 1
    sharer: int = 0

    def environment(self) -> dict[str, str]:
        """Return all variables that a worker's process starts with.

        Variables that the user sets for JAX, XLA and linear algebra libraries are left out: they would change bits
        or stop training. On a CPU, XLA uses one thread. Of several GPUs, a worker sees only its own.
        """
        found = {**foreign(), "TF_CPP_MIN_LOG_LEVEL": "2"}
        if self.kind == "gpu":
            seen = {name: _nth(os.environ.get(name), self.index) for name in _VISIBLE}
            memory = {} if self.sharers == 1 else {_MEMORY: f"{MEMORY / self.sharers:.3f}"}
            return {**memory, **found, **seen, "XLA_FLAGS": "--xla_gpu_deterministic_ops=true"}
        return {
            **found,
            **dict.fromkeys(_THREADS, "1"),
            "JAX_PLATFORMS": self.kind,
            "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
        }


_THREADS = ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def foreign() -> dict[str, str]:
    """Return this process's variables, without those that decide what JAX computes or whether it runs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JAX_", "JAXLIB_")) and name not in ("XLA_FLAGS", _ASKED)
    }


def own_environment() -> None:
    """Hide GPUs and the user's JAX settings from JAX in this process, which only predicts.

    Must be called before JAX is imported. The user still chooses which kind of device trains.
    """
    asked = os.environ.get("JAX_PLATFORMS", "")
    kept = {**foreign(), _ASKED: asked, "JAX_PLATFORMS": "cpu"}
    for name in os.environ.keys() - kept.keys():
        del os.environ[name]
    os.environ.update(kept)


def devices(kind: str, most: int | None = None, workers: int | None = None) -> list[Device]:
    """Return what worker processes own: devices of a kind that this process may use, or shares of GPUs.

    Args:
        kind: of the devices.
        most: at most so many.
        workers: how many; by default one for each core, or as many for each GPU as train fastest there. A core is not
            shared.

    Raises:
        UserError: there are none.
    """
    count = gpus() if kind == "gpu" else cores()
    if count == 0:
        raise UserError(
            "No GPU that JAX can use was found. Install JAX for it, as in pip install 'bridle[gpu]' for NVIDIA's, "
            f"see that the driver works, or train with {argument('device', 'cpu')}."
        )
    usual = count * sharers() if kind == "gpu" else count
    wanted = workers or usual
    wanted = min(most or wanted, wanted)
    if kind == "cpu" or wanted <= count:
        return [Device(kind, index) for index in range(min(count, wanted))]
    return [
        Device(kind, worker % count, len(range(worker % count, wanted, count)), worker // count)
        for worker in range(wanted)
    ]


def resolve(kind: str) -> str:
    """Return the kind of device that `auto` means here, or the one named.

    Raises:
        UserError: a GPU is named and there is none.
    """
    if kind == "auto":
        return "gpu" if gpus() else "cpu"
    return devices(kind, 1)[0].kind


def cores() -> int:
    """Return the number of cores this process may use: affinity and a container's quota count."""
    from loky import cpu_count

    return int(cpu_count())


def gpus() -> int:
    """Return the number of GPUs that JAX sees, 0 where the user restricts JAX to the CPU."""
    return _seen()[0]


def sharers() -> int:
    """Return how many workers share each GPU unless the user says how many: fewer where its memory is small."""
    return max(1, min(SHARERS, cores() // max(gpus(), 1), _seen()[1] // NEEDED))


@functools.cache
def _seen() -> tuple[int, int]:
    """Return the number of GPUs, and the bytes that JAX would take of the smallest; 0 where it does not say.

    A separate process is asked, so that this one need not start JAX; none where JAX has no plugin for other devices.
    """
    platforms = os.environ.get(_ASKED, os.environ.get("JAX_PLATFORMS", ""))
    if set(platforms.split(",")) == {"cpu"}:
        return 0, 0
    if find_spec("jax_plugins") is None and not entry_points(group="jax_plugins"):
        return 0, 0
    asked = subprocess.run(
        [sys.executable, "-c", _LOOK], env=foreign(), capture_output=True, text=True, check=False
    )
    count, memory = (*map(int, asked.stdout.split()), 0, 0)[:2]
    return count, memory


def _nth(visible: str | None, index: int) -> str:
    """Return which device is the `index`-th of those that a variable lets this process see."""
    seen = [part for part in (visible or "").split(",") if part.strip()]
    return seen[index].strip() if index < len(seen) else str(index)
