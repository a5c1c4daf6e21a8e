"""`judge`: verdicts on runs trained with anything, and ranks over several data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bridle.judging.gather import gather
from bridle.metrics import Metric
from bridle.report import documents, summaries, words
from bridle.report.recommendation import Recommendation, recommendation
from bridle.statistics import Comparison
from bridle.statistics.margin import Margin
from bridle.verdict import frames
from bridle.verdict.answer import Answer, conclude
from bridle.verdict.several import over

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import Console


class Judged:
    """Runs of one data set, compared with a baseline.

    Attributes:
        answer: the answer that follows from them.
    """

    def __init__(self, answer: Answer) -> None:
        """Hold an answer."""
        self.answer = answer

    def __repr__(self) -> str:
        return f"Judged({self.answer.evidence.name}: {', '.join(self.answer.evidence.methods)})"

    def _repr_html_(self) -> str:
        from bridle.report.notebook import of_answer

        return of_answer(self.answer, "judged.leaderboard()")

    @property
    def baseline(self) -> str:
        """The method that the others are compared with."""
        return self.answer.baseline

    @property
    def comparison(self) -> Comparison | None:
        """The statistics; None if the baseline is alone."""
        return self.answer.comparison

    @property
    def conditional(self) -> bool:
        """Whether the verdicts hold for one test set only: for other trainings, but not for other test examples."""
        return documents.conditional(self.answer)

    def leaderboard(self) -> pd.DataFrame:
        """Return one row for each method, best first: the columns of `leaderboard.csv` that apply.

        Scores are as the table has them; differences are positive where a method is better.
        """
        return frames.leaderboard(self.answer)

    def sentences(self) -> list[str]:
        """Return the answer in words, sentence by sentence."""
        return words.sentences(self.answer)

    @property
    def summary(self) -> str:
        """The answer in words."""
        return "\n".join(self.sentences())

    @property
    def recommendation(self) -> Recommendation | None:
        """What to use now, with its risk; None if there is nothing to choose from."""
        return recommendation(self.answer)

    def figure(self) -> Figure:
        """Draw the differences to the baseline with their intervals.

        Raises:
            UserError: nothing was compared.
        """
        from bridle.report.figures.registry import differences_figure

        return differences_figure(self.answer)

    def show(self, console: Console) -> None:
        """Print the answer: words, table, what to do next.

        Args:
            console: where to print.
        """
        from bridle.report.terminal import show

        show(self.answer, console, page="", details=True)

    def rendered(self, form: str) -> bytes:
        """Return what the runs say as a document; result and errors as of `Study.rendered`.

        Args:
            form: `md`, `latex`, `json` or `pdf`.
        """
        from bridle.report.forms import rendered
        from bridle.report.manuscript.content import of_runs

        return rendered(form, lambda pictures: of_runs(self.answer, pictures), self.document)

    def document(self) -> dict[str, Any]:
        """Return what programs want to know."""
        return documents.of_runs(self.answer)


class JudgedDatasets:
    """Runs of several data sets, each compared with the baseline, and ranks over all of them.

    Attributes:
        datasets: the judged runs of each data set.
        several: their answers, and the ranks.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        """Rank the methods over the data sets."""
        self.datasets = {name: Judged(answer) for name, answer in answers.items()}
        titles = {name: answer.evidence.name for name, answer in answers.items()}
        self.several = over(answers, titles)

    def __repr__(self) -> str:
        return f"JudgedDatasets({', '.join(self.datasets)})"

    def _repr_html_(self) -> str:
        from bridle.report.notebook import of_several

        return of_several(self.several)

    @property
    def baseline(self) -> str:
        """The method that the others are compared with."""
        return self.several.baseline

    def leaderboard(self) -> pd.DataFrame:
        """Return the leaderboards of all data sets, one below the other, with a column `dataset`."""
        return frames.leaderboards(self.several)

    def ranks(self) -> pd.DataFrame:
        """Return one row for each method, by average rank; without `rank` where no data set allows one.

        Columns: `rank`, `method`, `average_rank`, `p` (adjusted, against the baseline), `standing`
        (`better`, `worse`, `not told apart`, `no test`, `baseline`), and on how many data sets it
        `helps`, `hurts`, makes `no practical difference`, is `undecided` or without verdict.
        """
        return frames.ranks(self.several)

    def sentences(self) -> list[str]:
        """Return the answer in words: over all data sets first, then for each."""
        return [*summaries.over_datasets(self.several), *summaries.each(self.several)]

    @property
    def summary(self) -> str:
        """The answer in words."""
        return "\n".join(self.sentences())

    def figure(self) -> Figure:
        """Draw the critical-difference diagram.

        Raises:
            UserError: there is nothing to rank.
        """
        from bridle.report.figures.registry import ranks_figure

        return ranks_figure(self.several)

    def show(self, console: Console) -> None:
        """Print the ranks over data sets, then the answer for each.

        Args:
            console: where to print.
        """
        from bridle.report.terminal import show_several

        show_several(self.several, console, details=True)

    def rendered(self, form: str) -> bytes:
        """Return what the runs say as a document; result and errors as of `Study.rendered`.

        Args:
            form: `md`, `latex`, `json` or `pdf`.
        """
        from bridle.report.forms import rendered
        from bridle.report.manuscript.content import of_several

        return rendered(
            form, lambda pictures: of_several(self.several, None, pictures), self.document
        )

    def document(self) -> dict[str, Any]:
        """Return what programs want to know."""
        answers = self.several.answers
        return {
            "design": next(iter(answers.values())).evidence.design,
            "baseline": self.baseline,
            "summary": self.sentences(),
            "leaderboard": self.leaderboard().to_dict("records"),
            "margin": {name: documents.margin(answer) for name, answer in answers.items()},
            "on_this_test_set": {
                name: documents.conditional(answer) for name, answer in answers.items()
            },
            "ranks": self.ranks().to_dict("records"),
        }


