"""What notebooks show: well-formed HTML with the same texts as elsewhere, inert, in the page's own colours."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api import notebook
from bridle.report.brief import headline
from bridle.report.terminal import cells
from bridle.study.driver import Progress
from tests.report.conftest import Make
from tests.report.test_report_words import BASE, apart

HOSTILE = "<script>alert('&')</script>"


class Checked(HTMLParser):
    """Collects texts, and fails on tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.styles = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"style", "value", "max"}
        self.styles += dict(attrs).get("style") or ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def checked(shown: Any) -> Checked:
    found = Checked(shown._repr_html_())
    # in the colours of the page around it, light or dark
    assert "#" not in found.styles
    assert "rgb" not in found.styles
    assert not {"script", "b", "img"} & found.tags
    return found


def runs(dataset: str = "one") -> pd.DataFrame:
    random = np.random.default_rng(len(dataset))
    rows = [
        (dataset, method, replicate, 0.7 + 0.02 * (method != "none") + random.normal(0, 0.005))
        for method in ("none", HOSTILE, *(f"m{at}" for at in range(9)))
        for replicate in range(8)
    ]
    return pd.DataFrame(rows, columns=["dataset", "method", "replicate", "score"])


def test_a_study_shows_verdict_recommendation_table_and_next_step(make: Make) -> None:
    study = make({"none": BASE, "dropout": apart(0.019, 0.01), "l2": apart(0.002, 0.02)})
    found = checked(study)
    assert headline(study.answer) in found.texts
    assert study.recommendation is not None
    assert study.recommendation.words in found.texts
    assert study.recommendation.words in checked(study.recommendation).texts
    for row in study.answer.rows:
        texts = cells(study.answer, row)
        assert {texts["method"], texts["score"], texts["difference"]} <= set(found.texts)
    assert any(text.startswith("bridle ") for text in found.texts)
    figure: Any = study.figure("differences")
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_study_without_results_says_so(make: Make) -> None:
    nothing = [float("nan")] * 3
    assert checked(make({"none": nothing, "l2": nothing})).texts


def test_names_are_inert_and_long_tables_are_cut() -> None:
    found = checked(bridle.judge(runs(), "fresh"))
    assert HOSTILE in found.texts
    assert "3 more methods: judged.leaderboard()" in found.texts


def test_ranks_over_data_sets() -> None:
    names = ["one", "two", "three", "four", "five5", "sixsix"]
    several = bridle.judge(pd.concat([runs(name) for name in names]), "fresh")
    found = checked(several)
    assert {"average rank", HOSTILE} <= set(found.texts)
    assert sum(text.startswith(tuple(f"{name}: " for name in names)) for text in found.texts) == 6


class Handle:
    """Keeps what a notebook would show in place of what it showed before."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []

    def display(self, content: dict[str, str], raw: bool, display_id: bool) -> Handle:
        assert raw
        assert display_id
        assert not self.shown
        return self.update(content, raw)

    def update(self, content: dict[str, str], raw: bool) -> Handle:
        Checked(content["text/html"])
        self.shown.append(content)
        return self


def test_progress_is_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "_SECONDS", 0.0)
    handle = Handle()
    line = notebook.ProgressLine(handle.display, "<moons>")
    line(Progress(0, 40, 0.0, None))
    line(Progress(10, 40, 30.0, 90.0, note="Twice <as> many epochs."))
    line(Progress(40, 40, 120.0, 0.0))
    texts = [shown["text/plain"] for shown in handle.shown]
    assert texts[0] == "<moons>: 0 of 40 runs"
    assert texts[1].startswith("<moons>: 10 of 40 runs, about ")
    assert texts[2] == "<moons>: 40 of 40 runs in 2 min\n! Twice <as> many epochs."
    assert "&lt;moons&gt;" in handle.shown[2]["text/html"]


def test_where_there_is_no_notebook_nothing_is_shown() -> None:
    assert notebook.watches(2)("moons") is None
