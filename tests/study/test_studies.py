"""One comparison on several data sets: a study each, resumable, and ranks over all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import bridle
from bridle.api.extension import gaining
from bridle.api.studies import Studies
from bridle.api.study import Study
from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.statistics import Looks
from bridle.study.members import make_plans, named, prepare_all
from bridle.study.request import Request
from tests.editing import edit_plan, edit_runs

from .conftest import compared

SETS = ["moons(n=60,noise=0.1)", "wine", "moons(n=60,noise=0.4)"]
SMALL: dict[str, Any] = {
    "methods": "none,l2,dropout",
    "replicates": 2,
    "epochs": 2,
    "widths": (8,),
    "configurations": 1,
}


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Studies:
    out = tmp_path_factory.mktemp("studies") / "all"
    found = bridle.compare(SETS, out=out, executor=InProcessExecutor(), **SMALL)
    assert isinstance(found, Studies)
    return found


def test_each_data_set_has_a_study_of_its_own(studies: Studies) -> None:
    assert isinstance(studies, Studies)
    assert list(studies.studies) == SETS
    assert [study.folder.name for study in studies.studies.values()] == ["moons", "wine", "moons-2"]
    assert studies.complete
    assert studies["wine"].plan.dataset == load("wine").spec
    for study in studies.studies.values():
        assert (study.folder / "results.csv").is_file()


def test_ranks_are_those_of_the_mean_scores(studies: Studies) -> None:
    means = np.array(
        [
            study.leaderboard().set_index("method").loc[["none", "l2", "dropout"], "score"]
            for study in studies.studies.values()
        ],
        float,
    )
    expected = stats.rankdata(-means, axis=1).mean(axis=0)
    ranks = studies.ranks().set_index("method")
    assert ranks.loc[["none", "l2", "dropout"], "average_rank"].to_list() == pytest.approx(expected)
    assert set(ranks["standing"]) == {"baseline", "no test"}
    assert ranks.drop("none").filter(["helps", "hurts", "undecided"]).sum(axis=1).le(3).all()
    assert (studies.folder / "ranks.csv").read_text().startswith("rank,method,average_rank")
    assert "fewer than 6 allow no test" in studies.summary.replace("\n", " ")


@pytest.mark.long
def test_the_page_links_every_study(studies: Studies) -> None:
    page = studies.report()
    text = page.read_text(encoding="utf-8")
    for study in studies.studies.values():
        assert f'href="{study.folder.name}/report.html"' in text
        assert (study.folder / "report.html").is_file()
    assert "moons(n=60,noise=0.4)" in text
    assert "Average ranks:" in text
    assert text.count("<main>") == text.count("</main>") == 1


def test_resume_trains_what_is_missing_and_nothing_else(studies: Studies, tmp_path: Path) -> None:
    datasets = named([(text, load(text)) for text in SETS])
    plans = make_plans(datasets, Request(**SMALL))
    folder = prepare_all(datasets, plans, tmp_path / "all")
    with pytest.raises(UserError, match="no finished run yet"):
        Studies(folder).ranks()
    bridle.resume(folder / "wine", executor=InProcessExecutor())
    partly = Studies(folder)
    assert partly.summary.startswith("Not finished: 2 of 3 data sets")
    found = bridle.resume(folder, executor=InProcessExecutor())
    assert isinstance(found, Studies)
    assert found.complete
    for name in ("ranks.csv", "leaderboard.csv", "moons-2/results.csv"):
        assert (folder / name).read_bytes() == (studies.folder / name).read_bytes()
    again = bridle.compare(SETS, out=folder, executor=InProcessExecutor(), **SMALL)
    assert again.folder == folder


def test_other_studies_are_not_mixed_in(studies: Studies, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds other studies"):
        bridle.compare(SETS[:2], out=studies.folder, **SMALL)
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UserError, match="is not a study"):
        bridle.compare(SETS, out=tmp_path, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["wine", "digitz"], {}, "Did you mean 'digits'"),
        (["wine", "wine"], {}, "stands twice"),
        (["moons", "moons(noise=0.3)"], {}, "stands twice"),
        (["digits", "wine"], {"network": "cnn"}, "For wine: "),
        (["digits", "wine"], {"methods": "none,dropuot"}, "Did you mean 'dropout'"),
    ],
)
def test_mistakes_come_before_anything_is_trained(
    names: str,
    options: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        bridle.compare(names, **options)
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"format": 5}', '{"format": 5, "studies": {"a": "../a"}}']
)
def test_a_damaged_list_of_studies_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "studies.json").write_text(content)
    with pytest.raises(UserError, match=r"studies.json is damaged"):
        Studies(tmp_path)


@pytest.fixture
def copied(studies: Studies, tmp_path: Path) -> Path:
    shutil.copytree(studies.folder, tmp_path / "all")
    return tmp_path / "all"


def test_all_studies_are_extended_as_each_alone_would_be(
    studies: Studies, copied: Path, tmp_path: Path
) -> None:
    found = bridle.extend(copied, 2, anyway=True, executor=InProcessExecutor())
    assert isinstance(found, Studies)
    assert found.complete
    for name, study in found.studies.items():
        alone = tmp_path / "alone" / study.folder.name
        shutil.copytree(studies[name].folder, alone)
        expected = bridle.extend(alone, 2, anyway=True, executor=InProcessExecutor())
        assert isinstance(expected, Study)
        assert study.plan == expected.plan
        assert study.plan.replicates == 4
        assert len(study.plan.looks.earlier) == 1
        for table in ("results.csv", "leaderboard.csv"):
            assert (study.folder / table).read_bytes() == (alone / table).read_bytes()
    assert "This is look 2, at 4 replicates; at 2, " in found.summary
    # the same comparison, asked for again, keeps them
    again = bridle.compare(SETS, out=copied, executor=InProcessExecutor(), **SMALL)
    assert [s.plan.replicates for s in again.studies.values()] == [4, 4, 4]


def test_only_studies_that_can_gain_are_extended(
    copied: Path, studies: Studies, monkeypatch: pytest.MonkeyPatch
) -> None:
    # scores are edited here, and predictions are not
    monkeypatch.setattr(Study, "parts", lambda study, metric: {})
    apart = {"none": 0.0, "l2": 0.02, "dropout": -0.02}
    for name, study in studies.studies.items():
        changes = {}
        for (method, replicate), run in study.selected.items():
            score = 0.8 + 0.01 * replicate
            score += apart[method] * replicate if name == SETS[0] else 0
            tested = study.dataset.sizes.test  # of which a score is a share
            changes[run.name] = {"test_score": round(score * tested) / tested}
        edit_runs(copied / study.folder.name, changes)
    labels = {
        name: {c.verdict.label for c in compared(study).methods}
        for name, study in Studies(copied).studies.items()
    }
    assert labels == {
        SETS[0]: {"undecided"},
        "wine": {"undecided"},  # equal scores of so few test rows
        SETS[2]: {"no practical difference"},
    }
    assert list(gaining(Studies(copied))) == SETS[:1]  # no number of replicates decides the second
    assert list(gaining(Studies(copied), anyway=True)) == SETS
    bridle.resume(copied, margin=0.9)  # within which all lies
    with pytest.raises(UserError, match=r"on any of 3 data sets.*anyway=True"):
        bridle.extend(copied, 1)
    bridle.resume(copied, margin="10%")
    found = bridle.extend(copied, 1, executor=InProcessExecutor())
    assert [study.plan.replicates for study in found.studies.values()] == [3, 2, 2]


def test_studies_that_cannot_be_extended_say_so_and_stay_as_they_are(copied: Path) -> None:
    before = {path: path.read_bytes() for path in copied.rglob("study.json")}
    with pytest.raises(UserError, match="replicates must be a whole number at least 1"):
        bridle.extend(copied, 0, anyway=True)
    edit_plan(copied / "moons-2", looks=Looks())
    with pytest.raises(UserError, match=r"moons-2 spent all of its 5 % at its only look"):
        bridle.extend(copied, 2, anyway=True)
    for path in (copied / "moons", copied / "wine"):
        assert (path / "study.json").read_bytes() == before[path / "study.json"]
    edit_plan(copied / "moons-2", replicates=3)
    with pytest.raises(UserError, match=r"not finished yet.*bridle\.resume\("):
        bridle.extend(copied, 2, anyway=True)
