"""The README's example of `judge` runs and gives the result that the README states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Judge runs of any framework")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert capsys.readouterr().out == "Nothing clearly helps or hurts; l2 is undecided.\n"
    row = names["judged"].leaderboard().set_index("method").loc["l2"]
    assert row["wins"] == 9
    assert round(100 * row["difference"], 1) == 2.3
    assert (len(names["X_train"]), len(names["X_test"])) == (426, 143)
