"""Intervals, paired tests, corrections and verdicts: arrays in, numbers out.

This room knows nothing of networks and studies. Callers use `compare`; the other functions are its parts.
"""

from bridle.statistics.best import Leading, leading
from bridle.statistics.comparison import Compared, Comparison, Score, compare
from bridle.statistics.designs import Design, Estimate, Spread, fixed_test, fresh, overlapping
from bridle.statistics.failed import failed
from bridle.statistics.looks import Look, Looks, looked
from bridle.statistics.margin import Margin
from bridle.statistics.multiplicity import holm
from bridle.statistics.needed import Forecast, Needed, needed
from bridle.statistics.proportion import accuracy_interval
from bridle.statistics.ranks import Ranked, Ranking, rank
from bridle.statistics.retrained import signal_retrained
from bridle.statistics.sign_flips import sign_flip
from bridle.statistics.signal import Signal, accuracy_excluded, signal, signals
from bridle.statistics.simultaneous import Interval, interval, simultaneous
from bridle.statistics.verdicts import Verdict, verdict_of

__all__ = [
    "Compared",
    "Comparison",
    "Design",
    "Estimate",
    "Forecast",
    "Interval",
    "Leading",
    "Look",
    "Looks",
    "Margin",
    "Needed",
    "Ranked",
    "Ranking",
    "Score",
    "Signal",
    "Spread",
    "Verdict",
    "accuracy_excluded",
    "accuracy_interval",
    "compare",
    "failed",
    "fixed_test",
    "fresh",
    "holm",
    "interval",
    "leading",
    "looked",
    "needed",
    "overlapping",
    "rank",
    "sign_flip",
    "signal",
    "signal_retrained",
    "signals",
    "simultaneous",
    "verdict_of",
]
