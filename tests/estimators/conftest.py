"""Programs of estimators are compiled quickly: tests train tables of many shapes, each in a moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridle.engine.compiled import COMPILER_OPTIONS, QUICK_OPTIONS, forget_compiled


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly() -> Iterator[None]:
    """Compile in a quarter of the time to programs that are some times slower."""
    forget_compiled()
    with pytest.MonkeyPatch.context() as patch:
        for kind, options in QUICK_OPTIONS.items():
            patch.setitem(COMPILER_OPTIONS, kind, COMPILER_OPTIONS[kind] | options)
        yield
    forget_compiled()
