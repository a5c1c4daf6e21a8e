"""What words say of methods that did nothing, and of those that changed no prediction."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from bridle.report.advice import advice
from bridle.report.words import sentences
from bridle.study.influence import causes
from bridle.verdict.answer import Answer
from tests.report.invented import GRIDS, Invented, around


def _answer(tmp_path: Path, inert: Collection[str], **changed: float) -> Answer:
    scores = {m: around(0.9) for m in ("none", "l2", "dropout", "early_stopping")}
    scores["dropout"] = around(0.9, 0.02)
    answer = Invented(tmp_path, "moons", scores).answer
    rows = tuple(
        dataclasses.replace(row, predictions_changed=changed.get(row.method, 0.1), share=0.2)
        for row in answer.rows
    )
    return dataclasses.replace(answer, inert=frozenset(inert), rows=rows)


def changed_evidence(answer: Answer, **changes: Any) -> Answer:
    return dataclasses.replace(answer, evidence=dataclasses.replace(answer.evidence, **changes))


def test_nobody_inert_nothing_said(tmp_path: Path) -> None:
    assert "did nothing" not in " ".join(sentences(_answer(tmp_path, ())))


def test_inert_methods_are_named_and_not_counted_among_the_working(tmp_path: Path) -> None:
    said = " ".join(sentences(_answer(tmp_path, ("l2", "early_stopping"))))
    assert "Early stopping never stopped any of 10 selected runs: it did nothing here." in said
    assert "L2 did nothing here: in all of 10 selected runs it changed training by no more" in said
    assert "make no practical difference" not in said
    assert "learning rate" not in said  # scores are the same


def test_another_score_of_an_inert_method_is_explained(tmp_path: Path) -> None:
    answer = _answer(tmp_path, ("l2",))
    rows = tuple(
        dataclasses.replace(row, difference=-0.02) if row.method == "l2" else row
        for row in answer.rows
    )
    answer = dataclasses.replace(answer, rows=rows)

    def said(*causes: str) -> str:
        return " ".join(sentences(changed_evidence(answer, apart=frozenset(causes))))

    start = "Its score is not that of no regularization because "
    rounding = "training magnified differences of rounding."
    assert f"{start}another learning rate was chosen." in said("rates")
    assert f"{start}{rounding}" in said("rounding")
    assert f"{start}another learning rate was chosen or {rounding}" in said("rates", "rounding")
    assert "Its score" not in said()


@pytest.mark.parametrize(
    ("rate", "change", "expected"),
    [
        (0.1, 0.0, {"rates"}),
        (0.01, 0.002, {"rounding"}),
        (0.1, 0.002, {"rates", "rounding"}),
        (0.1, math.nan, {"rates", "rounding"}),  # no run of the baseline at that rate
        (0.01, 0.0, {"rounding"}),  # in another metric than accuracy
    ],
)
def test_a_cause_is_named_where_it_is_one(rate: float, change: float, expected: set[str]) -> None:
    places = [(m, r) for m in ("none", "l2") for r in range(3)]
    rates = {place: rate if place[0] == "l2" else 0.01 for place in places}
    changes = {place: change for place in places if place[0] == "l2"}
    assert causes(rates, changes, {"l2"}) == expected


def test_a_joined_method_with_an_idle_part_says_which(tmp_path: Path) -> None:
    answer = changed_evidence(
        _answer(tmp_path, ()), idle={"batch_norm+l2": (["l2"], ["batch_norm"])}
    )
    said = " ".join(sentences(answer))
    assert "In batch norm+l2, l2 did nothing beside batch norm: in no selected run" in said


def test_early_stopping_with_company_is_not_all_that_did_nothing(tmp_path: Path) -> None:
    label = "early_stopping(patience=1000)+l2"
    scores = {m: around(0.9) for m in ("none", label)}
    answer = Invented(tmp_path, "moons", scores, grids={label: GRIDS["early_stopping"]}).answer
    said = " ".join(sentences(dataclasses.replace(answer, inert=frozenset({label}))))
    assert "never stopped" not in said
    assert "did nothing here: in all of 10 selected runs it changed training" in said


def test_all_inert(tmp_path: Path) -> None:
    said = sentences(_answer(tmp_path, ("l2", "early_stopping", "dropout")))
    assert sum("did nothing here" in sentence for sentence in said) == 2
    assert "Dropout and l2" in " ".join(said) or "L2 and dropout" in " ".join(said)


def test_who_changed_no_prediction_is_a_note(tmp_path: Path) -> None:
    found = advice(_answer(tmp_path, ("l2",), dropout=0.0, l2=0.0))
    (note,) = [item for item in found if "none of the test predictions" in item.text]
    assert (note.about, note.warning) == ("dropout", False)
    assert note.text.endswith("20.0 %")
