"""Networks to keep: trained in memory on all rows that are given, one or several as an ensemble."""

from bridle.models.network import Network
from bridle.models.training import Fit, Recipe, fit

__all__ = ["Fit", "Network", "Recipe", "fit"]
