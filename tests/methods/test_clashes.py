"""Methods that are known to clash: warned of, with what the literature found."""

from __future__ import annotations

import pytest
from docs.methods import section

from bridle.data import load
from bridle.methods.catalogue import method, methods
from bridle.methods.clashes import clash, clashes_of, warnings
from bridle.methods.composition import Composition, parse_methods
from bridle.study.request import Request, make_plan


def test_every_clash_is_with_a_method_that_exists_and_declared_once() -> None:
    pairs = [frozenset((name, other)) for name, m in methods().items() for other in m.clashes]
    assert len(pairs) == len(set(pairs))
    assert all(len(pair) == 2 and pair <= methods().keys() for pair in pairs)
    assert pairs


@pytest.mark.parametrize(
    ("text", "words", "cited"),
    [
        ("dropout+batch_norm", "changes the variance", "Li et al. 2019"),
        ("batch_norm+l2", "effective learning rate", "van Laarhoven 2017"),
        ("label_smoothing+mixup", "smooth labels twice", "Carratino et al. 2022"),
        ("l2+weight_decay", "both pull weights towards zero", "Loshchilov and Hutter 2019"),
        ("mixup+snapshot_ensemble", "lose calibration", "Wen et al. 2021"),
    ],
)
def test_a_sentence_says_what_was_found(text: str, words: str, cited: str) -> None:
    (sentence,) = warnings([Composition.parse(text)])
    assert sentence.startswith("+".join(sorted(text.split("+"))) + ": ")
    assert words in sentence
    assert sentence.endswith(f"({cited}).")


def test_only_what_is_joined_is_warned_of() -> None:
    assert warnings(parse_methods("dropout,batch_norm,dropout+l2,mixup+sam")) == ()
    assert warnings(parse_methods("dropout(where=dense_1)+batch_norm")) == ()
    assert len(warnings(parse_methods("batch_norm+dropout+l2,batch_norm+dropout"))) == 2
    one, other = method("dropout"), method("batch_norm")
    assert clash(one, other) is clash(other, one) is not None
    assert clash(one, method("l1")) is None


def test_a_plan_carries_the_note_and_the_page_of_methods_the_finding() -> None:
    plan = make_plan(load("moons(n=60)"), Request(methods="dropout+batch_norm", epochs=2))
    assert [note for note in plan.notes if "Li et al. 2019" in note]
    assert "**With [dropout](#dropout), [gaussian_dropout](#gaussian_dropout)" in section(
        method("batch_norm")
    )
    found = clashes_of(method("dropout"))
    assert list(found.values()) == [["batch_norm", "ghost_batch_norm"]]
