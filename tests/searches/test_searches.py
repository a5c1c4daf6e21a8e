"""A search proposes what suits, reads no test row, goes on where it was interrupted, and is judged elsewhere."""

from __future__ import annotations

import builtins
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridle
from bridle.api.searching import prepare
from bridle.api.study import Study
from bridle.data import from_arrays, load
from bridle.data.held import with_fixed_test
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.methods.card import FAMILIES
from bridle.methods.catalogue import method, methods
from bridle.report import search_words
from bridle.searches import record, training
from bridle.searches.carry_out import planned
from bridle.searches.record import Searched, Tried
from bridle.searches.sampling import EACH, PLAIN, SETS, propose
from bridle.searches.space import Candidate, Space, can_be_off
from bridle.searches.training import FIRST, setting
from bridle.study.bounds import MOST_REPLICATES
from bridle.study.request import Request

DATA = "moons(n=60)"
ASKED: dict[str, Any] = {
    "trials": PLAIN + (SETS - 1) * EACH,  # the first round
    "methods": "l1,l2,weight_decay,early_stopping",  # one program
    "replicates": 2,
    "epochs": 4,
    "widths": (8,),
}


class KilledError(BaseException):
    """What ends a session where a killed process would."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("search") / "found"
    return bridle.search(DATA, out=folder, executor=InProcessExecutor(), **ASKED)


def space(dataset: str = "digits", pool: str | None = None, **more: Any) -> Space:
    return planned(load(dataset), Request(**more), pool).space


@pytest.mark.long
def test_what_was_found_is_judged_against_none_its_parts_and_the_best_single_method(
    study: Study,
) -> None:
    searched = study.searched
    assert searched is not None
    assert len(searched.tried) == ASKED["trials"]
    best = searched.best
    assert best is not None
    assert best.merit == max(one.merit for one in searched.tried if one.full)
    labels = set(study.plan.methods)
    assert {"none", searched.found, searched.single} - {""} <= labels
    for name in best.candidate.methods:
        assert best.candidate.part([name]).label in labels
    assert searched.found == best.candidate.label
    assert study.complete
    assert f"search of {len(searched.tried)} candidates" in study.plan.notes[-1]
    rates = {one.rate for one in (best, searched.plain, searched.best_single) if one}
    assert set(study.plan.learning_rates) == rates


def test_a_quarter_of_each_set_is_trained_in_full(study: Study) -> None:
    searched = study.searched
    assert searched is not None
    plain = [one for one in searched.tried if not one.strengths]
    assert sum(one.full for one in plain) >= 2
    assert (
        len(searched.tried) / 5 < sum(one.full for one in searched.tried) < len(searched.tried) / 3
    )
    assert all(one.merit for one in searched.tried)
    assert searched.rounds == max(one.round for one in searched.tried) + 1


def test_the_same_trials_find_the_same_however_often_interrupted(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, asked = tmp_path / "again", {**ASKED, "trials": 2 * ASKED["trials"]}
    original, calls = record.write, []

    def dying(place: Path, searched: Searched) -> None:
        original(place, searched)
        calls.append(len(searched.tried))
        if len(calls) == 2:  # the first one begins the file
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(record, "write", dying)
        with pytest.raises(KilledError):
            bridle.search(DATA, out=folder, executor=InProcessExecutor(), **asked)
    half = record.read(folder)
    assert half is not None
    assert study.searched is not None
    assert half.tried == study.searched.tried  # the first round of both
    with pytest.raises(UserError, match="holds a search that is not finished"):
        bridle.resume(folder)
    gone_on = bridle.search(DATA, out=folder, executor=InProcessExecutor(), **asked)
    whole = bridle.search(DATA, out=tmp_path / "whole", executor=InProcessExecutor(), **asked)
    assert gone_on.searched is not None
    assert whole.searched is not None
    assert gone_on.searched.tried == whole.searched.tried
    assert gone_on.plan.methods == whole.plan.methods
    assert gone_on.leaderboard().equals(whole.leaderboard())


def test_a_judged_search_is_not_continued(study: Study) -> None:
    more = {**ASKED, "trials": 3 * ASKED["trials"]}
    with pytest.raises(UserError, match="ended with 24 candidates and was judged"):
        bridle.search(DATA, out=study.folder, executor=InProcessExecutor(), **more)
    with pytest.raises(UserError, match="holds another search"):
        bridle.search(
            DATA, out=study.folder, executor=InProcessExecutor(), **{**ASKED, "methods": "l1"}
        )
    again = bridle.search(DATA, out=study.folder, executor=InProcessExecutor(), **ASKED)
    assert again.folder == study.folder
    # nor is another comparison advised, which would choose after the test rows were seen
    assert study.answer.evidence.again is None


def test_words_page_and_document(study: Study) -> None:
    searched = study.searched
    assert searched is not None
    said = study.sentences()
    assert said[0].startswith(f"Of {len(searched.tried)} candidates (")
    if searched.found != "none":
        assert "The search promised " in said[1]
        assert "On 2 replicates that took no part, " in said[1]
    assert '<section id="search">' in study.report().read_text("utf-8")
    held = study.document()["search"]
    assert held["found"] == searched.found
    assert held["candidates"] == len(searched.tried)
    json.dumps(held)


# what may be proposed


def test_no_proposal_clashes_or_does_not_suit() -> None:
    wide = space()
    assert sum(map(len, wide.families.values())) > 40
    for family, names in wide.families.items():
        assert family in FAMILIES
        assert all(method(name).family == family for name in names)
    assert "cutmix" in wide.families["data"]  # for images
    assert "cutmix" not in space("wine").families["data"]
    for number in range(3):
        for proposals in propose(wide, (), number, seed=5, most=SETS * EACH):
            together = {name for one in proposals for name in one.candidate.methods}
            kinds = [method(name).family for name in together]
            assert len(kinds) == len(set(kinds))  # one program holds them
            always = {name for name in together if not can_be_off(name)}
            for one in proposals:
                assert always <= set(one.candidate.methods)
                for name, value in one.candidate.strengths.items():
                    strength = method(name).strength()
                    if strength is None:
                        assert value is None
                        continue
                    strength.domain.check(name, value)
                    assert value is not None
                    grid = [float(one) for one in strength.grid if isinstance(one, int | float)]
                    assert min(grid) <= value <= max(grid)
                assert wide.rates[0] <= one.candidate.rate <= wide.rates[1]


def test_every_method_of_a_set_is_tried_alone() -> None:
    for proposals in propose(space(pool="dropout,l2,mixup"), (), 1, seed=2, most=SETS * EACH):
        together = {name for one in proposals for name in one.candidate.methods}
        if len(together) > 1:
            alone = {one.candidate.methods for one in proposals if len(one.candidate.methods) == 1}
            assert alone >= {(name,) for name in together}


def test_the_first_round_tries_no_regularization_over_the_whole_range_of_rates() -> None:
    wide = space()
    first, *_ = propose(wide, (), 0, seed=0, most=SETS * EACH)
    assert all(not one.candidate.strengths for one in first)
    assert [first[0].candidate.rate, first[-1].candidate.rate] == list(wide.rates)
    pinned = propose(space(learning_rate=0.01), (), 0, seed=0, most=SETS * EACH)
    assert {one.candidate.rate for own in pinned for one in own} == {0.01}


def test_the_number_of_candidates_is_kept() -> None:
    for most in (1, 5, 20):
        sets = propose(space(), (), 0, seed=0, most=most)
        assert sum(map(len, sets)) == most


def test_the_sampler_learns_what_is_good() -> None:
    """Of candidates scored by dropout alone, later proposals have dropout near the best rate more often."""
    small = space(pool="dropout,l2,mixup")
    tried: list[Tried] = []

    def worth(candidate: Candidate) -> float:
        rate = candidate.strengths.get("dropout")
        return 0.0 if rate is None else 1 - abs(rate - 0.2)

    shares = []
    for number in range(8):
        sets = propose(small, tried, number, seed=1, most=SETS * EACH)
        own = [one for proposals in sets for one in proposals]
        shares.append(np.mean([worth(one.candidate) for one in own]))
        tried += [
            Tried(
                dict(one.candidate.strengths),
                one.candidate.rate,
                one.proposed,
                (worth(one.candidate), 0.0),
                full=True,
                score=worth(one.candidate),
                round=number,
            )
            for one in own
        ]
    assert np.mean(shares[-3:]) > np.mean(shares[:3]) + 0.1


def test_methods_of_the_program_that_a_candidate_lacks_are_neutral() -> None:
    from bridle.methods.composition import Composition

    joint = Composition.parse("dropout+mixup+l2")
    found = setting(Candidate({"mixup": 0.3}, 0.01), joint)
    assert found["mixup"]["strength"] == 0.3
    assert found["dropout"]["rate"] == method("dropout").strength().neutral  # type: ignore[union-attr]
    assert found["l2"]["strength"] == 0.0
    assert setting(Candidate({}, 0.01), Composition.parse("none")) == {"none": {}}


def test_labels_are_methods_of_a_comparison() -> None:
    for name, own in methods().items():
        if name == "none":
            continue
        strength = own.strength()
        value = None if strength is None else float(strength.grid[0])  # type: ignore[arg-type]
        label = Candidate({name: value}, 0.01).label
        assert label.startswith(name)


# what a search never sees


@pytest.mark.parametrize("dataset", ["digits", "wine"])
def test_test_rows_of_a_table_are_the_same_in_all_replicates(dataset: str, tmp_path: Path) -> None:
    whole = load(dataset)
    held = with_fixed_test(whole, 3)
    assert held.design == "fixed_test"
    assert held.sizes == whole.sizes
    assert held.defaults == whole.defaults
    test = held.replicate(0, 3).test
    assert set(test) == set(whole.replicate(0, 3).test)
    for number, seed in ((1, 3), (FIRST, 3), (FIRST + 2, 3), (0, 9)):
        split = held.replicate(number, seed)
        assert np.array_equal(split.test, test)
        assert not set(test) & {*split.train, *split.validation}
    bridle.data.save(held, tmp_path)
    assert load(held.spec, tmp_path).replicate(FIRST, 3).train.tolist() == (
        held.replicate(FIRST, 3).train.tolist()
    )


def test_other_data_are_as_they_were() -> None:
    moons = load("moons(n=60)")
    assert with_fixed_test(moons, 0) is moons
    assert FIRST > MOST_REPLICATES
    own, other = moons.replicate(0, 0), moons.replicate(FIRST, 0)
    assert not np.allclose(own.inputs, other.inputs)


def test_the_search_reads_no_test_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With test scores made up, the same is found."""
    seen: list[tuple[int, int]] = []
    original = training.CandidateTrainer._results

    def blind(self: Any, *arguments: Any) -> Any:
        found = original(self, *arguments)
        seen.extend(found)
        return {
            place: [
                replace(one, scores={k: v for k, v in one.scores.items() if "test" not in k})
                for one in results
            ]
            for place, results in found.items()
        }

    monkeypatch.setattr(training.CandidateTrainer, "_results", blind)
    found = bridle.search(DATA, out=tmp_path / "blind", executor=InProcessExecutor(), **ASKED)
    assert seen
    assert found.searched is not None


