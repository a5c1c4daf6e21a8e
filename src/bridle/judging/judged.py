"""The verdicts on one data set's runs, as a study would give them."""

from __future__ import annotations

import functools
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.judging.runs import Runs
from bridle.judging.scores import Scores
from bridle.report import settings
from bridle.report.answer import Answer, Row, row
from bridle.report.numbers import DASH, Measure, measure, number
from bridle.report.words import sentences
from bridle.statistics import Comparison, compare, failed
from bridle.statistics.best import in_order
from bridle.statistics.checks import Floats
from bridle.statistics.designs import Design
from bridle.statistics.looks import Looks
from bridle.statistics.margin import Margin

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Judged:
    """Runs compared with a baseline.

    Attributes:
        source: where the runs come from, as people call it.
        runs: the selected ones.
        baseline: the method that the others are compared with.
        design: what replicates have in common.
        comparison: the statistics; None where the baseline is alone.
    """

    def __init__(
        self,
        source: str,
        runs: Runs,
        scores: Scores,
        *,
        baseline: str,
        design: Design,
        margin: Margin,
        examples: Mapping[str, Floats] | None = None,
        sizes: tuple[int, int] | None = None,
        test_size: int | None = None,
        notes: Sequence[str] = (),
        looks: Looks | None = None,
    ) -> None:
        """Compare.

        Args:
            source: where the runs come from.
            runs: of one data set, the baseline among them.
            scores: what their scores are.
            baseline: the method that the others are compared with.
            design: what replicates have in common.
            margin: how large a difference must be to matter.
            examples: for each method [replicates, examples]; without them a fixed test set's scores speak of it only.
            sizes: (training rows, test rows); needed for overlapping splits.
            test_size: test examples of every replicate, where they are known.
            notes: what a reader should know.
            looks: how the runs are looked at, where it is more than once.

        Raises:
            UserError: the statistics refuse an argument.
        """
        self.source, self.runs, self.baseline, self.design = source, runs, baseline, design
        self._measure, self._scale, self._notes = _measure(scores), scores.scale, tuple(notes)
        used = examples if design == "fixed_test" or len(runs.replicates) == 1 else None
        # the mean of the examples is the score, without the rounding of a table
        self._scores = {m: v.mean(axis=1) for m, v in used.items()} if used else dict(runs.scores)
        self._finished = {m: int((~np.isnan(v)).sum()) for m, v in self._scores.items()}
        self.comparison: Comparison | None = None
        if len(runs.methods) > 1:
            self.comparison = compare(
                self._scores,
                design,
                baseline,
                examples=used,
                sizes=sizes,
                test_size=test_size,
                margin=margin,
                error=scores.scale,
                looks=looks,
                inert=runs.inert,
            )

    def __repr__(self) -> str:
        return f"Judged({self.name}: {', '.join(self.runs.methods)})"

    @property
    def name(self) -> str:
        """What is judged: the data set, or where its runs come from."""
        return self.runs.dataset.partition("(")[0] or _title(self.source)

    @property
    def conditional(self) -> bool:
        """Whether the verdicts speak of one test set only: of other trainings, but not of other examples."""
        return self.comparison is not None and self.comparison.conditional

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods, the baseline among them."""
        return tuple(self.runs.methods)

    def placed(self) -> dict[str, float]:
        """Return the score that each method is placed by, higher is better; see `Comparison.placed`."""
        means = self._means()
        return means if self.comparison is None else self.comparison.placed(means)

    def _means(self) -> dict[str, float]:
        """Return the mean score of each method, higher is better; NaN where no run has one."""
        return {
            method: float(np.nanmean(values)) if self._finished[method] else math.nan
            for method, values in self._scores.items()
        }

    def leaderboard(self) -> pd.DataFrame:
        """Return one row for each method, best first: the columns of `leaderboard.csv` that apply.

        Scores are as the table has them; differences are positive where a method is better.
        """
        return self._full()[self._columns()]

    def _full(self) -> pd.DataFrame:
        """Return the leaderboard with all columns."""
        import pandas as pd

        means, sign = self._means(), -1.0 if self._measure.lower else 1.0
        rows = []
        for method in self.runs.methods:
            row: dict[str, Any] = {
                "method": method,
                "hyperparameters": self._most_chosen(method),
                "metric": self._measure.metric,
                "score": sign * means[method],
                "difference": math.nan,
                "difference_low": math.nan,
                "difference_high": math.nan,
                "wins": pd.NA,
                "train_score": self.runs.train_scores.get(method, math.nan),
                "exact_zeros": self.runs.exact_zeros.get(method, math.nan),
                "replicates": self._finished[method],
                "failed": int(failed(self._scores[method], self._scale).sum()),
                "verdict": "baseline" if method == self.baseline else "no verdict",
            }
            if self.comparison is not None and method != self.baseline:
                row |= self.comparison.row(method)
            row["gap"] = sign * (row["train_score"] - row["score"])
            rows.append(row)
        by_method = {row["method"]: row for row in rows}
        ranks = in_order(self.placed())
        frame = pd.DataFrame([{"rank": rank, **by_method[m]} for m, rank in ranks.items()])
        return frame.astype({"rank": "Int64", "wins": "Int64"})

    @functools.cached_property
    def answer(self) -> Answer:
        """What was found, as words, table and figures take it."""
        runs = self.runs
        rows = tuple(self._row(entry) for entry in self._full().to_dict("records"))
        missing = {
            method: tuple(
                r for r, score in zip(runs.replicates, values, strict=True) if np.isnan(score)
            )
            for method, values in self._scores.items()
        }
        return Answer(
            name=self.name,
            measure=self._measure,
            methods=runs.methods,
            baseline=self.baseline,
            design=self.design,
            replicates=len(runs.replicates),
            folder="",
            seed=None,
            notes=self._notes,
            comparison=self.comparison,
            rows=rows,
            chance=None,
            runs=runs.rows,
            planned_runs=runs.rows,
            seconds=math.nan,
            diverged={},
            missing={method: which for method, which in missing.items() if which},
            at_edge={},
            configurations={method: len(tried) for method, tried in runs.tried.items()},
            grids={},
            chosen={},
            names={method: method for method in runs.methods},
        )

    @property
    def summary(self) -> str:
        """What the runs allow one to say, in words."""
        return "\n".join(sentences(self.answer))

    def figure(self) -> Figure:
        """Draw the differences to the baseline with their intervals.

        Raises:
            UserError: nothing was compared.
        """
        from bridle.errors import UserError
        from bridle.report.draw.differences import draw
        from bridle.report.figures.base import NotShownError
        from bridle.report.figures.differences import record

        try:
            return draw(record(self.answer, self._scores))
        except NotShownError as reason:
            raise UserError(f"There is no figure: {reason}.") from None

    def _columns(self) -> list[str]:
        """Return the leaderboard's columns, without those of which the table knows nothing."""
        columns = ["rank", "method", "hyperparameters", "metric", "score", "difference"]
        columns += ["difference_low", "difference_high", "wins", "train_score", "gap"]
        columns += ["exact_zeros", "replicates", "failed", "verdict"]
        unknown = set()
        if not self.runs.tried:
            unknown.add("hyperparameters")
        if not self.runs.train_scores:
            unknown |= {"train_score", "gap"}
        if not self.runs.exact_zeros:
            unknown.add("exact_zeros")
        return [column for column in columns if column not in unknown]

    def _most_chosen(self, method: str) -> str:
        """Return the hyperparameters chosen in most replicates; of several, those that were first in the table."""
        tried = self.runs.tried.get(method, [])
        counts = Counter(self.runs.settings.get(method, {}).values())
        return min(counts, key=lambda text: (-counts[text], list(tried).index(text)), default="")

    def _row(self, entry: Mapping[Any, Any]) -> Row:
        method = str(entry["method"])
        counts = Counter(self.runs.settings.get(method, {}).values())
        most = str(entry["hyperparameters"])
        tried = self.runs.tried.get(method, [])
        others = tuple((setting(t, tried), n) for t, n in counts.most_common() if t != most)
        return row(
            entry,
            self.comparison,
            name=method,
            setting=setting(most, tried),
            times=counts[most],
            other_settings=others,
        )


