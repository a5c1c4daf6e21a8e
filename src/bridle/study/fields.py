"""The domain of every field of a plan: `study.json` is checked field by field when it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

from bridle.data.catalogue import describe, load
from bridle.data.dataset import Design
from bridle.data.own import is_stored
from bridle.data.stored import signature_of
from bridle.domains import Choice, Flag, Integer, Real
from bridle.engine.devices import KINDS
from bridle.errors import Unquoted, UserError, shown, unknown
from bridle.grammar import parse_call
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.metrics import metric
from bridle.networks.base import ACTIVATIONS
from bridle.networks.catalogue import canonical
from bridle.networks.dense import PRECISIONS
from bridle.optimizers.catalogue import canonical as canonical_optimizer
from bridle.optimizers.catalogue import canonical_schedule
from bridle.origins import work
from bridle.statistics.looks import Look, Looks
from bridle.statistics.margin import Margin
from bridle.study.bounds import (
    DOUBLINGS,
    KEEP,
    MOST_EPOCHS,
    MOST_REPLICATES,
    MOST_RUNS,
    MOST_SEED,
    MOST_WIDTH,
    ROUNDS,
    SELECT,
)
from bridle.study.configurations import Configuration, unflatten
from bridle.study.epochs import Pilot
from bridle.tasks import CRITERIA

MOST_ROWS = 2**31 - 1
"""Maximum number of rows or lanes that a program can count."""

Check = Callable[[str, Any], Any]
"""Return the value of a field by its name, in its proper type, or raise a UserError."""

_rate = Real(0.0, open_low=True).check


def read_plan_fields(saved: Any) -> dict[str, Any]:
    """Return the fields of a plan as `Plan` takes them.

    Args:
        saved: `plan` of a `study.json`.

    Raises:
        UserError: a field is missing, unknown, not of its type or outside its domain, or does not fit the others.
    """
    plan = record("plan", saved, _checks())
    labels, configurations = plan["methods"], plan["configurations"]
    if set(labels) != set(configurations):
        raise UserError(
            argument="plan.configurations",
            expected=f"of the methods {', '.join(labels)}",
            received=Unquoted(f"those of {shown(', '.join(configurations))}"),
        )
    for label, found in configurations.items():
        for place, configuration in enumerate(found):
            _check_setting(
                f"plan.configurations.{label}[{place}].hyperparameters", label, configuration
            )
    _check_lanes(labels, plan["lanes"])
    Choice(_designs(plan["dataset"])).check("plan.design", plan["design"])
    if plan["epochs"] % 2 ** plan["doublings"]:
        raise UserError(
            argument="plan.epochs",
            expected=f"a number that was doubled {plan['doublings']} times",
            received=plan["epochs"],
        )
    for margin, judged in (("margin", "metric"), ("stated", "primary")):
        Margin.parse(plan[margin]).absolute(metric(plan[judged]).scale, math.nan)
    runs = plan["replicates"] * sum(map(len, configurations.values()))
    if runs > MOST_RUNS:
        raise UserError(
            argument="plan",
            verb="have",
            expected=f"at most {MOST_RUNS:,} runs",
            received=Unquoted(f"{runs:,}"),
        )
    return plan


def record(name: str, saved: Any, checks: Mapping[str, Check]) -> dict[str, Any]:
    """Return an object's fields, each checked.

    Raises:
        UserError: it is no object, or a field is missing, unknown or not what it must be.
    """
    if not isinstance(saved, dict):
        raise UserError(argument=name, expected="an object", received=saved)
    for key in saved:
        if key not in checks:
            raise unknown(f"field of {name}", key, checks)
    for key in checks:
        if key not in saved:
            raise UserError(f"{name} has no field {key!r}.")
    return {key: check(f"{name}.{key}", saved[key]) for key, check in checks.items()}


def text(name: str, value: Any) -> str:
    """Check a field that is any text."""
    if not isinstance(value, str):
        raise UserError(argument=name, expected="text", received=value)
    return value


def several(each: Check, kind: type[list[Any]] | type[tuple[Any, ...]] = tuple) -> Check:
    """Return the check of a list whose parts pass `each`."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, list):
            raise UserError(argument=name, expected="a list", received=value)
        return kind(each(f"{name}[{place}]", part) for place, part in enumerate(value))

    return check


