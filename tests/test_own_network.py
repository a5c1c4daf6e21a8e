"""The class of `docs/write-your-own-network.md` is a network: its forward pass, and comparisons with it."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from bridle.draws import Draws
from bridle.networks.base import Network

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "write-your-own-network.md").read_text(
    encoding="utf-8"
)
(MODULE,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
(LINES,) = re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)
SMALL = "--replicates 2 --epochs 2 --configurations 2 --widths 4,3 --workers 1 --quiet"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the document's module."""
    (tmp_path / "nets.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def built(**arguments: str) -> Network:
    """The network for six numbers and three classes, with hidden layers of four and three units."""
    found: Network = importlib.import_module("nets").WideAndDeep((2, 3), (4, 3), 3, **arguments)
    return found


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("wide", ["inputs", "squares"])
def test_the_forward_pass_is_that_of_numpy_and_visits_every_slot(wide: str) -> None:
    network = built(wide=wide)
    key = jnp.array([3, 5], jnp.uint32)
    params = network.init(Draws(key))
    assert {name: value.shape for name, value in params.items()} == network.shapes()
    x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32)
    visited = []

    def at(slot, value):  # type: ignore[no-untyped-def]
        visited.append(slot)
        return value

    got = network.apply(params, jnp.asarray(x), at)
    flat = x.reshape(5, 6)
    hidden = flat
    for i in range(2):
        hidden = np.maximum(hidden @ params[f"dense_{i}/kernel"] + params[f"dense_{i}/bias"], 0)
    expected = hidden @ params["dense_2/kernel"] + params["dense_2/bias"]
    expected += (flat**2 if wide == "squares" else flat) @ params["wide/kernel"]
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    assert visited == network.slots()


@pytest.mark.long
def test_it_is_compared_from_the_shell(folder: Path) -> None:
    first, second = LINES.splitlines()
    for line in (f"{first} --methods none,l2,stochastic_depth", second):
        words = [
            sys.executable,
            "-m",
            *shlex.split(line.replace("moons", "'moons(n=40)'")),
            *SMALL.split(),
        ]
        done = subprocess.run(
            words, cwd=folder, env={**os.environ}, capture_output=True, text=True, timeout=300
        )
        if "stochastic_depth" in line:  # it has no branches to drop
            assert done.returncode == 2
            assert "Traceback" not in done.stderr
        else:
            assert done.returncode == 0, done.stderr
    plan = json.loads((folder / "squares" / "study.json").read_text())["plan"]
    assert plan["network"] == "nets:WideAndDeep(wide=squares)"
    assert "batch_norm" in (folder / "squares" / "leaderboard.csv").read_text()
