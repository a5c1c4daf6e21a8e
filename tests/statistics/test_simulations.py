"""How often the statistics err, counted in studies whose truth is known (small; see benchmarks)."""

import pytest
from benchmarks import simulate_grouped_signal as grouped_signal
from benchmarks import simulate_more_replicates as more_replicates
from benchmarks import simulate_ranks as ranks
from benchmarks import simulate_signal as signal
from benchmarks import simulate_small as small
from benchmarks import simulate_statistics as simulate
from scipy import stats

pytestmark = pytest.mark.slow

STUDIES = 1000


@pytest.mark.parametrize(
    ("world", "replicates"),
    [
        (world, replicates)
        for world in simulate.WORLDS
        for replicates in (5, 10, 30)
        if "wild" not in world  # a stated limit, see docs/evidence/intervals.md
        and (replicates < 30 or "fixed" not in world or "both" in world)  # in the large version
    ],
)
def test_coverage_and_family_wise_error(world: str, replicates: int) -> None:
    studies = 400 if replicates == 30 and "fixed" in world else STUDIES
    found = simulate.null_study(world, replicates, 8, studies, seed=1, more=False)
    coverage = found.covered / found.intervals
    # few trainings and many examples, and splits that are less alike than is allowed for
    cautious = "overlapping" in world or ("fixed" in world and replicates < 10)
    assert 0.93 <= coverage <= (1.0 if cautious else 0.97)
    assert found.wrong <= stats.binom.ppf(0.999, studies, 0.05)


@pytest.mark.parametrize("world", ["fresh, unequal variances", "fixed test, both sources"])
def test_the_best_stays_in_the_leading_group(world: str) -> None:
    found = simulate.null_study(world, 10, 5, STUDIES if "fresh" in world else 300, seed=2)
    assert found.studies - found.best <= stats.binom.ppf(0.999, found.studies, 0.05)


def test_replicates_alone_cover_too_rarely() -> None:
    assert simulate.null_study("fixed test, both sources", 10, 4, 200).naive < 0.88 * 800
    split = simulate.null_study("overlapping, real learners", 10, 4, 200)
    assert split.naive < 0.88 * 800
    assert split.flips > 0.12 * 800


@pytest.mark.parametrize("learner", signal.LEARNERS)
def test_splits_of_a_table_without_signal(learner: str) -> None:
    for found in signal.count(signal.learned(learner, 10, 100), (2, 10)).values():
        assert found.found <= stats.binom.ppf(0.999, 100, 0.05)
        assert found.held >= stats.binom.ppf(0.001, 100, 0.95)


def test_methods_together_find_more_signal_than_each_with_a_share_of_the_error() -> None:
    found = signal.count(signal.learned("all", 5, 60, 0.5), (5,))[5]
    assert found.found > found.before + 8


def test_a_new_seed_keeps_the_error_of_a_second_look() -> None:
    found = more_replicates.looked_again(10, 6000)
    assert found.new <= stats.binom.ppf(0.999, found.undecided, 0.05)
    bound = stats.binom.ppf(0.999, found.nearly, 0.05)
    assert found.nearly_new <= bound < found.nearly_same


@pytest.mark.parametrize("world", ranks.WORLDS)
@pytest.mark.parametrize("methods", [2, 5])
def test_equal_methods_keep_their_ranks(world: str, methods: int) -> None:
    found = ranks.null_tables(world, 8, methods, 300, seed=1)
    assert found.wrong <= stats.binom.ppf(0.999, 300, 0.05)


def test_more_data_sets_find_the_better_method_and_no_other() -> None:
    few, many = (ranks.better(2.0, n, 5, 200, seed=1) for n in (6, 20))
    assert few.found < many.found
    assert many.found >= 0.9 * many.tables
    assert max(few.wrong, many.wrong) <= stats.binom.ppf(0.999, 200, 0.05)


@pytest.mark.parametrize(
    ("kind", "world", "replicates", "textbook_errs"),
    [
        ("ties", "24 examples, test size told", 3, True),
        ("ties", "24 examples, read off the scores", 10, False),
        ("ties", "100 examples near 1, not told", 2, True),
        ("ties", "splits near 1", 10, False),
        ("ties", "30 examples, rounded", 2, True),
        ("few", "both large", 2, True),
        ("few", "both large", 3, True),
        ("few", "trainings dominate", 2, True),
        ("few", "both sources, scores and test size", 5, True),
        ("skew", "normal", 10, False),
        ("unstable", "stumps 180/20", 10, True),
        ("unstable", "nearest neighbour 190/10", 10, False),
        ("unstable", "breast cancer, ridge 90/30", 5, False),
    ],
)
def test_hard_studies_keep_their_error(
    kind: str, world: str, replicates: int, textbook_errs: bool
) -> None:
    studies = 120 if kind == "unstable" else 200
    found = small.simulate(kind, world, replicates, 4, studies, seed=3)
    bound = stats.binom.ppf(0.999, studies, 0.05)
    assert found.wrong <= bound
    assert (found.textbook > bound) >= textbook_errs


def test_a_long_tail_costs_less_error_and_little_width() -> None:
    tail = small.simulate("skew", "exponential", 20, 8, 500)
    assert tail.wrong < 0.75 * tail.textbook
    normal = small.simulate("skew", "normal", 20, 8, 200)
    assert normal.width < 1.04


def test_rows_of_a_group_are_not_taken_for_signal() -> None:
    by_group, by_row = grouped_signal.shares((60, "1 to 20", 0.9), 5, 100)
    assert by_group <= stats.binom.ppf(0.999, 100, 0.05) / 100
    assert by_row > 0.2
