"""Methods that were still improving: the sentence, the table, the curves and the command."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from bridle.report.advice import advice
from bridle.report.figures import curves
from bridle.report.terminal import cells, lines
from tests.report.conftest import Make, paged, reading
from tests.report.invented import Invented, around

SCORES = {
    "none": [0.895] * 10,
    "dropout": around(0.914, 0.01),
    "l1": around(0.87, 0.01),
    "l2": around(0.896, 0.02),
    "early_stopping": around(0.896, 0.02),
    "batch_norm": around(0.896, 0.02),
}


def improving(make: Make, *methods: str, among: tuple[str, ...] = tuple(SCORES)) -> Invented:
    """A study some of whose methods were still improving, by 5 points per doubling of the epochs."""
    spread = np.array(around(0.0, 0.01))
    gains = {label: spread + 0.05 * (label in methods) for label in among}
    changes: dict[str, Any] = {"score_gains": gains, "loss_gains": gains, "loss_speedups": gains}
    return make({label: SCORES[label] for label in among}, changes=changes)


@pytest.mark.parametrize(
    ("methods", "sentence"),
    [
        (
            ("dropout",),
            "The verdict on dropout is provisional: it was still improving after 6 epochs.",
        ),
        (
            ("dropout", "l1"),
            "Their verdicts are provisional: dropout and l1 were still improving after 6 epochs.",
        ),
        (
            ("l1", "none"),
            "Every verdict is provisional: no regularization and l1 were still improving after 6 epochs.",
        ),
        (
            tuple(SCORES),
            "Every verdict is provisional: no regularization, dropout, l2 and 3 others were still improving after "
            "6 epochs.",
        ),
    ],
)
def test_one_sentence_says_who_was_still_improving(
    make: Make, methods: tuple[str, ...], sentence: str
) -> None:
    study = improving(make, *methods)
    assert sentence in study.sentences()
    assert sum("provisional" in said for said in study.sentences()) == 1


def test_where_nobody_was_nothing_is_said(make: Make) -> None:
    study = improving(make)
    assert "provisional" not in "\n".join(lines(study.answer))
    assert set(study.leaderboard()["trained"]) == {"yes"}


def test_epochs_too_few_to_tell_are_said_to_be_so(make: Make) -> None:
    unknown = dict.fromkeys(SCORES, np.full(10, np.nan))
    gains = ("score_gains", "loss_gains", "loss_speedups")
    study = make(SCORES, changes=dict.fromkeys(gains, unknown))
    said = "Every verdict is provisional: 6 epochs are too few to tell whether networks were still improving."
    assert said in study.sentences()
    assert set(study.leaderboard()["trained"]) == {""}
    (more,) = [item for item in advice(study.answer) if item.about == "epochs"]
    assert more.text == "four times as many may change every verdict"


def test_tables_curves_and_the_command(make: Make) -> None:
    study = improving(make, "dropout", among=("none", "dropout", "l1"))
    answer = study.answer
    assert answer.undertrained == ("dropout",)
    shown = {row.method: cells(answer, row)["verdict"] for row in answer.rows}
    assert shown == {"none": "", "dropout": "helps (provisional)", "l1": "hurts"}
    board = study.leaderboard().set_index("method")["trained"]
    assert dict(board) == {"none": "yes", "dropout": "undertrained", "l1": "yes"}
    document = json.loads(json.dumps(study.document(), default=str))
    assert document["leaderboard"][0]["trained"] == "undertrained"
    item = next(item for item in advice(answer) if item.about == "epochs")
    assert item.text == "four times as many may change provisional verdicts"
    assert item.action.startswith("bridle compare ")
    assert "--epochs 24 " in item.action + " "
    record = curves.collect(reading(study))
    assert [c.method for c in record.curves if c.undertrained] == ["dropout"]
    assert "Still improving: dropout" in curves.alt(record)
    text = paged(study)
    assert "helps (provisional)" in text
    assert "Still improving: more epochs" in text


def test_an_undertrained_baseline_makes_every_verdict_provisional(make: Make) -> None:
    answer = improving(make, "none", among=("none", "dropout", "l1")).answer
    shown = {row.method: cells(answer, row)["verdict"] for row in answer.rows}
    assert shown == {
        "none": "undertrained",
        "dropout": "helps (provisional)",
        "l1": "hurts (provisional)",
    }
    assert answer.provisional("dropout")
    assert "four times as many may change every verdict" in "\n".join(lines(answer))


def test_a_method_alone(make: Make) -> None:
    study = improving(make, "dropout", among=("dropout",))
    assert "This is provisional: dropout was still improving after 6 epochs." in study.sentences()
