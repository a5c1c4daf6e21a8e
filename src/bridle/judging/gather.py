"""From a table of runs to the evidence of each of its data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridle.domains import Integer
from bridle.errors import UserError, shown, unknown, visible
from bridle.judging.columns import ONLY_PREDICTIONS, read_asked
from bridle.judging.evidence import evidence_of
from bridle.judging.predictions import ExampleParts, read_predictions
from bridle.judging.reading import LocatedTable
from bridle.judging.runs import Runs, need_baseline, need_pairs, read_runs
from bridle.judging.scoring import measured
from bridle.judging.sources import STDIN
from bridle.metrics import Metric
from bridle.metrics import metric as read_metric
from bridle.statistics.looks import Looks, looked
from bridle.statistics.margin import Margin
from bridle.verdict.evidence import Evidence
from bridle.wording import Blank, argument, subject

DESIGNS = ("fresh", "fixed_test", "overlapping")
_FILE = argument("predictions", Blank("FILE"))
_SIZES = argument("sizes", (Blank("TRAIN"), Blank("TEST")))


def gather(
    runs: Any,
    design: str | None,
    baseline: str,
    *,
    predictions: Any,
    sizes: Mapping[str, int] | tuple[int, int] | None,
    test_size: int | None,
    margin: Margin | str | float | None,
    lower_is_better: bool | None,
    metric: Metric | str | None,
    looks: Sequence[int] | None,
    columns: Mapping[str, Any] | str | None,
) -> dict[str, Evidence]:
    """Return the evidence of each data set in a table of runs; arguments and errors are those of `bridle.judge`."""
    named, asked = read_asked(columns), Margin.parse(margin)
    table, baseline = _table(runs, named), visible(str(baseline))
    by_dataset, scores = read_runs(table, lower_is_better, asked, scored=metric is None)
    for own in by_dataset.values():
        need_baseline(table.name, own, baseline)
    need_pairs(table, by_dataset, baseline)
    chosen = _design(design, predictions is not None)
    predicted = None
    if predictions is not None:
        if str(predictions) == str(runs) == STDIN:
            raise UserError("Standard input can be the runs or the predictions, not both.")
        predicted = LocatedTable(predictions, "predictions", named, all_asked=False)
    parts = None
    if metric is not None:
        if predicted is None:
            raise _no_predictions()
        by_dataset, scores, parts = measured(predicted, by_dataset, read_metric(metric))
    examples: Mapping[str, ExampleParts] = {}
    notes = list(scores.notes)
    alone = all(len(own.replicates) == 1 for own in by_dataset.values())
    if predicted is not None and (parts is None or chosen != "fresh" or alone):
        examples = read_predictions(predicted, by_dataset, scores, chosen, parts)
        if chosen == "fresh" and any(len(r.replicates) > 1 for r in by_dataset.values()):
            notes.append(f"predictions are not used: with --design {chosen} scores are enough")
        if chosen == "overlapping" and not alone:
            notes.append(_TURNED)
    return {
        name: evidence_of(
            table.name,
            own,
            scores,
            baseline=baseline,
            design=chosen,
            margin=asked,
            examples=examples.get(name),
            sizes=_sizes(table, name, sizes) if chosen == "overlapping" else None,
            test_size=None if test_size is None else Integer(1).check("test_size", test_size),
            notes=tuple(notes),
            looks=_looks(table, name, own, looks),
        )
        for name, own in by_dataset.items()
    }


_TURNED = (
    "rows of splits are used: for learners that a few training rows turn over (one nearest neighbour, a single tree) "
    "intervals are then too narrow; leave their predictions out"
)
"""A warning that no table can show to be unnecessary: docs/evidence/overlapping-splits.md."""


def _no_predictions() -> UserError:
    """Build the error for a metric without predictions to compute it from."""
    return UserError(
        f"A metric is computed from predictions: {_FILE} with the columns method, replicate, example, target and for "
        "each class its probability, p_NAME; for numbers target and prediction. If the scores are losses already, say "
        f"{argument('lower_is_better', True)}."
    )


def _table(runs: Any, named: Mapping[str, Any]) -> LocatedTable:
    """Read the runs; `named` may also hold columns of the predictions."""
    return LocatedTable(runs, "runs", {r: c for r, c in named.items() if r not in ONLY_PREDICTIONS})


def _design(design: str | None, predicted: bool) -> Any:
    """Return the design. It is not guessed if a wrong guess would make intervals too narrow."""
    if design is None:
        if predicted:
            return "fixed_test"
        raise UserError(
            f"What do the replicates have in common? Say {argument('design', 'fresh')} (each has its own test "
            f"examples), fixed_test (all share them; best with {_FILE}) or overlapping (splits of one table; add "
            f"{_SIZES}).",
            argument="design",
            expected=f"one of {', '.join(DESIGNS)}",
        )
    known = str(design).replace("-", "_")
    if known not in DESIGNS:
        raise unknown("design", design, DESIGNS)
    return known


def _looks(
    table: LocatedTable, dataset: str, runs: Runs, given: Sequence[int] | None
) -> Looks | None:
    """Return the looks at a data set's runs."""
    if given is None:
        return None
    there = len(runs.replicates)
    if isinstance(given, int | str):
        raise UserError(
            argument="looks", expected="a list of numbers of replicates", received=given
        )
    if not given or given[-1] != there:
        where = f" of data set {shown(dataset)}" if table.has("dataset") else ""
        raise UserError(
            f"{subject('looks')} must end with the number of replicates there are now, {there} in {table.name}{where}; "
            f"received {','.join(map(str, given)) or 'nothing'}."
        )
    return looked(given, max(len(runs.methods) - 1, 1))


def _sizes(
    table: LocatedTable, dataset: str, given: Mapping[str, int] | tuple[int, int] | None
) -> tuple[int, int]:
    """Return the training and test rows of a data set's splits."""
    if given is not None:
        try:
            one, other = (given["train"], given["test"]) if isinstance(given, Mapping) else given
            train, test = Integer(1).check("sizes", one), Integer(1).check("sizes", other)
        except (TypeError, ValueError, KeyError):
            raise UserError(
                argument="sizes",
                expected="the training and test rows of a split, such as (120, 40)",
                received=given,
            ) from None
        if test > train and not isinstance(given, Mapping):
            raise UserError(
                f"{argument('sizes', (train, test))} means {train:,} training rows and {test:,} test rows. If they are "
                f"interchanged, write {argument('sizes', (test, train))}; if they are meant, "
                f"{argument('sizes', {'train': train, 'test': test})}."
            )
        return train, test
    if not (table.has("train_size") and table.has("test_size")):
        raise UserError(
            f"Overlapping splits need their sizes: {_SIZES}, or the columns 'train_size' and "
            f"'test_size' in {table.name}."
        )
    found = []
    own = (
        slice(None) if not table.has("dataset") else (table.texts("dataset") == dataset).to_numpy()
    )
    for name in ("train_size", "test_size"):
        values = set(table.numbers(name)[own].tolist())
        value = values.pop()
        if values or not (value >= 1 and float(value).is_integer()):
            raise UserError(
                f"{table.name}, column {name!r}: expected one whole number of rows for each data set, "
                f"received {sorted([value, *values])[:3]}."
            )
        found.append(int(value))
    return found[0], found[1]
