"""What cards cite: each paper is read as BibTeX by a program that knows nothing of Bridle."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
import typst

from bridle.methods.card import Card
from bridle.methods.catalogue import methods
from bridle.methods.papers import Paper
from bridle.optimizers.catalogue import optimizers, schedules

DECLARED: dict[str, Any] = {**methods(), **optimizers(), **schedules()}
CARDS: dict[str, Card] = {name: one.card for name, one in DECLARED.items()}
PAPERS = {paper.key: paper for card in CARDS.values() for paper in card.papers}
DROPOUT = CARDS["dropout"].papers[0]


def printed(papers: list[Paper], folder: Path) -> str:
    """The list of references that typst makes of papers, as plain text."""
    folder.joinpath("papers.bib").write_text("\n\n".join(p.bibtex for p in papers), "utf-8")
    main = folder / "main.typ"
    main.write_text(
        '#bibliography("papers.bib", full: true, style: "association-for-computing-machinery")',
        "utf-8",
    )
    made = typst.compile(str(main), format="html", ignore_system_fonts=True).decode()
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", made)).split())


def test_everything_but_doing_nothing_cites_a_paper() -> None:
    assert [name for name, card in CARDS.items() if not card.papers] == ["none", "constant"]


@pytest.mark.filterwarnings("ignore:html export:typst.TypstWarning")
def test_every_entry_is_read_as_it_was_declared(tmp_path: Path) -> None:
    hostile = Paper("O'Hara, Zoë and others", 2020, "50 % & $x^2$ of #1_{a}", "Journal of A & B")
    found = printed([*PAPERS.values(), hostile], tmp_path)
    for paper in (*PAPERS.values(), hostile):
        assert paper.title.strip(".?!") in found
        assert paper.families[0] in found
        assert str(paper.year) in found
        assert paper.venue in found


def test_one_key_is_one_paper() -> None:
    for card in CARDS.values():
        for paper in card.papers:
            assert (paper.title, paper.authors) == (
                PAPERS[paper.key].title,
                PAPERS[paper.key].authors,
            )


def test_words_and_entry_of_one_declaration() -> None:
    assert DROPOUT.words == (
        "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, Dropout: A Simple Way to Prevent Neural "
        "Networks from Overfitting, Journal of Machine Learning Research 15"
    )
    assert DROPOUT.bibtex.splitlines() == [
        "@article{srivastava2014dropout,",
        "  author = {Srivastava, Nitish and Hinton, Geoffrey and Krizhevsky, Alex and Sutskever, Ilya and "
        "Salakhutdinov, Ruslan},",
        "  title = {{Dropout: A Simple Way to Prevent Neural Networks from Overfitting}},",
        "  journal = {Journal of Machine Learning Research},",
        "  volume = {15},",
        "  year = {2014},",
        "}",
    ]
    lion = CARDS["lion"].papers[0]
    assert lion.words.startswith("Chen et al. 2023, ")
    assert "author = {Chen, Xiangning and others}," in lion.bibtex
