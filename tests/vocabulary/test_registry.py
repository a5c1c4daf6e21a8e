"""What installed packages and a person's own modules add is found, checked and named."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridle.data import load
from bridle.errors import UserError
from bridle.grammar import Call, is_reference, parse_call
from bridle.methods import catalogue
from bridle.methods.base import Method
from bridle.methods.composition import Composition, parse_methods
from bridle.metrics import metric
from bridle.networks.catalogue import canonical, in_words, network
from bridle.registry import Registry
from bridle.tasks import Classification

METHOD = '''
from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card

class Noise(Method):
    """Adds noise."""

    name = "noisy"
    aliases = ("hiss",)
    order = Order.INPUTS + 50
    card = Card("Noise", "Adds.", "x + e", "-", "-")
    hyperparameters = (Hyperparameter("sigma", Real(0.0), 0.1, "how much", grid=(0.1, 0.2)),)
'''

Package = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Install a package: a module, and the entry points of methods that it declares."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    def install(module: str, source: str, **points: str) -> Path:
        folder = tmp_path / module
        about = folder / f"{module}-1.0.dist-info"
        about.mkdir(parents=True)
        (folder / f"{module}.py").write_text(source)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (about / "entry_points.txt").write_text("\n".join(["[bridle.methods]", *lines, ""]))
        sys.path.insert(0, str(folder))
        return folder

    return install


def registry() -> Registry[Method]:
    """The registry of methods as a fresh process has it."""
    return Registry("bridle.methods", "method", catalogue._built_in, catalogue._accept)


def test_a_package_adds_a_method(package: Package) -> None:
    package("addsnoise", METHOD, noisy="addsnoise:Noise")
    found = registry()
    assert list(found.all())[-1] == "noisy"
    assert found.get("Noisy") is found.get("hiss") is found.all()["noisy"]
    method, call = found.read("noisy(0.3)")
    assert (method.name, str(call)) == ("noisy", "noisy(sigma=0.3)")
    assert not found.broken


def test_what_nobody_asks_for_is_not_imported(package: Package) -> None:
    package("addsnoise", METHOD, noisy="addsnoise:Noise")
    assert registry().get("Drop-out").name == "dropout"
    assert "addsnoise" not in sys.modules


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("class Noise", "import no_such_thing\nclass Noise"), "No module named 'no_such_thing'"),
        (("class Noise", "1 / 0\nclass Noise"), "importing addsnoise raised ZeroDivisionError"),
        (("class Noise", "class Nose"), "Unknown name in the module addsnoise 'Noise'. Did you mean 'Nose'"),
        (("(Method)", ""), "addsnoise:Noise must be a subclass of bridle.methods.base.Method; received"),
        (('"noisy"', '"other"'), "addsnoise:Noise.name must be that of its entry point, noisy; received 'other'"),
        (("    card = ", "    car = "), "addsnoise:Noise.card must be of type Card; received nothing"),
        (("    card = ", "    card = 3  # "), "addsnoise:Noise.card must be of type Card; received 3"),
        (('"-", "-")', '"-", "-", "text")'), "Noise.card.papers must be a tuple of Paper; received 'text'"),
        (('("hiss",)', '"hiss"'), "addsnoise:Noise.aliases must be a tuple of str; received 'hiss'"),
        (("0.1, \"how", "-1, \"how"), "the default of sigma must be a number at least 0; received -1"),
        (('"sigma"', '"my sigma"'), "names of letters, digits and underscores, each once; received 'my sigma'"),
        (("    card = ", "    family = 'nose'\n    card = "), "addsnoise:Noise.family must be one of penalty, weights"),
        (("    card = ", "    color = 'red'\n    card = "), ".color must be like #0072B2; received 'red'"),
        (("    card = ", "    inert = '{who}'\n    card = "), "addsnoise:Noise.inert must be a sentence with {name}"),
        (("    card = ", "    shared = True\n    card = "), "addsnoise:Noise.shared must be false"),
    ],
)  # fmt: skip
def test_a_broken_package_breaks_nothing_else(
    change: tuple[str, str], said: str, package: Package
) -> None:
    package("addsnoise", METHOD.replace(*change), noisy="addsnoise:Noise")
    found = registry()
    assert "dropout" in found.all()
    assert "noisy" not in found.all()
    assert said in found.broken["noisy"]
    with pytest.raises(UserError) as caught:
        found.get("noisy")
    assert str(caught.value) == found.broken["noisy"]


def test_a_name_that_is_taken_is_refused(package: Package) -> None:
    package("addsnoise", METHOD, lasso="addsnoise:Noise")
    found = registry()
    assert found.get("lasso").name == "l1"
    assert "lasso of the package addsnoise 1.0 (addsnoise:Noise)" in found.broken["lasso"]
    assert "Bridle's own method l1 (bridle.methods.l1:L1)" in found.broken["lasso"]


def test_two_packages_with_one_name_are_told_apart(package: Package) -> None:
    package("addsnoise", METHOD, noisy="addsnoise:Noise")
    package("othernoise", METHOD, Noisy="othernoise:Noise")
    found = registry()
    with pytest.raises(UserError, match=r"othernoise 1\.0 .* and noisy of the package addsnoise"):
        found.get("noisy")
    assert found.get("othernoise:Noise").name == "othernoise:Noise"


def test_a_module_of_ones_own_is_named(package: Package) -> None:
    package("addsnoise", METHOD)
    found = parse_methods("l2=0.1+addsnoise:Noise(0.2),addsnoise:Noise=0.3,addsnoise:Noise")
    labels = [composition.label for composition in found]
    assert labels == [
        "addsnoise:Noise(sigma=0.2)+l2(strength=0.1)",
        "addsnoise:Noise(sigma=0.3)",
        "addsnoise:Noise",
    ]
    assert [Composition.parse(label).label for label in labels] == labels
    assert Composition.parse("bridle.methods.l1:L1").label == "l1"
    with pytest.raises(UserError, match=r"Unknown hyperparameter of addsnoise:Noise 'sigm'"):
        Composition.parse("addsnoise:Noise(sigm=1)")


def test_the_current_folder_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: Package
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("noise_here.py").write_text(METHOD)
    Path("json.py").write_text(METHOD)
    assert registry().get("noise_here:Noise").name == "noise_here:Noise"
    assert sys.path[-1] == str(tmp_path)
    with pytest.raises(UserError, match="Unknown name in the module json 'Noise'"):
        registry().get("json:Noise")


def test_a_module_that_is_nowhere_says_what_to_do(package: Package) -> None:
    before = list(sys.path)
    with pytest.raises(
        UserError, match=r"no module 'gone' here\. Install .* folder where gone\.py"
    ):
        registry().get("gone.further:Noise")
    assert sys.path == before


REST = '''
from dataclasses import dataclass
from typing import ClassVar

from bridle.data import load
from bridle.data.bundled import KINDS
from bridle.data.dataset import DatasetKind
from bridle.domains import Integer
from bridle.metrics import METRICS
from bridle.networks.mlp import MLP
from bridle.signature import Argument

wine = KINDS[0]
hit_rate = METRICS["robustness"]
half = DatasetKind(
    name="half", summary="half the moons", arguments=(Argument("n", Integer(20), 100),),
    design="fresh", defaults=load("moons").defaults, source="-", licence="-",
    build=lambda spec, given: load(f"moons(n={given['n'] // 2})"),
)

@dataclass(frozen=True)
class Deep(MLP):
    """An MLP with a hidden layer of so many units before the others."""

    name: ClassVar[str] = "deep"
    adjective: ClassVar[str] = "deep"
    arguments: ClassVar[tuple[Argument, ...]] = (Argument("first", Integer(1), 3),)
    first: int = 3

    def __post_init__(self):
        object.__setattr__(self, "widths", (self.first, *self.widths))

class NoField(Deep):
    """Lacks a field."""

    arguments = (Argument("second", Integer(1), 3),)
'''


def test_networks_data_sets_and_metrics_of_ones_own(package: Package) -> None:
    package("therest", REST)
    assert canonical("therest:Deep") == "therest:Deep(first=3)"
    assert (
        network("therest:Deep(first=7)", (2,), Classification.of(3), (4,), "relu").picture()
        == "2 → 7 → 4 → 3"
    )
    assert in_words("therest:Deep", (4,), "relu") == "deep, first 3, 4 units, relu"
    with pytest.raises(
        UserError, match="a field for each of its arguments; received none for second"
    ):
        canonical("therest:NoField")
    with pytest.raises(UserError, match=r"must be a subclass of bridle\.networks\.base\.Network"):
        canonical("therest:half")
    with pytest.raises(UserError, match=r"Network must define apply, picture, shapes, slots"):
        canonical("bridle.networks.base:Network")

    assert load("therest:half(n=80)").sizes.train == load("moons(n=40)").sizes.train
    with pytest.raises(UserError, match=r"must be a bridle\.data\.DatasetKind; received"):
        load("therest:Deep")

    assert metric("therest:hit_rate(noise=0.5)").name == "robustness(noise=0.5)"
    own = metric("therest:hit_rate")
    scores = own.parts(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1, 1]))
    assert scores.tolist() == [1.0, 0.0]
    with pytest.raises(UserError, match=r"must be a bridle\.metrics\.Metric; received"):
        metric("therest:half")


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("a:B", True),
        ("a.b_1.c:name", True),
        ("dropout:0.5", False),
        ("early_stopping:inf", False),
        ("early_stopping:none", False),
        ("a:b:c", False),
        ("a..b:C", False),
        (".a:C", False),
        ("a:B.C", False),
        ("l1", False),
    ],
)
def test_references(text: str, yes: bool) -> None:
    assert is_reference(text) == yes
    if yes:
        assert parse_call(text) == parse_call(text, unnamed=True) == Call(text)
        assert parse_call(f"{text}(x=1)") == Call(text, {"x": 1})
        assert parse_call(f"{text}=0.5", unnamed=True) == Call(text, {}, (0.5,))
