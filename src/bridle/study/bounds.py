"""Upper limits of a study's settings, and the names of its choices."""

from __future__ import annotations

BEST, ONE_SE = SELECT = ("best", "one-se")
"""How settings may be chosen: the best on validation, or the strongest within one standard error of it."""

SELECTED, PATHS, ALL = KEEP = ("selected", "paths", "all")
"""Which weights a study keeps: those of the selected runs and their pairs; also those of every configuration in
replicate 0, which show the whole path of a strength; or all."""

ROUNDS = 3
"""Maximum number of rounds of refinement."""

MOST_LOOKED = 16
"""Number of times the first replicates up to which a study that goes on until it is decided gets further ones."""

DOUBLINGS = 4
"""Maximum number of times that epochs are doubled while a method is undertrained."""

MOST_REPLICATES, MOST_CONFIGURATIONS = 10_000, 10_000
MOST_EPOCHS, MOST_RUNS = 1_000_000, 1_000_000
MOST_WIDTH, MOST_SEED = 65_536, 2**32 - 1
"""Maximum number of runs of a study; larger plans are typing mistakes and would not fit in memory."""
