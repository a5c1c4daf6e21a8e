"""One mistake, two faces: Python users read names of arguments and functions, the shell's options and commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import bridle as package
from bridle.errors import UserError

Run = Callable[..., tuple[int, str, str]]
SMALL: dict[str, Any] = {"methods": "l2", "replicates": 1, "epochs": 1, "configurations": 1}
RUNS = pd.DataFrame(
    [(method, run, run / 10) for method in ("none", "l2") for run in range(1, 5)],
    columns=["method", "replicate", "score"],
)


def _compare(**options: Any) -> Callable[[], object]:
    return lambda: package.compare("moons(n=60)", **{**SMALL, **options})


def _judge(design: str | None = "fresh", **options: Any) -> Callable[[], object]:
    return lambda: package.judge("runs.csv", design, **options)


def _words(*more: str) -> tuple[str, ...]:
    """Return the words of the same comparison, where other options replace those of its own."""
    given = [
        f"--{name}={value}" for name, value in SMALL.items() if f"--{name}=" not in " ".join(more)
    ]
    return ("compare", "moons(n=60)", *given, *more)


def _judging(*more: str) -> tuple[str, ...]:
    return ("judge", "runs.csv", "--design=fresh", *more)


MISTAKES: list[tuple[Callable[[], object], tuple[str, ...], str, str]] = [
    (
        _compare(batch_size=0),
        _words("--batch-size=0"),
        "batch_size must be",
        "--batch-size must be",
    ),
    (
        _compare(learning_rate=0),
        _words("--learning-rate=0"),
        "learning_rate must be",
        "--learning-rate must be",
    ),
    (_compare(widths=[0]), _words("--widths=0"), "widths must be", "--widths must be"),
    (
        _compare(methods="batch_norm", batch_size=1),
        _words("--methods=batch_norm", "--batch-size=1"),
        "batch_size=32. Or leave it out: methods='none'",
        "--batch-size 32. Or leave it out: --methods none",
    ),
    (
        _compare(methods="none,stochastic_depth,l2"),
        _words("--methods=none,stochastic_depth,l2"),
        "network='resnet_mlp' has. Or leave it out: methods='none,l2'",
        "--network resnet_mlp has. Or leave it out: --methods none,l2",
    ),
    (_compare(out="full"), _words("--out=full"), "folder with out=.", "folder with --out."),
    (
        _compare(grid={"l1": {"strength": [0.1]}}),
        _words("--grid=l1.strength=0.1"),
        "method in grid 'l1'",
        "method in --grid 'l1'",
    ),
    (
        _compare(methods="l2(0.1,0.2)"),
        _words("--methods=l2(0.1,0.2)"),
        "are a grid: grid={'l2': {'strength': (0.1, 0.2)}}",
        "are a grid: --grid l2.strength=0.1,0.2",
    ),
    (
        _compare(metric="log-loss", select="one-se"),
        _words("--metric=log-loss", "--select=one-se"),
        "Leave out select='one-se', or read the study by metric='log-loss'",
        "Leave out --select one-se, or read the study by --metric log-loss",
    ),
    (_judge(None), ("judge", "runs.csv"), "Say design='fresh'", "Say --design fresh"),
    (
        _judge(None),
        ("judge", "runs.csv"),
        "predictions=FILE) or overlapping (splits of one table; add sizes=(TRAIN, TEST))",
        "--predictions FILE) or overlapping (splits of one table; add --sizes TRAIN,TEST)",
    ),
    (
        _judge("overlapping", sizes=(40, 120)),
        ("judge", "runs.csv", "--design=overlapping", "--sizes=40,120"),
        "write sizes=(120, 40); if they are meant, sizes={'train': 40, 'test': 120}",
        "write --sizes 120,40; if they are meant, --sizes train=40,test=120",
    ),
    (_judge(looks=[3]), _judging("--looks=3"), "looks must end with", "--looks must end with"),
    (
        _judge(baseline="l1"),
        _judging("--baseline=l1"),
        "with: baseline=METHOD",
        "with: --baseline METHOD",
    ),
    (
        _judge(columns={"method": "net"}),
        _judging("--columns=method=net"),
        "which columns names",
        "which --columns names",
    ),
    (
        _judge(metric="log-loss"),
        _judging("--metric=log-loss"),
        "already, say lower_is_better=True",
        "already, say --lower-is-better",
    ),
    (
        lambda: package.diagnose("moons(n=60)", out="full"),
        ("diagnose", "moons(n=60)", "--out=full"),
        "folder with out=.",
        "folder with --out.",
    ),
    (
        lambda: package.resume("full"),
        ("resume", "full"),
        "that `bridle.compare()`",
        "that `bridle compare`",
    ),
]


@pytest.fixture
def around(tmp_path: Path) -> None:
    """Put into the folder what the mistakes are about."""
    RUNS.to_csv(tmp_path / "runs.csv", index=False)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "of.txt").write_text("something else", encoding="utf-8")


def _both(call: Callable[[], object], words: tuple[str, ...], bridle: Run) -> tuple[str, str]:
    """Return what the mistake is told in Python and in a shell, seen to speak its reader's language."""
    with pytest.raises(UserError) as caught:
        call()
    status, _, told = bridle(*words)
    assert status == 2
    in_python = str(caught.value)
    assert not re.search(r"(?<!\w)--[a-z]", in_python), in_python
    assert not re.search(r"\bbridle (resume|extend|report|compare|train)\b", in_python), in_python
    assert "from Python" not in told
    assert not re.search(r"\bbridle\.\w+\(", told), told
    return in_python, " ".join(told.split())


@pytest.mark.parametrize(("call", "words", "in_python", "in_shell"), MISTAKES)
@pytest.mark.usefixtures("around")
def test_each_face_speaks_its_own_language(
    bridle: Run, call: Callable[[], object], words: tuple[str, ...], in_python: str, in_shell: str
) -> None:
    python, shell = _both(call, words, bridle)
    assert in_python in python
    assert in_shell in shell


def test_studies_are_gone_on_with_in_both_faces(bridle: Run, tmp_path: Path) -> None:
    package.compare("moons(n=60)", **SMALL, out="there is")
    other = {**SMALL, "epochs": 2}
    python, shell = _both(
        lambda: package.compare("moons(n=60)", **other, out="there is"),
        (*_words("--epochs=2"), "--out=there is"),
        bridle,
    )
    assert "go on with that study by `bridle.resume('there is')`" in python
    assert "go on with that study by `bridle resume 'there is'`" in shell
    python, shell = _both(
        lambda: package.extend("there is", 0, anyway=True),
        ("extend", "there is", "--replicates=0", "--anyway"),
        bridle,
    )
    assert python.startswith("replicates must be a whole number at least 1")
    assert "--replicates must be a whole number at least 1" in shell
    (tmp_path / "there is" / "study.db").write_bytes(b"no database")
    python, shell = _both(
        lambda: package.resume("there is").leaderboard(), ("resume", "there is"), bridle
    )
    assert "delete it: `bridle.resume('there is')` then" in python
    assert "delete it: `bridle resume 'there is'` then" in shell
