"""The papers that the statistics rest on."""

from __future__ import annotations

from bridle.methods.papers import Paper

SIDAK = Paper(
    "Šidák, Zbyněk",
    1967,
    "Rectangular Confidence Regions for the Means of Multivariate Normal Distributions",
    "Journal of the American Statistical Association",
    volume="62",
    kind="article",
)
HOLM = Paper(
    "Holm, Sture",
    1979,
    "A Simple Sequentially Rejective Multiple Test Procedure",
    "Scandinavian Journal of Statistics",
    volume="6",
    kind="article",
)
HSU = Paper(
    "Hsu, Jason C.",
    1984,
    "Constrained Simultaneous Confidence Intervals for Multiple Comparisons with the Best",
    "The Annals of Statistics",
    volume="12",
    kind="article",
)
CLUSTERS = Paper(
    "Cameron, A. Colin and Gelbach, Jonah B. and Miller, Douglas L.",
    2011,
    "Robust Inference with Multiway Clustering",
    "Journal of Business & Economic Statistics",
    volume="29",
    kind="article",
)
SPLITS = Paper(
    "Nadeau, Claude and Bengio, Yoshua",
    2003,
    "Inference for the Generalization Error",
    "Machine Learning",
    volume="52",
    kind="article",
)
RANKS = Paper(
    "Demšar, Janez",
    2006,
    "Statistical Comparisons of Classifiers over Multiple Data Sets",
    "Journal of Machine Learning Research",
    volume="7",
    kind="article",
)
