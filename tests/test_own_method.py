"""The blocks of `docs/write-your-own-method.md` run, from a package in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "write-your-own-method.md").read_text(encoding="utf-8")
MODULE, TESTS, PROJECT = re.findall(r"```(?:python|toml)\n(.*?)```", TEXT, flags=re.DOTALL)
TRIED, NAMED = re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)
OTHERS = '''
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from bridle.data import DatasetKind, load
from bridle.domains import Integer, Real
from bridle.methods.card import Card
from bridle.metrics import Metric
from bridle.networks.mlp import MLP
from bridle.methods.arguments import declare
from bridle.optimizers.sgd import SGD
from bridle.signature import Argument


@dataclass(frozen=True)
class Deep(MLP):
    """A multilayer perceptron with one more hidden layer."""

    name: ClassVar[str] = "deep"
    adjective: ClassVar[str] = "deep"
    arguments: ClassVar[tuple[Argument, ...]] = (Argument("first", Integer(1), 3),)
    first: int = 3

    def __post_init__(self):
        object.__setattr__(self, "widths", (self.first, *self.widths))


@dataclass(frozen=True)
class Steady(SGD):
    """Gradient descent at a share of the learning rate."""

    name = "steady"
    aliases = ()
    principal = "share"
    card = Card("Steady descent", "Takes short steps.", "w - share lr g", "-", "-")
    share: float = declare(0.5, Real(0.0, 1.0), "of the learning rate")

    def step(self, params, grads, state, learning_rate, count):
        return super().step(params, grads, state, self.share * learning_rate, count)


def build(spec, given):
    return replace(load(f"moons(n={given['n']},test=100)"), name="crescents")


CRESCENTS = DatasetKind(
    name="crescents",
    summary="moons of another name",
    arguments=(Argument("n", Integer(20), 100, "points"),),
    design="fresh",
    defaults=load("moons").defaults,
    source="-",
    licence="-",
    build=build,
)


def quadratic(logits, targets, weights=None):
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    return 1 - p[np.arange(len(targets)), targets] ** 2


QUADRATIC = Metric(
    "quadratic", "quadratic loss", "one minus p squared", quadratic, lower=True, whole=False,
    criterion="log-loss",
)
'''
POINTS = """
[project.entry-points."bridle.networks"]
deep = "noisy.others:Deep"

[project.entry-points."bridle.optimizers"]
steady = "noisy.others:Steady"

[project.entry-points."bridle.datasets"]
crescents = "noisy.others:CRESCENTS"

[project.entry-points."bridle.metrics"]
quadratic = "noisy.others:QUADRATIC"
"""
"""What the document does not show: the other kinds of things that a package adds, beside the document's method."""
NAMES = {
    "{}": ("crescents", "deep", "steady", "quadratic"),
    "noisy.others:{}": ("CRESCENTS", "Deep", "Steady", "QUADRATIC"),
}
"""A data set, a network, an optimizer and a metric, by entry point and as `module:Name`."""
SMALL = "--replicates 2 --epochs 2 --configurations 2 --widths 4 --workers 1 --quiet"


