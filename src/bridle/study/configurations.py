"""Which configurations a comparison tries: the same number for every method and for the baseline."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np

from bridle.domains import Real
from bridle.errors import UserError, unknown
from bridle.grammar import Call, Value, parse_value, split_outside
from bridle.methods.catalogue import known as known_method
from bridle.methods.catalogue import methods
from bridle.methods.composition import Composition, Setting, declared
from bridle.wording import argument, subject

CONFIGURATIONS = 7
"""Default number of configurations of every method."""

LEARNING_RATE = "learning_rate"
INFINITY = "inf"

_FACTORS = (1.0, 0.5, 2.0, 0.2, 5.0, 0.1, 10.0)
"""Factors on the default learning rate, in the order in which a growing budget takes them."""


class Configuration(TypedDict):
    """One choice of hyperparameters, flat: `{"rate": 0.3}`, or `{"dropout.rate": 0.3}` for joined methods.

    `round` is present where refinement added the configuration: the number of the round, from 1.
    """

    hyperparameters: dict[str, Value]
    learning_rate: float
    round: NotRequired[int]


Grid = Mapping[str, Mapping[str, Sequence[Value]]]
"""Values to try: by method label or method name, then by hyperparameter name."""


def parse_grid(texts: Sequence[str]) -> dict[str, dict[str, tuple[Value, ...]]]:
    """Read `method.hyperparameter=value,value` for every entry of `texts`; without a hyperparameter, the strength.

    Raises:
        UserError: an entry is not of that form, names nothing known, or leaves a domain.
    """
    grid: dict[str, dict[str, tuple[Value, ...]]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        name, dot, hyperparameter = key.strip().rpartition(".")
        if not dot and (strength := _strength_of(key)):
            name, hyperparameter = key, strength
        if not equals or not hyperparameter or not name or not values.strip():
            raise UserError(
                argument="grid",
                expected="method.hyperparameter=value,value, such as l1.strength=1e-5,1e-4",
                received=text,
            )
        read = tuple(parse_value(part) for part in split_outside(values, ","))
        hyperparameter = hyperparameter.strip().replace("-", "_")
        entries = grid.setdefault(name.strip(), {})
        if hyperparameter in entries:
            raise UserError(
                f"{subject('grid')} {key.strip()} is given twice; write all its values in one list, "
                f"such as {key.strip()}=1e-5,1e-4."
            )
        entries[hyperparameter] = read
    return grid


def _strength_of(name: str) -> str:
    """Return the name of a method's strength; empty if the method is unknown or has none."""
    found = known_method(name)
    strength = None if found is None else found.strength()
    return "" if strength is None else strength.name


def canonical_grid(grid: Any) -> Grid:
    """Return a grid with its methods' proper names.

    Raises:
        UserError: it is no `Grid`, or names a method twice.
    """
    if grid is None:
        return {}
    if not isinstance(grid, Mapping) or not all(isinstance(own, Mapping) for own in grid.values()):
        raise UserError(
            argument="grid",
            verb="hold",
            expected="methods, and for each its hyperparameters with their values, as in "
            "{'l1': {'strength': [1e-5, 1e-4]}}",
            received=grid,
        )
    proper: dict[str, Mapping[str, Sequence[Value]]] = {}
    for name, own in grid.items():
        found = known_method(name) if isinstance(name, str) else None
        label = name if found is None else found.name
        if label in proper:
            raise UserError(f"The grid of {label} is given twice; write all its values in one.")
        proper[label] = own
    return proper


