"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as safetensors; a reader sees the file before or after, never in between."""
    import numpy as np
    from safetensors.numpy import save_file

    partial = path.with_suffix(".partial")
    save_file({name: np.asarray(value, order="C") for name, value in arrays.items()}, partial)
    os.replace(partial, path)
