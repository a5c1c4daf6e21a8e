"""JAX's settings that decide what is computed: Bridle's own, whatever the environment or a program around it sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import jax

_OWN: tuple[tuple[Any, Any], ...] = (
    (jax.enable_x64, False),
    (jax.disable_jit, False),
    (jax.debug_nans, False),  # a run that diverges is a result
    (jax.debug_infs, False),
    (jax.default_matmul_precision, None),
    (jax.numpy_dtype_promotion, "standard"),
    (jax.numpy_rank_promotion, "allow"),
    (jax.transfer_guard, "allow"),
)


@contextmanager
def own_settings() -> Iterator[None]:
    """Let JAX compute in this thread as everywhere else."""
    with ExitStack() as stack:
        for setting, value in _OWN:
            stack.enter_context(setting(value))
        yield
