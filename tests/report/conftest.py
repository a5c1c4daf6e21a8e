import os
from pathlib import Path
from typing import Any, Protocol

import pytest

from bridle.api.study import Study
from bridle.report.figures.base import StudyReading
from bridle.report.page import page
from tests.report.invented import Invented


class Make(Protocol):
    def __call__(
        self, scores: dict[str, list[float]], dataset: str = ..., **more: Any
    ) -> Invented: ...


BESIDE = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def real_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the files of MNIST beside the project, or skip."""
    folder = Path(os.environ.get("BRIDLE_DATA", BESIDE))
    if not (folder / "mnist").is_dir():
        pytest.skip(
            f"{folder} does not hold the MNIST files; set BRIDLE_DATA to a folder that does"
        )
    monkeypatch.setenv("BRIDLE_DATA", str(folder))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a study of given test scores; see `Invented`."""

    def build(
        scores: dict[str, list[float]],
        dataset: str = "moons(n=100,noise=0.3,validation=0.2)",
        **more: Any,
    ) -> Invented:
        return Invented(tmp_path, dataset, scores, **more)

    return build


def reading(study: Study) -> StudyReading:
    """What figures are collected from."""
    return StudyReading(study, study.answer)


def paged(study: Study) -> str:
    """The study's page as text."""
    return page(study, study.answer)
