"""What ending runs early would save and change: rules replayed on curves that are made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from benchmarks.halving import row, scores, table
from benchmarks.halving_pool import METHODS, planned
from benchmarks.halving_rules import Bracket, Fewer, Rule, brackets, predicting
from benchmarks.protocol_pool import REDRAWN
from benchmarks.protocol_sets import DRAWS
from hypothesis import given
from hypothesis import strategies as st

EPOCHS = 9
SEEDS = st.integers(0, 2**32 - 1)


def shuffled(seed: int) -> list[int]:
    """The numbers from 0 to 8 in any order."""
    return [int(number) for number in np.random.default_rng(seed).permutation(9)]


def bracket(scores: object, lengths: object = None) -> Bracket:
    """A bracket of nine runs with these validation scores `[9, EPOCHS]`; the test score is 1 less."""
    values = np.asarray(scores, float)
    final = np.stack([values[:, -1], -values[:, -1], values[:, -1] - 1], axis=1)
    own = np.full(9, EPOCHS) if lengths is None else np.asarray(lengths)
    return Bracket(values, -values, own, np.repeat([0, 1, 2], 3), final)


def steady(order: list[int]) -> Bracket:
    """A bracket with runs whose scores never change: their places in the order of merit."""
    return bracket(np.repeat(np.asarray(order, float)[:, None], EPOCHS, axis=1))


@given(SEEDS)
def test_the_best_go_on_and_the_others_end_at_the_rungs(seed: int) -> None:
    order = shuffled(seed)
    going, trained = Rule((1 / 3, 2 / 3), (5, 3)).of(steady(order), "l2")
    assert {order[run] for run in np.flatnonzero(going)} == {6, 7, 8}
    assert trained == 9 * 3 + 5 * 3 + 3 * 3


def test_a_run_that_improves_late_is_lost_unless_its_rate_is_kept() -> None:
    scores = np.repeat(np.arange(9.0)[:, None], EPOCHS, axis=1)
    scores[1, 5:] = 20.0
    scores[1, :5] = 2.5  # the best of the lowest rate, and behind those of the others
    one = bracket(scores)
    assert one.best() == 1
    assert not Rule((1 / 3,), (3,)).of(one, "l2")[0][1]
    kept, trained = Rule((1 / 3,), (3,), each_rate=True).of(one, "l2")
    assert kept[1]
    assert one.best(kept) == 1
    assert trained == 9 * 3 + kept.sum() * 6
    assert Rule((2 / 3,), (3,)).of(one, "l2")[0][1]


def test_smoothing_averages_the_last_fifth_of_the_epochs_so_far() -> None:
    scores = np.zeros((9, 90))
    scores[0, 29] = 1.0
    scores[1, 24:30] = 0.5
    one = Bracket(scores, -scores, np.full(9, 90), np.zeros(9, int), np.zeros((9, 3)))
    assert Rule((1 / 3,), (1,)).of(one, "l2")[0].tolist().index(True) == 0
    assert Rule((1 / 3,), (1,), smoothed=True).of(one, "l2")[0].tolist().index(True) == 1


def test_runs_that_end_by_themselves_save_no_epochs_that_they_would_not_have_trained() -> None:
    lengths = [2, 4, 9, 9, 9, 9, 9, 9, 9]
    one = bracket(steady([8, 7, 6, 5, 4, 3, 2, 1, 0]).scores, lengths)
    going, trained = Rule((1 / 3,), (3,)).of(one, "early_stopping")
    assert np.flatnonzero(going).tolist() == [0, 1, 2]
    assert trained == 2 + 8 * 3 + 1 + 6


@pytest.mark.parametrize("smoothed", [True, False])
@pytest.mark.parametrize("by", ["score", "loss"])
@given(seed=SEEDS)
def test_a_rule_that_keeps_all_changes_nothing(seed: int, smoothed: bool, by: str) -> None:
    order = shuffled(seed)
    one = steady(order)
    going, trained = Rule((1 / 4, 1 / 2), (9, 9), by, smoothed).of(one, "l2")
    assert going.all()
    assert trained == 9 * EPOCHS


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(0, 5))
def test_a_run_that_stops_early_predicts_with_the_lowest_loss_so_far(
    losses: list[float], further: int
) -> None:
    epochs = len(losses) + further
    by_hand = [int(np.argmin(losses[: min(epoch, len(losses))])) for epoch in range(1, epochs + 1)]
    assert predicting(losses, epochs, stops=True).tolist() == by_hand
    last = [min(epoch, len(losses)) - 1 for epoch in range(1, epochs + 1)]
    assert predicting(losses, epochs, stops=False).tolist() == last


def pool() -> pd.DataFrame:
    """Runs of two data sets: scores rise in a line to a random end, which the test score equals."""
    random = np.random.default_rng(0)
    rows = []
    for name in ("one", "two"):
        for run in planned(0.01, EPOCHS, 4, ("none", "l2")):
            end = random.uniform(0.5, 0.9)
            curve = np.linspace(end / EPOCHS, end, EPOCHS)
            rows.append(
                {
                    "dataset": name, "method": run.method, "configuration": run.configuration,
                    "rate": run.rate, "split": run.split, "epochs": EPOCHS, "epochs_run": EPOCHS,
                    "val_scores": curve, "val_losses": 1 - curve,
                    "val_score": end, "val_loss": 1 - end, "test_score": end,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_curves_that_never_cross_lose_nothing() -> None:
    found = dict(brackets(pool()))
    cells = row(found, Rule((1 / 3, 2 / 3), (5, 3), smoothed=True))
    assert cells[1:] == ("37%", "0%", *["+0.00 ± 0.00"] * 5)


def test_fewer_configurations_lose_what_the_best_of_them_is_behind() -> None:
    found = dict(brackets(pool()))
    rule = Fewer("half", tuple(range(4)), tuple(range(9)))
    lost = [
        100 * (own.final[:4, 2].max() - own.final[:, 2].max())
        for (_, method, _), own in found.items()
        if method == "l2"
    ]
    assert row(found, rule)[3].startswith(f"{np.mean(lost):+.2f}".replace("-", "−"))
    assert row(found, rule)[4] == "+0.00 ± 0.00"


def test_the_table_has_a_line_for_each_rule() -> None:
    rules = (Rule((1 / 3,), (3,), each_rate=True), Fewer("some", (0, 1), (0, 1)))
    lines = table(pool(), rules).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| 3 after 33%; by score, each rate",
        "| some",
    ]


def test_scores_are_means_of_the_chosen_runs() -> None:
    runs = pool()
    best = runs.loc[runs.groupby(["dataset", "method", "split"])["val_score"].idxmax()]
    mean = 100 * best.groupby(["dataset", "method"])["test_score"].mean()
    head, _, *lines = (line.strip("| ").split(" | ") for line in scores(runs).splitlines())
    assert head == ["data set", "epochs", "none", "l2", "undertrained"]
    for name, line in zip(("one", "two"), lines, strict=True):
        expected = [f"{mean[name, method]:.1f}" for method in ("none", "l2")]
        assert line[:4] == [name, str(EPOCHS), *expected]


def test_a_pool_holds_the_runs_of_default_comparisons_and_of_a_method_that_does_nothing() -> None:
    runs = planned(0.001, 60, 2, METHODS)
    counted = pd.Series([run.method for run in runs]).value_counts()
    assert counted.to_dict() == dict.fromkeys((*METHODS, REDRAWN), 18)
    nothing = [run for run in runs if run.method == REDRAWN]
    rates = {run.spec.learning_rate for run in runs if run.method == "l2"}
    assert {run.spec.learning_rate for run in nothing} == rates
    assert all(run.spec.replicate // DRAWS == run.split for run in runs)
    assert all(run.spec.replicate % DRAWS for run in nothing)


@pytest.mark.parametrize("method", ["none", "l2"])
def test_runs_stand_in_plan_order(method: str) -> None:
    found = dict(brackets(pool()))
    assert found["one", method, 0].rates.tolist() == (
        list(range(9)) if method == "none" else [0, 0, 0, 1, 1, 1, 2, 2, 2]
    )
