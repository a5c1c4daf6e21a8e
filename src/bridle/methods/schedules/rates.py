"""Schedules of learning rates, which strengths may follow too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.arguments import declare
from bridle.methods.card import Card
from bridle.methods.papers import Paper
from bridle.methods.schedules.base import CONSTANT, SHARE, Schedule, percent


def _warmup(default: float = 0.0) -> Any:
    """Declare the share of training in which the rate rises."""
    words = "the share of training in which the rate rises from 0"
    return declare(default, SHARE, words, ("warm_up", "warmup_ratio", "warmup_fraction"))


def _final() -> Any:
    """Declare the factor in the end."""
    words = "the share of the rate that is left in the end"
    return declare(0.0, Real(0.0, 1.0), words, ("end", "alpha", "min", "eta_min"))


def rising(progress: Array, warmup: float) -> Array:
    """Return what rises in a line from 0, and is 1 from `warmup` on."""
    return jnp.minimum(progress / warmup, 1.0) if warmup else jnp.ones_like(progress)


def falling(
    progress: Array, warmup: float, start: float, final: float, shape: Callable[[Array], Array]
) -> Array:
    """Return what rises in a line until `warmup`, is 1 until `start`, and then falls to `final` at the end.

    Args:
        progress: from 0 to 1.
        warmup: until where it rises.
        start: from where it falls.
        final: what is left in the end.
        shape: of the fall: a function of what falls in a line from 1 to 0, with the same ends.
    """
    left = shape(jnp.clip((1.0 - progress) / (1.0 - start), 0.0, 1.0))
    return rising(progress, warmup) * (final + (1.0 - final) * left)


def falling_code(warmup: float, start: float, final: float, shape: str) -> str:
    """Return the body of a Python function that is the same as `falling`.

    Args:
        warmup: until where it rises.
        start: from where it falls.
        final: what is left in the end.
        shape: of the fall, an expression of `left`.
    """
    left = f"{{min}}((1 - progress) / {_plain(1 - start)}, 1)" if start else "1 - progress"
    lines, fall = [], shape
    if shape == "left" and not warmup and not final:
        fall = left
    else:
        lines.append(f"left = {left}")
    if final:
        lines.append(f"fall = {shape}")
        fall = f"{_plain(final)} + {_plain(1 - final)} * fall"
    if warmup:
        lines.append(f"rise = {{min}}(progress / {_plain(warmup)}, 1)")
        fall = f"rise * ({fall})" if final else f"rise * {fall}"
    return "\n".join([*lines, f"return {fall}"])


def _plain(number: float) -> float:
    return float(f"{number:.12g}")


HALF_COSINE = "0.5 * (1 - {cos}({pi} * left))"
"""Half a cosine wave as code."""


def line(left: Array) -> Array:
    """Return a line: `left` itself."""
    return left


def half_cosine(left: Array) -> Array:
    """Return half a cosine wave: 1 where `left` is 1, 0 where it is 0."""
    return 0.5 * (1.0 - jnp.cos(jnp.pi * left))


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate as it is."""

    name = CONSTANT
    aliases = ("fixed", "none", "constant_lr")
    card = Card(
        title="Constant learning rate",
        summary="Leaves the learning rate as it is.",
        formula="factor 1",
        when="Short trainings, and to see what a method does by itself.",
        beware="Weights keep jumping around a minimum by as much as in the beginning.",
    )

    def factor(self, progress: Array) -> Array:
        """Return 1."""
        return jnp.ones_like(progress)

    def code(self) -> str:
        """Return 1."""
        return "return 1.0"

    def rate(self, learning_rate: Array, progress: Array) -> Array:
        """Return the learning rate itself, so that a program without a schedule has no trace of one."""
        return learning_rate


@dataclass(frozen=True)
class Warmup(Schedule):
    """A rise from 0, then the learning rate as it is."""

    name = "warmup"
    aliases = ("linear_warmup", "constant_with_warmup")
    principal = "warmup"
    card = Card(
        title="Linear warmup",
        summary="Lets the learning rate rise in a line from 0, and then leaves it as it is.",
        formula="factor min(p/warmup, 1) at progress p from 0 to 1",
        papers=(
            Paper(
                "Goyal, Priya and others",
                2017,
                "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour",
                arxiv="1706.02677",
                kind="misc",
            ),
        ),
        when="The first steps are too large: large batches, large learning rates, deep networks.",
        beware="Training is that much shorter.",
    )

    warmup: float = _warmup(0.05)

    def factor(self, progress: Array) -> Array:
        """Return min(p/warmup, 1)."""
        return rising(progress, self.warmup)

    def code(self) -> str:
        """Return min(p/warmup, 1) as code."""
        return f"return {{min}}(progress / {self.warmup}, 1)" if self.warmup else "return 1.0"

    def words(self) -> str:
        """Say what it does."""
        return _after("", self.warmup)


