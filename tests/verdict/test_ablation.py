"""Which studies are ablations, and what their effects are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.statistics import compare
from bridle.study.ablation import combinations, factorial_of
from bridle.verdict.ablation import KINDS, Ablation, ablation
from bridle.verdict.answer import conclude

from .test_answer import evidence

NAMES = (
    "dropout",
    "ema",
    "input_noise",
    "l2",
    "label_smoothing",
    "max_norm",
    "mixup",
    "sam",
    "swa",
)


def ablated(scores: dict[str, np.ndarray]) -> Ablation:
    found = ablation(compare(scores, error="plain", margin=0.1))
    assert found is not None
    return found


def invented(cocktail: str, seed: int = 0, resolution: int | None = None) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {n: random.normal(5, 1, 9) for n in combinations(cocktail, resolution=resolution)}


def test_every_effect_is_the_difference_of_means_it_says() -> None:
    scores = invented("dropout(rate=0.2)+l2+mixup")
    means = {frozenset(_bare(label)): own.mean() for label, own in scores.items()}
    found, names = ablated(scores), ("dropout", "l2", "mixup")
    assert found.ingredients == names
    assert found.settings == ("rate=0.2", "strength=0.0001", "strength=0.2")
    assert (found.combinations, found.resolution) == (8, None)
    whole, nothing = frozenset(names), frozenset[str]()
    assert found.effect("whole").contrast.difference == pytest.approx(means[whole] - means[nothing])
    for name in names:
        one = frozenset({name})
        average = np.mean([own if name in key else -own for key, own in means.items()]) * 2
        assert found.effect("alone", name).contrast.difference == pytest.approx(
            means[one] - means[nothing]
        )
        assert found.effect("in the whole", name).contrast.difference == pytest.approx(
            means[whole] - means[whole - one]
        )
        assert found.effect("on average", name).contrast.difference == pytest.approx(average)
    for a, b in itertools.combinations(names, 2):
        others = [frozenset(o) for o in ([], [*set(names) - {a, b}])]
        expected = np.mean(
            [means[o | {a, b}] - means[o | {a}] - means[o | {b}] + means[o] for o in others]
        )
        assert found.effect("interaction", a, b).contrast.difference == pytest.approx(expected)
    assert len(found.effects) == 1 + 3 * 3 + 3


def _bare(label: str) -> list[str]:
    return [] if label == "none" else [part.partition("(")[0] for part in label.split("+")]


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 7), st.integers(0, 100))
def test_what_acts_alone_is_found_alone(amount: int, seed: int) -> None:
    """Scores that are sums of what single ingredients give have these effects and no others, in any fraction."""
    names, own = NAMES[:amount], np.random.default_rng(seed).normal(size=amount)
    given_ = dict(zip(names, own, strict=True))
    labels = combinations("+".join(names))
    scores = {
        label: np.array([1.0, 2.0]) + sum(given_[name] for name in _bare(label)) for label in labels
    }
    found = ablated(scores)
    for name in names:
        for kind in KINDS[1:4]:
            effect = found.effect(kind, name)
            assert effect.contrast.difference == pytest.approx(given_[name])
    for effect in found.of("interaction"):
        assert effect.contrast.difference == pytest.approx(0.0, abs=1e-9)
    assert found.effect("whole").contrast.difference == pytest.approx(own.sum())


def test_all_combinations_up_to_five_and_a_fraction_of_more() -> None:
    five, six = combinations("+".join(NAMES[:5])), combinations("+".join(NAMES[:6]))
    assert (len(five), len(set(five))) == (32, 32)
    assert len(set(six)) == len(six) == 32 + 6 + 1  # six alone or six but one are in the fraction
    for labels, resolution in ((five, None), (six, 5)):
        found = factorial_of(labels)
        assert found is not None
        assert found.resolution == resolution
        assert labels[0] == "none"
    assert combinations("+".join(NAMES[:5]), resolution=4) == five
    nine = combinations("+".join(NAMES), resolution=4)
    own = ablated({n: np.random.default_rng(1).normal(5, 1, 4) for n in nine})
    assert own.resolution == 4
    assert own.of("interaction") == ()
    assert len(own.of("on average")) == 9


def test_a_comparison_of_anything_else_is_no_ablation() -> None:
    for labels in (
        ("none", "dropout"),
        ("none", "dropout", "l2"),
        ("none", "dropout", "l2", "mixup", "dropout+l2", "l2+mixup"),  # which of the two?
        ("none", "dropout", "dropout+l2+mixup", "dropout+l2"),
        ("none", "dropout(rate=0.1)", "dropout(rate=0.2)", "dropout(rate=0.1)+dropout(rate=0.2)"),
        ("dropout", "l2", "dropout+l2"),
        ("none", "a", "b", "a++b"),
        ("none", "a(", "b", "a(+b"),
    ):
        assert factorial_of(labels) is None, labels
    assert factorial_of(("dropout+l2", "none", "l2", "dropout")) is not None
    assert factorial_of(("plain", "ours", "theirs", "theirs+ours"), "plain") is not None


def test_others_may_stand_beside_the_combinations() -> None:
    own = ("none", "dropout", "l2", "dropout+l2")
    found = factorial_of((*own, "mixup", "dropout(rate=0.5)"))
    assert found is not None
    assert found.labels == own
    assert found.resolution is None


def test_without_the_other_combinations_only_what_needs_none_of_them_is_said() -> None:
    names = NAMES[:4]
    singles = [*names, *("+".join(n for n in names if n != out) for out in names)]
    random = np.random.default_rng(3)
    labels = ["none", *singles, "+".join(names)]
    found = ablated({label: random.normal(5, 1, 6) for label in labels})
    assert found.resolution == 3
    assert {effect.kind for effect in found.effects} == {"whole", "in the whole", "alone"}
    assert len(found.effects) == 1 + 4 + 4


def test_the_answer_of_a_study_holds_its_ablation() -> None:
    labels = combinations("dropout+l2")
    random = np.random.default_rng(0)
    scores = {n: 0.8 + random.normal(0, 0.01, 8) for n in labels}
    found = conclude(evidence(scores=scores, methods=labels)).ablation
    assert found is not None
    assert found.whole == "dropout(rate=0.3)+l2(strength=0.0001)"
    assert conclude(evidence()).ablation is None


def test_strengths_are_fixed_or_tuned() -> None:
    assert combinations("l2+batch_norm") == (
        "none",
        "batch_norm",
        "l2(strength=0.0001)",
        "batch_norm+l2(strength=0.0001)",
    )
    assert combinations("l2+dropout(0.1)", tune=True) == (
        "none",
        "dropout(rate=0.1)",
        "l2",
        "dropout(rate=0.1)+l2",
    )


@pytest.mark.parametrize(
    ("cocktail", "resolution", "message"),
    [
        ("dropout", None, "two ingredients or more, joined with plus"),
        ("none", None, "two ingredients or more"),
        ("dropout,l2", None, "one method of several ingredients, joined with plus"),
        ("dropout+dropout", None, "stands twice"),
        ("+".join(NAMES), None, "at most 8 ingredients; received 9, which would need 128"),
        ("dropout+l2", 3, "resolution must be 4 or 5; received 3"),
        ("dropout+nothing_known", None, "nothing_known"),
    ],
)
def test_what_is_no_cocktail_is_refused(
    cocktail: str, resolution: int | None, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        combinations(cocktail, resolution=resolution)