def by_name(each: Check) -> Check:
    """Return the check of an object with any names, whose values pass `each`."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, dict):
            raise UserError(argument=name, expected="an object", received=value)
        return {key: each(f"{name}.{key}", part) for key, part in value.items()}

    return check


def _checks() -> dict[str, Check]:
    """Return how each field of a plan is checked."""

    def read_by(read: Callable[[str], Any]) -> Check:
        """Return the check of a text that must be exactly as `read` writes it."""

        def check(name: str, value: Any) -> str:
            written = str(read(text(name, value)))
            if written != value:
                raise UserError(argument=name, expected=shown(written), received=value)
            return written

        return check

    published = {
        "method": text,
        "metric": text,
        "value": Real().check,
        "text": text,
    }
    claim = dict.fromkeys(("better", "worse", "text"), text)
    return {
        "dataset": read_by(_dataset),
        "design": Choice(get_args(Design)).check,
        "methods": _methods,
        "configurations": by_name(several(_configuration, list)),
        "widths": several(Integer(1, MOST_WIDTH).check),
        "activation": Choice(tuple(ACTIVATIONS)).check,
        "epochs": Integer(1, MOST_EPOCHS).check,
        "batch_size": Integer(1, MOST_ROWS).check,
        "optimizer": read_by(canonical_optimizer),
        "learning_rates": several(_rate),
        "replicates": Integer(1, MOST_REPLICATES).check,
        "seed": Integer(0, MOST_SEED).check,
        "network": read_by(canonical),
        "precision": Choice(PRECISIONS).check,
        "schedule": read_by(canonical_schedule),
        "device": Choice(KINDS).check,
        "lanes": by_name(Integer(1, MOST_ROWS).check),
        "notes": several(text),
        "origin": lambda name, value: None if value is None else work(text(name, value)).name,
        "published": several(lambda name, value: record(name, value, published)),
        "claims": several(lambda name, value: record(name, value, claim)),
        "margin": read_by(Margin.parse),
        "stated": read_by(Margin.parse),
        "metric": read_by(lambda value: metric(value).name),
        "primary": read_by(lambda value: metric(value).name),
        "criterion": Choice(tuple(sorted(CRITERIA))).check,
        "select": Choice(SELECT).check,
        "refine": Flag().check,
        "until_decided": Flag().check,
        "until_trained": Flag().check,
        "lengthen": Flag().check,
        "doublings": Integer(0, DOUBLINGS).check,
        "keep": Choice(KEEP).check,
        "looks": _looks,
        "pilot": _pilot,
    }


def _dataset(value: str) -> str:
    call = parse_call(value)
    if is_stored(call):
        return signature_of(call.name, call).write(call)
    return load(call).spec


def _designs(dataset: str) -> tuple[str, ...]:
    """Return the designs that a data set may have; tables may bring test rows of their own."""
    if is_stored(dataset):
        return ("overlapping", "fixed_test")
    return (describe(parse_call(dataset).name).design,)


def _methods(name: str, value: Any) -> tuple[str, ...]:
    labels: tuple[str, ...] = several(text)(name, value)
    for place, label in enumerate(labels):
        written = Composition.parse(label).label
        if written != label or label in labels[:place]:
            raise UserError(
                argument=f"{name}[{place}]",
                expected="a method as Bridle writes it, each once",
                received=label,
            )
    if not labels:
        raise UserError(argument=name, verb="name", expected="a method", received=Unquoted("none"))
    return labels


def _configuration(name: str, value: Any) -> Configuration:
    checks: dict[str, Check] = {"hyperparameters": by_name(_as_is), "learning_rate": _rate}
    if isinstance(value, dict) and "round" in value:
        checks["round"] = Integer(1, ROUNDS).check
    return cast(Configuration, record(name, value, checks))


def _as_is(name: str, value: Any) -> Any:
    return value


def _check_setting(name: str, label: str, configuration: Configuration) -> None:
    """Check that a configuration holds every hyperparameter of its methods, each in its domain."""
    composition = Composition.parse(label)
    names, flat = composition.names, configuration["hyperparameters"]
    alone = len(names) == 1
    known = {
        key if alone else f"{one}.{key}": (one, key)
        for one in names
        for key in method(one).by_name()
    }
    record(name, flat, dict.fromkeys(known, _as_is))
    setting = unflatten(names, flat)
    for key, (one, own) in known.items():
        value = method(one).by_name()[own].domain.check(f"{name}.{key}", setting[one][own])
        wanted = composition.pinned[one].get(own, value)
        if value != wanted:
            raise UserError(argument=f"{name}.{key}", expected=shown(wanted), received=value)


def _check_lanes(labels: tuple[str, ...], lanes: Mapping[str, int]) -> None:
    """Check that there is a width for the program of every method."""
    for label in labels:
        own = "+".join(Composition.parse(label).compiled)
        if own not in lanes:
            raise UserError(f"plan.lanes has no field {own!r}, the width of what {label} runs in.")


def _pilot(name: str, value: Any) -> Pilot | None:
    if value is None:
        return None
    epochs = Integer(1, MOST_EPOCHS).check
    checks = {
        "ceiling": epochs,
        "found": Flag().check,
        "slowest": text,
        "stopped": lambda name, value: None if value is None else epochs(name, value),
    }
    return Pilot(**record(name, value, checks))


def _looks(name: str, value: Any) -> Looks:
    share = Real(0.0, 1.0, open_low=True).check
    look = {
        "replicates": Integer(2, MOST_REPLICATES).check,
        "level": Real(0.0, 1.0, open_low=True, open_high=True).check,
    }

    def over(name: str, value: Any) -> Look:
        return Look(**record(name, value, look))

    checks = {"first": share, "earlier": several(over), "left": share, "share": share}
    looks = Looks(**record(name, value, checks))
    counts = [one.replicates for one in looks.earlier]
    if counts != sorted(set(counts)):
        raise UserError(
            argument=f"{name}.earlier",
            expected="looks at more and more replicates",
            received=counts,
        )
    return looks
