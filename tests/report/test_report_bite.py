"""What words say of methods that did nothing, and of those that changed no prediction."""

from __future__ import annotations

import dataclasses

from bridle.report.advice import advice
from bridle.report.answer import read
from bridle.report.words import sentences

from .studies import FakeStudy, around


def _answer(tmp_path, inert, **changed):
    scores = {m: around(0.9) for m in ("none", "l2", "dropout", "early_stopping")}
    scores["dropout"] = around(0.9, 0.02)
    answer = read(FakeStudy(tmp_path, "moons", scores))
    rows = tuple(
        dataclasses.replace(row, predictions_changed=changed.get(row.method, 0.1), share=0.2)
        for row in answer.rows
    )
    return dataclasses.replace(answer, inert=frozenset(inert), rows=rows)


def test_nobody_inert_nothing_said(tmp_path):
    assert "did nothing" not in " ".join(sentences(_answer(tmp_path, ())))


def test_inert_methods_are_named_and_not_counted_among_the_working(tmp_path):
    said = " ".join(sentences(_answer(tmp_path, ("l2", "early_stopping"))))
    assert "Early stopping never stopped any of 10 selected runs: it did nothing here." in said
    assert "L2 did nothing here: in all of 10 selected runs it changed training by no more" in said
    assert "make no practical difference" not in said
    assert "learning rate" not in said  # scores are the same


def test_another_score_of_an_inert_method_is_explained(tmp_path):
    answer = _answer(tmp_path, ("l2",))
    rows = tuple(
        dataclasses.replace(row, difference=-0.02) if row.method == "l2" else row
        for row in answer.rows
    )
    said = " ".join(sentences(dataclasses.replace(answer, rows=rows)))
    assert "because another learning rate was chosen" in said


def test_all_inert(tmp_path):
    said = sentences(_answer(tmp_path, ("l2", "early_stopping", "dropout")))
    assert sum("did nothing here" in sentence for sentence in said) == 2
    assert "Dropout and l2" in " ".join(said) or "L2 and dropout" in " ".join(said)


def test_who_changed_no_prediction_is_a_note(tmp_path):
    found = advice(_answer(tmp_path, ("l2",), dropout=0.0, l2=0.0))
    (note,) = [item for item in found if "none of the test predictions" in item.text]
    assert (note.about, note.warning) == ("dropout", False)
    assert note.text.endswith("20.0 %")
