"""The first screen: one verdict, one recommendation, at most one caution, the table, one next command."""

from __future__ import annotations

import pytest

from bridle.report import brief
from bridle.report.terminal import lines
from tests.report.conftest import Make
from tests.report.test_report_words import BASE, apart


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (
            {
                "none": BASE,
                "dropout": apart(0.019, 0.01),
                "l2": apart(0.014, 0.01),
                "l1": apart(0.002, 0.02),
            },
            "Dropout helps: +1.9 points of test accuracy (0.9 to 2.9); so does l2.",
        ),
        (
            {"none": BASE, "dropout": apart(0.019, 0.01), "l1": apart(-0.03, 0.01)},
            "Dropout helps: +1.9 points of test accuracy (1.0 to 2.8); l1 hurts.",
        ),
        (
            {"none": BASE, "l1": apart(-0.03, 0.01), "l2": apart(0.0, 0.02)},
            "Nothing clearly helps. L1 hurts: −3.0 points of test accuracy (−3.9 to −2.1).",
        ),
        (
            {"none": BASE, "l1": apart(0.002, 0.02), "l2": apart(0.0, 0.02)},
            "Nothing clearly helps or hurts; both are undecided.",
        ),
    ],
)
def test_the_verdict_is_one_sentence(make: Make, scores: dict[str, list[float]], said: str) -> None:
    assert brief.headline(make(scores).answer) == said


def test_a_screen_has_one_of_each_and_details_have_everything(make: Make) -> None:
    scores = {"none": BASE, "l1": apart(0.002, 0.02), "dropout": apart(0.019, 0.012)}
    answer = make(scores, changes={"at_edge": {"l1": "strength"}}, chosen={"l1": 2}).answer
    short, whole = lines(answer, 300, details=False), lines(answer, 300)
    assert sum(line.startswith("  → ") for line in short) == 1
    assert sum(line.startswith("! ") for line in short) <= 1
    assert sum("If you must choose" in line or line.startswith("Use ") for line in short) == 1
    (more,) = [line for line in short if line.endswith("--details")]
    assert "more remark" in more
    assert len(short) < len(whole)
    for line in short:
        if line.startswith(("  → ", " l1", " dropout", " none")):
            assert line in whole


def test_an_unfinished_study_is_provisional_before_anything_else(make: Make) -> None:
    study = make({"none": BASE, "l1": apart(0.02, 0.01)}, changes={"runs": 3, "planned_runs": 40})
    assert brief.caution(study.answer).startswith("Provisional: 37 runs are still to train")


def test_nothing_serious_needs_no_caution(make: Make) -> None:
    assert brief.caution(make({"none": BASE, "l1": apart(0.02, 0.01)}).answer) == ""
