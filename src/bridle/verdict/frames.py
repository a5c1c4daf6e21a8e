"""Answers as tables: the leaderboard, ranks over data sets, published rankings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bridle.verdict.answer import Answer, Row
from bridle.verdict.several import Several

if TYPE_CHECKING:
    import pandas as pd

LEADERBOARD = (
    "rank",
    "method",
    "hyperparameters",
    "metric",
    "score",
    "difference",
    "difference_low",
    "difference_high",
    "wins",
    "train_score",
    "gap",
    "exact_zeros",
    "share",
    "predictions_changed",
    "inert",
    "trained",
    "replicates",
    "failed",
    "verdict",
)
_FIELDS = {
    "hyperparameters": "tried",
    "train_score": "train_scores",
    "gap": "train_scores",
    "exact_zeros": "exact_zeros",
    "share": "shares",
    "predictions_changed": "predictions_changed",
    "inert": "shares",
    "trained": "score_gains",
}
"""The field of the evidence that a column is computed from; without it the column is left out."""

_TRAINED = {True: "yes", False: "undertrained", None: ""}

VERDICTS = ("helps", "hurts", "no practical difference", "undecided", "no verdict")


def leaderboard(answer: Answer) -> pd.DataFrame:
    """Return one row for each method, best first, with those columns of `LEADERBOARD` that the evidence allows.

    Scores are means over the selected runs, in the metric's own unit; differences are to the baseline within
    replicates, with simultaneous intervals, positive where a method is better. Where replicates are missing, methods
    are sorted by their differences, which use shared replicates; a method that shares none with the baseline
    has no rank.
    """
    import pandas as pd

    columns = [
        name
        for name in LEADERBOARD
        if name not in _FIELDS or getattr(answer.evidence, _FIELDS[name])
    ]
    frame = pd.DataFrame([_record(answer, row) for row in answer.rows], columns=columns)
    whole = {"rank": "Int64", "wins": "Int64", "replicates": "int64", "failed": "int64"}
    if "inert" in columns:
        whole["inert"] = "Int64"
    return frame.astype(whole)


def _record(answer: Answer, row: Row) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "method": row.method,
        "hyperparameters": "" if row.chosen is None else row.chosen.setting.text,
        "metric": answer.evidence.metric,
        "score": row.score,
        "difference": row.difference,
        "difference_low": row.low,
        "difference_high": row.high,
        "wins": row.wins,
        "train_score": row.train_score,
        "gap": row.gap,
        "exact_zeros": row.zeros,
        "share": row.share,
        "predictions_changed": row.predictions_changed,
        "inert": row.inert_runs,
        "trained": _TRAINED[row.trained],
        "replicates": row.replicates,
        "failed": row.failed,
        "verdict": row.verdict,
    }


def effects(answer: Answer) -> pd.DataFrame:
    """Return one row for each effect of an ablation; empty if the methods are not the combinations of ingredients.

    Columns: `kind` (`whole`, `in the whole`, `alone`, `on average`, `interaction`; see `Effect`), `ingredients`, joined
    with plus, `difference` (positive is better), `difference_low`, `difference_high` (95 % for all effects together),
    `p`, `replicates` and `verdict`.
    """
    import pandas as pd

    columns = ["kind", "ingredients", "difference", "difference_low", "difference_high", "p"]
    rows = [
        [
            effect.kind,
            "+".join(effect.ingredients),
            effect.contrast.difference,
            effect.contrast.low,
            effect.contrast.high,
            effect.contrast.p,
            effect.contrast.estimate.replicates,
            effect.contrast.verdict.label,
        ]
        for effect in (() if answer.ablation is None else answer.ablation.effects)
    ]
    return pd.DataFrame(rows, columns=[*columns, "replicates", "verdict"])


def leaderboards(several: Several) -> pd.DataFrame:
    """Return the leaderboards of all data sets, one below the other, with a column `dataset`."""
    import pandas as pd

    frames = []
    for name, answer in several.answers.items():
        frame = leaderboard(answer)
        frame.insert(0, "dataset", name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def ranks(several: Several) -> pd.DataFrame:
    """Return one row for each method, by average rank; without `rank` where no data set allows one.

    Columns: `rank`, `method`, `average_rank`, `p` (adjusted, against the baseline), `standing`
    (`better`, `worse`, `not told apart`, `no test`, `baseline`), and on how many data sets it
    `helps`, `hurts`, makes `no practical difference`, is `undecided` or without verdict.
    """
    import pandas as pd

    found = () if several.ranking is None else several.ranking.methods
    rows = [
        {
            "rank": pd.NA if math.isnan(m.rank) else place,
            "method": m.method,
            "average_rank": m.rank,
            "p": m.p,
            "standing": "baseline" if m.method == several.baseline else m.standing,
            **{
                label.replace(" ", "_"): several.counts[m.method].get(label, 0)
                for label in VERDICTS
            },
        }
        for place, m in enumerate(found, 1)
    ]
    frame = pd.DataFrame(rows)
    return frame.astype({"rank": "Int64"}) if rows else frame


def claims(answer: Answer) -> pd.DataFrame:
    """Return published rankings of these methods, with the evidence.

    Columns: `claim`, `better`, `worse`, `difference` (better minus worse, of test accuracy), `difference_low`,
    `difference_high` (95 % for all claims together) and `verdict`: see `ClaimVerdict`.
    """
    import pandas as pd

    columns = ["claim", "better", "worse", "difference", "difference_low", "difference_high"]
    rows = [
        [c.claim.text, c.claim.better, c.claim.worse, c.difference, c.low, c.high, c.verdict]
        for c in answer.claims
    ]
    return pd.DataFrame(rows, columns=[*columns, "verdict"])