def check_grid(grid: Grid, compositions: Sequence[Composition]) -> None:
    """Raise a UserError for a grid that no method of the comparison would read."""
    known = {composition.label for composition in compositions}
    known |= {name for composition in compositions for name in composition.names}
    for name in grid:
        if name not in known:
            hint = (
                f"{name} is not among the methods compared."
                if name in methods()
                else "A grid belongs to a method of the comparison."
            )
            raise unknown(f"method in {subject('grid')}", name, known, hint)
        for key in grid[name]:
            readers = [c for c in compositions if name in c.names]
            if readers and all(key in composition.pinned[name] for composition in readers):
                raise UserError(
                    f"{subject('grid')} {name}.{key} would never be read: {readers[0].label} pins it. "
                    "Leave it out in one of the two places."
                )


def configure(
    compositions: Sequence[Composition],
    learning_rate: float,
    grid: Grid | None = None,
    most: int | None = None,
) -> dict[str, list[Configuration]]:
    """Return every method's configurations, by label.

    A method spends them on its strength. Without a strength to tune (the baseline, on/off methods, methods with a
    pinned strength) it spends as many on the learning rate.

    Args:
        compositions: the methods.
        learning_rate: the default.
        grid: values to try instead of the methods' own.
        most: the number for every method; by default 7, or the size of the largest grid given.

    Raises:
        UserError: a grid or number that does not fit.
    """
    grid = grid or {}
    grid = {
        name: {key: _listed(f"{name}.{key}", values) for key, values in entries.items()}
        for name, entries in grid.items()
    }
    check_grid(grid, compositions)
    axes = {composition.label: _axes(composition, grid, most) for composition in compositions}
    counts = [len(found) for found in axes.values() if found]
    pinned = any(any(given for given in c.pinned.values()) for c in compositions)
    budget = most or (max(counts) if counts else 1 if pinned else CONFIGURATIONS)
    result = {}
    for composition in compositions:
        points = axes[composition.label]
        if points:
            rates = [{**point} for point in points]
        else:
            rates = [
                {("", LEARNING_RATE): float(f"{learning_rate * factor:.3g}")}
                for factor in _factors(budget)
            ]
        result[composition.label] = [
            _configuration(composition, point, learning_rate) for point in rates
        ]
    return result


def _axes(
    composition: Composition, grid: Grid, most: int | None
) -> list[dict[tuple[str, str], Value]]:
    """Return the points that a method tries; empty if it has nothing to tune."""
    given = _given(composition, grid)
    if given:
        return [
            dict(zip(given, values, strict=True)) for values in itertools.product(*given.values())
        ]
    tunable = composition.tunable()
    if not tunable:
        return []
    budget = most or max(len(strength.grid) for _, strength in tunable)
    columns = []
    for position, (name, strength) in enumerate(tunable):
        values = _spread(strength.grid, budget, strength.default)
        # joined methods share the budget: each tries its strengths once, paired small with large
        order = _stride_order(len(values), position)
        columns.append([((name, strength.name), values[i]) for i in order])
    return [dict(row) for row in zip(*columns, strict=False)]


