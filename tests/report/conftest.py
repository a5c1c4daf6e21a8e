from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.report.studies import FakeStudy


class Make(Protocol):
    def __call__(
        self, scores: dict[str, list[float]], dataset: str = ..., **more: Any
    ) -> FakeStudy: ...


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a study of given test scores; see `FakeStudy`."""

    def build(
        scores: dict[str, list[float]],
        dataset: str = "moons(n=100,noise=0.3,validation=0.2)",
        **more: Any,
    ) -> FakeStudy:
        return FakeStudy(tmp_path, dataset, scores, **more)

    return build
