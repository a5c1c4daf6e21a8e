"""From a function of JAX to nodes of ONNX, so that every network is exported as it computes.

The function is traced for any number of rows. What does not depend on the rows, such as weights that a method changes,
is computed by JAX and becomes a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import Array, export
from jax.extend import core

from bridle.exports.graph import ROWS, Graph, Name
from bridle.exports.operations import RULES, Operation, UntranslatedError, Value


def trace(
    graph: Graph, function: Callable[[Array], Array], rows: Name, shape: Sequence[int], dtype: Any
) -> Name:
    """Add what a function computes of rows to a graph, and return the name of the result.

    Args:
        graph: the graph.
        function: of rows `[rows, *shape]`, by JAX.
        rows: the name of these in the graph.
        shape: of one row.
        dtype: of the numbers.

    Raises:
        UntranslatedError: it computes what has no translation.
    """
    (count,) = export.symbolic_shape(ROWS)
    try:
        traced = jax.make_jaxpr(function)(jax.ShapeDtypeStruct((count, *shape), dtype))
    # such as of NumPy, `if` and `len`
    except (TypeError, ValueError, jax.errors.InconclusiveDimensionOperation) as error:
        raise UntranslatedError("what JAX cannot trace for any number of rows") from error
    (found,) = _results(graph, traced.jaxpr, traced.consts, [rows], rows)
    return found if isinstance(found, Name) else graph.constant(found)


def _results(
    graph: Graph, jaxpr: core.Jaxpr, constants: Sequence[Any], given: Sequence[Value], rows: Name
) -> list[Value]:
    """Return what a traced function returns: names of tensors, or numbers where no rows matter."""
    values: dict[Any, Value] = dict(zip(jaxpr.constvars, constants, strict=True))
    values |= dict(zip(jaxpr.invars, given, strict=True))

    def value(variable: Any) -> Value:
        if isinstance(variable, core.Literal):
            return np.asarray(variable.val, _form(variable).dtype)
        return values[variable]

    for step in jaxpr.eqns:
        inputs = [value(variable) for variable in step.invars]
        found = _step(graph, step, inputs, rows)
        values |= dict(zip(step.outvars, found, strict=True))
    return [value(variable) for variable in jaxpr.outvars]


def _step(graph: Graph, step: core.JaxprEqn, inputs: list[Value], rows: Name) -> list[Value]:
    kind = step.primitive.name
    if kind == "scan":
        return _unrolled(graph, step.params, inputs, rows)
    inner = _inner(step)
    if inner is not None:
        return _results(graph, inner.jaxpr, inner.consts, inputs, rows)
    shapes = [_form(variable).shape for variable in step.outvars]
    known = all(not isinstance(one, Name) for one in inputs)
    if known and all(isinstance(side, int) for shape in shapes for side in shape):
        found = step.primitive.bind(*inputs, **step.params)
        return list(found) if step.primitive.multiple_results else [found]
    if kind == "unstack":  # JAX 0.11 and later
        places = [graph.constant(place, np.int64) for place in range(len(shapes))]
        axis = step.params["axis"]
        return [graph.add("Gather", inputs[0], place, axis=axis) for place in places]
    if kind == "stack":
        return [_stacked(graph, inputs, step.params["axis"])]
    if kind not in RULES:
        raise UntranslatedError(f"JAX's {kind}")
    operation = Operation(
        graph,
        rows,
        inputs,
        [_form(variable) for variable in step.invars],
        _form(step.outvars[0]),
        step.params,
    )
    return [RULES[kind](operation)]


def _form(variable: Any) -> Any:
    """Return the type and the shape of a variable."""
    return variable.aval


_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr", "call")
"""Names of the parameters that hold a function in steps that call one."""


def _inner(step: core.JaxprEqn) -> core.ClosedJaxpr | None:
    """Return the function that a step calls; None if it is an operation."""
    for name in _INNER:
        inner = step.params.get(name)
        if isinstance(inner, core.ClosedJaxpr):
            return inner
        if isinstance(inner, core.Jaxpr):
            return core.ClosedJaxpr(inner, ())
    return None


def _unrolled(graph: Graph, about: dict[str, Any], inputs: list[Value], rows: Name) -> list[Value]:
    """Return the results of a loop of a fixed number of turns, one turn after another."""
    fixed, carried = _constant_and_carried(about)
    if not isinstance(about["length"], int):
        raise UntranslatedError("a loop over rows")
    constants, state, each = (
        inputs[:fixed],
        inputs[fixed : fixed + carried],
        inputs[fixed + carried :],
    )
    turns = range(about["length"])
    stacks: list[list[Value]] = []
    for turn in reversed(turns) if about["reverse"] else turns:
        here = [
            graph.add("Gather", one, graph.constant(turn, np.int64), axis=0)
            if isinstance(one, Name)
            else one[turn]
            for one in each
        ]
        body = about["jaxpr"]
        found = _results(graph, body.jaxpr, body.consts, [*constants, *state, *here], rows)
        state = found[:carried]
        stacks.append(found[carried:])
    if about["reverse"]:
        stacks.reverse()
    return [*state, *(_stacked(graph, list(parts)) for parts in zip(*stacks, strict=True))]


def _constant_and_carried(about: dict[str, Any]) -> tuple[int, int]:
    """Return how many inputs of a loop stay the same, and how many each turn hands on to the next."""
    if "ft_in" in about:  # JAX 0.11 and later
        constants, carried, _ = about["ft_in"].unpack()
        return len(constants), len(carried)
    return about["num_consts"], about["num_carry"]


def _stacked(graph: Graph, parts: list[Value], axis: int = 0) -> Value:
    if not any(isinstance(part, Name) for part in parts):
        return np.stack([np.asarray(part) for part in parts], axis)
    place = graph.constant([axis], np.int64)
    named = [part if isinstance(part, Name) else graph.constant(part) for part in parts]
    return graph.add("Concat", *(graph.add("Unsqueeze", part, place) for part in named), axis=axis)
