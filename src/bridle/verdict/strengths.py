"""The settings of a method that cannot be told apart from its best one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from bridle.errors import unknown
from bridle.metrics import metric as read_metric
from bridle.names import fold
from bridle.statistics.best import leading
from bridle.statistics.designs import Design
from bridle.statistics.pairs import Pairs
from bridle.study.plan import LEVEL
from bridle.study.reader import StudyReader

if TYPE_CHECKING:
    import pandas as pd


def strengths(study: StudyReader, method: str) -> pd.DataFrame:
    """Return every setting of a method, with whether it is as good as the best as far as the test scores tell.

    With a confidence of 95 % the truly best setting is among those (Hsu's comparisons with the best). This says which
    strengths are worth no further search; settings are chosen on validation data, not by this.

    Args:
        study: finished or partly finished.
        method: a label of the plan.

    Raises:
        UserError: the study has no such method.
    """
    import pandas as pd

    labels = {fold(label): label for label in study.plan.methods}
    if fold(method) not in labels:
        raise unknown("method of this study", method, study.plan.methods)
    results, metric = study.results(), read_metric(study.dataset.task.metric)
    own = results[results["method"] == labels[fold(method)]]
    table = own.pivot(index="hyperparameters", columns="replicate", values="test_score")
    table = table.reindex(
        index=list(dict.fromkeys(own["hyperparameters"])), columns=range(study.plan.replicates)
    )
    scores = {str(name): metric.sign * row.to_numpy(float) for name, row in table.iterrows()}
    sizes = study.dataset.sizes
    pairs = Pairs(
        scores,
        cast(Design, study.plan.design),
        None,
        (sizes.train, sizes.test) if study.plan.design == "overlapping" else None,
        sizes.test if metric.whole else None,
        1.0 if metric.whole else None,
    )
    group = leading(list(scores), pairs.estimate, LEVEL, scores).group
    means = {name: float(np.nanmean(row)) for name, row in scores.items() if np.isfinite(row).any()}
    best = max(means.values(), default=np.nan)
    rows = [
        {
            "hyperparameters": name,
            "score": metric.sign * means.get(name, np.nan),
            "difference": means.get(name, np.nan) - best,
            "replicates": int(np.isfinite(row).sum()),
            "as_good": name in group and name in means,
        }
        for name, row in scores.items()
    ]
    columns = ["hyperparameters", "score", "difference", "replicates", "as_good"]
    return pd.DataFrame(rows, columns=columns)
