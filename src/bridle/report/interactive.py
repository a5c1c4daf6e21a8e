"""What a page's script draws from: the figures' records and the leaderboard's numbers, as one document."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.report import readings
from bridle.report.figures import confusion, paths
from bridle.report.figures.base import NotShownError, StudyReading
from bridle.report.figures.boundaries import BoundariesFigure
from bridle.report.figures.paths import PathsFigure, ReplicatePath
from bridle.report.figures.planes import POINTS, Plane
from bridle.report.figures.reliability import ReliabilityFigure
from bridle.report.palette import class_colors, looks
from bridle.study import settings
from bridle.study.plan import BASELINE, hyperparameters_json
from bridle.study.selection import flat
from bridle.verdict.answer import Answer

if TYPE_CHECKING:
    from markupsafe import Markup

Source = TypeVar("Source")
Record = TypeVar("Record")

SCRIPTS = (
    "unpack", "draw", "tip", "methods", "board", "reading", "surface", "setting", "slider", "panels",
    "confusion", "runs", "copy", "start",
)  # fmt: skip
"""The files of the page's script, in this order one module; all but the last only define."""


def script(names: Sequence[str] = SCRIPTS) -> Markup:
    """Return the script of a page, made of the files of these names in `templates/page/`."""
    from markupsafe import Markup

    return Markup("\n").join(_file(f"{name}.js") for name in names)


def styles() -> Markup:
    """Return the styles of what the script adds."""
    return _file("page.css")


def _file(name: str) -> Markup:
    """Return a file of the page's own, as it is."""
    from markupsafe import Markup

    return Markup((resources.files(__package__) / "templates" / "page" / name).read_text("utf-8"))


def document(
    reading: StudyReading, records: Mapping[str, Any], answers: Sequence[Answer]
) -> dict[str, Any]:
    """Return everything that the page's script draws.

    Args:
        reading: of the study.
        records: of its figures, by name.
        answers: the study's, then those in other metrics.
    """
    answer = reading.answer
    path, confused = _found(paths.collect, reading), _found(confusion.record, answer)
    return {
        "methods": methods(answer),
        "baseline": BASELINE,
        "readings": [readings.reading(reading.study, one) for one in answers],
        "trained": _trained(reading),
        "replicates": answer.evidence.replicates,
        "boundaries": boundaries(records["boundaries"]) if "boundaries" in records else None,
        "curves": records.get("curves"),
        "weights": records.get("weights"),
        "strength": records.get("strength"),
        "reliability": _reliability(records.get("reliability")),
        "paths": None if path is None else strengths(path),
        "confusion": confused,
        "runs": runs(reading),
    }


def _found(collect: Callable[[Source], Record], source: Source) -> Record | None:
    """Return a figure's record; None if the study cannot have it."""
    try:
        return collect(source)
    except NotShownError:
        return None


def methods(answer: Answer) -> list[dict[str, Any]]:
    """Return how every method is drawn, its numbers, and what its cards say, in the order of the leaderboard."""
    shown = looks(row.name for row in answer.rows)
    advised = answer.choice.method if answer.choice is not None else None
    return [
        {
            "name": row.name,
            "color": shown[row.name].color,
            "glyph": shown[row.name].glyph,
            "baseline": row.method == BASELINE,
            "advised": row.method == advised,
            "cards": _cards(row.method),
        }
        for row in answer.rows
    ]


RUNS = (
    "method", "replicate", "selected", "epochs_run", "train_score", "val_score", "test_score", "val_loss",
    "exact_zeros", "status",
)  # fmt: skip
"""The columns of the results that the page's table of runs has, beside the setting in words."""


def runs(reading: StudyReading) -> list[dict[str, Any]]:
    """Return every finished run."""
    words = {
        (label, hyperparameters_json(c)): settings.words(label, flat(c), configurations)
        for label, configurations in reading.plan.configurations.items()
        for c in configurations
    }
    keys = zip(reading.results["method"], reading.results["hyperparameters"], strict=True)
    rows = reading.results[list(RUNS)].to_dict("records")
    return [
        {
            **{str(name): value for name, value in row.items()},
            "method": reading.name(row["method"]),
            "setting": words[key],
        }
        for row, key in zip(rows, keys, strict=True)
    ]


