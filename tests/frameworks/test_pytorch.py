"""Fifty steps with a method end at the weights of PyTorch, at neutral, middle and extreme strengths.

Both sides begin with the same weights and see the same batches; what is random on our side is handed to PyTorch. Where
PyTorch has a name for the method, that is used; otherwise the rule is written out and PyTorch takes the derivatives.

PyTorch computes in float64. Settings are such that rounding to float32 does not grow in 50 steps. It does under rates
of 0.9 of drop_connect and stochastic_depth, and with an epsilon near 0 in groups of three or four numbers: there first
weights that differ in their last bit end as far apart as the two sides do. `virtual_adversarial` takes differences of
nearly equal probabilities.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bridle.methods.catalogue import METHODS, compiled
from tests.frameworks import pytorch_branches as branches
from tests.frameworks import pytorch_ensembles as ensembles
from tests.frameworks import pytorch_images as images
from tests.frameworks import pytorch_losses as losses
from tests.frameworks import pytorch_weights as weights
from tests.frameworks.ours import ADAM_RATE, STEPS, Weights, ours, same_ends
from tests.frameworks.pytorch_training import H, Twin, nn, of_outputs, torch, trained


def strengths(name: str, *values: float) -> list[H]:
    return [{name: value} for value in values]


LIMITS = (math.inf, 1.0, 0.3)
TWINS: dict[str, Twin] = {
    # penalties
    "l1": Twin(
        strengths("strength", 0.0, 1e-3, 1e-2),
        after=weights.on_kernels(lambda w, h: weights.soft(w, h["strength"])),
    ),
    "l2": Twin(strengths("strength", 0.0, 1e-3, 1e-1), decay=lambda h: 2 * h["strength"]),
    "elastic_net": Twin(
        strengths("strength", 0.0, 1e-3, 1e-2),
        decay=lambda h: h["strength"],
        after=weights.on_kernels(lambda w, h: weights.soft(w, h["strength"] / 2)),
    ),
    "group_lasso": Twin(strengths("strength", 0.0, 1e-3, 1e-2), after=weights.fewer_features),
    "sparse_group_lasso": Twin(
        strengths("strength", 0.0, 1e-3, 1e-2), after=weights.fewer_features
    ),
    "hierarchical_lasso": Twin(
        strengths("strength", 0.0, 10.0, 100.0),
        before=weights.own_parameters,
        losses=losses.beside_linear,
        after=weights.hierarchical,
    ),
    "orthogonal": Twin(strengths("strength", 0.0, 1e-3, 1e-1), penalty=weights.not_orthogonal),
    "l2_sp": Twin(
        strengths("strength", 0.0, 1e-3, 1e-1),
        before=weights.remembered,
        penalty=weights.from_first,
    ),
    "activity_l1": Twin(strengths("strength", 0.0, 1e-3, 3e-2), losses=losses.active(torch.abs)),
    "activity_l2": Twin(strengths("strength", 0.0, 1e-3, 3e-2), losses=losses.active(torch.square)),
    "kl_sparsity": Twin(
        strengths("strength", 0.0, 1e-2, 0.3), activation="sigmoid", losses=losses.often_active
    ),
    "jacobian": Twin(strengths("strength", 0.0, 1e-2, 0.5), losses=losses.steep),
    # rules for weights
    "weight_decay": Twin(
        strengths("strength", 0.0, 0.1, 3.0), optimizer="adam", decay=lambda h: h["strength"]
    ),
    "independent_decay": Twin(
        strengths("strength", 0.0, 1e-3, 0.1),
        optimizer="adam",
        decay=lambda h: h["strength"] / ADAM_RATE,
    ),
    "cautious_decay": Twin(
        strengths("strength", 0.0, 0.1, 3.0), optimizer="adam", after=weights.cautious
    ),
    "max_norm": Twin(
        strengths("limit", *LIMITS),
        after=weights.on_kernels(lambda w, h: torch.renorm(w, p=2, dim=0, maxnorm=h["limit"])),
    ),
    "unit_norm": Twin([{}], after=weights.on_kernels(lambda w, h: w / w.norm(dim=1, keepdim=True))),
    "non_negative": Twin([{}], after=weights.on_kernels(lambda w, h: w.clamp(min=0))),
    "spectral_norm": Twin(strengths("limit", *LIMITS), before=weights.bounded),
    "weight_standardization": Twin([{}], before=weights.standardized),
    "weight_noise": Twin(
        strengths("strength", 0.0, 0.05, 0.5),
        losses=losses.through("weight_noise", losses.trembling),
    ),
    # noise in the network
    "dropout": Twin(strengths("rate", 0.0, 0.3, 0.9), masks=weights.dropped("dropout")),
    "mc_dropout": Twin(strengths("rate", 0.0, 0.3, 0.9), masks=weights.dropped("mc_dropout")),
    "gaussian_dropout": Twin(strengths("rate", 0.0, 0.3, 0.6), masks=weights.multiplied, atol=3e-5),
    "alpha_dropout": Twin(strengths("rate", 0.0, 0.1, 0.6), masks=weights.alpha_dropped),
    "drop_connect": Twin(
        strengths("rate", 0.0, 0.3, 0.6),
        losses=losses.through("drop_connect", losses.disconnected),
    ),
    "spatial_dropout on cnn": Twin(strengths("rate", 0.0, 0.2, 0.6), masks=images.channels_dropped),
    "drop_block on cnn": Twin(strengths("rate", 0.0, 0.1, 0.6), masks=images.blocks_dropped),
    "stochastic_depth on resnet_mlp": Twin(
        strengths("rate", 0.0, 0.2, 0.8), branch=branches.skipped
    ),
    "shake_shake on resnet_mlp": Twin(strengths("strength", 0.0, 0.4, 1.0), branch=branches.mixed),
    "shake_drop on resnet_mlp": Twin(strengths("rate", 0.0, 0.5, 1.0), branch=branches.shaken),
    # normalizations
    "batch_norm": Twin(
        [{"momentum": 0.99}, {"momentum": 0.5, "epsilon": 0.1}, {"momentum": 0.0}],
        pre=lambda units, h: weights.OfBatches(units, h["epsilon"], h["momentum"]),
        atol=3e-5,
    ),
    "ghost_batch_norm(size=4)": Twin(
        [{"epsilon": 0.01}, {"momentum": 0.5, "epsilon": 0.1}],
        pre=lambda units, h: weights.InParts(units, h["size"], h["epsilon"], h["momentum"]),
    ),
    "layer_norm": Twin(
        [{}, {"epsilon": 0.1}], pre=lambda units, h: nn.LayerNorm(units, h["epsilon"])
    ),
    "rms_norm": Twin([{}, {"epsilon": 0.1}], pre=lambda units, h: nn.RMSNorm(units, h["epsilon"])),
    "group_norm(groups=2)": Twin(
        [{"epsilon": 0.01}, {"epsilon": 0.1}],
        pre=lambda units, h: nn.GroupNorm(h["groups"], units, h["epsilon"]),
    ),
    # changed examples
    "input_noise": Twin(
        strengths("strength", 0.0, 0.1, 1.0), batch=losses.disturbed("input_noise"), atol=3e-5
    ),
    "swap_noise": Twin(strengths("rate", 0.0, 0.1, 0.9), batch=losses.swapped),
    "mixup": Twin(strengths("strength", 0.0, 0.2, 2.0), batch=losses.mixed_examples),
    "manifold_mixup": Twin(strengths("strength", 0.0, 0.5, 4.0), losses=losses.mixed_inside),
    "augmentation": Twin(
        strengths("strength", 0.0, 0.2, 1.0), batch=losses.disturbed("augmentation")
    ),
    "augmentation(elastic=0.05) on cnn": Twin(
        [{"strength": s, "zoom": 0.3, "flip": 0.5} for s in (0.0, 0.2, 1.0)], batch=images.moved
    ),
    "cutout on cnn": Twin(strengths("size", 0.0, 0.3, 1.0), batch=images.cut),
    "cutmix on cnn": Twin(strengths("strength", 0.0, 1.0, 4.0), batch=images.pasted),
    "random_erasing": Twin(strengths("probability", 0.0, 0.5, 1.0), batch=images.erased),
    # with 0.5 two numbers under one max pooling differ by 4e-8, so that rounding says where the gradient goes
    "random_erasing on cnn": Twin(strengths("probability", 0.0, 0.3, 1.0), batch=images.erased),
    # targets and losses
    "label_smoothing": Twin(
        strengths("strength", 0.0, 0.1, 0.9), losses=of_outputs(losses.smoothed)
    ),
    "confidence_penalty": Twin(
        strengths("strength", 0.0, 0.1, 2.0), losses=of_outputs(losses.confident)
    ),
    "focal": Twin(strengths("gamma", 0.0, 2.0, 5.0), losses=of_outputs(losses.focused)),
    "bootstrap(kind=hard)": Twin(
        strengths("strength", 0.0, 0.2, 0.9), losses=of_outputs(losses.bootstrapped)
    ),
    "bootstrap(kind=soft)": Twin(
        strengths("strength", 0.0, 0.2, 0.9), losses=of_outputs(losses.bootstrapped)
    ),
    "trimmed": Twin(strengths("share", 0.0, 0.2, 0.9), losses=of_outputs(losses.trimmed)),
    "r_drop": Twin(strengths("strength", 0.0, 1.0, 5.0), losses=losses.twice_dropped),
    # gradients
    "gradient_clipping": Twin(strengths("limit", math.inf, 0.3, 0.05), backward=weights.clipped),
    "adaptive_clipping": Twin(
        strengths("limit", math.inf, 0.02, 0.002), backward=weights.clipped_by_weights
    ),
    "gradient_centralization": Twin([{}], backward=weights.centred),
    "gradient_noise": Twin(
        strengths("strength", 0.0, 1e-3, 0.1), backward=weights.noisy, atol=3e-5
    ),
    "sam": Twin(strengths("radius", 0.0, 0.05, 1.0), backward=weights.uphill),
    "asam": Twin(strengths("radius", 0.0, 0.5, 2.0), backward=weights.uphill_by_size),
    "adversarial": Twin(strengths("epsilon", 0.0, 0.05, 0.5), losses=losses.attacked),
    "virtual_adversarial": Twin(
        strengths("strength", 0.0, 1.0, 5.0), losses=losses.attacked_without_labels, atol=1e-4
    ),
    # averages and ensembles
    "batch_ensemble": Twin(
        strengths("strength", 0.0, 0.4, 1.0),
        before=weights.own_parameters,
        losses=ensembles.rank_one,
    ),
    "batch_ensemble(start=input)": Twin(
        strengths("strength", 0.0, 0.4, 1.0),
        before=weights.own_parameters,
        losses=ensembles.rank_one,
    ),
    "snapshot_ensemble(cycles=1)": ensembles.SNAPSHOTS,
    "snapshot_ensemble(cycles=5)": ensembles.SNAPSHOTS,
    "snapshot_ensemble(cycles=50)": ensembles.SNAPSHOTS,
    "ema": Twin(strengths("decay", 0.0, 0.4, 0.999), average=weights.moving),
    "swa": Twin(
        strengths("share", 0.0, 0.25, 1.0),
        average=lambda m, h: torch.optim.swa_utils.AveragedModel(m),
        averages=lambda step, h: h["share"] > 0 and step / STEPS >= 1 - h["share"],
    ),
    "lookahead": Twin(strengths("back", 0.0, 0.5, 0.9), after=weights.back_a_share),
}

# rules about the axes of kernels and of activations, where these are images
TWINS |= {
    f"{text} on cnn": TWINS[text]
    for text in (
        "orthogonal",
        "max_norm",
        "unit_norm",
        "weight_standardization",
        "batch_norm",
        "adaptive_clipping",
        "gradient_centralization",
        "gradient_noise",
        "batch_ensemble(start=input)",
    )
}
TWINS |= {
    "spectral_norm on cnn": replace(
        TWINS["spectral_norm"], settings=strengths("limit", math.inf, 1.0, 0.6)
    ),
    "dropout on cnn": replace(TWINS["dropout"], settings=strengths("rate", 0.0, 0.3, 0.6)),
}
ELSEWHERE = {
    "none": "it is the neutral strength of every other method",
    "early_stopping": "it acts between epochs; tests/engine/test_oracle.py compares whole studies with NumPy",
}
"""Methods without a twin here, and why."""


@pytest.mark.parametrize("text", TWINS)
def test_fifty_steps_end_at_the_same_weights(text: str) -> None:
    twin = TWINS[text]
    own = ours(text, twin.optimizer, twin.activation)
    first, statistics = own.first()

    def theirs(h: H) -> Weights:
        return trained(own.method.name, twin, first | statistics, own.x, h)

    same_ends(own, twin.settings, theirs, twin.atol)


def test_every_method_has_a_twin_or_a_reason() -> None:
    twins = {compiled(text.partition(" on ")[0]).name for text in TWINS}
    assert not twins & set(ELSEWHERE)
    assert twins | set(ELSEWHERE) == set(METHODS.built_in)
