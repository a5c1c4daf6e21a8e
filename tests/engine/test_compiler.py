"""Compiler options: those that this release of XLA knows."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest

from bridle.engine import compiler

GONE = "xla_cpu_of_a_release_long_gone"


@pytest.fixture
def options() -> Iterator[dict[str, str | bool]]:
    """Yield the options of a CPU, to which a test may add."""
    with pytest.MonkeyPatch.context() as patch:
        own = dict(compiler.OPTIONS["cpu"])
        patch.setitem(compiler.OPTIONS, "cpu", own)
        patch.setattr(compiler, "_refused", set())
        yield own


@pytest.mark.parametrize(("calls", "level"), [("often", "1"), ("seldom", "1"), ("once", "0")])
def test_options_that_xla_dropped_are_left_out(
    calls: compiler.Calls, level: str, options: dict[str, str | bool]
) -> None:
    """The others stay, and what they compile runs; with the dropped one XLA refuses."""
    double = jax.jit(lambda x: 2 * x).lower(1.0)
    compiler.compile_lowered(double, calls)
    before = compiler.compiler_options(calls)
    options[GONE] = True
    with pytest.raises(jax.errors.JaxRuntimeError, match=GONE):
        double.compile({GONE: True})
    assert compiler.compile_lowered(double, calls)(3.0) == 6.0
    assert compiler.compiler_options(calls) == before
    assert before["xla_backend_optimization_level"] == level


def test_other_errors_of_the_compiler_are_not_hidden(options: dict[str, str | bool]) -> None:
    options["xla_cpu_prefer_vector_width"] = "wide"
    with pytest.raises(jax.errors.JaxRuntimeError, match="xla_cpu_prefer_vector_width"):
        compiler.compile_lowered(jax.jit(lambda x: 3 * x).lower(1.0))
