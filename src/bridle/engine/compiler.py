"""How XLA compiles a population's functions."""

from __future__ import annotations

import functools

import jax

OPTIONS: dict[str, dict[str, str | bool]] = {
    "cpu": {
        "xla_backend_optimization_level": "1",
        "xla_cpu_prefer_vector_width": "512",
        "xla_cpu_multi_thread_eigen": False,
        "xla_cpu_use_fusion_emitters": True,
    }
}
"""Compiler options of each kind of device. They decide bits, so they belong to the program,
not to a process. Level 1 compiles in a third of the default's time, to equally fast programs; 512 bits gain a tenth."""

QUICK_OPTIONS: dict[str, dict[str, str | bool]] = {
    "cpu": {"xla_backend_optimization_level": "0", "xla_cpu_use_fusion_emitters": False}
}
"""Options instead of these for what is called so seldom that compiling it takes longer than all its calls."""


def compiler_options(quick: bool = False) -> dict[str, str | bool]:
    """Return the compiler's options on this process's device, as far as its release of XLA knows them.

    Args:
        quick: whether compiling shall take less time, and calls more.
    """
    device = jax.default_backend()
    own = OPTIONS.get(device, {})
    wanted = own | QUICK_OPTIONS.get(device, {}) if quick else own
    unknown = _unknown(device, tuple(wanted))
    return {option: value for option, value in wanted.items() if option not in unknown}


@functools.cache
def _unknown(device: str, options: tuple[str, ...]) -> frozenset[str]:
    """Return which options XLA refuses: releases drop what has become the only way."""
    values = OPTIONS.get(device, {}) | QUICK_OPTIONS.get(device, {})
    tried = jax.jit(lambda x: x + 1).lower(0)

    def refused(*names: str) -> bool:
        try:
            tried.compile({name: values[name] for name in names})
        except jax.errors.JaxRuntimeError:
            return True
        return False

    if not refused(*options):
        return frozenset()
    return frozenset(name for name in options if refused(name))
