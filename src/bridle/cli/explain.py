"""`bridle explain`: the card of a method, an optimizer or a learning-rate schedule."""

from __future__ import annotations

import itertools
import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from bridle.cli import options as o
from bridle.cli.methods import as_document, bundle_document, value_text
from bridle.cli.optimizers import as_document as declared_document
from bridle.cli.output import Output
from bridle.errors import UserError, closest, shown, unknown
from bridle.grammar import is_reference
from bridle.lines import command_line
from bridle.networks import MLP_NAME
from bridle.numbers import listed

if TYPE_CHECKING:
    from bridle.methods.arguments import Declared
    from bridle.methods.base import Hyperparameter, Method
    from bridle.methods.bundles import Bundle


def explain(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME…",
            help="A method such as dropout, an optimizer such as adamw or a learning-rate schedule such as cosine; see "
            "`bridle methods` and `bridle optimizers`. Several are explained one by one.",
            show_default=False,
        ),
    ],
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Explain methods, optimizers or learning-rate schedules.

    What it does, its formula, its settings, when to use it, when to beware, what was measured of it, its paper, its
    names in other libraries.
    """
    output = Output(as_json, quiet)

    from bridle.data.catalogue import DATASETS
    from bridle.methods.bundles import bundle
    from bridle.methods.catalogue import known, method, methods
    from bridle.methods.composition import parse_methods
    from bridle.metrics.catalogue import REGISTRY as METRICS
    from bridle.networks.catalogue import NETWORKS
    from bridle.optimizers import catalogue as optimizers

    for name in names:
        if not is_reference(name) and DATASETS.known(name):
            raise UserError(
                f"{shown(name)} is a data set, not a method. See `{command_line('datasets', name)}`."
            )
        for registry, command in ((NETWORKS, "networks"), (METRICS, "metrics")):
            plain = name.partition("(")[0]
            if not is_reference(plain) and not known(plain) and registry.known(plain):
                raise UserError(
                    f"{shown(name)} is a {registry.noun}, not a method. See `{command_line(command)}`."
                )
    others = [*optimizers.optimizers(), *optimizers.schedules()]
    found: dict[str, Method | type[Declared] | Bundle] = {}
    for name in names:
        plain = name.partition("(")[0]
        if whole := bundle(name):
            found[whole.name] = whole
            continue
        declared = None if known(plain) else optimizers.known(plain)
        if declared is not None:
            found[declared.name] = declared
            continue
        if not known(plain) and not closest(plain, methods()) and closest(plain, others):
            raise unknown("optimizer or schedule", plain, others)
        for composition in parse_methods(name.rstrip(",")):
            found |= {part: method(part) for part in composition.names}
    if as_json:
        documents = [_document(one) for one in found.values()]
        output.document(documents[0] if len(documents) == 1 else documents)
        return
    for position, one in enumerate(found.values()):
        if position:
            output.result.print()
        _show(one, output)


def _document(found: Method | type[Declared] | Bundle) -> dict[str, Any]:
    from bridle.methods.bundles import Bundle

    if isinstance(found, Bundle):
        return bundle_document(found)
    return declared_document(found) if isinstance(found, type) else as_document(found)


def _show(found: Method | type[Declared] | Bundle, output: Output) -> None:
    from bridle.methods.base import Method
    from bridle.methods.bundles import Bundle
    from bridle.methods.clashes import clashes_of
    from bridle.methods.measured import measured

    card, console = found.card, output.result
    console.print(Text.assemble((card.title, "bold"), f"  ({found.name})"))
    output.paragraph(card.summary)
    console.print()
    output.paragraph(card.formula, indent=4)
    console.print()
    if isinstance(found, Bundle):
        output.paragraph(f"Stands for {found.methods}.")
        console.print()
    else:
        _arguments(found, output)
    for title, text in (("When", card.when), ("Beware", card.beware), ("Paper", card.paper)):
        output.paragraph(f"{title}: {text}")
    for one in measured(found.name) if isinstance(found, Method) else ():
        output.paragraph(f"Measured: {one.sentence}")
    if card.others:
        output.paragraph(f"Elsewhere: {card.others}")
    clashes = clashes_of(found) if isinstance(found, Method) else {}
    for known, names in clashes.items():
        output.paragraph(f"With {listed(names)}: {known.found} ({known.paper.cited}).")
    for paper in dict.fromkeys([*card.papers, *(known.paper for known in clashes)]):
        console.print()
        console.print(Text(paper.bibtex, style="dim"), soft_wrap=True)
    console.print()
    console.print(f"Try: {example(found)}", soft_wrap=True)


def _arguments(found: Method | type[Declared], output: Output) -> None:
    from bridle.methods.base import Hyperparameter
    from bridle.methods.within import at_layers

    console, arguments = output.result, found.signature().arguments
    lasting = isinstance(found, type) or found.between_steps()
    for h in arguments:
        console.print(Text.assemble((h.name, "bold"), f": {h.help}"), soft_wrap=True)
        facts = f"{h.domain.describe()}; default {value_text(h.default)}"
        neutral, grid = getattr(h, "neutral", None), getattr(h, "grid", ())
        if neutral is not None:
            facts += f"; does nothing at {value_text(neutral)}"
        if isinstance(h, Hyperparameter) and not (lasting or h.constant):
            facts += f"; may follow a schedule, as in {h.name}={_followed(h)}"
        output.paragraph(f"{facts}.", indent=4)
        if grid:
            tried = ", ".join(value_text(value) for value in grid)
            output.paragraph(f"A comparison tries {tried}.", indent=4)
    if not isinstance(found, type) and at_layers(type(found)) and not found.ends:
        console.print(
            Text.assemble(("where", "bold"), ": the layers that it acts on"), soft_wrap=True
        )
        output.paragraph(
            "a pattern of names, or a list of such, as in where=dense_0; default all.", indent=4
        )
    if arguments:
        console.print()


def _followed(h: Hyperparameter) -> str:
    """Return a schedule that a hyperparameter may follow: of its default, unless it does nothing there."""
    return "cosine" if h.default == h.neutral else f"cosine({value_text(h.default)})"


def example(found: Method | type[Declared] | Bundle) -> str:
    """Return a command that shows what a method, an optimizer or a schedule does."""
    from bridle.methods.bundles import Bundle

    if isinstance(found, Bundle):
        return f"bridle compare moons --methods none,{found.name}"
    if isinstance(found, type):
        from bridle.methods.schedules.base import Schedule
        from bridle.optimizers.base import Optimizer

        if issubclass(found, Schedule) and not found.of_rates:
            methods = f"none,dropout,dropout(rate={found.name})"
            return command_line("compare", "moons", "--methods", methods)
        option = "optimizer" if issubclass(found, Optimizer) else "schedule"
        return f"bridle compare moons --{option} {found.name}"
    strength = found.strength()
    if found.name == "none":
        return "bridle train moons --method none"
    place = _place_for(found)
    if strength is None:
        return f"bridle compare {place[0]} --methods none,{found.name}{place[1]}"
    values = ",".join(value_text(value) for value in strength.grid[:3])
    grid = f"--grid {found.name}.{strength.name}={values}"
    return f"bridle compare {place[0]} --methods {found.name} {grid}{place[1]}"


def _place_for(method: Method) -> tuple[str, str]:
    """Return a data set that a method suits, and the options for a network, empty if the default network suits it."""
    from bridle.networks.catalogue import NETWORKS, network
    from bridle.tasks import Classification

    kinds = NETWORKS.all()
    written = [*kinds, *itertools.chain.from_iterable(kind.variants for kind in kinds.values())]
    for data, shape, classes in (("moons", (2,), 2), ("digits", (8, 8), 10)):
        task = Classification.of(classes)
        for name, activation in itertools.product(written, ("relu", "sigmoid")):
            try:
                refused = method.refuses(network(name, shape, task, (8,), activation), task)
            except UserError:  # the network does not apply to points
                continue
            if refused is None:
                options = "" if name == MLP_NAME else f" --network {shlex.quote(name)}"
                return data, options + (
                    "" if activation == "relu" else f" --activation {activation}"
                )
    return "moons", ""
