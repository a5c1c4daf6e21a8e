"""What a word names: data sets, methods or optimizers, in any spelling."""

from __future__ import annotations

from bridle.data import describe
from bridle.data.catalogue import load
from bridle.errors import UserError
from bridle.grammar import Call, parse_call, parse_value, split_outside
from bridle.methods.composition import parse_methods
from bridle.names import find, fold
from bridle.optimizers.catalogue import known


def is_dataset(text: str) -> bool:
    """Say whether a word names data sets."""
    try:
        return all(load(part) is not None for part in split_outside(text, ","))
    except UserError:
        return False


def is_method(text: str) -> bool:
    """Say whether a word names methods."""
    try:
        return bool(parse_methods(text))
    except UserError:
        return False


def is_optimizer(text: str) -> bool:
    """Say whether a word names an optimizer or a learning-rate schedule."""
    return known(text.partition("(")[0]) is not None


def canonical(text: str) -> str:
    """Return methods in Bridle's notation."""
    if fold(text) == "all":
        return "all"
    try:
        return ",".join(composition.short for composition in parse_methods(text))
    except UserError:
        return text


def with_argument(dataset: str, name: str, value: str) -> str:
    """Return a data set with an argument that was given as an option; empty if it has no such argument."""
    if not is_dataset(dataset) or "," in dataset.partition("(")[0]:
        return ""
    call = parse_call(dataset)
    known = [argument.name for argument in describe(call.name).arguments]
    proper = find(name, known, {"n_samples": "n", "samples": "n", "num_samples": "n", "size": "n"})
    if proper not in known:
        return ""
    text = str(Call(call.name, {**call.arguments, proper: parse_value(value)}))
    return text if is_dataset(text) else ""
