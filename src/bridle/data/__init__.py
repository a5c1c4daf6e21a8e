"""Data: named data sets, arrays and tables of your own, and the splits of replicates."""

from bridle.data.arrays import from_arrays
from bridle.data.catalogue import describe, load, names, shortest
from bridle.data.dataset import Dataset, DatasetKind, Defaults, Sizes, Split
from bridle.data.intake import from_file
from bridle.data.own import open_saved, save
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
    "from_file",
    "load",
    "names",
    "open_saved",
    "save",
    "shortest",
]
