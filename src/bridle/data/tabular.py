"""Tables of one's own, from files and frames, as data sets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bridle.data.dataset import Dataset, Floats, Integers, Split, Targets
from bridle.data.overlapping import FRACTIONS
from bridle.data.parts import Parts
from bridle.data.preprocessing import relative
from bridle.data.randomness import generator
from bridle.data.roles import Roles, found_in
from bridle.data.stored import kind_of_stored, signature_of, usual_training
from bridle.data.suspicions import suspicions
from bridle.errors import Unquoted, UserError, listed_names
from bridle.grammar import Call, Value
from bridle.tables.column import LEFT_OUT, Column
from bridle.tables.columns import describe
from bridle.tables.form import TableForm
from bridle.tables.preparation import Encoder, FittedSplit, encoded, encoders, fit
from bridle.tables.raw import RawTable
from bridle.tasks import TASKS, Task

SHARED_BYTES, OWN_BYTES = 2**30, 2**27
"""Maximum bytes of a table as numbers: where replicates share them, and where each has its own."""

RARE_CLASS = 100
"""Number of rows below which a class keeps all of them where rows are left out."""


@dataclass(frozen=True, eq=False)
class TableRows:
    """The content of a data set made of a table, without its split.

    Attributes:
        name: its name.
        columns: those that may be features, also those that are left out.
        targets: [n] int32 or [n, T] float32.
        task: what is learned.
        scaling: of numbers, one of `bridle.tables.preparation.SCALINGS`.
        weights: [n], how much each row counts; None if all count alike.
        groups: [n] int32; None if there are none.
        given: [S, n] int8, as `Parts.given`; None if there are none.
        source: what the table was called in messages.
        typed: the words that name the same data on a command line; empty for frames.
        notes: sentences on how it was read.
    """

    name: str
    columns: tuple[Column, ...]
    targets: Targets
    task: Task
    scaling: str = "standard"
    weights: Floats | None = None
    groups: Integers | None = None
    given: Any = None
    source: str = ""
    typed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def encoders(self) -> tuple[Encoder, ...]:
        """How the columns become numbers."""
        return encoders(self.columns)

    @cached_property
    def encoded(self) -> Floats:
        """The rows as numbers `[n, d]`, NaN where a quantity is missing; read-only, since replicates may share them."""
        found = encoded(self.encoders, {column.name: column.data for column in self.columns})
        found.setflags(write=False)
        return found

    @property
    def shared(self) -> bool:
        """Whether all replicates see the same numbers, apart from their scaling."""
        numbers = (c for c in self.columns if c.kind not in (*LEFT_OUT, "category"))
        return self.scaling != "quantile" and not any(c.missing.any() for c in numbers)

    def affordable(self) -> TableRows:
        """Return the table, or some of its rows drawn at random if all of them need too much memory."""
        total, width = len(self.targets), sum(len(e.features) for e in self.encoders)
        most = (SHARED_BYTES if self.shared else OWN_BYTES) // (4 * width)
        if total <= most:
            return self
        random = generator(0, 0, "rows that memory has room for")
        kept = random.random(total) < most / total
        if self.task.predicts == "classes":  # none of a rare class is lost
            kept |= np.bincount(self.targets)[self.targets] < RARE_CLASS
        note = (
            f"{self.source} holds {total:,} rows, which need {4 * total * width / 1e9:,.1f} GB as {width:,} features; "
            f"{kept.sum():,} of them, drawn at random, are used."
        )
        return replace(
            self,
            columns=tuple(replace(column, data=column.data[kept]) for column in self.columns),
            targets=self.targets[kept],
            weights=None if self.weights is None else self.weights[kept],
            groups=None if self.groups is None else self.groups[kept],
            given=None if self.given is None else self.given[:, kept],
            notes=(*self.notes, note),
        )

    def digest(self) -> str:
        """Return 12 hexadecimal digits that identify the content; they do not depend on the name."""
        header = [self._described(), self.scaling, self.task.kind, self.task.names]
        total = hashlib.sha256(json.dumps(header).encode())
        for name, array in sorted(self.content().items()):
            total.update(f"{name} {array.dtype.str} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()[:12]

    def content(self) -> dict[str, np.ndarray]:
        """Return the arrays to be stored."""
        found: dict[str, Any] = {
            f"column_{at}": column.data for at, column in enumerate(self.columns)
        }
        found |= {
            "targets": self.targets,
            "weights": self.weights,
            "groups": self.groups,
            "given": self.given,
        }
        return {name: array for name, array in found.items() if array is not None}

    def about(self) -> dict[str, Any]:
        """Return what is stored beside the arrays, as JSON."""
        return {
            "name": self.name,
            "columns": self._described(),
            "task": self.task.kind,
            "names": self.task.names,
            "scaling": self.scaling,
            "source": self.source,
            "typed": self.typed,
            "notes": self.notes,
        }

    def _described(self) -> list[dict[str, Any]]:
        described = [asdict(replace(column, data=np.empty(0))) for column in self.columns]
        return [{k: v for k, v in column.items() if k != "data"} for column in described]

    @classmethod
    def stored(cls, content: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> TableRows:
        """Return what was stored."""
        described = [{**column, "words": tuple(column["words"])} for column in about["columns"]]
        return cls(
            name=about["name"],
            columns=tuple(
                Column(data=content[f"column_{at}"], **column)
                for at, column in enumerate(described)
            ),
            targets=content["targets"],
            task=TASKS.get(about["task"]).of(tuple(about["names"])),
            scaling=about["scaling"],
            weights=content.get("weights"),
            groups=content.get("groups"),
            given=content.get("given"),
            source=about["source"],
            typed=tuple(about["typed"]),
            notes=tuple(about["notes"]),
        )

    def dataset(self, call: Call) -> Dataset:
        """Return the data set that a call with its arguments written out means."""
        signature = signature_of(KIND.name, call)
        given: Mapping[str, Any] = signature.resolve(call).arguments
        task = self.task.learned(**{a.name: given[a.name] for a in self.task.declares})
        strata, names = task.strata(self.targets)
        fractions = {a.name: given[a.name] for a in FRACTIONS}
        parts = Parts(strata, names, groups=self.groups, given=self.given, **fractions)
        form = TableForm(self.name, self.columns, self.encoders)
        features = tuple(name for encoder in self.encoders for name in encoder.features)
        for array in (self.targets, self.weights):
            if array is not None:
                array.setflags(write=False)
        return Dataset(
            spec=signature.write(call),
            name=self.name,
            task=task,
            features=features,
            shape=(len(features),),
            design=parts.design,
            defaults=usual_training(len(self.targets)),
            sizes=parts.sizes,
            folds=parts.folds,
            shared=self.shared,
            draw=_Draw(self, parts, task),
            weights=self.weights,
            notes=self.notes,
            rows=self,
            form=form,
            layout=form.layout,
            prepared=self.prepared,
        )

    def prepared(self, rows: Integers) -> tuple[Floats, FittedSplit]:
        """Return all rows as inputs `[n, d]`, and what fills in and transforms them, fitted on some of them."""
        measured = [quantity for encoder in self.encoders for quantity in encoder.measured]
        fitted = fit(self.encoded, rows, measured, self.scaling)
        return fitted.apply(self.encoded), fitted


@dataclass(frozen=True, eq=False)
class _Draw:
    """Draws the split of a replicate."""

    rows: TableRows
    parts: Parts
    task: Task

    def __call__(self, number: int, seed: int) -> Split:
        rows = self.rows
        train, validation, test = self.parts.draw(number, seed)
        inputs, fitted = rows.prepared(train)
        return Split(
            inputs,
            rows.targets,
            train,
            validation,
            test,
            fitted.shift,
            fitted.scale,
            self.task.scaling(rows.targets[train]),
            relative(rows.weights, train),
            fitted,
        )


def from_table(
    table: RawTable,
    roles: Roles,
    *,
    name: str = "table",
    task: str | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    class_weight: Any = None,
    typed: tuple[str, ...] = (),
    y: Any = None,
    sample_weight: Any = None,
) -> Dataset:
    """Make a data set of a table with named columns.

    Args:
        table: as `bridle.tables` reads it.
        roles: what its columns are for.
        name: its name in reports.
        task: `classification`, `regression` or `regression(loss=huber,delta=1)`; by default it follows from the target.
        validation: fraction of all rows that selects settings.
        test: fraction of all rows for the test scores.
        class_weight: `"balanced"`, or the weight of each class by its name.
        typed: the words that name the same data on a command line.
        y: targets beside the table, where no column holds them.
        sample_weight: likewise weights.

    Raises:
        UserError: a column does not exist or does not suit its role, or there are too few rows.
    """
    found = found_in(table, roles, task, class_weight, y, sample_weight)
    if found.rows is not None:
        table = table.only(np.isin(np.arange(table.rows), found.rows))
    features = [describe(table, column, found.types.get(column)) for column in found.features]
    used = [column for column in features if column.kind not in LEFT_OUT]
    if not used:
        raise UserError(
            argument=table.source,
            verb="hold",
            expected="a column to predict from",
            received=Unquoted(f"none that varies: {listed_names(c.name for c in features)}"),
        )
    rows = TableRows(
        name,
        tuple(features),
        found.targets,
        found.task,
        scaling=roles.scaling,
        weights=found.weights,
        groups=found.groups,
        given=found.given,
        source=table.source,
        typed=typed,
        notes=(*table.notes, *found.notes),
    )
    if not rows.encoders:
        raise UserError(
            f"Every category of {table.source} is too rare to be told apart; no column can be used."
        )
    rows = rows.affordable()
    said = suspicions(
        rows.columns, rows.encoded, rows.targets, rows.task, grouped=rows.groups is not None
    )
    rows = replace(rows, notes=(*rows.notes, *said))
    given: dict[str, Value] = {
        "sha256": f"x{rows.digest()}",
        "validation": validation,
        "test": test,
        "task": found.task.kind,
        **found.task.arguments,
    }
    return rows.dataset(Call(KIND.name, given))


KIND = kind_of_stored("table", "a table of your own")
