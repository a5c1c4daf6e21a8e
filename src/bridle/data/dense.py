"""Sparse matrices and tensors of other libraries as plain arrays."""

from __future__ import annotations

import math
from typing import Any

from bridle.errors import Unquoted, UserError

MOST = 2**31
"""Maximum number of bytes of a sparse matrix once it is dense, in double precision."""


def dense(values: Any, name: str) -> Any:
    """Return a sparse matrix or a tensor of PyTorch as an array; anything else as it is.

    Args:
        values: anything.
        name: of the argument, for messages.

    Raises:
        UserError: a sparse matrix would be too large.
    """
    tensor = hasattr(values, "detach") and hasattr(values, "numpy")
    sparse = hasattr(values, "toarray") or (tensor and values.layout.__repr__() != "torch.strided")
    if sparse and 8 * math.prod(values.shape) > MOST:
        raise UserError(
            argument=name,
            expected="a sparse matrix of at most 2 GB once it is dense",
            received=Unquoted(" × ".join(f"{size:,}" for size in values.shape)),
            advice="Leave out columns that are rarely set, or project it (TruncatedSVD of scikit-learn).",
        )
    if hasattr(values, "toarray"):
        return values.toarray()
    if not tensor:
        return values
    # gradients, devices and bfloat16 are unknown to NumPy
    values = values.detach().cpu()
    values = values.to_dense() if sparse else values
    return (values.float() if str(values.dtype) == "torch.bfloat16" else values).numpy()
