"""Sparse matrices and tensors of other libraries as plain arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bridle.errors import Unquoted, UserError

MOST = 2**31
"""Maximum number of bytes of a sparse matrix once it is dense, in double precision."""


def dense(values: Any, name: str) -> Any:
    """Return a sparse matrix, a tensor of PyTorch or a list of tensors as an array; anything else as it is.

    Args:
        values: anything.
        name: of the argument, for messages.

    Raises:
        UserError: a sparse matrix would be too large, or NumPy has no numbers of a tensor's type.
    """
    if _is_tensor(values):
        return _of_tensor(values, name)
    if isinstance(values, list | tuple) and values and _is_tensor(values[0]):
        found = [dense(value, name) for value in values]
        return np.stack(found) if len({value.shape for value in found}) == 1 else found
    if not hasattr(values, "toarray"):
        return values
    _check_size(values, name)
    return values.toarray()


def _is_tensor(values: Any) -> bool:
    return hasattr(values, "detach") and hasattr(values, "layout")


def _of_tensor(values: Any, name: str) -> Any:
    """Return a tensor as an array; gradients, devices, sparse layouts and the shorter floats are unknown to NumPy."""
    try:
        if str(values.layout) != "torch.strided":
            _check_size(values, name)
            values = values.to_dense()
        values = values.detach().cpu().resolve_conj()
        kind = str(values.dtype).removeprefix("torch.")
        return (values.float() if kind.startswith(("bfloat", "float8")) else values).numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        said = str(error).partition("\n")[0].rstrip(".")
        raise UserError(
            argument=name,
            expected="a tensor that NumPy can hold",
            received=Unquoted(f"one of {values.dtype} ({said})"),
            advice=f"Convert it first: {name} = {name}.float().cpu().numpy().",
        ) from None


def _check_size(values: Any, name: str) -> None:
    if 8 * math.prod(values.shape) > MOST:
        raise UserError(
            argument=name,
            expected="a sparse matrix of at most 2 GB once it is dense",
            received=Unquoted(" × ".join(f"{size:,}" for size in values.shape)),
            advice="Leave out columns that are rarely set, or project it (TruncatedSVD of scikit-learn).",
        )
