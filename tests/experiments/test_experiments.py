"""Experiments run by name, end to end: trained, measured, decided, shown."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bridle.api.reproduce import Reproduction, reproduce
from bridle.cli.report import report
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.experiments import trials
from bridle.experiments.outcome import VERDICTS
from bridle.origins import Experiment, experiments

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = Path(os.environ.get("BRIDLE_DATA") or BESIDE)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Reproduction:
    found = reproduce(
        "double_descent",
        scale="smoke",
        out=tmp_path_factory.mktemp("experiment") / "here",
        executor=InProcessExecutor(),
    )
    assert isinstance(found, Reproduction)
    return found


def text_of(page: Path) -> str:
    return re.sub("</?span[^>]*>", "", page.read_text(encoding="utf-8"))


@pytest.mark.long
def test_statements_figures_page_and_document_say_the_same(held: Reproduction) -> None:
    assert held.complete
    table, work = held.statements(), held.experiment
    assert list(dict.fromkeys(table["statement"])) == [s.name for s in work.statements]
    assert set(table["verdict"]) == {"not tested"}  # so small it is to see that it runs
    published = held.published()
    assert list(published["published"]) == [figure.value for figure in work.printed]
    assert set(published["verdict"]) == {"not comparable"}
    page = text_of(held.report())
    for statement in work.statements:
        assert statement.text in page
        assert f'id="{statement.name}"' in page
    for figure in work.printed:
        assert figure.text in page
    assert work.question in page
    assert "bridle reproduce double-descent --scale smoke" in page
    assert page.count('class="drawn"') == len(work.statements)
    document = json.loads(json.dumps(held.document()))
    assert document["summary"] == held.summary
    assert len(document["statements"]) == len(table)
    written = held.markdown("pictures")
    assert held.summary in written
    assert "pictures/peak-left.png" in written


@pytest.mark.long
def test_a_figure_by_name(held: Reproduction) -> None:
    figure = held.figure("l2-flattens")
    assert figure is not None
    assert figure.axes[0].get_xlabel() == "units in each hidden layer"
    with pytest.raises(UserError, match="Did you mean 'peak-left'"):
        held.figure("peek-left")


@pytest.mark.long
def test_the_same_command_trains_nothing_twice(
    held: Reproduction, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.stat().st_mtime_ns for path in held.folder.rglob("*.safetensors")}
    monkeypatch.setattr(
        InProcessExecutor, "run", None
    )  # would fail if something were trained again
    again = reproduce(
        "double-descent", scale="smoke", out=held.folder, executor=InProcessExecutor()
    )
    assert isinstance(again, Reproduction)
    assert {path: path.stat().st_mtime_ns for path in held.folder.rglob("*.safetensors")} == before
    assert again.statements().equals(held.statements())


@pytest.mark.long
def test_the_command_line_says_the_same(held: Reproduction) -> None:
    words = ["reproduce", "double-descent", "--scale", "smoke", "--out", held.folder.name]
    done = subprocess.run(
        [sys.executable, "-m", "bridle", *words],
        cwd=held.folder.parent,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=400,
        check=True,
    )
    assert "3 comparisons, 24 runs" in done.stderr
    assert "Foretold from its size: about" in done.stderr
    said = " ".join(done.stdout.split())
    assert held.experiment.question in said
    assert held.summary in said
    assert "report.html" in said


@pytest.mark.long
def test_other_folders_are_refused(held: Reproduction, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="another experiment, or this one at another scale"):
        reproduce("random-labels", scale="smoke", out=held.folder)
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UserError, match="holds no experiment"):
        reproduce("random-labels", scale="smoke", out=tmp_path)
    with pytest.raises(UserError, match=r"there is no experiment\.json"):
        Reproduction(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "note.txt"]


@pytest.mark.parametrize(
    ("name", "scale", "words"),
    [
        ("textbook-claim", "smoke", "Did you mean 'textbook-claims'"),
        ("textbook-claims", "papper", "Did you mean 'paper'"),
    ],
)
def test_a_wrong_name_or_scale_says_what_there_is(
    name: str, scale: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=words):
        reproduce(name, scale=scale, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("work", experiments().values(), ids=lambda work: work.name)
@pytest.mark.parametrize("scale", ["smoke", "laptop", "paper"])
def test_every_scale_has_plans_whose_time_is_foretold(work: Experiment, scale: str) -> None:
    plans = trials.plans(work, scale)
    assert plans.keys() == work.scales[scale].trials.keys()
    assert all(plan.origin == work.name for plan in plans.values())
    assert all(plan.methods[0] == "none" for plan in plans.values())
    several, alone = trials.foretold(plans, 8), trials.foretold(plans, 1)
    assert 0 < several < alone


def test_replicates_follow_from_the_works_own_seed_unless_another_is_asked_for() -> None:
    work = dataclasses.replace(experiments()["early-dropout"], seed=9)
    assert {plan.seed for plan in trials.plans(work, "smoke").values()} == {9}
    assert {plan.seed for plan in trials.plans(work, "smoke", seed=0).values()} == {0}


def test_more_replicates_take_longer() -> None:
    work = experiments()["early-dropout"]
    few, more = (trials.plans(work, "laptop", replicates=count) for count in (20, 200))
    assert trials.foretold(more, 2) > 2 * trials.foretold(few, 2)
    assert {plan.replicates for plan in more.values()} == {200}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in experiments() if name != "double-descent"])
def test_every_experiment_runs_at_smoke_scale(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (DATA / "mnist").is_dir():
        pytest.skip("no MNIST files beside the project")
    monkeypatch.setenv("BRIDLE_DATA", str(DATA))
    held = reproduce(name, scale="smoke", out=tmp_path / name, executor=InProcessExecutor())
    assert isinstance(held, Reproduction)
    assert set(held.statements()["case_verdict"]) <= set(VERDICTS)
    page = text_of(held.report())
    for result in held.outcome.statements:
        assert result.statement.text in page


@pytest.mark.long
def test_report_opens_a_work_of_several_comparisons(held: Reproduction) -> None:
    (held.folder / "report.html").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "bridle", "report", held.folder.name],
        cwd=held.folder.parent,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=400,
        check=True,
    )
    assert held.summary in " ".join(done.stdout.split())
    assert (held.folder / "report.html").is_file()


@pytest.mark.long
def test_other_forms_of_a_work(held: Reproduction) -> None:
    written = held.write_figures(figure_format="svg")
    names = [statement.name for statement in held.experiment.statements]
    assert [path.name for path in written.paths] == [f"{name}.svg" for name in names]
    assert not written.left_out
    assert held.rendered("markdown").decode() == held.markdown()
    assert json.loads(held.rendered("json"))["summary"] == held.summary
    with pytest.raises(UserError, match=r"of a single comparison, such as .*trials"):
        held.rendered("pdf")
    with pytest.raises(UserError, match="--metric and --margin are of a single comparison"):
        report(str(held.folder), metric="log-loss")
