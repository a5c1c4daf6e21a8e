"""A limit on the time of a whole comparison: fitted before training, watched during it, refused where too short."""

from __future__ import annotations

import math
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridle
from bridle.api.study import Study
from bridle.api.training import compare, finish, resume
from bridle.cli.wording import shell
from bridle.data import load
from bridle.engine.datasets import BY_NAME, DataStore
from bridle.engine.executor import ChunkOutcome, InProcessExecutor, Pull
from bridle.engine.spec import Chunk
from bridle.errors import UserError
from bridle.study.begin import prepare
from bridle.study.driver import Progress
from bridle.study.limit import ANSWER_SECONDS, PAGE_SECONDS, TimeLimit
from bridle.study.members import make_plans, named, prepare_all
from bridle.study.plan import Plan, read_plan
from bridle.study.request import Request, make_plan
from bridle.study.shorten import TimeLimitError, fit, identity, refusal, shorten
from bridle.study.speed import TYPICAL, Cost, Speed, assumed

from .conftest import SMALL

DATA = "moons(n=60)"
DATASET = load(DATA)
OPEN: dict[str, Any] = {"widths": (8,)}
"""A request in which everything that can be reduced is left open."""


def limit(seconds: float, request: Request | None = None) -> TimeLimit:
    return TimeLimit.begun(seconds, time.perf_counter(), request=request)


def speed(epoch: float, devices: int = 1) -> Speed:
    cost = Cost(start=0.0, epoch=epoch, compiling=0.0)
    return Speed({(): cost, ("dropout",): cost}, devices, cost)


