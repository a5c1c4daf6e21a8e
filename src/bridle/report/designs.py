"""What replicates of a data set have in common, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset, Design

DESIGNS: dict[Design, str] = {
    "fresh": "every replicate draws its own data",
    "fixed_test": "all replicates share the test set",
    "overlapping": "every replicate splits the same table anew",
}


def design_in_words(dataset: Dataset) -> str:
    """Say what the replicates of a data set share."""
    if dataset.folds > 1:
        return (
            f"each tests on one of {dataset.folds} parts of the same table, which is divided anew after every "
            f"{dataset.folds}"
        )
    return DESIGNS[dataset.design]
