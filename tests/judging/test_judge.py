"""Judged tables of runs: the same verdicts as a study's, whatever the order and notation of the rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bridle
from bridle.api.judge import Judged
from bridle.api.study import Study
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.report import words
from bridle.report.advice import advice
from bridle.statistics import Look, compare, looked
from bridle.verdict import frames
from bridle.verdict.answer import Answer, conclude

VERDICTS = ["method", "score", "difference", "difference_low", "difference_high", "wins", "verdict"]


def table(scores: dict[str, Any], dataset: str | None = None) -> pd.DataFrame:
    """One row for each method and replicate."""
    rows = [
        {"method": m, "replicate": r, "score": s} | ({"dataset": dataset} if dataset else {})
        for m, values in scores.items()
        for r, s in enumerate(values)
    ]
    return pd.DataFrame(rows)


def some(seed: int = 0, replicates: int = 8) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    base = 0.9 + 0.01 * random.normal(size=replicates)
    shifts = {"none": 0.0, "dropout": 0.02, "l1": -0.02, "l2": 0.0}
    return {m: base + d + 0.004 * random.normal(size=replicates) for m, d in shifts.items()}


@pytest.fixture(
    scope="session", params=["moons(n=200)", pytest.param("wine", marks=pytest.mark.long)]
)
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Study:
    found: Study = bridle.compare(
        request.param,
        out=tmp_path_factory.mktemp("judged") / "study",
        executor=InProcessExecutor(),
        methods="none,l1,dropout",
        replicates=4,
        epochs=20,
        widths=(8,),
        configurations=4,
        margin="2pt",
    )
    return found


UNKNOWN = ["share", "predictions_changed", "inert", "trained"]
"""Columns that a table of scores does not have."""


def of_study(study: Study, runs: Any) -> Judged:
    sizes = study.dataset.sizes
    found = bridle.judge(
        runs,
        study.plan.design,
        sizes=(sizes.train, sizes.test),
        margin=study.plan.margin,
        looks=[*(look.replicates for look in study.plan.looks.earlier), study.plan.replicates],
        predictions=rights(study) if study.plan.design == "overlapping" else None,
    )
    assert isinstance(found, Judged)
    return found


def rights(study: Study) -> pd.DataFrame:
    """Which rows of the table every selected run gets right."""
    rows = [
        {"method": method, "replicate": replicate, "example": example, "correct": int(right)}
        for method, table in study.parts(study.metric).items()
        for replicate, own in enumerate(table)
        for example, right in zip(
            study.dataset.replicate(replicate, study.plan.seed).test, own, strict=True
        )
    ]
    return pd.DataFrame(rows)


def by_accuracy_alone(study: Study) -> Answer:
    """The study's answer without the log-loss, which a table of accuracies cannot tell, and its share of the error."""
    own = study.answer.evidence
    looks = replace(own.looks, share=1.0).among(len(own.methods) - 1)
    return conclude(replace(own, looks=looks, proper=None))


def test_a_studys_own_results_have_the_studys_verdicts(study: Study) -> None:
    found = of_study(study, str(study.folder / "results.csv"))
    answer = by_accuracy_alone(study)
    board = frames.leaderboard(answer).drop(columns=UNKNOWN)
    pd.testing.assert_frame_equal(found.leaderboard(), board, check_dtype=False)
    *verdicts, signal = words.sentences(answer)
    # of histories and labels a table of scores knows nothing
    assert found.summary.splitlines() == [text for text in verdicts if "improving" not in text]
    assert signal.startswith("There is signal: ")
    assert found.comparison is not None
    theirs = answer.comparison
    assert theirs is not None
    assert [c.verdict for c in found.comparison.methods] == [c.verdict for c in theirs.methods]
    assert [row.setting for row in found.answer.rows if row.method != "none"] == [
        row.setting for row in answer.rows if row.method != "none"
    ]