@dataclass(frozen=True)
class Linear(Schedule):
    """A fall in a line."""

    name = "linear"
    aliases = ("linear_decay", "linear_lr", "polynomial")
    card = Card(
        title="Linear decay",
        summary="Lets the learning rate fall in a line over the whole training.",
        formula="factor 1 − (1 − final)·q, with q = (p − warmup)/(1 − warmup) at progress p, after a linear warmup",
        papers=(
            Paper(
                "Defazio, Aaron and Cutkosky, Ashok and Mehta, Harsh and Mishchenko, Konstantin",
                2023,
                "Optimal Linear Decay Learning Rate Schedules and Further Refinements",
                arxiv="2310.07831",
                kind="misc",
            ),
        ),
        when="The default: of the schedules the best and steadiest scores; steps shrink to nothing by the end.",
        beware="A run that early stopping ends has seen only the first part of the schedule.",
    )

    warmup: float = _warmup()
    final: float = _final()

    def factor(self, progress: Array) -> Array:
        """Return the fall times the warmup."""
        return falling(progress, self.warmup, self.warmup, self.final, line)

    def code(self) -> str:
        """Return the fall times the warmup as code."""
        return falling_code(self.warmup, self.warmup, self.final, "left")

    def words(self) -> str:
        """Say what it does."""
        return _after(f"falling linearly to {percent(self.final)}", self.warmup)


@dataclass(frozen=True)
class Cosine(Schedule):
    """A fall along half a cosine wave."""

    name = "cosine"
    aliases = ("cosine_decay", "cosine_annealing", "cosine_annealing_lr", "cos")
    card = Card(
        title="Cosine decay",
        summary="Lets the learning rate fall along half a cosine wave: slowly, fast, and slowly again.",
        formula="factor final + (1 − final)·½(1 + cos πq), with q = (p − warmup)/(1 − warmup) at progress p, after a "
        "linear warmup",
        papers=(
            Paper(
                "Loshchilov, Ilya and Hutter, Frank",
                2017,
                "SGDR: Stochastic Gradient Descent with Warm Restarts",
                "International Conference on Learning Representations",
                arxiv="1608.03983",
            ),
        ),
        when="Almost always worth trying; the usual choice for images.",
        beware="A run that early stopping ends has seen only the first part of the schedule.",
    )

    warmup: float = _warmup()
    final: float = _final()

    def factor(self, progress: Array) -> Array:
        """Return the fall times the warmup."""
        return falling(progress, self.warmup, self.warmup, self.final, half_cosine)

    def code(self) -> str:
        """Return the fall times the warmup as code."""
        return falling_code(self.warmup, self.warmup, self.final, HALF_COSINE)

    def words(self) -> str:
        """Say what it does."""
        return _after(f"falling along a cosine to {percent(self.final)}", self.warmup)


@dataclass(frozen=True)
class FlatCosine(Schedule):
    """A constant rate, then a fall along half a cosine wave."""

    name = "flat_cosine"
    aliases = ("flat_cos", "flat_and_anneal", "flat_then_cosine")
    card = Card(
        title="Flat, then cosine decay",
        summary="Leaves the learning rate as it is for most of the training, then lets it fall along half a cosine "
        "wave.",
        formula="factor 1 until progress `flat`, then final + (1 − final)·½(1 + cos πq), with "
        "q = (p − flat)/(1 − flat), after a linear warmup",
        papers=(
            Paper(
                "Howard, Jeremy and Gugger, Sylvain",
                2020,
                "fastai: A Layered API for Deep Learning",
                "Information",
                volume="11",
                arxiv="2002.04688",
                kind="article",
            ),
        ),
        when="Tables, and trainings whose length is uncertain: most of it is at the full rate.",
        beware="A run that early stopping ends before `flat` has seen no fall at all.",
    )

    flat: float = declare(0.7, SHARE, "the progress up to which the rate does not fall")
    warmup: float = _warmup()
    final: float = _final()

    def factor(self, progress: Array) -> Array:
        """Return the fall times the warmup."""
        start = max(self.flat, self.warmup)
        return falling(progress, self.warmup, start, self.final, half_cosine)

    def code(self) -> str:
        """Return the fall times the warmup as code."""
        start = max(self.flat, self.warmup)
        return falling_code(self.warmup, start, self.final, HALF_COSINE)

    def words(self) -> str:
        """Say what it does."""
        flat = f"constant for {percent(self.flat)} of training, then falling along a cosine"
        return _after(f"{flat} to {percent(self.final)}", self.warmup)


def _after(words: str, warmup: float) -> str:
    rise = f"after a warmup of {percent(warmup)}" if warmup else ""
    return " ".join(filter(None, (words, rise)))
