"""Compiled programs are cached where possible, and results do not depend on the cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from bridle.engine.cache import compile_kept, keep_programs
from bridle.engine.executor import InProcessExecutor
from bridle.engine.spec import ChunkResult, RunResult
from tests.engine.populations import assert_all_same, chunk, program_spec, run

SETTINGS = (
    "jax_compilation_cache_dir",
    "jax_compilation_cache_max_size",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
    "jax_raise_persistent_cache_errors",
)


@pytest.fixture
def settings() -> Iterator[None]:
    """Put JAX's settings back afterwards, and forget the folder that it opened."""
    from jax.experimental.compilation_cache import compilation_cache

    before = {name: jax.config.values[name] for name in SETTINGS}
    jax.config.update("jax_compilation_cache_dir", None)  # not that of all tests
    compilation_cache.reset_cache()
    yield
    for name, value in before.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()


def test_a_folder_that_cannot_be_used_keeps_nothing(tmp_path: Path, settings: None) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "locked" / ".lockfile").mkdir(parents=True)  # so that not even root may write to it
    before = jax.config.values["jax_compilation_cache_dir"]
    for place in ("file", "locked"):
        keep_programs(tmp_path / place)
        assert jax.config.values["jax_compilation_cache_dir"] == before


def test_what_a_killed_writer_left_half_written_makes_room(tmp_path: Path, settings: None) -> None:
    """JAX, which sorts entries by age, would write no new entry beside one without."""
    (tmp_path / "jit_f-1-cache").write_bytes(b"half")
    (tmp_path / "jit_g-2-cache").write_bytes(b"whole")
    (tmp_path / "jit_g-2-atime").write_bytes(bytes(8))
    keep_programs(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("jit*")) == ["jit_g-2-atime", "jit_g-2-cache"]


def test_entries_that_can_be_neither_read_nor_removed_stop_nothing(
    tmp_path: Path, settings: None
) -> None:
    two = jnp.float32(2.0)
    keep_programs(tmp_path)

    def tripled(x: jax.Array) -> jax.Array:
        return x * 3 + 1

    def lowered() -> Any:
        return jax.jit(tripled).lower(two)

    compile_kept(lowered(), {})
    (entry,) = tmp_path.glob("jit_tripled-*-cache")
    entry.unlink()
    entry.mkdir()  # another user's file cannot be read; nor can a folder, even by root
    jax.clear_caches()
    assert float(compile_kept(lowered(), {})(two)) == 7.0


def test_settings_of_the_program_around_change_no_bit() -> None:
    asked = chunk(program_spec(), 2, (run("l1(strength=1e-3)", epochs=2), run(epochs=2)))

    def results() -> list[RunResult]:
        waiting = [asked]
        [(_, outcome)] = InProcessExecutor().run(lambda last: waiting.pop() if waiting else None)
        assert isinstance(outcome, ChunkResult)
        return outcome.results

    here = results()
    with (
        jax.enable_x64(True),
        jax.disable_jit(True),
        jax.debug_nans(True),
        jax.default_matmul_precision("bfloat16"),
        jax.numpy_dtype_promotion("strict"),
    ):
        assert_all_same(results(), here)
