"""Networks to keep: trained in memory on all rows that are given, one or several as an ensemble, saved and loaded."""

from bridle.models.model import Model, load, trained_on_all
from bridle.models.network import TrainedNetwork
from bridle.models.training import Recipe, TrainingResult, fit

__all__ = ["Model", "Recipe", "TrainedNetwork", "TrainingResult", "fit", "load", "trained_on_all"]
