"""What the columns of a table are for: targets, features, groups, times, weights, parts of a split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data import parts
from bridle.data.dataset import Floats, Integers, Targets
from bridle.data.parts import PARTS, of_list
from bridle.data.target_columns import common, known, targets_in
from bridle.data.targets import example_weights, targets
from bridle.domains import Choice
from bridle.errors import Unquoted, UserError, listed_names, shown
from bridle.numbers import many
from bridle.tables import cells
from bridle.tables.column import DeclaredKind
from bridle.tables.columns import describe
from bridle.tables.preparation import SCALINGS
from bridle.tables.raw import RawTable
from bridle.tables.texts import codes
from bridle.tasks import Task
from bridle.wording import argument


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are for, by their names.

    Attributes:
        target: what is predicted, one column or several.
        drop: left out.
        features: what is predicted from; by default all other columns.
        group: rows with the same value stay in the same part.
        time: rows are split in this order: training before validation before test.
        weights: how much each row counts.
        split: a column that says `train`, `validation` or `test` of each row, or numbers its fold; or a list of
            `(train, test)` row numbers.
        types: the kinds of columns, such as `{"zip": "category"}`.
        scaling: how numbers are scaled.
        held_out: the number of last rows that are the test rows, because they come from a table of their own.
    """

    target: Sequence[str] = ()
    drop: Sequence[str] = ()
    features: Sequence[str] = ()
    group: str | None = None
    time: str | None = None
    weights: str | None = None
    split: Any = None
    types: Mapping[str, str] = field(default_factory=dict)
    scaling: str = "standard"
    held_out: int = 0

    def only(self, kept: NDArray[np.bool_]) -> Roles:
        """Return the roles of a table with some of its rows; those that name rows are translated."""
        held_out = int(kept[len(kept) - self.held_out :].sum()) if self.held_out else 0
        split = self.split
        if split is not None and not isinstance(split, str):
            split = parts.of_codes(of_list(split, len(kept))[:, kept])
        return replace(self, held_out=held_out, split=split)


class NoTargetError(UserError):
    """A table was given without the column to predict.

    Attributes:
        columns: the names of its columns.
    """

    def __init__(self, table: RawTable) -> None:
        """Advise the column that is called so, or the last one."""
        usual = [n for n in table.columns if n.casefold() in ("target", "label", "class", "y")]
        likely = (usual or list(table.columns))[-1]
        super().__init__(
            f"{table.source} holds {many(len(table.columns), 'column')}: {listed_names(table.columns)}. Name the one "
            f"to predict: {argument('target', likely)}.",
            further={"target": likely} if usual else None,
        )
        self.columns = tuple(table.columns)


@dataclass(frozen=True, eq=False)
class Found:
    """What a table holds for the roles of its columns, as `bridle.data.tabular.TableRows` has it.

    `rows` are the numbers of those that are used; None if all are.
    """

    features: tuple[str, ...]
    types: Mapping[str, DeclaredKind]
    targets: Targets
    task: Task
    weights: Floats | None
    groups: Integers | None
    given: NDArray[np.int8] | None
    notes: tuple[str, ...]
    rows: NDArray[np.int64] | None = None


def found_in(
    table: RawTable, roles: Roles, task: str | None, class_weight: Any, y: Any, sample_weight: Any
) -> Found:
    """Find the columns of each role.

    Raises:
        UserError: a column does not exist, has two roles, or does not suit its role.
    """
    Choice(SCALINGS).check("scaling", roles.scaling)
    target = [table.name(name, "target") for name in roles.target]
    if y is None and not target:
        raise NoTargetError(table)
    single = {
        role: table.name(name, role)
        for role, name in (
            ("group", roles.group),
            ("time", roles.time),
            ("weights", roles.weights),
            ("split", roles.split if isinstance(roles.split, str) else None),
        )
        if name is not None
    }
    taken = dict.fromkeys(target, "target")
    for role, name in single.items():
        if name in taken and {role, taken[name]} != {"group", "split"}:
            raise UserError(f"Column {shown(name)} cannot be both {taken[name]} and {role}.")
        taken[name] = role
    dropped = [table.name(name, "drop") for name in roles.drop]
    if twice := [name for name in dropped if name in target]:
        raise UserError(f"Column {shown(twice[0])} is the target and cannot be dropped.")
    asked = [table.name(name, "features") for name in roles.features]
    if twice := [name for name in asked if taken.get(name, "time") != "time"]:
        raise UserError(f"Column {shown(twice[0])} is the {taken[twice[0]]} and no feature.")
    # networks do not extrapolate, so the time is a feature only if that is asked for
    used = [
        name
        for name in table.columns
        if (name not in taken or name in asked) and name not in dropped
    ]
    types = {
        table.name(name, "types"): DeclaredKind.read(name, text)
        for name, text in roles.types.items()
    }

    def without(kept: NDArray[np.bool_], lost: str) -> Found:
        """Return what some of the rows hold, with a sentence on the others."""
        weights = None if sample_weight is None else np.asarray(sample_weight)[kept]
        fewer = found_in(table.only(kept), roles.only(kept), task, class_weight, y, weights)
        rows = np.flatnonzero(kept)
        rows = rows if fewer.rows is None else rows[fewer.rows]
        return replace(fewer, notes=(lost, *fewer.notes), rows=rows)

    if y is None and (there := known(table, target, types, roles.held_out)) is not None:
        return without(*there)
    learned, what, notes = (
        targets_in(table, target, task, types) if y is None else targets(y, table.rows, task)
    )
    if y is None and (fit := common(table, target[0], learned, what)) is not None:
        return without(*fit)
    weights = sample_weight
    if "weights" in single:
        weights = _weights(table, single["weights"])
    groups = _groups(table, single["group"]) if "group" in single else None
    given, said = _given(table, roles, single, groups)
    return Found(
        tuple(name for name in used if name in asked) if asked else tuple(used),
        types,
        learned,
        what,
        example_weights(weights, class_weight, learned, what),
        groups,
        given,
        (*notes, *said),
    )


