"""A graph of ONNX, built node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridle.errors import UserError

if TYPE_CHECKING:
    import onnx

OPSET, ML_OPSET, IR = 17, 3, 8
"""Versions of operators, of those for machine learning, and of the format: of 2022, so that most runtimes read them."""

ROWS = "rows"
"""The name of the first dimension, which any number of rows fits."""

Name: TypeAlias = str
"""The name of a tensor in a graph."""


def require_onnx() -> Any:
    """Return the package `onnx`.

    Raises:
        UserError: it is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise UserError(
            "Exporting a model needs the package onnx: pip install 'bridle[onnx]'."
        ) from None
    return onnx


class Graph:
    """Nodes, constants, inputs and outputs of a graph; every tensor has a name."""

    def __init__(self) -> None:
        self._helper = require_onnx().helper
        self._nodes: list[Any] = []
        self._constants: dict[Name, NDArray[Any]] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], Name] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._taken: set[str] = set()

    def input(self, name: str, dtype: Any, shape: Sequence[int], about: str = "") -> Name:
        """Declare an input with rows of a shape.

        Args:
            name: of the input.
            dtype: of its values; `str` for texts.
            shape: of one row.
            about: what it holds, for people.
        """
        made = self._helper.make_tensor_value_info(
            self._fresh(name), self._type(dtype), [ROWS, *shape], about
        )
        self._inputs.append(made)
        return str(made.name)

    def output(self, name: str, value: Name, dtype: Any, shape: Sequence[int]) -> None:
        """Declare an output; arguments as of `input`, and the tensor that it is."""
        own = self._fresh(name)
        self._nodes.append(self._helper.make_node("Identity", [value], [own]))
        info = self._helper.make_tensor_value_info(own, self._type(dtype), [ROWS, *shape])
        self._outputs.append(info)

    def constant(self, value: Any, dtype: Any = None) -> Name:
        """Return the name of a constant; equal ones are kept once."""
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes() if array.dtype != object else b"")
        if array.dtype == object or key not in self._known:
            self._known[key] = self._fresh("constant")
            self._constants[self._known[key]] = array
        return self._known[key]

    def add(self, kind: str, *inputs: Name, domain: str = "", **attributes: Any) -> Name:
        """Add a node with one output, and return its name.

        Args:
            kind: of the operator.
            *inputs: names of tensors.
            domain: of the operator; empty for ONNX's own.
            **attributes: of the operator.
        """
        name = self._fresh(kind.lower())
        self._nodes.append(
            self._helper.make_node(kind, list(inputs), [name], domain=domain, **attributes)
        )
        return name

    def cast(self, value: Name, dtype: Any) -> Name:
        """Return a tensor as another type."""
        return self.add("Cast", value, to=self._type(dtype))

    def reshape(self, value: Name, shape: Sequence[int]) -> Name:
        """Return a tensor in another shape, -1 where the rows are."""
        return self.add("Reshape", value, self.constant(shape, np.int64))

    def translate(
        self, value: Name, table: Mapping[str, Any], default: Any, dtype: type[int] | type[float]
    ) -> Name:
        """Return what a table says of each text; `default` for texts that are not in it.

        Args:
            value: texts.
            table: int64 numbers, or float32 ones, by text.
            default: for other texts.
            dtype: `int` or `float`.
        """
        kind = "int64" if dtype is int else "float"
        given = {
            "keys_strings": list(table),
            f"values_{kind}s": [dtype(number) for number in table.values()],
            f"default_{kind}": dtype(default),
        }
        return self.add("LabelEncoder", value, domain="ai.onnx.ml", **given)

    def model(self, name: str, about: Mapping[str, str]) -> onnx.ModelProto:
        """Return the graph as a model, without nodes that no output needs.

        Args:
            name: of the model.
            about: texts that describe it, by name.
        """
        onnx = require_onnx()
        wanted = {info.name for info in self._outputs}
        nodes = []
        for node in reversed(self._nodes):
            if wanted & set(node.output):
                nodes.append(node)
                wanted |= set(node.input)
        made = onnx.helper.make_model(
            onnx.helper.make_graph(
                nodes[::-1],
                name,
                self._inputs,
                self._outputs,
                [
                    onnx.numpy_helper.from_array(value, key)
                    for key, value in self._constants.items()
                    if key in wanted
                ],
            ),
            opset_imports=[
                onnx.helper.make_opsetid("", OPSET),
                onnx.helper.make_opsetid("ai.onnx.ml", ML_OPSET),
            ],
            ir_version=IR,
            producer_name="bridle",
            producer_version=version("bridle"),
        )
        onnx.helper.set_model_props(made, dict(about))
        onnx.checker.check_model(made)
        return made

    def _type(self, dtype: Any) -> int:
        plain = np.dtype(object if dtype is str else dtype)
        return int(self._helper.np_dtype_to_tensor_dtype(plain))

    def _fresh(self, wanted: str) -> Name:
        """Return a name that no other tensor has, as alike as possible."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name
