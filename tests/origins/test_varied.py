"""Works repeated otherwise: every method tuned, other data, another network."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bridle.api.reproduce import reproduce
from bridle.api.study import Study
from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.origins import choose, experiments, offered, origins, varied, works
from bridle.study.claims import claimed
from bridle.study.reproduce import command_that_reproduces, plan_of, reproduced

WAYS: list[tuple[str, dict[str, Any]]] = [
    ("moons-l1", {}),
    ("mnist-five", {}),
    ("mnist-five", {"tuned": True}),
    ("noise-labels", {"tuned": True}),
    ("noise-labels", {"data": "digits"}),
    ("noise-labels", {"data": "noise(train=70,validation=30)", "tuned": True}),
    ("noise-labels", {"data": "moons(n=90)", "network": "resnet_mlp"}),
    ("noise-labels", {"data": "digits", "network": "cnn", "tuned": True}),
]


@pytest.mark.parametrize(("name", "way"), WAYS)
@pytest.mark.parametrize("scale", ["smoke", "laptop", "paper"])
def test_the_command_of_a_plan_gives_the_same_plan(
    name: str, way: Mapping[str, Any], scale: str
) -> None:
    work = varied(origins()[name], **way)
    plan = plan_of(work, scale, epochs=7, seed=3)
    assert reproduced(plan) == work
    words = shlex.split(command_that_reproduces(plan))
    assert words[:3] == ["bridle", "reproduce", name]
    tuned = "--tuned" in words
    values = [word for word in words[3:] if word != "--tuned"]
    given: dict[str, Any] = dict(zip(values[::2], values[1::2], strict=True))
    again = varied(
        origins()[name], tuned=tuned, data=given.get("--data"), network=given.get("--network")
    )
    numbers = {key: given.get(f"--{key}") for key in ("epochs", "replicates", "seed")}
    told = {key: int(number) for key, number in numbers.items() if number is not None}
    assert plan_of(again, given.get("--scale", "laptop"), **told).hash == plan.hash


def test_tuned_methods_try_equally_many_settings_and_keep_their_rankings() -> None:
    plan = plan_of(varied(origins()["mnist-five"], tuned=True))
    assert {len(tried) for tried in plan.configurations.values()} == {9}
    assert plan.methods == ("none", "batch_norm", "elastic_net", "dropout", "l2", "l1")
    there = claimed(plan)
    assert there is not None
    own = origins()["mnist-five"].claims
    assert [claim.text for claim in there.claims] == [claim.text for claim in own]
    assert (there.claims[0].better, there.claims[0].worse) == ("batch_norm", "elastic_net")
    assert there.otherwise == (
        "settings chosen by validation",
        "10,000 training examples instead of 54,000",
    )
    assert there.short == ()


def test_figures_are_of_the_works_own_data_and_network() -> None:
    work = origins()["noise-labels"]
    assert {figure.method for figure in varied(work, tuned=True).published} == {"dropout"}
    digits = varied(work, data="digits")
    assert digits.published == ()
    assert digits.remarks == ()
    assert digits.methods == work.methods
    assert "Otherwise than in the work: the data set is digits." in digits.unstated
    other = varied(work, network="resnet_mlp")
    assert other.published == ()
    assert other.methods == ("none", "dropout(rate=0.5)")
    assert other.title == f"{work.title}, repeated with resnet_mlp(blocks=2)"


def test_without_options_a_work_is_itself() -> None:
    for work in works().values():
        assert choose(work) is work
    assert offered(experiments()["early-dropout"]) == ()


@pytest.mark.parametrize(
    ("name", "way", "said"),
    [
        ("moons-l1", {"tuned": True}, "moons-l1 does not take tuned=. Leave it out."),
        ("mnist-five", {"network": "cnn"}, "mnist-five does not take network=. It takes tuned=."),
        ("random-labels", {"data": "digits"}, "random-labels does not take data="),
        ("noise-labels", {"data": "digit"}, "Did you mean 'digits'"),
        ("noise-labels", {"network": "restnet_mlp"}, "Did you mean 'resnet_mlp'"),
    ],
)
def test_what_a_work_does_not_offer_is_refused(
    name: str, way: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=said):
        reproduce(name, **way, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.long
def test_a_work_on_other_data_says_so(tmp_path: Path) -> None:
    study = reproduce(
        "noise-labels",
        scale="smoke",
        tuned=True,
        data="moons(n=60)",
        out=tmp_path / "x",
        executor=InProcessExecutor(),
    )
    assert isinstance(study, Study)
    assert study.complete
    assert study.dataset.spec == load("moons(n=60)").spec
    assert len(study.plan.configurations["dropout"]) == 2
    page = study.report().read_text(encoding="utf-8")
    assert "bridle reproduce noise-labels --tuned --data" in page
    assert "11.83" not in page
