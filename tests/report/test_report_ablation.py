"""What is said and drawn of an ablation, whose scores are made up."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from bridle.api.study import Study
from bridle.report import ablation_words as words
from bridle.report import terminal
from bridle.report.documents import of_study
from bridle.report.draw.fonts import fit
from bridle.report.figures import ablation as figure
from bridle.report.figures.base import NotShownError
from bridle.report.figures.registry import picture
from bridle.report.manuscript.content import of_study as manuscript
from bridle.study.ablation import combinations
from bridle.verdict.answer import Answer, conclude
from tests.verdict.test_answer import evidence

COCKTAIL = ("dropout(rate=0.3)", "l2(strength=0.0001)", "mixup(strength=0.2)")


def answer(gain: Callable[[frozenset[str]], float], noise: float = 0.002, **more: Any) -> Answer:
    """The answer of a study in which each combination gains what is said, over 10 replicates."""
    labels, random = combinations("+".join(COCKTAIL)), np.random.default_rng(7)
    base = 0.8 + random.normal(0, 0.02, 10)
    scores = {n: base + gain(frozenset(n.split("+"))) + random.normal(0, noise, 10) for n in labels}
    return conclude(evidence(scores=scores, methods=labels, replicates=10, **more))


def overlapping(on: frozenset[str]) -> float:
    """Dropout and l2 give 4 points each, together 5; mixup harms by 3."""
    first, second, third = (name in on for name in COCKTAIL)
    return 0.04 * (first or second) + 0.01 * (first and second) - 0.03 * third


def test_words_say_what_carries_what_goes_and_what_overlaps() -> None:
    said = " ".join(words.sentences(answer(overlapping)))
    assert "Dropout, l2 and mixup together help: +2.1 points of test accuracy" in said
    assert "Mixup should go: in the whole it does harm, −3." in said
    assert "L2 and dropout carry it: in the whole +1." in said  # a point each, for they overlap
    assert "Dropout and l2 overlap: together 2.9 points" in said
    assert "help one another" not in said


def test_what_the_whole_needs_carries_it() -> None:
    said = words.sentences(answer(lambda on: 0.05 * (COCKTAIL[0] in on)))
    assert said[0].startswith("Dropout, l2 and mixup together help: +5.")
    assert said[1].startswith("Dropout carries it: in the whole +")
    assert said[2].startswith("Any one of ")
    assert said[2].endswith("says nothing of leaving out several.")
    assert len(said) == 3


def test_undecided_is_said_to_be_undecided() -> None:
    said = " ".join(words.sentences(answer(overlapping, noise=0.2)))
    assert "together are undecided against no regularization" in said
    assert "Whether the whole needs " in said
    assert " is undecided." in said


def test_pairs_that_need_one_another() -> None:
    said = words.sentences(answer(lambda on: 0.05 * (COCKTAIL[0] in on and COCKTAIL[1] in on)))
    assert any(text.startswith("Dropout and l2 help one another: together ") for text in said)
    assert "more than the sum of both." in said[-1]


def test_tables_are_in_the_order_of_what_the_whole_needs() -> None:
    own = answer(overlapping)
    assert own.ablation is not None
    rows = words.rows(own, own.ablation)
    assert [row["ingredient"] for row in rows][-1] == "mixup"
    assert rows[-1]["verdict"] == "should go"
    assert {row["setting"] for row in rows} == {"rate 0.3", "strength 1e-4", "strength 0.2"}
    pairs = words.pair_rows(own, own.ablation)
    assert pairs[0]["pair"] == "dropout and l2"
    assert pairs[0]["verdict"] == "overlap"
    note = words.footnote(own, own.ablation)
    assert "95 % for all 13 effects together, in points" in note


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_shows_every_effect(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    with console.capture() as shown:
        terminal.show(answer(overlapping), console, "")
    text = shown.get()
    assert max(map(len, text.splitlines())) <= width
    for title in ("ingredient", "alone", "on average", "in the whole", "interaction"):
        assert title in text
    assert ("rate 0.3" in text.split("interaction")[0]) == (width >= 100)


def test_a_narrow_terminal_breaks_no_word() -> None:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    with console.capture() as shown:
        terminal.show(answer(overlapping, noise=0.9), console, "")
    table = shown.get().split("ingredient")[1].split("\n pair")[0]
    assert table.count("undecided") == 3
    assert all(f"\n {word} " in table for word in ("dropout", "l2", "mixup"))


def test_the_figure_holds_what_the_tables_say() -> None:
    record = figure.record(answer(overlapping))
    assert record.ingredients[-1] == "mixup"
    assert record.pairs[0][:2] == ("dropout", "l2")
    assert record.effects["alone"][-1].difference == pytest.approx(-3, abs=0.3)
    assert "Right: what two give together" in figure.caption(record)
    assert "dropout and l2 −2.9 [" in figure.alt(record)
    drawn = picture("ablation").draw(record)
    left, right = drawn.axes
    assert next(text.get_text() for text in right.get_yticklabels()) == "dropout × l2"
    lines = [np.asarray(line.get_xdata(), float) for line in left.lines]
    shown = [ends for ends in lines if len(ends) == 2]
    ends = sorted((e.low, e.high) for own in record.effects.values() for e in own)
    for interval in ends:
        assert any(np.allclose(interval, one) for one in shown)


def test_names_broken_over_lines_stay_legible() -> None:
    drawn = Figure()
    drawn.text(0, 0, "▲ one\n+two")
    assert fit(drawn) == ""
    assert drawn.texts[0].get_text() == "▲ one\n+two"


def test_a_study_without_ingredients_has_no_such_figure() -> None:
    with pytest.raises(NotShownError, match="does not compare all combinations"):
        figure.record(conclude(evidence()))


def test_a_loss_is_lower_where_it_is_better() -> None:
    from bridle.verdict.measure import measure_of

    def loss(on: frozenset[str]) -> float:
        return -0.8 + 0.2 * (COCKTAIL[0] in on) - 0.8

    own = answer(loss, metric="log-loss", measure=measure_of("log-loss"), error="loss")
    said = words.sentences(own)
    assert said[0].startswith("Dropout, l2 and mixup together help: test log-loss lower by 0.2")
    assert said[1].startswith("Dropout carries it: in the whole 0.2")
    assert "positive is better" in words.footnote(own, own.ablation)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    import bridle

    found = bridle.ablate(
        "moons(n=60)",
        cocktail="l1+l2",
        out=tmp_path_factory.mktemp("ablation") / "study",
        replicates=3,
        epochs=3,
        widths=(8,),
        learning_rate=0.01,
        executor="inline",
    )
    assert isinstance(found, Study)
    return found


@pytest.mark.long
def test_page_document_and_paper_hold_the_effects(study: Study) -> None:
    text = study.report().read_text("utf-8")
    assert '<section id="ablation-effects">' in text
    assert 'id="ablation"' in text  # the figure
    held = of_study(study, study.answer)["ablation"]
    assert held["ingredients"] == {"l1": "strength=0.0001", "l2": "strength=0.0001"}
    assert len(held["effects"]) == 1 + 3 * 2 + 1
    assert (study.folder / "effects.csv").read_text("utf-8").count("\n") == 9
    tables = [b for s in manuscript(study, study.answer).sections for b in s.blocks]
    assert any(getattr(b, "caption", "") == "The effects of every ingredient." for b in tables)
    assert study.effects()["kind"].tolist().count("alone") == 2