def test_settings_are_chosen_as_a_study_chooses_them(study: Study) -> None:
    runs = pd.read_csv(study.folder / "results.csv").drop(columns="selected")
    pd.testing.assert_frame_equal(
        of_study(study, runs).leaderboard(),
        frames.leaderboard(by_accuracy_alone(study)).drop(columns=UNKNOWN),
        check_dtype=False,
    )


@settings(deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False))
def test_rows_may_come_in_any_order_with_any_columns(random: Any) -> None:
    frame = table(some())
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = frame.iloc[order].assign(note="x", gpu=1)
    expected = bridle.judge(frame, "fresh").leaderboard().sort_values("method")
    found = bridle.judge(shuffled, "fresh").leaderboard().sort_values("method")
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True), check_exact=True
    )


def test_it_is_the_statistics_room_that_judges() -> None:
    scores = some()
    found, expected = bridle.judge(table(scores), "fresh"), compare(scores)
    assert isinstance(found, Judged)
    assert found.comparison == expected


def test_percent_means_the_same_as_fractions() -> None:
    scores = some()
    fractions = bridle.judge(table(scores), "fresh", margin="0.5pt")
    percent = bridle.judge(table({m: 100 * v for m, v in scores.items()}), "fresh", margin="0.5pt")
    assert percent.summary == fractions.summary
    assert list(percent.leaderboard()["verdict"]) == list(fractions.leaderboard()["verdict"])
    assert percent.leaderboard()["score"][0] == pytest.approx(
        100 * fractions.leaderboard()["score"][0]
    )


def test_losses_are_better_the_lower_they_are() -> None:
    losses = {m: 1 - v for m, v in some().items()}
    found = bridle.judge(table(losses), "fresh", lower_is_better=True)
    assert isinstance(found, Judged)
    board = found.leaderboard().set_index("method")
    assert board["verdict"]["dropout"] == "helps"
    assert board["difference"]["dropout"] > 0
    assert board["score"]["dropout"] == pytest.approx(losses["dropout"].mean())
    assert found.leaderboard()["method"][0] == "dropout"
    assert "Dropout helps: test loss is lower by 0.0" in found.summary
    assert "L1 hurts: higher by 0.0" in found.summary
    assert found.comparison is not None
    assert found.comparison.margin == pytest.approx(0.1 * losses["none"].mean())


def test_scores_of_no_scale_need_a_margin_of_their_own() -> None:
    rewards = table({m: 500 * v for m, v in some().items()})
    with pytest.raises(UserError, match="margin in the score's unit"):
        bridle.judge(rewards, "fresh")
    found = bridle.judge(rewards, "fresh", margin=2.0)
    assert "Dropout helps: +1" in found.summary


def test_a_replicate_that_one_method_lacks_is_left_out_and_said() -> None:
    frame = table(some())
    frame = frame[~((frame["method"] == "l2") & (frame["replicate"] == 3))]
    frame.loc[(frame["method"] == "l1") & (frame["replicate"] == 5), "score"] = np.nan
    found = bridle.judge(frame, "fresh")
    assert isinstance(found, Judged)
    assert found.comparison is not None
    assert (found.comparison["l2"].replicates, found.comparison["l2"].missing) == (7, 1)
    assert found.comparison["l1"].replicates == 7
    from bridle.report.advice import advice

    assert {(a.about, a.text) for a in advice(found.answer) if a.warning} == {
        ("l2", "no score in replicate 3; left out of its comparison, which rests on 7 pairs"),
        ("l1", "no score in replicate 5; left out of its comparison, which rests on 7 pairs"),
    }


def test_one_replicate_has_no_verdict_and_says_so() -> None:
    found = bridle.judge(table(some(replicates=1)), "fresh")
    assert set(found.leaderboard()["verdict"]) == {"baseline", "no verdict"}
    assert found.summary.startswith("One replicate gives no verdict")


