"""A comparison that goes on with further replicates until every method is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bridle
from bridle import UserError
from bridle.api.study import Study
from bridle.study.bounds import MOST_LOOKED
from bridle.study.command import command_of
from bridle.study.driver import Progress

SMALL: dict[str, Any] = {
    "methods": "none,l2(strength=0.01)",
    "learning_rate": 0.02,
    "epochs": 2,
    "widths": (4,),
    "executor": "inline",
}
DATA = "moons(n=60)"


def compared(folder: Path, **more: Any) -> Study:
    study = bridle.compare(DATA, out=folder, replicates="auto", **{**SMALL, **more})
    assert isinstance(study, Study)
    return study


def labels(study: Study) -> set[str]:
    comparison = study.comparison()
    assert comparison is not None
    return {found.verdict.label for found in comparison.methods}


@pytest.mark.long
def test_it_looks_again_until_nothing_is_undecided_or_the_last_planned_look(tmp_path: Path) -> None:
    study = compared(tmp_path / "study", margin=0)
    seen = [look.replicates for look in study.plan.looks.earlier]
    assert seen == [10 * 2**i for i in range(len(seen))]
    assert seen
    assert study.complete
    assert study.plan.replicates in (2 * seen[-1], 10 * MOST_LOOKED)
    assert "undecided" not in labels(study) or study.plan.replicates == 10 * MOST_LOOKED
    assert [len(c.methods) for c in study.earlier()] == [1] * len(seen)
    for comparison in study.earlier():  # it went on for a reason
        assert comparison.methods[0].verdict.label == "undecided"


def test_it_ends_at_the_first_look_that_decides(tmp_path: Path) -> None:
    study = compared(tmp_path / "study", margin=0.9)
    assert labels(study) == {"no practical difference"}
    assert study.plan.replicates == 10
    assert study.plan.looks.earlier == ()


@pytest.mark.long
def test_a_finished_comparison_goes_on_where_that_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    first = bridle.compare(DATA, out=folder, margin=0, **SMALL)
    assert isinstance(first, Study)
    assert first.plan.replicates == 10
    whole = compared(tmp_path / "whole", margin=0)
    again = compared(folder, margin=0)
    assert (folder / "results.csv").read_bytes() == (tmp_path / "whole/results.csv").read_bytes()
    assert again.plan.looks == whole.plan.looks


@pytest.mark.long
def test_killed_between_two_looks_it_goes_on_to_the_same_tables(tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if "look 2" in progress.note:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compared(tmp_path / "killed", margin=0, watch=stop)
    resumed = bridle.resume(tmp_path / "killed", executor="inline")
    whole = compared(tmp_path / "whole", margin=0)
    assert isinstance(resumed, Study)
    assert resumed.plan.looks == whole.plan.looks
    for name in ("results.csv", "leaderboard.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_without_time_for_another_replicate_the_last_look_stands(tmp_path: Path) -> None:
    compared(tmp_path / "study", margin=0.9)
    study = bridle.compare(
        DATA, out=tmp_path / "study", replicates="auto", margin=0, time_limit=0.001, **SMALL
    )
    assert isinstance(study, Study)
    assert study.plan.replicates == 10
    assert study.complete
    assert (tmp_path / "study" / "leaderboard.csv").is_file()


def test_the_command_that_repeats_it_says_auto(tmp_path: Path) -> None:
    study = compared(tmp_path / "study", margin=0.9)
    assert "--replicates auto" in command_of(study.plan)


def test_what_is_no_number_and_not_auto_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"replicates must be a whole number .* or auto; received 'all'"
    ):
        bridle.compare(DATA, out=tmp_path / "study", replicates="all", **SMALL)
    with pytest.raises(UserError, match="a whole number where nothing is compared"):
        bridle.train(DATA, out=tmp_path / "study", replicates="auto", epochs=2)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="Leave one of them out"):
        compared(tmp_path / "study", one_look=True)
    assert not (tmp_path / "study").exists()