class Clock(InProcessExecutor):
    """Trains for real, until so many chunks are trained: then the time is over."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        def counted(last: Any) -> Chunk | None:
            if self.chunks == 0:
                return None
            self.chunks -= 1
            return pull(last)

        yield from super().run(counted, data, scratch)


@dataclass(frozen=True)
class Counted(TimeLimit):
    """A limit that is over when its clock says so."""

    clock: Clock = field(default_factory=lambda: Clock(0))

    @property
    def left(self) -> float:
        return 1e9 if self.clock.chunks else -1.0


def cut(folder: Path, chunks: int, **request: Any) -> Study:
    """Return a study whose time was over after so many chunks."""
    plan = make_plan(DATASET, Request(**request))
    prepare(DATASET, plan, folder)
    clock = Clock(chunks)
    study = finish(folder, clock, None, Counted(60.0, 0.0, math.inf, clock=clock))
    assert isinstance(study, Study)
    return study


def test_a_plan_that_fits_is_left_as_it_is() -> None:
    request = Request(**OPEN)
    plan = make_plan(DATASET, request)
    assert shorten(plan, DATASET, speed(1e-6), limit(100, request)) == plan


@pytest.mark.parametrize("epoch", [0.001, 0.01, 0.05, 0.1, 0.15, 0.2])
def test_a_shortened_plan_fits_and_says_what_it_lacks(epoch: float) -> None:
    request = Request(**OPEN)
    plan = make_plan(DATASET, request)
    short = shorten(plan, DATASET, speed(epoch), limit(100, request))
    assert speed(epoch).seconds(short) <= 100
    # and one more replicate of the whole would not
    assert speed(epoch).seconds(plan) > 100 or short == plan
    if short != plan:
        (note,) = short.notes
        assert "the time limit of 1 min 40 s" in note
        for name in ("replicates", "epochs"):
            fewer = getattr(short, name) < getattr(plan, name)
            told = f"{getattr(short, name)} of {getattr(plan, name)} {name}" in note
            assert fewer == told
        dropped = set(plan.methods) - set(short.methods)
        assert bool(dropped) == ("methods (weight_decay, dropout" in note)


def test_where_only_replicates_are_given_up_the_study_stays_the_same_one() -> None:
    request = Request(**OPEN, methods="l1,l2,weight_decay", configurations=2, epochs=5)
    plan = make_plan(DATASET, request)
    costs = speed(200 / speed(1.0).seconds(plan))  # twice the time
    short = shorten(plan, DATASET, costs, limit(100, request))
    assert replace(short, replicates=10, notes=()) == plan
    assert short.notes[0].startswith("10 replicates do not fit the time limit of 1 min 40 s")


def test_a_refusal_says_how_long_it_takes_and_what_to_type() -> None:
    request = Request(**OPEN, replicates=40, epochs=77)
    plan = make_plan(DATASET, request)
    with pytest.raises(TimeLimitError) as caught:
        shorten(plan, DATASET, speed(1.0), limit(20, request))
    text = caught.value.worded(shell(["compare"]))
    assert text.startswith("--time-limit 20s: a useful answer needs about ")
    assert "4 of 9 configurations" in text
    assert "Nothing was trained." in text
    assert "--methods weight_decay (about " in text
    assert "--replicates 40 and --epochs 77, which are kept as given" in text


@pytest.mark.parametrize("devices", [1, 2])
@pytest.mark.parametrize("seconds", [1e-3, 0.1, 1.0])
def test_the_limit_that_a_refusal_advises_is_long_enough(devices: int, seconds: float) -> None:
    request = Request(**OPEN)
    plan, costs = make_plan(DATASET, request), speed(seconds, devices)
    with pytest.raises(TimeLimitError) as caught:
        shorten(plan, DATASET, costs, limit(seconds, request))
    advised = float(re.findall(r"time_limit=(\d+)[.;]", str(caught.value))[-1])
    assert costs.seconds(shorten(plan, DATASET, costs, limit(advised, request))) <= advised


def test_examples_of_a_large_set_are_named_where_fewer_would_do() -> None:
    mnist = load("mnist")
    request = Request()
    plan = make_plan(mnist, request)
    text = refusal(plan, plan, mnist, speed(1.0), limit(20, request), 1.0)
    assert "'mnist(train=2000)' (about " in text
    few = load("mnist(train=2000)")
    assert few.sizes.train == 2000


def test_time_for_the_page_is_kept_where_it_is_a_small_part() -> None:
    short, long = (
        TimeLimit.begun(seconds, 0.0, slowness=2.0, pages=True) for seconds in (50.0, 500.0)
    )
    assert short.training_ends == 50 - 2 * ANSWER_SECONDS
    assert long.training_ends == 500 - 2 * (ANSWER_SECONDS + PAGE_SECONDS)
    assert long.without_pages().training_ends == 500 - 2 * ANSWER_SECONDS


def test_what_a_machine_needs_is_assumed_where_nothing_was_measured() -> None:
    mnist = load("mnist")
    plan = make_plan(mnist, Request())
    cost = assumed(plan, mnist)
    # a core needs about a second for an epoch of MNIST
    assert 0.2 < cost.epoch < 5
    assert assumed(plan, mnist, slowness=3.0).epoch == pytest.approx(3 * cost.epoch)
    assert Speed({}, 1, cost).seconds(plan) == pytest.approx(
        len(plan.runs) * 8 * cost.epoch + 4 * cost.compiling
    )


def test_a_limit_that_is_too_short_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with pytest.raises(TimeLimitError, match="a useful answer needs about"):
        compare(DATA, out=out, executor=InProcessExecutor(), time_limit=1e-3, **SMALL)
    assert list(tmp_path.iterdir()) == []
    X, y = np.random.default_rng(0).normal(size=(90, 3)), np.arange(90) % 2
    with pytest.raises(TimeLimitError, match="a useful answer needs about"):
        compare(X, y, out=out, executor=InProcessExecutor(), time_limit=1e-3, **SMALL)
    assert list(tmp_path.iterdir()) == []


def test_several_data_sets_fit_one_limit_or_none_is_begun(tmp_path: Path) -> None:
    out, sets = tmp_path / "studies", ["moons(n=60)", "wine"]
    with pytest.raises(TimeLimitError, match="a useful answer needs about"):
        compare(sets, out=out, executor=InProcessExecutor(), time_limit=1e-3, **SMALL)
    assert list(tmp_path.iterdir()) == []
    request = Request(**{**SMALL, "methods": "none,l1"})
    datasets = named([(name, load(name)) for name in sets])
    folder = prepare_all(datasets, make_plans(datasets, request), out)
    places = [folder / "moons", folder / "wine"]
    asked = TimeLimit.begun(1000.0, time.perf_counter(), studies=2, request=request)
    found, weights = fit(places, InProcessExecutor(), asked, lambda number: None)
    assert found == asked
    assert all(weight > 0 for weight in weights)
    for place in places:
        plan, hashed, _ = read_plan(place / "study.json")
        assert plan.hash == hashed  # all of it fits


def test_a_limit_that_passes_leaves_the_replicates_that_are_complete_for_all(
    tmp_path: Path,
) -> None:
    asked = {**SMALL, "replicates": 40}
    notes: list[Progress] = []
    folder = tmp_path / "short"
    plan = make_plan(DATASET, Request(**asked))
    prepare(DATASET, plan, folder)
    clock = Clock(3)
    study = finish(folder, clock, notes.append, Counted(60.0, 0.0, math.inf, clock=clock))
    assert isinstance(study, Study)
    assert study.complete
    kept = study.plan.replicates
    assert 1 <= kept < 40
    said = f"40 replicates do not fit the time limit of 1 min: {kept} are kept."
    assert study.plan.notes == (said,)
    assert notes[-1].note == said
    results = study.results()
    assert len(results) == len(study.plan.runs)
    counts = results.groupby("method")["replicate"].nunique()
    assert set(counts) == {kept}
    whole = compare(DATA, out=folder, executor=InProcessExecutor(), **asked)
    assert whole.plan.replicates == 40
    assert not whole.plan.notes
    assert len(whole.results()) == 4 * 2 * 40


def test_a_limit_that_passes_before_the_first_replicate_keeps_what_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with pytest.raises(UserError, match=r"passed before .* bridle\.resume\("):
        cut(folder, 1, **SMALL)
    there = Study(folder)
    assert there.plan.replicates == SMALL["replicates"]
    assert 0 < there.facts()["runs"] < there.facts()["planned_runs"]
    assert resume(folder, executor=InProcessExecutor()).complete


def test_an_extension_that_does_not_fit_leaves_the_earlier_look(
    small_study: Study, tmp_path: Path
) -> None:
    folder = shutil.copytree(small_study.folder, tmp_path / "study")
    with pytest.raises(UserError, match=r"passed before .* bridle\.resume\("):
        bridle.extend(folder, 2, anyway=True, executor=InProcessExecutor(), time_limit=1e-6)
    study = bridle.resume(folder, executor=InProcessExecutor())
    assert isinstance(study, Study)
    assert study.plan.replicates == 5


def shortened(folder: Path, plan: Plan, asked: TimeLimit) -> None:
    """Fit the study in `folder` as on a machine so slow that configurations must go."""
    from bridle.study.plan import write_plan

    fewer = replace(plan, configurations={m: c[:1] for m, c in plan.configurations.items()})
    _, hashed, versions = read_plan(folder / "study.json")
    write_plan(folder / "study.json", fewer, identity(hashed, asked), versions)


def test_the_same_command_knows_its_shortened_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan, asked = make_plan(DATASET, Request(**SMALL)), limit(60.0)
    folder = prepare(DATASET, plan, None, asked)
    shortened(folder, plan, asked)
    before = (folder / "study.json").read_bytes()
    assert prepare(DATASET, plan, None, limit(60.0)) == folder
    assert (folder / "study.json").read_bytes() == before
    # the whole comparison is another study, and so is another limit's
    assert prepare(DATASET, plan, None) == Path("bridle-moons-2")
    with pytest.raises(UserError, match="holds another study"):
        prepare(DATASET, plan, folder, limit(90.0))
    done = finish(
        folder, InProcessExecutor(), None, replace(limit(600.0), request=Request(**SMALL))
    )
    assert isinstance(done, Study)
    assert done.complete
    assert done.facts()["runs"] == 4 * 1 * 3


def test_all_lanes_of_a_gpu_share_the_time_of_a_step() -> None:
    """Beside its arithmetic, and apart from what the processors do for each run."""
    mnist = load("mnist")
    plan = make_plan(mnist, Request(methods=("none", "dropout")))
    typical, steps = TYPICAL["gpu"], -(-mnist.sizes.train // plan.batch_size)
    costs = {
        width: assumed(replace(plan, device="gpu", lanes={"": width, "dropout": width}), mnist)
        for width in (1, 2, 64)
    }
    arithmetic = costs[2].epoch - costs[1].epoch
    assert costs[1].epoch == pytest.approx(steps * typical.step + arithmetic)
    assert costs[64].epoch == pytest.approx(steps * typical.step + 64 * arithmetic)
    assert costs[64].start == pytest.approx(64 * typical.run)
    assert costs[64].epoch < assumed(plan, mnist).epoch
