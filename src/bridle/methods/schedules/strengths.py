"""Schedules of strengths alone: a learning rate that followed them would stand still."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from bridle.domains import Flag, Real
from bridle.methods.arguments import declare
from bridle.methods.card import Card
from bridle.methods.papers import Paper
from bridle.methods.schedules.base import SHARE, Schedule, percent

_EARLY_LATE = Paper(
    "Liu, Zhuang and Xu, Zhiqiu and Jin, Joseph and Shen, Zhiqiang and Darrell, Trevor",
    2023,
    "Dropout Reduces Underfitting",
    "International Conference on Machine Learning",
    arxiv="2303.01500",
)


@dataclass(frozen=True)
class Early(Schedule):
    """A strength in the first part of training only."""

    name = "early"
    of_rates = False
    card = Card(
        title="Early only",
        summary="Lets a strength act in the first part of training and fall to nothing by its end.",
        formula="factor max(1 − p/until, 0) at progress p; not falling: 1 until `until`, then 0",
        papers=(_EARLY_LATE,),
        when="A network underfits: noise in the first steps makes their gradients agree better, and the training that "
        "follows is undisturbed. Early dropout: dropout(rate=early(0.1)).",
        beware="It does not work against overfitting, which begins later.",
    )

    until: float = declare(
        0.2,
        Real(0.0, 1.0, open_low=True),
        "the progress from which on the strength is off",
        ("end", "cutoff"),
    )
    falling: bool = declare(True, Flag(), "fall in a line from the start, rather than at once")

    def factor(self, progress: Array) -> Array:
        """Return what falls to 0 until `until`."""
        if self.falling:
            return jnp.maximum(1.0 - progress / self.until, 0.0)
        return jnp.where(progress < self.until, 1.0, 0.0)

    def code(self) -> str:
        """Return what falls to 0 until `until` as code."""
        if self.falling:
            return f"return 1 - {{min}}(progress / {self.until}, 1)"
        return f"return {{where}}(progress < {self.until}, 1.0, 0.0)"

    def words(self) -> str:
        """Say what it does."""
        first = f"the first {percent(self.until)} of training"
        return f"falling linearly to 0 in {first}" if self.falling else f"in {first} only"


@dataclass(frozen=True)
class Late(Schedule):
    """A strength in the last part of training only."""

    name = "late"
    of_rates = False
    card = Card(
        title="Late only",
        summary="Lets a strength act in the last part of training only.",
        formula="factor 0 until progress `since`, then 1",
        papers=(_EARLY_LATE,),
        when="A network overfits, and a strength from the start would slow it. Late dropout: dropout(rate=late(0.4)).",
        beware="A run that early stopping ends before `since` has seen nothing of it.",
    )

    since: float = declare(
        0.5, SHARE, "the progress from which on the strength is on", ("start", "cutoff")
    )

    def factor(self, progress: Array) -> Array:
        """Return 0 until `since`, then 1."""
        return jnp.where(progress >= self.since, 1.0, 0.0)

    def code(self) -> str:
        """Return 0 until `since`, then 1 as code."""
        return f"return {{where}}(progress >= {self.since}, 1.0, 0.0)"

    def words(self) -> str:
        """Say what it does."""
        return f"from {percent(self.since)} of training on"
