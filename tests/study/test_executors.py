"""Where a study is trained: by name, or by an executor of one's own that shares nothing with this machine."""

from __future__ import annotations

import contextlib
import math
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridle
from bridle.api.study import Study
from bridle.engine.datasets import BY_NAME, DataStore, SentData
from bridle.engine.devices import Device
from bridle.engine.executor import ChunkOutcome, InProcessExecutor, LocalExecutor, Pull
from bridle.engine.spec import Chunk, DataWanted
from bridle.errors import UserError
from bridle.study.executors import executor_for

FAR = """
import os, pickle, sys
from pathlib import Path
forbidden = sys.argv[1]

def deny(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith(forbidden):
        raise PermissionError(f"{arguments[0]} is on another machine")

sys.addaudithook(deny)
from bridle.engine import worker
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
while True:
    try:
        name, arguments = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    pickle.dump(getattr(worker, name)(*arguments), answers)
    answers.flush()
"""


class PipeExecutor:
    """Trains in a process of another folder that may open nothing of the study's: all it gets comes through a pipe."""

    devices = 1

    def __init__(self, folder: Path, forbidden: Path) -> None:
        self.sent: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", FAR, str(forbidden)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=Device("cpu", 0).environment(),
        )

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        last = None
        while (chunk := pull(last)) is not None:
            last = chunk.program
            outcome = self._ask("train_chunk", chunk)
            if isinstance(outcome, DataWanted):
                self._ask("hold", outcome.data, SentData(data.content(outcome.data)))
                self.sent.append(outcome.data)
                outcome = self._ask("train_chunk", chunk)
            yield chunk, outcome

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(60)

    def _ask(self, name: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((name, arguments), self._process.stdin)
        self._process.stdin.flush()
        return pickle.load(self._process.stdout)


ASKED: dict[str, Any] = {
    "methods": "none,l2",
    "replicates": 2,
    "configurations": 2,
    "epochs": 2,
    "widths": (4,),
}


@pytest.mark.long
def test_chunks_carry_their_data_by_digest_alone(tmp_path: Path, study_bytes: Any) -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 3)), np.arange(60) % 2
    here = bridle.compare(X, y, out=tmp_path / "here", executor="inline", **ASKED)
    (tmp_path / "elsewhere").mkdir()
    there = PipeExecutor(tmp_path / "elsewhere", tmp_path / "there")
    with contextlib.closing(there):
        far = bridle.compare(X, y, out=tmp_path / "there", executor=there, **ASKED)
        # a name alone brings these back
        bridle.compare("wine", out=tmp_path / "wine", executor=there, **ASKED)
    assert isinstance(far, Study)
    assert there.sent == [far.plan.dataset, "wine(validation=0.2,test=0.2)"]
    assert study_bytes(here.folder) == study_bytes(far.folder)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_sent_rows_that_are_not_those_of_the_digest_are_refused(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    one, other = (
        bridle.data.from_arrays(random.normal(size=(40, 2)), np.arange(40) % 2) for _ in range(2)
    )
    bridle.data.save(one, tmp_path)
    (arrays, about) = sorted(tmp_path.glob("arrays-*"), key=lambda path: path.suffix, reverse=True)
    stem = f"arrays-{other.spec[len('arrays(sha256=x') :][:12]}"
    wrong = {f"{stem}.safetensors": arrays.read_bytes(), f"{stem}.json": about.read_bytes()}
    with pytest.raises(UserError, match="arrays-"):
        SentData(wrong).dataset(other.spec)


def test_executors_have_names(small_study: Study, tmp_path: Path) -> None:
    plan = small_study.plan
    with executor_for(plan) as chosen:
        assert isinstance(chosen, LocalExecutor)
        assert 1 <= chosen.devices <= plan.count
    with executor_for(plan, "local", workers=1) as chosen:
        assert chosen.devices == 1
    with executor_for(plan, "inline") as chosen:
        assert isinstance(chosen, InProcessExecutor)
    own = InProcessExecutor()
    with executor_for(plan, own) as chosen:
        assert chosen is own


@pytest.mark.parametrize("asked", ["ray", 3, ["inline"]])
def test_an_executor_that_does_not_exist_is_named_before_anything_is_done(
    asked: Any, tmp_path: Path
) -> None:
    for command in (bridle.compare, bridle.diagnose):
        with pytest.raises(UserError, match="executor must be one of local, inline; received"):
            command("moons(n=60)", out=tmp_path / "s", executor=asked)
    assert list(tmp_path.iterdir()) == []


def test_what_inline_cannot_do_is_said(small_study: Study) -> None:
    from dataclasses import replace

    with (
        pytest.raises(UserError, match="without workers"),
        executor_for(small_study.plan, "inline", workers=2),
    ):
        pass
    with (
        pytest.raises(UserError, match="Choose the executor local"),
        executor_for(replace(small_study.plan, device="gpu"), "inline"),
    ):
        pass
