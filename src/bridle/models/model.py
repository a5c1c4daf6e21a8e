"""A model to take home: a trained network with everything from the rows a user has to the answer a user wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from bridle.data.dataset import Dataset, Integers
from bridle.data.examples import Form
from bridle.data.preprocessing import standardize
from bridle.errors import UserError
from bridle.markup import block, paragraph, table
from bridle.models import documents, exporting, files
from bridle.models.network import Floats, TrainedNetwork
from bridle.models.training import Recipe, fit
from bridle.tables.form import TableForm
from bridle.tables.preparation import FittedSplit
from bridle.tasks import Task


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network, or an ensemble, with the preparation of its rows and the names of its answers.

    Attributes:
        name: of the data that it was trained on.
        network: the network.
        task: what it learned, with the names of classes or targets.
        form: by which rows are read.
        preparation: of a table, what fills in and transforms numbers; None for arrays.
        facts: how it came about: method, setting, rows, epochs, study, what was expected of it.
    """

    name: str
    network: TrainedNetwork
    task: Task
    form: Form | TableForm
    preparation: FittedSplit | None = None
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        """Say what it is in a line."""
        members = len(self.network.members)
        many = f"{members} networks" if members > 1 else "a network"
        return f"<Model of {self.name}: {many} with {self.facts.get('method', 'no method')}>"

    def _repr_html_(self) -> str:
        named = {self.task.many: ", ".join(self.task.names), "networks": len(self.network.members)}
        facts = [
            [name.replace("_", " "), _plain(value)]
            for name, value in {**named, **self.facts}.items()
        ]
        title = paragraph(f"Model of {self.name}", strong=True)
        return block(title, table([" ", "  "], facts))

    def answers(self, X: Any) -> Floats:
        """Return class probabilities `[n, K]`, or values `[n, T]` in the targets' unit, for rows `X`.

        Args:
            X: rows of the form that it was trained on: a table by the names of its columns, or an array `[n, …]`.

        Raises:
            UserError: the rows have another form; the message names column and row.
        """
        inputs = self.form.read(X)
        if self.preparation is not None:
            inputs = self.preparation.apply(inputs)
        return self.network.predict(inputs)

    def predict_proba(self, X: Any) -> Floats:
        """Return class probabilities `[n, K]`, in the order of `task.names`; rows `X` and errors as of `answers`.

        Raises:
            UserError: also where numbers are predicted.
        """
        if self.task.predicts != "classes":
            raise UserError(
                "This model predicts numbers, which have no probabilities: use predict."
            )
        return self.answers(X)

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest class of each row by its name `[n]`, or numbers `[n]`, of several targets `[n, T]`.

        Rows `X` and errors are those of `answers`.
        """
        found = self.answers(X)
        if self.task.predicts == "classes":
            return np.asarray(np.array(self.task.names)[found.argmax(axis=1)])
        return np.asarray(found[:, 0] if found.shape[1] == 1 else found)

    def save(self, path: str | Path) -> Path:
        """Write the model into one file in the safetensors format; nothing in it is ever executed.

        Args:
            path: the file; the ending `.safetensors` is added where there is none.

        Returns:
            The path of the file.

        Raises:
            UserError: the file cannot be written.
        """
        about = documents.document_of(self.network, self.task, self.form)
        about |= {"name": self.name, "facts": dict(self.facts)}
        return files.write(Path(path), about, documents.arrays_of(self.network, self.preparation))

    def export(self, path: str | Path) -> Path:
        """Write the model into one file in the ONNX format, which other programs run without Bridle.

        The preparation of rows is inside. Of a table, the file has an input `[rows, 1]` for each column by its name:
        numbers and dates (days since 1970-01-01) in double precision, NaN where missing; categories, ordinals and truth
        values as texts, empty where missing. Of arrays it has the input `X`, rows as they were given. Its outputs are
        `label [rows]` and `probabilities [rows, K]`, or `predictions [rows, T]` in the targets' unit. Its metadata hold
        the names of classes or targets, the columns, how it was trained, and the hash of that.

        Texts and numbers that `predict` refuses are not refused there: an unknown truth value or ordinal counts as
        missing. A column named as an output keeps its name; the output gets a number, such as `label_2`.

        Args:
            path: the file; the ending `.onnx` is added where there is none.

        Returns:
            The path of the file.

        Raises:
            UserError: the package `onnx` is not installed, the file cannot be written, or a network, method or task of
                your own computes something that has no operator in ONNX.
        """
        document = documents.document_of(self.network, self.task, self.form)
        recipe = {name: document[name] for name in ("program", "runs")}
        about = {
            "name": self.name,
            "facts": dict(self.facts),
            "recipe": recipe,
            "recipe_hash": exporting.recipe_hash(recipe),
        }
        return exporting.export(
            Path(path), self.network, self.task, self.form, self.preparation, about
        )


def _plain(value: Any) -> str:
    """Return a fact as a text."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def load(path: str | Path) -> Model:
    """Return the model in a file that `Model.save` wrote.

    Args:
        path: the file.

    Raises:
        UserError: there is no such file, or it is not what was written; the message says why.
    """
    about, arrays = files.read(Path(path))
    fields = documents.fields_of(about, arrays)
    return Model(about["name"], facts=about["facts"], **fields)


def trained_on_all(dataset: Dataset, recipe: Recipe, seed: int, facts: Mapping[str, Any]) -> Model:
    """Return a model that is trained on all rows that are not kept for testing.

    A table is split anew by every replicate, so all its rows are used; of a fixed test set and of generated data the
    test rows are left out.

    Args:
        dataset: what it learns.
        recipe: how.
        seed: of the study, which decides the rows of generated data.
        facts: how it came about.

    Raises:
        UserError: training diverged.
    """
    split = dataset.replicate(0, seed)
    rows: Integers = np.sort(np.concatenate([split.train, split.validation]))
    if dataset.design == "overlapping":
        rows = np.arange(len(split.targets), dtype=np.int32)
    inputs, preparation = split.inputs, None
    scaling = (split.shift, split.scale)
    if dataset.prepared is not None:
        inputs, preparation = dataset.prepared(rows)
        scaling = (preparation.shift, preparation.scale)
    elif len(dataset.shape) == 1:  # pixels share one scale, which all replicates have
        scaling = standardize(inputs, rows)
    weights = None if dataset.weights is None else dataset.weights[rows]
    shaped = inputs[rows].reshape(-1, *dataset.shape)
    found = fit(
        shaped,
        split.targets[rows],
        dataset.task.nameless,
        recipe,
        weights,
        scaling,
        dataset.layout,
    )
    form = dataset.form or Form.of(dataset)
    about = {**facts, "rows": len(rows), "epochs": list(found.epochs)}
    return Model(dataset.name, found.network, dataset.task, form, preparation, about)