@dataclass(frozen=True)
class Environment:
    """A virtual environment with Bridle, and a project beside it."""

    python: Path
    project: Path

    def run(self, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run Python with these words, where nothing of this checkout's folder can be found by chance."""
        names = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        return subprocess.run(
            [self.python, *words],
            cwd=folder or self.project.parent,
            env={key: value for key, value in os.environ.items() if key not in names},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def bridle(self, line: str, folder: Path | None = None, own: str = "{}") -> str:
        """Run a line of the document, a comparison with few and small runs, and return what it answers.

        A comparison is on a data set, with a network, an optimizer and a metric that are all of the package, named as
        `own` says.
        """
        words = shlex.split(line)
        assert words[0] == "bridle"
        if words[1] == "compare":
            data, network, optimizer, metric = (own.format(name) for name in NAMES[own])
            others = ["--network", f"{network}(first=2)", "--optimizer", f"{optimizer}(0.9)"]
            words = ["bridle", "compare", f"{data}(n=40)", *words[3:], *SMALL.split(), *others]
            words += ["--metric", metric]
        # as the console script does, without the current folder on the path
        found = self.run("-P", "-m", *words, folder=folder)
        assert found.returncode == 0, found.stderr
        return found.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment that sees what this one has installed, and the document's files."""
    folder = tmp_path_factory.mktemp("own")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "what-tests-have.pth").write_text("\n".join(path for path in sys.path if path))
    project = folder / "project"
    for name, content in (
        ("src/noisy/__init__.py", ""),
        ("src/noisy/noise.py", MODULE),
        ("src/noisy/others.py", OTHERS),
        ("tests/test_noise.py", TESTS),
        ("pyproject.toml", PROJECT + POINTS),
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)
    return Environment(folder / "venv" / "bin" / "python", project)


def test_a_module_in_the_current_folder(environment: Environment) -> None:
    source = environment.project / "src"
    explain, compare = TRIED.splitlines()
    assert "Adds fresh Gaussian noise" in environment.bridle(explain, source)
    compared = environment.bridle(compare, source, "noisy.others:{}")
    assert "noisy.noise:InputNoise" in compared
    plan = json.loads((source / "tried" / "study.json").read_text())["plan"]
    assert plan["dataset"] == "noisy.others:CRESCENTS(n=40)"
    assert plan["network"] == "noisy.others:Deep(first=2)"
    assert plan["optimizer"] == "noisy.others:Steady(share=0.9)"
    assert plan["metric"] == "noisy.others:QUADRATIC"
    assert "quadratic loss" in compared
    leaderboard = (source / "tried" / "leaderboard.csv").read_text()
    assert '"l2(strength=' not in leaderboard
    assert "l2+noisy.noise:InputNoise(sigma=0.2)" in leaderboard

    report = environment.run("-P", "-m", "bridle", "report", str(source / "tried"))
    assert report.returncode == 2
    assert "there is no module 'noisy' here. Install the package" in report.stderr
    assert "Traceback" not in report.stderr


def test_an_installed_package(environment: Environment) -> None:
    installed = environment.run(
        *("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"),
        str(environment.project),
    )
    assert installed.returncode == 0, installed.stderr
    methods, explain, compare, resume = NAMED.splitlines()
    (site,) = environment.python.parents[1].glob("lib/python*/site-packages")
    broken = site / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (broken / "entry_points.txt").write_text("[bridle.methods]\nbad = broken:Bad\n")
    listed = environment.run("-P", "-m", *shlex.split(methods))
    assert "\ninput_noise " in listed.stdout
    assert "Not listed: The method bad of the package broken 1.0 (broken:Bad)" in listed.stderr
    assert "(input_noise)" in environment.bridle(explain)
    lists = {
        "datasets": "crescents",
        "networks": "deep",
        "optimizers": "steady",
        "metrics": "quadratic",
    }
    for command, name in lists.items():
        assert f"\n{name} " in environment.bridle(f"bridle {command}")
    assert "Takes short steps" in environment.bridle("bridle explain steady")
    assert "quadratic loss" in environment.bridle(compare)
    study = environment.project.parent / "named"
    plan = json.loads((study / "study.json").read_text())["plan"]
    assert (plan["dataset"], plan["network"]) == ("crescents(n=40)", "deep(first=2)")
    assert (plan["optimizer"], plan["metric"]) == ("steady(share=0.9)", "quadratic")
    before = (study / "results.csv").read_bytes()
    assert before.count(b"input_noise") >= 8
    # what was trained of the method is lost, and trained again by another process
    with sqlite3.connect(study / "study.db") as database:
        lost = database.execute("DELETE FROM run WHERE method = 'input_noise'").rowcount
    database.close()
    assert lost == 4
    environment.bridle(resume)
    assert (study / "results.csv").read_bytes() == before


def test_the_contract_is_kept(environment: Environment) -> None:
    source = environment.project / "src"
    checked = environment.run(
        *(
            "-c",
            "import sys; sys.path[:0] = sys.argv[1:]; import test_noise as t; t.test_input_noise()",
        ),
        str(source),
        str(environment.project / "tests"),
    )
    assert checked.returncode == 0, checked.stderr