def _stride_order(n: int, position: int) -> list[int]:
    """Return an order of `range(n)` for the `position`-th of joined methods, different for each.

    Steps of a number prime to `n` visit every value once; the first method keeps its order.
    """
    strides = [stride for stride in range(1, n + 1) if math.gcd(stride, n) == 1]
    # start from the middle of the possible strides, which mixes small with large
    stride = 1 if position == 0 else strides[(len(strides) // 2 + position - 1) % len(strides)]
    return [(i * stride) % n for i in range(n)]


def _given(composition: Composition, grid: Grid) -> dict[tuple[str, str], list[Value]]:
    """Return the grids that the user gave for this method, checked."""
    found: dict[tuple[str, str], list[Value]] = {}
    whole = grid.get(composition.label, {})
    if len(composition.names) > 1 and set(whole) - {LEARNING_RATE}:
        raise UserError(
            f"{subject('grid')} {composition.label}.… does not say which method it means; "
            f"write {composition.names[0]}.…"
        )
    sources = [(name, grid.get(name, {})) for name in composition.names]
    if composition.label not in composition.names:
        sources.append(
            (composition.names[0] if len(composition.names) == 1 else composition.label, whole)
        )
    for name, entries in sources:
        for key, values in entries.items():
            if key == LEARNING_RATE:
                domain: Any = Real(0.0, open_low=True)
                place = ("", key)
            else:
                hyperparameter = declared(name, key)
                domain = hyperparameter.domain
                place = (name, hyperparameter.name)
                if hyperparameter.static:
                    tried = ",".join(str(Call(name, {key: value})) for value in values)
                    raise UserError(
                        f"{name}.{key} is part of the compiled program and cannot be searched over a grid. Compare its "
                        f"values as methods of their own: {argument('methods', tried)}."
                    )
                if hyperparameter.name in composition.pinned[name]:
                    continue
            checked = [domain.check(f"{name}.{key}", value) for value in values]
            found[place] = list(dict.fromkeys(checked))
    return found


def _spread(values: Sequence[Value], budget: int, default: Value) -> list[Value]:
    """Return `budget` values spread evenly over a grid: some, all, further values in between, or the default alone."""
    if budget == len(values):
        return list(values)
    if budget == 1:
        return [default]
    last = len(values) - 1
    if budget < len(values):
        return [values[round(i * last / (budget - 1))] for i in range(budget)]
    numbers: list[float] = np.array(list(values), float).tolist()
    places = [i * last / (budget - 1) for i in range(budget)]
    if isinstance(values[0], int):
        # between whole numbers there may be no further ones; beyond the end there are
        whole = dict.fromkeys(round(_between(numbers, place)) for place in places)
        beyond = range(int(numbers[-1]) + 1, int(numbers[-1]) + 1 + budget - len(whole))
        return [*whole, *beyond]
    return [float(f"{_between(numbers, place):.3g}") for place in places]


def _between(numbers: Sequence[float], place: float) -> float:
    """Return the value at a fractional place of a list of positive numbers, geometrically between neighbours."""
    low = min(int(place), len(numbers) - 2)
    return float(numbers[low] * (numbers[low + 1] / numbers[low]) ** (place - low))


def _listed(place: str, values: Any) -> Sequence[Value]:
    """Return the values of a grid entry as a list; a single value becomes a list of one."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        return [values]
    if not values:
        raise UserError(f"The grid of {place} is empty; give at least one value.")
    return values


def _factors(budget: int) -> list[float]:
    """Return `budget` factors on the learning rate, from a tenth to ten."""
    if budget <= len(_FACTORS):
        return sorted(_FACTORS[:budget])
    return [10.0 ** (2 * i / (budget - 1) - 1) for i in range(budget)]


def _configuration(
    composition: Composition, point: Mapping[tuple[str, str], Value], learning_rate: float
) -> Configuration:
    setting = composition.setting(point)
    rate = point.get(("", LEARNING_RATE), learning_rate)
    assert isinstance(rate, int | float)
    return Configuration(hyperparameters=flatten(setting), learning_rate=float(rate))


def flatten(setting: Setting) -> dict[str, Value]:
    """Return a setting with flat names: `rate` for one method, `dropout.rate` for joined ones.

    Infinity, which JSON does not know, becomes the text `inf`.
    """
    alone = len(setting) == 1
    return {
        key if alone else f"{name}.{key}": INFINITY if value == math.inf else value
        for name, values in setting.items()
        for key, value in values.items()
    }


def unflatten(names: Sequence[str], flat: Mapping[str, Value]) -> dict[str, dict[str, Value]]:
    """Return the setting of the methods `names` that `flatten` gave `flat` for."""
    setting: dict[str, dict[str, Value]] = {name: {} for name in names}
    for key, value in flat.items():
        name, dot, hyperparameter = key.rpartition(".")
        value = tuple(value) if isinstance(value, list) else value
        value = math.inf if value == INFINITY else value
        if dot:
            setting[name][hyperparameter] = value
        else:
            setting[names[0]][key] = value
    return setting
