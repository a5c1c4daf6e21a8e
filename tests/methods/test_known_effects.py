"""What every method is known for is declared in its file, measured, and shown as it was measured."""

from __future__ import annotations

import math

import pytest
from benchmarks.known_effects import PAGE, page

from bridle.experiments.effects import MEASURES
from bridle.methods import measured
from bridle.methods.catalogue import METHODS
from bridle.methods.measured import FOUND, OPPOSITE, MeasuredEffect, content
from bridle.origins.known_effects import PLACES, WORDS, EffectRow, experiment, rows

DECLARED = rows()
SHOWN = measured.rows()


def test_every_method_but_none_is_known_for_something() -> None:
    without = [name for name, one in METHODS.built_in.items() if not one.known_effects]
    assert without == ["none"]


def test_places_and_measures_exist() -> None:
    assert {row.place for row in DECLARED} == set(PLACES) == set(WORDS)
    assert {row.effect.measure for row in DECLARED} <= set(MEASURES)


def test_every_declared_row_was_measured_or_is_named_as_missing() -> None:
    def declared(row: EffectRow) -> tuple[str, ...]:
        measure = MEASURES[row.effect.measure]
        where = WORDS[row.place], measure.quantity, measure.unit
        return row.method, row.effect.text, row.setting, row.against, *where

    def shown(row: MeasuredEffect) -> tuple[str, ...]:
        return (
            row.method,
            row.text,
            row.setting,
            row.against,
            row.where,
            row.quantity,
            row.unit,
        )

    missing = [
        row
        for row in DECLARED
        if f"`{row.setting}`, {WORDS[row.place]}: {row.effect.text}" in content()["missing"]
    ]
    assert [shown(row) for row in SHOWN] == [declared(r) for r in DECLARED if r not in missing]
    assert len(missing) == len(content()["missing"])
    assert content()["together"] == len(DECLARED)
    assert {"bridle", "jax", "numpy"} <= set(content()["versions"])


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: f"{row.setting}-{row.quantity}")
def test_a_verdict_is_what_the_interval_says(row: MeasuredEffect) -> None:
    assert all(map(math.isfinite, (row.low, row.high, row.change)))
    assert row.low <= row.change <= row.high
    assert row.replicates >= 10
    (measure,) = {
        MEASURES[one.effect.measure]
        for one in DECLARED
        if (one.method, one.effect.text, one.setting) == (row.method, row.text, row.setting)
    }
    good, bad = (row.low > 0, row.high < 0) if measure.higher else (row.high < 0, row.low > 0)
    assert (row.verdict == FOUND) == good
    assert (row.verdict == OPPOSITE) == bad
    if row.verdict != FOUND:
        assert row.reason.endswith(".")


def test_the_page_shows_what_was_measured() -> None:
    assert PAGE.read_text("utf-8") == page(SHOWN, content()["missing"])


def test_the_experiment_trains_each_label_once() -> None:
    for place, trial in experiment().scales["laptop"].trials.items():
        labels = trial.options["methods"]
        assert len(set(labels)) == len(labels)
        assert labels[0] == "none"
        assert {row.setting for row in DECLARED if row.place == place} <= set(labels)


def test_a_sentence_says_what_was_measured_where() -> None:
    row = MeasuredEffect(
        "l1", "Makes weights exactly zero.", "l1(strength=0.003)", "none", "digits", "weights exactly zero",
        "%", True, 61.234, 0.0, 61.234, 58.0, 64.5, 20, FOUND, "",
    )  # fmt: skip
    assert row.sentence == (
        "Makes weights exactly zero. Found: with l1(strength=0.003) on digits, weights exactly zero 61.2 % instead of "
        "0.0 %; +61.2 % [+58.0, +64.5]."
    )
