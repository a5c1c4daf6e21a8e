"""One small study, trained once in this process, for all tests that only read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridle.api.study import Study
from bridle.api.training import compare
from bridle.engine.executor import InProcessExecutor
from bridle.statistics import Comparison

SMALL: dict[str, Any] = {
    "methods": "none,l1,dropout,batch_norm",
    "replicates": 3,
    "epochs": 3,
    "widths": (8,),
    "grid": {"learning_rate": [0.01, 0.02]},
    "configurations": 2,
}


def compared(study: Study) -> Comparison:
    """The statistics of a study with a baseline."""
    found = study.comparison()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("study") / "small"
    return compare("moons(n=60)", out=folder, executor=InProcessExecutor(), **SMALL)


@pytest.fixture
def study_bytes() -> Any:
    """Return a function that reads everything in a study's folder that must not depend on how it was trained."""

    def read(folder: Path) -> dict[str, bytes]:
        kept = [folder / "results.csv", folder / "leaderboard.csv"]
        kept += sorted((folder / "weights").iterdir()) + sorted((folder / "predictions").iterdir())
        return {str(path.relative_to(folder)): path.read_bytes() for path in kept}

    return read