def setting(text: str, tried: Sequence[str]) -> str:
    """Write a setting in a few words: of JSON only what differs between settings, else as it stands."""
    if not text:
        return DASH
    flats = [_object(one) for one in tried]
    chosen = _object(text)
    if chosen is None or any(flat is None for flat in flats):
        return text
    values = [flat for flat in flats if flat is not None]
    keys = [key for key in chosen if any(flat.get(key) != chosen[key] for flat in values)]
    if len(tried) < 2:
        keys = list(chosen)
    return ", ".join(f"{settings.name(k, keys)} {number(chosen[k])}" for k in keys) or DASH


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _title(source: str) -> str:
    """Return what a table is called above its answer: a file's name without its endings."""
    path = Path(source)
    pipe = path.parts[:2] in (("/", "dev"), ("/", "proc"))
    return "runs" if pipe else path.stem.removesuffix(".csv")


def _measure(scores: Scores) -> Measure:
    """Return how scores are written: fractions and percent in percent, others in their own unit."""
    if scores.known:
        return measure(scores.known)
    if scores.scale == "accuracy":
        return Measure(scores.metric, 100.0, " %", "points", span=1.0)
    if scores.scale == "percent":
        return Measure(scores.metric, 1.0, " %", "points", span=100.0)
    # as many decimals as leave three digits of the largest score
    digits = 0 if scores.largest == 0 else math.floor(math.log10(scores.largest))
    decimals = min(max(2 - digits, 1), 3)
    negated = scores.scale == "loss" and not scores.lower
    return Measure(scores.metric, 1.0, "", "", decimals, scores.lower, negated=negated)
