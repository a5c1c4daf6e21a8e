"""Data: named data sets, arrays of your own, and the splits of replicates."""

from bridle.data.arrays import from_arrays, open_saved, save
from bridle.data.catalogue import describe, load, names
from bridle.data.dataset import Dataset, DatasetKind, Defaults, Sizes, Split
from bridle.signature import Argument

__all__ = [
    "Argument",
    "Dataset",
    "DatasetKind",
    "Defaults",
    "Sizes",
    "Split",
    "describe",
    "from_arrays",
    "load",
    "names",
    "open_saved",
    "save",
]
