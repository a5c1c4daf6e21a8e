"""The example of `docs/judging.md` runs and gives the result that it states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bridle
from bridle.api.judge import Judged


def test_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "judging.md").read_text(encoding="utf-8")
    code = text.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(compile(code, "judging.md", "exec"), names)
    assert capsys.readouterr().out.startswith("L2 helps: +2.3 points of test score (0.7 to 3.9).\n")
    assert (len(names["train"]), len(names["test"])) == (426, 143)
    alone = bridle.judge(names["runs"], "overlapping", sizes=(426, 143))
    assert isinstance(alone, Judged)
    row: Any = alone.leaderboard().set_index("method").loc["l2"]
    assert row["verdict"] == "undecided"
    assert [round(100 * row[f"difference_{end}"], 1) for end in ("low", "high")] == [-0.4, 5.1]
