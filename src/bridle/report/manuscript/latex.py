r"""A document as LaTeX: sections and tables to be read by `\input`, with the package booktabs."""

from __future__ import annotations

import re

from bridle.errors import visible
from bridle.report.manuscript.blocks import (
    Block,
    Cite,
    Code,
    Commands,
    Inline,
    Items,
    Manuscript,
    Paragraph,
    Strong,
    TableBlock,
)

_WRITTEN = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "−": r"$-$",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "·": r"\textperiodcentered{}",
    "×": r"$\times$",
    "±": r"$\pm$",
    "…": r"\ldots{}",
    "’": r"\textquoteright{}",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≈": r"$\approx$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "²": r"\texttwosuperior{}",
    "½": r"\textonehalf{}",
    "λ": r"$\lambda$",
    "Σ": r"$\Sigma$",
    "β": r"$\beta$",
    "ε": r"$\epsilon$",
    "σ": r"$\sigma$",
    "μ": r"$\mu$",
    "\u00a0": "~",
    "\u202f": "~",
}
_PATTERN = re.compile("|".join(map(re.escape, _WRITTEN)))
_LIGATURES = re.compile(r"-(?=-)|'(?=')|,(?=,)")
"""Characters that would join the next into another one."""

PREAMBLE = r"""% To be read by \input. Needs the packages booktabs, textcomp and fontenc with T1.
% Names in other scripts than Latin need LuaLaTeX or XeLaTeX, with a font that has them."""


def write(manuscript: Manuscript) -> str:
    """Return the document; figures are left out."""
    parts = [PREAMBLE, rf"\section{{{escaped(manuscript.title)}}}", escaped(manuscript.subject)]
    parts += [_paragraph(one) for one in manuscript.abstract]
    for section in manuscript.sections:
        parts.append(rf"\subsection{{{escaped(section.title)}}}")
        parts += [text for block in section.blocks if (text := _block(block))]
    if papers := manuscript.references:
        items = [rf"\bibitem{{{paper.key}}} {escaped(paper.reference)}" for paper in papers]
        widest = rf"\begin{{thebibliography}}{{{len(papers)}}}"
        parts.append("\n".join([widest, *items, r"\end{thebibliography}"]))
    return "\n\n".join([*parts, f"% {' '.join(visible(manuscript.made_by).split())}"]) + "\n"


def escaped(text: str) -> str:
    """Return a text that LaTeX sets as it is, on one line."""
    line = " ".join(re.split(r"[ \n\t]+", visible(text)))
    return _LIGATURES.sub(r"\g<0>{}", _PATTERN.sub(lambda found: _WRITTEN[found[0]], line))


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _paragraph(block)
    if isinstance(block, Items):
        items = [rf"\item {_begun(_paragraph(item))}" for item in block.items]
        return "\n".join([r"\begin{itemize}", *items, r"\end{itemize}"])
    if isinstance(block, Commands):
        lines = [rf"\texttt{{{_breakable(escaped(line))}}}" for line in block.lines]
        return "\n".join([r"\begin{flushleft}", " \\\\\n".join(lines), r"\end{flushleft}"])
    return _table(block) if isinstance(block, TableBlock) else ""


def _paragraph(paragraph: Paragraph) -> str:
    return "".join(map(_inline, paragraph.parts)).strip()


def _inline(part: Inline) -> str:
    if isinstance(part, Cite):
        return rf"~\cite{{{','.join(paper.key for paper in part.papers)}}}"
    if isinstance(part, Code):
        return rf"\texttt{{{escaped(part.text)}}}"
    return rf"\textbf{{{escaped(part.text)}}}" if isinstance(part, Strong) else escaped(part)


def _table(table: TableBlock) -> str:
    columns = "".join("r" if right else _left(table, at) for at, right in enumerate(table.right))
    rows = [rf"{_begun(' & '.join(map(escaped, row)))} \\" for row in table.rows]
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            r"\centering",
            rf"\caption{{{escaped(table.caption)}}}",
            _size(table),
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            rf"{' & '.join(map(escaped, table.titles))} \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            *([rf"\par\footnotesize {escaped(table.note)}"] if table.note else []),
            r"\end{table}",
        ]
    )


def _breakable(line: str) -> str:
    """Return a command that may be broken after commas: a list of methods may be longer than a line."""
    return line.replace(",", r",\allowbreak{}")


def _size(table: TableBlock) -> str:
    """Return the size of letters with which a table fits the page."""
    many = len(table.titles) > _MANY
    return r"\scriptsize\setlength{\tabcolsep}{3pt}" if many else r"\small"


def _begun(text: str) -> str:
    """Return a text that is not read as an argument of what stands before it."""
    return f"{{}}{text}" if text.startswith(("[", "*")) else text


def _left(table: TableBlock, column: int) -> str:
    """Return a column of texts: one that breaks its lines where they are long."""
    longest = max((len(row[column]) for row in table.rows), default=0)
    return "l" if longest <= _LONG else rf"p{{{_SHARE}\linewidth}}"


_LONG = 40
"""Number of characters up to which a column is as wide as its texts."""
_SHARE = 0.45
_MANY = 6
"""Number of columns above which a table has small letters."""
