"""The verdicts on runs of several data sets: each by itself, and ranks over all of them."""

from __future__ import annotations

from bridle.judging.judged import Judged
from bridle.report.over import OverDatasets


class JudgedDatasets(OverDatasets[Judged]):
    """Runs that anybody trained, compared on several data sets."""
