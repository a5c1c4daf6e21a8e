"""Programs of estimators are compiled quickly: tests train tables of many shapes, each in a moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridle.engine.compiled import forget_compiled
from bridle.engine.compiler import LESS_OPTIMIZED, OPTIONS


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly() -> Iterator[None]:
    """Compile in a quarter of the time to programs that are some times slower."""
    forget_compiled()
    with pytest.MonkeyPatch.context() as patch:
        for kind, options in LESS_OPTIMIZED["once"].items():
            patch.setitem(OPTIONS, kind, OPTIONS[kind] | options)
        yield
    forget_compiled()
