"""`bridle reproduce`: the list of works, and what is refused before anything is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bridle.origins import works
from tests.cli.conftest import Finished


def test_works_are_listed_with_their_questions(
    process: Callable[..., Finished], tmp_path: Path
) -> None:
    said = " ".join(process("reproduce", cwd=tmp_path).stdout.split())
    for name, work in works().items():
        assert name in said
        assert work.question in said
    listed = json.loads(process("reproduce", "--json", cwd=tmp_path).stdout)
    assert [entry["name"] for entry in listed] == list(works())
    assert all({"smoke", "laptop", "paper"} == set(entry["scales"]) for entry in listed)
    options = {entry["name"]: entry["options"] for entry in listed if entry["options"]}
    assert options == {"mnist-five": ["tuned"], "noise-labels": ["tuned", "data", "network"]}
    assert "Otherwise: --tuned, --data and --network." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("textbok-claims",), "Write: bridle reproduce textbook-claims"),
        (("early-dropout", "--scale", "labtop"), "--scale laptop"),
        (("early-dropout", "--open"), "--open and --port show the page of one"),
        (("moons-l1", "--tuned"), "moons-l1 does not take --tuned. Leave it out."),
        (("mnist-five", "--data", "digits"), "does not take --data. It takes --tuned."),
        (("early-dropout", "--network", "cnn"), "early-dropout does not take --network"),
        (("noise-labels", "--data", "digit"), "--data digits"),
        (("early-dropout", "--replicates", "0"), "--replicates must be a whole number at least 1"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(
    words: tuple[str, ...], said: str, process: Callable[..., Finished], tmp_path: Path
) -> None:
    done = process("reproduce", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
