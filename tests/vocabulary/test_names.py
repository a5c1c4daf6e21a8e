"""A name in any usual spelling is understood; only typing errors are guessed."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.data import load, names
from bridle.errors import UserError
from bridle.methods.catalogue import methods
from bridle.methods.composition import Composition, parse_methods
from bridle.metrics.catalogue import metric
from bridle.names import distance, find, fold, near

LETTERS = st.text(alphabet="abc", max_size=6)


def slow_distance(one: str, other: str) -> int:
    """The definition, without a table."""
    if not one or not other:
        return len(one) + len(other)
    found = [
        slow_distance(one[:-1], other) + 1,
        slow_distance(one, other[:-1]) + 1,
        slow_distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        found.append(slow_distance(one[:-2], other[:-2]) + 1)
    return min(found)


@given(LETTERS, LETTERS)
def test_distance_is_its_definition(one: str, other: str) -> None:
    assert distance(one, other) == slow_distance(one, other)


SPELLINGS = [
    str.upper,
    str.title,
    lambda name: name.replace("_", "-"),
    lambda name: name.replace("_", " "),
    lambda name: name.replace("_", ""),
    lambda name: f" {name} ",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_name_in_every_spelling(spelling: Callable[[str], str]) -> None:
    for name in methods():
        assert Composition.parse(spelling(name)).label == name
    for name in names():
        assert load(spelling(name)).name == name


def test_aliases_lead_to_one_method_and_name_none() -> None:
    folded = [fold(alias) for method in methods().values() for alias in method.aliases]
    assert len(set(folded)) == len(folded)
    assert not set(folded) & {fold(name) for name in methods()}
    for method in methods().values():
        for alias in method.aliases:
            assert Composition.parse(alias).label == method.name
    assert load("Two Moons").name == load("make_moons").name == "moons"
    assert load("fmnist").name == "fashion_mnist"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Dropout", "dropout"),
        ("BatchNorm", "batch_norm"),
        ("batchnorm", "batch_norm"),
        ("weightdecay", "weight_decay"),
        ("elasticnet", "elastic_net"),
        ("early stopping", "early_stopping"),
        ("lasso", "l1"),
        ("ridge", "l2"),
        ("bn", "batch_norm"),
        ("L1L2", "elastic_net"),
        ("dropout(0.5)", "dropout(rate=0.5)"),
        ("l1=0.01", "l1(strength=0.01)"),
        ("dropout:0.5", "dropout(rate=0.5)"),
        ("dropout 0.5", "dropout(rate=0.5)"),
        ("Dropout(0.5)+L2=1e-3", "dropout(rate=0.5)+l2(strength=0.001)"),
        ("dropout=[0.2,0.5]", "dropout(rate=[0.2,0.5])"),
        ("early-stopping=5", "early_stopping(patience=5)"),
        ("dropout(0.5,input-rate=0.1)", "dropout(rate=0.5,input_rate=0.1)"),
        ("['Dropout', 'l2']", "dropout,l2"),
        ("all,dropout+l2", ",".join([*methods(), "dropout+l2"])),
        ("l1,all", ",".join([*(m for m in methods() if m != "l1"), "l1"])),
    ],
)
def test_methods_as_newcomers_write_them(text: str, labels: str) -> None:
    assert ",".join(composition.label for composition in parse_methods(text)) == labels


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("adamw", "AdamW is an optimizer, which trains every method alike: optimizer='adamw'"),
        ("dropout(p=0.5)", r"as in dropout\(rate=0.5\)"),
        ("batch_norm(3)", "Write it without a value: batch_norm"),
        ("dropout(0.1,0.5)", r"are a grid: grid=\{'dropout': \{'rate': \(0.1, 0.5\)"),
        ("dropout=0.1,0.5", r"are a grid: grid=\{'dropout': \{'rate': \(0.1, 0.5\)"),
        ("dropout(0.5,rate=0.2)", "is given twice"),
        ("dropout(none)", "must be a number"),
        ("l1 l2", "with commas and without spaces"),
    ],
)
def test_what_is_not_understood_is_explained(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse_methods(text)


def test_other_names() -> None:
    assert metric("ROC_AUC").name == "auroc"
    assert metric("log_loss").name == "log-loss"
    assert find("one_SE", ("best", "one-se")) == "one-se"
    assert find("two", ("best", "one-se")) is None


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("mnits", names(), ["mnist"]),
        ("fashon-mnist", names(), ["fashion_mnist"]),
        ("moon", names(), ["moons"]),
        ("dropuot", methods(), ["dropout"]),
        ("ropout", methods(), ["dropout"]),
        ("elastic", methods(), ["elastic_net"]),
        ("adma", ("adam", "sgd"), ["adam"]),
        # another thing of a similar name is no slip
        ("iris", names(), []),
        ("kmnist", names(), []),
        ("emnist", names(), []),
        ("boston", names(), []),
        ("cifar10", names(), []),
        ("instance_norm", methods(), []),
        ("l0", methods(), []),
        ("tpu", ("auto", "cpu", "gpu"), []),
        ("x" * 50_000, methods(), []),
    ],
)
def test_only_slips_are_guessed(typed: str, known: Collection[str], meant: list[str]) -> None:
    assert near(typed, known) == meant


@given(st.text(max_size=12))
def test_no_text_is_too_odd(text: str) -> None:
    near(text, methods())
    find(text, methods())
