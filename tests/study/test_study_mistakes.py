"""Arguments of the wrong kind, from Python: one sentence that names the argument, and no folder begun."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import bridle
from bridle.api.study import Study
from bridle.errors import UserError
from bridle.files import write_arrays

KINDS: list[tuple[dict[str, Any], str]] = [
    ({"methods": 3}, "methods must be text"),
    ({"replicates": "3"}, "replicates must be a whole number .* received '3'"),
    ({"configurations": 2.5}, "configurations must be a whole number .* received 2.5"),
    ({"configurations": 10**9}, "configurations must be .* at most 10000; received 1000000000"),
    ({"epochs": True}, "epochs must be a whole number .* received True"),
    ({"widths": "8,8"}, "widths must be a whole number .* received '8,8'"),
    ({"widths": 8.5}, "widths must be a whole number .* received 8.5"),
    ({"activation": 3}, "activation must be one of relu, .* received 3"),
    ({"optimizer": 3}, "optimizer must be text such as 'adam'; received 3"),
    ({"schedule": None}, "schedule must be text such as 'constant'; received None"),
    ({"network": 3}, "network must be text .* received 3"),
    ({"learning_rate": [1e-3, 1e-2]}, "learning_rate must be a number"),
    ({"grid": "l1.strength=1e-3"}, "grid must hold methods.* received 'l1.strength=1e-3'"),
    ({"grid": {"l1.strength": [1e-3]}}, "grid must hold methods.* received {'l1.strength'"),
    ({"grid": [1e-3]}, "grid must hold methods"),
    ({"quick": "yes"}, "quick must be true or false; received 'yes'"),
    ({"one_look": 1}, "one_look must be true or false; received 1"),
    ({"baseline": None}, "baseline must be true or false; received None"),
    ({"metric": 3}, "metric must be a name"),
    ({"out": 3}, "out must be the name of a folder; received 3"),
    ({"out": ""}, "out must be the name of a folder; received ''"),
]


@pytest.mark.parametrize(("given", "message"), KINDS, ids=[str(given) for given, _ in KINDS])
def test_arguments_of_a_comparison(
    given: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        bridle.compare("moons(n=60)", **given)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "The list of data sets is empty"),
        ({"a": [1, 2]}, "X holds 1 column: a. Name the one to predict: target='a'"),
        (["moons", "nope"], "Unknown data set 'nope'"),
    ],
)
def test_data_of_a_comparison(
    data: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        bridle.compare(data)
    assert not list(tmp_path.iterdir())


def test_folders_and_data_sets_are_named_by_text() -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: bridle.resume(3),  # type: ignore[arg-type]
        lambda: bridle.extend(3, replicates=1),  # type: ignore[arg-type]
        lambda: bridle.Study(3),  # type: ignore[arg-type]
    )
    for call in calls:
        with pytest.raises(UserError, match="folder must be the name of a folder; received 3"):
            call()
    with pytest.raises(UserError, match=r"named by text such as .*; received 3"):
        bridle.data.load(3)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="name must be text; received 3"):
        bridle.data.from_arrays(np.eye(9), np.arange(9) % 3, name=3)  # type: ignore[arg-type]


def test_arrays_that_cannot_be_written_are_the_systems_refusal(tmp_path: Path) -> None:
    arrays = {"b": np.arange(6.0).reshape(2, 3), "a": np.ones(3, np.int32)}
    write_arrays(tmp_path / "ours.safetensors", arrays)
    save_file(arrays, tmp_path / "theirs.safetensors")
    ours, theirs = (tmp_path / f"{name}.safetensors" for name in ("ours", "theirs"))
    assert ours.read_bytes() == theirs.read_bytes()
    with pytest.raises(FileNotFoundError):
        write_arrays(tmp_path / "gone" / "ours.safetensors", arrays)


def test_a_model_predicts_only_such_examples_as_it_was_trained_on(small_study: Study) -> None:
    X = np.array([[0.5, -0.5], [1.0, 0.0]])
    expected = small_study.probabilities("none", 0, X)
    np.testing.assert_array_equal(small_study.probabilities("none", 0, X.tolist()), expected)
    for wrong, message in (
        (X[:, :1], r"2 features in each row, as moons has; received an array of shape \(2, 1\)"),
        (X[0], r"received an array of shape \(2,\)"),
        (np.full((2, 2), np.nan), "missing value"),
        ("moons", "received str"),
    ):
        with pytest.raises(UserError, match=message):
            small_study.probabilities("none", 0, wrong)
