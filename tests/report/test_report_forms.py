"""The answer as Markdown, LaTeX, JSON and a paper: read again by programs that know nothing of Bridle."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexWalker
from pylatexenc.macrospec import LatexContextDb

import bridle
from bridle.errors import UserError, visible
from bridle.methods.papers import Paper
from bridle.report.facts import again
from bridle.report.manuscript import latex, markdown, statistics_papers
from bridle.report.manuscript.blocks import (
    Cite,
    Code,
    Commands,
    Items,
    Manuscript,
    Section,
    Strong,
    TableBlock,
    paragraph,
)
from bridle.report.manuscript.paper import write as paper
from tests.report.invented import Invented, around

SCORES = {"none": around(0.895, replicates=4), "dropout": around(0.914, 0.005, 4)}
HOSTILE = "\\input{x} $x^2$ _a_ **b** | <b> & 50 % #1 ~ [c](d) `e` -- ''f'' 猫 🧪 \x1b[31m"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    folder = tmp_path_factory.mktemp("study")
    return Invented(folder, "moons(n=60,noise=0.3,validation=0.2)", SCORES)


def of(text: str) -> Manuscript:
    """A document that holds a text in every place."""
    table = TableBlock(text, (text, "b"), ((text, "1"), ("[x]", text)), (False, True), text)
    blocks = (table, Items((paragraph(text),)), Commands((text,)))
    found = (paragraph(text), paragraph(Strong(text), " ", Code(text)))
    return Manuscript(text, text, found, (Section(text, blocks),), text)


def plain(text: str) -> str:
    """A text on one line, as it is seen."""
    return " ".join(visible(text).split())


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(plain)
ALPHABET = st.text("ab1 \\`*_{}[]()#+-.!|<>&~$^%'\",=:\n", min_size=1, max_size=16).filter(plain)


@settings(max_examples=150, deadline=None)
@given(TEXTS | ALPHABET)
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown.write(of(text)))
    found = [plain("".join(map(_shown, one.children))) for one in tokens if one.children]
    own = plain(text)
    table = [own, own, "b", own, "1", "[x]", own, own]  # caption, titles, rows, note
    assert found == [own, own, own, f"{own} {own}", own, *table, own, own]
    assert [one.content for one in tokens if one.type == "fence"] == [f"{visible(text)}\n"]


def _shown(token: object) -> str:
    return getattr(token, "content", "") or (" " if "break" in getattr(token, "type", "") else "")


def _symbols() -> LatexContextDb:
    """What pylatexenc knows, and the symbols that it does not."""
    found = get_default_latex_context_db()
    names = {
        "textasciicircum": "^",
        "textasciitilde": "~",
        "textless": "<",
        "textgreater": ">",
        "textbar": "|",
        "textquotedbl": '"',
        "textasciigrave": "`",
        "texttwosuperior": "²",
        "textonehalf": "½",
        "textperiodcentered": "·",
    }
    specs = [MacroTextSpec(name, simplify_repl=text) for name, text in names.items()]
    found.add_context_category("symbols", macros=specs, prepend=True)
    return found


SYMBOLS = _symbols()


@settings(max_examples=150, deadline=None)
@given(TEXTS | ALPHABET)
def test_latex_sets_any_text_as_it_is(text: str) -> None:
    def read(written: str) -> str:
        nodes, _, _ = LatexWalker(written, tolerant_parsing=False).get_latex_nodes()
        converted = LatexNodes2Text(SYMBOLS, math_mode="text").nodelist_to_text(nodes)
        return unicodedata.normalize("NFKC", converted).replace("\xa0", " ")

    expected = unicodedata.normalize("NFKC", plain(text)).replace("\xa0", " ")
    assert " ".join(read(latex.escaped(text)).split()) == expected
    whole, _, _ = LatexWalker(latex.write(of(text)), tolerant_parsing=False).get_latex_nodes()
    names = [node.environmentname for node in whole if isinstance(node, LatexEnvironmentNode)]
    assert names == ["table", "itemize", "flushleft"]


def test_a_study_in_markdown_and_latex(study: Invented) -> None:
    text = study.rendered("md").decode()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells = [one.content for one in tokens if one.type == "inline"]
    assert "Dropout helps: +1.9 points of test accuracy" in text
    assert cells.index("dropout") < cells.index("none")  # best first
    assert "89.5 %" in cells
    assert next(one.content for one in tokens if one.type == "fence").startswith("bridle compare ")
    assert "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014" in text

    written = study.rendered("tex").decode()
    nodes, _, _ = LatexWalker(written, tolerant_parsing=False).get_latex_nodes()
    names = [node.environmentname for node in nodes if isinstance(node, LatexEnvironmentNode)]
    assert names == ["table", "table", "itemize", "table", "flushleft", "thebibliography"]
    cited = {key for keys in re.findall(r"\\cite\{([^}]*)\}", written) for key in keys.split(",")}
    assert cited == set(re.findall(r"\\bibitem\{([^}]*)\}", written))
    assert "srivastava2014dropout" in cited


def test_json_is_the_same_document(study: Invented) -> None:
    assert json.loads(study.rendered("json"))["summary"] == study.sentences()


def test_a_form_that_there_is_not(study: Invented) -> None:
    with pytest.raises(UserError, match="format must be one of md, latex, json, pdf"):
        study.rendered("docx")


def test_runs_of_others_and_several_data_sets() -> None:
    rows = [
        {"dataset": data, "method": method, "replicate": i, "score": 0.8 + 0.01 * i + gain}
        for data in ("猫", "b_c")
        for method, gain in (("none", 0.0), ("$x^2$", 0.02 + 0.001 * (data == "b_c")))
        for i in range(4)
    ]
    frame = pd.DataFrame(rows)
    frame.loc[frame.index % 3 == 0, "score"] += 0.001
    one = bridle.judge(frame[frame["dataset"] == "b_c"].drop(columns="dataset"), "fresh")
    several = bridle.judge(frame, "fresh")
    assert "\\$x^2\\$" in one.rendered("md").decode()
    text = several.rendered("md").decode()
    assert "## 猫" in text
    assert "Demšar 2006" in text
    made = several.rendered("pdf")
    assert made == several.rendered("pdf")


def test_a_paper(study: Invented, tmp_path: Path) -> None:
    made = study.rendered("pdf")
    assert made.startswith(b"%PDF-1.7")
    for standard in (b"<pdfuaid:part>1</pdfuaid:part>", b"<pdfaid:part>2</pdfaid:part>"):
        assert standard in made
    if shutil.which("pdftotext"):
        path = tmp_path / "paper.pdf"
        path.write_bytes(made)
        done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True)
        text = " ".join(done.stdout.decode().split())
        for part in ("Abstract. Dropout helps", "1 Methods", "Table 1", "Figure 8", "References"):
            assert part in text
        # words of a command stay whole, so that it can be copied
        for line in again(study, study.answer):
            assert " ".join(line.split()) in text


def test_a_paper_with_names_of_any_kind() -> None:
    paper(of(HOSTILE))  # PDF/A refuses characters without a glyph


def test_every_paper_on_statistics_is_read() -> None:
    papers = [one for one in vars(statistics_papers).values() if isinstance(one, Paper)]
    section = Section("One", (paragraph("Text", Cite(tuple(papers)), "."),))
    made = paper(Manuscript("Title", "-", (paragraph("-"),), (section,), "-"))
    assert made.startswith(b"%PDF")


def test_a_missing_typst_says_what_to_install() -> None:
    program = """
import sys
sys.modules["typst"] = None
from bridle.errors import UserError
from bridle.report.manuscript.blocks import Manuscript
from bridle.report.manuscript.paper import write
try:
    write(Manuscript("", "", (), (), ""))
except UserError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "A paper needs the package typst. Install it with: pip install 'bridle[paper]'\n"
    )
