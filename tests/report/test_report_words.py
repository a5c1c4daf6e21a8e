"""The answer in words: exact sentences for every case, and what to do next."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.api.study import Study
from bridle.report.advice import advice
from bridle.report.terminal import lines
from bridle.report.words import header, sentences
from bridle.verdict.answer import Answer
from tests.report.conftest import Make
from tests.report.invented import GRIDS, Invented, around

BASE = [0.895] * 10


def apart(difference: float, spread: float) -> list[float]:
    return around(0.895 + difference, spread)


def refused(answer: Answer) -> Answer:
    """The answer of a study whose settings cannot be refined."""
    return replace(answer, evidence=replace(answer.evidence, refinable=False))


def said(study: Study) -> str:
    """The answer without the line on signal, which comes last where there is one."""
    found = sentences(study.answer)
    return " ".join(found[:-1] if found[-1].startswith("There is signal: ") else found)


def test_two_help_and_one_is_undecided(make: Make) -> None:
    study = make(
        {
            "none": BASE,
            "dropout": apart(0.019, 0.01),
            "l2": apart(0.014, 0.01),
            "l1": apart(0.002, 0.02),
        }
    )
    assert study.sentences() == [
        "Dropout helps: +1.9 points of test accuracy (0.9 to 2.9).",
        "So does l2: +1.4 (0.4 to 2.4).",
        "The two cannot be told apart.",
        "Nothing clearly hurts; l1 is undecided.",
        "There is signal: with dropout 91.4 % are right, which test labels shuffled 999 times never "
        "reached (p = 0.001 for four methods).",
    ]
    assert header(study.answer) == (
        "moons · 3 methods against no regularization · 10 replicates · 120 runs in 41 s · "
        "3 settings each, chosen on validation"
    )
    uneven = make({"none": BASE, "l1": BASE}, grids={"l1": GRIDS["l1"][:1]})
    assert header(uneven.answer).endswith("· settings chosen on validation")


def test_help_by_less_than_the_margin_and_hurt(make: Make) -> None:
    study = make(
        {
            "none": BASE,
            "dropout": apart(0.019, 0.005),
            "l2": apart(0.004, 0.002),
            "l1": apart(-0.03, 0.01),
        }
    )
    assert said(study) == (
        "Dropout helps: +1.9 points of test accuracy (1.4 to 2.4). "
        "So does l2, by less than the margin: +0.4 (0.2 to 0.6). "
        "Dropout is ahead of all others. L1 hurts: −3.0 (−4.0 to −2.0)."
    )


def test_nothing_helps(make: Make) -> None:
    study = make(
        {
            "none": BASE,
            "dropout": apart(0.001, 0.02),
            "l2": apart(0.001, 0.002),
            "l1": apart(-0.03, 0.01),
        }
    )
    assert said(study) == (
        "Nothing clearly helps. L1 hurts: −3.0 points of test accuracy (−4.0 to −2.0). "
        "L2 makes no practical difference (less than 1.1 points either way) and dropout is undecided."
    )


def test_all_undecided(make: Make) -> None:
    study = make({"none": BASE, "dropout": apart(0.001, 0.03), "l2": apart(0.001, 0.02)})
    assert said(study) == "Nothing clearly helps or hurts; both are undecided."


def test_no_practical_difference(make: Make) -> None:
    study = make({"none": BASE, "dropout": apart(0.001, 0.002), "l2": apart(0.001, 0.002)})
    assert said(study) == (
        "No method makes a practical difference: each of the two changes test accuracy by at most 0.3 points "
        "(95 %; margin: 1.1 points)."
    )


def test_differences_too_small_for_one_decimal(make: Make) -> None:
    said_of_one = said(make({"none": BASE, "dropout": apart(0, 0.0002)}))
    assert said_of_one == (
        "Dropout makes no practical difference: it changes test accuracy by at most 0.02 points "
        "(95 %; margin: 1.1 points)."
    )
    assert said(make({"none": BASE, "dropout": BASE, "l2": BASE})) == (
        "No verdict: scores are equal in every replicate, which may be chance. "
        "No method measured higher than no regularization (89.5 %)."
    )
    alike = make({"none": [0.5] * 3, "dropout": [0.5004] * 3})  # no spread, no verdict
    assert said(alike).endswith(
        "Dropout measured highest: 50.0 %, +0.04 points against no regularization."
    )


def test_without_a_verdict_it_is_said_why(make: Make) -> None:
    study = make({"none": BASE, "dropout": apart(0.03, 0.002), "l2": BASE, "l1": [0.905] * 10})
    assert said(study).endswith(
        "Nothing clearly hurts; two are without a verdict (the same difference in every replicate; "
        "scores equal in every replicate)."
    )


def test_failed_trainings_are_counted_and_what_is_not_known_is_said(make: Make) -> None:
    steps = [0.001 * i for i in range(10)]
    lost = [0.9 + step for step in steps]
    study = make({"none": [0.89 + s for s in steps], "dropout": [0.5, *lost[1:]], "l2": lost})
    answer = study.answer
    board = study.leaderboard().set_index("method")["failed"]
    assert board.to_dict() == {"none": 0, "dropout": 1, "l2": 0}
    told = {item.about: item.text for item in advice(answer)}
    assert told["dropout"].startswith("1 of 10 runs failed: ")
    assert "up to 26 % may" in told["failed trainings"]
    assert "1 of 10" in "\n".join(lines(answer, 120))
    assert (
        "failed" not in "\n".join(lines(make({"none": BASE, "dropout": lost}).answer, 120)).lower()
    )


def test_many_help(make: Make) -> None:
    labels = ["dropout", "l2", "l1", "weight_decay", "batch_norm", "early_stopping"]
    scores = {label: apart(0.03 - 0.002 * i, 0.01) for i, label in enumerate(labels)}
    assert sentences(make({"none": BASE, **scores}).answer)[1] == (
        "So do l2: +2.8 (1.6 to 4.0); l1: +2.6 (1.4 to 3.8); weight decay: +2.4 (1.2 to 3.6); "
        "and two more (see the table)."
    )


def test_one_replicate_gives_no_verdict(make: Make) -> None:
    answer = make({"none": [0.89], "dropout": [0.9]}).answer
    assert " ".join(sentences(answer)) == (
        "One replicate gives no verdict: trained again, the methods might rank otherwise. "
        "Dropout measured highest: 90.0 %, +1.0 points against no regularization "
        "(0.1 to 1.9 from the test set's own uncertainty alone)."
    )
    (found,) = advice(answer)
    assert found.text == "a single replicate cannot tell a method from luck"
    assert found.action.startswith("bridle compare 'moons(")
    assert "--replicates 10 " in found.action


def test_one_replicate_and_no_method_higher(make: Make) -> None:
    assert said(make({"none": [0.89], "dropout": [0.88]})).endswith(
        "No method measured higher than no regularization (89.0 %)."
    )


def test_partly_finished_and_few_replicates(make: Make) -> None:
    answer = make(
        {"none": [0.89, 0.88, 0.9], "dropout": [0.9, 0.91, 0.93]}, changes={"planned_runs": 40}
    ).answer
    assert sentences(answer)[0] == (
        "Not finished: 18 of 40 runs are in, so what follows is provisional."
    )
    assert "18 of 40 runs so far" in header(answer)
    first, second, third = advice(answer)
    assert first.action == f"bridle resume {answer.evidence.folder}"
    assert second.text.startswith("3 replicates are few; below 6")
    assert second.action == ""  # one thing to do next: an unfinished study is not extended
    assert third.text == (
        "about 2 further replicates could decide dropout in half of such studies, 7 in four of five"
    )
    assert third.action == ""
    few, undecided = advice(make({"none": [0.89, 0.88, 0.9], "dropout": [0.9, 0.91, 0.93]}).answer)
    assert few.action == f"bridle extend {answer.evidence.folder} --replicates 7"
    assert undecided.action == ""


def test_a_study_of_one_look_is_not_extended(make: Make) -> None:
    scores = {"none": [0.89, 0.88, 0.9], "dropout": [0.9, 0.91, 0.93]}
    few, undecided = advice(make(scores, looks=None).answer)
    assert few.action.startswith("bridle compare 'moons(")
    assert "--replicates 10 " in few.action
    assert few.action.endswith(
        "--seed 1 --one-look"
    )  # the same seed would count three of them twice
    assert undecided.text == (
        "a new study of about 4 replicates could decide dropout in half of such studies, 6 in four of five"
    )
    assert undecided.action == ""


def test_a_further_look_says_what_changed(make: Make) -> None:
    scores = {
        "none": [0.895] * 20,
        "dropout": [*apart(0.009, 0.01), *apart(0.019, 0.01)],
        "l2": [*apart(0.009, 0.01), *apart(-0.009, 0.01)],
        "l1": apart(0.02, 0.01) * 2,
    }
    study = make(scores, looks=(10,))
    first, then = study.earlier()[0], study.comparison()
    assert then is not None
    assert [c.verdict.label for c in first.methods] == ["undecided", "undecided", "helps"]
    assert [c.verdict.label for c in then.methods] == ["helps", "no practical difference", "helps"]
    assert then.level == 0.95 < first.held == 0.96 < then.held
    assert sentences(study.answer)[-2] == (
        "This is look 2, at 20 replicates; at 10, dropout and l2 were undecided; "
        "all else was as it is now."
    )
    same = {"none": [0.895] * 20, "l1": apart(0.02, 0.01) * 2}
    assert sentences(make(same, looks=(10,)).answer)[-2] == (
        "This is look 2, at 20 replicates; at 10, every verdict was the same."
    )


def test_noise_at_chance(make: Make) -> None:
    study = make(
        {"none": around(0.1, 0.003), "dropout": around(0.1, 0.004)},
        "noise",
        changes={"at_edge": {"dropout": "rate"}},
        chosen={"dropout": 2},
    )
    answer = study.answer
    first = sentences(answer)[0]
    assert first.startswith(
        "No signal found by networks trained this way: no method can be told from chance (10.0 %), "
    )
    assert answer.chance is not None
    assert 0.1 < answer.chance.excluded_above < 0.11
    assert first.endswith("and a mean accuracy above 10.4 % is excluded (95 %).")
    # the best setting is a matter of luck, and more replicates decide nothing
    (item,) = advice(answer)
    assert item.action.startswith("bridle diagnose 'noise(train=")
    assert item.text.startswith("it permutes the test labels")


def test_nothing_is_said_of_signal_without_a_comparison_of_several_networks(make: Make) -> None:
    assert make({"none": around(0.1, 0.003)}, "noise").answer.chance is None
    assert make({"none": [0.1], "dropout": [0.1]}, "noise").answer.chance is None
    assert make({"none": BASE}).answer.learned is None
    single = make({"none": [0.9], "dropout": [0.91]}).answer
    assert single.learned is None
    assert "signal" not in " ".join(sentences(single))


def test_better_than_chance_is_no_noise(make: Make) -> None:
    assert make({"none": around(0.15), "dropout": around(0.15)}, "noise").answer.chance is None


@pytest.mark.parametrize("data", ["moons", "wine", "digits", "mnist(train=1000,validation=500)"])
def test_signal_is_said_with_its_test_in_every_design(
    make: Make, data: str, request: pytest.FixtureRequest
) -> None:
    if data.startswith("mnist"):
        request.getfixturevalue("real_images")
    study = make({"none": apart(0, 0.01)[:4], "l2": apart(0.03, 0.01)[:4]}, data)
    answer, line = study.answer, sentences(study.answer)[-1]
    assert answer.learned is not None
    assert answer.chance is None
    assert answer.learned.method == "l2"
    assert line.startswith("There is signal: with l2 ")
    if answer.evidence.design == "overlapping":
        assert answer.learned.reached is None
        assert "above the " in line
        assert "shuffled test labels give" in line
    else:
        assert answer.learned.reached == 0
        assert (
            "which test labels shuffled 999 times never reached (p = 0.001 for two methods)" in line
        )
    # in the numbers of the table, whatever the order of the methods
    (row,) = (row for row in answer.rows if row.method == "l2")
    assert answer.learned.accuracy == pytest.approx(row.score, abs=0.02)
    assert answer.comparison is not None
    assert 0 < answer.learned.p < 1 - answer.comparison.held


def test_methods_that_predict_one_class_cost_no_signal(make: Make) -> None:
    idle = {label: [0.5] * 6 for label in ("none", "l1", "l2", "weight_decay")}
    found = make({**idle, "dropout": around(0.52, 0.002, 6)}, "moons").answer.learned
    assert found is not None
    assert (found.method, found.methods) == ("dropout", 5)
    assert found.reached is not None
    assert found.p == pytest.approx((1 + found.reached) / 1000)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["moons", "wine", "noise(train=50,validation=50,classes=4)"]),
    st.lists(
        st.tuples(st.floats(0.2, 0.6), st.floats(0, 0.02)), min_size=2, max_size=4, unique=True
    ),
    st.integers(1, 5),
)
def test_signal_never_contradicts_itself_nor_the_verdicts(
    data: str, means: list[tuple[float, float]], replicates: int
) -> None:
    labels = ("none", "l1", "l2", "dropout")
    scores = {
        m: around(mean, spread, replicates)
        for m, (mean, spread) in zip(labels, means, strict=False)
    }
    answer = Invented(Path(), data, scores).answer
    text = " ".join(sentences(answer))
    assert answer.chance is None or answer.learned is None
    assert ("There is signal: " in text) == (answer.learned is not None)
    assert ("No signal" in text) == (answer.chance is not None)
    if replicates == 1:
        assert "signal" not in text.lower()
    if answer.chance is not None:
        assert not {c.verdict.label for c in answer.compared} & {"helps", "hurts"}
    if answer.learned is not None:
        assert answer.comparison is not None
        assert 0 < answer.learned.p < 1 - answer.comparison.held
        assert answer.learned.accuracy > answer.learned.chance


def test_single_method(make: Make) -> None:
    answer = make({"dropout": [0.9, 0.91]}).answer
    assert sentences(answer) == [
        "Dropout reaches 90.5 % test accuracy (2 replicates); nothing was compared with it."
    ]
    assert header(answer).startswith("moons · dropout · 2 replicates")


def test_diverged_runs_and_unequal_effort(make: Make) -> None:
    scores = {"none": BASE, "l1": [math.nan] * 2 + apart(0.0, 0.01)[2:]}
    study = make(
        scores,
        changes={"diverged": {"l1": 5}},
        grids={"l1": GRIDS["l1"][:1]},
        notes=("Replicates were given up.",),
    )
    texts = [(a.about, a.text, a.warning) for a in advice(study.answer)]
    assert texts[0] == (
        "l1",
        "5 of 10 runs diverged (loss or weights were no longer finite); 2 replicates left out of its comparison",
        True,
    )
    assert texts[1][1] == (
        "methods were tuned with unequal effort (no regularization 3; l1 1): more tries flatter"
    )
    assert texts[-1] == ("", "Replicates were given up.", False)


def test_diverged_runs_without_a_comparison_or_of_the_baseline(make: Make) -> None:
    alone = make({"l1": [math.nan, 0.9, 0.9]}, changes={"diverged": {"l1": 1}}).answer
    assert advice(alone)[0].text.endswith("1 replicate left out of its score")
    scores = {"none": [math.nan, *BASE[1:]], "l1": apart(0, 0.01)}
    baseline = make(scores, changes={"diverged": {"none": 1}}).answer
    assert advice(baseline)[0].text.endswith("1 replicate left out of every comparison")


def test_a_forecast_names_what_decides_half_of_such_studies(make: Make) -> None:
    answer = make({"none": BASE[:2], "dropout": [0.9, 0.91]}).answer
    (found,) = (a for a in advice(answer) if a.about == "undecided")
    assert found.text == (
        "about 7 further replicates could decide dropout in half of such studies, 23 in four of five"
    )


def test_nothing_finished(make: Make) -> None:
    study = make({"none": [math.nan], "l1": [math.nan]}, changes={"planned_runs": 9})
    assert sentences(study.answer)[-1] == "There is no result yet."


@pytest.mark.parametrize(
    ("label", "key", "place", "action"),
    [
        ("l1", "strength", 2, "--grid l1.strength=1e-4,1e-3,0.01 "),
        ("l1", "strength", 0, "--grid l1.strength=1e-6,1e-5,1e-4"),
        ("dropout", "rate", 2, "--grid dropout.rate=0.3,0.5,0.7"),
        ("none", "learning_rate", 2, "--grid none.learning_rate=0.01,0.1,1"),
        ("dropout+l2", "dropout.rate", 2, ""),
    ],
)
def test_edge_of_a_grid(make: Make, label: str, key: str, place: int, action: str) -> None:
    scores = {"none": BASE, "l2": apart(0.02, 0.01)}
    scores.setdefault(label, apart(0.02, 0.01))
    answer = make(scores, changes={"at_edge": {label: key}}, chosen={label: place}).answer
    (found,) = (a for a in advice(answer) if a.about == "settings")
    assert found.action.startswith("bridle compare ")
    assert found.action.endswith(" --refine")
    assert found.text.startswith(f"best at the edge of its grid: {label} ")
    # after all its rounds
    (found,) = (a for a in advice(refused(answer)) if a.about == label)
    assert action in found.action.replace("0.001", "1e-3")
    assert bool(action) == bool(found.action)


def test_edges_of_several_grids(make: Make) -> None:
    scores = {name: apart(0.02, 0.01) for name in ("l1", "dropout")}
    edges = {"l1": "strength", "dropout": "rate"}
    answer = make(
        {"none": BASE, **scores}, changes={"at_edge": edges}, chosen={"l1": 2, "dropout": 0}
    ).answer
    (found,) = (a for a in advice(answer) if a.action.endswith(" --refine"))
    assert found.text.startswith("best at the edge of their grids: ")
    assert "l1 strength" in found.text
    assert "dropout rate" in found.text
    assert len([a for a in advice(refused(answer)) if "edge" in a.text]) == 2


def test_no_value_beyond_the_domain(make: Make) -> None:
    scores = {"none": BASE, "early_stopping": apart(0.02, 0.01)}
    answer = make(
        scores, changes={"at_edge": {"early_stopping": "patience"}}, chosen={"early_stopping": 0}
    ).answer
    assert advice(answer) == []  # a patience below 1 does not exist


def test_fixed_values_move_from_the_name_to_the_setting(make: Make) -> None:
    grids = {
        "dropout(rate=0.3)": [{"hyperparameters": {"rate": 0.3}, "learning_rate": 0.01}],
        "l1(strength=0.1)": [{"hyperparameters": {"strength": 0.1}, "learning_rate": 0.01}],
        "l1(strength=0.2)": [{"hyperparameters": {"strength": 0.2}, "learning_rate": 0.01}],
    }
    scores = {"none": BASE} | {label: apart(0.001, 0.01) for label in grids}
    rows = {row.name: row.setting for row in make(scores, grids=grids).answer.rows}
    assert rows["dropout"] == "rate 0.3"
    assert rows["l1(strength=0.1)"] == "–"
    assert rows["none"] == "lr 0.01"