# mistakes


def test_optuna_is_asked_for_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "optuna":
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        UserError, match=r"needs the package optuna.*pip install 'bridle\[search\]'"
    ):
        bridle.search(DATA, **ASKED)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"trials": 5, "budget": 60.0}, "each end the search"),
        ({"trials": 0}, "trials must be"),
        ({"budget": -1.0}, "must be"),
        ({"epochs": "auto"}, "epochs must be a whole number in a search"),
        ({"methods": "stochastic_depth"}, "stochastic_depth cannot be used here"),
        ({"methods": "dropuot"}, "dropout"),
        ({"grid": {}}, "grid"),
    ],
)
def test_what_a_search_cannot_do_is_refused(
    more: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        bridle.search(DATA, **more)
    assert not [*tmp_path.iterdir()]


def test_a_damaged_search_is_named(study: Study, tmp_path: Path) -> None:
    text = (study.folder / "search.json").read_text("utf-8")
    (tmp_path / "search.json").write_text(text.replace('"round": 0', '"round": 1', 1), "utf-8")
    with pytest.raises(UserError, match=r"search\.json is not as Bridle wrote it"):
        record.read(tmp_path)


def test_time_that_is_too_short_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="time was over before one round"):
        bridle.search(
            DATA,
            out=tmp_path / "short",
            executor=InProcessExecutor(),
            budget=0.5,
            **{k: v for k, v in ASKED.items() if k != "trials"},
        )
    assert record.read(tmp_path / "short") is not None


def test_arrays_of_ones_own_keep_their_test_rows(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    held = with_fixed_test(from_arrays(random.normal(size=(60, 3)), ["a", "b"] * 30), 0)
    assert held.design == "fixed_test"
    found = prepare(held, Request(), None, 8, None)
    assert found.dataset is held


def test_words_of_a_search_that_found_nothing_better() -> None:
    from bridle.verdict.answer import conclude
    from tests.verdict.test_answer import evidence

    one = Tried({}, 0.01, {}, (0.9, -0.3), full=True, score=0.9, round=0)
    searched = Searched("x", "accuracy", 3, 10, 1.0, (one,), "none", "")
    said = search_words.sentences(searched, conclude(evidence()))
    assert said == [
        "Of 1 candidate (1 set of methods) validation chose no regularization, at learning rate 0.01: validation "
        "accuracy 90.0 %.",
        "So no candidate was better than no regularization at the best learning rate.",
    ]
    assert search_words.sentences(None, conclude(evidence())) == []
