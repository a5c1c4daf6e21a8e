"""Embeddings from a comparison to a saved model: bins of each split in the study, of all rows in the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import bridle
from bridle.api.study import Study
from bridle.estimators import RegularizedMLPClassifier

NETWORK = "mlp(embed=ple(bins=4,size=3))"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random, rows = np.random.default_rng(6), 120
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "word": np.resize(list("vwxyz"), rows),
            "b": np.where(random.random(rows) < 0.1, np.nan, random.exponential(size=rows)),
        }
    )
    frame["y"] = np.where(np.sin(3 * frame["a"]) + (frame["word"] == "v") > 0.5, "yes", "no")
    return frame


@pytest.fixture(scope="module")
def study(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Study:
    found = bridle.compare(
        frame,
        target="y",
        network=NETWORK,
        methods="none,l2",
        replicates=2,
        configurations=2,
        epochs=8,
        widths=(6,),
        executor="inline",
        out=tmp_path_factory.mktemp("embedded") / "study",
    )
    assert isinstance(found, Study)
    return found


@pytest.mark.slow
def test_a_study_predicts_with_the_bins_of_each_split(study: Study, frame: pd.DataFrame) -> None:
    for number in range(2):
        split = study.dataset.replicate(number, study.plan.seed)
        weights = study.weights("none", number)
        seen = split.seen(split.train)[:, [0, 6]]
        assert [study.dataset.features[at] for at in (0, 6)] == ["a", "b"]
        np.testing.assert_allclose(
            weights["embed/edges"], np.quantile(seen, np.linspace(0, 1, 5), axis=0).T, rtol=1e-5
        )
        found = study.probabilities("none", number, frame.iloc[split.test])
        logits = study.predictions("none", number)["test"]
        odds = np.log(found[:, 1] / found[:, 0])
        np.testing.assert_allclose(odds, logits[:, 1] - logits[:, 0], rtol=1e-3, atol=1e-4)


@pytest.mark.long
def test_a_model_keeps_the_bins_of_all_rows(
    study: Study, frame: pd.DataFrame, tmp_path: Path
) -> None:
    model = study.refit(method="none", ensemble=2)
    one, other = (weights for _, weights in model.network.members)
    a = (frame["a"] - frame["a"].mean()) / frame["a"].std(ddof=0)
    for weights in (one, other):
        np.testing.assert_allclose(
            weights["embed/edges"][0], np.quantile(a, np.linspace(0, 1, 5)), rtol=1e-4, atol=1e-5
        )
    assert not np.array_equal(one["embed/quantities/kernel"], other["embed/quantities/kernel"])
    rows = frame[["b", "word", "a"]].head(9).copy()
    rows.loc[0, "word"] = "never seen"
    rows.loc[1, ["a", "b"]] = np.nan
    again = bridle.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(again.predict_proba(rows), model.predict_proba(rows))
    assert np.isfinite(again.predict_proba(rows)).all()
    assert again.network.shapes == model.network.shapes


@pytest.mark.long
def test_estimators_take_embeddings() -> None:
    random = np.random.default_rng(7)
    X = random.uniform(-2, 2, size=(150, 2))
    y = np.where(np.sin(4 * X[:, 0]) > 0, "u", "d")
    one = RegularizedMLPClassifier(
        network="mlp(embed=periodic(frequencies=6,sigma=0.5,size=4))",
        widths=(16,),
        epochs=60,
        random_state=0,
    )
    assert one.fit(X, y).score(X, y) > 0.9
    np.testing.assert_array_equal(clone(one).fit(X, y).predict_proba(X), one.predict_proba(X))
