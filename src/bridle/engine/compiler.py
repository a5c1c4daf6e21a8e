"""How XLA compiles a population's functions."""

from __future__ import annotations

import re
from typing import Any, Literal

import jax

from bridle.engine.cache import compile_kept

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

Calls = Literal["often", "seldom", "once"]
"""How many calls of a function follow: the fewer, the less time its compilation may take."""

_SELDOM: dict[str, str | bool] = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": "1",
}

LESS_OPTIMIZED: dict[Calls, dict[str, dict[str, str | bool]]] = {
    "seldom": {"cpu": _SELDOM},
    "once": {"cpu": _SELDOM | {"xla_backend_optimization_level": "0"}},
}
"""Options instead for functions that are called seldom, or once for a run, so that compiling them counts too.
A method's influence on eight lanes of 17,000 weights compiles in 1.2, 0.5 and 0.15 s, and takes 1.1, 1.2 and 6.5 ms."""


_refused: set[str] = set()
"""Options that this release of XLA does not have: releases drop what has become the only way."""


def compile_lowered(lowered: Any, calls: Calls = "often") -> Any:
    """Compile a lowered function for this process's device, or take it from the cache of programs.

    Args:
        lowered: what `jax.jit(…).lower(…)` returns.
        calls: how many will follow.
    """
    while True:
        try:
            return compile_kept(lowered, compiler_options(calls))
        except jax.errors.JaxRuntimeError as error:
            unknown = re.search(r"No such compile option: '(\w+)'", str(error))
            if unknown is None or unknown[1] in _refused:
                raise
            _refused.add(unknown[1])


def compiler_options(calls: Calls = "often") -> dict[str, str | bool]:
    """Return the compiler's options on this process's device, without those that XLA has refused."""
    device = jax.default_backend()
    own = OPTIONS.get(device, {})
    wanted = own | LESS_OPTIMIZED.get(calls, {}).get(device, {})
    return {option: value for option, value in wanted.items() if option not in _refused}
