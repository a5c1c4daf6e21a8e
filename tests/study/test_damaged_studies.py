"""What was edited, exchanged, cut off or removed in a study's folder is noticed, named, and mended by `resume`."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import bridle
from bridle.api.study import Study
from bridle.engine.executor import InProcessExecutor
from bridle.engine.spec import content_hash
from bridle.errors import UserError
from bridle.study.begin import open_dataset, prepare
from bridle.study.driver import Progress
from bridle.study.plan import read_plan
from bridle.study.request import Request, make_plan

from .conftest import SMALL

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2.5, 1e300, 10**30, "", "abc", "\udce9", [], [None], {}, {"a": 1}, [[3]]
)  # fmt: skip


@pytest.fixture
def folder(small_study: Study, tmp_path: Path) -> Path:
    shutil.copytree(small_study.folder, tmp_path / "study")
    return tmp_path / "study"


def paths(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the place of everything in a document."""
    parts: Any = ()
    if isinstance(content, dict):
        parts = content.items()
    elif isinstance(content, list):
        parts = enumerate(content)
    for key, part in parts:
        yield (*at, key)
        yield from paths(part, (*at, key))


def edits(content: Any) -> Iterator[tuple[str, Any]]:
    """Give documents with one edit each: what is there left out, doubled, under another name, or something else."""
    for at in paths(content):
        *before, key = at
        for odd in (*ODD, ..., "away", "turned", "renamed"):
            edited = copy.deepcopy(content)
            holder = edited
            for step in before:
                holder = holder[step]
            if odd is ...:
                del holder[key]
            elif odd == "turned":
                if not isinstance(holder[key], list):
                    continue
                holder[key] = [*holder[key][1:], *holder[key][:1]]
            elif odd == "renamed":
                if not isinstance(holder, dict):
                    continue
                holder[f"{key}s"] = holder.pop(key)
            else:
                holder[key] = odd
            if json.dumps(edited) != json.dumps(content):
                yield f"{'.'.join(map(str, at))}: {odd!r}", edited


def signed(content: Any) -> Any:
    """Return a document with the digest of its content, as by somebody who knows how."""
    rest = {key: value for key, value in content.items() if key != "digest"}
    return {**rest, "digest": content_hash(rest)}


@pytest.mark.slow
def test_every_edit_of_study_json_is_noticed(folder: Path) -> None:
    path = folder / "study.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    count = 0
    for what, edited in edits(content):
        path.write_text(json.dumps(edited), encoding="utf-8")
        with pytest.raises(UserError, match=r"study\.json (is not as|was written by)"):
            raise AssertionError(f"{what} was not noticed: {read_plan(path)}")
        count += 1
    assert count > 1000


@pytest.mark.slow
def test_an_edit_with_its_digest_is_a_plan_or_a_message(folder: Path) -> None:
    path = folder / "study.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    read = 0
    for what, edited in itertools.islice(edits(content), 0, None, 4):
        path.write_text(json.dumps(signed(edited)), encoding="utf-8")
        try:
            study = Study(folder)
            with contextlib.suppress(UserError):
                study.results(), study.leaderboard(), study.facts()
        except UserError as error:
            told = str(error)
            assert "study.json" in told, what
        else:
            read += 1
    assert read > 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda plan: plan["configurations"]["l1"][0].pop("learning_rate"), "no field 'learning_"),
        (lambda plan: plan.update(epochs="many"), "plan.epochs must be a whole number at least 1"),
        (lambda plan: plan.update(replicates=-3), r"plan.replicates must be .*; received -3"),
        (lambda plan: plan["methods"].append(3), r"plan.methods\[4\] must be text; received 3"),
        (lambda plan: plan.update(epoch=3), "Unknown field of plan .* Did you mean 'epochs'"),
        (
            lambda plan: plan["configurations"]["dropout"][0]["hyperparameters"].update(rate=2),
            r"plan.configurations.dropout\[0\].hyperparameters.rate must be",
        ),
        (lambda plan: plan["lanes"].pop("dropout"), "plan.lanes has no field 'dropout'"),
        (lambda plan: plan.update(design="overlapping"), "plan.design must be one of fresh"),
        (lambda plan: plan.update(notes=["Nothing to see."]), "the digest must be"),
    ],
)
def test_a_message_names_the_field(folder: Path, change: Callable[[Any], Any], said: str) -> None:
    path = folder / "study.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content["plan"])
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError, match=said):
        Study(folder)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"format": NaN}', "\ufeff{}", '{"format": 1e999}']
)
def test_what_is_no_json_is_a_message(folder: Path, text: str) -> None:
    (folder / "study.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"study\.json is not as Bridle wrote it"):
        Study(folder)


def overwrite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


def interchange(path: Path) -> None:
    other = next(p for p in sorted(path.parent.iterdir()) if p != path)
    own = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(own)


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "deleted": Path.unlink,
    "one bit": overwrite,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "empty": lambda path: path.write_bytes(b""),
    "interchanged": interchange,
    "shape": lambda path: save_file({"test": np.zeros((3, 3), "f4")}, path),
    "not a number": lambda path: save_file(
        {key: value * np.nan for key, value in load_file(path).items()}, path
    ),
}


