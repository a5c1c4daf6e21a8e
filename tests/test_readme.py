"""The README's sample output and Python are those of a real run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridle
from bridle.engine.executor import InProcessExecutor

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = re.search(r"Measured by `bridle compare moons`.*?:\n\n(.*?)\n\n(?=\S)", README, re.DOTALL)
MEASURED_ON = {"jaxlib": "0.10.2", "cpu": "AMD EPYC (family 26, model 2)"}
"""Where the sample was made; elsewhere last bits differ, and with them a setting that is chosen."""

SMALL = "epochs=3, widths=(8,), configurations=2, executor=executor"
SMALLER = {
    '"moons")  # or': f'"moons(n=60)", methods=["dropout", "l2"], replicates=2, {SMALL})  # or',
    'bridle.diagnose("moons")': f'bridle.diagnose("moons(n=60)", replicates=2, {SMALL})',
    "replicates=20": "replicates=1, anyway=True, executor=executor",
}
"""What is trained smaller, and in this process, where the README's Python runs."""


def figureless(text: str) -> str:
    """Text without figures."""
    return re.sub(r"[\d.,]+", "", text)


def blocks(text: str) -> list[str]:
    """The Python blocks of a document."""
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def paragraphs(text: str) -> list[str]:
    """Paragraphs without line breaks and without how long the runs took."""
    found = (
        re.sub(r"runs in .*? ·", "runs ·", re.sub(r"\n +(?=\n)", "\n", text)).strip().split("\n\n")
    )
    return [" ".join(paragraph.split()) for paragraph in found]


@pytest.mark.slow
def test_the_sample_is_what_compare_moons_says(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "bridle", "compare", "moons"],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "110", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=True,
    )
    assert SAMPLE is not None
    found, shown = paragraphs(said.stdout), paragraphs(SAMPLE[1])
    if MEASURED_ON.items() <= bridle.Study(tmp_path / "bridle-moons").versions.items():
        assert found == shown
    else:  # figures may differ in their last digits
        assert len(found) == len(shown)
        assert figureless(found[0]) == figureless(shown[0])
        assert figureless(found[4].partition("Margin")[0]) == figureless(
            shown[4].partition("Margin")[0]
        )


def test_the_python_about_a_study_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code = blocks(README)[0]
    for written, smaller in SMALLER.items():
        assert written in code
        code = code.replace(written, smaller)
    names: dict[str, Any] = {"X": np.zeros((3, 2)), "executor": InProcessExecutor()}
    exec(compile(code, "README.md", "exec"), names)
    assert capsys.readouterr().out == names["study"].summary + "\n"
    assert (tmp_path / "bridle-moons" / "report.html").is_file()
    assert bridle.Study("bridle-moons").plan.replicates == 3


DOCUMENTS = [
    path
    for path in (ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    # these are run from a package and a module of their own
    if path.name not in ("write-your-own-method.md", "write-your-own-network.md")
]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path, id=path.name, marks=pytest.mark.long if path.stem == "estimators" else ()
        )
        for path in DOCUMENTS
    ],
)
def test_the_python_of_other_documents_runs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for code in blocks(path.read_text(encoding="utf-8")):
        exec(compile(code, path.name, "exec"), names)
