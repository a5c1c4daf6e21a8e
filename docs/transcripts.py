"""Run the commands that a page shows and write what they say: `python -m docs.transcripts docs/tour.md`.

A block of the kind `console` holds lines `$ command`, each with its output below it. The commands of a page run in one
empty folder, in their order.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"```console\n(.*?)```", flags=re.DOTALL)
PROGRESS = re.compile(r"[\d,]+ of [\d,]+ runs · ")
COLUMNS = "100"


def commands(text: str) -> list[str]:
    """Return the commands of a page, in their order.

    Args:
        text: of the page.
    """
    found = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in found if line.startswith("$ ")]


def written(text: str, folder: Path) -> str:
    """Return a page with what its commands say, run in a folder.

    Args:
        text: of the page.
        folder: where the commands run.
    """

    def block(match: re.Match[str]) -> str:
        parts = [f"$ {line}\n{said(line, folder)}".rstrip() for line in commands(match[0])]
        return "\n".join(["```console", *parts, "```"])

    return BLOCK.sub(block, text)


def said(line: str, folder: Path) -> str:
    """Run a command of a shell and return what it says, without lines of progress.

    Args:
        line: the command.
        folder: where it runs.

    Raises:
        CalledProcessError: it failed.
    """
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    own = {"NO_COLOR": "1", "COLUMNS": COLUMNS, "PYTHONUTF8": "1", "PATH": path}
    done = subprocess.run(
        line, shell=True, cwd=folder, env={**os.environ, **own},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True,
    )  # fmt: skip
    lines = done.stdout.decode("utf-8").splitlines()
    return "\n".join(line.rstrip() for line in lines if not PROGRESS.match(line))


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(written(page.read_text("utf-8"), Path(folder)), encoding="utf-8")
        print(f"written: {page}")