@pytest.mark.parametrize("kind", ["weights", "predictions"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named_by_readers(
    folder: Path, small_study: Study, kind: str, damage: str
) -> None:
    path = sorted((folder / kind).iterdir())[0]
    DAMAGE[damage](path)
    study = Study(folder)
    assert study.complete
    assert not study.settled()
    with pytest.raises(UserError, match=rf"{kind}/.*safetensors (is|was) .*bridle\.resume\("):
        study.results()


def test_every_damaged_file_is_mended_by_training(
    folder: Path, small_study: Study, study_bytes: Any
) -> None:
    files = sorted((folder / "weights").iterdir()) + sorted((folder / "predictions").iterdir())
    for path, damage in zip(files, DAMAGE.values(), strict=False):
        damage(path)
    assert bridle.resume(folder, executor=InProcessExecutor()).settled()
    assert study_bytes(folder) == study_bytes(small_study.folder)


def test_the_files_of_a_pair_are_mended_as_well(tmp_path: Path) -> None:
    study = bridle.compare(
        "moons(n=60)",
        out=tmp_path / "study",
        executor=InProcessExecutor(),
        **{
            **SMALL,
            "methods": "none,l1",
            "replicates": 2,
            "configurations": None,
            "learning_rate": 1e-5,  # of l1 and of pairs, while `none` does better at the other
            "grid": {"none": {"learning_rate": [1e-5, 1e-2]}, "l1": {"strength": [1e-4]}},
        },
    )
    selected = {run.name for run in study.selected.values()}
    pairs = {path for path in study.folder.glob("weights/*") if path.stem not in selected}
    assert pairs
    for path in pairs:
        path.unlink()
    with pytest.raises(UserError, match=r"is missing.*bridle\.resume\("):
        Study(study.folder).results()
    again = bridle.resume(study.folder, executor=InProcessExecutor())
    assert isinstance(again, Study)
    assert again.results().equals(study.results())


@pytest.mark.parametrize("name", ["results.csv", "leaderboard.csv", "metrics.csv", "report.html"])
def test_a_folder_in_place_of_a_file_is_named(folder: Path, name: str, small_study: Study) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()
    (folder / "weights" / "mine").mkdir()
    with pytest.raises(UserError, match=rf"{name}.*move it elsewhere; then `bridle\.open_folder\("):
        Study(folder).report()
    with pytest.raises(UserError, match=rf"{name} is a folder"):
        prepare(small_study.dataset, small_study.plan, folder)
    assert (folder / "weights" / "mine").is_dir()


@pytest.mark.parametrize("name", ["weights", "study.db", "study.lock"])
def test_something_in_the_way_of_training_is_named(folder: Path, name: str) -> None:
    there = folder / name
    if there.is_dir():
        shutil.rmtree(there)
        there.write_text("mine")
    else:
        there.unlink(missing_ok=True)
        there.mkdir()
        sorted((folder / "weights").iterdir())[0].unlink()
    with pytest.raises(UserError, match=name):
        bridle.resume(folder, executor=InProcessExecutor())


@pytest.mark.parametrize("gone", ["", "weights", "predictions"])
def test_a_folder_removed_while_training_is_one_message(tmp_path: Path, gone: str) -> None:
    folder = tmp_path / "study"

    def remove(progress: Progress) -> None:
        if progress.done:
            shutil.rmtree(folder / gone, ignore_errors=True)

    with pytest.raises(UserError, match=r"study.* was removed"):
        bridle.compare(
            "moons(n=60)", out=folder, executor=InProcessExecutor(), watch=remove, **SMALL
        )
    if gone:
        assert bridle.resume(folder, executor=InProcessExecutor()).settled()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
def test_a_folder_whose_name_is_no_utf_8(folder: Path) -> None:
    other = folder.rename(folder.with_name(os.fsdecode(b"caf\xe9")))
    page = Study(other).report()
    assert "caf?" not in page.name
    page.read_text(encoding="utf-8")
    bridle.resume(other, margin="5%")
    assert Study(other).plan.margin == "5%"


def test_saved_arrays_that_were_altered_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    dataset = open_dataset(rng.normal(size=(60, 3)), rng.integers(2, size=60))
    folder = prepare(dataset, make_plan(dataset, Request(**SMALL)), tmp_path / "study")
    (arrays,) = folder.glob("arrays-*.safetensors")
    about = arrays.with_suffix(".json")
    whole, names = arrays.read_bytes(), json.loads(about.read_text(encoding="utf-8"))
    assert Study(folder).dataset.spec == dataset.spec
    for damage in ("one bit", "cut off", "empty", "shape"):
        DAMAGE[damage](arrays)
        with pytest.raises(UserError, match="arrays-"):
            Study(folder).dataset  # noqa: B018
        arrays.write_bytes(whole)
    for what, edited in edits(names):
        about.write_text(json.dumps(edited), encoding="utf-8")
        with pytest.raises(UserError, match="arrays-"):
            raise AssertionError(f"{what} was not noticed: {Study(folder).dataset}")
    prepare(dataset, make_plan(dataset, Request(**SMALL)), folder)  # the same rows given again
    assert Study(folder).dataset.name == dataset.name


READ_ONLY = """
import sys
from bridle.cli import main
for words in (["report", "study", "-q"], ["resume", "study", "-q"], ["report", "study", "--json"]):
    assert main(words) == 0, words
import bridle
assert bridle.resume("study").settled()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_a_study_that_may_only_be_read_shows_its_answer(folder: Path, killed: bool) -> None:
    mount = ["mount", "--bind", str(folder), str(folder)]
    if (
        sys.platform != "linux"
        or not shutil.which("unshare")
        or subprocess.run(["unshare", "-m", *mount], capture_output=True, check=False).returncode
    ):
        pytest.skip("a read-only mount needs rights that this process lacks")
    if killed:  # as a session leaves it that is killed between a transaction and its end
        code = (
            "import os, sqlite3, sys\n"
            "c = sqlite3.connect(sys.argv[1])\n"
            "c.execute('PRAGMA journal_mode=WAL')\n"
            "c.execute('INSERT INTO session VALUES (1.0)')\n"
            "c.commit()\n"
            "os.kill(os.getpid(), 9)\n"
        )
        subprocess.run([sys.executable, "-c", code, str(folder / "study.db")], check=False)
        assert (folder / "study.db-wal").stat().st_size
        (folder / "study.db-shm").unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    script = f'{" ".join(mount)} && mount -o remount,ro,bind "{folder}" && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable, READ_ONLY],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("against no regularization") >= 2
    assert '"report": null' in done.stdout
    assert "Look:" not in done.stdout
    assert done.stderr.count("! Tables and page were not written.") == 3
    assert "Read-only file system" in done.stderr
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_tables_of_a_finished_study_are_written_again(folder: Path, small_study: Study) -> None:
    (folder / "results.csv").unlink()
    bridle.resume(folder)
    expected = (small_study.folder / "results.csv").read_bytes()
    assert (folder / "results.csv").read_bytes() == expected
