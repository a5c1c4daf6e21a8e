"""No message below the command line is worded for a shell: options and commands are marks there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import bridle

SOURCE = Path(bridle.__file__).parent
SHELL = re.compile(
    r"(?<!\S)[`'\"(]?--[a-z]|\bbridle (resume|extend|compare|train|judge|diagnose|report)\b"
)


def messages(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every literal text inside a call that makes an error, but for the arguments of marks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and re.search(r"Error$|^unknown$", ast.unparse(node.func)):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def shell_words(source: str) -> list[tuple[int, str]]:
    return [(line, text) for line, text in messages(ast.parse(source)) if SHELL.search(text)]


def test_no_error_below_the_command_line_names_an_option() -> None:
    files = [path for path in SOURCE.rglob("*.py") if "cli" not in path.relative_to(SOURCE).parts]
    assert len(files) > 100
    found = {
        f"{path.relative_to(SOURCE)}:{line}": text
        for path in files
        for line, text in shell_words(path.read_text(encoding="utf-8"))
    }
    assert found == {}


def test_such_a_message_would_be_found() -> None:
    assert shell_words("raise UserError(f'{x} is full. Choose another with --out.')")
    assert shell_words("raise kind.OtherError('Go on by `bridle resume DIR`.')")
    assert not shell_words("raise UserError(f'Choose another with {argument(\"out\")}.')")
    assert not shell_words("note = 'add --lower-is-better'")
