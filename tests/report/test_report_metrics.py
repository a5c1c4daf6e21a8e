"""Words, table and figures where lower is better, and reliability diagrams."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from bridle.report import footnotes, words
from bridle.report.figures import differences, reliability
from bridle.verdict.answer import Answer, conclude
from bridle.verdict.measure import measure_of
from tests.report.conftest import Make
from tests.report.invented import around


def answer_in(make: Make, metric: str, scores: dict[str, list[float]]) -> Answer:
    """What a study says whose scores are in this metric, lower better."""
    found = make({label: [0.9 - s for s in own] for label, own in scores.items()}).answer
    return conclude(
        dataclasses.replace(
            found.evidence,
            metric=metric,
            measure=measure_of(metric),
            error="loss",
            scores={label: -np.asarray(own) for label, own in scores.items()},
            train_scores={label: np.asarray(own) - 0.05 for label, own in scores.items()},
        )
    )


def test_a_lower_loss_helps(make: Make) -> None:
    answer = answer_in(
        make, "log-loss", {"none": around(0.4), "l2": around(0.3, 0.003), "l1": around(0.5, 0.004)}
    )
    said = " ".join(words.sentences(answer))
    assert "L2 helps: test log-loss is lower by 0.100 (" in said
    assert "L1 hurts: higher by 0.100 (" in said
    assert words.margin(answer) == "0.040 nats, 10 % of the baseline's log-loss"
    notes = " ".join(footnotes.footnotes(answer, ("gap",)))
    assert "in nats; positive is better" in notes
    assert "Gap: test minus training, in nats" in notes
    record = differences.record(answer)
    assert record.differences[0].method == "l2"
    assert record.differences[0].difference == pytest.approx(0.1)
    assert (record.differences[0].pairs > 0).all()


@pytest.mark.parametrize(
    ("name", "score", "text"),
    [
        ("accuracy", 0.9, "90.0 %"),
        ("balanced-accuracy", 0.9, "90.0 %"),
        ("log-loss", 0.3114, "0.311"),
        ("brier", 0.1, "0.100"),
        ("auroc", 0.9876, "0.988"),
        ("calibration-error", 0.00123, "0.0012"),
        ("robustness(noise=0.3)", 0.8, "80.0 %"),
    ],
)
def test_scores_are_written_in_the_metrics_unit(name: str, score: float, text: str) -> None:
    assert measure_of(name).score(score) == text


def test_reliability(make: Make) -> None:
    study = make({"none": around(0.9, replicates=3), "l2": around(0.9, replicates=3)})
    record = reliability.record(study.answer)
    assert [r.method for r in record.methods] == ["none", "l2"]
    sure, right = [], []
    for replicate in range(3):
        split = study.dataset.replicate(replicate, 0)
        z = study.predictions("l2", replicate)["test"]
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        sure.append(p.max(axis=1))
        right.append(p.argmax(axis=1) == split.targets[split.test])
    p, hits = np.concatenate(sure), np.concatenate(right)
    own = record.methods[1]
    edges = np.linspace(0.5, 1, 11)
    assert own.share.sum() == pytest.approx(1)
    last = p >= edges[-2]
    assert own.share[-1] == pytest.approx(last.mean())
    assert own.accuracy[-1] == pytest.approx(hits[last].mean())
    assert own.confidence[-1] == pytest.approx(p[last].mean())
    band = stats.binomtest(int(hits[last].sum()), int(last.sum())).proportion_ci(0.95, "wilson")
    assert (own.low[-1], own.high[-1]) == pytest.approx((band.low, band.high))
    assert own.over == pytest.approx(p.mean() - hits.mean())
    assert "3 replicates together" in reliability.caption(record)
    assert "l2" in reliability.alt(record)