def test_the_baseline_alone() -> None:
    found = bridle.judge(table({"none": [0.9, 0.91]}), "fresh")
    assert found.summary == (
        "No regularization reaches 90.5 % test score (2 replicates); nothing was compared with it."
    )
    with pytest.raises(UserError, match="no figure"):
        found.figure()


def test_another_baseline_is_called_by_its_name() -> None:
    scores = some()
    found = bridle.judge(table(scores), "fresh", "l1")
    assert isinstance(found, Judged)
    assert found.comparison == compare(scores, baseline="l1")
    assert found.figure().axes
    with pytest.raises(UserError, match=r"'drop'.*Did you mean 'dropout'.*none, dropout, l1, l2"):
        bridle.judge(table(scores), "fresh", "drop")


# a fixed test set


def seeds() -> pd.DataFrame:
    """Five seeds, one test set of 10,000 examples, accuracies alone."""
    right = {"none": [9712, 9705, 9721, 9709, 9715], "dropout": [9792, 9783, 9801, 9788, 9779]}
    return table({m: np.array(values) / 10_000 for m, values in right.items()})


def test_a_fixed_test_set_without_predictions_is_answered_for_that_test_set() -> None:
    found = bridle.judge(seeds(), "fixed_test")
    assert isinstance(found, Judged)
    assert found.conditional
    assert found.summary.startswith(
        "On this test set, that is, for other trainings but not for other test examples:\nDropout helps"
    )
    told = [item for item in advice(found.answer) if item.about == "one test set"]
    assert told[0].text.endswith(
        "(--predictions FILE) or, for a bound, how many test examples there are (--test-size N)"
    )
    bound = bridle.judge(seeds(), "fixed_test", test_size=10_000)
    assert isinstance(bound, Judged)
    assert not bound.conditional
    assert bound.summary.startswith("Dropout helps")
    narrow, wide = (j.leaderboard().set_index("method").loc["dropout"] for j in (found, bound))
    assert wide["difference_low"] < narrow["difference_low"]
    assert narrow["difference_high"] < wide["difference_high"]
    losses = seeds().assign(score=lambda t: 1 - 0.777 * t["score"])
    one = bridle.judge(losses, "fixed_test", lower_is_better=True)
    assert isinstance(one, Judged)
    assert one.conditional
    with pytest.raises(UserError, match="test_size must go with accuracies on 10000 examples"):
        bridle.judge(losses, "fixed_test", lower_is_better=True, test_size=10_000)
    with pytest.raises(UserError, match="test_size"):
        bridle.judge(seeds(), "fixed_test", test_size=0)


def test_equal_scores_are_told_from_certainty_by_the_test_size() -> None:
    base = np.array([0.91, 0.90, 0.92])
    runs = table({"none": base, "l2": base, "l1": base + 0.01})
    found = bridle.judge(runs, "fresh")
    assert set(found.leaderboard()["verdict"]) == {"baseline", "no verdict"}
    (told,) = [item.text for item in advice(found.answer) if item.about == "no spread"]  # type: ignore[union-attr]
    assert told.endswith(
        "give scores with more digits, or, of accuracies, how many test examples there are (--test-size N)"
    )
    sized = bridle.judge(runs, "fresh", test_size=100)
    assert set(sized.leaderboard()["verdict"]) == {"baseline", "undecided"}


def test_failed_trainings_have_a_column() -> None:
    scores = some()
    scores["dropout"] = np.where(np.arange(8) == 3, 0.5, scores["dropout"])
    board = bridle.judge(table(scores), "fresh").leaderboard().set_index("method")
    assert board["failed"].to_dict() == {"none": 0, "dropout": 1, "l1": 0, "l2": 0}


def crossed(seed: int = 0, R: int = 5, E: int = 60) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    hard = random.normal(size=E)
    return {
        m: (random.normal(size=(R, E)) + 0.3 * random.normal(size=(R, 1)) + hard + d > 0).astype(
            float
        )
        for m, d in {"none": 0.8, "dropout": 1.6, "l1": 0.7}.items()
    }


