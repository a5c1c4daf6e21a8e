"""Counts what JAX compiles, by whomever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax
from jax._src import monitoring


@contextmanager
def compilations() -> Iterator[list[str]]:
    """Give a list to which every compilation inside adds an entry."""
    found: list[str] = []

    def note(event: str, duration_secs: float, **more: str | int) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            found.append(event)

    jax.monitoring.register_event_duration_secs_listener(note)
    try:
        yield found
    finally:
        monitoring.unregister_event_duration_listener(note)


@contextmanager
def compiling_nothing() -> Iterator[None]:
    """Fail where anything inside is compiled."""
    with compilations() as found:
        yield
    assert found == []
