"""Models: trained on all rows, saved in one file, read again, and refused where the file is not what was saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

import bridle
from bridle.api.study import Study
from bridle.data import load as load_data
from bridle.errors import UserError
from bridle.models import Model, Recipe, load, trained_on_all
from bridle.tables.form import TableForm
from tests.report.test_report_notebook import checked

SMALL: dict[str, Any] = {
    "methods": "none,l2",
    "replicates": 2,
    "configurations": 2,
    "epochs": 10,
    "widths": (6,),
    "executor": "inline",
}


def table(rows: int = 120) -> pd.DataFrame:
    """Numbers, a category, gaps, and a target that follows from them."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "kind": random.choice(["x", "y", "z"], rows),
            "b": np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)),
            "id": np.arange(rows),
        }
    )
    frame["target"] = np.where(frame["a"] + (frame["kind"] == "x") > 0.3, "yes", "no")
    return frame


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("models") / "study"
    found = bridle.compare(table(), target="target", drop=["id"], out=folder, **SMALL)
    assert isinstance(found, Study)
    return found


@pytest.fixture(scope="module")
def model(study: Study) -> Model:
    return study.refit(ensemble=2)


@pytest.fixture(scope="module")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model.save(tmp_path_factory.mktemp("saved") / "model")


def test_what_is_recommended_is_trained_on_all_rows(study: Study, model: Model) -> None:
    choice = study.recommendation
    assert choice is not None
    facts = model.facts
    assert facts["method"].split("(")[0] == choice.method
    assert facts["learning_rate"] == json.loads(choice.hyperparameters)["learning_rate"]
    assert (facts["rows"], facts["epochs"]) == (120, [10, 10])
    assert len(facts["ensemble_gain"]) == 2
    assert "2 networks" in repr(model)
    assert {"Model of table", "no, yes", facts["method"]} <= set(checked(model).texts)
    # medians and scales are those of all rows
    assert model.preparation is not None
    assert isinstance(model.form, TableForm)
    names = [name for encoder in model.form.encoders for name in encoder.features]
    median = model.preparation.fill[names.index("b")]
    assert median == pytest.approx(table()["b"].median())


def test_a_method_of_the_study_or_any_other_can_be_named(study: Study) -> None:
    assert study.refit("l2").facts["method"].startswith("l2(")
    assert study.refit("none").facts["method"] == "none"
    assert study.refit("dropout(rate=0.2)").facts["method"] == "dropout(rate=0.2)"
    with pytest.raises(UserError, match="Did you mean 'dropout'"):
        study.refit("dropuot")
    with pytest.raises(UserError, match="ensemble must be"):
        study.refit(ensemble=0)


def test_a_model_that_is_read_again_predicts_the_same(model: Model, saved: Path) -> None:
    assert saved.suffix == ".safetensors"
    again = bridle.load(saved)
    frame = table()
    np.testing.assert_array_equal(again.predict_proba(frame), model.predict_proba(frame))
    assert list(again.predict(frame)) == list(model.predict(frame))
    assert set(again.predict(frame)) <= {"yes", "no"}
    assert again.facts == json.loads(json.dumps(model.facts))
    turned = frame[["kind", "b", "a"]]
    np.testing.assert_array_equal(again.predict_proba(turned), model.predict_proba(frame))


def test_new_words_and_gaps_are_known(saved: Path) -> None:
    rows = pd.DataFrame({"a": [0.1, None], "kind": ["new", None], "b": [None, 2.0]})
    assert np.isfinite(bridle.load(saved).predict_proba(rows)).all()
    with pytest.raises(UserError, match="lacks the columns kind"):
        bridle.load(saved).predict(rows.drop(columns="kind"))


@pytest.mark.long
def test_a_model_of_arrays_and_of_images(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for inputs in (
        random.normal(size=(40, 3)),
        random.integers(0, 256, (40, 4, 5), dtype=np.uint8),
    ):
        data = bridle.data.from_arrays(inputs, np.arange(40) % 2)
        found = trained_on_all(data, Recipe(widths=(4,), epochs=3), 0, {})
        again = load(found.save(tmp_path / "arrays"))
        np.testing.assert_array_equal(again.predict_proba(inputs), found.predict_proba(inputs))
        assert set(again.predict(inputs)) <= {"0", "1"}
        with pytest.raises(UserError, match="X must"):
            again.predict(inputs[0])


def test_a_model_of_numbers(tmp_path: Path) -> None:
    data = load_data("friedman(n=60,test=100)")
    found = trained_on_all(data, Recipe(widths=(8,), epochs=500), 0, {})
    split = data.replicate(0, 0)
    again = load(found.save(tmp_path / "numbers"))
    predicted = again.predict(split.inputs)
    assert predicted.shape == (len(split.inputs),)
    assert np.corrcoef(predicted[split.train], split.targets[split.train][:, 0])[0, 1] > 0.8
    # the test rows of generated data are left out
    assert again.facts["rows"] == len(split.train) + len(split.validation)
    with pytest.raises(UserError, match="have no probabilities"):
        again.predict_proba(split.inputs)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1), change=st.integers(1, 255))
def test_a_file_with_one_changed_byte_is_refused(
    saved: Path, tmp_path: Path, place: float, change: int
) -> None:
    content = bytearray(saved.read_bytes())
    at = min(int(place * len(content)), len(content) - 1)
    content[at] ^= change
    path = tmp_path / "changed.safetensors"
    path.write_bytes(content)
    found = outcome(path)
    if isinstance(found, Model):  # white space of the header that became another
        assert found.facts == load(saved).facts
    else:
        assert "must be a model that `bridle refit` or" in found


def outcome(path: Path) -> Model | str:
    """The model in a file, or what is said of it."""
    try:
        return load(path)
    except UserError as error:
        return str(error)


@pytest.mark.parametrize("size", [0, 7, 300, -1])
def test_a_truncated_file_is_refused(saved: Path, tmp_path: Path, size: int) -> None:
    path = tmp_path / "short.safetensors"
    path.write_bytes(saved.read_bytes()[:size])
    with pytest.raises(UserError, match="must be a model that `bridle refit` or"):
        load(path)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_file({"a": np.zeros(3)}, other)
    with pytest.raises(UserError, match="a safetensors file of something else"):
        load(other)
    with pytest.raises(UserError, match="does not exist"):
        load(tmp_path / "nothing")
    with pytest.raises(UserError, match="is a folder"):
        load(tmp_path)
    other.rename(tmp_path / "model.safetensors")
    with pytest.raises(UserError, match=r"Did you mean '.*model\.safetensors'"):
        load(tmp_path)


def test_a_file_that_cannot_be_written_is_an_error(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Cannot write"):
        model.save(tmp_path / "file" / "model")
    with pytest.raises(UserError, match="there is no folder"):
        model.save(tmp_path / "none" / "model")
    assert model.save(tmp_path / "v1.2").name == "v1.2"  # an ending of the user's own