def _cards(label: str) -> list[dict[str, str]]:
    """Return the cards of the methods that a label joins."""
    if label == BASELINE:
        return []
    names = Composition.parse(label).names
    cards = [method(name).card for name in names]
    return [{**dataclasses.asdict(card), "papers": card.paper} for card in cards]


def _trained(reading: StudyReading) -> dict[str, Any]:
    """Return how the score is written that every run records while it trains."""
    from bridle.verdict.measure import measure_of

    return dataclasses.asdict(measure_of(reading.dataset.task.metric))


def strengths(record: PathsFigure) -> dict[str, Any]:
    """Return the figure of strengths, its arrays joined and as few bytes as they need."""
    tried = record.settings
    return {
        "caption": paths.caption(record),
        "keep": record.keep,
        "settings": [
            {
                "method": s.method,
                "text": s.text,
                "rate": s.rate,
                "chosen": s.chosen,
                "scores": s.scores.tolist(),
            }
            for s in tried
        ],
        "shown": [_shown(one) for one in record.shown],
        "paths": record.paths,
        "epochs": record.epochs,
        "traces": np.stack([s.traces for s in tried]),
        "scale": record.scale,
        "end": record.end,
        "classes": record.classes,
        "colors": class_colors(len(record.classes)),
    }


def _shown(one: ReplicatePath) -> dict[str, Any]:
    """Return the networks of a replicate; `drawn` holds places in `surfaces`, −1 for those that have none."""
    there = [surface is not None for surface in one.surfaces]
    return {
        "replicate": one.replicate,
        "plane": None if one.plane is None else _plane(one.plane),
        "surfaces": quantized([surface for surface in one.surfaces if surface is not None]),
        "drawn": np.where(there, np.cumsum(there) - 1, -1).tolist(),
        "zeros": [None if w is None else w.zeros for w in one.weights],
        "count": [None if w is None else w.count for w in one.weights],
        "density": np.stack(
            [np.full(paths.BINS, np.nan) if w is None else w.density for w in one.weights]
        ),
        "traces": one.traces,
    }


def _reliability(record: ReliabilityFigure | None) -> dict[str, Any] | None:
    return None if record is None else {**vars(record), "bottom": record.bottom}


def boundaries(record: BoundariesFigure) -> dict[str, Any]:
    """Return the figure of boundaries, on half as fine a grid, with the training examples of every replicate drawn."""
    x, y = record.x[::2], record.y[::2]
    axes = record.features[0], record.features[1]
    drawn = {
        replicate: Plane(axes, x, y, points[:POINTS], labels[:POINTS])
        for replicate, (points, labels) in record.examples.items()
    }
    return {
        "replicates": list(drawn),
        "planes": [_plane(plane) for plane in drawn.values()],
        "colors": class_colors(len(record.classes)),
        "surfaces": [
            {
                "method": s.method,
                "scores": [record.measure.score(score) for score in s.scores],
                "replicates": s.replicates,
                "networks": [
                    [grid[0] for grid in quantized([p[::2, ::2]])] for p in s.probabilities
                ],
            }
            for s in record.surfaces
        ],
    }


def _plane(plane: Plane) -> dict[str, Any]:
    """Return a plane with the ends of its axes for their grids."""
    return {
        "axes": plane.axes,
        "x": [plane.x[0], plane.x[-1]],
        "y": [plane.y[0], plane.y[-1]],
        "points": plane.points,
        "labels": plane.labels.astype(np.uint8),
        "side": len(plane.x),
    }


def quantized(surfaces: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return surfaces [side, side, classes] as bytes [surfaces, side, side], rows along y.

    Of two classes the probability of the second, of more the probability of the most probable class and its number.
    """
    if not surfaces:
        return []
    every = np.nan_to_num(np.stack(surfaces))
    two = every.shape[-1] == 2
    sure = every[..., 1] if two else every.max(axis=-1)
    found = [np.rint(255 * sure.clip(0, 1)).astype(np.uint8)]
    return found if two else [*found, every.argmax(axis=-1).astype(np.uint8)]
