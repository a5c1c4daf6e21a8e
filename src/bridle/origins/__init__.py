"""Works that Bridle reproduces: their settings, what they left unstated, and what they published."""

from bridle.origins.catalogue import experiments, origins, work, works
from bridle.origins.experiment import Case, Experiment, Extent, Printed, Statement, Trial
from bridle.origins.origin import Claim, Origin, Scale, Variations
from bridle.origins.rankings import PublishedRankings, Rankings, rankings
from bridle.origins.varied import choose, offered, varied

__all__ = [
    "Case",
    "Claim",
    "Experiment",
    "Extent",
    "Origin",
    "Printed",
    "PublishedRankings",
    "Rankings",
    "Scale",
    "Statement",
    "Trial",
    "Variations",
    "choose",
    "experiments",
    "offered",
    "origins",
    "rankings",
    "varied",
    "work",
    "works",
]
