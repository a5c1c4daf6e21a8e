"""The number of epochs by a pilot, with real training: recorded, repeated, resumed, and said before anything else."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridle
from bridle.api.study import Study
from bridle.api.training import compare, finish, resume
from bridle.cli.training import plan_lines
from bridle.data import from_arrays, load
from bridle.data.dataset import Dataset
from bridle.engine.datasets import BY_NAME, DataStore
from bridle.engine.executor import ChunkOutcome, InProcessExecutor, Pull
from bridle.engine.program import Program
from bridle.engine.spec import Chunk
from bridle.errors import UserError
from bridle.study.begin import prepare
from bridle.study.command import again, command_of
from bridle.study.driver import Progress
from bridle.study.epochs import FALLING, Pilot, number_of_epochs, words
from bridle.study.limit import TimeLimit
from bridle.study.pilot import candidates, find_epochs, needed, programs
from bridle.study.plan import read_plan
from bridle.study.reductions import amounts, least, with_amounts
from bridle.study.request import Request, make_plan

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3)).astype(np.float32)
Y = (X[:, 0] + 0.5 * RANDOM.normal(size=80) > 0).astype(int)
SMALL: dict[str, Any] = {
    "methods": "none,dropout",
    "configurations": 2,
    "replicates": 2,
    "widths": (4,),
}
DATASET = from_arrays(X, Y)


class EndedError(BaseException):
    """Stands for a process that ends here."""


class Counting(InProcessExecutor):
    """Trains for real, notes every chunk, and ends the process before one of them."""

    def __init__(self, ends_before: int = 10**9) -> None:
        self.chunks: list[Chunk] = []
        self.ends_before = ends_before

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        def noted(last: Any) -> Chunk | None:
            chunk = pull(last)
            if chunk is not None:
                if len(self.chunks) == self.ends_before:
                    raise EndedError
                self.chunks.append(chunk)
            return chunk

        yield from super().run(noted, data, scratch, until)

    @property
    def epochs(self) -> list[int]:
        """The epochs of every chunk."""
        return [chunk.runs[0].epochs for chunk in self.chunks]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Counting, list[Progress]]:
    """A comparison of arrays, which no number of epochs was given for."""
    executor = Counting()
    told: list[Progress] = []
    study = compare(
        X,
        Y,
        out=tmp_path_factory.mktemp("pilot") / "study",
        executor=executor,
        watch=told.append,
        **SMALL,
    )
    return study, executor, told


Trained = tuple[Study, Counting, list[Progress]]


def test_the_number_is_found_first_recorded_and_said_before_training(trained: Trained) -> None:
    study, executor, told = trained
    plan = study.plan
    assert plan.pilot is not None
    assert plan.pilot.found
    assert plan.schedule != "constant"
    assert plan.epochs == number_of_epochs(plan.pilot, DATASET.defaults.epochs, FALLING)
    assert words(plan.pilot, plan.epochs, FALLING) in plan.notes
    first = told[0]
    assert (first.note, first.done) == (plan.notes[-1], 0)
    before = replace(plan, epochs=60, notes=(), pilot=Pilot(600))
    for known, line in (
        (before, "epochs found by a pilot (at most 600)"),
        (plan, f"{plan.epochs} epochs"),
    ):
        (said,) = (
            text for text in plan_lines(DATASET, known, study.folder) if "training  " in text
        )
        assert said.startswith(f"training  {line}, batch size 32")
    # the pilot's stages come first; all later runs have the number found
    assert executor.epochs[0] == 2 * DATASET.defaults.epochs
    stage = executor.epochs.index(plan.epochs)
    assert set(executor.epochs[stage:]) == {plan.epochs}
    assert read_plan(study.folder / "study.json")[0] == plan
    assert any(plan.notes[-1] in str(value) for value in study.document().values())


def test_the_same_command_trains_no_second_pilot(trained: Trained) -> None:
    study, _, _ = trained
    executor = Counting()
    again = compare(X, Y, out=study.folder, executor=executor, **SMALL)
    assert executor.chunks == []
    assert again.plan == study.plan


def test_another_folder_gets_the_same_number_and_bits(
    trained: Trained, tmp_path: Path, study_bytes: Any
) -> None:
    study, _, _ = trained
    other = compare(X, Y, out=tmp_path / "other", executor=InProcessExecutor(), **SMALL)
    assert (other.plan.pilot, other.plan.epochs) == (study.plan.pilot, study.plan.epochs)
    assert study_bytes(other.folder) == study_bytes(study.folder)


@pytest.mark.parametrize("after", ["in the pilot", "after the pilot"])
def test_a_killed_study_resumes_with_the_number_that_it_had(
    trained: Trained, tmp_path: Path, study_bytes: Any, after: str
) -> None:
    study, whole, _ = trained
    stages = whole.epochs.index(study.plan.epochs)
    folder = tmp_path / "killed"
    with pytest.raises(EndedError):
        compare(
            X,
            Y,
            out=folder,
            executor=Counting(0 if after == "in the pilot" else stages + 1),
            **SMALL,
        )
    plan, _, _ = read_plan(folder / "study.json")
    assert plan.pilot is not None
    assert plan.pilot.found == (after == "after the pilot")
    rest = Counting()
    resumed = resume(folder, executor=rest)
    assert study_bytes(resumed.folder) == study_bytes(study.folder)
    if after == "after the pilot":
        assert set(rest.epochs) == {study.plan.epochs}
    else:
        assert rest.epochs == whole.epochs


def test_further_replicates_train_the_recorded_number(trained: Trained, tmp_path: Path) -> None:
    study, _, _ = trained
    extended = study.plan.extended(1)
    assert {run.spec.epochs for run in extended.runs} == {study.plan.epochs}
    assert extended.pilot == study.plan.pilot


def test_the_printed_command_names_the_number_and_trains_the_same_runs(trained: Trained) -> None:
    study, _, _ = trained
    plan = study.plan
    assert f"epochs={plan.epochs}" in command_of(plan)
    assert f"epochs={plan.epochs}" in again(plan, str(study.folder), replicates=9)
    # what goes on in the same folder must ask for the same study
    assert "epochs='auto'" in again(plan, str(study.folder), refine=True)
    repeated = make_plan(DATASET, Request(**SMALL, epochs=plan.epochs))
    assert repeated.pilot is None
    assert repeated.runs == plan.runs


def test_a_pilot_trains_ordinary_runs_of_the_first_replicate() -> None:
    plan = make_plan(DATASET, Request(widths=(4,), seed=3))
    chosen = candidates(plan)
    assert {run.method for run in chosen} == {"none", "dropout", "augmentation"}
    assert all(run in plan.runs for run in chosen)
    assert {(run.replicate, run.spec.seed) for run in chosen} == {(0, 3)}
    low, usual, _ = plan.learning_rates
    assert {run.spec.learning_rate for run in chosen if run.method == "none"} == {low, usual}
    assert {run.spec.learning_rate for run in chosen if run.method != "none"} == {usual}
    (dropout,) = (run for run in chosen if run.method == "dropout")
    assert dropout.spec.setting["dropout"]["rate"] == 0.6
    assert {len(runs) for runs in programs(plan).values()} == {len(chosen)}


def test_the_baseline_is_also_tried_at_the_smallest_learning_rate_of_all_methods() -> None:
    plan = make_plan(DATASET, Request(**{**SMALL, "methods": "none,l2,dropout"}))
    rates = (1e-3, 3e-4, 3e-3)

    def everywhere(label: str) -> Any:
        return [
            {**configuration, "learning_rate": rate}
            for rate in rates
            for configuration in plan.configurations[label]
        ]

    joint = replace(plan, configurations={label: everywhere(label) for label in plan.methods})
    chosen = [(run.method, run.spec.learning_rate) for run in candidates(joint)]
    assert chosen == [("none", 1e-3), ("none", 3e-4), ("dropout", 1e-3)]


def test_without_a_baseline_or_slow_methods_the_method_itself_is_tried() -> None:
    request = Request(methods="l2", baseline=False, configurations=1, epochs="auto")
    (run,) = candidates(make_plan(DATASET, request))
    assert run.method == "l2"


def test_runs_in_the_joint_program_have_the_histories_of_their_own(tmp_path: Path) -> None:
    plan = make_plan(DATASET, Request(**SMALL))
    (joint,) = programs(plan).items()
    program, runs = joint
    short = [replace(run, epochs=5) for run in runs.values()]
    together = Program(program, len(short), DATASET).train(short)
    own = next(run for run in candidates(plan) if run.method == "none")
    alone = Program(replace(own.program, schedule="constant"), len(short), DATASET).train(
        [replace(own.spec, epochs=5)]
    )
    place = list(runs).index(own.name)
    np.testing.assert_array_equal(together[place].history, alone[0].history)


@pytest.mark.parametrize(
    ("schedule", "share"),
    [
        ("linear", FALLING),
        ("cosine(warmup=0.1)", FALLING),
        ("flat_cosine", FALLING),
        ("constant", 1.0),
        ("warmup", 1.0),
        ("linear(final=0.8)", 1.0),
    ],
)
def test_only_a_rate_that_falls_needs_fewer_epochs(schedule: str, share: float) -> None:
    assert needed(schedule) == share


def test_a_pilot_trains_at_a_constant_rate() -> None:
    plan = make_plan(DATASET, Request(**SMALL, schedule="cosine"))
    assert {program.schedule for program in programs(plan)} == {"constant"}


@pytest.mark.parametrize(
    ("data", "request_", "by_pilot"),
    [
        (DATASET, {}, True),
        (DATASET, {"epochs": "auto"}, True),
        (DATASET, {"epochs": 7}, False),
        (DATASET, {"quick": True}, False),
        (DATASET, {"quick": True, "epochs": "auto"}, True),
        (DATASET, {"methods": "none"}, False),  # nothing is compared
        (load("moons(n=60)"), {}, False),
        (load("moons(n=60)"), {"epochs": "auto"}, True),
    ],
)
def test_a_pilot_is_the_default_of_comparisons_of_ones_own_data(
    data: Dataset, request_: dict[str, Any], by_pilot: bool
) -> None:
    plan = make_plan(data, Request(**{**SMALL, **request_}))
    assert (plan.pilot is not None) == by_pilot
    if not by_pilot and "epochs" not in request_:
        assert (
            plan.epochs == data.defaults.epochs // (2 if request_ else 1) or "methods" in request_
        )


def test_a_diagnosis_needs_a_number(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="epochs"):
        bridle.diagnose(X, Y, epochs="auto", out=tmp_path / "diagnosis")


def test_finding_the_number_leaves_the_study_the_same_one() -> None:
    plan = make_plan(DATASET, Request(**SMALL))
    assert plan.pilot is not None
    found = replace(plan, epochs=120, notes=("why",), pilot=Pilot(600, True, "dropout", 96))
    assert found.hash == plan.hash
    assert make_plan(DATASET, Request(**SMALL, epochs=120)).hash != plan.hash


def test_a_pilot_that_does_not_fit_the_time_limit_leaves_the_usual_number(tmp_path: Path) -> None:
    request = Request(**SMALL)
    folder = prepare(DATASET, make_plan(DATASET, request), tmp_path / "study")
    told: list[Progress] = []
    over = TimeLimit.begun(60.0, time.perf_counter() - 60.0, request=request)
    find_epochs(folder, InProcessExecutor(), lambda: told.append, over)
    plan, asked, _ = read_plan(folder / "study.json")
    assert plan.pilot is not None
    assert plan.pilot.found
    assert plan.epochs == DATASET.defaults.epochs
    assert told[0].note == plan.notes[-1]
    assert "did not fit the time limit of 1 min" in plan.notes[-1]
    assert plan.hash == asked  # so it can still be shortened


def test_a_time_limit_reduces_at_most_half_of_the_epochs_found() -> None:
    request = Request(**SMALL)
    plan = replace(
        make_plan(DATASET, request), epochs=200, notes=("why",), pilot=Pilot(600, True, "none", 150)
    )
    smallest = least(plan, DATASET, request)
    assert smallest.epochs == 100
    short = with_amounts(plan, request, DATASET, smallest)
    assert amounts(short) == smallest
    assert (short.pilot, short.notes) == (plan.pilot, plan.notes)
    # asked for, it is kept
    asked = replace(request, epochs="auto")
    assert least(plan, DATASET, asked).epochs == 200


def test_train_takes_a_pilot_where_it_is_asked_for(tmp_path: Path) -> None:
    executor = Counting()
    request = Request(
        methods="l2", baseline=False, configurations=1, replicates=1, widths=(4,), epochs="auto"
    )
    study = finish(prepare(DATASET, make_plan(DATASET, request), tmp_path / "study"), executor)
    assert isinstance(study, Study)
    assert "l2 (strength" in study.plan.notes[-1]
    assert executor.epochs[-1] == study.plan.epochs
