"""Optimizers and schedules as people write them, and those of one's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest

from bridle.cli.methods import value_text
from bridle.errors import UserError
from bridle.methods.arguments import built
from bridle.methods.schedules.catalogue import SCHEDULES
from bridle.methods.schedules.rates import Cosine, Warmup
from bridle.optimizers.adam import Adam
from bridle.optimizers.adamw import AdamW
from bridle.optimizers.catalogue import (
    OPTIMIZERS,
    canonical,
    canonical_schedule,
    optimizer,
    optimizers,
    schedule,
    scheduled,
    schedules,
)
from bridle.optimizers.sgd import SGD


def test_what_there_is() -> None:
    assert list(optimizers()) == ["adam", "adamw", "lion", "muon", "sgd"]
    assert list(schedules()) == ["constant", "cosine", "flat_cosine", "linear", "warmup"]


def test_reading() -> None:
    assert optimizer("adam") == Adam()
    assert optimizer("adam(eps=1e-8,b1=0.8)") == Adam(b1=0.8, eps=1e-8)
    assert optimizer("AdamW(wd=0.1)") == AdamW(weight_decay=0.1)
    assert optimizer("sgd") == SGD(0.9)
    assert optimizer("sgd(0, nesterov=true)") == SGD(0.0, True)
    assert schedule("Cosine(warm-up=0.1)") == Cosine(0.1)
    assert schedule("warmup 0.2") == Warmup(0.2)


@pytest.mark.parametrize("name", [*optimizers(), *SCHEDULES.built_in])
def test_a_card_is_whole_and_every_default_can_be_typed(name: str) -> None:
    kind = optimizers().get(name) or SCHEDULES.built_in[name]
    card = kind.card
    assert all([card.title, card.summary, card.formula, card.paper, card.when, card.beware])
    full = ",".join(f"{a.name}={a.default}" for a in kind.signature().arguments)
    registry: Any = OPTIMIZERS if name in optimizers() else SCHEDULES
    assert built(registry, f"{name}({full})" if full else name) == kind()
    assert all(a.help and not a.help.endswith(".") for a in kind.signature().arguments)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("adm", "Unknown optimizer 'adm'. Did you mean 'adam'?"),
        ("rmsprop", "Known: adam, adamw, lion, muon, sgd. See `bridle optimizers`."),
        ("sgd(momentum=1)", "sgd.momentum must be a number at least 0 and less than 1"),
        ("sgd(nesterov=2)", "sgd.nesterov must be true or false"),
        ("sgd(mometum=0.5)", "Unknown argument of sgd 'mometum'. Did you mean 'momentum'?"),
        ("muon(scale=big)", "muon.scale must be one of rms, width"),
        ("lion(lr=0.1)", "The learning rate is no argument of lion"),
        ("adam(", "expected a form like"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        optimizer(text)
    assert words in str(caught.value)


def test_files_hold_what_was_given_and_no_default() -> None:
    assert canonical("SGD(momentum=0)") == "sgd(momentum=0)"
    assert canonical("Adam(epsilon=1e-8,beta_1=0.8)") == "adam(b1=0.8,eps=1e-08)"
    assert canonical("AdamW") == "adamw"
    assert canonical_schedule("cosine decay") == "cosine"
    assert (
        canonical_schedule("flat-cosine(final=0.1,flat=0.5)") == "flat_cosine(flat=0.5,final=0.1)"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("constant", ""),
        ("linear", ", falling linearly to 0"),
        ("cosine(warmup=0.05,final=0.1)", ", falling along a cosine to 10 % after a warmup of 5 %"),
        ("flat_cosine", ", constant for 70 % of training, then falling along a cosine to 0"),
        ("warmup", ", after a warmup of 5 %"),
    ],
)
def test_schedules_in_words(text: str, words: str) -> None:
    assert scheduled(text) == words


PAGE = (Path(__file__).parents[2] / "docs" / "optimizers.md").read_text(encoding="utf-8")
OWN = PAGE.partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize("name", [*optimizers(), *schedules()])
def test_the_page_says_what_is_declared(name: str) -> None:
    kind = optimizers().get(name) or SCHEDULES.built_in[name]
    arguments = [f"`{a.name}={value_text(a.default)}`" for a in kind.signature().arguments]
    cells = (f"`{name}`", kind.card.summary, ", ".join(arguments) or "–", kind.card.when)
    assert f"\n| {' | '.join(cells)} |\n" in PAGE


def test_an_optimizer_of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "descent.py").write_text(OWN)
    assert canonical("descent:Plain(share=0.5)") == "descent:Plain(share=0.5)"
    one = jnp.float32(1.0)
    new, _, _ = optimizer("descent:Plain(share=0.5)").step(
        {"w": one}, {"w": one}, (), jnp.float32(0.1), jnp.int32(1)
    )
    assert float(new["w"]) == pytest.approx(0.95)
    declared = 'declare(1.0, Real(0.0, open_low=True), "factor on the learning rate")'
    (tmp_path / "undeclared.py").write_text(OWN.replace(declared, "1.0"))
    with pytest.raises(UserError, match=r"undeclared:Plain\.share must be declared by .*declare"):
        optimizer("undeclared:Plain")
    with pytest.raises(UserError, match=r"descent:Plain\.share must be a number greater than 0"):
        optimizer("descent:Plain(share=0)")
