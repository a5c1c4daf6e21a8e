"""A model in the ONNX format, with the preparation of its rows inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bridle.data.examples import Form
from bridle.engine.predictor import function
from bridle.engine.settings import own_settings
from bridle.errors import UserError, shown
from bridle.exports.graph import Graph, Name
from bridle.exports.operations import UntranslatedError
from bridle.exports.rows import add_array, add_table, columns_of
from bridle.exports.tracing import trace
from bridle.files import digest, file_to_write, write_file
from bridle.grammar import is_reference, parse_call
from bridle.models.network import TrainedNetwork
from bridle.tables.form import TableForm
from bridle.tables.preparation import FittedSplit
from bridle.tasks.base import Task

ENDING = ".onnx"


def target(path: Path, argument: str = "path") -> Path:
    """Return the file that a model is exported to: the ending is added where there is none.

    Raises:
        UserError: it has another ending, or cannot be written.
    """
    ended = path if path.suffix or not path.name else path.with_name(f"{path.name}{ENDING}")
    if ended.name and ended.suffix.lower() != ENDING:
        raise UserError(argument=argument, verb="end in", expected=ENDING, received=str(path))
    return file_to_write(str(ended), argument)


def export(
    path: Path,
    network: TrainedNetwork,
    task: Task,
    form: Form | TableForm,
    preparation: FittedSplit | None,
    about: Mapping[str, Any],
) -> Path:
    """Write a model's parts into one file; see `Model.export`."""
    path = target(path)
    graph = Graph()
    if isinstance(form, TableForm):
        assert preparation is not None  # of every table
        rows = add_table(graph, form, preparation)
    else:
        rows = add_array(graph, form)
    try:
        found = _predictions(graph, network, rows)
    except UntranslatedError as error:
        raise _refusal(network, task, error) from None
    if task.predicts == "classes":
        likeliest = graph.add("ArgMax", found, axis=1, keepdims=0)
        names = graph.constant(np.array(task.names, object))
        graph.output("label", graph.add("Gather", names, likeliest, axis=0), str, [])
        graph.output("probabilities", found, np.float32, [len(task.names)])
    else:
        graph.output("predictions", found, np.float32, [len(task.names)])
    facts = {
        "task": task.kind,
        task.many: list(task.names),
        "columns": columns_of(form),
        **about,
    }
    texts = {name: v if isinstance(v, str) else json.dumps(v) for name, v in facts.items()}
    made = graph.model(str(about["name"]), texts)
    write_file(path, made.SerializeToString())
    return path


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """Return the hash of how a network was trained: 32 hexadecimal digits.

    Args:
        recipe: as JSON.
    """
    return digest(json.dumps(recipe, sort_keys=True).encode())


def _predictions(graph: Graph, network: TrainedNetwork, rows: Name) -> Name:
    """Return what `TrainedNetwork.predict` makes of rows `[rows, d]`."""
    shape = network.shapes.example

    def seen(x: jax.Array) -> jax.Array:
        return (x - network.shift) * network.scale

    members = []
    with own_settings():
        scaled = trace(graph, seen, rows, [len(network.shift)], np.float32)
        for run, weights in network.members:
            answers = function(network.program, network.shapes, run, weights)

            def answered(x: jax.Array, answers: Any = answers) -> jax.Array:
                found: jax.Array = answers(x.reshape(-1, *shape))
                return found

            members.append(trace(graph, answered, scaled, [len(network.shift)], np.float32))
    decoded = [_decoded(graph, network, one) for one in members]
    return decoded[0] if len(decoded) == 1 else graph.add("Mean", *decoded)


def _decoded(graph: Graph, network: TrainedNetwork, answers: Name) -> Name:
    """Return answers in the targets' unit, computed in double precision as the task does."""
    task = network.task
    traced: Any = task.decode  # declared for NumPy's arrays; JAX's have the same operations

    def decode(outputs: jax.Array) -> jax.Array:
        return jnp.asarray(traced(outputs, network.target_scaling))

    with own_settings(), jax.enable_x64(True):
        return trace(graph, decode, answers, [len(task.names)], np.float32)


def _refusal(network: TrainedNetwork, task: Task, error: UntranslatedError) -> UserError:
    """Return the error for a network, method or task of somebody's own that computes what ONNX does not."""
    program = network.program
    names = (parse_call(program.network).name, *program.methods, task.kind)
    own = [name for name in map(str, names) if is_reference(name)] or [program.network]
    return UserError(
        f"{' and '.join(map(shown, own))} cannot be exported to ONNX: Bridle knows no operator for {error} in it. "
        "model.save(path) keeps the model for Bridle."
    )