def _weights(table: RawTable, name: str) -> NDArray[np.float64]:
    column = describe(table, name, DeclaredKind("number"))
    bad = ~(column.data >= 0)
    if bad.any():
        row = int(np.argmax(bad))
        value = column.data[row]
        raise UserError(
            argument=f"The weights {shown(name)} of {table.source}",
            verb="hold",
            expected="numbers of 0 or more",
            received=Unquoted(
                f"{'none' if value != value else f'{value:g}'} in {table.place(row)}"
            ),
        )
    return np.asarray(column.data, np.float64)


def _groups(table: RawTable, name: str) -> Integers:
    """Return the group of each row; rows without one are groups of their own."""
    found, words = codes(table.columns[name])
    absent = np.array([cells.is_missing(word) for word in words] + [True])[found]
    groups = found.astype(np.int32)
    groups[absent] = len(words) + np.arange(absent.sum(), dtype=np.int32)
    return groups


def _given(
    table: RawTable, roles: Roles, single: Mapping[str, str], groups: Integers | None
) -> tuple[NDArray[np.int8] | None, tuple[str, ...]]:
    """Return the splits that are given, `[S, n]`, and sentences on them."""
    ways = [
        name
        for name, given in (
            ("split", roles.split is not None),
            ("time", "time" in single),
            ("test", bool(roles.held_out)),
        )
        if given
    ]
    if len(ways) > 1:
        raise UserError(
            f"{argument(ways[0])} and {argument(ways[1])} both split the rows. Leave one of them out."
        )
    rows = table.rows
    said: tuple[str, ...] = ()
    if groups is not None:
        said = (
            f"Rows of the same {single['group']} stay in the same part, and verdicts take groups as independent, not "
            "rows.",
        )
    if roles.held_out:
        given = np.full((1, rows), parts.TRAIN, np.int8)
        given[0, rows - roles.held_out :] = parts.TEST
        return given, said
    if "time" in single:
        if groups is not None:
            raise UserError(
                f"{argument('time')} and {argument('group')} both split the rows. Leave one of them out."
            )
        return _in_order(table, single["time"]), (
            f"Rows are split in the order of {single['time']}, training before validation before test; it is a feature "
            "only if it is named as one.",
        )
    if "split" in single:
        return _of_column(table, single["split"]), said
    if roles.split is not None:
        return of_list(roles.split, rows), said
    return None, said


def _in_order(table: RawTable, name: str) -> NDArray[np.int8]:
    """Return the split in the order of a column of numbers or dates: 60, 20 and 20 %; equal times stay together."""
    column = describe(table, name)
    if column.words or column.kind == "empty":
        column = describe(table, name, DeclaredKind("date"))
    if column.missing.any():
        row = int(np.argmax(column.missing))
        raise UserError(
            f"The time {shown(name)} of {table.source} is missing in {table.place(row)}."
        )
    times = column.data
    cuts = np.quantile(times, [0.6, 0.8], method="inverted_cdf")
    given = np.full((1, table.rows), parts.TRAIN, np.int8)
    given[0, times > cuts[0]] = parts.VALIDATION
    given[0, times > cuts[1]] = parts.TEST
    if len(np.unique(given)) < 3:
        raise UserError(
            f"The time {shown(name)} of {table.source} has too few different values to be split in their order."
        )
    return given


def _of_column(table: RawTable, name: str) -> NDArray[np.int8]:
    """Return the splits that a column gives: by the words train, validation and test, or by numbers of folds."""
    found, words = codes(table.columns[name])
    named = [PARTS.get(word.strip().lower()) for word in words]
    if None not in named and (found >= 0).all():
        return np.array([named], np.int8)[:, found]
    if (
        all(word.strip().isdigit() for word in words)
        and (found >= 0).all()
        and 2 <= len(words) <= 100
    ):
        folds = np.array([int(word) for word in words])[found]
        return np.array(
            [np.where(folds == fold, parts.TEST, parts.TRAIN) for fold in np.unique(folds)], np.int8
        )
    row = (
        int(np.argmax(found < 0))
        if (found < 0).any()
        else int(np.argmax(found == (named.index(None))))
    )
    word = Unquoted("nothing") if found[row] < 0 else shown(words[found[row]])
    raise UserError(
        argument=f"The split {shown(name)} of {table.source}",
        verb="hold",
        expected="train, validation or test in every row, or the number of its fold",
        received=Unquoted(f"{word} in {table.place(row)}"),
    )
