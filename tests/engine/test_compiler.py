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
    compiler._unknown.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        own = dict(compiler.OPTIONS["cpu"])
        patch.setitem(compiler.OPTIONS, "cpu", own)
        yield own
    compiler._unknown.cache_clear()


def test_options_that_xla_dropped_are_left_out(options: dict[str, str | bool]) -> None:
    """The others stay, and what they compile runs; with the dropped one XLA refuses."""
    before = compiler.compiler_options()
    options[GONE] = True
    compiler._unknown.cache_clear()
    double = jax.jit(lambda x: 2 * x).lower(1.0)
    with pytest.raises(jax.errors.JaxRuntimeError, match=GONE):
        double.compile({GONE: True})
    assert compiler.compiler_options() == before
    assert before["xla_backend_optimization_level"] == "1"
    assert double.compile(compiler.compiler_options())(3.0) == 6.0


def test_quick_compilation_differs_and_is_known_too(options: dict[str, str | bool]) -> None:
    options[GONE] = "0"
    quick = compiler.compiler_options(quick=True)
    assert quick["xla_backend_optimization_level"] == "0"
    assert GONE not in quick
    assert quick.keys() <= options.keys()
