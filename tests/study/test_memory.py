"""A device that cannot hold a program's lanes: narrower chunks of the same runs follow, and the study says so."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridle import compare
from bridle.engine.datasets import BY_NAME, DataStore
from bridle.engine.executor import ChunkOutcome, InProcessExecutor, Pull
from bridle.engine.spec import Chunk, OutOfMemory, ProgramSpec
from bridle.errors import UserError
from bridle.study.driver import Progress

ASKED = {
    "methods": "l2,dropout",
    "replicates": 2,
    "epochs": 2,
    "configurations": 2,
    "widths": [8],
}
DATA = "moons(n=60,validation=0.5)"


class SmallDevice(InProcessExecutor):
    """Trains for real, up to `most` lanes; the real want of memory is in tests/engine."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.refused: list[int] = []

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        def fitting(last: ProgramSpec | None) -> Chunk | None:
            while (chunk := pull(last)) is not None and chunk.width > self.most:
                self.refused.append(chunk.width)
                held.append(chunk)
                return None
            return chunk

        while True:
            held: list[Chunk] = []
            yield from super().run(fitting, data, scratch)
            if not held:
                return
            yield held[0], OutOfMemory("too much for it")


@pytest.mark.long
def test_widths_are_lowered_and_recorded(tmp_path: Path) -> None:
    told: list[Progress] = []
    device = SmallDevice(4)
    study = compare(DATA, **ASKED, out=tmp_path / "s", executor=device, watch=told.append)
    assert sorted(device.refused) == sorted([32, 16, 8] * 2)
    recorded = json.loads((tmp_path / "s" / "study.json").read_text())["plan"]
    assert recorded["lanes"] == {"": 4, "dropout": 4}
    assert len(study.results()) == (1 + 2 + 2) * 2
    notes = [note for note in study.plan.notes if "Too much for it: " in note]
    assert "from here on 16 runs are trained side by side, not 32" in notes[0]
    assert [progress.note for progress in told if progress.note] == list(notes)
    assert told[-1].done == told[-1].total == 10


@pytest.mark.slow
def test_no_room_for_a_single_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"even one run of moons.*too much for it.*smaller widths"):
        compare(DATA, **ASKED, out=tmp_path / "s", executor=SmallDevice(0))
    study = compare(DATA, **ASKED, out=tmp_path / "s", executor=InProcessExecutor())
    assert len(study.results()) == 10
