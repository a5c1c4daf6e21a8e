"""The pages that are written from cards and help are today's; transcripts hold what commands say."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs import commands, methods, transcripts, which

from bridle.cli.application import COMMANDS
from bridle.methods.card import FAMILIES
from bridle.methods.catalogue import METHODS


@pytest.mark.parametrize("page", [commands, methods, which], ids=["commands", "methods", "which"])
def test_the_committed_page_is_todays(page) -> None:  # type: ignore[no-untyped-def]
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run `make docs`"


def test_every_command_has_a_section_with_its_options() -> None:
    text = commands.page()
    for name in COMMANDS:
        assert f"\n## bridle {name}\n" in text
    assert "<code>--select best&#124;one-se</code>" in text


def test_every_method_is_in_its_family() -> None:
    text = methods.page()
    titles = [text.index(f"## {title}\n") for title in FAMILIES.values()] + [len(text)]
    for name, found in METHODS.built_in.items():
        if name != "none":
            place = list(FAMILIES).index(found.family)
            assert titles[place] < text.index(f"### {name}\n") < titles[place + 1]


def test_every_method_has_its_row() -> None:
    text = which.page()
    for name in set(METHODS.built_in) - {"none"}:
        assert text.count(f"| [{name}](methods.md#{name}) |") == 1


def test_a_transcript_holds_what_commands_say(tmp_path: Path) -> None:
    page = "# Title\n\n```console\n$ echo one > file; echo two\nold\n$ cat file\n```\n\nText\n"
    written = transcripts.written(page, tmp_path)
    assert written == (
        "# Title\n\n```console\n$ echo one > file; echo two\ntwo\n$ cat file\none\n```\n\nText\n"
    )
    assert transcripts.written(written, tmp_path) == written
    assert transcripts.commands(written) == ["echo one > file; echo two", "cat file"]
