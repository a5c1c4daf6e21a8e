"""The documents say what is true: commands parse, links lead somewhere, the room list matches the folders."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import typer
from docs import origins
from typer.core import TyperGroup

from bridle.cli.application import application
from bridle.origins import works

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
GUIDES = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]


def commands() -> list[str]:
    """Every line of a document that calls Bridle, indented or in a transcript, without its comment."""
    found = []
    for path in GUIDES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("    bridle ", "$ bridle ")):
                said = line.removeprefix("$ ").partition("#")[0]
                found += [part.strip() for part in said.split(";")]
    return found


@pytest.mark.parametrize("line", commands())
def test_every_command_parses(line: str) -> None:
    command = typer.main.get_command(application())
    assert isinstance(command, TyperGroup)
    words = shlex.split(line)[1:]
    chosen = command.commands[words[0]]
    with chosen.make_context(words[0], words[1:]) as context:
        assert context.params


def benchmarks() -> list[str]:
    """Every line of the evidence that says how its figures are measured."""
    found = set()
    for path in GUIDES:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"python (?:-m )?benchmarks[./]\w+[^`\n]*", text))
    return sorted(found)


@pytest.mark.parametrize("line", benchmarks())
def test_every_figure_is_measured_by_a_file_that_is_there(line: str) -> None:
    name, options = re.fullmatch(r"python (?:-m )?benchmarks[./](\w+)(?:\.py)?(.*)", line).groups()  # type: ignore[union-attr]
    text = (ROOT / "benchmarks" / f"{name}.py").read_text(encoding="utf-8")
    for option in re.findall(r"--[a-z]+", options):
        assert f'"{option}"' in text, option


def test_the_readme_names_the_commands_that_there_are() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command = typer.main.get_command(application())
    assert isinstance(command, TyperGroup)
    for name in command.commands:
        assert f"bridle {name}" in text or name == "report", name


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.strip().lower()) for head in heads)
    return {head.replace(" ", "-") for head in plain}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_what_is_there(path: Path) -> None:
    text = re.sub(
        r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", text):
        if target.startswith("http"):
            continue
        there = path.parent / target if target else path
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), f"{target}#{anchor}"


def test_the_index_of_the_evidence_names_every_page() -> None:
    folder = ROOT / "docs" / "evidence"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for page in folder.glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name


def test_the_index_of_the_works_is_that_of_their_pages() -> None:
    written = (ROOT / "docs" / "origins" / "README.md").read_text(encoding="utf-8")
    assert written == origins.index()
    told = {page.stem for name in works() for page in origins.pages(name)}
    there = {page.stem for page in (ROOT / "docs" / "origins").glob("*.md")} - {"README"}
    assert told == there == set(json.loads(origins.SECONDS.read_text(encoding="utf-8")))


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in (ROOT / "src" / "bridle").iterdir():
        if (folder / "__init__.py").is_file():
            assert f"{folder.name}/" in text, folder.name


def test_rooms_import_only_from_rooms_above_them() -> None:
    order = [
        "data",
        "methods",
        "optimizers",
        "metrics",
        "networks",
        "engine",
        "statistics",
        "origins",
        "study",
        "report",
        "cli",
    ]
    for position, room in enumerate(order):
        for path in (ROOT / "src" / "bridle" / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            # what is imported for annotations, or inside a function, is no dependency of the room
            for found in re.findall(r"^(?:from|import) bridle\.(\w+)", text, flags=re.MULTILINE):
                if found in order:
                    assert order.index(found) <= position, f"{path} imports {found}"
                    assert room != "statistics" or found == "statistics", f"{path} imports {found}"
