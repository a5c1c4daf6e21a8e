"""Several models from one training, written out from the papers."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tests.frameworks.ours import STEPS, Weights
from tests.frameworks.pytorch_training import H, Twin, cross_entropy, layers, named, torch


def rank_one(model: Any, x: Any, y: Any, step: int, h: H) -> Any:
    """BatchEnsemble: member m has W ∘ rₘsₘᵀ in the place of each kernel W (Wen, Tran and Ba 2020)."""

    def own(place: str, member: int) -> Any:
        return model.get_parameter(f"batch_ensemble/{place}")[member]

    def factors(place: str, member: int) -> Any:
        return 1 + h["strength"] * (own(f"{place}/scale", member) - 1)

    def outputs(member: int) -> Any:
        changed, before = {}, "input"
        found = layers(model)
        for at, layer in model.named_children():
            if layer not in found:
                continue
            after = "logits" if layer is found[-1] else f"{layer.place}/pre"
            r, s = factors(before, member), factors(after, member)
            units, inputs, *window = layer.weight.shape
            both = torch.outer(s, r.repeat(inputs // len(r)))  # of images as channels
            both = both.reshape(units, inputs, *(1 for _ in window))
            changed[f"{at}.weight"] = layer.weight * both
            changed[f"{at}.bias"] = layer.bias * s + h["strength"] * own(f"{after}/offset", member)
            before = f"{layer.place}/post"
        return torch.func.functional_call(model, changed, (x,))

    return (
        sum(cross_entropy(outputs(member), y, h) for member in range(h["members"])) / h["members"]
    )


class Kept:
    """The models at the ends of cycles, in the place of an average."""

    def __init__(self) -> None:
        self.module: list[Any] = []

    @property
    def n_averaged(self) -> int:
        """The number of models."""
        return len(self.module)

    def update_parameters(self, model: Any) -> None:
        """Keep a copy."""
        self.module.append(copy.deepcopy(model))


def stacked(name: str, models: list[Any]) -> Weights:
    """The weights of all models, along a first axis."""
    each = [named(name, model) for model in models]
    return {key: np.stack([one[key] for one in each]) for key in each[0]}


SNAPSHOTS = Twin(
    [{}],
    schedule=lambda optimizer, h: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
        optimizer, STEPS // h["cycles"]
    ),
    average=lambda model, h: Kept(),
    averages=lambda step, h: (step + 1) % (STEPS // h["cycles"]) == 0,
    found=stacked,
)
"""Snapshot ensemble: the rate falls by a cosine and restarts, and the end of each cycle is kept (Huang et al. 2017)."""
