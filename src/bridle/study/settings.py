"""Settings in words: what validation chose, as `rate 0.3` or as it can be typed."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from bridle.grammar import Value, parse_sum
from bridle.methods.composition import Composition
from bridle.numbers import DASH, number
from bridle.study.configurations import Configuration
from bridle.study.learning_rates import LEARNING_RATE
from bridle.study.selection import flat


def tuned(configurations: Sequence[Configuration]) -> list[str]:
    """Return the names whose values differ between configurations."""
    flats = [flat(configuration) for configuration in configurations]
    if not flats:
        return []
    return [key for key in flats[0] if any(other.get(key) != flats[0][key] for other in flats)]


def values(configurations: Sequence[Configuration], key: str) -> list[Any]:
    """Return the different values tried for `key`, in ascending order where they are numbers."""
    return among([flat(configuration) for configuration in configurations], key)


def among(flats: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
    """Return the same for settings given as values by flat name."""
    found = list(dict.fromkeys(_hashable(one[key]) for one in flats))
    return sorted(found) if all(_numeric(value) for value in found) else found


@functools.cache
def strengths(label: str) -> tuple[str, ...]:
    """Return the flat names of the strengths that the label does not pin."""
    composition = Composition.parse(label)
    alone = len(composition.names) == 1
    return tuple(h.name if alone else f"{name}.{h.name}" for name, h in composition.tunable())


def pinned(label: str) -> tuple[str, ...]:
    """Return the flat names of what the label fixes, such as `rate` in `dropout(rate=0.3)`."""
    given = Composition.parse(label).pinned
    alone = len(given) == 1
    return tuple(key if alone else f"{name}.{key}" for name, own in given.items() for key in own)


def short_names(labels: Sequence[str]) -> dict[str, str]:
    """Return the names of methods in tables: without the values that the label fixes, if they stay unique."""
    bare = {label: Composition.parse(label).bare for label in labels}
    names = list(bare.values())
    return {label: name if names.count(name) == 1 else label for label, name in bare.items()}


def worth_saying(label: str, configurations: Sequence[Configuration]) -> list[str]:
    """Return the names that tell settings apart: those tuned, otherwise the strengths."""
    return tuned(configurations) or list(strengths(label))


def words(
    label: str,
    chosen: Mapping[str, Any],
    configurations: Sequence[Configuration],
    short: bool = False,
) -> str:
    """Write a setting as `rate 0.3`; `lr` stands for the learning rate, `–` for nothing to set.

    Args:
        label: of the method.
        chosen: the values, by flat name.
        configurations: all that were tried.
        short: whether the method is shown without what its label fixes; then the setting includes it.
    """
    keys = list(pinned(label)) if short else []
    keys += [key for key in worth_saying(label, configurations) if key not in keys]
    keys = [key for key in keys if key in chosen]
    if not keys:
        return DASH
    return ", ".join(f"{name(key, keys)} {number(chosen[key])}" for key in keys)


def name(key: str, among: Sequence[str]) -> str:
    """Return a hyperparameter's name, without its method where the name alone is clear."""
    if key == LEARNING_RATE:
        return "lr"
    last = key.rpartition(".")[2]
    clear = sum(other.rpartition(".")[2] == last for other in among) == 1
    return (last if clear else key).replace("_", " ")


def grid_name(label: str, key: str) -> str:
    """Return what `--grid` calls a hyperparameter of the method `label`."""
    calls = parse_sum(label)
    if "." in key:
        return key
    return f"{calls[0].name if len(calls) == 1 else label}.{key}"


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def written(label: str, hyperparameters: Mapping[str, Value]) -> str:
    """Return a method with its hyperparameters as text: `dropout(rate=0.3)+l2(strength=0.001)`.

    Args:
        label: of the method, such as `dropout+l2`.
        hyperparameters: by flat name, as `results.csv` has them; of joined methods `dropout.rate`.
    """
    composition = Composition.parse(label)
    values: dict[str, dict[str, Value]] = {}
    for name in composition.names:
        start = f"{name}." if len(composition.names) > 1 else ""
        values[name] = {
            key.removeprefix(start): value
            for key, value in hyperparameters.items()
            if key.startswith(start) and key != LEARNING_RATE
        }
    return composition.pinning(values).label
