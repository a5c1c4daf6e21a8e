"""The answer in the terminal: its content, at several widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bridle.numbers import percent
from bridle.origins import Claim
from bridle.report.terminal import lines
from bridle.statistics.prediction import predicted
from bridle.verdict.claims import ClaimVerdict
from tests.report.conftest import Make
from tests.report.invented import around

SCORES = {
    "none": [0.895] * 10,
    "dropout": around(0.914, 0.01),
    "l1": around(0.897, 0.02),
    "weight_decay": around(0.8955, 0.002),
}


def test_wide(make: Make) -> None:
    found = lines(make(SCORES).answer, 120)
    text = "\n".join(found)
    assert found[0].startswith("moons · 3 methods against no regularization · 10 replicates")
    assert found[2].startswith("Dropout helps: +1.9 points of test accuracy (0.9 to 2.9).")
    (head,) = (line for line in found if line.startswith(" method"))
    assert head.split() == [
        "method", "setting", "accuracy", "vs", "none", "[interval]", "wins", "gap", "zeros", "verdict",
    ]  # fmt: skip
    (row,) = (line for line in found if line.startswith(" dropout"))
    assert row.split() == [
        "dropout", "rate", "0.3", "91.4", "%", "+1.9", "[+0.9,", "+2.9]", "10/10", "+5.0", "0", "%", "helps",
    ]  # fmt: skip
    (row,) = (line for line in found if line.startswith(" none"))
    assert row.split() == ["none", "lr", "0.01", "89.5", "%", "baseline", "–", "+5.0", "0", "%"]
    assert "25 %" in next(line for line in found if line.startswith(" l1"))
    assert "Intervals: 95 % for all 3 comparisons and all looks together, in points." in text
    assert "Gap: training minus test, in points." in text


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_nothing_is_wider_than_the_terminal(make: Make, width: int) -> None:
    scores = SCORES | {"dropout+l2": around(0.914, 0.01)}
    found = lines(make(scores).answer, width)
    # a line to paste stays in one piece
    assert max(len(line) for line in found if not line.startswith("  → bridle ")) <= width
    assert "[+0.8, +3.0]" in "\n".join(found)


def test_eighty_columns_keep_method_setting_and_verdict(make: Make) -> None:
    found = lines(make(SCORES).answer, 80)
    (head,) = (line for line in found if line.startswith(" method"))
    for column in ("method", "setting", "accuracy", "vs none [interval]", "verdict"):
        assert column in head
    assert "zeros" not in head


def test_without_colour_and_on_a_pipe(make: Make) -> None:
    stream = io.StringIO()
    study = make(SCORES)
    study.show(Console(file=stream, width=100), study.folder / "report.html")
    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue().rstrip().endswith("report.html")


def test_published_figures_stand_beside_ours(make: Make) -> None:
    published = (
        {"method": "dropout", "metric": "test accuracy", "value": 0.9, "text": "90.00 %, one run"},
        {"method": "dropout", "metric": "best validation loss", "value": 0.2, "text": "0.2"},
        {"method": "dropout", "metric": "best validation accuracy", "value": 0.9, "text": "90 %"},
        {"method": "l1", "metric": "weights", "value": 0.0, "text": "claims sparsity"},
        {"method": "l1", "metric": "elegance", "value": 1.0, "text": "great"},
    )
    holds = ClaimVerdict(Claim("dropout", "none", "dropout above none"), 0.019, 0.01, 0.03, "holds")
    stream = io.StringIO()
    study = make(SCORES, published=published, claims=(holds,))
    study.show(Console(file=stream, width=180))
    rows = {
        line.split(": ")[1].split("  ")[0]: line
        for line in stream.getvalue().split("\n")
        if line.startswith((" dropout: ", " l1: "))
    }
    assert "90.00 %" in rows["test accuracy"]
    where = predicted(SCORES["dropout"], 1, figures=3)
    assert f"{percent(where.low, 2)} to {percent(where.high, 2)}" in rows["test accuracy"]
    assert "91.40 %" in rows["test accuracy"]
    # the losses fall to 1/6 in every replicate, each 0.01 above the one before
    assert "0.2117" in rows["best validation loss"]
    assert all("not comparable" in row for metric, row in rows.items() if "best" in metric)
    assert "25.0 % of the weights exactly zero" in rows["weights"]
    assert rows["elegance"].rstrip().endswith("–")
    assert "Prediction interval" in stream.getvalue()
    assert "The one published ranking holds." in stream.getvalue()
