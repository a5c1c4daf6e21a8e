"""The settings that are as good as the best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api.study import Study
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError

STRENGTHS = (0.0001, 0.001, 100.0)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A penalty of 100 leaves nothing of the network."""
    return bridle.compare(
        "moons(n=100)",
        out=tmp_path_factory.mktemp("strengths") / "study",
        executor=InProcessExecutor(),
        methods="none,l2",
        grid={"l2": {"strength": STRENGTHS}},
        replicates=5,
        epochs=20,
        widths=(8,),
        learning_rate=0.05,
    )


def test_a_strength_that_ruins_the_network_is_not_as_good(study: Study) -> None:
    found = study.strengths("l2")
    assert list(found.columns) == [
        "hyperparameters",
        "score",
        "difference",
        "replicates",
        "as_good",
    ]
    assert [
        f'"strength": {strength}' in text
        for strength, text in zip(STRENGTHS, found["hyperparameters"], strict=True)
    ] == [True] * 3
    assert not found["as_good"].iloc[2]
    assert found["as_good"].iloc[int(found["score"].to_numpy().argmax())]


def test_scores_are_those_of_the_results(study: Study) -> None:
    results, found = study.results(), study.strengths("L2").set_index("hyperparameters")
    own: Any = results[results["method"] == "l2"].groupby("hyperparameters")["test_score"]
    pd.testing.assert_series_equal(
        found["score"], own.mean().reindex(found.index), check_names=False
    )
    assert found["difference"].max() == 0
    assert (found["replicates"] == 5).all()


def test_of_one_replicate_nothing_is_told_apart(study: Study, tmp_path: Path) -> None:
    one = bridle.compare(
        "moons(n=100)",
        out=tmp_path / "one",
        executor=InProcessExecutor(),
        methods="none,l2",
        grid={"l2": {"strength": STRENGTHS}},
        replicates=1,
        epochs=2,
        widths=(8,),
    )
    assert one.strengths("l2")["as_good"].all()


def test_another_method_is_named(study: Study) -> None:
    with pytest.raises(UserError, match="Unknown method of this study 'dropout'"):
        study.strengths("dropout")
    assert np.isfinite(study.strengths("none")["score"]).all()
