"""Direction and scale of scores: stated by the table or by the caller, otherwise asked for, never guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api.judge import Judged
from bridle.errors import UserError
from bridle.metrics import METRICS

LOSSES = {"none": [0.40, 0.41, 0.39, 0.40, 0.42, 0.38], "l2": [0.30, 0.32, 0.28, 0.29, 0.31, 0.30]}


def frame(scores: dict[str, list[float]], column: str = "score", **more: Any) -> pd.DataFrame:
    rows = [(m, r, s) for m, own in scores.items() for r, s in enumerate(own)]
    return pd.DataFrame(rows, columns=["method", "replicate", column]).assign(**more)


def times(factor: float, plus: float = 0.0) -> dict[str, list[float]]:
    return {m: [factor * s + plus for s in own] for m, own in LOSSES.items()}


def verdict(table: Any, **more: Any) -> str:
    found = bridle.judge(table, more.pop("design", "fresh"), **more)
    return str(found.leaderboard().set_index("method")["verdict"]["l2"])


@pytest.mark.parametrize(
    "metric",
    ["loss", "log-loss", "log_loss", "logloss", "brier", "calibration-error", "test_loss", "val_loss", "RMSE",
     "cross-entropy", "error_rate", "test error", *(n for n, m in METRICS.items() if m.lower)],
)  # fmt: skip
def test_a_metric_that_is_a_loss_is_read_as_one(metric: str) -> None:
    assert verdict(frame(LOSSES, metric=metric)) == "helps"
    assert verdict(frame(LOSSES, metric=metric), lower_is_better=True) == "helps"
    with pytest.raises(UserError, match=r"lower is better, and lower_is_better=False .* neg_"):
        bridle.judge(frame(LOSSES, metric=metric), "fresh", lower_is_better=False)


@pytest.mark.parametrize(
    "metric", ["accuracy", "auroc", "F1-Score", *(n for n, m in METRICS.items() if not m.lower)]
)
def test_a_metric_that_is_none_is_not(metric: str) -> None:
    assert verdict(frame(LOSSES, metric=metric)) == "hurts"
    with pytest.raises(
        UserError, match=r"higher is better, and lower_is_better=True .* error or loss"
    ):
        bridle.judge(frame(LOSSES, metric=metric), "fresh", lower_is_better=True)


@pytest.mark.parametrize(
    "column", ["test_loss", "loss", "val_error", "rmse", "Test Loss", "eval/loss"]
)
def test_the_only_column_of_scores_is_read_by_its_own_name_and_said(column: str) -> None:
    found = bridle.judge(frame(LOSSES, column), "fresh")
    assert isinstance(found, Judged)
    assert "L2 helps: test " in found.summary
    assert " lower by 0.10" in found.summary
    (note,) = found.answer.evidence.notes
    assert f"score from '{column}' (lower is better" in note


def test_several_columns_of_scores_are_asked_for() -> None:
    table = frame(LOSSES, "test_loss").assign(accuracy=0.5)
    with pytest.raises(
        UserError, match=r"score may be 'test_loss' or 'accuracy'.*columns=\{'score': 'test_loss'\}"
    ):
        bridle.judge(table, "fresh")
    assert verdict(table, columns="score=test_loss") == "helps"
    # of training and validation only what is left to judge by
    assert verdict(frame(LOSSES, "test_loss").assign(val_loss=0.1, train_loss=0.1)) == "helps"
    with pytest.raises(UserError, match="no column 'score'"):
        bridle.judge(frame(LOSSES, "train_loss"), "fresh")


def test_an_unknown_direction_is_asked_for() -> None:
    for table, named in (
        (frame(LOSSES, metric="dB"), "metric 'dB'"),
        (frame(LOSSES, "dB"), "column 'dB'"),
    ):
        columns = {"score": "dB"} if "dB" in table else None
        with pytest.raises(
            UserError, match=rf"which way is better\? That of the .*{named} is not known"
        ):
            bridle.judge(table, "fresh", columns=columns)
        assert verdict(table, columns=columns, lower_is_better=True) == "helps"
        assert verdict(table, columns=columns, lower_is_better=False) == "hurts"


def test_a_metric_and_a_column_that_contradict_each_other() -> None:
    table = frame(LOSSES, "accuracy", metric="loss")
    with pytest.raises(
        UserError, match=r"'loss' lower is better, and of its score column 'accuracy' higher"
    ):
        bridle.judge(table, "fresh")
    assert verdict(table, columns={"score": "accuracy"}) == "hurts"


def test_plain_scores_are_higher_and_that_is_said() -> None:
    found = bridle.judge(frame(LOSSES), "fresh")
    assert isinstance(found, Judged)
    assert "add --lower-is-better" in " ".join(found.answer.evidence.notes)
    for lower in (True, False):
        found = bridle.judge(frame(LOSSES), "fresh", lower_is_better=lower)
        assert isinstance(found, Judged)
        assert not found.answer.evidence.notes


@pytest.mark.parametrize("metric", ["neg_log_loss", "neg_root_mean_squared_error", "-RMSE"])
def test_losses_turned_round_are_better_the_higher(metric: str) -> None:
    found = bridle.judge(frame(times(-1), metric=metric), "fresh")
    assert isinstance(found, Judged)
    assert "L2 helps: +0.1" in found.summary
    assert found.comparison is not None
    assert found.comparison.margin == pytest.approx(0.04)
    from bridle.report.words import margin

    assert margin(found.answer) == f"0.040, 10 % of the baseline's {metric}, without its sign"
    with pytest.raises(UserError, match="never above 0"):
        bridle.judge(frame(LOSSES, metric=metric), "fresh")


def test_negative_scores_are_never_said_to_be_losses() -> None:
    table = frame(times(-1))
    with pytest.raises(UserError, match=r"margin=0\.02") as caught:
        bridle.judge(table, "fresh")
    assert "lower_is_better" not in str(caught.value)
    assert verdict(table, margin=0.01) == "helps"
    with pytest.raises(UserError, match="leave lower_is_better=True out"):
        bridle.judge(table, "fresh", lower_is_better=True)
    with pytest.raises(
        UserError, match=r"'log-loss' and is -0.4; it is never below 0.*neg_log-loss"
    ):
        bridle.judge(frame(times(-1), metric="log-loss"), "fresh")


def test_no_message_leads_from_a_loss_to_a_score(tmp_path: Any) -> None:
    for column in ("cost_function", "loss2go", "Val", "thing"):
        with pytest.raises(UserError) as caught:
            bridle.judge(frame(LOSSES, column), "fresh")
        assert "Rename" not in str(caught.value)
        assert "columns={'score': " in str(caught.value)


# scales

AMBIGUOUS = [
    ({"none": [0.8, 0.7, 0.75], "l2": [0.9, 0.74, 5.0]}, {}, ("row 5", "is 5,", "row 0", "0.8", "margin=")),
    ({"none": [91.0, 90.0, 92.0], "l2": [93.0, 0.94, 92.0]}, {}, ("row 4", "0.94", "percent sign")),
    ({"none": [0.8, 0.7], "l2": [0.9, 5.0]}, {"metric": "accuracy"}, ("row 3", "is 5")),
    ({"none": [1.234, 1.235], "l2": [1.3, 1.31]}, {}, ("from 1.234 to 1.31", "margin=0.06", "percent sign")),
    ({"none": [1.2, 1.2], "l2": [1.3, 1.31]}, {"metric": "R2"}, ("at most 1", "1.2")),
    ({"none": [0.2, 0.2], "l2": [-0.3, 0.31]}, {"metric": "accuracy"}, ("row 2", "-0.3", "from 0 to 1")),
    ({"none": [0.2, 0.2], "l2": [0.3, 131.0]}, {"metric": "f1"}, ("row 3", "131")),
    ({"none": [0.2, 0.2], "l2": [0.3, 0.31]}, {"metric": "reward"}, ("of whose error 10%", "margin=0.01")),
]  # fmt: skip


@pytest.mark.parametrize(("scores", "more", "parts"), AMBIGUOUS)
def test_what_is_ambiguous_is_refused(
    scores: dict[str, list[float]], more: dict[str, str], parts: tuple[str, ...]
) -> None:
    with pytest.raises(UserError) as caught:
        bridle.judge(frame(scores, **more), "fresh")
    for one in parts:
        assert one in str(caught.value)


def test_percent_needs_evidence() -> None:
    assert bridle.judge(frame(times(100)), "fresh").leaderboard()["score"][0] == pytest.approx(40)
    low = frame(times(4))  # 1.2 to 1.7
    for more, scale in (
        ({"margin": "0.5pt"}, " %"),
        ({"margin": 0.01}, ""),
    ):
        found = bridle.judge(low, "fresh", **more)
        assert isinstance(found, Judged)
        assert found.answer.measure.unit == scale
    found = bridle.judge(low.assign(metric="accuracy"), "fresh")
    assert isinstance(found, Judged)
    assert found.answer.measure.unit == " %"
    clear = bridle.judge(frame(times(100)), "fresh")
    assert isinstance(clear, Judged)
    assert "scores from 28 to 42 are read as percent" in clear.answer.evidence.notes


@pytest.mark.parametrize("word", [True, "TRUE", "yes", "False"])
def test_truth_is_no_score(word: Any) -> None:
    table = frame({"none": [0.8, 0.7, 0.75], "l2": [0.9, 0.74, 0.8]}).astype({"score": object})
    table.loc[5, "score"] = word
    with pytest.raises(
        UserError, match=f"row 5, column 'score': expected a number, received {word!r}"
    ):
        bridle.judge(table, "fresh")


# sizes and choosing


def test_interchanged_sizes_are_refused_and_can_be_meant() -> None:
    table = frame(LOSSES, "loss")
    with pytest.raises(UserError, match=r"sizes=\(120, 40\).* sizes=\{'train': 40, 'test': 120\}"):
        bridle.judge(table, "overlapping", sizes=(40, 120))
    meant = bridle.judge(table, "overlapping", sizes={"train": 40, "test": 120})
    columns = bridle.judge(table.assign(train_size=40, test_size=120), "overlapping")
    pd.testing.assert_frame_equal(meant.leaderboard(), columns.leaderboard())
    assert verdict(table, design="overlapping", sizes=(60, 60)) in ("helps", "undecided")


def settings(val: list[float | None], **more: Any) -> pd.DataFrame:
    rows = [
        ("none", r, h, s, v)
        for r in range(2)
        for h, s, v in zip("ab", (0.8, 0.7), val, strict=True)
    ] + [
        ("l2", r, h, s, v) for r in range(2) for h, s, v in zip("ab", (0.9, 0.75), val, strict=True)
    ]
    columns = ["method", "replicate", "hyperparameters", "score", "val_score"]
    return pd.DataFrame(rows, columns=columns).assign(**more)


def test_settings_are_not_chosen_by_what_is_not_there() -> None:
    halves: list[list[float | None]] = [[None, None], [0.5, None]]
    for val in halves:
        with pytest.raises(UserError, match=r"row [01]: the run has a score and no 'val_score'"):
            bridle.judge(settings(val), "fresh")
    # without validation losses the scores decide all the same
    found = bridle.judge(settings([0.1, 0.2], val_loss=np.nan), "fresh")
    assert set(found.leaderboard()["hyperparameters"]) == {"b"}


def test_validation_scores_are_read_by_their_own_direction() -> None:
    table = settings([0.1, 0.2]).rename(columns={"score": "test_loss"})
    assert set(bridle.judge(table, "fresh").leaderboard()["hyperparameters"]) == {"a"}
    accuracy = table.rename(columns={"val_score": "val_acc"})
    chosen = bridle.judge(accuracy, "fresh", columns="score=test_loss,val_score=val_acc")
    assert set(chosen.leaderboard()["hyperparameters"]) == {"b"}
