from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

import bridle.data as data
from bridle.errors import UserError
from bridle.grammar import Call, parse_call

NEAR = [name for name in data.names() if "mnist" not in name]


def test_all_names_are_known() -> None:
    assert set(data.names()) == {
        "moons",
        "circles",
        "spirals",
        "noise",
        "friedman",
        "mnist_1d",
        "digits",
        "breast_cancer",
        "wine",
        "mnist",
        "fashion_mnist",
    }


@pytest.mark.parametrize("name", data.names())
def test_every_entry_is_complete(name: str) -> None:
    kind = data.describe(name)
    assert kind.name == name
    assert all([kind.summary, kind.source, kind.licence, kind.arguments])
    assert all(argument.help for argument in kind.arguments)
    dataset = data.load(name)
    assert (dataset.name, dataset.design, dataset.defaults) == (name, kind.design, kind.defaults)
    call = parse_call(dataset.spec)
    assert list(call.arguments) == [a.name for a in kind.arguments if not a.silent]
    assert data.load(dataset.spec) == dataset
    assert len(dataset.features) == np.prod(dataset.shape)


@pytest.mark.parametrize("name", NEAR)
def test_every_split_fits_its_description(name: str) -> None:
    dataset = data.load(name)
    split = dataset.replicate(0, 0)
    for part in ("train", "validation", "test"):
        assert len(getattr(split, part)) == getattr(dataset.sizes, part)
    assert split.inputs.shape == (len(split.targets), len(dataset.features))
    assert split.shift.shape == split.scale.shape == (len(dataset.features),)
    assert split.targets.shape == (len(split.inputs), *dataset.task.target_shape)
    if dataset.classes:
        assert set(split.targets) == set(range(len(dataset.classes)))
    again = dataset.replicate(1, 0)
    assert (again.inputs is split.inputs) == dataset.shared
    assert (again.targets is split.targets) == dataset.shared


def test_names_may_be_written_with_hyphens() -> None:
    assert data.load("fashion-mnist") == data.load("fashion_mnist")
    assert data.load("Fashion-MNIST(train=100)") == data.load(Call("fashion_mnist", {"train": 100}))
    assert data.describe("breast-cancer").name == "breast_cancer"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("moon", "Unknown data set 'moon'. Did you mean 'moons'"),
        ("moons(nose=1)", "Unknown argument of moons 'nose'. Did you mean 'noise'"),
        ("moons(nose=1)", "Known: n, noise, test, validation"),
        ("moons(n=2.5)", "moons.n must be a whole number"),
        ("moons(n=5", "expected a form like"),
        ("mnist(train=60000)", "or none for all there are; received 60000"),
        ("mnist(train=55000)", "train=55000 and validation=6000, 61000 together.*at most 54000"),
        ("wine(validation=0.5,test=0.5)", "add up to less than 1; received validation=0.5 and"),
        ("wine(test=0.01)", "test part would have 2 rows for 3 classes"),
    ],
)
def test_errors_help(spec: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        data.load(spec)


def test_replicate_checks_its_arguments() -> None:
    dataset = data.load("moons")
    with pytest.raises(UserError, match="seed must be a whole number"):
        dataset.replicate(0, -1)
    with pytest.raises(UserError, match="number must be a whole number"):
        dataset.replicate(-1, 0)


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "wine"])
def test_bundled_sets_are_those_of_scikit_learn(name: str) -> None:
    bunch = getattr(datasets, f"load_{name}")()
    dataset = data.load(name)
    split = dataset.replicate(0, 0)
    np.testing.assert_array_equal(split.inputs, bunch.data.astype(np.float32))
    np.testing.assert_array_equal(split.targets, bunch.target)
    assert dataset.classes == tuple(map(str, bunch.target_names))
    rows = np.concatenate([split.train, split.validation, split.test])
    assert np.array_equal(np.sort(rows), np.arange(len(bunch.data)))
    assert not split.inputs.flags.writeable
    if name == "digits":
        assert split.seen(split.train).max() == 1
    else:
        np.testing.assert_allclose(split.seen(split.train).std(axis=0), 1, rtol=1e-4)


def test_listing_is_light() -> None:
    heavy = "{'jax', 'sklearn', 'pandas', 'scipy', 'rich', 'safetensors'}"
    code = f"import sys, bridle.data as d; d.names(); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
