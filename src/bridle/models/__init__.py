"""Networks to keep: trained in memory on all rows that are given, one or several as an ensemble, saved and loaded."""

from bridle.models.model import Model, load, trained_on_all
from bridle.models.network import Network
from bridle.models.training import Fit, Recipe, fit

__all__ = ["Fit", "Model", "Network", "Recipe", "fit", "load", "trained_on_all"]
