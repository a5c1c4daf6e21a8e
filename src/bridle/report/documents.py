"""Answers for programs: the documents that `--json` prints."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from bridle.report import summaries, words
from bridle.report.recommendation import recommendation
from bridle.study.reader import StudyReader
from bridle.verdict import frames
from bridle.verdict.answer import Answer


def of_study(study: StudyReader, answer: Answer) -> dict[str, Any]:
    """Return the document of a study."""
    rows = frames.leaderboard(answer).to_dict("records")
    for row in rows:
        # a method whose runs all failed has none
        row["hyperparameters"] = json.loads(row["hyperparameters"] or "null")
    claims = frames.claims(answer).to_dict("records")
    evidence = answer.evidence
    return {
        "folder": str(study.folder),
        "complete": study.complete,
        "runs": evidence.runs,
        "planned_runs": evidence.planned_runs,
        "seconds": evidence.seconds,
        "summary": summaries.sentences(answer),
        "recommendation": _recommended(answer),
        "leaderboard": rows,
        "proper_score": of_proper(answer.proper),
        "ablation": of_ablation(answer),
        "claims": [{str(key): value for key, value in row.items()} for row in claims],
        "secondary": study.plan.metric != study.plan.primary,
        "diverged": evidence.diverged,
        "at_edge": evidence.at_edge,
        "plan": dataclasses.asdict(study.plan),
    }


def of_runs(answer: Answer) -> dict[str, Any]:
    """Return the document of a table of runs."""
    return {
        "design": answer.evidence.design,
        "baseline": answer.baseline,
        "summary": words.sentences(answer),
        "recommendation": _recommended(answer),
        "leaderboard": frames.leaderboard(answer).to_dict("records"),
        "ablation": of_ablation(answer),
        "margin": margin(answer),
        "on_this_test_set": conditional(answer),
    }


def _recommended(answer: Answer) -> dict[str, Any] | None:
    """Return what to use now."""
    found = recommendation(answer)
    return None if found is None else dataclasses.asdict(found)


def of_proper(answer: Answer | None) -> dict[str, Any] | None:
    """Return every comparison by a proper score, in the metric's own unit."""
    if answer is None or answer.comparison is None:
        return None
    named = ("method", "score", "difference", "difference_low", "difference_high", "verdict")
    rows = frames.leaderboard(answer).to_dict("records")
    return {
        "metric": answer.evidence.metric,
        "margin": answer.comparison.margin,
        "methods": [{name: row[name] for name in named} for row in rows],
    }


def of_ablation(answer: Answer) -> dict[str, Any] | None:
    """Return the effects of an ablation's ingredients, in score units."""
    found = answer.ablation
    if found is None:
        return None
    return {
        "ingredients": dict(zip(found.ingredients, found.settings, strict=True)),
        "combinations": found.combinations,
        "resolution": found.resolution,
        "effects": frames.effects(answer).to_dict("records"),
    }


def margin(answer: Answer) -> float | None:
    """Return how large a difference must be to matter, in score units."""
    return None if answer.comparison is None else answer.comparison.margin


def conditional(answer: Answer) -> bool:
    """Say whether the verdicts apply to one test set only: to other trainings, but not to other examples."""
    return answer.comparison is not None and answer.comparison.conditional
