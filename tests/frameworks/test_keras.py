"""Fifty steps with a method end at the weights of Keras, where it means the same by the method."""

from __future__ import annotations

import math

import pytest

from tests.frameworks.keras_training import H, Twin, keras, trained
from tests.frameworks.ours import ours, same_ends


def strengths(name: str, *values: float) -> list[H]:
    return [{name: value} for value in values]


TWINS: dict[str, Twin] = {
    "l1": Twin(
        [{"strength": s, "update": "subgradient"} for s in (0.0, 1e-3, 1e-2)],
        dense=lambda h: {"kernel_regularizer": keras.regularizers.L1(h["strength"])},
    ),
    "l2": Twin(
        strengths("strength", 0.0, 1e-3, 1e-1),
        dense=lambda h: {"kernel_regularizer": keras.regularizers.L2(h["strength"])},
    ),
    "activity_l1": Twin(
        strengths("strength", 0.0, 1e-3, 3e-2),
        activation=lambda h: {"activity_regularizer": keras.regularizers.L1(h["strength"])},
    ),
    "activity_l2": Twin(
        strengths("strength", 0.0, 1e-3, 3e-2),
        activation=lambda h: {"activity_regularizer": keras.regularizers.L2(h["strength"])},
    ),
    "weight_decay": Twin(
        strengths("strength", 0.0, 0.1, 3.0),
        optimizer="adam",
        arguments=lambda h: {"weight_decay": h["strength"]},
    ),
    "max_norm": Twin(
        strengths("limit", math.inf, 1.0, 0.3),
        dense=lambda h: {"kernel_constraint": keras.constraints.MaxNorm(h["limit"])},
    ),
    "unit_norm": Twin([{}], dense=lambda h: {"kernel_constraint": keras.constraints.UnitNorm()}),
    "non_negative": Twin([{}], dense=lambda h: {"kernel_constraint": keras.constraints.NonNeg()}),
    "batch_norm": Twin(
        [{"momentum": 0.99}, {"momentum": 0.5, "epsilon": 0.1}, {"momentum": 0.0}],
        pre=lambda h: keras.layers.BatchNormalization(momentum=h["momentum"], epsilon=h["epsilon"]),
        atol=3e-5,
    ),
    "layer_norm": Twin(
        [{}, {"epsilon": 0.1}],
        pre=lambda h: keras.layers.LayerNormalization(epsilon=h["epsilon"]),
    ),
    "rms_norm": Twin(
        [{}, {"epsilon": 0.1}], pre=lambda h: keras.layers.RMSNormalization(epsilon=h["epsilon"])
    ),
    "group_norm(groups=2)": Twin(
        [{"epsilon": 0.01}, {"epsilon": 0.1}],
        pre=lambda h: keras.layers.GroupNormalization(h["groups"], epsilon=h["epsilon"]),
    ),
    "label_smoothing": Twin(
        strengths("strength", 0.0, 0.1, 0.9),
        loss=lambda h: keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=h["strength"]
        ),
    ),
    "focal": Twin(
        strengths("gamma", 0.0, 2.0, 5.0),
        loss=lambda h: keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=h["gamma"], from_logits=True
        ),
    ),
    "gradient_clipping": Twin(
        strengths("limit", math.inf, 0.3, 0.05),
        arguments=lambda h: {
            "global_clipnorm": None if math.isinf(h["limit"]) else h["limit"],
        },
    ),
    # ours takes less decay in the first steps, so that the two agree up to a decay of 2/11
    "ema": Twin(
        strengths("decay", 0.0, 0.1, 0.18),
        arguments=lambda h: {"use_ema": True, "ema_momentum": h["decay"]},
    ),
}


@pytest.mark.parametrize("text", TWINS)
def test_fifty_steps_end_at_the_same_weights(text: str) -> None:
    twin = TWINS[text]
    own = ours(text, twin.optimizer)
    first, _ = own.first()
    same_ends(own, twin.settings, lambda h: trained(own.method.name, twin, first, h), twin.atol)
