"""Code that loads the data of a study and splits them as it does: the function `load(seed)` of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridle.data.dataset import Dataset
from bridle.data.images import pixel_range
from bridle.data.own import is_stored
from bridle.data.tabular import TableRows
from bridle.errors import UserError
from bridle.grammar import parse_call
from bridle.recipes.code import comment, enclosed, literal, said
from bridle.recipes.tables import TableCode
from bridle.recipes.weights import weighing

NUMPY = "import numpy as np"
SPLIT = "from sklearn.model_selection import train_test_split"
BALANCED = "from sklearn.utils.class_weight import compute_sample_weight"
SCALER = "from sklearn.preprocessing import StandardScaler"


@dataclass(frozen=True)
class Loading:
    """Code that loads and splits.

    Attributes:
        imports: the statements that it needs.
        constants: what stands before the function, such as lists of columns.
        body: of `load(seed)`, up to inputs `X`, targets `y` and the row numbers `train`, `validation` and `test`.
        where: what the data are, in words.
    """

    imports: tuple[str, ...]
    body: str
    where: str
    constants: str = ""


@dataclass(frozen=True)
class _Source:
    """How `X` and `y` are got.

    Attributes:
        imports: the statements that it needs.
        lines: of the function.
        fresh: whether every seed gets rows of its own, the test rows last.
        scale: lines that prepare `X`.
    """

    imports: tuple[str, ...]
    lines: list[str]
    fresh: bool = False
    scale: tuple[str, ...] = (
        "scaler = StandardScaler().fit(X[train])  # on the training rows only",
        "X = scaler.transform(X).astype(np.float32)",
    )


def loading(dataset: Dataset, shape: tuple[int, ...]) -> Loading:
    """Return the code that loads a study's data.

    Args:
        dataset: the study's.
        shape: of one example as the network sees it.

    Raises:
        UserError: the data set is one that recipes cannot load.
    """
    if isinstance(dataset.rows, TableRows):
        return _table(dataset)
    source = _source(dataset)
    lines = [*source.lines, *_targets(dataset), *weighing(dataset)]
    lines += [*_split(dataset, source.fresh), *source.scale]
    if len(shape) > 1:
        lines.append(f"X = X.reshape(-1, {', '.join(map(str, shape))})")
    scaled = (SCALER,) if any("StandardScaler" in line for line in source.scale) else ()
    split = (SPLIT,) if any("train_test_split" in line for line in lines) else ()
    balanced = (BALANCED,) if any("compute_sample_weight" in line for line in lines) else ()
    return Loading(
        imports=(NUMPY, *source.imports, *split, *balanced, *scaled),
        body="\n".join(lines),
        where=said(dataset.name),
    )


def _table(dataset: Dataset) -> Loading:
    table = TableCode(dataset)
    lines = [*table.reading(), *weighing(dataset, table.options.get("weights", ""))]
    if table.group:
        lines += _grouped(dataset, table.group)
    else:
        lines += _split(dataset, fresh=False, given="test" in table.options)
    lines += table.preparing()
    split = "from sklearn.model_selection import GroupShuffleSplit" if table.group else SPLIT
    balanced = (BALANCED,) if any("compute_sample_weight" in line for line in lines) else ()
    return Loading(
        (NUMPY, split, *balanced, *table.imports),
        "\n".join(lines),
        said(dataset.name),
        table.constants(),
    )


def _grouped(dataset: Dataset, group: str) -> list[str]:
    """Return lines that draw parts of whole groups."""
    sizes = dataset.sizes
    rest = sizes.train + sizes.validation
    shares = sizes.test / (rest + sizes.test), sizes.validation / rest
    return [
        "# rows of a group stay together",
        f"groups = frame[{literal(group)}].to_numpy()",
        f"outer = GroupShuffleSplit(1, test_size={shares[0]:.3g}, random_state=seed)",
        "rest, test = next(outer.split(y, groups=groups))",
        f"inner = GroupShuffleSplit(1, test_size={shares[1]:.3g}, random_state=seed)",
        "parts = next(inner.split(rest, groups=groups[rest]))",
        "train, validation = (rest[part] for part in parts)",
    ]


def _source(dataset: Dataset) -> _Source:
    call = parse_call(dataset.spec)
    if is_stored(dataset.spec):
        return _arrays(dataset)
    if call.name in _NAMED:
        from bridle.data.catalogue import describe

        return _NAMED[call.name](describe(call.name).signature().resolve(call).arguments)
    return _Source(
        ("import bridle",),
        [
            "# Bridle draws this data set",
            f"split = bridle.data.load({literal(dataset.spec)}).replicate(seed, 0)",
            "X, y = split.inputs.astype(np.float32), split.targets",
        ],
    )


def _arrays(dataset: Dataset) -> _Source:
    rows, scale = dataset.rows, _Source.scale
    if rows.given is not None:
        raise UserError(
            f"The splits of {dataset.name} are given, and recipes draw theirs at random."
        )
    typed = getattr(rows, "typed", ())
    about = f"YOUR DATA: X of shape {literal((len(rows.targets), *dataset.shape))}, and y"
    if typed:
        about += f"; the study read {Path(typed[0]).name}"
    if len(dataset.shape) > 1:
        found = pixel_range(rows.inputs)
        if found is not None:
            scale = _pixels(*found)
    return _Source((), [comment(about), 'X, y = np.load("X.npy"), np.load("y.npy")'], scale=scale)


def _pixels(low: float, high: float) -> tuple[str, ...]:
    shifted = "X" if low == 0 else f"(X - {literal(float(low))})"
    spread = literal(float(high - low)).removesuffix(".0")
    return (f"X = ({shifted} / {spread}).astype(np.float32)  # pixels from 0 to 1",)


def _targets(dataset: Dataset) -> list[str]:
    """Return lines that bring targets into the form that all frameworks take."""
    if dataset.task.predicts == "values":
        return ["y = np.asarray(y, np.float32).reshape(len(y), -1)"]
    if is_stored(dataset.spec):
        return ["classes, y = np.unique(y, return_inverse=True)  # classes by number"]
    return []


def _split(dataset: Dataset, fresh: bool, given: bool = False) -> list[str]:
    """Return lines that draw row numbers of the three parts.

    Args:
        dataset: the study's.
        fresh: whether test rows are made anew for every seed, and stand last.
        given: whether lines before have said which rows are `rest` and which `test`.
    """
    sizes = dataset.sizes
    stratified = dataset.task.predicts == "classes"
    total = sizes.train + sizes.validation
    lines = []
    if fresh:
        lines += [f"rest, test = np.arange({total}), np.arange({total}, len(y))"]
        if not stratified or dataset.spec.startswith("noise("):
            return [*lines, f"train, validation = rest[:{sizes.train}], rest[{sizes.train}:]"]
    elif dataset.design == "fixed_test" and not given:
        lines += ["rest, test = np.arange(60000), np.arange(60000, 70000)"]
    elif not given:
        lines.append(_drawn("rest, test", "np.arange(len(y))", sizes.test, stratified and "y"))
    train = sizes.train if dataset.design == "fixed_test" and not given else None
    also = stratified and "y[rest]"
    lines.append(_drawn("train, validation", "rest", sizes.validation, also, train))
    return lines


def _drawn(
    names: str, rows: str, size: int, stratified: str | bool, train: int | None = None
) -> str:
    parts = [rows, *([f"train_size={train}"] if train else []), f"test_size={size}"]
    parts += [f"stratify={stratified}"] if stratified else []
    return enclosed(f"{names} = train_test_split(", [*parts, "random_state=seed"], ")")


def _bundled(name: str) -> Callable[[Mapping[str, Any]], _Source]:
    def source(given: Mapping[str, Any]) -> _Source:
        scale = _pixels(0, 16) if name == "digits" else _Source.scale
        lines = [f"X, y = load_{name}(return_X_y=True)"]
        return _Source((f"from sklearn.datasets import load_{name}",), lines, scale=scale)

    return source


def _sampled(maker: str, arguments: Callable[[Mapping[str, Any]], str]) -> Callable[..., _Source]:
    """Return a source that samples by a function of scikit-learn, the test rows anew."""

    def source(given: Mapping[str, Any]) -> _Source:
        more = arguments(given)
        parts = [
            enclosed(f"{names} = {maker}(", [f"{given[n]}", more, f"random_state={seed}"], ")")
            for names, n, seed in (
                ("X, y", "n", "seed"),
                ("X_test, y_test", "test", "1000000 + seed"),
            )
        ]
        joined = "X, y = np.concatenate([X, X_test]), np.concatenate([y, y_test])"
        return _Source((f"from sklearn.datasets import {maker}",), [*parts, joined], fresh=True)

    return source


def _spirals(given: Mapping[str, Any]) -> _Source:
    total, turns, classes = given["n"], literal(given["turns"]), given["classes"]
    return _Source(
        (),
        [
            "random = np.random.default_rng(seed)",
            f"y = np.concatenate([np.arange({total}), np.arange({given['test']})]) % {classes}",
            "radius = np.sqrt(random.random(len(y)))",
            f"angle = 2 * np.pi * ({turns} * radius + y / {classes})",
            "X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])",
            f"X += random.normal(scale={literal(given['noise'])}, size=X.shape)",
        ],
        fresh=True,
    )


def _noise(given: Mapping[str, Any]) -> _Source:
    total = given["train"] + given["validation"] + given["test"]
    return _Source(
        (),
        [
            "random = np.random.default_rng(seed)",
            f"X = random.random(({total}, {given['features']})).astype(np.float32)",
            f"y = random.integers({given['classes']}, size={total})",
        ],
        fresh=True,
        scale=(),
    )


def _openml(name: str) -> Callable[[Mapping[str, Any]], _Source]:
    def source(given: Mapping[str, Any]) -> _Source:
        parts = [literal(name), "version=1", "return_X_y=True", "as_frame=False"]
        lines = [
            "# 60,000 training images, then 10,000 test images",
            enclosed("X, y = fetch_openml(", parts, ")"),
            "y = y.astype(int)",
        ]
        if given["random_labels"]:
            lines += [
                "random = np.random.default_rng(0)  # the same random labels for every seed",
                f"anew = np.flatnonzero(random.random(60000) < {literal(given['random_labels'])})",
                "y[anew] = random.integers(10, size=len(anew))",
            ]
        imports = ("from sklearn.datasets import fetch_openml",)
        return _Source(imports, lines, scale=_pixels(0, 255))

    return source


_NAMED: dict[str, Callable[[Mapping[str, Any]], _Source]] = {
    "moons": _sampled("make_moons", lambda given: f"noise={literal(given['noise'])}"),
    "circles": _sampled(
        "make_circles",
        lambda given: f"noise={literal(given['noise'])}, factor={literal(given['factor'])}",
    ),
    "friedman": _sampled(
        "make_friedman1",
        lambda given: f"n_features={given['features']}, noise={literal(given['noise'])}",
    ),
    "spirals": _spirals,
    "noise": _noise,
    "digits": _bundled("digits"),
    "breast_cancer": _bundled("breast_cancer"),
    "wine": _bundled("wine"),
    "mnist": _openml("mnist_784"),
    "fashion_mnist": _openml("Fashion-MNIST"),
}
"""How the data sets that have a name are loaded."""
