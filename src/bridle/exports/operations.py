"""The operations of JAX that have a translation to ONNX, each a rule by its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import lax

from bridle.exports.graph import Graph, Name

Value: TypeAlias = Any
"""The name of a tensor, or an array that no row changes."""


class UntranslatedError(Exception):
    """A computation that has no translation; its message says which."""


@dataclass(frozen=True)
class Operation:
    """One operation of a traced function.

    Attributes:
        graph: the graph it is added to.
        rows: the name of the rows that the function is given.
        inputs: what it is given.
        given: types and shapes of these; a side that depends on the number of rows is no integer.
        made: type and shape of its result.
        about: its parameters.
    """

    graph: Graph
    rows: Name
    inputs: list[Value]
    given: list[Any]
    made: Any
    about: dict[str, Any]

    def name(self, at: int = 0) -> Name:
        """Return the name of an input, a constant if it is an array."""
        found = self.inputs[at]
        return found if isinstance(found, Name) else self.graph.constant(found)

    @property
    def names(self) -> list[Name]:
        """The names of all inputs."""
        return [self.name(at) for at in range(len(self.inputs))]

    def sides(self, shape: Sequence[Any]) -> list[int]:
        """Return a shape with -1 in the place of the rows."""
        found = [side if isinstance(side, int) else -1 for side in shape]
        if found.count(-1) > 1:
            raise UntranslatedError(f"an array of shape {tuple(shape)}")
        return found

    def number(self, value: float) -> Name:
        """Return a constant of the type of the result."""
        return self.graph.constant(value, self.made.dtype)


Rule = Callable[[Operation], Name]


def _plain(kind: str) -> Rule:
    return lambda op: op.graph.add(kind, *op.names)


def _same(op: Operation) -> Name:
    return op.name()


def _truths(kind: str) -> Rule:
    def rule(op: Operation) -> Name:
        if op.made.dtype != np.bool_:
            raise UntranslatedError(f"JAX's {kind.lower()} of whole numbers")
        return op.graph.add(kind, *op.names)

    return rule


def _not_equal(op: Operation) -> Name:
    return op.graph.add("Not", op.graph.add("Equal", *op.names))


def _rsqrt(op: Operation) -> Name:
    return op.graph.add("Reciprocal", op.graph.add("Sqrt", op.name()))


def _log1p(op: Operation) -> Name:
    return op.graph.add("Log", op.graph.add("Add", op.name(), op.number(1)))


def _expm1(op: Operation) -> Name:
    return op.graph.add("Sub", op.graph.add("Exp", op.name()), op.number(1))


def _erfc(op: Operation) -> Name:
    return op.graph.add("Sub", op.number(1), op.graph.add("Erf", op.name()))


def _square(op: Operation) -> Name:
    return op.graph.add("Mul", op.name(), op.name())


def _integer_power(op: Operation) -> Name:
    return op.graph.add("Pow", op.name(), op.number(op.about["y"]))


def _is_finite(op: Operation) -> Name:
    odd = [op.graph.add(kind, op.name()) for kind in ("IsNaN", "IsInf")]
    return op.graph.add("Not", op.graph.add("Or", *odd))


def _round(op: Operation) -> Name:
    if op.about["rounding_method"] != lax.RoundingMethod.TO_NEAREST_EVEN:
        raise UntranslatedError("JAX's round of halves away from zero")
    return op.graph.add("Round", op.name())


def _clamp(op: Operation) -> Name:
    least, value, most = op.names
    return op.graph.add("Min", op.graph.add("Max", value, least), most)


def _select(op: Operation) -> Name:
    which, *cases = op.names
    if op.given[0].dtype != np.bool_ or op.made.dtype == np.bool_:
        raise UntranslatedError("JAX's select_n of whole numbers or truth values")
    return op.graph.add("Where", which, *cases[::-1])


def _cast(op: Operation) -> Name:
    return op.graph.cast(op.name(), op.made.dtype)


def _reshape(op: Operation) -> Name:
    return op.graph.reshape(op.name(), op.sides(op.made.shape))


def _broadcast(op: Operation) -> Name:
    sides = [1] * len(op.made.shape)
    for at, place in enumerate(op.about["broadcast_dimensions"]):
        sides[place] = op.sides(op.given[0].shape)[at]
    found = op.graph.reshape(op.name(), sides)
    wanted = op.sides(op.made.shape)
    # 1 leaves a side as it is
    further = [1 if side == there else side for side, there in zip(wanted, sides, strict=True)]
    if further == [1] * len(further):
        return found
    if -1 not in further:
        return op.graph.add("Expand", found, op.graph.constant(further, np.int64))
    count = op.graph.add("Shape", op.rows, start=0, end=1)
    parts = [count if side == -1 else op.graph.constant([side], np.int64) for side in further]
    return op.graph.add("Expand", found, op.graph.add("Concat", *parts, axis=0))


def _transpose(op: Operation) -> Name:
    return op.graph.add("Transpose", op.name(), perm=list(op.about["permutation"]))


def _concatenate(op: Operation) -> Name:
    return op.graph.add("Concat", *op.names, axis=op.about["dimension"])


def _cut(op: Operation, starts: Sequence[int], ends: Sequence[Any], steps: Sequence[int]) -> Name:
    """Return a part of an array; axes that are whole are left alone."""
    shape = op.given[0].shape
    cuts = [
        (at, start, end, step)
        for at, (start, end, step, side) in enumerate(zip(starts, ends, steps, shape, strict=True))
        if start != 0 or (end is not side and end != side) or step != 1
    ]
    if not cuts:
        return op.name()
    if not all(isinstance(side, int) for _, *cut in cuts for side in cut):
        raise UntranslatedError("a slice of the rows")
    axes, begins, limits, strides = (
        op.graph.constant(one, np.int64) for one in zip(*cuts, strict=True)
    )
    return op.graph.add("Slice", op.name(), begins, limits, axes, strides)


def _slice(op: Operation) -> Name:
    starts, ends = op.about["start_indices"], op.about["limit_indices"]
    return _cut(op, starts, ends, op.about["strides"] or [1] * len(starts))


def _reverse(op: Operation) -> Name:
    axes = list(op.about["dimensions"])
    starts, ends, steps = [-1] * len(axes), [np.iinfo(np.int64).min] * len(axes), [-1] * len(axes)
    parts = (op.graph.constant(one, np.int64) for one in (starts, ends, axes, steps))
    return op.graph.add("Slice", op.name(), *parts)


def _pad(op: Operation) -> Name:
    low, high, inner = zip(*op.about["padding_config"], strict=True)
    if any(inner) or min(*low, *high) < 0:
        raise UntranslatedError("JAX's pad between numbers or below 0")
    return op.graph.add("Pad", op.name(), op.graph.constant([*low, *high], np.int64), op.name(1))


def _gather(op: Operation) -> Name:
    """Return numbers from fixed places of every row; places that differ between rows have no translation."""
    operand, places = op.given[0], op.inputs[1]
    whole = op.sides(operand.shape)
    made = op.sides(op.made.shape)
    sides = op.about["slice_sizes"]
    if isinstance(places, Name) or (whole[0], made[0]) != (-1, -1) or isinstance(sides[0], int):
        raise UntranslatedError("JAX's gather of other than fixed places of each row")
    about = {**op.about, "slice_sizes": (1, *sides[1:])}
    numbered = np.arange(math.prod(whole[1:]), dtype=np.int32).reshape(1, *whole[1:])
    found = np.asarray(lax.gather_p.bind(numbered, places, **about)).reshape(-1)
    box = _box(found, whole[1:])
    if box is not None:
        cut = _cut(
            op,
            *(([first, *rest]) for first, rest in zip((0, operand.shape[0], 1), box, strict=True)),
        )
        return op.graph.reshape(cut, made)
    flat = op.graph.reshape(op.name(), [-1, math.prod(whole[1:])])
    picked = op.graph.add("Gather", flat, op.graph.constant(found, np.int64), axis=1)
    return op.graph.reshape(picked, made)


def _box(places: np.ndarray, shape: Sequence[int]) -> tuple[list[int], list[int], list[int]] | None:
    """Return starts, ends and steps of the slices that places `[n]` in an array are; None if they are none."""
    axes = [np.unique(along) for along in np.unravel_index(places, shape)]
    grid = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), shape).reshape(-1)
    steps = [int(along[1] - along[0]) if len(along) > 1 else 1 for along in axes]
    even = all((np.diff(along) == step).all() for along, step in zip(axes, steps, strict=True))
    if not even or not np.array_equal(grid, places):
        return None
    return [int(along[0]) for along in axes], [int(along[-1]) + 1 for along in axes], steps


def _sum(op: Operation) -> Name:
    axes = op.graph.constant(op.about["axes"], np.int64)
    return op.graph.add("ReduceSum", op.name(), axes, keepdims=0)


def _reduce(kind: str) -> Rule:
    return lambda op: op.graph.add(kind, op.name(), axes=list(op.about["axes"]), keepdims=0)


def _place_of(kind: str) -> Rule:
    def rule(op: Operation) -> Name:
        (axis,) = op.about["axes"]
        return op.graph.cast(op.graph.add(kind, op.name(), axis=axis, keepdims=0), op.made.dtype)

    return rule


def _running_sum(op: Operation) -> Name:
    axis = op.graph.constant(op.about["axis"], np.int64)
    return op.graph.add("CumSum", op.name(), axis, reverse=int(op.about["reverse"]))


def _product(op: Operation) -> Name:
    (left_sums, right_sums), (left_batch, right_batch) = op.about["dimension_numbers"]
    # runtimes multiply no bfloat16; sums are float32 in JAX too
    narrow = op.made.dtype == jnp.bfloat16
    wide = np.float32 if narrow else op.made.dtype
    left, right = (
        name if one.dtype == wide else op.graph.cast(name, wide)
        for name, one in zip(op.names, op.given, strict=True)
    )
    ranks = [len(one.shape) for one in op.given]
    if (ranks, left_sums, right_sums) == ([2, 2], (1,), (0,)):
        found = op.graph.add("MatMul", left, right)
        return op.graph.cast(found, op.made.dtype) if narrow else found
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    lefts = [next(letters) for _ in range(ranks[0])]
    rights = [next(letters) for _ in range(ranks[1])]
    for mine, other in zip((*left_sums, *left_batch), (*right_sums, *right_batch), strict=True):
        rights[other] = lefts[mine]
    free = [c for at, c in enumerate(lefts) if at not in (*left_sums, *left_batch)]
    free += [c for at, c in enumerate(rights) if at not in (*right_sums, *right_batch)]
    result = [*(lefts[at] for at in left_batch), *free]
    equation = f"{''.join(lefts)},{''.join(rights)}->{''.join(result)}"
    found = op.graph.add("Einsum", left, right, equation=equation)
    return op.graph.cast(found, op.made.dtype) if narrow else found


def _convolution(op: Operation) -> Name:
    numbers, about = op.about["dimension_numbers"], op.about
    if about["batch_group_count"] != 1 or set(about["lhs_dilation"]) != {1}:
        raise UntranslatedError("a transposed convolution")
    low, high = zip(*about["padding"], strict=True)
    found = op.graph.add(
        "Conv",
        op.graph.add("Transpose", op.name(), perm=list(numbers.lhs_spec)),
        op.graph.add("Transpose", op.name(1), perm=list(numbers.rhs_spec)),
        strides=list(about["window_strides"]),
        pads=[*low, *high],
        dilations=list(about["rhs_dilation"]),
        group=about["feature_group_count"],
    )
    return op.graph.add("Transpose", found, perm=[int(at) for at in np.argsort(numbers.out_spec)])


_PLAIN = {
    "abs": "Abs", "acos": "Acos", "acosh": "Acosh", "add": "Add", "add_any": "Add", "asin": "Asin",
    "asinh": "Asinh", "atan": "Atan", "atanh": "Atanh", "ceil": "Ceil", "cos": "Cos", "cosh": "Cosh",
    "div": "Div", "eq": "Equal", "erf": "Erf", "exp": "Exp", "floor": "Floor", "ge": "GreaterOrEqual",
    "gt": "Greater", "le": "LessOrEqual", "log": "Log", "logistic": "Sigmoid", "lt": "Less",
    "max": "Max", "min": "Min", "mul": "Mul", "neg": "Neg", "pow": "Pow", "sign": "Sign", "sin": "Sin",
    "sinh": "Sinh", "sqrt": "Sqrt", "sub": "Sub", "tan": "Tan", "tanh": "Tanh",
}  # fmt: skip
"""Operations that have the same meaning in both, by their names."""

RULES: dict[str, Rule] = {
    **{name: _plain(kind) for name, kind in _PLAIN.items()},
    **dict.fromkeys(("stop_gradient", "copy", "copy_p", "optimization_barrier"), _same),
    **{name: _truths(name.capitalize()) for name in ("and", "or", "not", "xor")},
    **dict.fromkeys(("reshape", "squeeze", "expand_dims"), _reshape),
    "argmax": _place_of("ArgMax"),
    "argmin": _place_of("ArgMin"),
    "broadcast_in_dim": _broadcast,
    "clamp": _clamp,
    "concatenate": _concatenate,
    "conv_general_dilated": _convolution,
    "convert_element_type": _cast,
    "cumsum": _running_sum,
    "dot_general": _product,
    "erfc": _erfc,
    "expm1": _expm1,
    "gather": _gather,
    "integer_pow": _integer_power,
    "is_finite": _is_finite,
    "log1p": _log1p,
    "ne": _not_equal,
    "pad": _pad,
    "reduce_max": _reduce("ReduceMax"),
    "reduce_min": _reduce("ReduceMin"),
    "reduce_prod": _reduce("ReduceProd"),
    "reduce_sum": _sum,
    "rev": _reverse,
    "round": _round,
    "rsqrt": _rsqrt,
    "select_n": _select,
    "slice": _slice,
    "square": _square,
    "transpose": _transpose,
}
"""How an operation is added to a graph, by its name in JAX."""
