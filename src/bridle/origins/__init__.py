"""Works that Bridle reproduces: their settings, what they left unstated, and what they published."""

from bridle.origins.catalogue import origin, origins
from bridle.origins.origin import Claim, Origin, Scale
from bridle.origins.rankings import PublishedRankings, Rankings, rankings

__all__ = [
    "Claim",
    "Origin",
    "PublishedRankings",
    "Rankings",
    "Scale",
    "origin",
    "origins",
    "rankings",
]
