"""The documents say what is true: commands parse, links lead somewhere, the room list matches the folders."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from bridle.cli.application import application

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> list[str]:
    found = []
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("    bridle "):
            found += [part.strip() for part in line.partition("#")[0].split(";")]
    return found


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_readme_parses(line: str):
    command = typer.main.get_command(application())
    words = shlex.split(line)[1:]
    chosen = command.commands[words[0]]
    with chosen.make_context(words[0], words[1:]) as context:
        assert context.params


def test_the_readme_names_the_commands_that_there_are():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in typer.main.get_command(application()).commands:
        assert f"bridle {name}" in text or name == "report", name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(path: Path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_the_architecture_names_every_room():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in (ROOT / "src" / "bridle").iterdir():
        if (folder / "__init__.py").is_file():
            assert f"{folder.name}/" in text, folder.name


def test_rooms_import_only_from_rooms_above_them():
    order = [
        "data",
        "methods",
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
