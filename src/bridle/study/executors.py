"""The named executors, and the choice among them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from bridle.domains import Choice
from bridle.engine.devices import devices
from bridle.engine.executor import Executor, InProcessExecutor, LocalExecutor
from bridle.errors import UserError
from bridle.files import user_cache
from bridle.study.plan import Plan


def _local(plan: Plan, most: int, workers: int | None) -> Executor:
    return LocalExecutor(devices(plan.device, most, workers), cache=program_cache())


def _inline(plan: Plan, most: int, workers: int | None) -> Executor:
    if workers is not None:
        raise UserError(
            f"The executor inline trains in this process, without workers; received workers={workers}. "
            "Leave one of the two out."
        )
    import jax

    if plan.device != jax.default_backend():
        raise UserError(
            f"The plan trains on {plan.device}, and JAX in this process on {jax.default_backend()}. Choose the "
            "executor local, which starts processes of their own."
        )
    return InProcessExecutor()


EXECUTORS: dict[str, Callable[[Plan, int, int | None], Executor]] = {
    "local": _local,
    "inline": _inline,
}
"""Functions that make an executor, by name, from a plan, the maximum number of chunks at a time, and of workers."""

LOCAL, INLINE = EXECUTORS


def check_executor(asked: Executor | str | None) -> None:
    """Raise a UserError for an unknown executor, before anything is done."""
    if not hasattr(asked, "run"):
        Choice(tuple(EXECUTORS)).check("executor", asked or LOCAL)


@contextlib.contextmanager
def executor_for(
    plan: Plan,
    asked: Executor | str | None = None,
    *,
    runs: int | None = None,
    workers: int | None = None,
) -> Iterator[Executor]:
    """Yield the executor that trains a plan's runs; an executor that is made here is closed when the block ends.

    Args:
        plan: names the kind of device.
        asked: the name of one of `EXECUTORS`, or an executor of the caller's own; by default `local`.
        runs: number of runs, if not the plan's; no more workers than runs are started.
        workers: number of worker processes; by default one for each device.

    Raises:
        UserError: there is no such executor, or it cannot train this plan here.
    """
    check_executor(asked)
    if asked is not None and not isinstance(asked, str):
        yield asked
        return
    made = EXECUTORS[asked or LOCAL](plan, plan.count if runs is None else runs, workers)
    try:
        yield made
    finally:
        made.close()


def program_cache() -> str | None:
    """Return the per-user folder where compiled programs are kept, None if no folder is known."""
    root = user_cache()
    return None if root is None else str(root / "programs")