def both(tables: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs rounded as people round, and predictions in no order."""
    runs = table({m: np.round(t.mean(axis=1), 3) for m, t in tables.items()})
    predictions = pd.DataFrame(
        [
            {"method": m, "replicate": r, "example": f"x{e}", "correct": bool(t[r, e])}
            for m, t in tables.items()
            for r in range(t.shape[0])
            for e in range(t.shape[1])
        ]
    )
    return runs, predictions.sample(frac=1, random_state=0)


@pytest.mark.parametrize("R", [1, 5])
def test_predictions_bring_the_second_source_of_chance(R: int) -> None:
    tables = crossed(R=R)
    runs, predictions = both(tables)
    found = bridle.judge(runs, predictions=predictions)
    assert isinstance(found, Judged)
    expected = compare(design="fixed_test", examples=tables)
    assert found.answer.evidence.design == "fixed_test"
    assert found.comparison is not None
    for c in expected.methods:
        own = found.comparison[c.method]
        assert (own.low, own.high) == pytest.approx((c.low, c.high), rel=1e-9)
        assert own.verdict.label == c.verdict.label
    percent = runs.assign(score=100 * runs["score"])
    again = bridle.judge(percent, "fixed-test", predictions=predictions)
    assert again.summary == found.summary


def test_predictions_must_be_of_these_runs() -> None:
    runs, predictions = both(crossed())
    gone: Any = predictions.eval("method == 'l1' and replicate == 2 and example == 'x0'")
    with pytest.raises(UserError, match="lacks example 'x0' of method 'l1', replicate '2'"):
        bridle.judge(runs, predictions=predictions[~gone])
    gone = predictions.eval("method == 'l1' and replicate == 2")
    with pytest.raises(UserError, match="no predictions of method 'l1', replicate '2'"):
        bridle.judge(runs, predictions=predictions[~gone])
    with pytest.raises(UserError, match=r"have the mean .* and its score is"):
        bridle.judge(runs.assign(score=runs["score"] - 0.01), predictions=predictions)
    with pytest.raises(UserError, match="repeats method"):
        bridle.judge(runs, predictions=pd.concat([predictions, predictions[:1]]))
    with pytest.raises(UserError, match=r"'correct': expected 1 .correct. or 0"):
        bridle.judge(runs, predictions=predictions.assign(correct=0.3))


# mistakes

MISTAKES = [
    ("method,replicate,scor\nnone,0,1\n", ("no column 'score'", "Did you mean 'scor'")),
    ("method,run,score\nnone,0,1\n", ("no column 'replicate'", "Did you mean 'run'?", "{'replicate': 'run'}")),
    ("net,replicate,accuracy\nnone,0,1\n", ("no column 'method'", "columns={'method': COLUMN")),
    ("method,replicate,score\nnone,0,0.9\n\nnone,1,ninety\n", ("line 4", "'score'", "'ninety'")),
    ("method,replicate,score\nnone,0,1\n,1,1\n", ("line 3", "'method' is empty")),
    ("method,replicate,score\nnone,0,0.9\nnone,0.0,0.8\n", ("line 3 repeats", "line 2", "hyperpar")),
    ("method,replicate,score\nl1,0,1\n", ("no runs of the baseline 'none'", "baseline=METHOD")),
    ("method,replicate,score\nNone,0,1\n", ("Did you mean 'None'",)),
    ("method,replicate,score\n", ("no row",)),
    ("", ("is empty",)),
    ("method,replicate,score\nnone,0,1,7\n", ("more fields",)),
    ("# mine\nmethod,replicate,score\nnone,0,1\n", ("more fields", "(# mine)")),
    ("\n\nmethod,replicate,score\nnone,0,x\n", ("line 4", "'x'")),
    ("method,replicate,score\nnone,0,90%\nl1,0,91\n", ("line 2", "'90%'", "every number", "or none")),
    ("method,replicate,score\nnone,0,90%\nl1,0,120%\n", ("line 3", "at most 100 %", "'120%'")),
    ('method,replicate,score\nnone,0,"0,9"\n', ("line 2", "'0,9'", "decimal point")),
    ("method;replicate;score\nnone;0;1.234,5\n", ("line 2", "'1.234,5'")),
    ("method,replicate,score\nl1,0,1\nL1,1,1\n", ("line 3", "'l1' and 'L1' differ only in capitals")),
    (
        "method,replicate,hyperparameters,score\nnone,0,a,0.9\nnone,0,b,0.8\n",
        ("line 3 repeats", "would be too good", "val_score"),
    ),
    (
        "method,replicate,hyperparameters,val_score,score\nnone,0,a,1,0.9\nnone,0,a,1,0.8\n",
        ("line 3 repeats", "hyperparameters 'a'"),
    ),
    ("method,replicate,selected,score\nnone,0,maybe,1\n", ("line 2", "'selected'", "'maybe'")),
    ("method,replicate,metric,score\nnone,0,dB,0.1\nl1,0,dB,0.2\n", ("'dB' is not known", "lower_is_better=True")),
    ("method,replicate,metric,score\nnone,0,f1,0.1\nl1,0,auc,0.2\n", ("several: auc, f1",)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), MISTAKES)
def test_mistakes_name_the_place(text: str, parts: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        bridle.judge(path, "fresh")
    for part in ("runs.csv", *parts):
        assert part in str(caught.value)


def test_other_mistakes(tmp_path: Path) -> None:
    frame = table(some())
    wrong: tuple[Any, ...] = ("120,40", 120, (120,), (120, 0), (0.8, 0.2))
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: bridle.judge(frame), "What do the replicates have in common"),
        (lambda: bridle.judge(frame, "frsh"), "Did you mean 'fresh'"),
        (lambda: bridle.judge(frame, "overlapping"), "sizes=(TRAIN, TEST)"),
        (lambda: bridle.judge(frame, "fresh", margin="1 mile"), "margin must be"),
        (lambda: bridle.judge(frame, "fresh", margin=10), "Did you mean 10% or 10pt"),
        (lambda: bridle.judge(frame, 3), "Unknown design 3"),  # type: ignore[arg-type]
        *(
            (partial(bridle.judge, frame, "overlapping", sizes=sizes), f"received {sizes!r}")
            for sizes in wrong
        ),
        (lambda: bridle.judge(frame, "fresh", looks=8), "looks must be a list"),  # type: ignore[arg-type]
        (lambda: bridle.judge(3, "fresh"), "runs must be a DataFrame"),
        (lambda: bridle.judge(tmp_path / "no.csv", "fresh"), "Cannot read"),
    ]
    for call, part in calls:
        with pytest.raises(UserError) as caught:
            call()
        assert part in str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_files_as_other_programs_write_them(separator: str, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    text = table(some()).to_csv(index=False, sep=separator).replace("method", " Method ")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n")
    expected = bridle.judge(table(some()), "fresh").leaderboard()
    pd.testing.assert_frame_equal(bridle.judge(path, "fresh").leaderboard(), expected)


@pytest.mark.parametrize("sign", ["%", " %"])
@pytest.mark.parametrize(("separator", "point"), [(",", "."), (";", ","), (";", ".")])
def test_percent_signs_and_decimal_commas(
    sign: str, separator: str, point: str, tmp_path: Path
) -> None:
    frame = table({m: [round(float(v), 3) for v in own] for m, own in some().items()})
    frame.loc[5, "score"] = np.nan
    texts = frame["score"].map(lambda v: "" if v != v else f"{100 * v:.1f}{sign}")
    path = tmp_path / "runs.csv"
    frame.assign(score=texts.str.replace(".", point)).to_csv(path, index=False, sep=separator)
    found, expected = bridle.judge(path, "fresh"), bridle.judge(frame, "fresh")
    pd.testing.assert_frame_equal(found.leaderboard(), expected.leaderboard(), check_exact=True)
    assert found.summary == expected.summary
    given = bridle.judge(frame.assign(score=texts), "fresh")
    pd.testing.assert_frame_equal(given.leaderboard(), expected.leaderboard(), check_exact=True)


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    text = table(some()).to_csv(index=False)
    path.write_text(f"\n,,\n{text}".replace("\n", "\n\n"))
    expected = bridle.judge(table(some()), "fresh").leaderboard()
    pd.testing.assert_frame_equal(bridle.judge(path, "fresh").leaderboard(), expected)


def test_frames_as_people_have_them() -> None:
    frame = table(some())
    expected = bridle.judge(frame, "fresh").leaderboard()
    for form in (
        frame.set_index(["method", "replicate"]),
        frame.to_dict("records"),
        frame.to_dict("list"),
        frame.assign(replicate=frame["replicate"].astype(float)),
        frame.assign(method=pd.Categorical(frame["method"])),
        frame[frame["score"] > 0].set_index(frame.index[::-1]),
    ):
        pd.testing.assert_frame_equal(bridle.judge(form, "fresh").leaderboard(), expected)
    with pytest.raises(UserError, match="two columns 'score'"):
        bridle.judge(pd.concat([frame, frame[["score"]]], axis=1), "fresh")


def test_no_score_at_all() -> None:
    for lower in (False, True):
        found = bridle.judge(
            table({"none": [np.nan] * 3, "l1": [np.nan] * 3}), "fresh", lower_is_better=lower
        )
        assert found.summary == "No run gave a score."
        assert set(found.leaderboard()["verdict"]) == {"baseline", "no verdict"}


def test_sizes_may_stand_in_the_table() -> None:
    frame = table(some())
    given = bridle.judge(frame, "overlapping", sizes=(120, 40)).leaderboard()
    columns = bridle.judge(frame.assign(train_size=120, test_size=40), "overlapping")
    pd.testing.assert_frame_equal(columns.leaderboard(), given)
    with pytest.raises(UserError, match="one whole number of rows"):
        bridle.judge(frame.assign(train_size=120, test_size=frame.index + 1), "overlapping")


def test_it_needs_no_jax(tmp_path: Path) -> None:
    table(some()).to_csv(tmp_path / "runs.csv", index=False)
    program = (
        "import sys, bridle; f = bridle.judge('runs.csv', 'fresh'); f.summary; f.leaderboard(); f.figure();"
        "from bridle.cli import main; main(['judge', 'runs.csv', '--design', 'fresh', '--out', 'o.csv']);"
        "assert not {'jax', 'jaxlib', 'sklearn', 'loky'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True)


def test_runs_are_looked_at_again_at_planned_levels() -> None:
    scores = some()
    early = {m: s[:5] for m, s in scores.items()}
    first = bridle.judge(table(early), "fresh", looks=[5])
    then = bridle.judge(table(scores), "fresh", looks=(5, 8))
    assert isinstance(first, Judged)
    assert isinstance(then, Judged)
    assert first.comparison == compare(early, looks=looked((5,), 3))
    assert then.comparison == compare(scores, looks=looked((5, 8), 3))
    assert then.comparison is not None
    assert then.comparison.looks.earlier == (Look(5, 0.96),)


@pytest.mark.parametrize("looks", [[], [5], [8, 5], [9]])
def test_looks_end_with_what_there_is(looks: list[int]) -> None:
    with pytest.raises(UserError, match=r"looks must end with .* 8 in runs; received"):
        bridle.judge(table(some()), "fresh", looks=looks)


def test_looks_grow() -> None:
    with pytest.raises(
        UserError, match="Every look must have more replicates than the one before, 8; received 8"
    ):
        bridle.judge(table(some()), "fresh", looks=[8, 8])