def judge(
    runs: Any,
    design: str | None = None,
    baseline: str = "none",
    *,
    predictions: Any = None,
    sizes: Mapping[str, int] | tuple[int, int] | None = None,
    test_size: int | None = None,
    margin: Margin | str | float | None = None,
    lower_is_better: bool | None = None,
    metric: Metric | str | None = None,
    looks: Sequence[int] | None = None,
    columns: Mapping[str, Any] | str | None = None,
) -> Judged | JudgedDatasets:
    """Say which methods help, from a table of runs that were trained with any software.

    The statistics are those of a study (`docs/statistics.md`).

    Args:
        runs: a DataFrame (of pandas, polars, PyArrow or whatever narwhals reads) or a CSV file (`-` is standard
            input): one row a run with the columns `method`, `replicate`, `score`; optionally `dataset`,
            `hyperparameters` and `val_score`. See `docs/formats.md`.
        design: what the replicates have in common: `"fresh"` (each has its own test examples),
            `"fixed_test"` (all share them; without `predictions` the answer is limited to this test set) or
            `"overlapping"` (splits of one table; needs sizes, and intervals of accuracies are half as wide with
            `predictions`). The default is fixed_test if there are predictions.
        baseline: the method that the others are compared with.
        predictions: a DataFrame or a CSV file: one row for each run and test example, with the
            columns `method`, `replicate`, `example` (on overlapping splits the row of the table) and `correct` or
            `score`; other columns with a metric.
        sizes: (training rows, test rows) of every split; or the columns `train_size`, `test_size`. If there
            are more test rows than training rows: `{"train": 40, "test": 120}`.
        test_size: number of test examples in every replicate. It bounds from below how much accuracies vary by chance,
            and with it the answer on a fixed test set holds for new examples too. See `docs/statistics.md`.
        margin: how large a difference must be to matter: `"10%"` of the baseline's error or loss (the
            default), `"0.5pt"` (percentage points), or a number in the score's unit.
        lower_is_better: True if scores are losses or errors, False if not. By default the table's metric or the name of
            its score column says so, if it is a usual one; a column `score` is higher.
        metric: what to score predictions by, such as `"log-loss"` or `"rmse"`, instead of the runs' scores. Then
            `predictions` has the columns `target` and for each class its probability, `p_NAME`; for numbers `target`
            and `prediction`, or `target_NAME` and `prediction_NAME` for each of several. If examples do not all count
            alike, a column `weight` holds their weights.
        looks: the numbers of replicates at each look, if replicates were added after a look; the present
            one last, such as `(10,)` and then `(10, 30)`. By default this is the only look.
        columns: the columns by role, if they have other names:
            `{"method": "model", "replicate": "seed", "score": "test/acc"}`.

    Returns:
        The verdicts: `leaderboard()`, `summary`, `figure()`; for several data sets also `ranks()`.

    Raises:
        UserError: something cannot be read, or does not fit; the message says where and what to do.
    """
    found = gather(
        runs,
        design,
        baseline,
        predictions=predictions,
        sizes=sizes,
        test_size=test_size,
        margin=margin,
        lower_is_better=lower_is_better,
        metric=metric,
        looks=looks,
        columns=columns,
    )
    answers = {name: conclude(evidence) for name, evidence in found.items()}
    if len(answers) == 1:
        return Judged(next(iter(answers.values())))
    return JudgedDatasets(answers)
