"""Which configurations a comparison tries: the same number for every method and for the baseline."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np

from bridle.errors import UserError, unknown
from bridle.grammar import Call, Value, parse_value, split_outside
from bridle.methods.catalogue import known as known_method
from bridle.methods.catalogue import methods
from bridle.methods.composition import Composition, Setting, hyperparameter_of
from bridle.names import fold
from bridle.study.learning_rates import LEARNING_RATE, checked_rates, finer
from bridle.wording import argument, subject

STRENGTHS = 3
"""Default number of strengths that every method tries at each of several shared learning rates."""

INFINITY = "inf"


class Configuration(TypedDict):
    """One choice of hyperparameters, flat: `{"rate": 0.3}`, or `{"dropout.rate": 0.3}` for joined methods.

    `round` is present where refinement added the configuration: the number of the round, from 1.
    """

    hyperparameters: dict[str, Value]
    learning_rate: float
    round: NotRequired[int]


Grid = Mapping[str, Mapping[str, Sequence[Value]]]
"""Values to try: by method label or method name, then by hyperparameter name.

Learning rates that every method shares stand under `learning_rate`, twice.
"""


def parse_grid(texts: Sequence[str]) -> dict[str, dict[str, tuple[Value, ...]]]:
    """Read `method.hyperparameter=value,value` for every entry of `texts`.

    Without a hyperparameter the strength is meant; `learning_rate=value,value` is for every method.

    Raises:
        UserError: an entry is not of that form, names nothing known, or leaves a domain.
    """
    grid: dict[str, dict[str, tuple[Value, ...]]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        name, dot, hyperparameter = key.strip().rpartition(".")
        if fold(key) in (fold(LEARNING_RATE), "lr"):
            name, hyperparameter = LEARNING_RATE, LEARNING_RATE
        elif not dot and (strength := _strength_of(key)):
            name, hyperparameter = key, strength
        if not equals or not hyperparameter or not name or not values.strip():
            raise UserError(
                argument="grid",
                expected="method.hyperparameter=value,value, such as l1.strength=1e-5,1e-4",
                received=text,
            )
        read = tuple(parse_value(part) for part in split_outside(values, ","))
        hyperparameter = hyperparameter.strip().replace("-", "_")
        hyperparameter = LEARNING_RATE if hyperparameter == "lr" else hyperparameter
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
    if isinstance(grid, Mapping) and LEARNING_RATE in grid:
        rates = grid[LEARNING_RATE]
        grid = {
            **grid,
            LEARNING_RATE: rates if isinstance(rates, Mapping) else {LEARNING_RATE: rates},
        }
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
    known = {LEARNING_RATE, *(composition.label for composition in compositions)}
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
    rates: Sequence[float],
    grid: Grid | None = None,
    most: int | None = None,
) -> dict[str, list[Configuration]]:
    """Return every method's configurations, by label.

    A method tries its strengths at each of the shared learning rates. Without a strength to tune (the baseline, on/off
    methods, methods with a pinned strength) it tries as many learning rates, the shared ones and others between them;
    a single shared one leaves it with one configuration.

    Args:
        compositions: the methods.
        rates: the learning rates that every method shares, ascending.
        grid: values to try instead of the methods' own.
        most: the number for every method; by default 3 strengths at each of several rates, all of the method's own
            at a single rate, or the size of the largest grid given.

    Raises:
        UserError: a grid or number that does not fit.
    """
    grid = {
        name: {key: _listed(f"{name}.{key}", values) for key, values in entries.items()}
        for name, entries in (grid or {}).items()
    }
    check_grid(grid, compositions)
    if most is not None and most < len(rates):
        raise UserError(
            f"{argument('configurations', most)} is too small for {len(rates)} learning rates; "
            f"give at least {len(rates)}."
        )
    own = {c.label: _given(c, grid) for c in compositions}
    given = {c.label: _product(c, own[c.label], rates) for c in compositions}
    budget = most or _usual_budget(compositions, rates, [*filter(None, given.values())])
    return {
        c.label: [
            _configuration(c, point)
            for point in given[c.label] or _points(c, own[c.label].get(_RATE, rates), budget)
        ]
        for c in compositions
    }


def _usual_budget(
    compositions: Sequence[Composition], rates: Sequence[float], given: Sequence[Sequence[Any]]
) -> int:
    """Return the number of configurations of every method where none is asked for."""
    if given:
        return max(len(rates), *map(len, given))
    tunable = [strength for c in compositions for _, strength in c.tunable()]
    if not tunable and any(values for c in compositions for values in c.pinned.values()):
        return len(rates)
    if len(rates) == 1:
        return max([len(strength.grid) for strength in tunable], default=1)
    return STRENGTHS * len(rates)


Key = tuple[str, str]
"""A method and a hyperparameter; the learning rate belongs to no method."""

Point = dict[Key, Value]
"""A value for each of these."""

_RATE: Key = ("", LEARNING_RATE)


def _product(
    composition: Composition, given: Mapping[Key, Sequence[Value]], rates: Sequence[float]
) -> list[Point]:
    """Return all combinations of the values that the user gave for a method, at every learning rate.

    They are none where the user gave nothing, or only learning rates for a method with strengths to tune.
    """
    if not given or (set(given) == {_RATE} and composition.tunable()):
        return []
    axes = {_RATE: rates, **given}
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _points(composition: Composition, rates: Sequence[Any], budget: int) -> list[Point]:
    """Return `budget` points that a method tries where the user gave no values for it."""
    tunable = composition.tunable()
    if not tunable:
        return [{_RATE: rate} for rate in finer(rates, budget)]
    most = -(-budget // len(rates))
    strengths = [_spread(strength.grid, most, strength.default) for _, strength in tunable]
    # where the rates cannot all have as many strengths, those nearest to the middle have more
    inner = sorted(range(len(rates)), key=lambda place: abs(place - (len(rates) - 1) // 2))
    found = []
    for place, rate in enumerate(rates):
        own = most - (inner.index(place) >= budget - (most - 1) * len(rates))
        columns = []
        for position, ((name, strength), values) in enumerate(zip(tunable, strengths, strict=True)):
            # joined methods share the budget: pairs mix small with large, other pairs at every rate
            order = _stride_order(most, position)
            turned = order[place:] + order[:place] if position else order
            columns.append([((name, strength.name), values[i]) for i in turned])
        rows = [*zip(*columns, strict=True)]
        for i in _evenly(most, own):
            found.append({_RATE: rate, **dict(rows[i])})
    return found


def _evenly(n: int, amount: int) -> list[int]:
    """Return `amount` places of `range(n)`, the first and the last among them."""
    return [round(i * (n - 1) / max(amount - 1, 1)) for i in range(amount)]


def _stride_order(n: int, position: int) -> list[int]:
    """Return an order of `range(n)` for the `position`-th of joined methods, different for each.

    Steps of a number prime to `n` visit every value once; the first method keeps its order.
    """
    strides = [stride for stride in range(1, n + 1) if math.gcd(stride, n) == 1]
    # start from the middle of the possible strides, which mixes small with large
    stride = 1 if position == 0 else strides[(len(strides) // 2 + position - 1) % len(strides)]
    return [(i * stride) % n for i in range(n)]


def _given(composition: Composition, grid: Grid) -> dict[Key, Sequence[Value]]:
    """Return the grids that the user gave for this method, checked."""
    found: dict[Key, Sequence[Value]] = {}
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
                found[_RATE] = checked_rates(f"{name}.{key}", values)
                continue
            hyperparameter = hyperparameter_of(name, key)
            if hyperparameter.static:
                tried = ",".join(str(Call(name, {key: value})) for value in values)
                raise UserError(
                    f"{name}.{key} is part of the compiled program and cannot be searched over a grid. Compare its "
                    f"values as methods of their own: {argument('methods', tried)}."
                )
            if hyperparameter.name in composition.pinned[name]:
                continue
            checked = [hyperparameter.domain.check(f"{name}.{key}", value) for value in values]
            found[name, hyperparameter.name] = list(dict.fromkeys(checked))
    return found


def _spread(values: Sequence[Value], budget: int, default: Value) -> list[Value]:
    """Return `budget` values spread evenly over a grid: some, all, others between them, or the default."""
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


def _configuration(composition: Composition, point: Point) -> Configuration:
    rate = point[_RATE]
    assert isinstance(rate, int | float)
    return Configuration(
        hyperparameters=flatten(composition.setting(point)), learning_rate=float(rate)
    )


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
