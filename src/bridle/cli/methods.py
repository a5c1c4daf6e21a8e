"""`bridle methods`: the regularization methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.grammar import format_value

if TYPE_CHECKING:
    from bridle.methods.base import Hyperparameter, Method
    from bridle.methods.bundles import Bundle
    from bridle.methods.card import Card


_TITLES = ("method", "strength", "technique")


def methods(as_json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List the regularization methods by family."""
    output = Output(as_json, quiet)

    from bridle.methods.bundles import BUNDLES
    from bridle.methods.card import FAMILIES
    from bridle.methods.catalogue import METHODS
    from bridle.methods.catalogue import methods as known

    output.unlisted(METHODS)
    if as_json:
        bundles = [bundle_document(one) for one in BUNDLES.values()]
        output.document([*(as_document(method) for method in known().values()), *bundles])
        return
    rows = {
        name: (name, _strength(method.strength()), method.card.title)
        for name, method in known().items()
    }
    widths = [max(map(len, column)) + 2 for column in zip(_TITLES, *rows.values(), strict=True)]
    output.result.print(_line(_TITLES, widths), style="bold", soft_wrap=True)
    for family, title in {"": "", **FAMILIES}.items():
        listed = [row for name, row in rows.items() if known()[name].family == family]
        if title and listed:
            output.result.print(f"\n{title}", style="bold", soft_wrap=True)
        for row in listed:
            output.result.print(_line(row, widths), soft_wrap=True)
    output.result.print("\nBundles", style="bold", soft_wrap=True)
    for one in BUNDLES.values():
        output.result.print(f"{one.name.ljust(widths[0])}{one.card.title}", soft_wrap=True)
        output.paragraph(one.methods.replace("+", " + "), indent=widths[0])
    output.result.print()
    output.paragraph(
        "Strengths stand at their defaults. Methods join with a plus: dropout+l2. A strength may follow a schedule: "
        "dropout(rate=flat_cosine(0.15)), dropout(rate=early)."
    )
    output.result.print(
        "What one does, and strengths to try: bridle explain dropout", soft_wrap=True
    )
    output.result.print("Optimizers and learning-rate schedules: bridle optimizers", soft_wrap=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def bundle_document(bundle: Bundle) -> dict[str, Any]:
    """Return a bundle for programs."""
    return {"name": bundle.name, "methods": bundle.methods, **card_document(bundle.card)}


def card_document(card: Card) -> dict[str, Any]:
    """Return a card for programs."""
    return {
        "title": card.title,
        "summary": card.summary,
        "formula": card.formula,
        "when": card.when,
        "beware": card.beware,
        "elsewhere": card.elsewhere,
        "paper": card.paper,
        "bibtex": [paper.bibtex for paper in card.papers],
    }


def as_document(method: Method) -> dict[str, Any]:
    """Return a method for programs."""
    from bridle.methods.clashes import clashes_of
    from bridle.methods.measured import measured

    card, strength = method.card, method.strength()
    return {
        "name": method.name,
        "family": method.family,
        **card_document(card),
        "clashes": {name: one.found for one, names in clashes_of(method).items() for name in names},
        "measured": [asdict(one) for one in measured(method.name)],
        "strength": None if strength is None else strength.name,
        "hyperparameters": [
            {
                "name": h.name,
                "domain": h.domain.describe(),
                "default": h.default,
                "neutral": h.neutral,
                "grid": h.grid,
                "may_follow_schedule": not (h.constant or method.between_steps()),
                "help": h.help,
            }
            for h in method.hyperparameters
        ],
    }


def _strength(strength: Hyperparameter | None) -> str:
    return "–" if strength is None else f"{strength.name}={value_text(strength.default)}"


def value_text(value: Any) -> str:
    """Write a value as it is typed: 0.3, 1e-4, true."""
    text = format_value(value)
    # Python writes 1e-04
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
