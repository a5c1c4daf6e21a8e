"""Two populations, with a method and without, looked at again and again while they train."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bridle.domains import Integer
from bridle.engine.slices import Slices
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.methods.composition import Composition, check_batch, check_refusals
from bridle.networks.catalogue import network_for
from bridle.report.figures import paths
from bridle.report.interactive import quantized
from bridle.report.palette import class_colors
from bridle.serving.playground.data import SIDE, played
from bridle.serving.playground.settings import Settings
from bridle.statistics.checks import Floats
from bridle.statistics.designs import fresh
from bridle.statistics.simultaneous import interval
from bridle.study.plan import BASELINE

BATCH = 32
"""Examples of a training step, or all training points where there are fewer."""

LINES = 12
"""Number of single networks whose boundaries are drawn over the mean."""

BAND = (0.1, 0.9)
"""The part of the networks that a band holds: 8 of 10."""

KEPT = 4
"""Number of populations that are held at a time."""


@dataclass(frozen=True, eq=False)
class Side:
    """A population at one epoch.

    Attributes:
        surfaces: [1 + LINES, SIDE, SIDE] bytes: the mean probability of the second class, then single networks'.
        errors: of each network, the share of test points that is wrong; NaN where it diverged.
        test: mean of these, and the ends of the band.
        train: likewise of the training points, by the labels trained on.
        spread: the mean standard deviation of the probability over the plane.
        density: of all weights, on the figure's axis.
        zeros: share of weights that are exactly zero.
        diverged: number of networks without finite predictions.
        running: number of networks that still train.
    """

    surfaces: np.ndarray
    errors: Floats
    test: Floats
    train: Floats
    spread: float
    density: Floats
    zeros: float
    diverged: int
    running: int


@dataclass(frozen=True, eq=False)
class Frame:
    """Both populations at one epoch.

    Attributes:
        epoch: how long they trained.
        without: those without the method.
        regularized: those with it.
        difference: of the test errors, with minus without, paired by network: mean and 95 % interval; NaN without one.
    """

    epoch: int
    without: Side
    regularized: Side
    difference: Floats


class WatchedPopulation:
    """Networks with one method, trained as far as they are looked at. Looked-at epochs are kept.

    Args:
        settings: what decides them.
        axis: scale and end of the weights' axis; by default from the weights before training.

    Raises:
        UserError: the settings do not go together.
    """

    def __init__(self, settings: Settings, axis: tuple[float, float] | None = None) -> None:
        self.settings = settings
        self.played = played(settings)
        data = self.played.dataset
        composition = Composition.parse(settings.method)
        batch = min(BATCH, data.sizes.train)
        program = ProgramSpec(
            widths=settings.widths,
            activation=settings.activation,
            methods=composition.compiled,
            optimizer="adam",
            batch_size=batch,
        )
        built = network_for(data, program.network, program.widths, program.activation)
        check_refusals([composition], built, data.task)
        check_batch([composition], batch)
        setting = composition.setting()
        runs = [
            RunSpec(setting, settings.rate, settings.epochs, number, settings.seed)
            for number in range(settings.networks)
        ]
        self._slices = Slices(program, data, runs)
        self.count = self._slices.kernels.shape[1]
        self.axis = axis or _wider(*paths.weight_axis([self._slices.kernels.ravel()]))
        self._sides = [self._look()]

    def at(self, stop: int) -> Side:
        """Return what there is to see at a stop, training on to it where it was not reached yet."""
        while len(self._sides) <= stop:
            here, there = self.settings.stops[len(self._sides) - 1 : len(self._sides) + 1]
            going = self._slices.running.any()
            self._slices.advance(there - here)
            self._sides.append(self._look() if going else self._sides[-1])
        return self._sides[stop]

    def _look(self) -> Side:
        asked = [self.played.grid, self.played.test, self.played.train]
        found = probabilities(self._slices.predict(np.concatenate(asked)))
        surfaces, tests, trains = np.split(found, np.cumsum([*map(len, asked)])[:-1], axis=1)
        there = np.isfinite(found).all(axis=(1, 2))
        known = surfaces[there] if there.any() else np.full((1, *surfaces.shape[1:]), 0.5)
        shown = np.concatenate([known.mean(axis=0, keepdims=True), known[:LINES]])
        truth = self.played.dataset.replicate(0, 0).targets
        test, train = (
            np.where(there, ((part[..., 1] > 0.5) != truth[own]).mean(axis=1), np.nan)
            for part, own in ((tests, self.played.test), (trains, self.played.train))
        )
        weights = paths.weights_on(self._slices.kernels.ravel().astype(np.float64), *self.axis)
        return Side(
            np.concatenate([quantized([one.reshape(SIDE, SIDE, 2)])[0] for one in shown]),
            test,
            _band(test),
            _band(train),
            float(known[..., 1].std(axis=0).mean()),
            weights.density,
            weights.zeros,
            int((~there).sum()),
            int(self._slices.running.sum()),
        )


def _wider(scale: float, end: float) -> tuple[float, float]:
    """Return an axis that goes four times as far, because weights grow."""
    return scale, float(np.arcsinh(4 * np.sinh(end)))


def probabilities(logits: np.ndarray) -> Floats:
    """Return the probabilities of the classes `[..., K]` of logits `[..., K]`."""
    z = np.asarray(logits, np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        found: Floats = e / e.sum(axis=-1, keepdims=True)
    return found


def _band(errors: Floats) -> Floats:
    known = errors[np.isfinite(errors)]
    if not len(known):
        return np.full(3, np.nan)
    return np.array([known.mean(), *np.quantile(known, BAND)])


def _difference(differences: Floats) -> Floats:
    """Return mean and 95 % interval of paired differences of errors."""
    estimate = fresh(differences)
    found = interval(estimate)
    return np.array([estimate.difference, found.low, found.high])


class Populations:
    """The populations that were played with last."""

    def __init__(self) -> None:
        self._held: OrderedDict[Settings, WatchedPopulation] = OrderedDict()

    def frame(self, settings: Settings, stop: int) -> Frame:
        """Return both populations at a stop; what is no longer held trains again, to the same bits.

        Raises:
            UserError: the settings do not go together, or have no such stop.
        """
        stop = Integer(0, len(settings.stops) - 1).check("stop", stop)
        without, regularized = self.both(settings)
        one, other = without.at(stop), regularized.at(stop)
        return Frame(settings.stops[stop], one, other, _difference(other.errors - one.errors))

    def both(self, settings: Settings) -> tuple[WatchedPopulation, WatchedPopulation]:
        """Return the populations without the method and with it."""
        without = self._of(replace(settings, method=BASELINE))
        return without, self._of(settings, without.axis)

    def _of(self, settings: Settings, axis: tuple[float, float] | None = None) -> WatchedPopulation:
        if settings not in self._held:
            self._held[settings] = WatchedPopulation(settings, axis)
        self._held.move_to_end(settings)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)
        return self._held[settings]

    def document(self, settings: Settings) -> dict[str, Any]:
        """Return what is the same at all epochs, for the page."""
        without, _ = self.both(settings)
        plane, (scale, end) = without.played.plane, without.axis
        return {
            "plane": {
                "axes": plane.axes,
                "x": [plane.x[0], plane.x[-1]],
                "y": [plane.y[0], plane.y[-1]],
                "points": plane.points,
                "labels": plane.labels.astype(np.uint8),
                "side": SIDE,
            },
            "flipped": int(without.played.flipped.sum()),
            "colors": class_colors(2),
            "scale": scale,
            "end": end,
            "count": without.count,
            "stops": settings.stops,
            "test": len(without.played.test),
        }
