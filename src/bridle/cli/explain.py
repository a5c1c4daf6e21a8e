"""`bridle explain`: a method's card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from bridle.cli import options as o
from bridle.cli.methods import as_document, value_text
from bridle.cli.output import Output
from bridle.errors import UserError, shown
from bridle.lines import command_line
from bridle.names import find
from bridle.networks import MLP_NAME

if TYPE_CHECKING:
    from bridle.methods.base import Method


def explain(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="METHOD…",
            help="Such as dropout; see `bridle methods`. Several are explained one by one.",
            show_default=False,
        ),
    ],
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Explain a method, or several.

    What it does, its formula, its settings, when to use it, when to beware, its paper.
    """
    output = Output(as_json, quiet)

    from bridle.data.catalogue import ALIASES, KINDS
    from bridle.methods.catalogue import method
    from bridle.methods.composition import parse_methods

    for name in names:
        if find(name, KINDS, ALIASES):
            raise UserError(
                f"{shown(name)} is a data set, not a method. See `{command_line('datasets', name)}`."
            )
    wanted = [part for name in names for c in parse_methods(name.rstrip(",")) for part in c.names]
    found = [method(part) for part in dict.fromkeys(wanted)]
    if as_json:
        documents = [as_document(part) for part in found]
        output.document(documents[0] if len(documents) == 1 else documents)
        return
    for position, part in enumerate(found):
        if position:
            output.result.print()
        _show(part, output)


def _show(method: Method, output: Output) -> None:
    card, console = method.card, output.result
    console.print(Text.assemble((card.title, "bold"), f"  ({method.name})"))
    output.paragraph(card.summary)
    console.print()
    output.paragraph(card.formula, indent=4)
    console.print()
    for h in method.hyperparameters:
        console.print(Text.assemble((h.name, "bold"), f": {h.help}"), soft_wrap=True)
        facts = f"{h.domain.describe()}; default {value_text(h.default)}"
        if h.neutral is not None:
            facts += f"; does nothing at {value_text(h.neutral)}"
        output.paragraph(f"{facts}.", indent=4)
        if h.grid:
            tried = ", ".join(value_text(value) for value in h.grid)
            output.paragraph(f"A comparison tries {tried}.", indent=4)
    if method.hyperparameters:
        console.print()
    for title, text in (("When", card.when), ("Beware", card.beware), ("Paper", card.paper)):
        output.paragraph(f"{title}: {text}")
    console.print()
    console.print(f"Try: {example(method)}", soft_wrap=True)


def example(method: Method) -> str:
    """Return a command that shows what a method does."""
    strength = method.strength()
    if method.name == "none":
        return "bridle train moons --method none"
    network = _network_for(method)
    if strength is None:
        return f"bridle compare moons --methods none,{method.name}{network}"
    values = ",".join(value_text(value) for value in strength.grid[:3])
    grid = f"--grid {method.name}.{strength.name}={values}"
    return f"bridle compare moons --methods {method.name} {grid}{network}"


def _network_for(method: Method) -> str:
    """Return the option for a network that a method does not refuse; empty where that is the default one."""
    from bridle.networks.catalogue import KINDS, network
    from bridle.study.request import CLASSIFICATION

    for name in KINDS:
        try:
            refused = method.refuses(network(name, (2,), 2, (8,), "relu"), CLASSIFICATION)
        except UserError:  # which is not for points
            continue
        if refused is None:
            return "" if name == MLP_NAME else f" --network {name}"
    return ""
